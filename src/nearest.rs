//! The nearest name: what somebody who misspelled a name may have meant.

/// Names nearer than this (Jaro-Winkler, 0 to 1) are offered.
const NEAR: f64 = 0.75;

/// The one of the `known` names that looks most like `name`, if any does.
pub(crate) fn nearest<T: AsRef<str>>(name: &str, known: impl IntoIterator<Item = T>) -> Option<T> {
    known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(name, known.as_ref()), known))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, known)| known)
}

/// The end of a message about an unknown name: what may have been meant.
pub(crate) fn hint<T: AsRef<str>>(nearest: Option<T>) -> String {
    nearest.map(|name| format!("; did you mean `{}`?", name.as_ref())).unwrap_or_default()
}
