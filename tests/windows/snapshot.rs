//! Everything that a package may have left: files, keys of the registry, the search path.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use libtest_mimic::Failed;

use crate::wine::Wine;

/// Folders of wine itself, which changes them whenever it likes: of all, and of each user.
const NOT_OURS: [&str; 1] = ["windows"];
const NOT_OURS_OF_A_USER: [&str; 2] = ["AppData/Local", "Temp"];
/// Keys that a package writes below.
const KEYS: [&str; 4] = [
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall",
    r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application",
    r"HKLM\SYSTEM\CurrentControlSet\Services",
    r"HKLM\SOFTWARE",
];
/// The search path of all users.
const PATH: [&str; 4] =
    ["query", r"HKLM\System\CurrentControlSet\Control\Session Manager\Environment", "/v", "PATH"];

/// What is there, each thing a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot(pub(crate) BTreeSet<String>);

impl Snapshot {
    /// Looks.
    pub(crate) fn of(wine: &Wine) -> Result<Self, Failed> {
        let mut found = BTreeSet::new();
        walk(&wine.drive(), &wine.drive(), &mut found)?;
        found.remove("msiexec.log");
        for key in KEYS {
            let listed = wine.run(&["reg", "query", key])?;
            // The volatile name of this start, which the next one forgets.
            let keys = listed.lines().map(str::trim).filter(|line| !line.ends_with(" Boot"));
            found.extend(keys.filter(|line| line.starts_with("HKEY")).map(str::to_owned));
        }
        let path = wine.run(&[&["reg"], &PATH[..]].concat())?;
        let entries = path.split_whitespace().collect::<Vec<_>>().join(" ");
        // Wine leaves the semicolon of an entry that it takes out.
        found.extend(entries.split(';').filter(|entry| !entry.is_empty()).map(str::to_owned));
        Ok(Self(found))
    }

    /// What has come since `before`, and what has gone.
    pub(crate) fn since(&self, before: &Self) -> Vec<String> {
        let come = self.0.difference(&before.0).map(|line| format!("+ {line}"));
        come.chain(before.0.difference(&self.0).map(|line| format!("- {line}"))).collect()
    }
}

/// All below a folder; the names of folders end with `/`.
fn walk(root: &Path, folder: &Path, found: &mut BTreeSet<String>) -> Result<(), Failed> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let name = path.strip_prefix(root)?.to_string_lossy().into_owned();
        if is_wines(&name) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            found.insert(format!("{name}/"));
            walk(root, &path, found)?;
        } else {
            found.insert(name);
        }
    }
    Ok(())
}

/// Whether wine itself writes there.
fn is_wines(name: &str) -> bool {
    let of_user = name.strip_prefix("users/").and_then(|path| path.split_once('/'));
    NOT_OURS.contains(&name) || of_user.is_some_and(|(_, path)| NOT_OURS_OF_A_USER.contains(&path))
}

/// All below a folder, sorted; nothing when it is not there.
pub(crate) fn listed(root: &Path, folder: &str) -> Result<Vec<String>, Failed> {
    let mut found = BTreeSet::new();
    let top = root.join(folder);
    if top.is_dir() {
        found.insert(format!("{folder}/"));
        walk(root, &top, &mut found)?;
    }
    Ok(found.into_iter().collect())
}
