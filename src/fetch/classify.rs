//! Errors of the HTTP stack as failures: which class, and what a person is told.

use std::error::Error;
use std::io;

use url::Url;

use crate::failure::{Failure, FailureClass};

/// The failure that `error` is for the request of `url`.
pub(super) fn failure(error: reqwest::Error, url: &Url) -> Failure {
    let error = error.without_url();
    // The guard and the reader of the body put their own verdicts into the stack.
    if let Some(failure) = causes(&error).find_map(|cause| cause.downcast_ref::<Failure>()) {
        return failure.clone();
    }
    let class = class(&error);
    let cause = causes(&error).last().map(ToString::to_string).unwrap_or_default();
    // Names in a certificate are free text from outside.
    let cause: String = cause.chars().filter(|letter| !letter.is_control()).collect();
    Failure::new(class, format!("can't fetch `{}`: {cause}", redacted(url)))
}

/// What messages call `url`: scheme, host, port and path. The query and the user may hold secrets, and what follows
/// a scheme without a host, as in `data:`, may be anything.
pub(super) fn redacted(url: &Url) -> String {
    let Some(host) = url.host_str() else { return format!("{}:", url.scheme()) };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}{}", url.scheme(), url.path())
}

fn class(error: &reqwest::Error) -> FailureClass {
    if error.is_timeout() {
        return if error.is_connect() { FailureClass::TimeoutConnect } else { FailureClass::TimeoutRead };
    }
    if error.is_dns() {
        return FailureClass::Dns;
    }
    if causes(error).any(|cause| cause.is::<rustls::Error>()) {
        return FailureClass::Tls;
    }
    // Layers wrap each other's errors; the innermost is the one of the socket or the handshake.
    let broken =
        causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).last().map(io::Error::kind);
    if error.is_connect() {
        // TCP connects or does not; only a handshake can end early.
        let handshake = broken == Some(io::ErrorKind::UnexpectedEof);
        return if handshake { FailureClass::Tls } else { FailureClass::Connect };
    }
    if let Some(hyper) = causes(error).find_map(|cause| cause.downcast_ref::<hyper::Error>()) {
        if hyper.is_parse_too_large() {
            return FailureClass::HeaderTooLarge;
        }
        if hyper.is_parse() {
            return FailureClass::BadHttp;
        }
        if error.is_request() && (hyper.is_incomplete_message() || hyper.is_canceled() || hyper.is_closed()) {
            return FailureClass::Connect;
        }
    }
    match (error.is_request(), broken) {
        (true, Some(_)) => FailureClass::Connect,
        (true, None) => FailureClass::BadHttp,
        // hyper reports a chunk length that is none as invalid input.
        (false, Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)) => FailureClass::BadHttp,
        (false, _) => FailureClass::Truncated,
    }
}

/// `error` and its causes, outermost first. `io::Error` passes over the error that it wraps, so that one is taken here.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}
