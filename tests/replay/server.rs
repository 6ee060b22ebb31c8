//! A managed server of a recorded run: a member with one service, and its BMC.

use std::net::SocketAddr;
use std::time::Duration;

use komainu_core::connector::ServerConfig;
use komainu_core::fence::Plan;
use komainu_core::member::{
    Action, Command, Commands, Config, ConnectorConfig, Input, Member, OnFailure, PeerConfig,
    Restored, RunEnd, RunId, ServiceConfig, Timers,
};
use komainu_core::reset_path::ClusterKeys;
use komainu_core::rng::Seed;
use komainu_core::secret::{Key, KeyId, Secret};
use komainu_core::session::{Profile, UserName};
use komainu_core::time::{Instant, Millis};
use komainu_core::types::{
    ConfigDigest, ConnectorNumber, HostAddress, KeyNumber, ServiceNumber, SystemName,
};
use komainu_sim::bmc::{Bmc, BmcConfig};

use crate::stage::{CLUSTER, CONNECTOR, UNIX_MS};

/// What the configuration is told apart by.
pub(crate) const DIGEST: ConfigDigest = ConfigDigest(0x5eed);
/// From power-on to the start of the member.
const BOOT: Duration = Duration::from_secs(15);
/// From the order to shut down to off.
const SHUTDOWN: Duration = Duration::from_secs(4);

pub(crate) fn name(at: usize) -> SystemName {
    SystemName::new(["alpha", "beta"][at]).expect("a name")
}

pub(crate) fn host(at: usize) -> HostAddress {
    HostAddress::new(at as u16 + 1).expect("not 0")
}

pub(crate) fn keys() -> ClusterKeys {
    ClusterKeys::new(KeyNumber::new(1).expect("not 0"), Secret::from([0x4b; 32]))
}

/// Where its member is on a path; 0 = the reset path.
pub(crate) fn member(path: u8, at: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, path, at as u8 + 1], CLUSTER + u16::from(path)))
}

pub(crate) fn bmc(at: usize) -> SocketAddr {
    SocketAddr::from(([10, 9, 0, at as u8 + 1], 623))
}

/// What the connector is told of it.
pub(crate) fn config(at: usize) -> ServerConfig {
    let user = UserName::new("admin").expect("short");
    ServerConfig {
        host: host(at),
        name: name(at),
        member: None,
        bmc: bmc(at),
        profile: Profile::new(user, Some(KeyId(0))),
        password: Key::new(b"password").expect("short"),
        kg: None,
        plan: Plan::default(),
        poll: Millis::from_secs(5),
    }
}

/// What a server wants done around it.
pub(crate) enum Effect {
    /// A datagram leaves its member.
    Send { path: u8, to: SocketAddr, bytes: Vec<u8> },
    /// A command of its service will have ended.
    Runs { run: RunId, end: RunEnd },
}

/// A server.
pub(crate) struct Server {
    at: usize,
    pub(crate) bmc: Bmc,
    member: Option<Box<Member>>,
    record: Vec<u8>,
    starts: u8,
    /// The workload runs.
    pub(crate) serves: bool,
    was_on: bool,
    pub(crate) power_offs: u32,
    boots_at: Option<Duration>,
    off_at: Option<Duration>,
}

impl Server {
    /// A server that is up.
    pub(crate) fn new(at: usize) -> Self {
        let mut server = Self {
            at,
            bmc: Bmc::new(BmcConfig::default(), at as u64),
            member: None,
            record: Vec::new(),
            starts: 0,
            serves: false,
            was_on: true,
            power_offs: 0,
            boots_at: None,
            off_at: None,
        };
        server.start(Duration::ZERO);
        server
    }

    fn start(&mut self, now: Duration) {
        self.starts += 1;
        let timers = Timers { start_wait: Millis::from_secs(20), ..Timers::default() };
        let config = Config::new(CLUSTER, host(self.at), name(self.at), DIGEST, keys(), timers);
        let mut config = config.expect("good timers");
        let connector = ConnectorConfig { number: ConnectorNumber(1), address: Some(CONNECTOR) };
        config.add_connector(connector).expect("room");
        let other = 1 - self.at;
        let paths = [(1, member(1, other))].into_iter().collect();
        config.add_peer(PeerConfig { host: host(other), name: name(other), paths }).expect("room");
        config.add_service(service()).expect("room");
        let record = (!self.record.is_empty()).then_some(&self.record[..]);
        let unix_ms = UNIX_MS + now.as_millis() as u64;
        let restored = Restored { record, damaged: false, unix_ms };
        let seed = Seed::new([0x10 * (self.at as u8 + 1) + self.starts; 32]);
        self.member = Some(Box::new(Member::new(config, &seed, restored, instant(now))));
    }

    /// Its operating system hangs: the power stays on.
    pub(crate) fn crash(&mut self) {
        (self.member, self.serves) = (None, false);
    }

    /// Whether its member runs.
    pub(crate) fn runs(&self) -> bool {
        self.member.is_some()
    }

    /// Takes a datagram.
    pub(crate) fn hear(&mut self, now: Duration, path: u8, from: SocketAddr, bytes: &mut [u8]) {
        if let Some(member) = &mut self.member {
            member.handle(instant(now), Input::Datagram { path, from, datagram: bytes });
        }
    }

    /// A command of its service has ended.
    pub(crate) fn ended(&mut self, now: Duration, run: RunId, end: RunEnd) {
        if let Some(member) = &mut self.member {
            member.handle(instant(now), Input::Finished { run, end });
        }
    }

    /// When it wants to be looked at again.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let own = self.member.as_ref().and_then(|member| member.deadline());
        let own = own.map(|at| Duration::from_micros(at.as_micros()));
        [own, self.bmc.deadline(), self.boots_at, self.off_at].into_iter().flatten().min()
    }

    /// Follows its power, and does what its member wants.
    pub(crate) fn turn(&mut self, now: Duration) -> Vec<Effect> {
        if self.off_at.is_some_and(|at| at <= now) {
            self.off_at = None;
            self.bmc.set_power(now, false);
        }
        let on = self.bmc.power(now);
        if on != self.was_on {
            self.was_on = on;
            self.crash();
            self.power_offs += u32::from(!on);
            self.boots_at = on.then_some(now + BOOT);
        }
        if self.boots_at.is_some_and(|at| at <= now) {
            self.boots_at = None;
            self.start(now);
        }
        self.drain(now)
    }

    fn drain(&mut self, now: Duration) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut out = [0; 1024];
        while let Some(member) = &mut self.member {
            let Some(action) = member.poll(instant(now), &mut out) else { break };
            match action {
                Action::Send { path, to, len } => {
                    effects.push(Effect::Send { path, to, bytes: out[..len].to_vec() });
                }
                Action::Broadcast { len } => {
                    let bytes = out[..len].to_vec();
                    effects.push(Effect::Send { path: 0, to: CONNECTOR, bytes });
                }
                Action::Run { run, command, .. } => {
                    let end = self.command(command);
                    effects.push(Effect::Runs { run, end });
                }
                Action::Persist { generation } => self.persist(now, generation),
                Action::ShutDown => self.off_at = Some(now + SHUTDOWN),
                Action::HostDown { .. } => self.off_at = Some(now),
                Action::Guests(_) | Action::Answer { .. } | Action::Tell(_) => {}
            }
        }
        effects
    }

    fn command(&mut self, command: Command) -> RunEnd {
        match command {
            Command::Start => self.serves = true,
            Command::Stop => self.serves = false,
            Command::Check => {
                return if self.serves { RunEnd::Done } else { RunEnd::Failed };
            }
        }
        RunEnd::Done
    }

    fn persist(&mut self, now: Duration, generation: u64) {
        let Some(member) = &mut self.member else { return };
        let mut record = vec![0; 16 * 1024];
        let len = member.record(&mut record).expect("there is room");
        record.truncate(len);
        self.record = record;
        member.handle(instant(now), Input::Persisted(generation));
    }
}

fn service() -> ServiceConfig {
    ServiceConfig {
        number: ServiceNumber(1),
        name: SystemName::new("web").expect("a name"),
        hosts: [host(0), host(1)].into_iter().collect(),
        autostart: true,
        commands: Commands {
            start_limit: Millis::from_secs(10),
            stop_limit: Millis::from_secs(10),
            check: None,
            start_tries: 2,
        },
        on_failure: OnFailure::HandOver,
        group: None,
        parents: Default::default(),
    }
}

/// That moment on the core's clock.
pub(crate) fn instant(now: Duration) -> Instant {
    Instant::from_micros(now.as_micros() as u64)
}
