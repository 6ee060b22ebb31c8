//! A whole world on one virtual clock: servers with their BMCs, members and workloads,
//! connectors, the networks between them, and what befalls all of it.
//!
//! Everything follows from the seed of its [`Scenario`]. After every step the [`checks`] judge
//! what really runs and what was really said.
//!
//! [`checks`]: crate::checks

mod attacker;
mod build;
mod choice;
mod disk;
mod event;
mod hardware;
mod healing;
mod hypervisor;
mod lans;
mod management;
mod manager;
mod member;
mod operator;
mod outage;
mod plan;
mod process;
mod scenario;
mod script;
mod server;
mod shrink;
mod story;
mod supply;
mod trace;
mod workload;

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use komainu_core::member::Member;
use komainu_core::time::Instant;

pub use choice::{Choices, Passed, Point, Twist};
pub use lans::{BMC_LAN, CLUSTER_PORT, MONITORING, RESET_LAN, address, owner};
pub use outage::{GuestTraits, Outage};
pub use scenario::{OnFailure, Scenario, ServicePlan, Spans, Topology, good_network};
pub use script::{BadBmc, ConnectorOrder, Disturbance, Entry, MemberOrder};
pub use shrink::shrink;

use crate::checks::{Checks, Invariant, Secrets, Violation};
use crate::net::Datagram;
use crate::queue::Queue;
use crate::rng::Rng;
use attacker::Attacker;
use event::{ConnectorInput, Event, Given, MemberInput};
use healing::Healing;
use lans::Lans;
use manager::Manager;
use operator::Operator;
use server::Server;
use supply::Supply;
use trace::Trace;

/// Somebody with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// A server's operating system, with its member.
    Host(usize),
    /// A server's BMC.
    Bmc(usize),
    /// A connector.
    Connector(usize),
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(at) => write!(f, "host {}", at + 1),
            Self::Bmc(at) => write!(f, "BMC {}", at + 1),
            Self::Connector(at) => write!(f, "connector {at}"),
        }
    }
}

/// A world.
pub struct World {
    scenario: Scenario,
    now: Duration,
    rng: Rng,
    lans: Lans,
    events: Queue<Event>,
    servers: Vec<Server<Member, MemberInput>>,
    managers: Vec<Manager>,
    attacker: Attacker,
    operator: Operator,
    healing: Healing,
    supply: Option<Supply>,
    checks: Checks,
    trace: Trace,
    serial: u64,
    steps: u64,
    choices: Option<Box<Choices>>,
    /// Looked for in worlds that are told in words.
    secrets: Option<Secrets>,
}

/// How a world ended.
#[derive(Clone, Debug)]
pub struct Report {
    /// The promise that was broken, if one was.
    pub broken: Option<Violation>,
    /// Virtual time that passed.
    pub simulated: Duration,
    /// Steps that were taken.
    pub steps: u64,
    /// Datagrams that were handed to the networks.
    pub datagrams: u64,
    /// Hosts that were shot.
    pub shot: usize,
    /// Starts of services.
    pub starts: u64,
    /// A number for everything that was done, to compare runs.
    pub hash: u64,
    /// What happened, in words, when asked for.
    pub lines: Vec<String>,
}

fn instant(now: Duration) -> Instant {
    Instant::from_micros(now.as_micros() as u64)
}

/// The machines' clock counts whole microseconds, and so does the world's.
fn whole(moment: Duration) -> Duration {
    Duration::from_micros((moment.as_nanos() as u64).div_ceil(1000))
}

impl World {
    /// The world of a scenario; with `words` it keeps a trace of what happens.
    #[must_use]
    pub fn new(scenario: Scenario, words: bool) -> Self {
        let mut rng = Rng::new(scenario.seed);
        let lans = Lans::new(&scenario.faults, &mut rng);
        let (hosts, services) = (scenario.hosts, scenario.services.len());
        let servers = (0..hosts).map(|at| build::server(&scenario, at, &mut rng)).collect();
        let managers = (0..scenario.connectors).map(|_| Manager::new(&mut rng)).collect();
        let mut world = Self {
            now: Duration::ZERO,
            lans,
            events: Queue::default(),
            servers,
            managers,
            attacker: Attacker::new(scenario.attacker, rng.next_u64()),
            operator: Operator::new(services),
            healing: Healing::default(),
            supply: None,
            checks: Checks::new(hosts, services, scenario.connectors),
            trace: Trace::new(words),
            serial: 0,
            steps: 0,
            choices: None,
            secrets: words.then(build::secrets),
            rng,
            scenario,
        };
        world.begin();
        world
    }

    /// The same, with twists.
    #[must_use]
    pub fn with_choices(scenario: Scenario, choices: Choices) -> Self {
        Self { choices: Some(Box::new(choices)), ..Self::new(scenario, false) }
    }

    /// The same, with twists and a trace.
    #[must_use]
    pub fn with_choices_in_words(scenario: Scenario, choices: Choices) -> Self {
        Self { choices: Some(Box::new(choices)), ..Self::new(scenario, true) }
    }

    /// The twists, and the points that were passed.
    #[must_use]
    pub fn choices(&self) -> Option<&Choices> {
        self.choices.as_deref()
    }

    fn begin(&mut self) {
        for host in 0..self.servers.len() {
            self.boot(host);
        }
        for connector in 0..self.managers.len() {
            let at = Duration::from_millis(self.rng.below(3000));
            self.events.push(at, Event::Start { node: Node::Connector(connector), starts: 0 });
        }
        for (at, entry) in self.scenario.script.iter().enumerate() {
            self.events.push(entry.at, Event::Script(at));
        }
        self.events.push(self.scenario.heals_at, Event::Heal);
        if let Some(outage) = self.scenario.outage.take() {
            self.begin_outage(&outage);
            self.scenario.outage = Some(outage);
        }
    }

    /// Lets the world run to its end: until all is well again, or a promise is broken.
    pub fn run(mut self) -> Report {
        while self.goes_on() {}
        self.report()
    }

    /// One step; false when the world has come to its end.
    pub fn goes_on(&mut self) -> bool {
        self.checks.broken().is_none() && !self.healing.is_over() && self.step()
    }

    /// Lets the world run until that moment, or until a promise is broken; for calm worlds.
    pub fn run_until(&mut self, until: Duration) {
        while self.checks.broken().is_none() && self.next().is_some_and(|at| at <= until) {
            self.step();
        }
    }

    /// What came of it.
    #[must_use]
    pub fn report(mut self) -> Report {
        let told = self.trace.lines().join("\n");
        self.look_for_secrets("what is told", told.as_bytes());
        let lans = 0..self.lans.count();
        Report {
            broken: self.checks.broken().cloned(),
            simulated: self.now,
            steps: self.steps,
            datagrams: lans.map(|lan| self.lans.lan(lan).traffic().sent).sum(),
            shot: self.checks.fencings.shot(),
            starts: self.checks.started.count(),
            hash: self.trace.hash(),
            lines: self.trace.into_lines(),
        }
    }

    /// When something happens next.
    fn next(&self) -> Option<Duration> {
        let late = self.choices.as_ref().and_then(|choices| choices.next_at());
        let soon = [self.lans.deadline(), self.events.next_at(), late];
        let mut next = soon.into_iter().flatten().min();
        let mut sooner = |at: Option<Duration>| {
            if at.is_some_and(|at| next.is_none_or(|next| at < next)) {
                next = at;
            }
        };
        for server in &self.servers {
            sooner(server.bmc_due);
            sooner(server.member.deadline());
        }
        for manager in &self.managers {
            sooner(manager.process.deadline());
        }
        next
    }

    /// The next thing happens; false when nothing ever will.
    pub fn step(&mut self) -> bool {
        let Some(next) = self.next() else { return false };
        let next = whole(next);
        if next > self.now {
            self.now = next;
            self.checks.set_now(next);
        }
        self.steps += 1;
        if let Some(event) = self.events.pop(self.now) {
            self.happen(event);
        } else if let Some((from, to, bytes)) = self.lans.deliver(self.now) {
            self.arrive(from, to, bytes);
        } else if let Some((from, to, bytes)) = self.late_datagram() {
            self.arrive(from, to, bytes);
        } else {
            self.due();
        }
        true
    }

    fn late_datagram(&mut self) -> Option<Datagram> {
        self.choices.as_mut()?.deliver(self.now)
    }

    /// Those whose time has come take their step.
    fn due(&mut self) {
        let now = self.now;
        let is_due = |at: Option<Duration>| at.is_some_and(|at| at <= now);
        for host in 0..self.servers.len() {
            if is_due(self.servers[host].bmc_due) {
                self.poll_bmc(host);
            }
            if is_due(self.servers[host].member.deadline()) {
                self.drain_member(host);
            }
        }
        for connector in 0..self.managers.len() {
            if is_due(self.managers[connector].process.deadline()) {
                self.drain_connector(connector);
            }
        }
    }

    /// A datagram has arrived somewhere.
    fn arrive(&mut self, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        let Some((lan, node)) = owner(to) else { return };
        if let Some(choices) = &mut self.choices {
            choices.arrives(from, to, &bytes);
        }
        match node {
            Node::Host(host) if host < self.servers.len() => {
                self.give_member(host, Given::Datagram { lan, from, bytes });
            }
            Node::Bmc(host) if host < self.servers.len() => self.give_bmc(host, from, &bytes),
            Node::Connector(connector) if connector < self.managers.len() => {
                self.give_connector(connector, Given::Datagram { lan, from, bytes });
            }
            _ => {}
        }
    }

    /// A process or an operating system hands a datagram to a network.
    fn send(&mut self, lan: usize, from: Node, to: SocketAddr, bytes: &[u8]) {
        self.trace.number(self.now.as_micros() as u64 ^ (lan as u64) << 56);
        let from = address(lan, from);
        self.wires().0.send(lan, from, to, bytes);
        self.look_for_secrets("a datagram", bytes);
    }

    fn look_for_secrets(&mut self, what: &str, bytes: &[u8]) {
        if let Some(secrets) = &self.secrets {
            self.checks.judge(Invariant::Durable, secrets.look(what, bytes));
        }
    }

    fn wires(&mut self) -> (Wires<'_>, &mut Vec<Server<Member, MemberInput>>) {
        let Self { now, lans, trace, attacker, choices, rng, servers, .. } = self;
        let chance = if choices.is_some() { rng.mark() } else { 0 };
        (Wires { now: *now, lans, trace, attacker, choices, chance }, servers)
    }

    fn judge(&mut self, invariant: Invariant, judgement: Result<(), String>) {
        self.checks.judge(invariant, judgement);
    }

    fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    fn later(&mut self, after: Duration, event: Event) {
        self.events.push(self.now + after, event);
    }

    /// The write has reached the disk: the process is told.
    fn synced(&mut self, node: Node, starts: u32) {
        match node {
            Node::Host(host) => {
                let server = &mut self.servers[host];
                let lives = server.member.starts == starts && server.member.lives();
                if lives && let Some(generation) = server.disk.sync() {
                    self.give_member(host, Given::Persisted(generation));
                }
            }
            Node::Connector(at) => {
                let manager = &mut self.managers[at];
                let lives = manager.process.starts == starts && manager.process.lives();
                if lives && let Some(generation) = manager.disk.sync() {
                    self.give_connector(at, Given::Persisted(generation));
                }
            }
            Node::Bmc(_) => {}
        }
    }
}

/// What datagrams pass on their way.
struct Wires<'w> {
    now: Duration,
    lans: &'w mut Lans,
    trace: &'w mut Trace,
    attacker: &'w mut Attacker,
    choices: &'w mut Option<Box<Choices>>,
    chance: u64,
}

impl Wires<'_> {
    /// A datagram sets out.
    fn send(&mut self, lan: usize, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        self.trace.bytes(bytes);
        self.attacker.record((from, to, bytes));
        match self.choices {
            Some(choices) => {
                choices.send(self.lans, self.now, lan, (from, to, bytes), self.chance);
            }
            None => self.lans.lan(lan).send(self.now, from, to, bytes),
        }
    }
}

/// Writes a line of the trace, when one is kept.
macro_rules! tell {
    ($world:expr, $($words:tt)+) => {
        if $world.trace.in_words() {
            $world.trace.line($world.now, format_args!($($words)+));
        }
    };
}
use tell;
