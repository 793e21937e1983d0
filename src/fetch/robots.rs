//! robots.txt (RFC 9309): had once a day for each host, and asked before every request for a page.
//!
//! Where there is none (4xx, an empty body, more than five redirects) everything is allowed. Where it can't be had
//! (5xx, the network, a redirect to where we don't go) nothing is asked for yet, and the pages are deferred; 429 is among
//! these, since it asks for fewer requests. A host that can't be reached at all fails as its pages would.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use robotxt::Robots;
use tokio::sync::Mutex as AsyncMutex;
use url::{Position, Url};

use super::classify::redacted;
use super::pace::{DEFERRAL, after};
use super::redirect::Wanted;
use super::retry::{Setback, persist};
use super::{Answer, Client, Refusal, RobotsText};
use crate::failure::{Failure, FailureClass};

/// Redirects that are followed from robots.txt (RFC 9309, section 2.3.1.2).
pub(super) const MAX_REDIRECTS: usize = 5;

/// Bytes of robots.txt that are read (RFC 9309, section 2.5); the one byte more tells whether the last line is whole.
pub(super) const MAX_BYTES: u64 = robotxt::BYTE_LIMIT as u64 + 1;

/// How long a robots.txt is good for (RFC 9309, section 2.4).
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Bytes of texts that are kept before those that nobody needs at the moment are forgotten.
const MAX_KEPT: usize = 16 * 1024 * 1024;

/// Bytes that an origin takes besides its text, roughly.
const OVERHEAD: usize = 1024;

/// Bytes of a path that rules are held against, so that many rules and one endless URL cost no more than milliseconds.
const MAX_PATH: usize = 4096;

/// Bytes of a rule that records and messages show.
const MAX_SHOWN: usize = 200;

/// What is known of each origin; clones share it.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// What robots.txt calls us.
    agent: String,
    origins: Arc<Mutex<HashMap<String, Slot>>>,
    /// Bytes of texts in `origins`, or more.
    kept: Arc<AtomicUsize>,
}

/// Whoever holds the lock is the one who asks for robots.txt; the others wait for it.
type Slot = Arc<AsyncMutex<Option<Had>>>;

/// What came of asking for robots.txt.
#[derive(Debug)]
enum Had {
    Rules { robots: Box<Robots>, text: RobotsText },
    Unreachable(Refusal),
}

impl Had {
    fn is_fresh(&self) -> bool {
        let now = Timestamp::now();
        match self {
            Self::Rules { text, .. } => text.fetched_at <= now && now.duration_since(text.fetched_at) < DAY,
            // What is not deferred will not get better in this run.
            Self::Unreachable(refusal) => refusal.not_before.is_none_or(|time| time > now),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Rules { text, .. } => text.text.len(),
            Self::Unreachable(_) => 0,
        }
    }
}

/// What robots.txt says about a page that it allows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Permission {
    /// The rule that decided, as in `allow: /news/`.
    pub(super) rule: Option<String>,
    /// The pause that it asks for between two requests.
    pub(super) crawl_delay: Option<Duration>,
}

/// Asks the robots.txt of the host of `url` whether that may be fetched.
///
/// # Errors
/// It forbids `url`, or it can't be had.
pub(super) async fn permission(client: &Client, url: &Url) -> Result<Permission, Setback> {
    let slot = client.robots.slot(url);
    let mut had = slot.lock().await;
    if !had.as_ref().is_some_and(Had::is_fresh) {
        client.pace.check_open(url)?;
        let fetched = fetch(client, url).await;
        client.robots.make_room(fetched.bytes());
        *had = Some(fetched);
    }
    match had.as_ref() {
        Some(Had::Rules { robots, .. }) => Ok(judge(robots, url)?),
        Some(Had::Unreachable(refusal)) => Err(refusal.clone().into()),
        None => Ok(Permission::default()),
    }
}

/// Has the robots.txt of the host of `url` fetched. The type ends the circle of futures: this asks as pages are asked for.
fn fetch<'a>(client: &'a Client, url: &'a Url) -> BoxFuture<'a, Had> {
    async move {
        let location = location(url);
        let (text, fetched_at) = match persist(client, &location, Wanted::Robots).await {
            Ok(Answer::Page(page)) => (String::from_utf8_lossy(&page.bytes).into_owned(), page.fetched_at),
            Ok(Answer::NotModified { fetched_at, .. }) => (String::new(), fetched_at),
            Err(setback) => match setback.failure.class {
                FailureClass::Http4xx | FailureClass::Empty | FailureClass::TooManyRedirects => {
                    (String::new(), Timestamp::now())
                }
                _ => return Had::Unreachable(unreachable(setback, &location)),
            },
        };
        client.robots.parse(RobotsText { text, fetched_at })
    }
    .boxed()
}

fn location(url: &Url) -> Url {
    let mut location = url.clone();
    location.set_path("/robots.txt");
    location.set_query(None);
    location.set_fragment(None);
    location
}

/// Why no page of the host of `location` can be asked for.
fn unreachable(setback: Setback, location: &Url) -> Refusal {
    let Failure { class, message } = &setback.failure;
    let is_of_the_host = matches!(
        class,
        FailureClass::Dns
            | FailureClass::Connect
            | FailureClass::TimeoutConnect
            | FailureClass::Tls
            | FailureClass::BlockedAddress
            | FailureClass::BlockedPort
    );
    if is_of_the_host && setback.at.as_ref().is_none_or(|at| at.origin() == location.origin()) {
        return setback.into();
    }
    let message = format!("`{}` can't be had: {message}", redacted(location));
    let not_before = setback.not_before.unwrap_or_else(|| after(DEFERRAL));
    Refusal { failure: Failure::new(FailureClass::RobotsUnreachable, message), not_before: Some(not_before) }
}

fn judge(robots: &Robots, url: &Url) -> Result<Permission, Failure> {
    let path = &url[Position::BeforePath..Position::AfterQuery];
    // URLs are ASCII, so that every byte is a boundary.
    let path = path.get(..MAX_PATH).unwrap_or(path);
    let is_allowed = robots.is_allowed(path);
    let verb = if is_allowed { "allow" } else { "disallow" };
    // So are patterns. robots.txt itself may be had whatever the rules say, and none of them allows that.
    let rule = robots
        .matching_rule(path)
        .filter(|rule| rule.is_allow() == is_allowed)
        .map(|rule| format!("{verb}: {}", rule.pattern().get(..MAX_SHOWN).unwrap_or(rule.pattern())));
    if is_allowed {
        return Ok(Permission { rule, crawl_delay: robots.crawl_delay() });
    }
    let message = format!("robots.txt forbids `{}` by `{}`", redacted(url), rule.as_deref().unwrap_or("/"));
    Err(Failure::new(FailureClass::RobotsDisallowed, message))
}

impl Known {
    /// Nothing is known yet; groups for `user_agent`, up to its version, are meant for us.
    pub(super) fn new(user_agent: &str) -> Self {
        let agent = product(user_agent).to_owned();
        Self { agent, origins: Arc::default(), kept: Arc::default() }
    }

    /// The text for the origin of `url`, where it is known and good.
    pub(super) fn text(&self, url: &Url) -> Option<RobotsText> {
        match self.find(url)?.try_lock().ok()?.as_ref()? {
            had @ Had::Rules { text, .. } => had.is_fresh().then(|| text.clone()),
            Had::Unreachable(_) => None,
        }
    }

    /// When robots.txt, which can't be had now, may be asked for again.
    pub(super) fn next_at(&self, url: &Url) -> Option<Timestamp> {
        match self.find(url)?.try_lock().ok()?.as_ref()? {
            Had::Rules { .. } => None,
            Had::Unreachable(refusal) => refusal.not_before,
        }
    }

    /// Takes the text that an earlier run has had, unless there is one already.
    pub(super) fn learn(&self, url: &Url, text: RobotsText) {
        self.make_room(text.text.len());
        if let Ok(mut had) = self.slot(url).try_lock() {
            had.get_or_insert_with(|| self.parse(text));
        }
    }

    fn parse(&self, text: RobotsText) -> Had {
        Had::Rules { robots: Box::new(Robots::parse(text.text.as_bytes(), self.agent.as_str())), text }
    }

    fn find(&self, url: &Url) -> Option<Slot> {
        self.origins().get(&url[..Position::BeforePath]).cloned()
    }

    fn slot(&self, url: &Url) -> Slot {
        self.origins().entry(url[..Position::BeforePath].to_owned()).or_default().clone()
    }

    fn origins(&self) -> MutexGuard<'_, HashMap<String, Slot>> {
        // A panic elsewhere can't leave the map half changed.
        self.origins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes room for one more text: forgets those that nobody needs at the moment when there are too many.
    fn make_room(&self, bytes: usize) {
        let bytes = bytes + OVERHEAD;
        if self.kept.fetch_add(bytes, Ordering::Relaxed) + bytes <= MAX_KEPT {
            return;
        }
        self.origins().retain(|_, slot| {
            let is_deferred = |had: &Option<Had>| matches!(had, Some(Had::Unreachable(_)));
            Arc::strong_count(slot) > 1 || slot.try_lock().is_ok_and(|had| is_deferred(&had))
        });
        self.kept.store(bytes, Ordering::Relaxed);
    }
}

/// The product token of a user agent, as groups name it (RFC 9309, section 2.2.1).
pub(super) fn product(user_agent: &str) -> &str {
    let is_part = |letter: char| letter.is_ascii_alphabetic() || matches!(letter, '-' | '_');
    let end = user_agent.find(|letter| !is_part(letter)).unwrap_or(user_agent.len());
    &user_agent[..end]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn ask(text: &[u8], path: &str) -> Result<Option<String>, String> {
        let robots = Robots::parse(text, "pressclip");
        let url = format!("https://a.example{path}").parse().unwrap();
        judge(&robots, &url).map(|permission| permission.rule).map_err(|failure| failure.message)
    }

    #[test]
    fn the_longest_rule_of_our_group_decides_and_is_named() {
        let shared = "User-agent: *\nDisallow: /\n\nUser-agent: PressClip\nUser-agent: other\n";
        let endless = format!("/{}z", "a".repeat(10_000));
        for (rules, path, expected) in [
            ("", "/a", Ok(None)),
            ("Disallow:", "/a", Ok(None)),
            ("Disallow: /a", "/b", Ok(None)),
            ("Disallow: /\nAllow: /news/", "/news/1?x=y", Ok(Some("allow: /news/"))),
            ("Allow: /page\nDisallow: /page", "/page", Ok(Some("allow: /page"))),
            ("Allow: /page\nDisallow: /*.htm", "/page.htm", Err("disallow: /*.htm")),
            ("Allow: /$\nDisallow: /", "/", Ok(Some("allow: /$"))),
            ("Disallow: /*.php$", "/a.php?x=y", Ok(None)),
            ("Disallow: /*?print=", "/a?print=1", Err("disallow: /*?print=")),
            ("Disallow: /%7Ejoe/ö", "/~joe/%c3%b6", Err("disallow: /~joe/%C3%B6")),
            ("Disallow: /a # why\nSitemap: x", "/a", Err("disallow: /a")),
            ("Disallow: /", "/robots.txt", Ok(None)),
            ("Disallow: /*z", &endless, Ok(None)),
            ("Disallow: /a", &endless, Err("disallow: /a")),
        ] {
            let text = format!("{shared}{rules}");
            for text in [
                text.clone(),
                format!("\u{FEFF}{text}"),
                text.replace('\n', "\r\n"),
                text.replace('\n', "\r"),
            ] {
                let outcome = ask(text.as_bytes(), path);
                match expected {
                    Ok(rule) => assert_eq!(outcome, Ok(rule.map(str::to_owned)), "{text:?} {path}"),
                    Err(rule) => {
                        assert!(outcome.unwrap_err().ends_with(&format!("by `{rule}`")), "{text:?} {path}")
                    }
                }
            }
        }
    }

    #[test]
    fn case_67_a_hundred_thousand_rules_are_read_to_the_limit_and_long_rules_are_shown_in_part() {
        let rules: String = (0..100_000).map(|number| format!("Disallow: /a/{number}/\n")).collect();
        let text = format!("User-agent: *\nAllow: /long{}\n{rules}", "*".repeat(1000));
        assert!(text.len() > 2 * robotxt::BYTE_LIMIT);
        let read = &text.as_bytes()[..usize::try_from(MAX_BYTES).unwrap()];
        assert!(ask(read, "/a/20000/x").is_err());
        assert_eq!(ask(read, "/a/99999/x"), Ok(None), "a rule past the limit is not read");
        assert_eq!(ask(read, "/long").unwrap().unwrap().len(), "allow: ".len() + MAX_SHOWN);
    }

    #[test]
    fn the_product_token_ends_at_the_version() {
        for (user_agent, token) in [
            ("pressclip/0.1.0", "pressclip"),
            ("My-Bot_x (+mailto:me@a.example)", "My-Bot_x"),
            ("", ""),
            ("/1", ""),
        ] {
            assert_eq!(product(user_agent), token, "{user_agent:?}");
        }
    }

    #[test]
    fn a_text_of_an_earlier_run_is_good_for_a_day() {
        let url: Url = "https://a.example/page".parse().unwrap();
        for (age, is_good) in [(0, true), (23, true), (25, false), (-1, false)] {
            let known = Known::new("pressclip/1");
            let fetched_at = Timestamp::now() - SignedDuration::from_hours(age);
            known.learn(&url, RobotsText { text: "User-agent: *\nDisallow: /".to_owned(), fetched_at });
            assert_eq!(known.text(&url).is_some(), is_good, "{age} hours");
        }
    }

    #[test]
    fn texts_are_forgotten_when_there_are_too_many() {
        let known = Known::new("pressclip/1");
        for number in 0..200 {
            let url = format!("https://host-{number}.example/").parse().unwrap();
            known.learn(
                &url,
                RobotsText { text: "#".repeat(robotxt::BYTE_LIMIT), fetched_at: Timestamp::now() },
            );
        }
        assert!(known.origins.lock().unwrap().len() * robotxt::BYTE_LIMIT <= MAX_KEPT);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_robots_txt(text in proptest::collection::vec(any::<u8>(), 0..400), path in "/[ -~]{0,40}") {
            let _ = ask(&text, &path);
        }

        #[test]
        fn any_rules_are_a_robots_txt(rules in "(?i)(User-agent: \\*?|Allow:[/*$a%]{0,9}|Disallow:[/*$a%]{0,9}|\u{0}|\r|\n){0,30}") {
            let _ = ask(rules.as_bytes(), "/aaa/$a*%");
        }
    }
}
