//! `pressclip explain`: what became of every block of one page, and why.

use std::path::Path;
use std::time::Instant;

use crate::cli::{Common, Explain, ExplainFormat};
use crate::config::Config;
use crate::pipeline::Workshop;
use crate::source::files as saved;
use crate::summary::{DONE, Summary};
use crate::write::explain::{html, text};
use crate::write::json;

use super::interrupt::interrupted;
use super::say::say;
use super::sink::Sink;

pub(super) async fn explain(arguments: &Explain, common: &Common, config: &Config) -> anyhow::Result<u8> {
    let started = Instant::now();
    let candidates = saved::expand(&arguments.source);
    let [candidate] = candidates.as_slice() else {
        anyhow::bail!("`{}` is a folder of pages; name one of them", arguments.source);
    };
    let shop = Workshop::new(config)?;
    let explained = tokio::select! {
        biased;
        code = interrupted() => return Ok(code),
        explained = shop.explain(candidate) => explained,
    };
    let (article, blocks) = match explained {
        Ok(explained) => explained,
        Err(failure) => {
            let mut summary = Summary { found: 1, ..Summary::default() };
            summary.add_failure(&candidate.source, &failure);
            say(common.log_format, &summary.render(started.elapsed()));
            return Ok(summary.exit_code());
        }
    };
    let mut sink = Sink::open(arguments.output.as_deref())?;
    sink.write(&match format(arguments) {
        ExplainFormat::Text => {
            let colour = arguments.output.is_none() && super::has_colour(&std::io::stdout());
            text::render(&article, &blocks, colour)
        }
        ExplainFormat::Json => json::explanation(&article, &blocks),
        ExplainFormat::Html => html::render(&article, &blocks),
    })?;
    sink.finish()?;
    Ok(DONE)
}

/// The form that is asked for, or else the one that the ending of the output file calls for.
fn format(arguments: &Explain) -> ExplainFormat {
    let ending = arguments.output.as_deref().and_then(Path::extension).unwrap_or_default();
    arguments.format.unwrap_or(match ending.to_ascii_lowercase().to_str() {
        Some("html" | "htm") => ExplainFormat::Html,
        Some("json") => ExplainFormat::Json,
        _ => ExplainFormat::Text,
    })
}
