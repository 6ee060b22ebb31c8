//! A hypervisor whose guests take their time, and a disk.

use super::std::vec::Vec;

use crate::guests::{
    Action, Config, End, Event, GuestConfig, GuestId, GuestIndex, GuestRun, GuestSet, Guests,
    Input, Order, Power, Progress, Saved, Sight, Work,
};
use crate::journal::Generations;
use crate::time::{Instant, Millis};
use crate::types::GroupName;

/// What a command of the hypervisor takes.
pub(super) const COMMAND: u64 = 20;
/// What a write of the record takes.
const DISK: u64 = 3;

/// A guest as it really is. All times in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Real {
    pub(super) on: bool,
    pub(super) known: bool,
    pub(super) auto: Option<bool>,
    /// How long its stop takes; none = it is deaf.
    pub(super) stops_in: Option<u64>,
    /// How long it takes to be gone once switched off, or saved; none = never.
    pub(super) killed_in: Option<u64>,
    /// How long it takes from its start until it is ready; none = it is never on.
    pub(super) boots_in: Option<u64>,
    pub(super) goes: Option<Instant>,
    pub(super) ready: Option<Instant>,
}

impl Real {
    pub(super) const ON: Self = Self {
        on: true,
        known: true,
        auto: Some(false),
        stops_in: Some(10_000),
        killed_in: Some(100),
        boots_in: Some(8_000),
        goes: None,
        ready: None,
    };
    pub(super) const OFF: Self = Self { on: false, ..Self::ON };
    pub(super) const DEAF: Self = Self { stops_in: None, ..Self::ON };
}

pub(super) struct World {
    pub(super) now: Instant,
    pub(super) guests: Guests,
    pub(super) real: Vec<Real>,
    configs: Vec<GuestConfig>,
    ask_again: Option<Millis>,
    pub(super) generations: Generations,
    writing: Option<(Instant, u64)>,
    pub(super) disk_works: bool,
    pub(super) hypervisor_works: bool,
    runs: Vec<(Instant, GuestRun, Work)>,
    /// Everything that was run, but listings.
    pub(super) log: Vec<(Instant, Work)>,
    pub(super) lists: usize,
    pub(super) events: Vec<(Instant, GuestIndex, Event)>,
    pub(super) began: Instant,
}

/// The guest at that place, in no group.
pub(super) fn guest(at: u8, after: &[u8]) -> GuestConfig {
    let after = after.iter().map(|other| GuestIndex(*other)).collect();
    GuestConfig { after, ..GuestConfig::new(GuestId(u64::from(at) + 100)) }
}

pub(super) fn group(name: &str) -> GroupName {
    GroupName::new(name).expect("a name")
}

pub(super) fn later(at: Instant, millis: u64) -> Instant {
    Instant::from_micros(at.as_micros() + millis * 1000)
}

impl World {
    pub(super) fn new(configs: &[GuestConfig], real: &[Real]) -> Self {
        Self::asking(configs, real, None)
    }

    pub(super) fn asking(configs: &[GuestConfig], real: &[Real], again: Option<Millis>) -> Self {
        let now = Instant::from_micros(1_000_000);
        let config = Config::new(configs, again).expect("fits");
        let mut world = Self {
            now,
            guests: Guests::new(config, core::iter::empty(), now),
            real: real.to_vec(),
            configs: configs.to_vec(),
            ask_again: again,
            generations: Generations::default(),
            writing: None,
            disk_works: true,
            hypervisor_works: true,
            runs: Vec::new(),
            log: Vec::new(),
            lists: 0,
            events: Vec::new(),
            began: now,
        };
        world.run(100);
        world.began = world.now;
        world
    }

    /// The process ends and begins again, from what is durable.
    pub(super) fn restart(&mut self) {
        let saved: Vec<Saved> = self.guests.saved().collect();
        let config = Config::new(&self.configs, self.ask_again).expect("fits");
        self.guests = Guests::new(config, saved.into_iter(), self.now);
        self.runs.clear();
    }

    /// The host loses its power, and boots.
    pub(super) fn lose_power(&mut self) {
        for real in &mut self.real {
            (real.on, real.goes, real.ready) = (false, None, None);
        }
        self.restart();
    }

    pub(super) fn stop(&mut self, name: &str, seconds: Option<u64>) -> GuestSet {
        let until = seconds.map(|seconds| later(self.now, seconds * 1000));
        let order = Order::Stop { until };
        self.guests.order(&group(name), order, self.now).expect("a group")
    }

    pub(super) fn start(&mut self, name: &str) -> GuestSet {
        self.guests.order(&group(name), Order::Start, self.now).expect("a group")
    }

    pub(super) fn run(&mut self, millis: u64) {
        let end = later(self.now, millis);
        self.drain();
        while let Some(next) = self.next().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.happen();
            self.drain();
        }
        self.now = end;
    }

    /// Runs until it holds, and says after how many milliseconds since the last order.
    pub(super) fn run_until(&mut self, limit: u64, holds: impl Fn(&Self) -> bool) -> u64 {
        let end = later(self.now, limit);
        self.drain();
        while !holds(self) {
            let next = self.next().filter(|next| *next <= end);
            let Some(next) = next else {
                let guests: Vec<_> = self.guests.snapshot().collect();
                panic!("it does not come: {guests:?}");
            };
            self.now = self.now.max(next);
            self.happen();
            self.drain();
        }
        (self.now.as_micros() - self.began.as_micros()) / 1000
    }

    fn next(&self) -> Option<Instant> {
        let real = self.real.iter().flat_map(|real| [real.goes, real.ready]).flatten();
        let real = real.filter(|at| *at > self.now);
        let runs = self.runs.iter().map(|(at, ..)| *at);
        let writing = self.writing.map(|(at, _)| at);
        runs.chain(real).chain(writing).chain(self.guests.deadline(self.now)).min()
    }

    fn happen(&mut self) {
        let now = self.now;
        for real in &mut self.real {
            if real.goes.is_some_and(|at| at <= now) {
                (real.goes, real.ready, real.on) = (None, None, false);
            }
        }
        if let Some((_, generation)) = self.writing.take_if(|(at, _)| *at <= now) {
            self.generations.persisted(generation);
        }
        let over = |run: &(Instant, GuestRun, Work)| run.0 <= now;
        let (due, later) = core::mem::take(&mut self.runs).into_iter().partition(over);
        self.runs = later;
        let due: Vec<_> = due;
        for (_, run, work) in due {
            self.end(run, work);
        }
    }

    fn end(&mut self, run: GuestRun, work: Work) {
        let (now, generations) = (self.now, &mut self.generations);
        if work == Work::List && self.hypervisor_works {
            let sights: Vec<Sight> = self.real.iter().enumerate().map(sight).collect();
            return self.guests.handle(now, Input::Seen { run, sights: &sights }, generations);
        }
        let end = match work {
            Work::List => End::Failed,
            Work::Ready(at) => {
                let ready = self.real[usize::from(at.0)].ready;
                if ready.is_some_and(|at| at <= now) { End::Done } else { End::Failed }
            }
            Work::Start(at) if self.real[usize::from(at.0)].boots_in.is_none() => End::Failed,
            Work::Start(_) | Work::Stop(_) | Work::Kill(_) | Work::Save(_) => End::Done,
        };
        self.guests.handle(now, Input::Ended { run, end }, generations);
    }

    fn drain(&mut self) {
        for _ in 0..1000 {
            let Some(action) = self.guests.poll(self.now, &mut self.generations) else { break };
            self.act(action);
        }
        assert_eq!(self.guests.poll(self.now, &mut self.generations), None, "it is quiescent");
        let next = self.guests.deadline(self.now);
        assert!(next.is_none_or(|next| next > self.now), "and not due at once");
        while let Some((guest, event)) = self.guests.next_event() {
            self.events.push((self.now, guest, event));
        }
        if self.disk_works
            && let Some(generation) = self.generations.write()
        {
            self.writing = Some((later(self.now, DISK), generation));
        }
    }

    fn act(&mut self, action: Action) {
        let Action { run, work, limit } = action;
        assert!(limit.duration() > core::time::Duration::ZERO);
        self.runs.push((later(self.now, COMMAND), run, work));
        match work {
            Work::List => self.lists += 1,
            Work::Stop(at)
            | Work::Kill(at)
            | Work::Save(at)
            | Work::Start(at)
            | Work::Ready(at) => {
                self.log.push((self.now, work));
                self.touch(work, usize::from(at.0));
            }
        }
    }

    fn touch(&mut self, work: Work, at: usize) {
        let now = self.now;
        let real = &mut self.real[at];
        match work {
            Work::Stop(_) if real.on => {
                let goes = real.stops_in.map(|millis| later(now, millis));
                real.goes = real.goes.or(goes);
            }
            Work::Kill(_) | Work::Save(_) if real.on => {
                real.goes = real.killed_in.map(|millis| later(now, millis));
            }
            Work::Start(_) if !real.on => {
                assert!(real.known, "it cannot be started");
                real.on = real.boots_in.is_some();
                real.ready = real.boots_in.map(|millis| later(now, millis));
            }
            Work::List
            | Work::Ready(_)
            | Work::Stop(_)
            | Work::Kill(_)
            | Work::Save(_)
            | Work::Start(_) => {}
        }
    }

    pub(super) fn works(&self) -> Vec<Work> {
        self.log.iter().map(|(_, work)| *work).collect()
    }

    pub(super) fn events_of(&self, at: u8) -> Vec<Event> {
        let of = self.events.iter().filter(|(_, guest, _)| guest.0 == at);
        of.map(|(_, _, event)| *event).collect()
    }

    pub(super) fn are_on(&self) -> Vec<bool> {
        self.real.iter().map(|real| real.on).collect()
    }

    pub(super) fn stopped(&self, scope: GuestSet) -> Progress {
        self.guests.stopping(scope)
    }

    pub(super) fn started(&self, scope: GuestSet) -> Progress {
        self.guests.starting(scope, &self.generations)
    }
}

fn sight((at, real): (usize, &Real)) -> Sight {
    let power = match (real.known, real.on) {
        (false, _) => Power::Missing,
        (true, true) => Power::On,
        (true, false) => Power::Off,
    };
    Sight { guest: GuestIndex(u8::try_from(at).expect("small")), power, auto: real.auto }
}
