//! What a new state is told of the articles that are written already, when it takes the place of a damaged one: they are
//! neither asked for nor written once more before they are due.

use std::collections::HashMap;
use std::path::Path;

use jiff::Timestamp;

use super::Ledger;
use crate::article::Article;
use crate::source::{Candidate, Location};
use crate::state::host::{Claim, Clock, Lease, Wanted};
use crate::state::identity::Digest;
use crate::state::outcome::Outcome;
use crate::state::page::{NewPage, Page, Story, Visit, point_in_time};
use crate::state::{Record, State, StateError};

/// Articles that are entered in one transaction.
const AT_ONCE: usize = 1000;

/// An article of the web that is written already, and the page that it is from.
struct Known {
    key: Digest,
    page: NewPage,
    article: Article,
}

impl Ledger<'_> {
    /// Enters articles that were written in earlier runs, of several of one page the last one, and gives how many they are.
    /// Saved pages are left out: they are looked at whenever they are named.
    ///
    /// # Errors
    /// When the state can't be read or written.
    pub fn recover(
        &self,
        state: &mut dyn State,
        articles: impl Iterator<Item = Article>,
    ) -> Result<usize, StateError> {
        let mut known = articles.filter_map(|article| self.known(article));
        let mut leases: HashMap<String, (Lease, Clock)> = HashMap::new();
        let mut count = 0;
        loop {
            let batch: Vec<Known> = known.by_ref().take(AT_ONCE).collect();
            if batch.is_empty() {
                break;
            }
            let pages: Vec<NewPage> = batch.iter().map(|known| known.page.clone()).collect();
            state.add(&pages, self.began)?;
            let wanted =
                Wanted { now: Timestamp::MAX, due_by: self.began, hosts: usize::MAX, pages_a_host: 1 };
            for Claim { lease, host, clock, .. } in state.claim(&wanted)? {
                leases.insert(host, (lease, clock));
            }
            let mut records = Vec::new();
            for known in &batch {
                let Some((lease, clock)) = leases.get(&known.page.host) else { continue };
                let Some(page) = state.page(known.key)? else { continue };
                let page = self.after_recovery(state, &page, &known.article)?;
                records.push(Record { lease: *lease, page, clock: *clock, article: None });
            }
            state.record(&records, &[])?;
            count += records.len();
        }
        let leases: Vec<Lease> = leases.into_values().map(|(lease, _)| lease).collect();
        state.release(&leases)?;
        Ok(count)
    }

    fn known(&self, article: Article) -> Option<Known> {
        let candidate = Candidate::parse(&article.source, Path::new(""));
        if !matches!(candidate.location, Ok(Location::Web(_))) || !article.kind.has_story() {
            return None;
        }
        let page = candidate.page(|url| self.shop.client().clock_name(url)).ok()?;
        Some(Known { key: Digest::of_page(&page.url), page, article })
    }

    /// What is remembered of a page whose `article` was written. The server is asked for it in full next time.
    fn after_recovery(
        &self,
        state: &mut dyn State,
        page: &Page,
        article: &Article,
    ) -> Result<Page, StateError> {
        let at = article.fetched_at.as_deref().and_then(point_in_time).unwrap_or(self.began);
        let url = article.url.as_deref().and_then(|url| url.parse().ok());
        let mut story = Story::new(article, url.as_ref().unwrap_or(&page.url), at);
        story.revision = article.revision.unwrap_or(1);
        story.written_to = self.outputs.forms().stem(article, page.name.as_deref(), self.template(page));
        let first = article.duplicate_of.as_deref().and_then(|source| source.parse().ok());
        if let Some(first) = first {
            story.duplicate_of = state.page(Digest::of_page(&first))?.map(|first| first.id);
        }
        let visit =
            Visit { at, outcome: Outcome::Written, not_before: None, answer: None, story: Some(story) };
        // Nothing of it is left of an article that was entered before.
        let page = Page { story: None, ..page.clone() };
        Ok(page.after(visit, self.revisit(&page)))
    }
}
