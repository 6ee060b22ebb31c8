//! A site: the connector and the power machine, each of which knows what the other does.
//!
//! Neither knows of the other by itself. Here the orders of a plan become what the connector
//! holds, directs and switches, and what the connector knows of a server becomes facts of the
//! plan. So what a plan switches off is not taken for a failure, nobody takes over while it runs,
//! a fencing under way ends first, and a server whose every feed reads off is fenced though its
//! BMC is silent.
//!
//! It is driven by the same five verbs as the connector, and does the same when nothing hangs on
//! a UPS. Both machines share one record, one behind the other.

mod directing;
mod interlock;
mod lines;
mod moving;
mod outlets;
#[cfg(test)]
mod tests;
mod words;
mod writes;

pub use moving::{Misfit, Piece};
pub use words::{Action, Input};

use heapless::Vec;

use crate::connector::{self, Connector, Restored, Snapshot};
use crate::journal::Full;
use crate::power::{self, Facts, Power, Servers};
use crate::rng::Seed;
use crate::time::{Instant, earliest};
use crate::timers::Timers;
use crate::types::ServerIndex;

use directing::Direction;
use lines::Line;
use outlets::Outlets;
use writes::Writes;

/// Everything a site is told: `N` servers at most, in `C` clusters, on `U` UPSes.
#[derive(Debug)]
pub struct Config<const N: usize, const C: usize, const U: usize> {
    /// Its clusters, servers and BMCs.
    pub connector: connector::Config<N, C>,
    /// What hangs on which UPS. Its servers are those of the connector, by their places.
    pub power: power::Config<N, U>,
}

/// The connector and the power machine of `N` servers at most, in `C` clusters, on `U` UPSes.
pub struct Site<const N: usize, const C: usize, const U: usize> {
    connector: Connector<N, C>,
    power: Power<N, U>,
    /// The power machine was told something since it had nothing to do.
    power_stirred: bool,
    /// It had nothing to do: all that a plan held before the start is held again.
    set_out: bool,
    writes: Writes,
    /// What each server's member is directed to do, and when to come back to it.
    directions: [Option<Direction>; N],
    due: Timers<N>,
    last_directive: u64,
    lines: [Line; U],
    /// Outlets that are off for a fencing, and when to come back to them.
    outlets: [Option<Outlets>; N],
    outlets_due: Timers<N>,
    /// What the power machine was told last.
    #[cfg(test)]
    told: Vec<power::Input, 16>,
}

/// What the power machine asks of the connector.
struct Known<'a, const N: usize, const C: usize> {
    connector: &'a Connector<N, C>,
    now: Instant,
}

impl<const N: usize, const C: usize> Servers for Known<'_, N, C> {
    fn facts(&self, server: ServerIndex) -> Facts {
        self.connector.facts(self.now, server).unwrap_or(Facts::UNKNOWN)
    }
}

impl<const N: usize, const C: usize, const U: usize> Site<N, C, U> {
    /// Longest durable record, in bytes.
    pub const RECORD_LEN: usize = Connector::<N, C>::RECORD_LEN + Power::<N, U>::RECORD_LEN;

    /// A site that begins now. With a record it goes on with what it was doing; see
    /// [`Connector::new`] and [`Power::new`]. To be polled before it is told anything, so that a
    /// plan that goes on holds its servers.
    pub fn new(config: Config<N, C, U>, seed: &Seed, restored: Restored<'_>, now: Instant) -> Self {
        let (record, of_power) = writes::split(restored.record);
        let unix_ms = restored.unix_ms;
        let of_power = power::Restored { record: of_power, unix_ms };
        Self::of(
            Connector::new(config.connector, seed, Restored { record, ..restored }, now),
            Power::new(config.power, of_power, now),
        )
    }

    #[inline(always)]
    fn of(connector: Connector<N, C>, power: Power<N, U>) -> Self {
        Self {
            connector,
            power,
            power_stirred: true,
            set_out: false,
            writes: Writes::default(),
            directions: [const { None }; N],
            due: Timers::new(),
            last_directive: 0,
            lines: [Line::default(); U],
            outlets: [const { None }; N],
            outlets_due: Timers::new(),
            #[cfg(test)]
            told: Vec::new(),
        }
    }

    /// Breaks some of the laws of the clusters: to show that something notices.
    #[cfg(any(test, feature = "mutants"))]
    pub fn mutate(&mut self, laws: crate::cluster::Laws) {
        self.connector.mutate(laws);
    }

    /// Puts a power machine without some of its laws in the place of the one there is.
    #[cfg(any(test, feature = "mutants"))]
    pub fn mutate_power(&mut self, power: Power<N, U>) {
        self.power = power;
    }

    /// Takes in what happened. Nothing that the network sends is an error.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.take(now, input);
    }

    /// The next thing to do; a datagram is written to the start of `out`, which must hold
    /// [`MAX_OUT`](connector::MAX_OUT) bytes. Call until `None`.
    pub fn poll(&mut self, now: Instant, out: &mut [u8]) -> Option<Action> {
        self.next(now, out)
    }

    /// When to poll again if nothing happens before.
    pub fn deadline(&self) -> Option<Instant> {
        if self.power_stirred {
            return Some(Instant::from_micros(0));
        }
        let first = |due: Option<(Instant, u16)>| due.map(|(at, _)| at);
        let own = earliest(first(self.due.first()), first(self.outlets_due.first()));
        earliest(earliest(self.connector.deadline(), self.power.deadline()), own)
    }

    /// How the connector stands.
    pub fn snapshot(&self, now: Instant) -> Snapshot<'_> {
        self.connector.snapshot(now)
    }

    /// Shows how power stands.
    pub fn show_power<R>(&self, now: Instant, show: impl FnOnce(power::Snapshot<'_>) -> R) -> R {
        let known = Known { connector: &self.connector, now };
        show(self.power.snapshot(now, &known))
    }

    /// Writes the durable record, and says how long it is: [`Self::RECORD_LEN`] bytes at most.
    pub fn record(&self, out: &mut [u8]) -> Result<usize, Full> {
        let first = self.connector.record(out)?;
        Ok(first + self.power.record(out.get_mut(first..).ok_or(Full)?)?)
    }

    /// Takes over a changed configuration: see [`Connector::reload`] and [`Power::reload`].
    /// A plan goes on with its servers at their new places. What the member of a server that has
    /// another place now is directed to do is forgotten.
    pub fn reload(&mut self, now: Instant, config: Config<N, C, U>) {
        let before = self.names();
        self.connector.reload(now, config.connector);
        let after = self.names();
        let was = |server: ServerIndex| {
            let name = after.get(server.at())?.as_ref()?;
            let at = before.iter().position(|known| known.as_ref() == Some(name))?;
            u16::try_from(at).ok().map(ServerIndex)
        };
        self.power.reload(now, config.power, &was);
        for server in (0..).map(ServerIndex).take(N) {
            if self.connector.is_held(server) && self.planned(server).is_none() {
                self.connector.hold(now, server, false);
                self.forget_stopping(server);
            }
        }
        for (at, (before, after)) in (0..).zip(before.iter().zip(&after)) {
            if before != after {
                self.forget(ServerIndex(at));
                self.forget_outlets(ServerIndex(at));
            }
        }
        self.lines = [Line::default(); U];
        self.power_stirred = true;
    }

    /// Stops in order: closes the sessions with the BMCs. Poll until [`Site::is_stopped`]. A plan
    /// goes on with the next start.
    pub fn stop(&mut self, now: Instant) {
        self.connector.stop(now);
    }

    /// Whether it was told to stop, and every session is closed.
    pub fn is_stopped(&self) -> bool {
        self.connector.is_stopped()
    }

    fn names(&self) -> Vec<Option<(u16, crate::types::HostAddress)>, N> {
        (0..).map(ServerIndex).take(N).map(|server| self.connector.name_of(server)).collect()
    }

    fn forget_outlets(&mut self, server: ServerIndex) {
        if let Some(outlets) = self.outlets.get_mut(server.at()) {
            *outlets = None;
        }
        self.outlets_due.set(server.0, None);
    }

    fn forget(&mut self, server: ServerIndex) {
        if let Some(direction) = self.directions.get_mut(server.at()) {
            *direction = None;
        }
        self.due.set(server.0, None);
    }
}
