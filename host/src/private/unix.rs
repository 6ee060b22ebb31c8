//! Rights as Unix has them: for the owner, the group, and the others.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{self, Path, PathBuf};

pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

pub(super) fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

pub(super) fn file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

pub(super) fn others_may_read(file: &File) -> io::Result<bool> {
    others_have(file, 0o007)
}

pub(super) fn others_may_write(file: &File) -> io::Result<bool> {
    others_have(file, 0o002)
}

fn others_have(file: &File, rights: u32) -> io::Result<bool> {
    let metadata = file.metadata()?;
    Ok(metadata.is_file() && metadata.mode() & rights != 0)
}

/// In a folder that everybody may write to, everybody may rename what is there; not so where it is
/// sticky, as those for temporary files are.
pub(super) fn others_may_replace(path: &Path) -> io::Result<Option<PathBuf>> {
    const EVERYBODY: u32 = 0o002;
    const STICKY: u32 = 0o1000;
    for way in [path::absolute(path)?, fs::canonicalize(path)?] {
        for folder in way.ancestors().skip(1) {
            if fs::metadata(folder)?.mode() & (EVERYBODY | STICKY) == EVERYBODY {
                return Ok(Some(folder.to_owned()));
            }
        }
    }
    Ok(None)
}

pub(super) fn remedy(path: &Path) -> String {
    // What is in a folder may be read by whoever it is for.
    let rights = if path.is_dir() { "o-w" } else { "o-rwx" };
    format!("chmod {rights} {}", path.display())
}

/// The new name is durable once the folder is.
pub(super) fn replace(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_folder_of_everybody_on_the_way_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let (open, link) = (folder.path().join("open"), folder.path().join("link"));
        let file = open.join("komainu.toml");
        fs::create_dir(&open).expect("made");
        fs::write(&file, "").expect("written");
        symlink(&file, &link).expect("linked");
        for (mode, found) in [(0o755, None), (0o1777, None), (0o777, Some(&open))] {
            fs::set_permissions(&open, Permissions::from_mode(mode)).expect("rights");
            for path in [&file, &link] {
                let place = others_may_replace(path).expect("known");
                assert_eq!(place.as_ref(), found, "{mode:o} {}", path.display());
            }
        }
    }
}
