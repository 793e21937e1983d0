//! Files that are whole or absent, and never outside of their folder.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use super::inert::inert;
use crate::failure::{Failure, FailureClass};

/// How temporary files are called, so that those of a killed run can be told and swept.
const TEMPORARY: (&str, &str) = (".pressclip-", ".tmp");

/// Puts a file with `bytes` at `name` below `dir`, in place of one that is there, and returns its path.
///
/// The bytes go into a temporary file beside it, which is synced and renamed: whoever looks sees the old file or
/// the new one, after a crash too. Missing folders are made. A link at `name` is replaced, not followed, and a
/// link in place of a folder below `dir` is refused; `dir` itself may be one.
///
/// # Errors
/// `DiskFull` when there is no space or quota left, `WriteFailed` for all else.
pub fn save(dir: &Path, name: &Path, bytes: &[u8]) -> Result<PathBuf, Failure> {
    let path = dir.join(name);
    publish(dir, name, &path, bytes).map_err(|error| failure(&path, &error))?;
    Ok(path)
}

/// Puts `bytes` into a temporary file in `dir`, from where [`settle`] takes it; it goes when it is dropped before.
///
/// # Errors
/// As for [`save`].
pub fn set_down(dir: &Path, bytes: &[u8]) -> Result<TempPath, Failure> {
    let write = || {
        let mut file = temporary(dir)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file.into_temp_path())
    };
    write().map_err(|error| failure(dir, &error))
}

/// Puts what was set down at `name` below `dir`, as [`save`] does.
///
/// # Errors
/// As for [`save`].
pub fn settle(dir: &Path, name: &Path, file: &Path) -> Result<(), Failure> {
    let path = dir.join(name);
    let settle = || {
        let folder = make_way(dir, name)?;
        fs::rename(file, &path)?;
        sync_folder(&folder)
    };
    settle().map_err(|error| failure(&path, &error))
}

/// A file that grows piece by piece and is seen only when it is finished; dropped before, it leaves no trace.
#[derive(Debug)]
pub struct Draft {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
}

impl Draft {
    /// Begins a file for `path`, in the same folder, which is made when it is missing.
    ///
    /// # Errors
    /// `DiskFull` when there is no space or quota left, `WriteFailed` for all else.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let begin = || {
            fs::create_dir_all(folder)?;
            temporary(folder)
        };
        let file = begin().map_err(|error| failure(path, &error))?;
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file) })
    }

    /// Adds `bytes` at the end.
    ///
    /// # Errors
    /// As for [`Draft::open`], after which the file must not be finished.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file.write_all(bytes).map_err(|error| failure(&self.path, &error))
    }

    /// Where others write, as [`Draft::append`] does.
    pub fn writer(&mut self) -> &mut (impl Write + Send + use<>) {
        &mut self.file
    }

    /// Puts the file in its place with the time at which the file at `model` was last changed.
    ///
    /// # Errors
    /// As for [`Draft::finish`].
    pub fn finish_as_old_as(mut self, model: &Path) -> Result<(), Failure> {
        let mut take_over = || {
            self.file.flush()?;
            self.file.get_ref().as_file().set_modified(fs::metadata(model)?.modified()?)
        };
        take_over().map_err(|error| failure(&self.path, &error))?;
        self.finish()
    }

    /// Puts the file in its place, over one that is there.
    ///
    /// # Errors
    /// As for [`Draft::open`]; the old file is then as it was.
    pub fn finish(self) -> Result<(), Failure> {
        let Self { path, file } = self;
        let finish = || persist(file.into_inner().map_err(io::IntoInnerError::into_error)?, &path);
        finish().map_err(|error| failure(&path, &error))
    }
}

/// Removes the temporary files that killed runs left in `dir` and below, and returns their number.
///
/// Only for whoever holds the [lock](super::lock) on `dir`: a file that another run is writing would go too. What cannot be
/// read or removed is left.
pub fn sweep(dir: &Path) -> usize {
    let entries = walkdir::WalkDir::new(dir).into_iter().filter_map(Result::ok);
    let is_temporary = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().to_string_lossy();
        entry.file_type().is_file() && name.starts_with(TEMPORARY.0) && name.ends_with(TEMPORARY.1)
    };
    entries.filter(is_temporary).filter(|entry| fs::remove_file(entry.path()).is_ok()).count()
}

/// An empty temporary file in `folder`, with the permissions of any new file, that goes when it is dropped.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY.0).suffix(TEMPORARY.1);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Syncs `file` and renames it to `path`.
fn persist(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync_folder(path.parent().unwrap_or(path))
}

/// The failure for `error` at `path`.
pub(super) fn failure(path: &Path, error: &io::Error) -> Failure {
    let path = path.to_string_lossy();
    let path = inert(&path);
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Failure::new(
            FailureClass::DiskFull,
            format!("no space left for `{path}`; free some and run again"),
        ),
        _ => Failure::new(FailureClass::WriteFailed, format!("can't write `{path}`: {error}")),
    }
}

/// Makes the folders and the file.
fn publish(dir: &Path, name: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = temporary(&make_way(dir, name)?)?;
    file.write_all(bytes)?;
    persist(file, path)
}

/// Makes the folders for a file at `name` below `dir`, and gives the innermost.
fn make_way(dir: &Path, name: &Path) -> io::Result<PathBuf> {
    if name.file_name().is_none() || !name.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(io::Error::new(ErrorKind::InvalidInput, "the name leads out of its folder"));
    }
    fs::create_dir_all(dir)?;
    let mut folder = dir.to_owned();
    for part in name.parent().into_iter().flat_map(Path::components) {
        let parent = folder.clone();
        folder.push(part);
        make_folder(&parent, &folder)?;
    }
    Ok(folder)
}

/// Makes `folder` in `parent`, unless it is there already and is no link.
fn make_folder(parent: &Path, folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Ok(()) => sync_folder(parent),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let is_folder = fs::symlink_metadata(folder)?.is_dir();
            let refusal =
                || io::Error::new(ErrorKind::NotADirectory, format!("`{}` is no folder", folder.display()));
            if is_folder { Ok(()) } else { Err(refusal()) }
        }
        Err(error) => Err(error),
    }
}

/// Makes new names in `folder` last through a loss of power.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened as a file, and names are journalled.
    if cfg!(unix) {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_else_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let name = Path::new("a.example/b/c.md");
        save(dir.path(), name, b"old").unwrap();
        let path = save(dir.path(), name, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_name_that_leads_out_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("inner");
        for name in ["../x", "/tmp/x", "a/../../x", "", "."] {
            let failure = save(&inner, Path::new(name), b"").unwrap_err();
            assert_eq!(failure.class, FailureClass::WriteFailed, "{name}");
        }
        assert!(!dir.path().join("x").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_planted_link_is_not_followed() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tempfile::tempdir().unwrap();
        let (out, away) = (dir.path().join("out"), dir.path().join("away"));
        fs::create_dir_all(&out).unwrap();
        fs::create_dir(&away).unwrap();
        fs::write(away.join("victim"), "safe").unwrap();
        symlink(away.join("victim"), out.join("a.md")).unwrap();
        symlink(&away, out.join("host")).unwrap();

        let path = save(&out, Path::new("a.md"), b"text").unwrap();
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
        assert_ne!(fs::metadata(&path).unwrap().permissions().mode() & 0o044, 0, "others may read it");
        assert!(save(&out, Path::new("host/b.md"), b"text").unwrap_err().message.contains("is no folder"));
        assert_eq!(fs::read(away.join("victim")).unwrap(), b"safe");
        assert_eq!(fs::read_dir(&away).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_leaves_no_file_behind() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("taken.md/x")).unwrap();
        assert_eq!(
            save(dir.path(), Path::new("taken.md"), b"x").unwrap_err().class,
            FailureClass::WriteFailed
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_full_disk_has_its_own_class() {
        let class = |kind| failure(Path::new("x"), &io::Error::from(kind)).class;
        assert_eq!(class(ErrorKind::StorageFull), FailureClass::DiskFull);
        assert_eq!(class(ErrorKind::QuotaExceeded), FailureClass::DiskFull);
        assert_eq!(class(ErrorKind::PermissionDenied), FailureClass::WriteFailed);
    }

    #[test]
    fn a_draft_is_seen_when_it_is_finished_and_not_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b.txt");
        let mut draft = Draft::open(&path).unwrap();
        draft.append(b"one ").unwrap();
        draft.append(b"two").unwrap();
        assert!(!path.exists());
        draft.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one two");
        drop(Draft::open(&path).unwrap());
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn only_the_temporary_files_of_killed_runs_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        save(dir.path(), Path::new("a/b.md"), b"text").unwrap();
        temporary(&dir.path().join("a")).unwrap().keep().unwrap();
        assert_eq!(sweep(dir.path()), 1);
        assert_eq!(fs::read_dir(dir.path().join("a")).unwrap().count(), 1);
    }
}
