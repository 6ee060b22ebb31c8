//! `completions` and `man`.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap_complete::Shell;
use clap_mangen::Man;
use serde::Serialize;

use super::Stop;
use crate::cli::definitions;
use crate::exit::Exit;

/// Prints the completions for a shell.
pub(super) fn completions(shell: Shell) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definitions(), "komainu", &mut script);
    print(&script)
}

/// Prints the main page, or writes all pages to a folder.
pub(super) fn man(folder: Option<&Path>) -> Result<Exit, Stop> {
    match folder {
        None => {
            let mut page = Vec::new();
            Man::new(definitions()).render(&mut page)?;
            print(&page)
        }
        Some(folder) => {
            let unwritable =
                |error| Stop::new(Exit::Local, format!("{}: {error}", folder.display()));
            fs::create_dir_all(folder).map_err(unwritable)?;
            clap_mangen::generate_to(definitions(), folder).map_err(unwritable)?;
            Ok(Exit::Ok)
        }
    }
}

/// An object as a line of JSON.
pub(super) fn line(object: &impl Serialize) -> String {
    // These types hold text and numbers alone, which cannot fail.
    serde_json::to_string(object).map(|line| line + "\n").unwrap_or_default()
}

/// Prints a whole text. A reader that has seen enough, as `head` does, is no failure.
pub(super) fn print(text: &[u8]) -> Result<Exit, Stop> {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(Exit::Ok),
    }
}
