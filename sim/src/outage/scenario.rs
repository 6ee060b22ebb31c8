//! What a world is made of, and what befalls it: all from one seed.

use std::time::Duration;

use komainu_core::power::{
    Adapter, AskBy, Config, Cut, Feed, Order, Own, PlannedServer, Scope, Stage, StartBy, Switch,
    Timing, UpsConfig,
};
use komainu_core::time::Millis;
use komainu_core::types::{GroupName, Outlet, ServerIndex, UpsIndex};

use super::server::{self, Faults};
use super::ups;
use crate::rng::Rng;

/// Most servers of a world.
pub const SERVERS: usize = 16;
/// Most servers of a world that follows from a seed.
const USUAL: u64 = 6;
/// Most UPSes of a world.
pub const UPSES: usize = 3;

/// Something that befalls a world.
#[derive(Clone, Copy, Debug)]
pub enum Disturbance {
    /// The mains of that UPS go or come.
    Mains(usize, bool),
    /// Its card freezes or thaws.
    Card(usize, bool),
    /// It begins or ends a self test.
    Test(usize, bool),
    /// Its card begins or ends to say that its output is off, whatever it is.
    LiesOff(usize, bool),
    /// The BMC of a server falls silent or speaks again.
    Silent(usize, bool),
    /// Somebody asks for a server to be fenced.
    Want(usize),
    /// The connector dies, and is started again after that.
    Crash(Duration),
    /// A server is fenced for a reason of its own.
    Fence(usize),
    /// An operator orders that.
    Order(Order),
    /// Everything that is wrong becomes right; the mains are there.
    Heal,
}

/// Software that a plan puts into maintenance.
#[derive(Clone, Copy, Debug)]
pub struct Software {
    /// Somebody else has put it there before.
    pub before: bool,
    /// How long entering and leaving takes.
    pub takes: Duration,
}

/// The connector dies in the middle of what it wants done.
#[derive(Clone, Copy, Debug)]
pub struct Crash {
    /// At which of its wishes, counted from 0.
    pub at: u64,
    /// Before that is carried out, and not right after it.
    pub before: bool,
    /// It is started again after that.
    pub wait: Duration,
}

/// The connector's own machine.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The places of the UPSes that feed it, of which one suffices.
    pub feeds: Vec<usize>,
    /// How long it takes to go down.
    pub stop: Duration,
}

/// A world to be run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it all follows from.
    pub seed: u64,
    /// The UPSes.
    pub ups: Vec<(ups::Traits, UpsConfig)>,
    /// The servers.
    pub servers: Vec<(server::Traits, Faults, PlannedServer)>,
    /// How many stages there are.
    pub stages: Vec<Stage>,
    /// The software.
    pub software: Vec<Software>,
    /// The connector's own machine, if it hangs on a UPS.
    pub own: Option<Machine>,
    /// It is that server, which hangs on the same UPSes.
    pub own_server: Option<usize>,
    /// Where the connector crashes, beside what the script says.
    pub crash: Option<Crash>,
    /// It crashes where it first switches a server so.
    pub crash_at: Option<(Switch, Crash)>,
    /// Its disk stores nothing any more once a UPS is ordered off, until everything heals.
    pub disk_fails: bool,
    /// What happens when.
    pub script: Vec<(Duration, Disturbance)>,
    /// When everything has healed.
    pub heals_at: Duration,
    /// The law that its machine lacks; of no effect unless built with `mutants`.
    pub lacks: Option<&'static str>,
}

pub(super) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn span(rng: &mut Rng, from: u64, to: u64) -> Duration {
    secs(from + rng.below(to - from + 1))
}

impl Scenario {
    /// Nothing, to which nothing happens.
    #[must_use]
    pub const fn empty() -> Self {
        Self {
            seed: 0,
            ups: Vec::new(),
            servers: Vec::new(),
            stages: Vec::new(),
            software: Vec::new(),
            own: None,
            own_server: None,
            crash: None,
            crash_at: None,
            disk_fails: false,
            script: Vec::new(),
            heals_at: secs(0),
            lacks: None,
        }
    }

    /// The world of that seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed ^ 0x6f75_7461_6765);
        let stages = stages(&mut rng);
        let upses: Vec<_> = (0..1 + rng.below(UPSES as u64)).map(|_| a_ups(&mut rng)).collect();
        let software = (0..rng.below(3))
            .map(|_| Software { before: rng.percent(20.0), takes: span(&mut rng, 1, 20) })
            .collect::<Vec<_>>();
        let count = 1 + rng.below(USUAL) as usize;
        let servers = (0..count)
            .map(|at| a_server(&mut rng, at, upses.len(), stages.len(), software.len()))
            .collect::<Vec<_>>();
        let own = rng.percent(50.0).then(|| Machine {
            feeds: vec![rng.below(upses.len() as u64) as usize],
            stop: span(&mut rng, 10, 60),
        });
        let (script, heals_at) = script(&mut rng, upses.len(), servers.len());
        let scenario = Self {
            seed,
            ups: upses,
            servers,
            stages,
            software,
            own,
            script,
            heals_at,
            ..Self::empty()
        };
        scenario.with_extras(&mut Rng::new(seed ^ 0x6578_7472_6173))
    }

    /// The same, with rarer troubles besides.
    #[must_use]
    pub fn rare(seed: u64) -> Self {
        Self::new(seed).with_more(&mut Rng::new(seed ^ 0x6d6f_7265))
    }

    /// What some worlds have besides, by a chance of its own.
    fn with_extras(mut self, rng: &mut Rng) -> Self {
        if rng.percent(20.0) {
            let place = rng.below(self.servers.len() as u64) as usize;
            let (traits, faults, planned) = &mut self.servers[place];
            (traits.off_before, traits.starts_with_mains) = (true, false);
            (planned.start_by, *faults) = (StartBy::Bmc, Faults::default());
        }
        if rng.percent(20.0) {
            let stop = span(rng, 10, 60);
            let single = |(traits, _, _): &&(server::Traits, Faults, PlannedServer)| {
                traits.feeds.len() == 1 && !traits.off_before
            };
            let place = self.servers.iter().position(|server| single(&server));
            if let Some(place) = place {
                let (traits, faults, planned) = &mut self.servers[place];
                (traits.starts_with_mains, *faults) = (true, Faults::default());
                (planned.start_by, planned.ask_by) = (StartBy::Mains, AskBy::Member);
                let feeds = traits.feeds.clone();
                (self.own, self.own_server) = (Some(Machine { feeds, stop }), Some(place));
            }
        }
        self
    }

    /// What the machine is told of it.
    ///
    /// # Panics
    ///
    /// When the scenario is not one of [`Self::new`].
    #[must_use]
    pub fn config(&self) -> Config<SERVERS, UPSES> {
        let mut config = Config::new(Timing::default());
        for (_, ups) in &self.ups {
            config.add_ups(*ups).expect("there is room");
        }
        for stage in &self.stages {
            config.add_stage(*stage).expect("there is room");
        }
        for _ in &self.software {
            let limit = Millis::from_secs(60);
            config.add_adapter(Adapter { enter: limit, leave: limit }).expect("there is room");
        }
        for (_, _, server) in &self.servers {
            config.add_server(server.clone()).expect("there is room");
        }
        if let Some(Machine { feeds, stop }) = &self.own {
            let feeds = feeds.iter().map(|ups| feed(*ups)).collect();
            let server = self.own_server.map(|place| ServerIndex(place as u16));
            let own = Own { feeds, stop: Some(Millis::of(*stop + secs(10))), server };
            config.set_own(own).expect("its UPS is there");
        }
        config
    }
}

pub(super) fn feed(ups: usize) -> Feed {
    Feed { ups: UpsIndex(ups as u16), outlet: Outlet::WHOLE, alone: false }
}

fn stages(rng: &mut Rng) -> Vec<Stage> {
    let count = 1 + rng.below(3);
    let a_stage = |rng: &mut Rng| Stage {
        after: rng.percent(60.0).then(|| Millis::of(span(rng, 0, 120))),
        below: rng.percent(30.0).then(|| Millis::of(span(rng, 60, 600))),
    };
    (0..count).map(|_| a_stage(rng)).collect()
}

fn a_ups(rng: &mut Rng) -> (ups::Traits, UpsConfig) {
    let traits = ups::Traits {
        runtime: span(rng, 300, 1800),
        recharge: 1 + rng.below(8) as u32,
        returns_at: rng.below(20) as u32,
        says: if rng.percent(10.0) { 50 + rng.below(50) as u32 } else { 100 },
        ignores_orders: 0,
        early_low: rng.percent(8.0),
        ignores_off: rng.percent(5.0),
        forgets_off: rng.percent(10.0),
        ..ups::Traits::honest()
    };
    let most = Millis::from_secs(3600);
    let cut = match rng.below(10) {
        0 => Cut::Never,
        1 | 2 => Cut::Final { most },
        _ => Cut::Delayed { most },
    };
    let floor = rng.percent(30.0).then(|| 10 + rng.below(50) as u8);
    (traits, UpsConfig { cut, floor, ..UpsConfig::default() })
}

fn a_server(
    rng: &mut Rng,
    at: usize,
    ups: usize,
    stages: usize,
    software: usize,
) -> (server::Traits, Faults, PlannedServer) {
    let first = rng.below(ups as u64) as usize;
    let mut feeds = vec![first];
    if ups > 1 && rng.percent(50.0) {
        feeds.push((first + 1) % ups);
    }
    let needed = 1 + rng.below(feeds.len() as u64) as usize;
    let starts_with_mains = rng.percent(20.0);
    let traits = server::Traits {
        needed,
        stop: span(rng, 5, 60),
        boot: span(rng, 20, 120),
        services: span(rng, 0, 20),
        guests: (0..rng.below(5)).map(|_| span(rng, 2, 40)).collect(),
        starts_with_mains,
        outlet: 0,
        off_before: false,
        ignores_on: 0,
        feeds,
    };
    let faults = Faults {
        deaf: rng.percent(8.0),
        hangs: rng.percent(8.0),
        bmc: rng.percent(4.0),
        guest: rng.percent(8.0),
    };
    let mut planned = PlannedServer::new(ServerIndex(at as u16));
    planned.feeds = traits.feeds.iter().map(|ups| feed(*ups)).collect();
    planned.needed = needed as u8;
    planned.stage = rng.below(stages as u64) as u8;
    planned.adapters = (rng.next_u32() as u16) & ((1 << software) - 1);
    planned.guests = Millis::from_secs(60);
    planned.services = Millis::from_secs(30);
    planned.shutdown = Millis::from_secs(90);
    planned.boot = Millis::from_secs(300);
    planned.start_by = if starts_with_mains { StartBy::Mains } else { StartBy::Bmc };
    planned.ask_by = match rng.below(6) {
        0 => AskBy::Bmc,
        1 => AskBy::Command,
        _ => AskBy::Member,
    };
    if !traits.guests.is_empty() {
        planned.groups.push(GroupName::default()).expect("there is room");
    }
    (traits, faults, planned)
}

fn script(rng: &mut Rng, ups: usize, servers: usize) -> (Vec<(Duration, Disturbance)>, Duration) {
    let mut script = Vec::new();
    let mut at = span(rng, 30, 90);
    for _ in 0..1 + rng.below(3) {
        let whole = rng.percent(70.0);
        let one = rng.below(ups as u64) as usize;
        let hit: Vec<_> = (0..ups).filter(|place| whole || *place == one).collect();
        let flaps = if rng.percent(25.0) { 1 + rng.below(6) } else { 0 };
        let turn = |script: &mut Vec<_>, at: Duration, on: bool| {
            script.extend(hit.iter().map(|place| (at, Disturbance::Mains(*place, on))));
        };
        for _ in 0..flaps {
            turn(&mut script, at, false);
            at += Duration::from_millis(500 + rng.below(20_000));
            turn(&mut script, at, true);
            at += Duration::from_millis(500 + rng.below(20_000));
        }
        turn(&mut script, at, false);
        let lasts = if rng.percent(50.0) { span(rng, 1, 300) } else { span(rng, 60, 3000) };
        others(rng, &mut script, at, lasts, ups, servers);
        at += lasts;
        turn(&mut script, at, true);
        at += if rng.percent(50.0) { span(rng, 1, 300) } else { span(rng, 60, 3600) };
    }
    script.push((at, Disturbance::Heal));
    script.sort_by_key(|(at, _)| *at);
    (script, at)
}

/// What else happens around an outage.
fn others(
    rng: &mut Rng,
    script: &mut Vec<(Duration, Disturbance)>,
    from: Duration,
    lasts: Duration,
    ups: usize,
    servers: usize,
) {
    let around = lasts.as_secs() + 300;
    let when = |rng: &mut Rng| {
        (from + Duration::from_millis(rng.below(around * 1000))).saturating_sub(secs(60))
    };
    for _ in 0..rng.below(3) {
        let at = when(rng);
        script.push((at, Disturbance::Crash(Duration::from_millis(500 + rng.below(60_000)))));
    }
    if rng.percent(25.0) {
        let (at, place) = (when(rng), rng.below(ups as u64) as usize);
        script.push((at, Disturbance::Card(place, true)));
        script.push((at + span(rng, 2, 600), Disturbance::Card(place, false)));
    }
    if rng.percent(15.0) {
        let (at, place) = (when(rng), rng.below(ups as u64) as usize);
        script.push((at, Disturbance::Test(place, true)));
        script.push((at + span(rng, 5, 60), Disturbance::Test(place, false)));
    }
    if rng.percent(20.0) {
        script.push((when(rng), Disturbance::Fence(rng.below(servers as u64) as usize)));
    }
    if rng.percent(15.0) {
        let order = match rng.below(4) {
            0 => Order::Cancel { even_on_battery: rng.percent(50.0) },
            1 => Order::Return { now: rng.percent(50.0) },
            2 => Order::Rehearse { scope: Scope::All },
            _ => Order::Stop {
                scope: Scope::All,
                cut: rng.percent(50.0),
                back: komainu_core::power::Back::WithMains,
            },
        };
        script.push((when(rng), Disturbance::Order(order)));
    }
}
