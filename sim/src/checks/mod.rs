//! What must hold in a world after every step, judged from the outside.
//!
//! The checks know what really runs, what is really on, and which bytes were really handed to the
//! network. What a machine believes is no evidence here.

mod active;
mod datagram;
mod fencing;
mod record;
mod secrets;
mod sessions;
mod talk;
mod tokens;

use std::fmt;
use std::time::Duration;

pub use active::Workloads;
pub use datagram::{Message, Newest, Said};
pub use fencing::{Copy, Deed, Fencings, Judged, Wanted};
pub use record::Started;
pub use secrets::Secrets;
pub use sessions::Sessions;
pub use talk::Talk;
pub use tokens::Tokens;

/// The promises that are checked, by their number in the design.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// A service is never active on two hosts at once.
    OneActive = 1,
    /// Every reset carried out has one authentic, fresh request behind it; a request causes at
    /// most one.
    OneRequest = 2,
    /// Of two hosts that shoot at each other, exactly one is fenced.
    OneSurvivor = 3,
    /// *Fenced* is said only after off was there to be read, after the request; tokens grow.
    Proof = 4,
    /// No takeover and no reset for heartbeat loss while maintenance holds.
    Held = 5,
    /// The output of a UPS is not cut while a server on it may run.
    Cut = 6,
    /// Once the network heals, requests end in time and services run again.
    Healing = 7,
    /// Nothing depends on an unsynced record; one session per BMC; no secret is shown.
    Durable = 8,
    /// The verbs of the core keep their laws: a drain ends, a deadline lies in the future.
    Contract = 9,
    /// In a plan guests go before services, those before hosts, and everything comes back in
    /// reverse, each after what it needs.
    Order = 10,
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contract => f.write_str("the contract of the core"),
            Self::Order => f.write_str("the order of a plan"),
            _ => write!(f, "invariant {}", *self as u8),
        }
    }
}

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// When.
    pub at: Duration,
    /// What was seen.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { invariant, at, what } = self;
        write!(f, "{invariant} is broken at {:.6} s: {what}", at.as_secs_f64())
    }
}

/// All ghost state of a world, and the first promise that was broken.
#[derive(Clone, Debug)]
pub struct Checks {
    /// What really runs where.
    pub workloads: Workloads,
    /// Requests, and what BMCs carried out.
    pub fencings: Fencings,
    /// Fencing tokens.
    pub tokens: Tokens,
    /// Epochs on the wire.
    pub talk: Talk,
    /// Sessions with BMCs.
    pub sessions: Sessions,
    /// Under which generation services were started.
    pub started: Started,
    now: Duration,
    broken: Option<Violation>,
}

impl Checks {
    /// For a world of so many hosts and services.
    #[must_use]
    pub fn new(hosts: usize, services: usize, connectors: usize) -> Self {
        Self {
            workloads: Workloads::new(hosts, services),
            fencings: Fencings::new(hosts, connectors),
            tokens: Tokens::default(),
            talk: Talk::default(),
            sessions: Sessions::default(),
            started: Started::default(),
            now: Duration::ZERO,
            broken: None,
        }
    }

    /// From now on it is `now`.
    pub fn set_now(&mut self, now: Duration) {
        self.now = now;
    }

    /// Takes note of a judgement.
    pub fn judge(&mut self, invariant: Invariant, judgement: Result<(), String>) {
        if let Err(what) = judgement {
            self.broken.get_or_insert(Violation { invariant, at: self.now, what });
        }
    }

    /// The first promise that was broken.
    #[must_use]
    pub fn broken(&self) -> Option<&Violation> {
        self.broken.as_ref()
    }
}
