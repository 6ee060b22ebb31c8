//! What a service is on a host: a program that runs, and the commands that start and stop it.

use std::time::Duration;

use komainu_core::member::{Command, RunEnd, RunId};

/// A command that runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    pub(super) run: RunId,
    pub(super) command: Command,
    /// Tells a command from an earlier one.
    pub(super) serial: u64,
    /// Whom its end is told: that life of the member.
    pub(super) member: u32,
    /// How it will end.
    pub(super) end: RunEnd,
    /// The program runs after a start or stop that did not succeed.
    pub(super) leaves_running: bool,
}

/// A service's program on one host.
#[derive(Clone, Debug, Default)]
pub(super) struct Workload {
    /// It really runs.
    pub(super) runs: bool,
    /// It runs, and does its work: what a check asks for.
    pub(super) healthy: bool,
    /// The start or stop that is going on.
    pub(super) command: Option<Running>,
    /// How the next start or stop fails, if it does.
    pub(super) ill: Option<Ill>,
}

/// How a command fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ill {
    /// It says so after its time.
    Fails,
    /// It is ended at its limit.
    Hangs,
}

/// What the end of a command changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing.
    None,
    /// The program has ended.
    Ended,
}

impl Workload {
    /// The program ends by itself.
    pub(super) fn dies(&mut self) {
        self.runs = false;
        self.healthy = false;
    }

    /// Begins a start or stop; what went on before is ended.
    pub(super) fn begin(&mut self, running: Running) {
        if running.command == Command::Start {
            self.runs = true;
            self.healthy = false;
        }
        self.command = Some(running);
    }

    /// Whether a stop is going on.
    pub(super) fn is_stopping(&self) -> bool {
        self.command.is_some_and(|running| running.command == Command::Stop)
    }

    /// What a check finds: a start that is going on counts as running.
    pub(super) fn check(&self) -> RunEnd {
        if self.healthy || self.command.is_some() { RunEnd::Done } else { RunEnd::Failed }
    }

    /// The start or stop has come to its end.
    pub(super) fn finish(&mut self) -> Option<(Running, Change)> {
        let running = self.command.take()?;
        let stays = match (running.command, running.end) {
            (Command::Start, RunEnd::Done) => {
                self.healthy = self.runs;
                return Some((running, Change::None));
            }
            (Command::Stop, RunEnd::Done) => false,
            _ => running.leaves_running,
        };
        self.runs &= stays;
        self.healthy &= stays;
        Some((running, if stays { Change::None } else { Change::Ended }))
    }
}

/// How long a command takes, at most; less than its limit.
pub(super) fn within(limit: Duration) -> Duration {
    limit.mul_f64(0.9)
}
