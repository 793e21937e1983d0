//! Elements that are marked as a byline, a date or a standfirst, and by what.

use scraper::node::Element;

use super::signals::{Role, Roles, Signals};

/// An element that is marked as a byline, a date or a standfirst.
pub(super) struct Mark<'a> {
    pub role: Role,
    pub sign: Sign,
    /// Visible text, a line for each block.
    pub text: String,
    /// Machine-readable value: `datetime` or `content`.
    pub value: Option<&'a str>,
    /// The text just before the element, which may be its label.
    pub before: &'a str,
    /// Inside a list of other stories, comments, a footer or a menu.
    pub aside: bool,
    /// Texts before it.
    pub at: usize,
}

/// What marked the element, the most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sign {
    /// `itemprop`.
    Property,
    /// `rel=author`, or `<time pubdate>`.
    Relation,
    /// `<time>`.
    Element,
    /// A link to the page of an author.
    Link,
    /// A word of an id or class.
    Word,
}

impl Sign {
    /// Whether the sign is the choice of a template's author rather than of a standard.
    pub fn is_weak(self) -> bool {
        matches!(self, Self::Word | Self::Link)
    }
}

/// The attributes that mark an element, found in one go: each look-up by name would cost a hash.
#[derive(Default)]
pub(super) struct Attributes<'a> {
    /// What the words of its id and classes say.
    pub roles: Roles,
    property: Option<&'a str>,
    rel: Option<&'a str>,
    datetime: Option<&'a str>,
    content: Option<&'a str>,
    title: Option<&'a str>,
    href: Option<&'a str>,
    pubdate: bool,
}

impl<'a> Attributes<'a> {
    /// Reads the attributes of an element.
    pub fn of(element: &'a Element, signals: &Signals) -> Self {
        let mut found = Self::default();
        for (name, value) in element.attrs() {
            match name {
                "class" | "id" | "data-testid" | "data-qa" => signals.add_roles(value, &mut found.roles),
                "itemprop" => found.property = Some(value),
                "rel" => found.rel = Some(value),
                "datetime" => found.datetime = Some(value),
                "content" => found.content = Some(value),
                "title" => found.title = Some(value),
                "href" => found.href = Some(value),
                "pubdate" => found.pubdate = true,
                _ => {}
            }
        }
        found
    }
}

/// What an element is marked as, and by what.
pub(super) fn signs(name: &str, attributes: &Attributes<'_>, signals: &Signals) -> Vec<(Role, Sign)> {
    let roles = &attributes.roles;
    let property = attributes.property.and_then(property_role);
    let mut found: Vec<(Role, Sign)> = property.into_iter().map(|role| (role, Sign::Property)).collect();
    let is_author = |rel: &str| rel.split_whitespace().any(|word| word.eq_ignore_ascii_case("author"));
    if attributes.rel.is_some_and(is_author) {
        found.push((Role::Author, Sign::Relation));
    }
    if !found.is_empty() {
        return found;
    }
    if name == "time" {
        if attributes.pubdate {
            return vec![(Role::Published, Sign::Relation)];
        }
        let is_change = roles.modified && !roles.published;
        return vec![(if is_change { Role::Modified } else { Role::Published }, Sign::Element)];
    }
    if name == "a" && attributes.href.is_some_and(|href| signals.leads_to_author(href)) {
        return vec![(Role::Author, Sign::Link)];
    }
    let by_word = [
        (roles.author, Role::Author),
        (roles.modified, Role::Modified),
        (roles.may_be_published(), Role::Published),
        (roles.dek, Role::Dek),
    ];
    found.extend(by_word.into_iter().filter(|(held, _)| *held).map(|(_, role)| (role, Sign::Word)));
    found
}

/// The machine-readable value of an element.
pub(super) fn value<'a>(name: &str, attributes: &Attributes<'a>) -> Option<&'a str> {
    let title = attributes.title.filter(|_| name == "abbr");
    attributes.datetime.or(attributes.content).or(title).filter(|value| !value.trim().is_empty())
}

/// Properties of schema.org in microdata; see <https://schema.org/Article>.
fn property_role(names: &str) -> Option<Role> {
    names.split_whitespace().find_map(|name| match name {
        "author" | "creator" => Some(Role::Author),
        "datePublished" | "dateCreated" => Some(Role::Published),
        "dateModified" => Some(Role::Modified),
        "headline" => Some(Role::Headline),
        "alternativeHeadline" => Some(Role::Dek),
        _ => None,
    })
}
