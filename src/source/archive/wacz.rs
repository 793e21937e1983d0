//! WACZ: a ZIP file with WARC files in its folder `archive/` (<https://specs.webrecorder.net/wacz/1.1.1/>).
//!
//! WARC files in it should be stored and not packed once more; of those, each page can be gone to in the ZIP file itself.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use zip::{CompressionMethod, ZipArchive};

use super::{Pages, Part, is_warc_name, unreadable};
use crate::failure::{Failure, FailureClass};

/// The folder of the WARC files.
const FOLDER: &str = "archive/";

/// Calls `work` with the pages of each WARC file of a WACZ.
///
/// # Errors
/// A file that is no WACZ or can't be read, and those of `work`, which ends it.
pub fn each_part(
    path: &Path,
    work: &mut dyn FnMut(&mut Part<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let no_wacz = |why: String| {
        let message = format!("`{}` is no WACZ that can be read: {why}", path.display());
        Failure::new(FailureClass::ReadFailed, message)
    };
    let open = || File::open(path).map_err(|error| unreadable(path, &error));
    let mut archive = ZipArchive::new(BufReader::new(open()?)).map_err(|error| no_wacz(error.to_string()))?;
    let mut has_parts = false;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| no_wacz(error.to_string()))?;
        let is_part = part.name().is_ok_and(|name| name.starts_with(FOLDER) && is_warc_name(&name));
        if !is_part {
            continue;
        }
        has_parts = true;
        let start = part.data_start().filter(|_| part.compression() == CompressionMethod::Stored);
        let size = part.size();
        let reader: Box<dyn BufRead + '_> = match start {
            Some(start) => {
                let mut file = open()?;
                file.seek(SeekFrom::Start(start)).map_err(|error| unreadable(path, &error))?;
                Box::new(BufReader::new(file).take(size))
            }
            None => Box::new(BufReader::new(part)),
        };
        work(&mut Pages::new(reader, start).map_err(|error| unreadable(path, &error))?)?;
    }
    if has_parts { Ok(()) } else { Err(no_wacz(format!("there is no WARC file in its folder `{FOLDER}`"))) }
}
