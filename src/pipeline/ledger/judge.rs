//! What a visit comes to: a story that is new, changed, known, had from elsewhere or too old, or none at all.

use jiff::Timestamp;

use super::Ledger;
use crate::article::Article;
use crate::config::{Revisit, Source};
use crate::failure::{Failure, FailureClass};
use crate::pipeline::{Brought, Had};
use crate::state::outcome::Outcome;
use crate::state::page::{Page, Visit};
use crate::state::{State, StateError, duplicate};

/// Visits that put a page off, one after the other, after which its story is taken as its source gave it.
const TRIES: u32 = 2;

impl<'c> Ledger<'c> {
    /// Whether a page comes back. A saved page is looked at when a list names it.
    pub(super) fn revisit(&self, page: &Page) -> &'c Revisit {
        if page.url.scheme() == "file" {
            return &Revisit::Never;
        }
        let own = self.source(page).and_then(|source| source.fetch.revisit.as_ref());
        own.unwrap_or(&self.config.fetch.revisit)
    }

    /// The source that found a page, where the configuration still has it.
    fn source(&self, page: &Page) -> Option<&'c Source> {
        page.found_by.as_deref().and_then(|name| self.config.source_named(name))
    }

    /// The time before which the story of a page is too old. What is too old for its source is so when it is first had.
    fn since(&self, page: &Page) -> Option<Timestamp> {
        let age = self.source(page).and_then(|source| source.max_age).filter(|_| page.story.is_none());
        self.since.max(age.and_then(|age| self.began.checked_sub(age).ok()))
    }

    /// How the files of a page are named, where its source says so.
    pub(super) fn template(&self, page: &Page) -> Option<&'c str> {
        self.source(page).and_then(|source| source.write.name.as_deref())
    }

    /// What a visit brought, or the story as the source gave it where that is nothing. A page that may be had later is
    /// waited for, for a while.
    pub(super) fn told_again(
        &self,
        state: &mut dyn State,
        page: &Page,
        brought: Brought,
    ) -> Result<Brought, StateError> {
        let failure = match &brought {
            Brought::NotModified => return Ok(brought),
            Brought::Page(had) if had.story.is_some() => return Ok(brought),
            Brought::Page(had) => {
                let message = || format!("the page is no story: {}", had.article.kind.name());
                let error = had.article.error.clone();
                error.unwrap_or_else(|| Failure::new(FailureClass::NoArticle, message()))
            }
            Brought::Nothing(refusal) if refusal.failure.class == FailureClass::OptedOut => {
                return Ok(brought);
            }
            Brought::Nothing(refusal) if refusal.not_before.is_some() && page.tries < TRIES => {
                return Ok(brought);
            }
            Brought::Nothing(refusal) => refusal.failure.clone(),
        };
        if page.story.is_some() {
            return Ok(brought);
        }
        let Some(content) = state.content(page.id)? else { return Ok(brought) };
        let had = self.shop.retell(page, &content, &failure);
        Ok(had.map_or(brought, |had| Brought::Page(Box::new(had))))
    }

    /// What a page that was had comes to, and the article that is to be written.
    pub(super) fn judge(
        &self,
        state: &mut dyn State,
        page: &Page,
        had: Had,
        visit: Visit,
    ) -> Result<(Visit, Option<Box<Article>>), StateError> {
        let Had { mut article, story, answer, .. } = had;
        let since = self.since(page);
        let is_recent = |published: Option<Timestamp>| {
            since.is_none_or(|since| published.is_none_or(|published| published >= since))
        };
        let Some(mut story) = story.filter(|story| is_recent(story.published)) else {
            // What a page without a story said is not told to the server again, or the story would be missed when it comes.
            let answer = (page.url.scheme() == "file" && since.is_none()).then_some(answer);
            return Ok((Visit { outcome: Outcome::SetAside(article.kind), answer, ..visit }, None));
        };
        let visit = Visit { answer: Some(answer), ..visit };
        let is_known = page.has(&story);
        if is_known && !self.in_full {
            return Ok((Visit { outcome: Outcome::Unchanged, story: Some(story), ..visit }, None));
        }
        let known = page.story.as_ref();
        // A story that was written stays one: what came later is the duplicate.
        if known.is_none_or(|known| known.duplicate_of.is_some())
            && let Some(duplicate) = duplicate::find(state, &self.records, page.id, &story)?
        {
            story.duplicate_of = Some(duplicate.of);
            article.duplicate_of = state.source(duplicate.of)?;
            let own = self.source(page).and_then(|source| source.write.duplicates);
            if !own.unwrap_or(self.config.write.duplicates) {
                return Ok((Visit { outcome: Outcome::Duplicate, story: Some(story), ..visit }, None));
            }
        }
        let revision = known.map_or(1, |known| known.revision.saturating_add(u32::from(!is_known)));
        article.revision = Some(revision);
        story.written_to = known
            .and_then(|known| known.written_to.clone())
            .or_else(|| self.outputs.forms().stem(&article, page.name.as_deref(), self.template(page)));
        let outcome = match (is_known, story.duplicate_of) {
            (true, _) => Outcome::Unchanged,
            (false, Some(_)) => Outcome::Duplicate,
            (false, None) => Outcome::Written,
        };
        Ok((Visit { outcome, story: Some(story), ..visit }, Some(Box::new(article))))
    }
}

/// What a page comes to that is as it was.
pub(super) fn as_it_was(page: &Page) -> Outcome {
    match page.outcome {
        Some(outcome @ Outcome::SetAside(_)) if page.story.is_none() => outcome,
        Some(_) | None => Outcome::NotModified,
    }
}
