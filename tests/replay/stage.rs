//! Where a run is recorded: a site of two servers, a network without loss, and one virtual clock.

use std::collections::BTreeMap;
use std::net::{SocketAddr, SocketAddrV4};
use std::time::Duration;

use komainu_core::block::{
    ApplianceSite, Block, Cluster, Encoder, Identity, Network, NutServer, Ups,
};
use komainu_core::connector::{ClusterConfig, Restored, Rules};
use komainu_core::limits::MAX_BLOCK;
use komainu_core::member::{RunEnd, RunId};
use komainu_core::power::{Cut, Feed, PlannedServer, Stage as PlanStage, Timing, UpsConfig};
use komainu_core::replay::{Event, Player, emit, header};
use komainu_core::rng::Seed;
use komainu_core::site::Action;
use komainu_core::time::Millis;
use komainu_core::types::{ConnectorNumber, Outlet, ServerIndex, SystemName, UpsIndex, UpsReading};
use komainu_core::wire::Writer;
use komainu_core::wire::nut::UpsName;

use crate::server::{self, Effect, Server, instant};

/// The cluster's number and port.
pub(crate) const CLUSTER: u16 = 50_001;
/// Where the appliance listens for it.
pub(crate) const CONNECTOR: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 200)), CLUSTER);
/// Where it speaks to BMCs from.
const CONSOLE: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 200)), 40_000);
/// UNIX time at the start.
pub(crate) const UNIX_MS: u64 = 1_767_225_600_000;
const SEED: [u8; 32] = [0x52; 32];
/// One way, on every network.
const WAY: Duration = Duration::from_micros(300);
/// How long commands of the service take.
const COMMAND: Duration = Duration::from_millis(200);
/// Between two readings of the UPS.
const LOOK: Duration = Duration::from_secs(2);

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What is on its way.
enum Going {
    ToSite { from: SocketAddr, bytes: Vec<u8> },
    ToMember { path: u8, at: usize, from: SocketAddr, bytes: Vec<u8> },
    ToBmc { at: usize, bytes: Vec<u8> },
    Ended { at: usize, run: RunId, end: RunEnd },
    Ordered { run: komainu_core::power::RunId },
    Look,
}

/// A run while it is recorded.
pub(crate) struct Stage {
    site: Box<ApplianceSite>,
    record: Vec<u8>,
    servers: [Server; 2],
    ups: Option<UpsReading>,
    going: BTreeMap<(Duration, u64), Going>,
    sent: u64,
    now: Duration,
    /// When the last event was.
    last: Duration,
    recorded: Vec<u8>,
}

impl Stage {
    /// Both servers are up.
    pub(crate) fn new() -> Self {
        let block = block();
        let mut recorded = header(UNIX_MS, SEED).to_vec();
        recorded.extend((block.len() as u16).to_be_bytes());
        recorded.extend(&block);
        let opened = Block::open(&block).expect("a block");
        let restored = Restored { record: None, damaged: false, unix_ms: UNIX_MS };
        let (seed, now) = (Seed::new(SEED), instant(Duration::ZERO));
        let vacant = opened.vacant(&seed, restored, now).expect("a site");
        let mut site: Box<ApplianceSite> = Box::new(vacant);
        opened.move_in(&mut site, restored, now).expect("all fits");
        let mut stage = Self {
            site,
            record: vec![0; ApplianceSite::RECORD_LEN],
            servers: [0, 1].map(Server::new),
            ups: None,
            going: BTreeMap::new(),
            sent: 0,
            now: Duration::ZERO,
            last: Duration::ZERO,
            recorded,
        };
        stage.site_turns(None);
        stage.go(LOOK, Going::Look);
        stage
    }

    /// What the UPS says from now on; `None` = it is silent.
    pub(crate) fn mains(&mut self, reading: Option<UpsReading>) {
        self.ups = reading;
    }

    /// The operating system of a server hangs.
    pub(crate) fn crash(&mut self, at: usize) {
        self.servers[at].crash();
    }

    /// On which servers the workload runs.
    pub(crate) fn serving(&self) -> [bool; 2] {
        [0, 1].map(|at| self.servers[at].serves)
    }

    /// Which members run.
    pub(crate) fn running(&self) -> [bool; 2] {
        [0, 1].map(|at| self.servers[at].runs())
    }

    /// How often a server went off.
    pub(crate) fn power_offs(&self, at: usize) -> u32 {
        self.servers[at].power_offs
    }

    /// What was recorded.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.recorded
    }

    /// Lets that time pass.
    pub(crate) fn run(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            let going = self.going.keys().next().map(|(at, _)| *at);
            let site = self.site.deadline().map(|at| Duration::from_micros(at.as_micros()));
            let servers = self.servers.iter().filter_map(Server::deadline);
            let next = servers.chain(going).chain(site).min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            self.now = next.max(self.now);
            self.step(site.is_some_and(|due| due <= next));
        }
        self.now = end;
    }

    fn step(&mut self, site_due: bool) {
        if site_due {
            self.site_turns(Some(Event::Tick));
        }
        while let Some(entry) = self.going.first_entry().filter(|entry| entry.key().0 <= self.now) {
            let going = entry.remove();
            self.arrives(going);
        }
        for at in 0..self.servers.len() {
            self.server_turns(at);
        }
    }

    fn go(&mut self, after: Duration, going: Going) {
        self.sent += 1;
        self.going.insert((self.now + after, self.sent), going);
    }

    fn arrives(&mut self, going: Going) {
        match going {
            Going::ToSite { from: SocketAddr::V4(from), bytes } => {
                let datagram = &bytes[..];
                let event = match from.port() {
                    623 => Event::Bmc { from, datagram },
                    _ => Event::ResetPath { cluster: 0, from, datagram },
                };
                self.site_turns(Some(event));
            }
            Going::ToSite { from: SocketAddr::V6(_), .. } => {}
            Going::ToMember { path, at, from, mut bytes } => {
                self.servers[at].hear(self.now, path, from, &mut bytes);
            }
            Going::ToBmc { at, bytes } => {
                let mut answers = Vec::new();
                let bmc = &mut self.servers[at].bmc;
                bmc.handle(self.now, CONSOLE, &bytes, &mut |_, bytes| answers.push(bytes.to_vec()));
                for bytes in answers {
                    self.go(WAY, Going::ToSite { from: server::bmc(at), bytes });
                }
            }
            Going::Ended { at, run, end } => self.servers[at].ended(self.now, run, end),
            Going::Ordered { run } => self.site_turns(Some(Event::Ordered { run })),
            Going::Look => {
                self.site_turns(Some(Event::Reading { ups: 0, reading: self.ups }));
                self.go(LOOK, Going::Look);
            }
        }
    }

    /// The site takes an event, which is recorded, and does what it wants.
    fn site_turns(&mut self, event: Option<Event<'_>>) {
        let mut done: Vec<(Action, Vec<u8>)> = Vec::new();
        let mut player = Player::new(&mut self.site, &mut self.record);
        let mut tell = |action: &Action, bytes: &[u8]| done.push((action.clone(), bytes.to_vec()));
        let now = instant(self.now);
        let taken = match event {
            Some(event) => {
                let mut room = [0; 1024];
                let mut out = Writer::new(&mut room);
                let since = (self.now - self.last).as_micros() as u32;
                emit(since, &event, &mut out).expect("there is room");
                self.recorded.extend(out.written());
                self.last = self.now;
                player.take(now, event, &mut tell)
            }
            None => player.drain(now, &mut tell),
        };
        taken.expect("it comes to rest");
        done.into_iter().for_each(|(action, bytes)| self.carry_out(action, bytes));
    }

    fn carry_out(&mut self, action: Action, bytes: Vec<u8>) {
        let from = CONNECTOR;
        match action {
            Action::ResetPath { to, .. } => {
                if let Some(at) = (0..2).find(|at| server::member(0, *at) == to) {
                    self.go(WAY, Going::ToMember { path: 0, at, from, bytes });
                }
            }
            Action::Broadcast { .. } => {
                for at in 0..2 {
                    let bytes = bytes.clone();
                    self.go(WAY, Going::ToMember { path: 0, at, from, bytes });
                }
            }
            Action::Bmc { to, .. } => {
                if let Some(at) = (0..2).find(|at| server::bmc(*at) == to) {
                    self.go(WAY, Going::ToBmc { at, bytes });
                }
            }
            Action::OrderUps { run, .. } => self.go(COMMAND, Going::Ordered { run }),
            Action::Run { .. } => unreachable!("an appliance runs nothing"),
            Action::Persist { .. }
            | Action::Answer { .. }
            | Action::Tell(_)
            | Action::ReadUps(_)
            | Action::AnswerPlan { .. }
            | Action::TellPower(_) => {}
        }
    }

    fn server_turns(&mut self, at: usize) {
        let mut answers = Vec::new();
        self.servers[at].bmc.poll(self.now, &mut |_, bytes| answers.push(bytes.to_vec()));
        for bytes in answers {
            self.go(WAY, Going::ToSite { from: server::bmc(at), bytes });
        }
        for effect in self.servers[at].turn(self.now) {
            match effect {
                Effect::Runs { run, end } => self.go(COMMAND, Going::Ended { at, run, end }),
                Effect::Send { path: 0, bytes, .. } => {
                    self.go(WAY, Going::ToSite { from: server::member(0, at), bytes });
                }
                Effect::Send { path, to, bytes } => {
                    let other = (0..2).find(|other| server::member(path, *other) == to);
                    let from = server::member(path, at);
                    if let Some(at) = other {
                        self.go(WAY, Going::ToMember { path, at, from, bytes });
                    }
                }
            }
        }
    }
}

fn block() -> Vec<u8> {
    let mut bytes = [0; MAX_BLOCK];
    let mut block = Encoder::new(&mut bytes).expect("room");
    let name = |name| SystemName::new(name).expect("a name");
    block.network(&Network::default()).expect("room");
    let identity = Identity { number: ConnectorNumber(1), name: name("guard") };
    block.identity(&identity).expect("room");
    let config = ClusterConfig {
        number: CLUSTER,
        keys: server::keys(),
        digest: server::DIGEST,
        rules: Rules { boot_grace: Millis::from_secs(60), ..Rules::default() },
        connectors: Default::default(),
    };
    block.cluster(&Cluster { name: name("shop"), port: CLUSTER, config }).expect("room");
    (0..2).for_each(|at| block.server(&server::config(at)).expect("room"));
    block.timing(&Timing::default()).expect("room");
    let address: SocketAddrV4 = "10.0.0.9:3493".parse().expect("an address");
    let poll = Millis::from_secs(2);
    block.nut_server(&NutServer { address, login: None, poll }).expect("room");
    let config = UpsConfig { cut: Cut::Never, ..UpsConfig::default() };
    let there = UpsName::new("ups").expect("a name");
    block.ups(&Ups { name: name("rack"), nut: 0, there, config }).expect("room");
    block.stage(&PlanStage { after: Some(Millis::from_secs(5)), below: None }).expect("room");
    for at in 0..2 {
        let feed = Feed { ups: UpsIndex(0), outlet: Outlet::WHOLE, alone: false };
        let feeds = [feed].into_iter().collect();
        let planned = PlannedServer { feeds, ..PlannedServer::new(ServerIndex(at)) };
        block.planned(&planned).expect("room");
    }
    let len = block.finish().expect("room");
    bytes[..len].to_vec()
}
