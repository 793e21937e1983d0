//! The summary for programs: one JSON object with stable keys.

use serde_json::{Map, Value, json};

use super::{SourceCounts, Span, Summary};

impl Summary {
    /// The summary of work that was done in `span`, as a JSON object. Keys are stable and always there; times are in
    /// RFC 3339, and durations in seconds. Failures are counted in full and named as in the text, up to a bound a class.
    pub fn to_json(&self, span: Span) -> Value {
        let count = |(name, count): (&'static str, &usize)| (name.to_owned(), json!(count));
        let kinds: Map<_, _> =
            self.set_aside.iter().map(|(kind, number)| count((kind.name(), number))).collect();
        let deferred: Map<_, _> =
            self.deferred.iter().map(|(class, number)| count((class.name(), number))).collect();
        let failed: Map<_, _> = self
            .failed
            .iter()
            .map(|(class, failures)| {
                let page =
                    |(source, message): &(String, String)| json!({"source": source, "message": message});
                let pages: Vec<Value> = failures.named.iter().map(page).collect();
                (class.name().to_owned(), json!({"count": failures.count, "pages": pages}))
            })
            .collect();
        let sources: Map<_, _> =
            self.by_source.iter().map(|(name, counts)| (name.clone(), source(counts))).collect();
        let hosts: Vec<Value> = self
            .hosts
            .iter()
            .map(|host| {
                let (mean, longest) = (host.mean().as_secs_f64(), host.longest.as_secs_f64());
                json!({"host": host.host, "requests": host.requests, "mean": mean, "longest": longest})
            })
            .collect();
        let state = self.counts.map(|counts| {
            json!({
                "pages": counts.pages,
                "hosts": counts.hosts,
                "due": counts.due,
                "deferred": counts.deferred,
                "next_due": counts.next_due,
            })
        });
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "started_at": span.started_at,
            "seconds": span.took.as_secs_f64(),
            "exit_code": self.exit_code(),
            "found": self.found,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "duplicates": self.duplicates,
            "older": self.older,
            "set_aside": kinds,
            "deferred": deferred,
            "passed_over": self.passed_over,
            "failed": failed,
            "not_reached": self.not_reached(),
            "stopped": self.stuck.as_ref().map(|failure| &failure.message),
            "sources": sources,
            "hosts": hosts,
            "state": state,
        })
    }
}

fn source(counts: &SourceCounts) -> Value {
    let failed: Map<_, _> =
        counts.failed.iter().map(|(class, count)| (class.name().to_owned(), json!(count))).collect();
    json!({
        "found": counts.found,
        "unknown": counts.unknown,
        "new": counts.new,
        "changed": counts.changed,
        "unchanged": counts.unchanged,
        "duplicates": counts.duplicates,
        "older": counts.older,
        "set_aside": counts.set_aside,
        "deferred": counts.deferred,
        "failed": failed,
        "failure": counts.failure,
        "next_at": counts.next_at,
    })
}
