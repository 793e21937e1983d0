//! Kind: what sort of page this is, by weighed evidence. The weights and the wording are data, in `kind.toml`.
//!
//! Each kind has a sum of weights. The first of error, consent, empty and paywalled whose sum is above zero is the
//! kind; of the other pages, those with a sum for articles above zero are articles and the rest are indexes. Pages of
//! shops, services, forums and manuals have no kind of their own: without a story they are indexes too.

mod evidence;
mod wording;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::article::PageKind;
use serde::Deserialize;

use super::model::sigmoid;

pub(crate) use evidence::{Evidence, NAMES};

/// Weights by the name of the evidence; `bias` stands for itself.
type Weights = BTreeMap<String, f32>;

/// Sums of weights for the kinds, from `kind.toml`.
static SUMS: LazyLock<Sums> = LazyLock::new(|| {
    let tables: Tables = toml::from_str(TABLES).expect("a test proves that kind.toml is sound");
    let sum = |weights: &Weights| Sum::new(weights);
    Sums {
        article: sum(&tables.article),
        error: sum(&tables.error),
        consent: sum(&tables.consent),
        empty: sum(&tables.empty),
        paywalled: sum(&tables.paywalled),
    }
});

const TABLES: &str = include_str!("kind.toml");

#[derive(Deserialize)]
struct Tables {
    article: Weights,
    error: Weights,
    consent: Weights,
    empty: Weights,
    paywalled: Weights,
}

struct Sums {
    article: Sum,
    error: Sum,
    consent: Sum,
    empty: Sum,
    paywalled: Sum,
}

/// A bias and a weight for each piece of evidence, in the order of [`NAMES`].
struct Sum {
    bias: f32,
    weights: Vec<f32>,
}

impl Sum {
    fn new(weights: &Weights) -> Self {
        let weight = |name: &str| weights.get(name).copied().unwrap_or(0.0);
        Self { bias: weight("bias"), weights: NAMES.iter().map(|(name, _)| weight(name)).collect() }
    }

    fn of(&self, evidence: &Evidence) -> f32 {
        self.weights
            .iter()
            .zip(evidence.values())
            .fold(self.bias, |sum, (weight, value)| sum + weight * value)
    }
}

/// The kind of a page, and how sure that is, 0 to 1.
pub(crate) fn kind(evidence: &Evidence) -> (PageKind, f32) {
    let sums = &*SUMS;
    let special = [
        (PageKind::Error, &sums.error),
        (PageKind::Consent, &sums.consent),
        (PageKind::Empty, &sums.empty),
        (PageKind::Paywalled, &sums.paywalled),
    ];
    for (kind, sum) in special {
        let margin = sum.of(evidence);
        if margin > 0.0 {
            return (kind, sigmoid(margin));
        }
    }
    let margin = sums.article.of(evidence);
    if margin > 0.0 { (PageKind::Article, sigmoid(margin)) } else { (PageKind::Index, sigmoid(margin.abs())) }
}

/// The kind of a page that carries its story as structured data.
pub(crate) fn of_structured_story() -> (PageKind, f32) {
    (PageKind::Article, 0.9)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::clean::{Page, clean, rules::Rules};

    #[track_caller]
    fn check(page: &str, expected: PageKind) {
        let article =
            clean(Page { text: page, url: None, fetched_at: None }, &Default::default(), Rules::built_in());
        let (kind, confidence) = (article.kind, article.confidence);
        assert_eq!(kind, expected, "{confidence} {:?} in {page}", article.body);
        assert!((0.0..=1.0).contains(&confidence) && confidence >= 0.5, "{confidence} in {page}");
    }

    /// The frame of a site around `main`.
    fn site(head: &str, main: &str) -> String {
        let links: String = (0..12).map(|at| format!("<li><a href=/s{at}>Section {at}</a></li>")).collect();
        format!(
            "<html><head>{head}</head><body><nav><ul>{links}</ul></nav><main>{main}</main>\
             <footer><ul>{links}</ul><p>© The Daily Sample</p></footer></body></html>"
        )
    }

    const SENTENCES: [&str; 4] = [
        "The council of Harbour Town voted on Monday evening to close the old swing bridge for eleven weeks.",
        "Engineers had found rust in two of the four bearings, the mayor said after the meeting in the town hall.",
        "Buses will take the long way round by the lock, and the ferry sails every twenty minutes until midnight.",
        "Shopkeepers on the east bank fear for their summer trade and ask the county for help.",
    ];

    #[test]
    fn the_weights_name_evidence_that_is_gathered() {
        let tables: toml::Table = toml::from_str(TABLES).unwrap();
        let mut used = std::collections::BTreeSet::new();
        for kind in ["article", "error", "consent", "empty", "paywalled"] {
            let weights = tables[kind].as_table().unwrap();
            assert!(weights.contains_key("bias"), "{kind}");
            used.extend(weights.keys().filter(|name| *name != "bias").map(String::as_str));
        }
        let names = NAMES.iter().map(|(name, _)| *name).collect();
        assert_eq!(used, names);
    }

    #[test]
    fn a_story_is_an_article_long_or_short() {
        let paragraph = |text: &str| format!("<p>{text}</p>");
        let story: String = SENTENCES.map(paragraph).concat();
        let title = "<h1>Swing bridge in Harbour Town closes for eleven weeks</h1>";
        check(&site("", &format!("{title}{}", story.repeat(5))), PageKind::Article);
        check(&site("", &format!("{title}{story}")), PageKind::Article);
        check(&format!("<h1>Bridge closes</h1><p>{}</p>", SENTENCES[0]), PageKind::Article);
    }

    #[test]
    fn a_short_story_beside_a_cookie_banner_or_with_an_alarming_title_is_an_article() {
        let story = SENTENCES[..3].iter().map(|text| format!("<p>{text}</p>")).collect::<String>();
        let banner = "<div class='cookie-banner'><p>We and our partners use cookies and similar technologies to store and/or \
            access information on a device, to measure how our pages are read and to show personalised ads and content. \
            You may withdraw your consent at any time.</p><button>Accept all</button><button>Reject all</button></div>";
        check(
            &site("", &format!("{banner}<h1>Swing bridge closes for eleven weeks</h1>{story}")),
            PageKind::Article,
        );
        check(
            &site("", &format!("<h1>Access denied: swing bridge closes for summer</h1>{story}")),
            PageKind::Article,
        );
    }

    #[test]
    fn a_list_of_links_to_stories_is_an_index() {
        let teasers: String = (0..14)
            .map(|at| {
                format!(
                    "<div class=teaser><h3><a href=/story/{at}>Council votes on bridge number {at} after the storm</a></h3>\
                     <p>Work begins in the spring and takes {at} weeks.</p></div>"
                )
            })
            .collect();
        let pages = "<div><a href=?p=1>1</a></div><div><a href=?p=2>2</a></div><div><a href=?p=3>3</a></div>";
        check(&site("<title>News</title>", &format!("<h1>News</h1>{teasers}{pages}")), PageKind::Index);
    }

    #[test]
    fn a_page_that_says_that_there_is_no_page_is_an_error() {
        for (title, text) in [
            (
                "Page not found",
                "Sorry, the page you are looking for may have been moved or deleted. Try the search.",
            ),
            ("404", "The page you requested does not exist."),
            ("Seite nicht gefunden", "Die gesuchte Seite gibt es nicht mehr. Gehen Sie zur Startseite."),
            ("Page introuvable", "La page que vous recherchez n'existe pas ou n'existe plus."),
            ("Página no encontrada", "La página que buscas ya no está aquí. Vuelve al inicio."),
            ("Pagina non trovata", "La pagina che stai cercando non esiste più."),
            ("Страница не найдена", "Запрашиваемая страница удалена или никогда не существовала."),
            ("ページが見つかりません", "お探しのページは移動または削除されました。"),
            ("Just a moment...", "Verifying you are human. This may take a few seconds."),
        ] {
            let head = format!("<title>{title} | The Daily Sample</title>");
            check(&site(&head, &format!("<h1>{title}</h1><p>{text}</p>")), PageKind::Error);
            check(&format!("<title>{title}</title><h1>{title}</h1>"), PageKind::Error);
        }
    }

    #[test]
    fn a_page_that_asks_for_consent_in_place_of_a_story_is_a_consent_wall() {
        for (text, button) in [
            (
                "We and our partners use cookies and similar technologies to keep this site free.",
                "Accept all",
            ),
            (
                "Wir und unsere Partner verwenden Cookies und ähnliche Technologien für Werbung.",
                "Alle akzeptieren",
            ),
            (
                "Nous et nos partenaires utilisons des cookies pour mesurer l'audience du site.",
                "Tout accepter",
            ),
            ("Nosotros y nuestros socios utilizamos cookies para medir el uso del sitio.", "Aceptar todo"),
            ("Noi e i nostri partner utilizziamo cookie per misurare le visite al sito.", "Accetta tutto"),
            ("My i nasi partnerzy zapisujemy pliki cookie na Twoim urządzeniu.", "Zaakceptuj wszystko"),
        ] {
            let page = format!(
                "<h1>The Daily Sample</h1><p>{text}</p><button>{button}</button><a href=/privacy>Privacy</a>"
            );
            check(&page, PageKind::Consent);
        }
    }

    #[test]
    fn the_first_lines_of_a_story_that_must_be_paid_for_are_paywalled() {
        let lines = format!(
            "<h1>Swing bridge closes for eleven weeks</h1><p>{}</p><p>{}</p>",
            SENTENCES[0], SENTENCES[1]
        );
        let stated = "<meta property=article:content_tier content=locked>";
        check(&site(stated, &lines), PageKind::Paywalled);
        let prompt = "<div><p>Subscribe to continue reading this article.</p></div>";
        check(&site("", &format!("{lines}{prompt}")), PageKind::Paywalled);
    }

    #[test]
    fn a_page_without_text_is_empty() {
        for page in
            ["", "<html><body></body></html>", "<div id=app></div><script>start()</script>", "<p>Loading</p>"]
        {
            check(page, PageKind::Empty);
        }
    }
}
