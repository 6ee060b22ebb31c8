//! A world: time goes by, things happen, the machine decides.

use std::fmt;
use std::time::Duration;

use komainu_core::power::{Cause, Facts, Order, RunId, Servers};
use komainu_core::time::Instant;
use komainu_core::types::{
    Directed, Epoch, PowerState, ReportState, ServerIndex, UpsAnswer, UpsFailure, UpsReading,
};

use super::checks::{Broken, Checks};
use super::connector::Connector;
use super::scenario::{Disturbance, Scenario};
use super::server::{Os, Server};
use super::ups::{Dark, Ups};
use crate::queue::Queue;
use crate::rng::Rng;

/// Between two readings of a UPS, of BMCs, and of what members send.
const POLL: Duration = Duration::from_secs(1);
/// Until a healed world must be as it was.
const PATIENCE: Duration = Duration::from_secs(4 * 3600);
/// Between two looks whether it is.
const LOOK: Duration = Duration::from_secs(60);
/// A member that hears nothing of a plan holds no longer than that.
const HELD: Duration = Duration::from_secs(60);
/// After that an operator switches on a management server that nothing else does.
const OPERATOR: Duration = Duration::from_secs(900);

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
    /// The connector's machine is up, or down.
    Start(u64),
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
    /// A number for the whole story.
    pub hash: u64,
    /// The story.
    pub lines: Vec<String>,
}

/// A world.
pub struct World {
    pub(super) scenario: Scenario,
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
    pub(super) own_down_since: Option<Duration>,
    pub(super) disk: Vec<u8>,
    pub(super) checks: Checks,
    pub(super) healed: bool,
    /// The connector's machine went since its own battery was at its end.
    pub(super) desperate: bool,
    /// Maintenance of which nobody knows who has set it: the operator releases it.
    pub(super) whose: Vec<u8>,
    fed: Vec<bool>,
    /// When each UPS is looked at next because something changes by itself.
    due: Vec<Option<Duration>>,
    steps: u64,
    hash: u64,
    lines: Option<Vec<String>>,
}

impl World {
    /// The world of that scenario; its story is kept `in_words` when asked for.
    #[must_use]
    pub fn new(scenario: Scenario, in_words: bool) -> Self {
        let servers: Vec<_> = (scenario.servers.iter())
            .map(|(traits, faults, _)| Server::new(traits.clone(), *faults))
            .collect();
        let nothing = Facts {
            power: PowerState::Unknown,
            asked: None,
            heard: None,
            fencing: false,
            wanted: None,
            bmc_heard: None,
        };
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
            desperate: false,
            whose: Vec::new(),
            fed: vec![true; servers.len()],
            due: vec![None; scenario.ups.len()],
            servers,
            steps: 0,
            hash: scenario.seed,
            lines: in_words.then(Vec::new),
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
            broken: self.checks.broken,
            hash: self.hash,
            lines: self.lines.unwrap_or_default(),
        }
    }

    pub(super) fn instant(&self) -> Instant {
        Instant::from_micros(self.now.as_micros() as u64)
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
            Event::Down(run) if run == self.run => self.own_down("it was told to"),
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
            Disturbance::Card(place, frozen) => self.ups[place].frozen = frozen,
            Disturbance::Test(place, on) => self.ups[place].testing = on,
            Disturbance::Crash(wait) => self.crash(wait),
            Disturbance::Fence(place) => {
                if self.servers[place].is_on() {
                    self.servers[place].fencing = Some(self.now + Duration::from_secs(3));
                }
            }
            Disturbance::Order(order) => self.order(order),
            Disturbance::Heal => self.heal(),
        }
    }

    fn heal(&mut self) {
        self.healed = true;
        for place in 0..self.ups.len() {
            self.touch(place);
            let ups = &mut self.ups[place];
            (ups.frozen, ups.testing) = (false, false);
            (ups.traits.ignores_off, ups.traits.early_low, ups.traits.says) = (false, false, 100);
            ups.set_mains(true);
            self.touch(place);
        }
        for place in 0..self.servers.len() {
            let hung = self.servers[place].faults.hangs;
            self.servers[place].faults = super::server::Faults::default();
            if hung && self.servers[place].os == Os::Stopping {
                let life = self.servers[place].life;
                self.later(Duration::from_secs(5), Event::Ended(place, life));
            }
        }
        self.later(LOOK, Event::Look);
    }

    fn look(&mut self) {
        let off_for = self.own_down_since.map(|since| self.now.saturating_sub(since));
        if !self.own_on && self.own_fed() && off_for.is_some_and(|wait| wait >= OPERATOR) {
            self.line(format_args!("an operator switches the management server on"));
            self.start();
        }
        if self.plan().is_some_and(|plan| plan.cause == Cause::Ordered) {
            self.order(Order::Return { now: false });
        }
        for place in std::mem::take(&mut self.whose) {
            self.maintained[usize::from(place)] = false;
        }
        let missing = self.missing();
        match missing {
            None => self.checks.done = true,
            Some(missing) if self.now >= self.scenario.heals_at + PATIENCE => {
                self.checks.breaks("the site is as it was before", missing);
            }
            Some(_) => self.later(LOOK, Event::Look),
        }
    }

    /// What a UPS gives may have changed: so may whom it feeds.
    pub(super) fn touch(&mut self, place: usize) {
        let before = self.ups[place].gives();
        self.ups[place].advance(self.now);
        let next = self.ups[place].next().map(|next| next.max(self.now));
        let sooner = |at: &Duration| self.due[place].is_none_or(|due| *at < due);
        if let Some(at) = next.filter(sooner) {
            self.due[place] = next;
            self.queue.push(at, Event::Ups(place));
        }
        if self.ups[place].gives() == before {
            return;
        }
        let dark = self.ups[place].dark();
        self.line(format_args!("output {place} is {}", if before { "off" } else { "on" }));
        for server in 0..self.servers.len() {
            self.feed(server, place, dark);
        }
        match (self.own_fed(), self.own_on) {
            (false, true) => self.own_down("its power is gone"),
            (true, false) => {
                let run = self.run;
                self.later(Duration::from_secs(40), Event::Start(run));
            }
            (true, true) | (false, false) => {}
        }
    }

    fn feed(&mut self, place: usize, ups: usize, dark: Option<Dark>) {
        let traits = &self.servers[place].traits;
        let feeds = traits.feeds.iter().filter(|ups| self.ups[**ups].gives()).count();
        let fed = feeds >= traits.needed;
        let was = std::mem::replace(&mut self.fed[place], fed);
        if was && !fed && self.servers[place].is_on() {
            self.line(format_args!("server {place} loses its power while it is on"));
            let left = self.left_to(place);
            let mains = self.ups[ups].mains;
            // One that has come on by itself, by another feed, behind an order that nobody can
            // call off any more is nobody's fault.
            // Nor can anybody be reached behind a card that is silent, or by a machine that had to
            // go at the end of its own battery.
            let lost = self.servers[place].by_itself || self.ups[ups].frozen || self.desperate;
            if dark == Some(Dark::Ordered) && !lost {
                self.checks.cut_while_on(place, ups, left, mains);
            }
            self.checks.downs += 1;
            self.servers[place].off();
            self.unwatched(place);
        }
        if !was
            && fed
            && !self.servers[place].is_on()
            && self.servers[place].traits.starts_with_mains
        {
            self.boot(place);
            self.servers[place].by_itself = true;
        }
    }

    /// What loses its power while nobody watches and no plan knows of it is for an operator.
    pub(super) fn unwatched(&mut self, place: usize) {
        if self.connector.is_none() && !self.servers[place].held {
            self.checks.drop_server(place);
        }
    }

    /// How long the batteries of a server last, by what their cards say when they lie.
    fn left_to(&self, place: usize) -> Duration {
        let traits = &self.servers[place].traits;
        let lasts = |ups: &usize| match &self.ups[*ups] {
            ups if ups.traits.early_low => Duration::ZERO,
            ups if ups.mains => Duration::MAX,
            ups if ups.dark().is_some_and(|dark| dark == Dark::Empty) => Duration::ZERO,
            ups => ups.left(),
        };
        let mut left: Vec<_> = traits.feeds.iter().map(lasts).collect();
        left.sort_unstable_by(|one, other| other.cmp(one));
        left.get(traits.needed - 1).copied().unwrap_or_default()
    }

    pub(super) fn own_fed(&self) -> bool {
        self.scenario.own.is_none_or(|(ups, _)| self.ups[ups].gives())
    }

    pub(super) fn boot(&mut self, place: usize) {
        let server = &mut self.servers[place];
        server.os = Os::Booting;
        server.life += 1;
        (server.owed, server.by_itself) = (false, false);
        let (life, wait) = (server.life, server.traits.boot);
        self.line(format_args!("server {place} comes on"));
        self.later(wait, Event::Booted(place, life));
    }

    fn tick(&mut self) {
        let now = self.instant();
        for place in 0..self.servers.len() {
            self.serve(place);
            let server = &self.servers[place];
            let standby = server.traits.feeds.iter().any(|ups| self.ups[*ups].gives());
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
            if server.answers() && self.own_on {
                facts.heard = Some((now, Epoch(server.epoch)));
            }
        }
        self.stir();
        self.later(POLL, Event::Tick);
    }

    /// What the fencing half does with a server.
    fn serve(&mut self, place: usize) {
        let fed = self.fed[place];
        let server = &mut self.servers[place];
        if server.fencing.take_if(|until| *until <= self.now).is_some() {
            server.off();
            server.owed = true;
            self.line(format_args!("server {place} is fenced"));
        }
        self.by_usual_rules(place);
        let server = &self.servers[place];
        if server.owed && !server.held && fed && self.connector.is_some() {
            self.boot(place);
        }
    }

    /// What a member that nobody holds any more runs by itself.
    fn by_usual_rules(&mut self, place: usize) {
        let held = self.servers[place].held && self.connector.is_some();
        let now = self.now;
        let server = &mut self.servers[place];
        if held || server.os != Os::Up {
            server.free_since = None;
        } else if now >= *server.free_since.get_or_insert(now) + HELD {
            server.services = true;
            server.guests.fill(true);
        }
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
