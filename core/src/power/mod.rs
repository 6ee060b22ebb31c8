//! Power: an outage and the return from it, in order, with proof.
//!
//! It knows supplies and servers, and neither bytes nor keys: whoever owns it reads UPSes, directs
//! members and switches servers for it, and tells it what came of that. What it has to know of a
//! server it asks for, and is told when that has changed ([`Input::Stirred`]).
//!
//! Nothing is queued: each poll does the first thing that is due, from the state as it is. Every
//! wait is noted as it is looked at, so that the deadline is that of the first of them.

mod adapters;
mod budget;
mod chain;
mod config;
mod cutting;
mod feeds;
mod hearing;
mod late;
mod laws;
mod orders;
mod own;
mod parts;
mod plan;
mod proof;
mod record;
mod rejoining;
mod returning;
mod shared;
mod snapshot;
mod start;
mod steps;
mod supply;
mod tell;
#[cfg(test)]
mod tests;
mod view;
mod words;

pub use config::{
    Adapter, AskBy, Config, ConfigError, Cut, Feed, Own, PlannedServer, Stage, StartBy, Timing,
    UpsConfig,
};
#[cfg(any(test, feature = "mutants"))]
pub use laws::Laws;
#[cfg(not(any(test, feature = "mutants")))]
use laws::Laws;
pub(crate) use proof::HOLD_UP;
pub use snapshot::{
    AdapterState, Forecast, OutputSnapshot, Phase, PlanSnapshot, ServerSnapshot, Snapshot,
    StageSnapshot, StepKind, UpsSnapshot, UpsState,
};
pub use tell::{Cause, End, Means, Tell};
pub use words::{
    Action, Answer, Back, Facts, Input, Job, Order, OutageId, RunEnd, RunId, Scope, Servers,
    Switch, SwitchFailure, Ticket, Why,
};

use core::cell::Cell;

use heapless::Vec;

use crate::journal::Full;
use crate::limits::MAX_ADAPTERS;
use crate::time::Instant;
use crate::types::ServerIndex;

use adapters::Software;
use chain::Chain;
use cutting::{OUTPUTS, Output};
use parts::Parts;
use shared::Shared;
use supply::Line;

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
    shared: Shared,
    // Of the order of the configuration.
    lines: Vec<Line, U>,
    outputs: Vec<[Output; OUTPUTS], U>,
    chains: Vec<Chain, N>,
    software: Vec<Software, MAX_ADAPTERS>,
    /// UNIX time in milliseconds at the origin of the clock.
    origin_ms: i64,
}

impl<const N: usize, const U: usize> Power<N, U> {
    /// Longest durable record, in bytes.
    pub const RECORD_LEN: usize = record::HEADER_LEN
        + record::SERVER_LEN * N
        + record::OUTPUT_LEN * OUTPUTS * U
        + record::UPS_LEN * U;

    /// A machine that begins now. With a record it goes on with the plan that ran, but orders
    /// nothing before each UPS that matters was read.
    pub fn new(config: Config<N, U>, restored: Restored<'_>, now: Instant) -> Self {
        start::start(config, restored, now, Laws::ALL)
    }

    /// A machine that nothing hangs on yet, to be configured where it stays and to set out then.
    #[inline(always)]
    pub(crate) fn vacant(timing: Timing, restored: Restored<'_>, now: Instant) -> Self {
        start::vacant(Config::new(timing), restored, now, Laws::ALL)
    }

    /// What a vacant machine is told.
    pub(crate) const fn config_mut(&mut self) -> &mut Config<N, U> {
        &mut self.config
    }

    /// A vacant machine was told all: it begins with what it was made with.
    pub(crate) fn set_out(&mut self, restored: Restored<'_>, now: Instant) {
        start::set_out(self, restored, now);
    }

    /// The same without some of its laws.
    #[cfg(any(test, feature = "mutants"))]
    pub fn with_laws(
        config: Config<N, U>,
        restored: Restored<'_>,
        now: Instant,
        laws: Laws,
    ) -> Self {
        start::start(config, restored, now, laws)
    }

    /// Takes in what happened.
    pub fn handle(&mut self, now: Instant, input: Input) {
        self.parts(now, &Nobody).handle(input);
    }

    /// The next thing to do. Call until `None`.
    pub fn poll(&mut self, now: Instant, servers: &dyn Servers) -> Option<Action> {
        let waits = self.shared.next.is_none_or(|next| now < next);
        if waits && !self.shared.stirred {
            return None;
        }
        self.parts(now, servers).poll()
    }

    /// When to poll again if nothing happens before.
    pub fn deadline(&self) -> Option<Instant> {
        match self.shared.stirred {
            true => Some(Instant::from_micros(0)),
            false => self.shared.next,
        }
    }

    /// How things stand.
    pub fn snapshot<'s>(&'s self, now: Instant, servers: &'s dyn Servers) -> Snapshot<'s> {
        Snapshot { power: self.still(), now, servers }
    }

    /// Whether a server ran though each of its feeds read off, and none has read on since: what
    /// they read is no proof.
    pub(crate) fn feeds_are_wrong(&self, server: ServerIndex) -> bool {
        let mut all = self.config.servers.iter().zip(&self.chains);
        all.any(|(config, chain)| config.server == server && chain.proof.told)
    }

    /// Writes the durable record, and says how long it is: [`Self::RECORD_LEN`] bytes at most.
    pub fn record(&self, out: &mut [u8]) -> Result<usize, Full> {
        let Self { config, shared, lines, outputs, chains, software, origin_ms } = self;
        let outputs = outputs.as_slice().as_flattened();
        let (servers, origin_ms) = (&config.servers[..], *origin_ms);
        record::write(
            &record::Written { shared, lines, servers, chains, outputs, software, origin_ms },
            out,
        )
    }

    /// Takes over a changed configuration. What is known of a UPS and an adapter stays by its
    /// place; what is known of a server goes with it to its new index: `was` tells for each of the
    /// new ones which index the same server had before. One that is held stays so; whoever holds
    /// servers lets go of those that hang on no UPS any more.
    pub fn reload(
        &mut self,
        now: Instant,
        config: Config<N, U>,
        was: &dyn Fn(ServerIndex) -> Option<ServerIndex>,
    ) {
        start::reload(self, now, config, was);
    }

    /// What it was told.
    pub const fn config(&self) -> &Config<N, U> {
        &self.config
    }

    fn parts<'a>(&'a mut self, now: Instant, servers: &'a dyn Servers) -> Parts<'a> {
        Parts {
            site: self.config.site(),
            shared: &mut self.shared,
            lines: &mut self.lines,
            chains: &mut self.chains,
            outputs: self.outputs.as_mut_slice().as_flattened_mut(),
            software: &mut self.software,
            servers,
            now,
            next: Cell::new(None),
        }
    }

    fn still(&self) -> snapshot::Still<'_> {
        snapshot::Still {
            site: self.config.site(),
            shared: &self.shared,
            lines: &self.lines,
            chains: &self.chains,
            outputs: self.outputs.as_slice().as_flattened(),
            software: &self.software,
        }
    }
}

/// Knows nothing of any server: what happens is noted without looking at them.
struct Nobody;

impl Servers for Nobody {
    fn facts(&self, _: ServerIndex) -> Facts {
        Facts::UNKNOWN
    }
}

/// What a small machine has room for.
const _: () = assert!(size_of::<Power<16, 4>>() <= 20 * 1024);
