//! Pictures that were saved beside an article, as its other files show them.

use super::tidy::line;
use crate::article::Article;

/// A picture to be shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// The name of its file, which lies in the same folder; a name of ASCII letters, digits, `.`, `_` and `-`.
    pub(super) file: String,
    /// What stands for it where it can't be shown; may be empty.
    pub(super) alt: String,
    /// The words under it with who made it; may be empty.
    pub(super) caption: String,
}

/// The saved pictures of an article, in its order.
pub(super) fn shown(article: &Article) -> Vec<Shown> {
    let shown = |image: &crate::article::Image| {
        let file = image.file.as_deref()?.rsplit('/').next()?;
        let is_plain = file.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        if !is_plain || file.starts_with('.') || file.is_empty() {
            return None;
        }
        let caption = image.caption.iter().chain(&image.credit).map(|text| line(text));
        let caption = caption.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
        Some(Shown { file: file.to_owned(), alt: line(image.alt.as_deref().unwrap_or_default()), caption })
    };
    article.images.iter().filter_map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Image;

    #[test]
    fn only_what_was_saved_under_a_plain_name_is_shown() {
        let image = |file: Option<&str>| Image {
            url: "https://a.example/x".to_owned(),
            alt: Some(" An\nalt ".to_owned()),
            caption: Some("Caption".to_owned()),
            credit: Some("Ann".to_owned()),
            file: file.map(str::to_owned),
        };
        let files = [
            None,
            Some("a.example/x-1.jpg"),
            Some("a/.."),
            Some("x\"onload=y"),
            Some("a/"),
            Some("javascript:x"),
        ];
        let article = Article { images: files.map(image).to_vec(), ..Article::default() };
        let expected = Shown {
            file: "x-1.jpg".to_owned(),
            alt: "An alt".to_owned(),
            caption: "Caption · Ann".to_owned(),
        };
        assert_eq!(shown(&article), [expected]);
    }
}
