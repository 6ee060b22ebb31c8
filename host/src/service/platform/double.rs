//! A platform for tests: what it is asked to do to the machine it only notes.

use std::os::unix::process::CommandExt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Process groups are real; the machine itself is spared.
#[derive(Default)]
pub(crate) struct Double {
    /// Names this start of the machine.
    pub(crate) boot: String,
    /// The interfaces that it shows.
    pub(crate) shown: Mutex<Vec<Interface>>,
    /// What the service manager was told.
    pub(crate) phases: Mutex<Vec<Phase>>,
    /// How often the power was cut.
    pub(crate) cut: AtomicUsize,
    /// How often the machine was shut down.
    pub(crate) shut: AtomicUsize,
}

impl Platform for Double {
    fn notify(&self, phase: Phase) {
        self.phases.lock().expect("whole").push(phase);
    }

    fn watchdog(&self) -> Option<Duration> {
        Some(Duration::from_millis(20))
    }

    fn credentials(&self) -> Option<PathBuf> {
        None
    }

    fn journal(&self) -> Option<Box<dyn Journal>> {
        None
    }

    fn watch_signals(&self, _: Box<dyn Fn(Signal) + Send + Sync>) -> io::Result<()> {
        Ok(())
    }

    fn interfaces(&self) -> io::Result<Vec<Interface>> {
        Ok(self.shown.lock().expect("whole").clone())
    }

    fn boot_id(&self) -> io::Result<String> {
        Ok(self.boot.clone())
    }

    fn isolate(&self, command: &mut Command) {
        command.process_group(0);
    }

    fn adopt(&self, _: u32) -> io::Result<()> {
        Ok(())
    }

    fn kill_group(&self, leader: u32) -> io::Result<()> {
        kill("-9", leader).map(|_| ())
    }

    fn group_lives(&self, leader: u32) -> bool {
        kill("-0", leader).unwrap_or(true)
    }

    fn cut_power(&self) -> io::Result<()> {
        self.cut.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn shut_down(&self) -> io::Result<()> {
        self.shut.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

fn kill(signal: &str, leader: u32) -> io::Result<bool> {
    let group = format!("-{leader}");
    let mut kill = Command::new("kill");
    Ok(kill.args([signal, "--", &group]).stderr(std::process::Stdio::null()).status()?.success())
}
