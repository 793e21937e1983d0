//! The record: what pressclip says about one page, as plain serde data.
//!
//! Keys are stable and always present; a value that a page does not have is `null` or an empty list.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// One page: the article and what is known about it, or the failure that took its place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Article {
    /// The path or URL as it was given.
    pub source: String,
    /// The URL after redirects.
    pub url: Option<String>,
    /// The URL that the page calls its own.
    pub canonical_url: Option<String>,
    /// What sort of page this is.
    pub kind: PageKind,
    /// How sure `kind` is, from 0 to 1.
    pub confidence: f32,
    /// The headline, without the name of the site.
    pub title: Option<String>,
    /// The standfirst under the headline.
    pub dek: Option<String>,
    /// Names of the authors, in the order of the byline.
    pub authors: Vec<String>,
    /// When the story was published, RFC 3339, or a date alone where no time is known.
    pub published: Option<String>,
    /// The text that `published` was read from.
    pub published_raw: Option<String>,
    /// When the story was last changed, in the same form as `published`.
    pub modified: Option<String>,
    /// The name of the publication.
    pub site: Option<String>,
    /// BCP 47 tag of the language.
    pub language: Option<String>,
    /// The section of the publication.
    pub section: Option<String>,
    /// Keywords that the publisher gave.
    pub tags: Vec<String>,
    /// URL of the lead image.
    pub image: Option<String>,
    /// The pictures of the story, in the order of the page.
    #[serde(default)]
    pub images: Vec<Image>,
    /// Whether the page says that the story is not free; `null` when it says nothing.
    pub paywalled: Option<bool>,
    /// The story as plain text, one block a paragraph with a blank line between.
    pub body: String,
    /// Words in `body`; a character of a script without spaces counts as one.
    pub word_count: usize,
    /// The story, block by block, captions included.
    pub blocks: Vec<Block>,
    /// What was cut, when an explanation was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub dropped: Vec<Dropped>,
    /// When the page was fetched or read, RFC 3339.
    pub fetched_at: Option<String>,
    /// HTTP status code.
    pub status: Option<u16>,
    /// The `ETag` header.
    pub etag: Option<String>,
    /// The `Last-Modified` header.
    pub last_modified: Option<String>,
    /// The rule of robots.txt that allows the page, as in `allow: /news/`; `null` where no rule speaks of it.
    pub robots: Option<String>,
    /// The words by which the page opts out of text and data mining, where the options don't respect that.
    pub opt_out: Option<String>,
    /// How often the story was had in another form than before, the first one counted; `null` outside of a run.
    pub revision: Option<u32>,
    /// The URL or path of the page that the story was had from first, when it is the same one elsewhere.
    pub duplicate_of: Option<String>,
    /// SHA-256 of `body` in hexadecimal; `null` without a body.
    pub content_hash: Option<String>,
    /// Everything that was guessed, cut short or repaired on the way.
    pub notes: Vec<String>,
    /// Why there is no article.
    pub error: Option<Failure>,
}

/// What sort of page this is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageKind {
    /// One story.
    Article,
    /// A list of links to stories, or another page that is no single story: of a shop, a service, a forum, a manual.
    Index,
    /// A consent wall in place of the story.
    Consent,
    /// The first lines of a story that must be paid for.
    Paywalled,
    /// A page that says that there is no story.
    Error,
    /// A page without text.
    #[default]
    Empty,
}

impl PageKind {
    /// The kind as records have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::Index => "index",
            Self::Consent => "consent",
            Self::Paywalled => "paywalled",
            Self::Error => "error",
            Self::Empty => "empty",
        }
    }

    /// Whether a page of this kind holds a story or the beginning of one.
    pub fn has_story(self) -> bool {
        match self {
            Self::Article | Self::Paywalled => true,
            Self::Index | Self::Consent | Self::Error | Self::Empty => false,
        }
    }
}

/// A picture of the story.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Where it is, `http` or `https`, in the largest size that the page offers.
    pub url: String,
    /// What stands for it where it can't be shown.
    pub alt: Option<String>,
    /// The words under it.
    pub caption: Option<String>,
    /// Who made it, or who has the rights to it, as the page says.
    pub credit: Option<String>,
    /// Where it was saved, relative to the folder of the outputs, when pictures are downloaded.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub file: Option<String>,
}

/// A run of text between two block-level boundaries.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// What the block is.
    pub kind: BlockKind,
    /// Heading level (1–6) or nesting depth of a list item (from 1).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub level: Option<u8>,
    /// Number of an item in an ordered list.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub number: Option<u32>,
    /// The text: one line, save for code, line breaks and the rows of a table.
    pub text: String,
    /// Links inside `text`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub links: Vec<Link>,
    /// Emphasis inside `text`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub marks: Vec<Mark>,
    /// Cells of a table, row by row; `text` holds the same.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub rows: Vec<Vec<String>>,
    /// Whether the block stands outside `body`, as captions do unless the options keep them.
    #[serde(skip_serializing_if = "is_false", default)]
    pub aside: bool,
}

fn is_false(value: &bool) -> bool {
    !*value
}

impl Article {
    /// The blocks that make up `body`, in order.
    pub fn body_blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter().filter(|block| !block.aside)
    }
}

impl Block {
    /// The text as a line of plain text: an item of a list with its number or a dash, as a browser shows it.
    pub fn line(&self) -> Cow<'_, str> {
        match (self.kind, self.number) {
            (BlockKind::ListItem, Some(number)) => Cow::Owned(format!("{number}. {}", self.text)),
            (BlockKind::ListItem, None) => Cow::Owned(format!("- {}", self.text)),
            _ => Cow::Borrowed(&self.text),
        }
    }
}

/// What a block is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockKind {
    /// A paragraph of prose.
    #[default]
    Paragraph,
    /// A sub-heading.
    Heading,
    /// An item of a list.
    ListItem,
    /// A paragraph of a quotation.
    Quote,
    /// Preformatted text.
    Code,
    /// A table of data.
    Table,
    /// The caption of a picture.
    Caption,
}

/// A link inside a block: the bytes `start..end` of its text lead to `url`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// First byte of the linked text.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// The target, absolute, always `http`, `https` or `mailto`.
    pub url: String,
}

/// Emphasis inside a block, over the bytes `start..end` of its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// First byte of the marked text.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// How the text is marked.
    pub kind: MarkKind,
}

/// How text is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// Strong importance, usually bold.
    Strong,
    /// Stress, usually italic.
    Emphasis,
    /// Code within a line.
    Code,
}

/// A block that was cut, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dropped {
    /// The block.
    #[serde(flatten)]
    pub block: Block,
    /// The rule or the evidence that cut it.
    pub reason: String,
    /// Probability that the block belongs to the story.
    pub probability: f32,
}
