//! The system as the demo's connector and members see it: whatever would switch the machine off
//! ends their server in the demo, and the real machine is not touched.

use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use super::processes::Mark;
use crate::commands::Stop;
use crate::service::platform::{Interface, Journal, Phase, Platform, Signal};

/// The variable with the name of this start of a server.
pub(super) const BOOT: &str = "KOMAINU_DEMO_BOOT";

/// That system, around the real one.
pub(in super::super) fn contained(real: Arc<dyn Platform>) -> Result<Arc<dyn Platform>, Stop> {
    Ok(Arc::new(Contained { real }))
}

struct Contained {
    real: Arc<dyn Platform>,
}

impl Platform for Contained {
    // Who started the demo is not the manager of these services.
    fn notify(&self, _: Phase) {}

    fn watchdog(&self) -> Option<Duration> {
        None
    }

    fn credentials(&self) -> Option<PathBuf> {
        None
    }

    fn journal(&self) -> Option<Box<dyn Journal>> {
        None
    }

    fn watch_signals(&self, tell: Box<dyn Fn(Signal) + Send + Sync>) -> io::Result<()> {
        self.real.watch_signals(tell)
    }

    fn interfaces(&self) -> io::Result<Vec<Interface>> {
        self.real.interfaces()
    }

    /// A server in the demo starts far more often than the machine.
    fn boot_id(&self) -> io::Result<String> {
        std::env::var(BOOT).or_else(|_| self.real.boot_id())
    }

    fn adopt(&self, leader: u32) -> io::Result<()> {
        self.real.adopt(leader)
    }

    fn isolate(&self, command: &mut Command) {
        self.real.isolate(command);
    }

    fn kill_group(&self, leader: u32) -> io::Result<()> {
        self.real.kill_group(leader)
    }

    fn group_lives(&self, leader: u32) -> bool {
        self.real.group_lives(leader)
    }

    fn cut_power(&self) -> io::Result<()> {
        if let Some(mark) = Mark::of_this_server() {
            mark.end();
        }
        std::process::exit(0)
    }

    fn shut_down(&self) -> io::Result<()> {
        self.cut_power()
    }
}
