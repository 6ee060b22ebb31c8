//! Files and folders that nobody else on this machine may read or change, and how such a file
//! takes the place of the one before it.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

/// Makes a folder that only its owner, and whoever may do anything on this machine, can use.
/// One that is there already stays as it is.
///
/// # Errors
/// When it cannot be made; on Windows also when others may use the one that is there, with what
/// helps: every user may make folders beside ours there.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    system::make_folder(folder).map_err(|error| named(folder, &error))
}

/// Where settings, keys and records of this machine are.
#[cfg(windows)]
pub fn data_folder() -> PathBuf {
    system::data_folder()
}

/// A new file that only its owner may read, from its first moment on.
///
/// # Errors
/// When there is one already, or it cannot be made.
pub(crate) fn new_file(path: &Path) -> io::Result<File> {
    system::new_file(path)
}

/// A file to be written from its beginning, in a folder of [`make_folder`].
///
/// # Errors
/// When it cannot be opened.
pub(crate) fn file(path: &Path) -> io::Result<File> {
    system::file(path)
}

/// Whether other users of this machine may read the file. Pipes and the like are nobody else's.
///
/// # Errors
/// When the system does not tell.
pub(crate) fn others_may_read(file: &File) -> io::Result<bool> {
    system::others_may_read(file)
}

/// Whether other users of this machine may change the file.
///
/// # Errors
/// When the system does not tell.
pub(crate) fn others_may_write(file: &File) -> io::Result<bool> {
    system::others_may_write(file)
}

/// The first folder on the way to what is there, or that itself, which other users of this machine
/// may take away and put another in its place, with whatever they like in it.
///
/// # Errors
/// When it is not there, or the system does not tell.
pub fn others_may_replace(path: &Path) -> io::Result<Option<PathBuf>> {
    system::others_may_replace(path)
}

/// The command that takes a file from other users.
pub(crate) fn remedy(path: &Path) -> String {
    system::remedy(path)
}

/// Gives a file the name of another, which it replaces; durable when it returns.
///
/// # Errors
/// When the system refuses. Either file has the name then.
pub(crate) fn replace(from: &Path, to: &Path) -> io::Result<()> {
    system::replace(from, to)
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    #[test]
    fn what_is_private_is_nobody_elses() {
        let folder = tempfile::tempdir().expect("a folder");
        let private = folder.path().join("a").join("b");
        make_folder(&private).expect("made");
        make_folder(&private).expect("it is there");
        let path = private.join("secret");
        let file = new_file(&path).expect("a file");
        assert!(!others_may_read(&file).expect("known"));
        assert!(!others_may_write(&file).expect("known"));
        assert!(new_file(&path).is_err(), "it was there");
    }

    #[test]
    fn a_file_replaces_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let [old, new] = ["old", "new"].map(|name| folder.path().join(name));
        fs::write(&old, "old").expect("written");
        file(&new).expect("a file").write_all(b"new").expect("written");
        replace(&new, &old).expect("replaced");
        assert_eq!(fs::read(&old).expect("readable"), b"new");
        assert!(!new.exists());
    }
}
