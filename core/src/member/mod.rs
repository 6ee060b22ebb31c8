//! One managed server's side of the cluster.
//!
//! A member tells the other hosts that it is alive, finds out which of them are not, asks the
//! connector for the reset of one that failed, and starts and stops services. It never starts a
//! service without proof that no other host runs it: `start.rs` is the one place that decides it.
//!
//! | file | decides |
//! |---|---|
//! | `peers.rs` | who is alive, on which path |
//! | `question.rs` | what the connector is asked, and how often |
//! | `connectors.rs`, `freeze.rs` | which connector acts, and whether it holds this host back |
//! | `roles.rs` | which host is to start a service |
//! | `start.rs` | whether it may |
//! | `handover.rs`, `release.rs` | what the hosts say to each other about a service |
//! | `commands.rs` | which command is run |
//! | `directive.rs`, `guests.rs` | what connectors have it do |
//! | `orders.rs`, `leaving.rs` | what the operator has it do |
//!
//! What becomes of the guests of this host when it is told to stop or to start them,
//! [`guests`](crate::guests) decides.

mod commands;
mod config;
mod config_error;
mod connectors;
mod directive;
mod freeze;
mod guests;
mod handover;
mod hearing;
mod laws;
mod leaving;
mod orders;
mod peers;
mod question;
mod record;
mod release;
mod roles;
mod sending;
mod service;
mod sets;
mod settle;
mod snapshot;
mod start;
mod steps;
mod tell;
mod telling;
#[cfg(test)]
mod tests;
mod words;

pub use config::{
    Check, Commands, Config, ConnectorConfig, MAX_PARENTS, MAX_PEERS, OnFailure, PeerConfig,
    ServiceConfig, Timers,
};
pub use config_error::ConfigError;
#[cfg(any(test, feature = "mutants"))]
pub use laws::Laws;
pub use record::Restored;
pub use snapshot::{ConnectorSnapshot, PathSnapshot, PeerSnapshot, ServiceSnapshot, Snapshot};
pub use tell::{Tell, View};
pub use words::{Action, Answer, Command, Input, Order, RunEnd, RunId, Ticket, Why};

use heapless::Vec;

use crate::counters::ResetCounters;
use crate::guests::Guests;
use crate::journal::{Generations, Mark};
use crate::limits::MAX_SERVICES;
use crate::reset_path::{ClusterKeys, Identity, ToMany, next_epoch};
use crate::rng::{Drbg, Seed};
use crate::time::{Instant, earliest};
use crate::types::{ConfigDigest, HostAddress, HostState, Party, Reason, SystemName, Token};

use connectors::{Connector, Connectors, Highest};
use directive::{Maintenance, Tasks};
use freeze::Freeze;
#[cfg(not(any(test, feature = "mutants")))]
use laws::Laws;
use orders::Orders;
use peers::Peer;
use question::Reserve;
use service::{Phase, Service};
use telling::Told;

/// How often at most what follows from what is gone through in one poll.
const SETTLED: usize = 8;

/// A member: see the module. It is large; keep it in one place.
pub struct Member {
    host: HostAddress,
    name: SystemName,
    digest: ConfigDigest,
    timers: Timers,
    laws: Laws,
    keys: ClusterKeys,
    identity: Identity,
    to_many: ToMany,
    chance: Drbg,
    generations: Generations,
    /// Since when the epoch of this start is durable.
    born: Mark,
    life: Life,
    maintenance: Maintenance,
    freeze: Freeze,
    /// The operator has ended the freeze that the connector's mode stands for.
    thawed: bool,
    /// Who is silent counts as failed from then on.
    judged_from: Instant,
    peers: Vec<Peer, MAX_PEERS>,
    connectors: Connectors,
    services: Vec<Service, MAX_SERVICES>,
    guests: Guests,
    token: Highest<Token>,
    reserve: Reserve,
    runs: u64,
    orders: Orders,
    tasks: Tasks,
    shut_down: bool,
    resume: bool,
    /// The state that the others were told last.
    said: Option<HostState>,
    counters: ResetCounters,
    told: Told,
    polled: Option<Instant>,
    /// Something has changed from which more may follow.
    stirred: bool,
    /// All that follows from what was heard has been gone through at that moment.
    settled: Option<Instant>,
}

/// How far a member is.
#[derive(Clone, Copy, Debug)]
enum Life {
    /// It takes part.
    Running,
    /// It is being stopped as planned; what it still says of itself is said until then.
    Leaving { until: Option<Instant> },
    /// The host is to end at once.
    Down { reason: Reason, asked: bool },
    /// It is over.
    Stopped,
}

impl Member {
    /// A member that knows of nobody, and finds out first what runs here.
    pub fn new(config: Config, seed: &Seed, restored: Restored<'_>, now: Instant) -> Self {
        Self::under(config, seed, restored, now, Laws::ALL)
    }

    /// A member without some of the laws: to show that something notices.
    #[cfg(any(test, feature = "mutants"))]
    pub fn mutant(
        config: Config,
        seed: &Seed,
        restored: Restored<'_>,
        now: Instant,
        laws: Laws,
    ) -> Self {
        Self::under(config, seed, restored, now, laws)
    }

    fn under(
        config: Config,
        seed: &Seed,
        restored: Restored<'_>,
        now: Instant,
        laws: Laws,
    ) -> Self {
        let mut chance = Drbg::new(seed);
        let before = restored.before();
        let epoch = next_epoch(before.epoch, restored.damaged, restored.unix_ms, &mut chance);
        let party = Party::Host(config.host);
        let patrol = config.timers.patrol.duration();
        let identity = Identity::new(party, config.cluster, epoch, patrol, &mut chance);
        let mut generations = before.generations;
        let born = generations.change();
        let services = services(&config);
        let connectors = config.connectors.iter().map(|c| Connector::new(*c, now)).collect();
        let term = Highest::restored(before.term);
        let freeze =
            if laws.starts_frozen() { Freeze::Start { silent_since: now } } else { Freeze::None };
        let mut member = Self {
            host: config.host,
            name: config.name,
            digest: config.digest,
            timers: config.timers,
            laws,
            keys: config.keys,
            identity,
            to_many: ToMany::new(),
            chance,
            generations,
            born,
            life: Life::Running,
            maintenance: Maintenance::default(),
            freeze,
            thawed: false,
            // The others get the time to be heard before anybody is asked about them.
            judged_from: now + config.timers.heartbeat.duration() * 2,
            peers: config.peers.into_iter().map(|peer| Peer::new(peer, now)).collect(),
            connectors: Connectors { list: connectors, term, search: now },
            services,
            guests: Guests::new(config.guests, restored.guests(), now),
            token: Highest::restored(before.token),
            reserve: Reserve::default(),
            runs: 0,
            orders: Orders::new(),
            tasks: Tasks::new(),
            shut_down: false,
            resume: false,
            said: None,
            counters: ResetCounters::default(),
            told: Told::default(),
            polled: None,
            stirred: false,
            settled: None,
        };
        member.restore(&restored);
        member
    }

    fn restore(&mut self, restored: &Restored<'_>) {
        for (number, generation, may_run, held) in restored.services() {
            let at = self.services.iter().position(|s| s.config.number == number);
            if let Some(at) = at {
                self.restore_service(at, generation, may_run, held);
            }
        }
        for service in self.services.iter_mut().filter(|_| restored.damaged) {
            service.may_run = true;
            service.generation = service.generation.next();
        }
        if !self.laws.adopt_running() {
            for service in &mut self.services {
                service.phase = Phase::Idle;
                service.job = service::Job::None;
            }
        }
        self.fill_reserve();
    }

    /// Takes in what happened.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.settled = None;
        match input {
            Input::Datagram { path, from, datagram } => self.hear(now, path, from, datagram),
            Input::Finished { run, end } => self.finished(run, end, now),
            Input::Guests(input) => self.guests.handle(now, input, &mut self.generations),
            Input::Order { ticket, order } => self.hear_order(ticket, order, now),
            Input::Persisted(generation) => self.generations.persisted(generation),
        }
    }

    /// The next thing to do; call until there is nothing. `out` takes at least 1024 bytes.
    pub fn poll(&mut self, now: Instant, out: &mut [u8]) -> Option<Action> {
        if self.settled != Some(now) {
            self.settle_all(now);
        }
        self.next_down()
            .or_else(|| self.next_command())
            .or_else(|| self.next_guest(now))
            .or_else(|| self.next_persist())
            .or_else(|| self.next_datagram(now, out))
            .or_else(|| self.next_shut_down())
            .or_else(|| self.next_answer())
            .or_else(|| self.next_tell(now).map(Action::Tell))
    }

    fn settle_all(&mut self, now: Instant) {
        for _ in 0..SETTLED {
            self.stirred = false;
            self.settle(now);
            if !self.stirred {
                break;
            }
        }
        self.hurry_if_changed(now);
        self.settled = Some(now);
    }

    fn next_guest(&mut self, now: Instant) -> Option<Action> {
        match self.life {
            Life::Running | Life::Leaving { .. } => {
                self.guests.poll(now, &mut self.generations).map(Action::Guests)
            }
            Life::Down { .. } | Life::Stopped => None,
        }
    }

    fn next_persist(&mut self) -> Option<Action> {
        self.generations.write().map(|generation| Action::Persist { generation })
    }

    fn next_down(&mut self) -> Option<Action> {
        let Life::Down { reason, asked: false } = self.life else { return None };
        self.life = Life::Down { reason, asked: true };
        Some(Action::HostDown { reason })
    }

    /// Whether the epoch of this start is durable, so that something may be sent in it.
    fn is_born(&self) -> bool {
        self.generations.is_stored(self.born)
    }

    /// When to poll again if nothing arrives.
    pub fn deadline(&self) -> Option<Instant> {
        if self.is_stopped() {
            return None;
        }
        let now = self.polled.unwrap_or(Instant::from_micros(0));
        let patrol = self.timers.patrol.duration();
        let peers = self.peers.iter().filter_map(|peer| peer.deadline(now, patrol));
        let services = self.services.iter().enumerate().flat_map(|(at, service)| {
            [service.deadline(), self.opens_at(at, now)].into_iter().flatten()
        });
        let leaving = match self.life {
            Life::Leaving { until } => until,
            Life::Running | Life::Down { .. } | Life::Stopped => None,
        };
        let others = [
            self.connectors.deadline(now),
            self.freeze_deadline(),
            self.directive_deadline(),
            self.guests.deadline(now),
            self.orders_deadline(),
            self.tells_deadline(),
            leaving,
        ];
        let all = peers.chain(services).chain(others.into_iter().flatten());
        all.filter(|at| *at > now).fold(None, |next, at| earliest(next, Some(at)))
    }

    /// A picture of it all.
    pub fn snapshot(&self, now: Instant) -> Snapshot<'_> {
        Snapshot { member: self, now }
    }
}

fn services(config: &Config) -> Vec<Service, MAX_SERVICES> {
    let place = |host: &HostAddress| config.peers.iter().position(|peer| peer.host == *host);
    let service = |service: &ServiceConfig| {
        let hosts = service.hosts.iter().map(place);
        Service::new(service.clone(), hosts)
    };
    config.services.iter().map(service).collect()
}

const _: () =
    assert!(size_of::<Member>() <= 192 * 1024, "it lives on a heap, but is built on a stack");
