//! An explanation as one HTML page: the article in its order, with every cut shown in its place and why it was made.
//!
//! The page is as inert as the article's own (see [`mod@crate::write::html`]): all text is escaped, nothing runs, nothing
//! loads. Filters are check boxes that the style sheet reads, and long runs of cuts are folded, without a script.

use std::borrow::Cow;

use super::evidence::{evidence, why};
use super::text::shortened;
use super::{Cause, count, cuts, kind, notes};
use crate::article::{Article, Block, BlockKind};
use crate::clean::decide::{Reason, Verdict};
use crate::clean::explain::Judged;
use crate::write::html::{direction, escaped, inline, is_language_tag, opening, together};
use crate::write::spans::safe_url;
use crate::write::tidy::line;
use crate::write::{counted, depth};

/// The look of the page, in light and in dark, for a desk and for a telephone.
const STYLE: &str = include_str!("html.css");
/// Cuts in a row from which on they are folded.
const LONG_RUN: usize = 5;
/// Blocks whose beginnings are shown on a fold, and characters of each.
const PREVIEW: (usize, usize) = (6, 28);

/// The whole page.
pub fn render(article: &Article, blocks: &[Judged]) -> String {
    let title = article.title.as_deref().map(line).unwrap_or_default();
    let title = if title.is_empty() { line(&article.source) } else { title };
    let mut page = opening(Some("en"), "ltr", &format!("Explained: {}", escaped(&title)), "", STYLE);
    page += &header(article, blocks, &title);
    let language = article.language.as_deref().filter(|tag| is_language_tag(tag));
    let lang = language.map(|tag| format!(" lang=\"{tag}\"")).unwrap_or_default();
    // Without a known direction the page reads from the left, and each block finds its own.
    let direction = if direction(language) == "rtl" { "rtl" } else { "ltr" };
    page += &format!("<main{lang} dir=\"{direction}\">\n");
    for run in blocks.chunk_by(|one, next| one.verdict == Verdict::Cut && next.verdict == Verdict::Cut) {
        page += &if run.len() >= LONG_RUN { folded(run) } else { run.iter().map(block).collect() };
    }
    page + "</main>\n</body>\n</html>\n"
}

/// Title, URL, counts, notes, the filters and the legend.
fn header(article: &Article, blocks: &[Judged], title: &str) -> String {
    let mut html = format!(
        "<header>\n<p class=\"brand\">pressclip explain</p>\n<h1 dir=\"auto\">{}</h1>\n",
        escaped(title)
    );
    let url = article.url.as_deref().or(article.canonical_url.as_deref()).and_then(safe_url);
    html += &match url {
        Some(url) => format!("<p class=\"url\"><a href=\"{0}\">{0}</a></p>\n", escaped(&url)),
        None => format!("<p class=\"url\">{}</p>\n", escaped(&line(&article.source))),
    };
    html += &format!(
        "<p>{} · {} · {}</p>\n",
        escaped(&kind(article)),
        counted(article.word_count, "word", "words"),
        counted(blocks.len(), "block", "blocks"),
    );
    let notes: String = notes(article).map(|note| format!("<li>{}</li>\n", escaped(&line(note)))).collect();
    if !notes.is_empty() {
        html += &format!("<ul class=\"notes\">\n{notes}</ul>\n");
    }
    html += &legend(blocks);
    html + FILTERS + "</header>\n"
}

const FILTERS: &str = "<fieldset>\n<legend>Show</legend>\n\
    <label><input type=\"checkbox\" id=\"show-cut\" checked> what was cut</label>\n\
    <label><input type=\"checkbox\" id=\"show-kept\" checked> what was kept</label>\n\
    <label><input type=\"checkbox\" id=\"show-why\"> why it was kept</label>\n</fieldset>\n";

/// What the colours stand for, with the number of blocks of each.
fn legend(blocks: &[Judged]) -> String {
    let mut entries = vec![("story", count(blocks, Verdict::Story), "story".to_owned())];
    entries.push(("caption", count(blocks, Verdict::Caption), "captions, beside the body".to_owned()));
    entries.extend(
        Cause::ALL.map(|cause| (class(cause), cuts(blocks, cause), format!("cut {}", cause.words()))),
    );
    let entries: String = entries
        .into_iter()
        .filter(|(_, number, _)| *number > 0)
        .map(|(class, number, words)| format!("<li class=\"{class}\"><b>{number}</b> {words}</li>\n"))
        .collect();
    format!(
        "<ul class=\"legend\">\n{entries}</ul>\n<p class=\"hint\">The bar and the percentage beside a block: how likely \
        it belongs to the story, before rules.</p>\n"
    )
}

fn class(cause: Cause) -> &'static str {
    match cause {
        Cause::Rule => "by-rule",
        Cause::Features => "by-features",
        Cause::Said => "as-said",
        Cause::Caption => "by-caption",
    }
}

/// One block: its text, and beside it what became of it.
fn block(judged: &Judged) -> String {
    match judged.verdict {
        Verdict::Story => kept("story", judged, &judged.block),
        Verdict::Caption => {
            let caption =
                Block { kind: BlockKind::Caption, level: None, number: None, ..judged.block.clone() };
            kept("caption", judged, &caption)
        }
        Verdict::Cut => format!(
            "<div class=\"block cut {}\" dir=\"auto\">\n<del>{}</del>\n{}</div>\n",
            class(Cause::of(judged)),
            inline(&judged.block),
            margin(judged, &format!(" · {}", told(judged))),
        ),
    }
}

fn kept(class: &str, judged: &Judged, block: &Block) -> String {
    // Each item stands in a list of its own, which knows its depth by a class alone.
    let deep = if block.kind == BlockKind::ListItem {
        format!(" item deep-{}", depth(block))
    } else {
        String::new()
    };
    let why = match judged.reason {
        Reason::Probability => format!("<span class=\"quiet\"> · {}</span>", escaped(&evidence(judged))),
        _ => format!(" · {}", told(judged)),
    };
    format!(
        "<div class=\"block kept {class}{deep}\">\n<div>{}</div>\n{}</div>\n",
        together(&[block]).trim_end(),
        margin(judged, &why),
    )
}

/// Why, in words, with the name of a rule made to stand out.
fn told(judged: &Judged) -> String {
    match &judged.reason {
        Reason::Rule(name) => format!("rule <b>{}</b>", escaped(&line(name))),
        _ => escaped(&line(&why(judged))),
    }
}

/// The probability as a bar and a number, and `why` behind it.
fn margin(judged: &Judged, why: &str) -> String {
    let percent = (100.0 * judged.probability).round().clamp(0.0, 100.0);
    format!(
        "<p class=\"why\"><span class=\"bar\" style=\"--p:{percent}%\"></span> \
        <bdi lang=\"en\" dir=\"ltr\">{percent} %{why}</bdi></p>\n"
    )
}

/// A long run of cuts, folded under how many they are, why they went and how they begin.
fn folded(run: &[Judged]) -> String {
    let causes: Vec<(Cause, usize)> = Cause::ALL
        .into_iter()
        .map(|cause| (cause, cuts(run, cause)))
        .filter(|(_, number)| *number > 0)
        .collect();
    let main = causes.iter().max_by_key(|(_, number)| *number).map_or("", |(cause, _)| class(*cause));
    let words: Vec<String> =
        causes.iter().map(|(cause, number)| format!("{number} {}", cause.words())).collect();
    let preview: Vec<Cow<'_, str>> = run
        .iter()
        .take(PREVIEW.0)
        .map(|judged| escaped(&shortened(&line(&judged.block.text), PREVIEW.1)).into())
        .collect();
    let blocks: String = run.iter().map(block).collect();
    format!(
        "<details class=\"run cut {main}\">\n<summary><bdi lang=\"en\" dir=\"ltr\"><b>{} blocks cut</b>: {}</bdi> \
        <span class=\"preview\" dir=\"auto\">{} …</span></summary>\n{blocks}</details>\n",
        run.len(),
        words.join(", "),
        preview.join(" · "),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::article::Link;
    use proptest::prelude::*;
    use scraper::{Html, Selector};

    fn judged(text: &str, verdict: Verdict) -> Judged {
        let block = Block { text: text.to_owned(), ..Block::default() };
        Judged { block, verdict, probability: 0.25, reason: Reason::Probability, evidence: Vec::new() }
    }

    fn count_of(html: &str, selector: &str) -> usize {
        Html::parse_document(html).select(&Selector::parse(selector).unwrap()).count()
    }

    #[test]
    fn cuts_stand_in_their_places_and_only_long_runs_of_them_are_folded() {
        let cut = || judged("cut", Verdict::Cut);
        let mut blocks = vec![judged("one", Verdict::Story), cut(), judged("two", Verdict::Story)];
        blocks.extend(std::iter::repeat_with(cut).take(LONG_RUN));
        let html = render(&Article::default(), &blocks);
        assert_eq!(count_of(&html, "main > .kept + .cut + .kept + details"), 1);
        assert_eq!(count_of(&html, "details"), 1);
        assert_eq!(count_of(&html, "details > .cut del"), LONG_RUN);
        assert_eq!(count_of(&html, "summary"), 1);
    }

    #[test]
    fn a_page_in_arabic_reads_from_the_right_and_the_reasons_from_the_left() {
        let article = Article { language: Some("ar".to_owned()), ..Article::default() };
        let html = render(&article, &[judged("نص", Verdict::Cut)]);
        assert_eq!(count_of(&html, "html[dir=ltr] main[lang=ar][dir=rtl] .why bdi[dir=ltr]"), 1);
    }

    proptest! {
        #[test]
        fn nothing_of_theirs_becomes_markup(
            text in "(\\PC|</del></main>|<script>|<img src=x onerror=a>|\"|'|<svg><style>|<!--|&lt;|\u{0}|\n){0,12}",
            url in "(https://|javascript:|data:)[a\"'<>() \\n]{0,8}",
        ) {
            let with_link = |verdict, reason| Judged {
                block: Block {
                    links: vec![Link { start: 0, end: text.len(), url: url.clone() }],
                    text: text.clone(),
                    ..Block::default()
                },
                reason,
                ..judged("", verdict)
            };
            let mut blocks: Vec<Judged> = std::iter::repeat_with(|| with_link(Verdict::Cut, Reason::Probability))
                .take(LONG_RUN)
                .collect();
            blocks.push(with_link(Verdict::Story, Reason::Rule(text.clone())));
            blocks.push(with_link(Verdict::Caption, Reason::OutsideBody(text.clone())));
            let article = Article {
                source: text.clone(),
                title: Some(text.clone()),
                url: Some(url.clone()),
                language: Some(text.clone()),
                notes: vec![text.clone()],
                ..Article::default()
            };
            let page = Html::parse_document(&render(&article, &blocks));
            for element in page.select(&Selector::parse("body, body *").unwrap()) {
                let allowed = "body header p h1 a ul li b fieldset legend label input main details summary bdi span div del \
                    small br";
                prop_assert!(allowed.split(' ').any(|name| name == element.value().name()), "{}", element.value().name());
                for (name, value) in element.value().attrs() {
                    prop_assert!(["class", "dir", "lang", "style", "href", "type", "id", "checked"].contains(&name));
                    prop_assert!(name != "href" || value.starts_with("https://"));
                }
            }
            prop_assert_eq!(page.select(&Selector::parse("main > *").unwrap()).count(), 3);
        }
    }
}
