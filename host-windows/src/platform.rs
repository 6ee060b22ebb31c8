//! What the services need of Windows.

mod boot;
mod end;
mod event_log;
mod groups;
mod interfaces;

use std::io;
use std::os::windows::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

pub(crate) use event_log::{register, unregister};
use groups::Groups;
use komainu_host::platform::{Interface, Journal, Phase, Platform, Signal};
use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
use windows_sys::Win32::System::Threading::{
    CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW, CREATE_SUSPENDED,
};

use crate::service::Manager;

/// Windows.
pub(crate) struct Windows {
    /// The service control manager, where it has started this process.
    manager: Option<Manager>,
    groups: Groups,
}

impl Windows {
    /// Started by somebody in a console.
    pub(crate) fn in_console() -> Self {
        Self { manager: None, groups: Groups::default() }
    }

    /// Started as a service.
    pub(crate) fn as_service(manager: Manager) -> Self {
        Self { manager: Some(manager), groups: Groups::default() }
    }
}

impl Platform for Windows {
    fn notify(&self, phase: Phase) {
        if let Some(manager) = &self.manager {
            manager.tell(phase);
        }
    }

    fn watchdog(&self) -> Option<Duration> {
        self.manager.as_ref().map(Manager::watchdog)
    }

    fn credentials(&self) -> Option<PathBuf> {
        None
    }

    fn journal(&self) -> Option<Box<dyn Journal>> {
        self.manager.as_ref()?;
        let log = event_log::EventLog::open().ok()?;
        Some(Box::new(log))
    }

    fn watch_signals(&self, tell: Box<dyn Fn(Signal) + Send + Sync>) -> io::Result<()> {
        if let Some(manager) = &self.manager {
            manager.listen(tell);
            return Ok(());
        }
        let (mut interrupt, mut end) = (ctrl_c()?, ctrl_break()?);
        let (mut close, mut shutdown) = (ctrl_close()?, ctrl_shutdown()?);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = end.recv() => {}
                    _ = close.recv() => {}
                    _ = shutdown.recv() => {}
                }
                tell(Signal::Stop);
            }
        });
        Ok(())
    }

    fn interfaces(&self) -> io::Result<Vec<Interface>> {
        interfaces::up()
    }

    fn boot_id(&self) -> io::Result<String> {
        boot::id()
    }

    /// It waits with its first instruction until it is in its group, so that nothing escapes.
    fn isolate(&self, command: &mut Command) {
        command.creation_flags(CREATE_SUSPENDED | CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW);
    }

    fn adopt(&self, leader: u32) -> io::Result<()> {
        self.groups.adopt(leader)
    }

    fn kill_group(&self, leader: u32) -> io::Result<()> {
        self.groups.kill(leader)
    }

    fn group_lives(&self, leader: u32) -> bool {
        self.groups.lives(leader)
    }

    fn cut_power(&self) -> io::Result<()> {
        end::cut_power()
    }

    fn shut_down(&self) -> io::Result<()> {
        end::shut_down()
    }
}

/// What a call of the system has said that answers with 0 for a failure.
fn check(done: i32) -> io::Result<()> {
    if done == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Text as Windows takes it.
fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

#[cfg(test)]
mod tests;
