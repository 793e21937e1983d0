//! Scanning: where raw text ends, found without tokenizing it.
//!
//! More than half of the bytes of news pages are the contents of `<script>` and `<style>`. The tokenizer spends as much
//! on each of them as on markup, and none of them is the story. The parser leaves them out: the tree builder says where
//! raw text begins, so that foreign content, comments and attributes need no rules of their own, and this module says
//! where it ends.

use memchr::{memchr, memchr2};

/// How the tokenizer reads the contents of an element. See "13.2.5 Tokenization" of the HTML standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RawText {
    /// `<script>`: a comment in it may hold another script whose end tag does not count.
    Script,
    /// `<style>`: the first end tag ends it.
    Style,
}

/// How deep in comments and scripts a scan of a script is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escape {
    None,
    /// Inside `<!--`.
    Comment,
    /// Inside a `<script` inside `<!--`.
    Script,
}

/// Where raw text ends that starts at the start of `text`: the place of its end tag, or the end of `text`.
pub(crate) fn raw_text_end(text: &str, kind: RawText) -> usize {
    let text = text.as_bytes();
    match kind {
        RawText::Script => script_end(text),
        RawText::Style => style_end(text),
    }
    .unwrap_or(text.len())
}

fn style_end(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr(b'<', text.get(at..)?)?;
        if is_tag(&text[at..], b"</style") {
            return Some(at);
        }
        at += 1;
    }
}

fn script_end(text: &[u8]) -> Option<usize> {
    let mut escape = Escape::None;
    // Dashes before this place are no part of the end of a comment.
    let mut comment = 0;
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        at += if escape == Escape::None { memchr(b'<', rest) } else { memchr2(b'<', b'>', rest) }?;
        let rest = &text[at..];
        match escape {
            Escape::None if rest.starts_with(b"<!--") => {
                escape = Escape::Comment;
                comment = at + 2;
            }
            Escape::Comment | Escape::Script if rest.starts_with(b">") => {
                if text[comment..at].ends_with(b"--") {
                    escape = Escape::None;
                }
            }
            Escape::None | Escape::Comment if is_tag(rest, b"</script") => return Some(at),
            Escape::Comment if is_tag(rest, b"<script") => escape = Escape::Script,
            Escape::Script if is_tag(rest, b"</script") => escape = Escape::Comment,
            Escape::None | Escape::Comment | Escape::Script => {}
        }
        at += 1;
    }
}

/// Whether `text` starts with `tag`, in any case, and the name ends there.
fn is_tag(text: &[u8], tag: &[u8]) -> bool {
    text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag))
        && matches!(text.get(tag.len()), Some(b'\t' | b'\n' | b'\r' | b'\x0C' | b' ' | b'/' | b'>'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: RawText, text: &str) {
        let end = text.find('$').unwrap_or(text.len());
        assert_eq!(raw_text_end(&text.replace('$', ""), kind), end, "{text}");
    }

    #[test]
    fn a_script_ends_at_its_end_tag_and_nowhere_else() {
        for text in [
            "$</script>",
            "let a = '<b>' < 1;$</SCRIPT\n>",
            "</scripts></script-></scrip></style>< /script>$</script/>",
            "<!-- a $</script>-->",
            "<!-- <script> </script> $</script>-->",
            "<!-- <script> --> $</script>",
            "<!--> <script> $</script>",
            "<!-- <script- > <scripts> $</script>",
            "<!-- <script > </script- > </script/ $</script>",
            "<!-- <script <script> </script> $</script>",
            "<!- - <script> $</script>",
            "<!-- <script",
            "no end </script",
        ] {
            check(RawText::Script, text);
        }
    }

    #[test]
    fn a_style_ends_at_its_first_end_tag() {
        for text in
            ["a > b {}$</style>", "<!-- <style> $</style> -->", "</styles></script>$</stylE >", "</style"]
        {
            check(RawText::Style, text);
        }
    }
}
