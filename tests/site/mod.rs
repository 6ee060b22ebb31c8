//! Real hosts on real networks, as far as one machine can have them: process trees in namespaces,
//! joined by bridges, each with a BMC of OpenIPMI that holds its power.
//!
//! Needs root.

use std::path::{Path, PathBuf};

pub mod disk;
pub mod driver;
pub mod grounds;
pub mod host;
pub mod lan;
pub mod nut;
pub mod snmp;

/// A path below `tests`.
pub fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Where our program was built, if it was.
pub fn komainu() -> Option<PathBuf> {
    let folder = std::env::current_exe().ok()?.parent()?.parent()?.to_owned();
    Some(folder.join("komainu")).filter(|path| path.is_file())
}
