//! Failures: every page that is not had ends in exactly one class.

use serde::{Deserialize, Serialize};

/// Why a page could not be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The class, stable and fit for counting.
    pub class: FailureClass,
    /// What happened, for a person.
    pub message: String,
}

impl Failure {
    /// A failure of `class`, described by `message`.
    pub fn new(class: FailureClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into() }
    }
}

/// Declares the classes once: variant, stable name, whether a retry can help.
macro_rules! classes {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal, retry: $retry:literal;)*) => {
        /// The class of a failure.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum FailureClass {
            $($(#[doc = $doc])* #[serde(rename = $name)] $variant,)*
        }

        impl FailureClass {
            /// The name that records and summaries use.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Whether the same request may succeed a little later.
            pub fn is_transient(self) -> bool {
                match self { $(Self::$variant => $retry,)* }
            }
        }
    };
}

classes! {
    /// The URL can't be parsed.
    BadUrl = "bad_url", retry: false;
    /// The scheme is neither http nor https.
    BlockedScheme = "blocked_scheme", retry: false;
    /// The URL carries a user name or password.
    BlockedUserinfo = "blocked_userinfo", retry: false;
    /// The address is not public.
    BlockedAddress = "blocked_address", retry: false;
    /// The port is not one of the web's.
    BlockedPort = "blocked_port", retry: false;
    /// The host name has no address.
    Dns = "dns", retry: true;
    /// The connection was refused or broke before an answer.
    Connect = "connect", retry: true;
    /// The certificate or the handshake failed.
    Tls = "tls", retry: false;
    /// No connection within the time for it.
    TimeoutConnect = "timeout_connect", retry: true;
    /// The server fell silent.
    TimeoutRead = "timeout_read", retry: true;
    /// The whole request took too long.
    TimeoutTotal = "timeout_total", retry: false;
    /// The body came more slowly than the minimum rate.
    TooSlow = "too_slow", retry: false;
    /// The answer is not HTTP.
    BadHttp = "bad_http", retry: false;
    /// Too many or too large headers.
    HeaderTooLarge = "header_too_large", retry: false;
    /// More redirects than are followed, or a loop.
    TooManyRedirects = "too_many_redirects", retry: false;
    /// A redirect without a usable target.
    BadRedirect = "bad_redirect", retry: false;
    /// The server says that the page is not there or not for us.
    Http4xx = "http_4xx", retry: false;
    /// The server failed.
    Http5xx = "http_5xx", retry: true;
    /// The server asks for fewer requests.
    RateLimited = "rate_limited", retry: true;
    /// robots.txt forbids the page.
    RobotsDisallowed = "robots_disallowed", retry: false;
    /// robots.txt can't be had, so nothing may be fetched yet.
    RobotsUnreachable = "robots_unreachable", retry: false;
    /// The page opts out of text and data mining.
    OptedOut = "opted_out", retry: false;
    /// The body is larger than the limit.
    TooLarge = "too_large", retry: false;
    /// The content encoding can't be decoded.
    BadEncodingBody = "bad_encoding_body", retry: false;
    /// The body ended early.
    Truncated = "truncated", retry: true;
    /// The content is not HTML.
    WrongType = "wrong_type", retry: false;
    /// The text can't be decoded with any charset that was named or guessed.
    BadCharset = "bad_charset", retry: false;
    /// The markup goes past the bounds of the parser and no story was left.
    TooComplex = "too_complex", retry: false;
    /// There is nothing in the page.
    Empty = "empty", retry: false;
    /// There is text, but no story.
    NoArticle = "no_article", retry: false;
    /// A file can't be read.
    ReadFailed = "read_failed", retry: false;
    /// An output can't be written.
    WriteFailed = "write_failed", retry: false;
    /// The disk is full.
    DiskFull = "disk_full", retry: false;
    /// A fault of pressclip itself.
    Internal = "internal", retry: false;
}

impl std::fmt::Display for FailureClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
