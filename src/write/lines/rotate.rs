//! Closing a file that has had its day or its size, so that it never changes again and can be taken away.
//!
//! The open file keeps its name; what is closed gets one with the day on which its last article was written, in UTC:
//! `articles-2026-03-01.jsonl`, or `articles-2026-03-01-001.jsonl` and so on where a day has several.

use std::fs;
use std::io;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Lines, files, open};
use crate::config::Rotate;
use crate::failure::Failure;

impl Lines {
    /// Closes the file when its time has come by `now`, and begins another one. True when it did: then [`Lines::extent`] is
    /// to be recorded before anything is appended, so that what a killed run appends to the new file can be cut off. All
    /// that the file holds must be recorded before.
    ///
    /// # Errors
    /// `DiskFull` or `WriteFailed`; the file is then as it was, or without the lines that were superseded.
    pub fn turn_over(&mut self, rotate: Rotate, now: Timestamp) -> Result<bool, Failure> {
        let attempt = |lines: &Self| -> io::Result<Option<Date>> {
            let day = day(lines.file.metadata()?.modified()?.try_into().unwrap_or(now));
            let is_due = match rotate {
                Rotate::Never => false,
                Rotate::Day => day != self::day(now),
                Rotate::Size(size) => lines.extent.length >= size.as_u64(),
            };
            Ok((is_due && !lines.is_empty()).then_some(day))
        };
        let failure = |lines: &Self, error| files::failure(&lines.path, &error);
        let Some(day) = attempt(self).map_err(|error| failure(self, error))? else { return Ok(false) };
        self.compact()?;
        *self = self.close(day, rotate).map_err(|error| failure(self, error))?;
        Ok(true)
    }

    /// Renames the file and gives a new one in its place.
    fn close(&self, day: Date, rotate: Rotate) -> io::Result<Self> {
        let first = match rotate {
            Rotate::Size(_) => 1,
            Rotate::Never | Rotate::Day => 0,
        };
        // Whoever has the lock is alone, so that a name that is free stays so.
        let free = (first..).map(|number| self.closed_name(day, number)).find(|path| !path.exists());
        fs::rename(&self.path, free.unwrap_or_else(|| self.closed_name(day, first)))?;
        files::sync_folder(self.path.parent().unwrap_or(&self.path))?;
        open(&self.path, self.shape, None)
    }

    fn closed_name(&self, day: Date, number: u32) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        // `.warc.gz` is one ending.
        let (stem, extension) = name.split_once('.').unwrap_or((&name, ""));
        let number = if number == 0 { String::new() } else { format!("-{number:03}") };
        self.path.with_file_name(format!("{stem}-{day}{number}.{extension}"))
    }
}

fn day(time: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(time).date()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::write::{csv, json};
    use bytesize::ByteSize;

    fn names(dir: &std::path::Path) -> Vec<String> {
        let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_closed_before_the_first_article_of_another_day() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("articles.csv");
        let now = Timestamp::now();
        let tomorrow = now + jiff::SignedDuration::from_hours(24);
        let mut lines = Lines::open(&path, csv::LINES, None).unwrap();
        assert!(!lines.turn_over(Rotate::Day, tomorrow).unwrap(), "there is nothing to close");
        for line in ["one\n", "two\n"] {
            lines.append(line.as_bytes()).unwrap();
            assert!(
                !lines.turn_over(Rotate::Day, now).unwrap()
                    && !lines.turn_over(Rotate::Never, tomorrow).unwrap()
            );
            assert!(lines.turn_over(Rotate::Day, tomorrow).unwrap());
            assert!(lines.is_empty());
        }
        let day = day(now);
        assert_eq!(
            names(dir.path()),
            [format!("articles-{day}-001.csv"), format!("articles-{day}.csv"), "articles.csv".into()]
        );
        let read = |name: String| fs::read_to_string(dir.path().join(name)).unwrap();
        assert_eq!(read(format!("articles-{day}.csv")), format!("{}one\n", csv::LINES.header));
        assert_eq!(read("articles.csv".into()), csv::LINES.header);
    }

    #[test]
    fn a_file_is_closed_when_it_has_its_size_and_no_closed_one_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("articles.jsonl");
        let size = Rotate::Size(ByteSize::b(10));
        let mut lines = Lines::open(&path, json::LINES, None).unwrap();
        for line in ["{\"a\":1}\n", "{\"b\":1}\n", "{\"c\":\"long enough\"}\n", "{\"d\":1}\n"] {
            lines.turn_over(size, Timestamp::now()).unwrap();
            lines.append(line.as_bytes()).unwrap();
        }
        let names = names(dir.path());
        assert_eq!(names.len(), 3, "{names:?}");
        let texts: Vec<String> =
            names.iter().map(|name| fs::read_to_string(dir.path().join(name)).unwrap()).collect();
        assert_eq!(texts, ["{\"a\":1}\n{\"b\":1}\n", "{\"c\":\"long enough\"}\n", "{\"d\":1}\n"]);
        assert!(names[0].ends_with("-001.jsonl") && names[1].ends_with("-002.jsonl"), "{names:?}");
    }

    #[test]
    fn the_day_of_a_file_outlives_repairs() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("articles.jsonl");
        let old: Timestamp = "2026-03-01T23:59:00Z".parse().unwrap();
        let old = std::time::SystemTime::try_from(old).unwrap();
        fs::write(&path, "{\"source\":\"a\"}\n{\"source\":\"a\"}\n{\"torn").unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
        let mut lines = Lines::open(&path, json::LINES, None).unwrap();
        lines.compact().unwrap();
        assert!(lines.turn_over(Rotate::Day, Timestamp::now()).unwrap());
        let closed = dir.path().join("articles-2026-03-01.jsonl");
        assert_eq!(fs::read_to_string(closed).unwrap(), "{\"source\":\"a\"}\n");
    }
}
