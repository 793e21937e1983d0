//! Where a page can take a piece: behind the paragraphs of its story. A cheap scan of the markup, not a parser.

/// Least letters of a paragraph of the story; a character of a script without spaces counts as two.
const LEAST_LETTERS: usize = 80;
/// Elements that hold no story.
const OUTSIDE: [&str; 9] =
    ["nav", "footer", "aside", "header", "form", "figure", "button", "svg", "blockquote"];
/// Elements whose content is not markup, or not shown.
const RAW: [&str; 8] = ["script", "style", "textarea", "title", "noscript", "template", "iframe", "xmp"];
/// Elements that may stand in a paragraph.
const INLINE: [&str; 24] = [
    "a", "abbr", "b", "bdi", "br", "cite", "code", "em", "font", "i", "img", "mark", "q", "s", "small",
    "span", "strong", "sub", "sup", "time", "u", "wbr", "strike", "del",
];

/// Byte offsets behind the paragraphs of the story, without the last of them.
///
/// With `story`, the text of the story, only paragraphs that it holds count.
pub fn spots(page: &str, story: Option<&str>) -> Vec<usize> {
    let story = story.map(|story| format!(" {} ", words(story).join(" ")));
    let mut spots = Vec::new();
    let mut open: Option<usize> = None;
    let mut outside = 0_usize;
    let mut at = 0;
    while let Some(tag) = next_tag(page, at) {
        at = tag.end;
        if !tag.closes && RAW.contains(&tag.name.as_str()) {
            at = skip_raw(page, tag.end, &tag.name);
        } else if OUTSIDE.contains(&tag.name.as_str()) {
            outside = if tag.closes { outside.saturating_sub(1) } else { outside + 1 };
            open = None;
        } else if tag.name == "p" {
            if let (true, Some(start)) = (tag.closes, open.take())
                && is_story(page.get(start..tag.start).unwrap_or_default(), story.as_deref())
            {
                spots.push(tag.end);
            }
            open = (!tag.closes && outside == 0).then_some(tag.end);
        } else if !INLINE.contains(&tag.name.as_str()) {
            open = None;
        }
    }
    spots.pop();
    spots
}

struct Tag {
    name: String,
    closes: bool,
    start: usize,
    end: usize,
}

/// The next tag at or behind byte `at`; comments are passed over.
fn next_tag(page: &str, mut at: usize) -> Option<Tag> {
    loop {
        let start = at + page.get(at..)?.find('<')?;
        let rest = page.get(start + 1..)?;
        if let Some(comment) = rest.strip_prefix("!--") {
            at = start + 4 + comment.find("-->")? + 3;
            continue;
        }
        let closes = rest.starts_with('/');
        let name: String = rest
            .chars()
            .skip(usize::from(closes))
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
            .collect::<String>()
            .to_ascii_lowercase();
        if name.is_empty() {
            at = start + 1;
            continue;
        }
        return Some(Tag { name, closes, start, end: start + 1 + tag_length(rest)? });
    }
}

/// Bytes up to and with the `>` that ends a tag; one within quotes does not.
fn tag_length(rest: &str) -> Option<usize> {
    let mut quote = None;
    let mut after_equals = false;
    for (at, c) in rest.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '>' => return Some(at + 1),
            None if after_equals && matches!(c, '"' | '\'') => quote = Some(c),
            None => {}
        }
        after_equals = c == '=' || after_equals && c.is_whitespace();
    }
    None
}

fn skip_raw(page: &str, at: usize, name: &str) -> usize {
    let mut from = at;
    while let Some(found) = page.get(from..).and_then(|rest| rest.find("</")) {
        let start = from + found;
        let tail = page.get(start + 2..start + 2 + name.len());
        if tail.is_some_and(|tail| tail.eq_ignore_ascii_case(name)) {
            return start;
        }
        from = start + 2;
    }
    at
}

fn is_story(markup: &str, story: Option<&str>) -> bool {
    let text = visible(markup);
    let letters: usize = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| 1 + usize::from(super::words::is_unspaced(c)))
        .sum();
    if letters < LEAST_LETTERS {
        return false;
    }
    match story {
        Some(story) => story.contains(&format!(" {} ", words(&text).join(" "))),
        None => {
            let linked: usize = markup
                .split("<a ")
                .skip(1)
                .filter_map(|link| link.split_once('>')?.1.split_once("</a").map(|(text, _)| text.len()))
                .sum();
            linked * 2 < text.len()
        }
    }
}

/// The text of markup, a line a block.
pub fn visible(markup: &str) -> String {
    let mut text = String::new();
    let mut at = 0;
    while let Some(tag) = next_tag(markup, at) {
        text.push_str(markup.get(at..tag.start).unwrap_or_default());
        if tag.name == "br" || !INLINE.contains(&tag.name.as_str()) {
            text.push('\n');
        }
        at = tag.end;
    }
    text.push_str(markup.get(at..).unwrap_or_default());
    let text = unescape(&text);
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Reads the named references that matter for words, and the numbered ones.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let name = after.split_once(';').map(|(name, _)| name).filter(|name| name.len() < 10);
        let c = name.and_then(|name| match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" | "ldquo" | "rdquo" => Some('"'),
            "nbsp" => Some(' '),
            "rsquo" | "lsquo" | "apos" => Some('’'),
            "ndash" | "mdash" => Some('–'),
            "hellip" => Some('…'),
            _ => {
                let digits = name.strip_prefix('#')?;
                let code = match digits.strip_prefix(['x', 'X']) {
                    Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                    None => digits.parse().ok()?,
                };
                char::from_u32(code)
            }
        });
        out.push(c.unwrap_or('&'));
        rest = match (c, name) {
            (Some(_), Some(name)) => after.get(name.len() + 1..).unwrap_or_default(),
            _ => after,
        };
    }
    out + rest
}

/// The words of a text in lower case; each character of a script without spaces is one, apostrophes join.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if super::words::is_unspaced(c) {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            words.push(c.to_string());
        } else if c.is_alphanumeric() {
            word.push(c);
        } else if !matches!(c, '\'' | '’' | '\u{200C}' | '\u{200D}' | '\u{AD}' | '\u{200B}') {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}
