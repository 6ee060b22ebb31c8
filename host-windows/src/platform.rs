//! What the services need of Windows.

use std::io;
use std::os::windows::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use komainu_host::platform::{Interface, Journal, Phase, Platform, Signal};
use komainu_host::windows::{self, EventLog, Groups, IN_GROUP};
use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};

use crate::service::{Manager, WATCHDOG};

/// Windows.
pub(crate) struct Windows {
    /// The service control manager, where it has started this process.
    manager: Option<Manager>,
    groups: Groups,
}

impl Windows {
    /// As a service, or started by somebody in a console.
    pub(crate) fn new(manager: Option<Manager>) -> Self {
        Self { manager, groups: Groups::default() }
    }
}

impl Platform for Windows {
    fn notify(&self, phase: Phase) {
        if let Some(manager) = &self.manager {
            manager.tell(phase);
        }
    }

    fn watchdog(&self) -> Option<Duration> {
        self.manager.as_ref().map(|_| WATCHDOG)
    }

    fn credentials(&self) -> Option<PathBuf> {
        None
    }

    fn journal(&self) -> Option<Box<dyn Journal>> {
        self.manager.as_ref()?;
        let log = EventLog::open().ok()?;
        Some(Box::new(log))
    }

    fn watch_signals(&self, tell: Box<dyn Fn(Signal) + Send + Sync>) -> io::Result<()> {
        if let Some(manager) = &self.manager {
            return manager.listen(tell);
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
        windows::interfaces()
    }

    fn boot_id(&self) -> io::Result<String> {
        windows::boot_id()
    }

    fn isolate(&self, command: &mut Command) {
        command.creation_flags(IN_GROUP);
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
        windows::cut_power()
    }

    fn shut_down(&self) -> io::Result<()> {
        windows::shut_down()
    }
}
