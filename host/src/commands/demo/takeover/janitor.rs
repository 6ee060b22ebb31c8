//! Who clears up, however the demo ends: a process of its own, which waits for the end of its
//! standard input. That comes when the demo has ended, were it by a kill that nobody can catch.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::processes::Mark;
use super::site;
use crate::commands::Stop;
use crate::exit::Exit;

/// The janitor of a running demo. Dropping it ends every process of the demo and removes its
/// folder.
pub(super) struct Janitor(Child);

impl Janitor {
    /// Engages one for that folder. It must be there before anything that it clears up.
    pub(super) fn engage(program: &Path, folder: &Path) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.args(["demo", "janitor"]).arg(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Ctrl-C reaches all of the terminal's group at once; this one is needed after it.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let engaged = command.spawn().map(Self);
        if engaged.is_err() {
            // It is empty still. The error tells more than what may come of this.
            let _ = std::fs::remove_dir(folder);
        }
        engaged
    }
}

impl Drop for Janitor {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // There is nobody else to clear up.
        let _ = self.0.wait();
    }
}

/// `komainu demo janitor`.
pub(in super::super) fn janitor(folder: &Path) -> Result<Exit, Stop> {
    if !site::is_folder(folder) {
        let text = format!("{} is not the folder of a demo", folder.display());
        return Err(Stop::new(Exit::Usage, text));
    }
    // Whatever comes of reading: nobody is at the other end any more.
    let _ = io::stdin().lock().read_to_end(&mut Vec::new());
    Mark::of_demo(folder).end();
    std::fs::remove_dir_all(folder)?;
    Ok(Exit::Ok)
}
