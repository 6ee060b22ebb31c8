//! The packages, and what they put where.

use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Failed;

use crate::wine::target;

/// What is there after an install without settings, below drive C; `/` ends a folder.
pub(crate) const INSTALLED: &[&str] = &[
    "Program Files/Komainu/",
    "Program Files/Komainu/bin/",
    "Program Files/Komainu/bin/komainu.exe",
    "Program Files/Komainu/cmd/",
    "Program Files/Komainu/cmd/PowerOffAlertTransfer.exe",
    "Program Files/Komainu/doc/",
    "Program Files/Komainu/doc/LICENSE-APACHE",
    "Program Files/Komainu/doc/LICENSE-MIT",
    "Program Files/Komainu/doc/README.md",
    "Program Files/Komainu/doc/configuration.md",
    "Program Files/Komainu/doc/operating.md",
    "Program Files/Komainu/doc/windows.md",
    "ProgramData/Komainu/",
    "ProgramData/Komainu/data/",
    "ProgramData/Komainu/komainu.example.toml",
    "ProgramData/Komainu/log/",
];
/// The entry in the start menu, below the menu's folder.
pub(crate) const MENU: &[&str] = &["Komainu/", "Komainu/Komainu.lnk"];
/// The versions that are built, each newer than the one before.
pub(crate) const VERSIONS: [&str; 3] = ["0.1.0", "0.2.0", "0.3.0"];

/// The packages, built as they are shipped but for their program.
pub(crate) struct Packages {
    files: [PathBuf; 3],
}

impl Packages {
    /// Builds them.
    pub(crate) fn new(program: &Path) -> Result<Self, Failed> {
        let build = komainu_tests::site::fixture("../host-windows/pkg/build-msi.sh");
        // Its symbols are half of it, and nobody reads them here.
        let bare = target().join("wine-komainu.exe");
        let strip = ["-o"].map(Path::new).into_iter().chain([bare.as_path(), program]);
        let stripped = Command::new("x86_64-w64-mingw32-strip").args(strip).status()?;
        if !stripped.success() {
            return Err(format!("{} cannot be stripped", program.display()).into());
        }
        let mut files = Vec::new();
        for version in VERSIONS {
            let file = target().join(format!("wine-{version}.msi"));
            let mut command = Command::new(&build);
            command.args(["--version", version, "--program"]).arg(&bare);
            let output = command.arg("--output").arg(&file).output()?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
            }
            files.push(file);
        }
        let files = files.try_into().map_err(|_| "a package for each version")?;
        Ok(Self { files })
    }

    /// The oldest one.
    pub(crate) fn older(&self) -> String {
        windows(&self.files[0])
    }

    /// The newer one.
    pub(crate) fn newer(&self) -> String {
        windows(&self.files[1])
    }

    /// The newest one.
    pub(crate) fn newest(&self) -> String {
        windows(&self.files[2])
    }

    /// Each of them.
    pub(crate) fn all(&self) -> [String; 3] {
        self.files.each_ref().map(|file| windows(file))
    }
}

/// A file as Windows names it: wine has the root of this machine as drive Z.
pub(crate) fn windows(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', "\\")
}
