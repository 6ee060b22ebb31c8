//! The connector: everything between a cluster that asks and the BMCs that obey.
//!
//! It is the only place where the parts meet. It holds a warm session with every BMC, which is
//! its power watch as well; it answers the reset path, has requests decided, fences, and tells
//! everybody what happened. It is driven by five verbs: [`Connector::handle`] takes what comes,
//! [`Connector::poll`] says what to do until it has nothing more, [`Connector::deadline`] when to
//! come back, [`Connector::snapshot`] how things stand; [`Connector::new`] cannot fail.
//!
//! Nothing is queued. What is to be sent follows from the state when it is polled for, so that
//! whoever drains late is late, and nothing else. Each server and each cluster has one deadline in
//! a heap: what happens to one costs the same however many there are.

mod address;
mod at;
mod bmc;
mod config;
mod hearing;
mod index;
pub(crate) mod interlock;
mod line;
mod orders;
mod parts;
mod plans;
mod record;
mod reload;
pub mod route;
mod saying;
mod server;
mod snapshot;
mod start;
mod switching;
mod tell;
#[cfg(test)]
pub(crate) mod tests;
mod words;
mod work;

pub use config::{ClusterConfig, Config, ConfigError, POLL, ServerConfig};
pub use snapshot::{ClusterSnapshot, ConnectorSnapshot, ServerSnapshot, Snapshot};
pub(crate) use start::MovingIn;
pub use tell::Tell;
pub use words::{Action, Answer, ClusterIndex, How, Input, Order, Ticket};

pub use crate::cluster::{LetBe, OnIsolation, Rules};
pub use crate::session::{Profile, UserName};
pub use crate::types::ServerIndex;

use heapless::Vec;

use crate::cluster::{Host, RESULTS_PER_HOST, Slot};
use crate::journal::{Full, Generations};
use crate::limits::{MAX_DATAGRAM, MAX_RESET_DATAGRAM};
use crate::rng::Seed;
use crate::time::Instant;
use crate::timers::Timers;
use crate::types::{ConnectorNumber, SystemName};

use index::Index;
use interlock::Step;
use parts::{Parts, Shared};
use server::Server;

/// So many answers to orders are kept until they are fetched; then the oldest is dropped.
pub const ANSWERS: usize = 4;

/// Bytes that [`Connector::poll`] wants to write a datagram to.
pub const MAX_OUT: usize = MAX_RESET_DATAGRAM;

const _: () = assert!(MAX_OUT >= MAX_DATAGRAM);

/// What outlasts a restart.
#[derive(Clone, Copy, Debug)]
pub struct Restored<'r> {
    /// The durable record, if there is one.
    pub record: Option<&'r [u8]>,
    /// There was a newer one, of which nothing can be read: what it may have told is taken to be
    /// so wherever that is the careful side. Tokens are given once all hosts that are on have
    /// reported.
    pub damaged: bool,
    /// Milliseconds of UNIX time now: epochs grow with it, and people read it in notices.
    pub unix_ms: u64,
}

/// A connector of `N` servers at most, in `C` clusters.
pub struct Connector<const N: usize, const C: usize = 8> {
    shared: Shared,
    journal: Generations,
    clusters: Vec<line::Slot, C>,
    // Four lists of the same order.
    servers: Vec<Server, N>,
    hosts: Vec<Host, N>,
    slots: Vec<[Slot; RESULTS_PER_HOST], N>,
    index: Index<N>,
    due: Timers<N>,
    clusters_due: Timers<C>,
}

impl<const N: usize, const C: usize> Connector<N, C> {
    /// Longest durable record, in bytes.
    pub const RECORD_LEN: usize =
        record::HEADER_LEN + C * record::CLUSTER_LEN + N * record::SERVER_LEN;

    /// A connector that begins now. With a record it goes on with what it was doing: each fencing
    /// is resumed with a look, and only off is ever sent again.
    pub fn new(config: Config<N, C>, seed: &Seed, restored: Restored<'_>, now: Instant) -> Self {
        start::start(config, seed, restored, now)
    }

    /// A connector without clusters, which is told of them where it stays: see
    /// [`Self::move_in`].
    pub(crate) fn vacant(
        number: ConnectorNumber,
        name: SystemName,
        seed: &Seed,
        restored: Restored<'_>,
        now: Instant,
    ) -> Self {
        start::vacant(number, name, seed, restored, now)
    }

    /// Tells a vacant connector of its clusters, with what it was made with.
    pub(crate) fn move_in<'r>(
        &mut self,
        restored: Restored<'r>,
        now: Instant,
    ) -> MovingIn<'_, 'r, N, C> {
        MovingIn::new(self, restored, now)
    }

    /// Breaks some of the laws: to show that something notices.
    #[cfg(any(test, feature = "mutants"))]
    pub fn mutate(&mut self, laws: crate::cluster::Laws) {
        for slot in &mut self.clusters {
            slot.cluster.mutate(laws);
        }
    }

    /// Takes in what happened. Nothing that the network sends is an error.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        let _ = self.hear(now, input);
    }

    /// The next thing to do; a datagram is written to the start of `out`, which must hold
    /// [`MAX_OUT`] bytes. Call until `None`.
    pub fn poll(&mut self, now: Instant, out: &mut [u8]) -> Option<Action> {
        loop {
            match self.step(now, out)? {
                Step::Do(action) => return Some(action),
                // Nobody owns outlets here.
                Step::Stirred(server) => {
                    let _ = self.outlets(now, server, false);
                }
                // That is for who owns a plan as well.
                Step::Switched { .. } => {}
            }
        }
    }

    /// When to poll again if nothing happens before.
    pub fn deadline(&self) -> Option<Instant> {
        let first = |due: Option<(Instant, u16)>| due.map(|(at, _)| at);
        let due = crate::time::earliest(first(self.due.first()), first(self.clusters_due.first()));
        match self.shared.answers.is_due(&self.journal) {
            true => Some(Instant::from_micros(0)),
            false => due,
        }
    }

    /// How things stand.
    pub fn snapshot(&self, now: Instant) -> Snapshot<'_> {
        Snapshot {
            now,
            shared: &self.shared,
            journal: &self.journal,
            clusters: &self.clusters,
            servers: &self.servers,
            hosts: &self.hosts,
        }
    }

    /// Writes the durable record, and says how long it is: [`Self::RECORD_LEN`] bytes at most.
    pub fn record(&self, out: &mut [u8]) -> Result<usize, Full> {
        record::write(&self.snapshot(self.shared.started), out)
    }

    /// Takes over a changed configuration. A server, known by its cluster's number and its host
    /// address, keeps its session and dialogue when its section is the same, and its fencing in
    /// any case. Questions of hosts that are gone, or about them, are forgotten.
    pub fn reload(&mut self, now: Instant, config: Config<N, C>) {
        reload::reload(self, now, config);
    }

    /// Stops in order: closes the sessions with the BMCs. Poll until [`Connector::is_stopped`].
    pub fn stop(&mut self, now: Instant) {
        self.parts().stop(now);
    }

    /// Whether it was told to stop, and every session is closed.
    pub fn is_stopped(&self) -> bool {
        self.shared.open == Some(0)
    }

    fn parts(&mut self) -> Parts<'_> {
        let (bmcs, names, guids) = self.index.parts();
        Parts {
            shared: &mut self.shared,
            journal: &mut self.journal,
            clusters: &mut self.clusters,
            servers: &mut self.servers,
            hosts: &mut self.hosts,
            slots: &mut self.slots,
            bmcs,
            names,
            guids,
            due: &mut self.due,
            clusters_due: &mut self.clusters_due,
        }
    }
}

/// What a small machine has room for.
#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<Connector<16, 8>>() <= 24 * 1024);
