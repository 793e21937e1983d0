//! The lock of a run: one process at a time works on a folder or a state.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use jiff::Timestamp;

use super::files;
use super::inert::inert;
use crate::failure::Failure;

/// The file in a folder of outputs that is locked.
pub const FILE: &str = ".pressclip.lock";

/// The longest name of a holder that is read, in bytes.
const LONGEST_HOLDER: u64 = 200;

/// Who has the lock.
#[derive(Debug)]
pub enum Lock {
    /// We, as long as the file is open: the lock goes with the process, however that ends.
    Ours(File),
    /// Another process, and what it says about itself.
    Taken(String),
}

/// Takes the lock at `path`, a file that is made when it is missing, and leaves a word in it for others.
///
/// # Errors
/// `DiskFull` or `WriteFailed`, also when the file system has no locks.
pub fn take(path: &Path) -> Result<Lock, Failure> {
    attempt(path).map_err(|error| files::failure(path, &error))
}

fn attempt(path: &Path) -> io::Result<Lock> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::options().read(true).create(true).truncate(false).write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => {
            // On a full disk the lock holds without a word.
            let _ = introduce(&mut file);
            Ok(Lock::Ours(file))
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Whoever has just taken the lock may not have said who it is.
            let _ = file.take(LONGEST_HOLDER).read_to_string(&mut holder);
            Ok(Lock::Taken(inert(holder.trim()).into_owned()))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn introduce(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "process {}, since {:.0}", std::process::id(), Timestamp::now())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_at_a_time_has_the_lock_and_says_who_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out").join(FILE);
        let first = take(&path).unwrap();
        assert!(matches!(first, Lock::Ours(_)));
        let Lock::Taken(holder) = take(&path).unwrap() else { panic!("two have the lock") };
        assert!(holder.starts_with(&format!("process {}, since 20", std::process::id())), "{holder}");
        drop(first);
        assert!(matches!(take(&path).unwrap(), Lock::Ours(_)));
    }
}
