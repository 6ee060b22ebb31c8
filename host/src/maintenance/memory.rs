//! Which machines were put into maintenance here: a file that outlives this process.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::private;

/// A file with the machines, one in each line.
#[derive(Debug)]
pub(super) struct Memory {
    path: PathBuf,
}

impl Memory {
    /// That of the adapter of that name.
    pub(super) fn in_folder(folder: &Path, name: &str) -> Self {
        Self { path: folder.join(format!("maintenance-{name}.txt")) }
    }

    /// The machines; none if there is no file.
    pub(super) fn read(&self) -> io::Result<Vec<String>> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Writes the machines down; durable when it returns.
    pub(super) fn write(&self, machines: &[String]) -> io::Result<()> {
        let new = self.path.with_extension("new");
        let mut file = File::create(&new)?;
        for machine in machines {
            writeln!(file, "{machine}")?;
        }
        file.sync_all()?;
        private::replace(&new, &self.path)
    }
}
