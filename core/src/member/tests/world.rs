//! Two or three members, a scripted connector and a network, on one virtual clock.

use super::std::boxed::Box;
use super::std::format;
use super::std::string::String;
use super::std::vec::Vec;
use core::net::SocketAddr;

use crate::guests::{self, GuestConfig};
use crate::limits::MAX_HOSTS;
use crate::member::{
    Action, Answer, Check, Command, Commands, Config, ConnectorConfig, Input, Laws, Member,
    OnFailure, Order, PeerConfig, Restored, ServiceConfig, Ticket, Timers,
};
use crate::reset_path::ClusterKeys;
use crate::rng::Seed;
use crate::secret::Secret;
use crate::time::{Instant, Millis};
use crate::types::{
    ConfigDigest, ConnectorNumber, Epoch, Generation, HandoverStep, HostAddress, KeyNumber,
    ServiceNumber, ServiceState, SystemName,
};

use super::checks::step_of;
use super::connector::Scripted;
use super::host::Host;

pub(super) const CLUSTER: u16 = 4242;
pub(super) const DIGEST: ConfigDigest = ConfigDigest(7);
/// One way, on every network.
pub(super) const LATENCY: u64 = 200;
/// A write of the durable record.
const DISK: u64 = 3_000;

pub(super) fn host(number: u16) -> HostAddress {
    HostAddress::new(number).expect("a host's number")
}

pub(super) fn name(number: u16) -> SystemName {
    SystemName::new(&format!("host{number}")).expect("a name")
}

pub(super) fn keys() -> ClusterKeys {
    ClusterKeys::new(KeyNumber::new(1).expect("a key's number"), Secret::from([9; 32]))
}

pub(super) fn address(path: u8, host: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, path, u8::try_from(host).expect("small")], CLUSTER))
}

/// The connector's own place among the addresses.
pub(super) const CONNECTOR: u16 = 200;

/// A service on the hosts of those numbers.
pub(super) fn service(number: u16, hosts: &[u16]) -> ServiceConfig {
    let mut list = heapless::Vec::<_, MAX_HOSTS>::new();
    for number in hosts {
        list.push(host(*number)).expect("room");
    }
    ServiceConfig {
        number: ServiceNumber(number),
        name: SystemName::new(&format!("service{number}")).expect("a name"),
        hosts: list,
        autostart: true,
        commands: Commands {
            start_limit: Millis::from_secs(10),
            stop_limit: Millis::from_secs(10),
            check: Some(Check { every: Millis::from_secs(1), limit: Millis::new(500), tries: 2 }),
            start_tries: 2,
        },
        on_failure: OnFailure::HandOver,
        group: None,
        parents: heapless::Vec::new(),
    }
}

struct Flying {
    at: Instant,
    path: u8,
    from: u16,
    to: u16,
    bytes: Vec<u8>,
}

/// What is cut: from one host, or the connector, to another, on every path.
pub(super) type Cut = (u16, u16);

pub(super) struct World {
    pub(super) now: Instant,
    pub(super) hosts: Vec<Host>,
    pub(super) services: Vec<ServiceConfig>,
    pub(super) connector: Scripted,
    pub(super) cuts: Vec<Cut>,
    cut_paths: Vec<u8>,
    /// Links whose datagrams wait: from, to, path.
    pub(super) stalled: Vec<(u16, u16, u8)>,
    /// What went against the rules; ends the test at once unless it is looked for.
    pub(super) wrongs: Vec<String>,
    pub(super) looks_for_wrongs: bool,
    pub(super) starts: Vec<(ServiceNumber, Generation, u16)>,
    pub(super) yields: Vec<((ServiceNumber, HostAddress, Epoch), Generation, u16)>,
    pub(super) paths: Vec<u8>,
    flying: Vec<Flying>,
    /// Of 100 datagrams so many are lost, sent twice, or late; none while there is no chance.
    pub(super) chance: Option<Chance>,
    pub(super) timers: Timers,
    pub(super) guests: Vec<GuestConfig>,
}

impl World {
    pub(super) fn new(hosts: u16, services: &[ServiceConfig]) -> Self {
        Self::under(hosts, services, Laws::ALL)
    }

    /// A world whose members lack some laws: what goes wrong is noted.
    pub(super) fn under(hosts: u16, services: &[ServiceConfig], laws: Laws) -> Self {
        let now = Instant::from_micros(1_000_000);
        let mut world = Self {
            now,
            hosts: (1..=hosts).map(|number| Host::new(number, laws)).collect(),
            services: services.to_vec(),
            connector: Scripted::new(hosts, now),
            cuts: Vec::new(),
            cut_paths: Vec::new(),
            stalled: Vec::new(),
            wrongs: Vec::new(),
            looks_for_wrongs: false,
            starts: Vec::new(),
            yields: Vec::new(),
            paths: super::std::vec![1, 2],
            flying: Vec::new(),
            chance: None,
            timers: Timers::default(),
            guests: Vec::new(),
        };
        for number in 1..=hosts {
            world.boot(number);
        }
        world
    }

    pub(super) fn host(&mut self, number: u16) -> &mut Host {
        self.hosts.iter_mut().find(|host| host.number == number).expect("a host")
    }

    /// Switches a host on, or only starts its member anew.
    pub(super) fn boot(&mut self, number: u16) {
        let config = self.config(number);
        let now = self.now;
        let host = self.host(number);
        host.power = true;
        host.boots += 1;
        let seed = Seed::new([host.boots ^ u8::try_from(number << 4).expect("small"); 32]);
        let record = host.disk.clone();
        let restored = Restored {
            record: (!record.is_empty()).then_some(record.as_slice()),
            damaged: false,
            unix_ms: 1_700_000_000_000 + now.as_micros() / 1000,
        };
        let laws = host.laws;
        host.member = Some(Box::new(Member::mutant(config, &seed, restored, now, laws)));
    }

    fn config(&self, number: u16) -> Config {
        let own = (host(number), name(number));
        let mut config =
            Config::new(CLUSTER, own.0, own.1, DIGEST, keys(), self.timers).expect("fits");
        let connector =
            ConnectorConfig { number: ConnectorNumber(0), address: Some(address(0, CONNECTOR)) };
        config.add_connector(connector).expect("fits");
        for other in self.hosts.iter().filter(|other| other.number != number) {
            let mut paths = heapless::Vec::new();
            for path in &self.paths {
                paths.push((*path, address(*path, other.number))).expect("room");
            }
            let peer = PeerConfig { host: host(other.number), name: name(other.number), paths };
            config.add_peer(peer).expect("fits");
        }
        config.set_guests(guests::Config::new(&self.guests, None).expect("fits"));
        for service in self.services.iter().filter(|s| s.hosts.contains(&host(number))) {
            config.add_service(service.clone()).expect("fits");
        }
        config
    }

    /// The power of a host goes: whatever ran there ends.
    pub(super) fn power_off(&mut self, number: u16) {
        let host = self.host(number);
        host.power = false;
        host.running.clear();
        host.hypervisor.power_off();
        host.kill();
    }

    pub(super) fn order(&mut self, number: u16, ticket: u64, order: Order) {
        let now = self.now;
        let member = self.host(number).member.as_mut().expect("a member");
        member.handle(now, Input::Order { ticket: Ticket(ticket), order });
    }

    pub(super) fn answer(&mut self, number: u16, ticket: u64) -> Option<Answer> {
        let answers = &self.host(number).answers;
        answers.iter().find(|(t, _)| *t == Ticket(ticket)).map(|(_, answer)| *answer)
    }

    /// What of that kind is under way from one host to another is lost.
    pub(super) fn lose(&mut self, from: u16, to: u16, step: HandoverStep) {
        self.flying.retain(|flying| {
            (flying.from, flying.to) != (from, to) || step_of(&flying.bytes) != Some(step)
        });
    }

    /// Nothing passes on that path any more.
    pub(super) fn cut_path(&mut self, path: u8) {
        self.cut_paths.push(path);
    }

    /// Runs for so many milliseconds.
    pub(super) fn run(&mut self, millis: u64) {
        let end = Instant::from_micros(self.now.as_micros() + millis * 1000);
        self.drain();
        while let Some(next) = self.next_event().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.deliver();
            self.drain();
        }
        self.now = end;
    }

    /// Runs until it holds, for at most so many milliseconds.
    pub(super) fn run_until(&mut self, millis: u64, holds: impl Fn(&mut Self) -> bool) -> bool {
        for _ in 0..millis {
            if holds(self) {
                return true;
            }
            self.run(1);
        }
        holds(self)
    }

    fn next_event(&self) -> Option<Instant> {
        let waits = |f: &&Flying| self.stalled.contains(&(f.from, f.to, f.path));
        let flying = self.flying.iter().filter(|f| !waits(f)).map(|flying| flying.at);
        let hosts = self.hosts.iter().flat_map(|host| {
            let deadline = host.member.as_ref().and_then(|member| member.deadline());
            let runs = host.runs.iter().map(|run| run.0);
            let writes = host.writes.iter().map(|write| write.0);
            let guests = host.hypervisor.next();
            deadline.into_iter().chain(guests).chain(runs).chain(writes).collect::<Vec<_>>()
        });
        flying.chain(hosts).chain(self.connector.deadline()).min()
    }

    fn deliver(&mut self) {
        let now = self.now;
        let waits = |f: &Flying| self.stalled.contains(&(f.from, f.to, f.path));
        let (due, later) = core::mem::take(&mut self.flying)
            .into_iter()
            .partition(|flying| flying.at <= now && !waits(flying));
        self.flying = later;
        for flying in due {
            self.land(flying);
        }
        for host in &mut self.hosts {
            host.end_runs(now);
        }
        for number in self.connector.killed(now) {
            self.power_off(number);
        }
        let dead: Vec<u16> = self.hosts.iter().filter(|h| !h.power).map(|h| h.number).collect();
        for (to, bytes) in self.connector.poll(now, &dead) {
            self.send(0, CONNECTOR, to, bytes);
        }
    }

    fn land(&mut self, mut flying: Flying) {
        let now = self.now;
        if flying.to == CONNECTOR {
            return self.connector.hear(now, flying.from, &flying.bytes);
        }
        let from = address(flying.path, flying.from);
        if let Some(member) = self.host(flying.to).member.as_mut() {
            let datagram = &mut flying.bytes;
            member.handle(now, Input::Datagram { path: flying.path, from, datagram });
        }
    }

    fn send(&mut self, path: u8, from: u16, to: u16, bytes: Vec<u8>) {
        if self.cuts.contains(&(from, to)) || self.cut_paths.contains(&path) {
            return;
        }
        let copies = match self.chance.as_mut().map(|chance| chance.below(100)) {
            Some(0..10) => 0,
            Some(10..20) => 2,
            Some(_) | None => 1,
        };
        for _ in 0..copies {
            let late = self.chance.as_mut().map_or(0, Chance::lateness);
            let at = Instant::from_micros(self.now.as_micros() + LATENCY + late);
            self.flying.push(Flying { at, path, from, to, bytes: bytes.clone() });
        }
    }

    fn drain(&mut self) {
        for at in 0..self.hosts.len() {
            for _ in 0..10_000 {
                let now = self.now;
                let mut out = [0; 1024];
                let host = self.hosts.get_mut(at).expect("a host");
                let Some(action) = host.member.as_mut().and_then(|m| m.poll(now, &mut out)) else {
                    break;
                };
                self.act(at, action, &out);
            }
            let host = self.hosts.get(at).expect("a host");
            if let Some(deadline) = host.member.as_ref().and_then(|member| member.deadline()) {
                assert!(deadline > self.now, "host {} wants to be polled at once", host.number);
            }
        }
        self.check();
    }

    fn act(&mut self, at: usize, action: Action, out: &[u8]) {
        let now = self.now;
        let host = self.hosts.get_mut(at).expect("a host");
        let number = host.number;
        match action {
            Action::Send { path, to, len } => {
                let SocketAddr::V4(to) = to else { panic!("only IPv4 here") };
                let [.., to] = to.ip().octets();
                let bytes = out.get(..len).expect("written").to_vec();
                self.check_sent(u16::from(to), &bytes);
                self.send(path, number, u16::from(to), bytes);
            }
            Action::Broadcast { len } => {
                let bytes = out.get(..len).expect("written").to_vec();
                self.send(0, number, CONNECTOR, bytes);
            }
            Action::Run { run, service, command, .. } => {
                host.begin(now, run, service, command);
                if command == Command::Start {
                    self.check_start(at, service);
                }
            }
            Action::Guests(action) => host.hypervisor.begin(now, action),
            Action::HostDown { .. } => {
                host.went_down = true;
                self.power_off(number);
            }
            Action::ShutDown => host.shut_down = true,
            Action::Persist { generation } => {
                let mut record = [0; 4096];
                let member = host.member.as_ref().expect("a member");
                let len = member.record(&mut record).expect("room");
                let bytes = record.get(..len).expect("written").to_vec();
                host.writes.push((Instant::from_micros(now.as_micros() + DISK), generation, bytes));
            }
            Action::Answer { ticket, answer } => host.answers.push((ticket, answer)),
            Action::Tell(tell) => host.tells.push((now, tell)),
        }
    }

    /// Where a service runs.
    pub(super) fn active(&self, number: u16) -> Option<u16> {
        let runs = |host: &&Host| host.power && host.running.contains(&ServiceNumber(number));
        self.hosts.iter().find(runs).map(|host| host.number)
    }

    pub(super) fn state(&mut self, number: u16, service: u16) -> ServiceState {
        let now = self.now;
        let member = self.host(number).member.as_ref().expect("a member");
        let snapshot = member.snapshot(now);
        let found = snapshot.services().find(|s| s.number == ServiceNumber(service));
        found.expect("a service").state
    }

    pub(super) fn story(&self) -> String {
        let mut lines: Vec<(Instant, String)> = Vec::new();
        for host in &self.hosts {
            for (at, tell) in &host.tells {
                lines.push((*at, format!("host {}: {tell:?}", host.number)));
            }
        }
        lines.sort();
        lines.iter().map(|(at, line)| format!("{:>12} {line}\n", at.as_micros())).collect()
    }
}

/// A plain generator for tests (xorshift).
#[derive(Clone, Copy)]
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % limit
    }

    /// Most datagrams are a little late, a few very much.
    fn lateness(&mut self) -> u64 {
        match self.below(20) {
            0 => self.below(8_000_000),
            1..5 => self.below(300_000),
            _ => self.below(1_000),
        }
    }
}
