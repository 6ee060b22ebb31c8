//! The connector: everything between a cluster that asks and the BMCs that obey.
//!
//! It is the only place where the parts meet. It holds a warm session with every BMC, which is
//! its power watch as well; it answers the reset path, has requests decided, fences, and tells
//! everybody what happened. It is driven by five verbs: [`Connector::handle`] takes what comes,
//! [`Connector::poll`] says what to do until it has nothing more, [`Connector::deadline`] when to
//! come back, [`Connector::snapshot`] how things stand; [`Connector::new`] cannot fail.

mod config;
pub mod route;
mod rules;
mod snapshot;
mod tell;
mod words;

pub use config::{ClusterConfig, Config, ConfigError, POLL, ServerConfig};
pub use rules::{OnIsolation, Rules};
pub use snapshot::{ClusterSnapshot, ConnectorSnapshot, ServerSnapshot, Snapshot};
pub use tell::Tell;
pub use words::{Action, Answer, ClusterIndex, How, Input, Order, ServerIndex, Ticket};

use crate::journal::Full;
use crate::rng::Seed;
use crate::time::Instant;

/// So many answers to orders are kept until they are fetched; then the oldest is dropped.
pub const ANSWERS: usize = 8;

/// Bytes that [`Connector::poll`] wants to write a datagram to.
pub const MAX_OUT: usize = crate::limits::MAX_RESET_DATAGRAM;

/// What outlasts a restart.
#[derive(Clone, Copy, Debug)]
pub struct Restored<'r> {
    /// The durable record, if there is one.
    pub record: Option<&'r [u8]>,
    /// Milliseconds of UNIX time now: epochs grow with it, and people read it in notices.
    pub unix_ms: u64,
}

/// A connector of `N` servers at most, in `C` clusters.
pub struct Connector<const N: usize, const C: usize = 8> {
    config: Config<N, C>,
}

impl<const N: usize, const C: usize> Connector<N, C> {
    /// A connector that begins now. With a record it goes on with what it was doing.
    pub fn new(config: Config<N, C>, _seed: &Seed, _restored: Restored<'_>, _now: Instant) -> Self {
        Self { config }
    }

    /// Takes in what happened. Nothing that the network sends is an error.
    pub fn handle(&mut self, _now: Instant, _input: Input<'_>) {}

    /// The next thing to do; a datagram is written to the start of `out`, which must hold
    /// [`MAX_OUT`] bytes. Call until `None`.
    pub fn poll(&mut self, _now: Instant, _out: &mut [u8]) -> Option<Action> {
        None
    }

    /// When to poll again if nothing happens before.
    pub fn deadline(&self) -> Option<Instant> {
        None
    }

    /// How things stand.
    pub fn snapshot(&self, _now: Instant) -> Snapshot<'_> {
        todo!()
    }

    /// Writes the durable record, and says how long it is.
    pub fn record(&self, _out: &mut [u8]) -> Result<usize, Full> {
        Err(Full)
    }

    /// Takes over a changed configuration. A server, known by its cluster's number and its host
    /// address, keeps its session, dialogue and fencing when its section is the same.
    pub fn reload(&mut self, _now: Instant, config: Config<N, C>) {
        self.config = config;
    }

    /// Stops in order: closes the sessions with the BMCs. Poll until
    /// [`Connector::is_stopped`].
    pub fn stop(&mut self, _now: Instant) {}

    /// Whether everything is closed.
    pub fn is_stopped(&self) -> bool {
        true
    }
}
