//! Where the product of a command goes: standard output, a file that is whole or absent, or a pipe.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::Context;

use crate::write::files::Draft;

/// An output that takes text piece by piece. A file is there once it is finished, and as it was before otherwise.
pub(super) enum Sink {
    Stream(Box<dyn Write>),
    File(Draft),
}

impl Sink {
    /// The output at `path`, standard output without one.
    pub(super) fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self::Stream(Box::new(std::io::stdout()))) };
        if path.exists() && !path.is_file() {
            // A pipe or a device is written to; a file in its place would be of no use to anybody.
            let stream = File::options().write(true).open(path);
            let stream = stream.with_context(|| format!("can't write to `{}`", path.display()))?;
            return Ok(Self::Stream(Box::new(stream)));
        }
        // Where a link leads to, the file is replaced and not the link.
        let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        Ok(Self::File(Draft::open(&target)?))
    }

    pub(super) fn write(&mut self, text: &str) -> anyhow::Result<()> {
        match self {
            Self::Stream(stream) => {
                stream.write_all(text.as_bytes())?;
                stream.flush()?;
            }
            Self::File(draft) => draft.append(text.as_bytes())?,
        }
        Ok(())
    }

    pub(super) fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Stream(_) => {}
            Self::File(draft) => draft.finish()?,
        }
        Ok(())
    }
}
