//! A server of the demo: its member and all that it has started, under a BMC that has its power.

use std::io;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use rustix::process::Signal;

use super::log;
use super::processes::Mark;
use super::site::{Site, Which};
use super::stage::{Party, Tell};
use super::{contained, web};
use crate::service::unix_ms;

/// A server.
pub(super) struct Machine {
    which: Which,
    mark: Mark,
    tell: Tell,
    member: Mutex<Member>,
}

/// The member, and how to start it.
struct Member {
    command: Command,
    runs: Option<Child>,
}

impl Machine {
    /// A server that does not run yet.
    pub(super) fn new(site: &Site, which: Which, tell: Tell) -> Self {
        let mark = Mark::of_server(&site.of(which));
        let mut command = Command::new(&site.program);
        command.args(["demo", "member", "--json", "--host", which.name(), "--config"]);
        command.arg(site.config_of(which));
        command.env(web::ADDRESS, site.web(which).to_string());
        mark.put_on(&mut command);
        prepare(&mut command, site);
        Self { which, mark, tell, member: Mutex::new(Member { command, runs: None }) }
    }

    /// Starts it, as power does.
    pub(super) fn boot(&self) -> io::Result<()> {
        let mut member = self.member.lock().unwrap_or_else(PoisonError::into_inner);
        reap(&mut member.runs)?;
        member.command.env(contained::BOOT, unix_ms().to_string());
        let mut child = member.command.spawn()?;
        if let Some(pipe) = child.stderr.take() {
            log::listen(Party::Server(self.which), pipe, self.tell.clone());
        }
        member.runs = Some(child);
        Ok(())
    }

    /// Ends all that runs on it, at once, and returns when it has ended.
    pub(super) fn end(&self) -> io::Result<()> {
        let mut member = self.member.lock().unwrap_or_else(PoisonError::into_inner);
        self.mark.end();
        reap(&mut member.runs)
    }

    /// Everything on it stands still.
    pub(super) fn hang(&self) {
        self.mark.signal(Signal::STOP);
    }

    /// It goes on where it stood.
    pub(super) fn wake(&self) {
        self.mark.signal(Signal::CONT);
    }

    /// Whether something runs on it.
    pub(super) fn runs(&self) -> bool {
        self.mark.lives()
    }
}

/// Waits for a child that was killed.
fn reap(runs: &mut Option<Child>) -> io::Result<()> {
    match runs.take() {
        Some(mut child) => child.wait().map(|_| ()),
        None => Ok(()),
    }
}

/// What all processes of the demo have in common.
pub(super) fn prepare(command: &mut Command, site: &Site) {
    Mark::of_demo(&site.folder).put_on(command);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    // Ctrl-C on the terminal is meant for the demo alone.
    std::os::unix::process::CommandExt::process_group(command, 0);
}
