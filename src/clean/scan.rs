//! Scanning: where raw text ends, found without tokenizing it.
//!
//! More than half of the bytes of news pages are the contents of `<script>` and `<style>`. The tokenizer spends as much
//! on each of them as on markup, and none of them is the story. The tree builder says where raw text begins, and this
//! module says where it ends.

use memchr::{memchr, memchr2};

/// How deep in comments and scripts a scan of a script is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escape {
    None,
    /// Inside `<!--`.
    Comment,
    /// Inside a `<script` inside `<!--`.
    Script,
}

/// Where raw text ends that starts at the start of `text`: the place of the end tag called `name`, or the end of `text`.
pub(super) fn raw_text_end(text: &str, name: &str) -> usize {
    let text = text.as_bytes();
    let mut at = 0;
    while let Some(length) = text.get(at..).and_then(|rest| memchr(b'<', rest)) {
        at += length;
        if is_tag(&text[at..], b"</", name.as_bytes()) {
            return at;
        }
        at += 1;
    }
    text.len()
}

/// Where a script ends that starts at the start of `text`. A comment in it may hold another script, whose end tag does
/// not count.
pub(super) fn script_end(text: &str) -> usize {
    end_of_script(text.as_bytes()).unwrap_or(text.len())
}

fn end_of_script(text: &[u8]) -> Option<usize> {
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
            Escape::None | Escape::Comment if is_tag(rest, b"</", b"script") => return Some(at),
            Escape::Comment if is_tag(rest, b"<", b"script") => escape = Escape::Script,
            Escape::Script if is_tag(rest, b"</", b"script") => escape = Escape::Comment,
            Escape::None | Escape::Comment | Escape::Script => {}
        }
        at += 1;
    }
}

/// Whether `text` starts with a tag called `name`, in any case, that begins with `opening`.
fn is_tag(text: &[u8], opening: &[u8], name: &[u8]) -> bool {
    let Some(text) = text.strip_prefix(opening) else { return false };
    text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        && matches!(text.get(name.len()), Some(b'\t' | b'\n' | b'\x0C' | b' ' | b'/' | b'>'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(end: impl Fn(&str) -> usize, text: &str) {
        let expected = text.find('$').unwrap_or(text.len());
        assert_eq!(end(&text.replace('$', "")), expected, "{text}");
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
            check(script_end, text);
        }
    }

    #[test]
    fn a_style_ends_at_its_first_end_tag() {
        for text in
            ["a > b {}$</style>", "<!-- <style> $</style> -->", "</styles></script>$</stylE >", "</style"]
        {
            check(|text| raw_text_end(text, "style"), text);
        }
    }
}
