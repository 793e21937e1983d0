//! Who wrote it: chooses among everything on the page that names authors.

use super::author;
use super::gather::{Clues, Line};
use super::json_ld;
use super::mark::{Mark, Sign};
use super::place::Anchors;
use super::signals::{Role, Signals};
use super::text::plain;
use super::title::is_site;

/// Texts between the headline and an unmarked byline.
const LINE_REACH: usize = 20;

/// Names of the authors.
///
/// In order: JSON-LD; the tags; `itemprop` and `rel=author`; a line by the headline that opens as a byline
/// does; elements whose class says byline or that link to an author's page, the nearest to the headline
/// first. The site itself, an organization or an account name gives way to a person from a later source.
pub(super) fn choose(
    clues: &Clues<'_>,
    stated: &json_ld::Stated,
    site: &[String],
    anchors: &Anchors,
    signals: &Signals,
) -> Vec<String> {
    let mut fallback = Vec::new();
    for mut names in sources(clues, stated, anchors, signals) {
        let persons = names.iter().filter(|name| !is_site(name, site)).count();
        if persons > 0 {
            names.retain(|name| !is_site(name, site));
        }
        let is_weak = persons == 0
            || names.iter().all(|name| author::is_account(name) || stated.organizations.contains(name));
        if !names.is_empty() && !is_weak {
            return names;
        }
        if fallback.is_empty() {
            fallback = names;
        }
    }
    fallback
}

/// The names in each source, in order of trust, read only as far as they are asked for.
fn sources<'c>(
    clues: &'c Clues<'_>,
    stated: &'c json_ld::Stated,
    anchors: &'c Anchors,
    signals: &'c Signals,
) -> impl Iterator<Item = Vec<String>> + 'c {
    let tags = signals.tags.author.iter().map(|name| tag(clues, name));
    let labelled = std::iter::once_with(|| labelled_tag(clues));
    let marked = |weak: bool| {
        let mut marks: Vec<&Mark<'_>> = clues
            .marks
            .iter()
            .filter(|mark| {
                mark.role == Role::Author
                    && !mark.aside
                    && matches!(mark.sign, Sign::Word | Sign::Link) == weak
            })
            .collect();
        marks.sort_by_key(|mark| anchors.distance(mark.at));
        marks.into_iter().map(|mark| author::byline(&mark.text))
    };
    std::iter::once_with(|| stated_names(stated))
        .chain(tags)
        .chain(labelled)
        .chain(std::iter::once_with(move || marked(false)).flatten())
        .chain(std::iter::once_with(|| near_line(clues, anchors)))
        .chain(std::iter::once_with(move || marked(true)).flatten())
        .chain(std::iter::once_with(|| only_name(clues)))
}

/// Names of JSON-LD; that of an organization is kept whole.
fn stated_names(stated: &json_ld::Stated) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in &stated.authors {
        let found = if stated.organizations.contains(name) {
            vec![name.clone()]
        } else {
            author::stated([name.as_str()])
        };
        names.extend(found.into_iter().filter(|name| !names.contains(name)).collect::<Vec<_>>());
    }
    names
}

fn tag(clues: &Clues<'_>, name: &str) -> Vec<String> {
    let contents: Vec<String> =
        clues.tags.iter().filter(|(tag, _)| tag == name).map(|(_, content)| plain(content)).collect();
    author::stated(contents.iter().map(String::as_str))
}

/// The author in the pair of tags `twitter:label1` (`Written by`) and `twitter:data1`.
fn labelled_tag(clues: &Clues<'_>) -> Vec<String> {
    let label = clues
        .tags
        .iter()
        .find(|(tag, content)| tag.starts_with("twitter:label") && author::is_prefix(content));
    let Some((label, _)) = label else { return Vec::new() };
    tag(clues, &label.replace("label", "data"))
}

/// A line by the headline that opens as a byline does, the name in it or in the next one.
fn near_line(clues: &Clues<'_>, anchors: &Anchors) -> Vec<String> {
    let lines: Vec<&Line<'_>> = clues.lines.iter().filter(|line| !line.aside).collect();
    let mut places: Vec<usize> = (0..lines.len())
        .filter(|&place| {
            anchors.distance(lines[place].at) <= LINE_REACH && author::opens_byline(lines[place].text)
        })
        .collect();
    places.sort_by_key(|&place| anchors.distance(lines[place].at));
    let read = |place: usize| {
        let next = lines
            .get(place + 1)
            .filter(|_| author::is_prefix(lines[place].text))
            .map_or("", |line| line.text);
        author::byline(&format!("{}\n{next}", lines[place].text))
    };
    places.into_iter().map(read).find(|names| !names.is_empty()).unwrap_or_default()
}

/// The one name that `itemprop` or `rel=author` marks in asides; several are those of other stories or comments.
fn only_name(clues: &Clues<'_>) -> Vec<String> {
    let is_telling =
        |mark: &&Mark<'_>| mark.role == Role::Author && matches!(mark.sign, Sign::Property | Sign::Relation);
    let mut names: Vec<Vec<String>> = clues
        .marks
        .iter()
        .filter(is_telling)
        .map(|mark| author::byline(&mark.text))
        .filter(|names| !names.is_empty())
        .collect();
    names.dedup();
    if let [_] = names.as_slice() { names.remove(0) } else { Vec::new() }
}
