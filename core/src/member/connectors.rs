//! The connectors: which are heard, which one acts, and how it works.

use core::net::SocketAddr;
use core::time::Duration;

use heapless::Vec;

use crate::journal::{Generations, Mark};
use crate::limits::{MAX_CONNECTORS, MAX_HOSTS};
use crate::reset_path::Dialogue;
use crate::time::{Instant, earliest};
use crate::types::{ConnectorNumber, Epoch, Mode, Party, SystemReport, Term};
use crate::wire::reset::PathStatus;

use super::config::ConnectorConfig;

/// How often each connector is told of this host.
pub(super) const CHECK: Duration = Duration::from_secs(1);
/// A connector that has not answered for so long is lost.
const SILENT: Duration = Duration::from_millis(3500);
/// One that has not answered for so long, and whose address is not configured, is searched.
const SEARCH: Duration = Duration::from_secs(10);
/// The path of all that goes to connectors.
pub(super) const RESET_PATH: u8 = 0;

/// A connector.
#[derive(Debug)]
pub(super) struct Connector {
    pub(super) number: ConnectorNumber,
    configured: Option<SocketAddr>,
    learned: Option<SocketAddr>,
    pub(super) dialogue: Dialogue,
    /// When a PathStatus last answered a nonce of ours.
    pub(super) answered: Option<Instant>,
    pub(super) status: Option<Status>,
    pub(super) systems: Vec<SystemReport, MAX_HOSTS>,
    /// When the next PathCheck is due.
    pub(super) next: Instant,
    /// The highest id of a directive in the epoch that it came under.
    pub(super) directed: Option<(Epoch, u64)>,
    /// Whether it was last told to be alive.
    pub(super) told: bool,
    pub(super) tell_differs: bool,
}

/// What its newest PathStatus said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) term: Term,
    pub(super) mode: Mode,
    pub(super) digest_matches: bool,
}

impl Connector {
    pub(super) fn new(config: ConnectorConfig, now: Instant) -> Self {
        Self {
            number: config.number,
            configured: config.address,
            learned: None,
            dialogue: Dialogue::new(Party::Connector(config.number), RESET_PATH),
            answered: None,
            status: None,
            systems: Vec::new(),
            next: now,
            directed: None,
            told: false,
            tell_differs: false,
        }
    }

    /// Where it listens, as far as known.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.learned.or(self.configured)
    }

    /// Whether it has to be searched by broadcast.
    pub(super) fn is_searched(&self, now: Instant) -> bool {
        let recent = self.answered.is_some_and(|at| now < at + SEARCH);
        self.configured.is_none() && !(self.learned.is_some() && recent)
    }

    pub(super) fn is_alive(&self, now: Instant) -> bool {
        self.answered.is_some_and(|at| now < at + SILENT)
    }

    /// A newest PathStatus came that answers a nonce of ours.
    pub(super) fn answer(
        &mut self,
        now: Instant,
        from: SocketAddr,
        status: PathStatus,
        digest_matches: bool,
    ) {
        let matched = self.status.is_none_or(|status| status.digest_matches);
        self.tell_differs |= matched && !digest_matches;
        self.answered = Some(now);
        self.learned = Some(from);
        self.status = Some(Status { term: status.term, mode: status.mode, digest_matches });
        self.systems = status.systems;
    }

    fn acts(&self, term: Term) -> bool {
        self.status.is_some_and(|status| status.mode != Mode::Standby && status.term >= term)
    }
}

/// The connectors of the cluster.
#[derive(Debug)]
pub(super) struct Connectors {
    pub(super) list: Vec<Connector, MAX_CONNECTORS>,
    pub(super) term: Highest<Term>,
    /// When the next search by broadcast is due.
    pub(super) search: Instant,
}

impl Connectors {
    /// The place of the one that acts: of the highest term, and not standing by.
    pub(super) fn acting(&self) -> Option<usize> {
        self.list.iter().position(|connector| connector.acts(self.term.value))
    }

    /// The one that acts, while it answers.
    pub(super) fn acting_alive(&self, now: Instant) -> Option<&Connector> {
        self.list.get(self.acting()?).filter(|connector| connector.is_alive(now))
    }

    pub(super) fn by_number(&self, number: ConnectorNumber) -> Option<usize> {
        self.list.iter().position(|connector| connector.number == number)
    }

    pub(super) fn needs_search(&self, now: Instant) -> bool {
        self.list.iter().any(|connector| connector.is_searched(now))
    }

    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        let mut next = Some(self.search).filter(|_| self.needs_search(now));
        for connector in &self.list {
            next = earliest(next, connector.address().map(|_| connector.next));
            next = earliest(next, connector.answered.map(|at| at + SILENT));
            next = earliest(next, connector.answered.map(|at| at + SEARCH));
        }
        next
    }
}

/// A number that only grows, and is said to others only once it is durable.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Highest<T> {
    pub(super) value: T,
    durable: T,
    mark: Mark,
}

impl<T: Copy + Ord> Highest<T> {
    pub(super) fn restored(value: T) -> Self {
        Self { value, durable: value, mark: Mark::default() }
    }

    /// Raises it to `value`, if that is higher.
    pub(super) fn raise(&mut self, value: T, generations: &mut Generations) {
        if value > self.value {
            if generations.is_stored(self.mark) {
                self.durable = self.value;
            }
            self.value = value;
            self.mark = generations.change();
        }
    }

    /// The highest that is durable.
    pub(super) fn durable(&self, generations: &Generations) -> T {
        if generations.is_stored(self.mark) { self.value } else { self.durable }
    }
}
