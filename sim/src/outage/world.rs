//! A world: time goes by, things happen, the machine decides.

use std::fmt;
use std::time::Duration;

use komainu_core::power::{Action, Config, Facts, RunId, Servers};
use komainu_core::time::Instant;
use komainu_core::types::{
    Directed, Epoch, PowerState, ReportState, ServerIndex, UpsAnswer, UpsFailure, UpsReading,
};

use super::checks::{Broken, Checks};
use super::connector::Connector;
use super::scenario::{Disturbance, SERVERS, Scenario, UPSES};
use super::server::Server;
use super::ups::Ups;
use crate::queue::Queue;
use crate::rng::Rng;

/// Between two readings of a UPS, of BMCs, and of what members send.
const POLL: Duration = Duration::from_secs(1);

/// Most things that happen at one moment.
const MOST: u64 = 10_000;

/// Something that happens.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// A UPS is asked.
    Poll(usize),
    /// Something about a UPS changes by itself.
    Ups(usize),
    /// BMCs are read, members are heard.
    Tick,
    /// The operating system of a server is up, or down, unless its power has changed since.
    Booted(usize, u64),
    Ended(usize, u64),
    /// What a server was directed is done.
    Obeyed(usize, u64, Directed),
    /// For the connector of that run only.
    For(u64, Told),
    /// The connector of that run starts again.
    Start(u64),
    /// Its machine goes down, in that life of it.
    Down(u64),
    /// The n-th disturbance.
    Disturb(usize),
    /// Is all well again?
    Look,
}

/// What the connector is told.
#[derive(Clone, Debug)]
pub(super) enum Told {
    Read(usize, Duration, Result<UpsReading, UpsFailure>),
    Stored(u64, Vec<u8>),
    Ordered(RunId, UpsAnswer),
    Ran(RunId, komainu_core::power::Job),
    Switched(usize, Result<(), komainu_core::power::SwitchFailure>),
    Reported(usize, Directed, ReportState),
    /// It wanted to be woken.
    Wake,
}

/// What is known of the servers.
#[derive(Clone, Debug)]
pub(super) struct Known(pub(super) Vec<Facts>);

impl Servers for Known {
    fn facts(&self, server: ServerIndex) -> Facts {
        self.0[server.at()]
    }
}

/// What came of a world.
#[derive(Clone, Debug)]
pub struct Report {
    /// How long it lived.
    pub simulated: Duration,
    /// What happened in it.
    pub steps: u64,
    /// How often a server was shut down, or lost its power.
    pub downs: u64,
    /// The promise that it broke.
    pub broken: Option<Broken>,
    /// How many wishes of the machine were carried out.
    pub acted: u64,
    /// A number for the whole story.
    pub hash: u64,
    /// The story.
    pub lines: Vec<String>,
    /// What else is of interest of it.
    pub seen: Seen,
}

/// What was seen of a world whose story is told.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// What the machine wanted.
    pub wanted: Vec<(Duration, Action)>,
    /// Servers that have shut down or were switched off.
    pub fell: Vec<(Duration, usize)>,
    /// Servers that lost their power while they were on.
    pub crashed: Vec<(Duration, usize)>,
    /// Outputs that went off by order.
    pub cut: Vec<(Duration, usize)>,
    /// Outputs that came back.
    pub lit: Vec<(Duration, usize)>,
    /// Servers that came on.
    pub on: Vec<(Duration, usize)>,
    /// Servers whose operating systems were up after that.
    pub up: Vec<(Duration, usize)>,
    /// Starts of the connector.
    pub began: Vec<Duration>,
    /// Ends of its machine.
    pub went: Vec<Duration>,
}

/// A world.
pub struct World {
    pub(super) scenario: Scenario,
    /// What the machine is told of it.
    pub(super) config: Config<SERVERS, UPSES>,
    pub(super) rng: Rng,
    pub(super) now: Duration,
    pub(super) queue: Queue<Event>,
    pub(super) ups: Vec<Ups>,
    pub(super) servers: Vec<Server>,
    /// Which software is in maintenance.
    pub(super) maintained: Vec<bool>,
    pub(super) known: Known,
    pub(super) connector: Option<Connector>,
    /// Counts the starts of the connector.
    pub(super) run: u64,
    /// The connector's machine has power and runs.
    pub(super) own_on: bool,
    /// Counts how often that ended: a machine that was told to go goes, even if its connector dies.
    pub(super) own_life: u64,
    pub(super) own_down_since: Option<Duration>,
    pub(super) disk: Vec<u8>,
    pub(super) checks: Checks,
    pub(super) healed: bool,
    /// Nothing more is stored.
    pub(super) disk_broken: bool,
    /// When a server was switched on last that was not yet.
    pub(super) started_at: Option<Duration>,
    /// Since when the connector does not run.
    pub(super) away_since: Option<Duration>,
    /// An operator has ordered a UPS off.
    pub(super) by_hand: bool,
    /// The connector's machine went since its own battery was at its end.
    pub(super) desperate: bool,
    /// How many of its wishes were carried out.
    pub(super) acted: u64,
    /// Somebody has ordered a return that waits for no energy.
    pub(super) hasty: bool,
    /// When the connector was started last.
    pub(super) started: Duration,
    /// Maintenance of which nobody knows who has set it: the operator releases it.
    pub(super) whose: Vec<u8>,
    pub(super) fed: Vec<bool>,
    /// When each UPS is looked at next because something changes by itself.
    pub(super) due: Vec<Option<Duration>>,
    steps: u64,
    hash: u64,
    lines: Option<Vec<String>>,
    pub(super) seen: Seen,
}

impl World {
    /// The world of that scenario; its story is kept `in_words` when asked for.
    #[must_use]
    pub fn new(scenario: Scenario, in_words: bool) -> Self {
        let config = scenario.config();
        Self::with_config(scenario, config, in_words)
    }

    /// The same, with a machine that was told so of it.
    #[must_use]
    pub fn with_config(scenario: Scenario, config: Config<SERVERS, UPSES>, in_words: bool) -> Self {
        let servers: Vec<_> = (scenario.servers.iter())
            .map(|(traits, faults, _)| Server::new(traits.clone(), *faults))
            .collect();
        let nothing = Facts::UNKNOWN;
        let mut world = Self {
            rng: Rng::new(scenario.seed),
            now: Duration::ZERO,
            queue: Queue::default(),
            ups: scenario.ups.iter().map(|(traits, _)| Ups::new(traits.clone())).collect(),
            maintained: scenario.software.iter().map(|software| software.before).collect(),
            known: Known(vec![nothing; servers.len()]),
            connector: None,
            run: 0,
            own_on: true,
            own_down_since: None,
            disk: Vec::new(),
            checks: Checks::default(),
            healed: false,
            own_life: 0,
            desperate: false,
            disk_broken: false,
            started_at: None,
            away_since: None,
            by_hand: false,
            acted: 0,
            hasty: false,
            started: Duration::ZERO,
            whose: Vec::new(),
            fed: vec![true; servers.len()],
            due: vec![None; scenario.ups.len()],
            servers,
            steps: 0,
            hash: scenario.seed,
            lines: in_words.then(Vec::new),
            seen: Seen::default(),
            config,
            scenario,
        };
        world.queue.push(Duration::ZERO, Event::Tick);
        world.queue.push(Duration::ZERO, Event::Start(0));
        for place in 0..world.ups.len() {
            world.queue.push(Duration::ZERO, Event::Poll(place));
        }
        for (place, (at, _)) in world.scenario.script.iter().enumerate() {
            world.queue.push(*at, Event::Disturb(place));
        }
        world
    }

    /// Lives to its end.
    #[must_use]
    pub fn run(mut self) -> Report {
        while !self.checks.is_over()
            && let Some(at) = self.queue.next_at()
        {
            self.now = at;
            let before = self.steps;
            while let Some(event) = self.queue.pop(at) {
                self.steps += 1;
                self.happen(event);
                if self.steps - before > MOST {
                    self.checks.breaks("time goes by", format!("still {at:?}"));
                    break;
                }
            }
            self.drive();
        }
        Report {
            simulated: self.now,
            steps: self.steps,
            downs: self.checks.downs,
            acted: self.acted,
            broken: self.checks.broken,
            hash: self.hash,
            lines: self.lines.unwrap_or_default(),
            seen: self.seen,
        }
    }

    pub(super) fn instant(&self) -> Instant {
        moment(self.now)
    }

    pub(super) const fn is_told(&self) -> bool {
        self.lines.is_some()
    }

    pub(super) fn line(&mut self, line: fmt::Arguments<'_>) {
        let Self { lines, now, .. } = self;
        if let Some(lines) = lines {
            lines.push(format!("{:>11.3} {line}", now.as_secs_f64()));
        }
    }

    /// Mixes what the machine wants into the number of the story.
    pub(super) fn mix(&mut self, number: u64) {
        let mixed = self.hash.rotate_left(29) ^ number ^ self.now.as_micros() as u64;
        self.hash = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    pub(super) fn later(&mut self, after: Duration, event: Event) {
        self.queue.push(self.now + after, event);
    }

    /// A short wait of chance, in milliseconds.
    pub(super) fn wait(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.rng.below(to - from + 1))
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Poll(place) => self.poll_ups(place),
            Event::Ups(place) => {
                self.due[place].take_if(|due| *due <= self.now);
                self.touch(place);
            }
            Event::Tick => self.tick(),
            Event::Booted(place, life) => self.booted(place, life),
            Event::Ended(place, life) => self.ended(place, life),
            Event::Obeyed(place, life, directed) => self.obeyed(place, life, directed),
            Event::For(run, told) if run == self.run => self.tell(told),
            Event::For(..) => {}
            Event::Start(run) if run == self.run => self.start(),
            Event::Down(life) if life == self.own_life => self.own_down("it was told to"),
            Event::Start(_) | Event::Down(_) => {}
            Event::Disturb(place) => self.disturb(self.scenario.script[place].1),
            Event::Look => self.look(),
        }
    }

    fn disturb(&mut self, disturbance: Disturbance) {
        self.line(format_args!("*** {disturbance:?}"));
        match disturbance {
            Disturbance::Mains(place, on) => {
                self.touch(place);
                self.ups[place].set_mains(on);
                if !on {
                    self.checks.outage = true;
                }
                self.touch(place);
            }
            Disturbance::Card(place, frozen) => self.ups[place].freeze(frozen),
            Disturbance::Test(place, on) => self.ups[place].testing = on,
            Disturbance::LiesOff(place, lies) => {
                self.ups[place].lies_off = lies;
                // Whoever needs another one as well goes by what is said of this one.
                self.checks.outage = true;
            }
            Disturbance::Silent(place, silent) => self.servers[place].faults.bmc = silent,
            Disturbance::Want(place) => self.servers[place].wanted = Some(self.now),
            Disturbance::Crash(wait) => self.crash(wait),
            Disturbance::Fence(place) => {
                if self.servers[place].is_on() && self.scenario.own_server != Some(place) {
                    self.servers[place].fencing = Some(self.now + Duration::from_secs(3));
                }
            }
            Disturbance::Order(order) => self.order(order),
            Disturbance::Heal => self.heal(),
        }
    }

    fn tick(&mut self) {
        let now = self.instant();
        for place in 0..self.servers.len() {
            self.serve(place);
            self.see_dark(place);
            let (standby, server) = (self.feeds_of(place) > 0, &self.servers[place]);
            let facts = &mut self.known.0[place];
            facts.asked = Some(now);
            facts.power = match (standby && !server.faults.bmc, server.is_on()) {
                (false, _) => PowerState::Unknown,
                (true, true) => PowerState::On,
                (true, false) => PowerState::Off,
            };
            if facts.power != PowerState::Unknown {
                facts.bmc_heard = Some(now);
            }
            facts.fencing = server.fencing.is_some();
            facts.wanted = server.wanted.map(moment);
            if server.answers() && self.own_on {
                facts.heard = Some((now, Epoch(server.epoch)));
            }
        }
        self.stir();
        self.later(POLL, Event::Tick);
    }

    fn poll_ups(&mut self, place: usize) {
        self.touch(place);
        let answer = self.ups[place].read();
        let (asked, run) = (self.now, self.run);
        let wait = if answer.is_ok() { self.wait(1, 40) } else { Duration::from_secs(2) };
        self.later(wait, Event::For(run, Told::Read(place, asked, answer)));
        self.later(POLL, Event::Poll(place));
    }
}

/// A moment of the world, as the machine is told.
pub(super) fn moment(at: Duration) -> Instant {
    Instant::from_micros(at.as_micros() as u64)
}
