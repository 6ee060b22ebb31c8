//! The processes of the demo, by a mark that each one inherits in its environment.
//!
//! A server in the demo is whatever carries its mark: its member, and what that one has started.
//! No list of processes has to be kept for it, and nothing that detaches itself gets lost.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, getpid, kill_process};

/// Between two looks whether all have ended.
const LOOK: Duration = Duration::from_millis(1);

/// A mark: `NAME=value`.
pub(super) struct Mark {
    name: &'static str,
    value: Vec<u8>,
}

impl Mark {
    /// Of all processes of a demo, by its folder.
    pub(super) fn of_demo(folder: &Path) -> Self {
        Self { name: "KOMAINU_DEMO", value: folder.as_os_str().as_bytes().into() }
    }

    /// Of the processes of a server, by its folder.
    pub(super) fn of_server(folder: &Path) -> Self {
        Self { name: "KOMAINU_DEMO_SERVER", value: folder.as_os_str().as_bytes().into() }
    }

    /// Of the server that this process belongs to.
    pub(super) fn of_this_server() -> Option<Self> {
        let value = std::env::var_os("KOMAINU_DEMO_SERVER")?;
        Some(Self { name: "KOMAINU_DEMO_SERVER", value: value.as_bytes().into() })
    }

    /// Marks what is about to be started.
    pub(super) fn put_on(&self, command: &mut Command) {
        command.env(self.name, OsStr::from_bytes(&self.value));
    }

    /// Whether some process carries it.
    pub(super) fn lives(&self) -> bool {
        !self.carriers().is_empty()
    }

    /// Sends a signal to all who carry it.
    pub(super) fn signal(&self, signal: Signal) {
        for process in self.carriers() {
            // One that has just ended needs none.
            let _ = kill_process(process, signal);
        }
    }

    /// Kills all who carry it, and returns when none is left: two looks in a row find none, so
    /// that none has slipped through by starting another one between two entries of a look.
    pub(super) fn end(&self) {
        let mut quiet = 0;
        while quiet < 2 {
            quiet = if self.lives() { 0 } else { quiet + 1 };
            self.signal(Signal::KILL);
            sleep(LOOK);
        }
    }

    /// All processes but this one that carry it. One that has ended carries nothing any more.
    fn carriers(&self) -> Vec<Pid> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let others = numbers.filter_map(Pid::from_raw).filter(|process| *process != getpid());
        others.filter(|process| self.is_on(*process)).collect()
    }

    fn is_on(&self, process: Pid) -> bool {
        // What may not be read is somebody else's.
        let path = format!("/proc/{}/environ", process.as_raw_nonzero());
        fs::read(path).is_ok_and(|environment| {
            environment.split(|byte| *byte == 0).any(|entry| {
                let named = entry.strip_prefix(self.name.as_bytes());
                named.and_then(|rest| rest.strip_prefix(b"=")) == Some(&self.value)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::Stdio;

    use super::*;

    #[test]
    fn whoever_inherits_a_mark_is_found_and_ended_and_nobody_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let mark = Mark::of_server(&folder.path().join("alpha"));
        let other = Mark::of_server(&folder.path().join("alpha2"));
        let shell = |mark: &Mark| {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", "sleep 60 & sleep 60"]).stdout(Stdio::null());
            mark.put_on(&mut command);
            command.spawn().expect("a shell")
        };
        assert!(!mark.lives());
        let (mut one, mut two) = (shell(&mark), shell(&other));
        // One that has only just been started may not show its environment yet.
        for _ in 0..1000 {
            if mark.lives() && other.lives() {
                break;
            }
            sleep(LOOK);
        }
        assert!(mark.lives() && other.lives());
        mark.end();
        assert_eq!(one.wait().expect("reaped").signal(), Some(9));
        assert!(!mark.lives() && other.lives());
        other.end();
        two.wait().expect("reaped");
    }
}
