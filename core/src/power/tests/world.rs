//! A small world around a power machine: UPSes, servers with members and BMCs, and a clock.

use super::std::string::String;
use super::std::vec::Vec;
use super::std::{format, vec};

use crate::power::{
    Action, Adapter, Answer, Config, Facts, Feed, Input, Job, Laws, Order, Own, PlanSnapshot,
    PlannedServer, Power, Restored, RunEnd, Servers, Snapshot, Stage, StepKind, Switch, Tell,
    Ticket, Timing, UpsConfig,
};
use crate::time::{Instant, Millis};
use crate::types::{
    Directed, Epoch, GroupName, Outlet, PowerState, ServerIndex, UpsIndex, UpsOrder,
};

pub(super) type Machine = Power<8, 4>;

pub(super) const TICK: u64 = 200;
/// UNIX milliseconds at the origin of the clock.
const EPOCH_MS: u64 = 1_700_000_000_000;

pub(super) fn at(ms: u64) -> Instant {
    Instant::from_micros(ms * 1000)
}

pub(super) fn secs(secs: u32) -> Millis {
    Millis::from_secs(secs)
}

/// A server as it really is.
#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) on: bool,
    /// Its BMC answers.
    pub(super) bmc: bool,
    /// Its BMC says that it is off, whatever it is.
    pub(super) lies_off: bool,
    /// It has a member, and that answers.
    pub(super) member: bool,
    pub(super) epoch: u64,
    pub(super) fencing: bool,
    pub(super) wanted: Option<u64>,
    /// What a member needs for each directive, in milliseconds; none = forever.
    pub(super) takes: Option<u64>,
    /// From the order to shut down to off; none = it hangs.
    pub(super) stops: Option<u64>,
    /// From on to the first word of its member.
    pub(super) boots: u64,
    /// Orders of its BMC that are not carried out although taken.
    pub(super) ignores: u32,
    pub(super) up_at: u64,
    pub(super) stop_at: Option<u64>,
    pub(super) report: Option<(u64, Directed)>,
    pub(super) reading: Option<(PowerState, u64)>,
    pub(super) heard: Option<u64>,
    pub(super) bmc_heard: Option<u64>,
    pub(super) held: bool,
    pub(super) frozen: bool,
}

/// A UPS as it really is.
#[derive(Clone, Debug)]
pub(super) struct Battery {
    pub(super) mains: bool,
    pub(super) answers: bool,
    /// Seconds of runtime when full.
    pub(super) full: f64,
    /// Seconds of runtime left.
    pub(super) left: f64,
    /// It takes no order to cut.
    pub(super) deaf: bool,
    /// It refuses every order to cut.
    pub(super) refuses: bool,
    /// It shows no countdown.
    pub(super) mute: bool,
    /// It cannot call an order off.
    pub(super) stubborn: bool,
    /// It refuses to be switched on.
    pub(super) holds: bool,
    /// Orders do not arrive, and nobody says so.
    pub(super) unreached: bool,
    pub(super) low: bool,
    pub(super) testing: bool,
    pub(super) forced: bool,
    pub(super) off: bool,
    /// It says that it is off, and is not.
    pub(super) lies_off: bool,
    pub(super) back: bool,
    pub(super) off_at: Option<u64>,
    pub(super) on_at: Option<u64>,
}

pub(super) struct World {
    pub(super) power: Machine,
    pub(super) config: Config<8, 4>,
    pub(super) laws: Laws,
    pub(super) now: u64,
    pub(super) hosts: Vec<Host>,
    pub(super) ups: Vec<Battery>,
    /// What adapters answer when entered.
    pub(super) enters: RunEnd,
    pub(super) leaves: RunEnd,
    pub(super) log: Vec<(u64, Action)>,
    /// The disk takes what is written.
    pub(super) disk: bool,
    /// It fails once a UPS is ordered to cut.
    pub(super) disk_fails: bool,
    pub(super) stored: Vec<u8>,
    pub(super) runs: Vec<(u64, Input)>,
    /// This machine was told to go down.
    pub(super) gone: bool,
    tickets: u64,
}

impl Battery {
    /// Its output goes off, and stays so.
    pub(super) fn break_off(&mut self) {
        (self.off, self.back) = (true, false);
    }
}

impl Host {
    /// Its BMC has said something, but no reading.
    pub(super) fn bmc_spoke(&mut self, now: u64) {
        self.bmc_heard = Some(now);
    }
}

/// Sees what BMCs and members have told.
pub(super) struct Eyes<'a>(pub(super) &'a [Host]);

impl Servers for Eyes<'_> {
    fn facts(&self, server: ServerIndex) -> Facts {
        let host = &self.0[usize::from(server.0)];
        Facts {
            power: host.reading.map_or(PowerState::Unknown, |(power, _)| power),
            asked: host.reading.map(|(_, asked)| at(asked)),
            heard: host.heard.map(|heard| (at(heard), Epoch(host.epoch))),
            fencing: host.fencing,
            wanted: host.wanted.map(at),
            bmc_heard: host.bmc_heard.map(at),
        }
    }
}

/// A configuration of `ups` UPSes and two stages.
pub(super) fn site(ups: &[UpsConfig]) -> Config<8, 4> {
    let mut config = Config::new(Timing::default());
    for ups in ups {
        config.add_ups(*ups).unwrap();
    }
    config.add_stage(Stage { after: Some(secs(60)), below: None }).unwrap();
    config.add_stage(Stage { after: Some(secs(120)), below: None }).unwrap();
    config
}

pub(super) fn feed(ups: u16) -> Feed {
    Feed { ups: UpsIndex(ups), outlet: Outlet::WHOLE, alone: false }
}

/// A server on that UPS, in that stage, with one group of guests.
pub(super) fn server(index: u16, ups: u16, stage: u8) -> PlannedServer {
    let mut server = PlannedServer::new(ServerIndex(index));
    server.feeds.push(feed(ups)).unwrap();
    server.groups.push(GroupName::new("").unwrap()).unwrap();
    server.stage = stage;
    server
}

/// One server.
pub(super) fn one() -> Config<8, 4> {
    let mut config = site(&[UpsConfig::default()]);
    config.add_server(server(0, 0, 0)).unwrap();
    config
}

/// Two servers of one stage, in maintenance together.
pub(super) fn side_by_side() -> Config<8, 4> {
    let mut config = site(&[UpsConfig::default()]);
    config.add_adapter(Adapter { enter: secs(60), leave: secs(120) }).unwrap();
    for n in 0..2 {
        let mut one = server(n, 0, 0);
        one.adapters = 1;
        config.add_server(one).unwrap();
    }
    config
}

/// Two servers, in two stages, and this machine on one UPS.
pub(super) fn two() -> Config<8, 4> {
    let mut config = site(&[UpsConfig::default()]);
    config.add_adapter(Adapter { enter: secs(60), leave: secs(120) }).unwrap();
    for n in 0..2 {
        let mut server = server(n, 0, n as u8);
        server.adapters = 1;
        config.add_server(server).unwrap();
    }
    own(&mut config);
    config
}

pub(super) fn own(config: &mut Config<8, 4>) {
    let mut own = Own { stop: Some(secs(60)), ..Own::default() };
    own.feeds.push(feed(0)).unwrap();
    config.set_own(own).unwrap();
}

impl World {
    pub(super) fn with_laws(config: Config<8, 4>, laws: Laws) -> Self {
        let mut world = Self::silent(config, laws);
        world.run(30);
        world.log.clear();
        world
    }

    /// A world that has just begun.
    pub(super) fn silent(config: Config<8, 4>, laws: Laws) -> Self {
        let host = Host {
            on: true,
            bmc: true,
            lies_off: false,
            member: true,
            epoch: 1,
            fencing: false,
            wanted: None,
            takes: Some(4000),
            stops: Some(20_000),
            boots: 40_000,
            ignores: 0,
            up_at: 0,
            stop_at: None,
            report: None,
            reading: None,
            heard: None,
            bmc_heard: None,
            held: false,
            frozen: false,
        };
        let battery = Battery {
            mains: true,
            answers: true,
            full: 3600.0,
            left: 3600.0,
            deaf: false,
            refuses: false,
            mute: false,
            stubborn: false,
            holds: false,
            unreached: false,
            low: false,
            testing: false,
            forced: false,
            off: false,
            lies_off: false,
            back: true,
            off_at: None,
            on_at: None,
        };
        let restored = Restored { record: None, unix_ms: EPOCH_MS + 1000 };
        let power = Machine::with_laws(config.clone(), restored, at(1000), laws);
        Self {
            power,
            laws,
            now: 1000,
            hosts: vec![host; 8],
            ups: vec![battery; 4],
            enters: RunEnd::Done,
            leaves: RunEnd::Done,
            log: Vec::new(),
            disk: true,
            disk_fails: false,
            stored: Vec::new(),
            runs: Vec::new(),
            gone: false,
            tickets: 0,
            config,
        }
    }

    /// Lets so many seconds pass.
    pub(super) fn run(&mut self, secs: u64) {
        let until = self.now + secs * 1000;
        while self.now < until {
            self.tick();
        }
    }

    /// Runs until that was done, for `secs` seconds at most; says whether it was.
    pub(super) fn until(&mut self, secs: u64, done: impl Fn(&Action) -> bool) -> bool {
        let until = self.now + secs * 1000;
        while self.now < until {
            let seen = self.log.len();
            self.tick();
            if self.log[seen..].iter().any(|(_, action)| done(action)) {
                return true;
            }
        }
        false
    }

    /// Runs until that holds, for `secs` seconds at most; says whether it does.
    pub(super) fn until_that(&mut self, secs: u64, holds: impl Fn(&Self) -> bool) -> bool {
        let until = self.now + secs * 1000;
        while self.now < until && !holds(self) {
            self.tick();
        }
        holds(self)
    }

    pub(super) fn mains(&mut self, there: bool) {
        self.ups.iter_mut().for_each(|ups| ups.mains = there);
    }

    /// The machine is started anew, with the record as it was stored.
    pub(super) fn restart(&mut self) {
        let record = Some(&self.stored[..]).filter(|stored| !stored.is_empty());
        let restored = Restored { record, unix_ms: EPOCH_MS + self.now };
        self.power = Machine::with_laws(self.config.clone(), restored, at(self.now), self.laws);
        self.runs.clear();
        for host in &mut self.hosts {
            (host.reading, host.heard, host.bmc_heard, host.held) = (None, None, None, false);
        }
        self.gone = false;
    }

    pub(super) fn order(&mut self, order: Order) -> Option<Answer> {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.hear(Input::Order { ticket, order });
        self.run(1);
        self.log.iter().find_map(|(_, action)| match action {
            Action::Answer { ticket: of, answer } if *of == ticket => Some(*answer),
            _ => None,
        })
    }

    pub(super) fn hear(&mut self, input: Input) {
        self.power.handle(at(self.now), input);
        self.poll();
    }

    pub(super) fn step(&self, server: u16) -> StepKind {
        let eyes = Eyes(&self.hosts);
        let snapshot = self.power.snapshot(at(self.now), &eyes);
        let mut all = snapshot.servers();
        all.find(|one| one.server == ServerIndex(server)).unwrap().step
    }

    pub(super) fn plan(&self) -> Option<PlanSnapshot> {
        self.power.snapshot(at(self.now), &Eyes(&self.hosts)).plan()
    }

    pub(super) fn with_snapshot<T>(&self, look: impl FnOnce(Snapshot<'_>) -> T) -> T {
        look(self.power.snapshot(at(self.now), &Eyes(&self.hosts)))
    }

    pub(super) fn held(&self, server: u16) -> bool {
        self.hosts[usize::from(server)].held
    }

    pub(super) fn frozen(&self, server: u16) -> bool {
        self.hosts[usize::from(server)].frozen
    }

    pub(super) fn off_in(&self, ups: usize) -> Option<u64> {
        self.ups[ups].off_at.map(|off| off - self.now)
    }

    pub(super) fn tick(&mut self) {
        self.now += TICK;
        self.batteries();
        self.machines();
        self.jobs();
        if self.now.is_multiple_of(1000) {
            self.readings();
        }
        self.poll();
    }

    /// When that was first done.
    pub(super) fn when(&self, done: impl Fn(&Action) -> bool) -> Option<u64> {
        self.log.iter().find(|(_, action)| done(action)).map(|(when, _)| *when)
    }

    pub(super) fn count(&self, done: impl Fn(&Action) -> bool) -> usize {
        self.log.iter().filter(|(_, action)| done(action)).count()
    }

    pub(super) fn told(&self, tell: Tell) -> bool {
        self.log.iter().any(|(_, action)| *action == Action::Tell(tell))
    }

    /// What was done, for a failure that is to be understood.
    pub(super) fn story(&self) -> String {
        let line = |(when, action): &(u64, Action)| format!("{when:>9} {action:?}\n");
        let persist = |(_, action): &&(u64, Action)| !matches!(action, Action::Persist { .. });
        let lines: Vec<_> = self.log.iter().filter(persist).map(line).collect();
        lines.concat()
    }
}

/// A host is directed that.
pub(super) fn directed(server: u16, what: Directed) -> impl Fn(&Action) -> bool {
    move |done| {
        matches!(done, Action::Direct { server: of, action, .. }
            if of.0 == server && *action == what)
    }
}

pub(super) fn switched(server: u16, what: Switch) -> impl Fn(&Action) -> bool {
    move |done| *done == Action::Switch { server: ServerIndex(server), switch: what }
}

pub(super) fn ran(what: Job) -> impl Fn(&Action) -> bool {
    move |done| matches!(done, Action::Run { job, .. } if *job == what)
}

pub(super) fn cut(ups: u16) -> impl Fn(&Action) -> bool {
    move |done| {
        matches!(done, Action::Order { ups: of, order, .. }
            if of.0 == ups
                && matches!(order, UpsOrder::OffUntilMains { .. } | UpsOrder::Off { .. }))
    }
}

pub(super) fn ended(done: &Action) -> bool {
    matches!(done, Action::Tell(Tell::Ended { .. }))
}
