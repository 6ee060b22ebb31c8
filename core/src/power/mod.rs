//! Power: an outage and the return from it, in order, with proof.
//!
//! It knows supplies and servers, and neither bytes nor keys: whoever owns it reads UPSes, directs
//! members and switches servers for it, and tells it what came of that. What it has to know of a
//! server it asks for, and is told when that has changed ([`Input::Stirred`]).
//!
//! Nothing is queued: each poll does the first thing that is due, from the state as it is. Every
//! wait is noted as it is looked at, so that the deadline is that of the first of them.

mod budget;
mod config;
mod feeds;
mod snapshot;
mod supply;
mod tell;
mod words;

pub use config::{
    Adapter, AskBy, Config, ConfigError, Cut, Feed, Own, PlannedServer, Stage, StartBy, Timing,
    UpsConfig,
};
pub use snapshot::{
    AdapterState, Forecast, OutputSnapshot, Phase, PlanSnapshot, ServerSnapshot, Snapshot,
    StageSnapshot, StepKind, UpsSnapshot,
};
pub use tell::{Cause, End, Means, Tell};
pub use words::{
    Action, Answer, Back, Facts, Input, Job, Order, OutageId, RunEnd, RunId, Scope, Servers,
    Switch, SwitchFailure, Ticket, Why,
};

use crate::journal::{Full, Generations};
use crate::time::Instant;

/// What outlasts a restart.
#[derive(Clone, Copy, Debug)]
pub struct Restored<'r> {
    /// The durable record, if there is one.
    pub record: Option<&'r [u8]>,
    /// Milliseconds of UNIX time now: the names of outages grow with it.
    pub unix_ms: u64,
}

/// The power machine of `N` servers at most, on `U` UPSes.
#[derive(Debug)]
pub struct Power<const N: usize, const U: usize> {
    config: Config<N, U>,
    journal: Generations,
}

impl<const N: usize, const U: usize> Power<N, U> {
    /// Longest durable record, in bytes.
    pub const RECORD_LEN: usize = 64 + 64 * N + 32 * U;

    /// A machine that begins now. With a record it goes on with the plan that ran, but orders
    /// nothing before each UPS that matters was read.
    pub fn new(config: Config<N, U>, restored: Restored<'_>, now: Instant) -> Self {
        let _ = (restored, now);
        Self { config, journal: Generations::after(0) }
    }

    /// What it was told.
    pub const fn config(&self) -> &Config<N, U> {
        &self.config
    }

    /// Takes in what happened.
    pub fn handle(&mut self, now: Instant, input: Input) {
        let _ = (now, input);
    }

    /// The next thing to do. Call until `None`.
    pub fn poll(&mut self, now: Instant, servers: &dyn Servers) -> Option<Action> {
        let _ = (now, servers);
        None
    }

    /// When to poll again if nothing happens before.
    pub fn deadline(&self) -> Option<Instant> {
        None
    }

    /// How things stand.
    pub fn snapshot<'s>(&'s self, now: Instant, servers: &'s dyn Servers) -> Snapshot<'s> {
        Snapshot { now, servers, planned: &self.config.servers }
    }

    /// Writes the durable record, and says how long it is: [`Self::RECORD_LEN`] bytes at most.
    pub fn record(&self, out: &mut [u8]) -> Result<usize, Full> {
        let _ = (&self.journal, out);
        Ok(0)
    }

    /// Takes over a changed configuration. What is known of a UPS, an adapter and a server stays,
    /// by their places; a server that a plan holds and that is no longer planned is let go.
    pub fn reload(&mut self, now: Instant, config: Config<N, U>) {
        let _ = now;
        self.config = config;
    }
}
