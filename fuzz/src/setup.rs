//! Two servers of one cluster on one UPS, as their connector and their members know them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use komainu_core::block::ApplianceSite;
use komainu_core::connector::{self, ClusterConfig, Restored, Rules, ServerConfig};
use komainu_core::fence::Plan;
use komainu_core::member::{
    self, Commands, ConnectorConfig, Member, OnFailure, PeerConfig, ServiceConfig, Timers,
};
use komainu_core::power::{self, Feed, PlannedServer, Stage, Timing, UpsConfig};
use komainu_core::reset_path::ClusterKeys;
use komainu_core::rng::Seed;
use komainu_core::secret::{Key, KeyId, Secret};
use komainu_core::session::{Profile, UserName};
use komainu_core::site;
use komainu_core::time::{Instant, Millis};
use komainu_core::types::{
    ConfigDigest, ConnectorNumber, HostAddress, KeyNumber, Outlet, ServerIndex, ServiceNumber,
    SystemName,
};

const CLUSTER: u16 = 50_001;
const DIGEST: ConfigDigest = ConfigDigest(7);
const UNIX_MS: u64 = 1_767_225_600_000;
const OWN: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 200));
/// Where the connector listens.
pub(crate) const CONNECTOR: SocketAddr = SocketAddr::new(OWN, CLUSTER);
/// Where it speaks to BMCs from.
pub(crate) const CONSOLE: SocketAddr = SocketAddr::new(OWN, 40_000);

pub(crate) fn host(at: usize) -> HostAddress {
    HostAddress::new(at as u16 + 1).expect("not 0")
}

/// Where a member is on a path; 0 = the reset path.
pub(crate) fn member(path: u8, at: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, path, at as u8 + 1], CLUSTER + u16::from(path)))
}

pub(crate) fn bmc(at: usize) -> SocketAddr {
    SocketAddr::from(([10, 9, 0, at as u8 + 1], 623))
}

fn name(name: &str) -> SystemName {
    SystemName::new(name).expect("a name")
}

fn server_name(at: usize) -> SystemName {
    name(["alpha", "beta"][at])
}

fn keys() -> ClusterKeys {
    ClusterKeys::new(KeyNumber::new(1).expect("not 0"), Secret::from([9; 32]))
}

/// The site of both.
pub(crate) fn site() -> ApplianceSite {
    let mut connector = connector::Config::new(ConnectorNumber(1), name("guard"));
    let cluster = ClusterConfig {
        number: CLUSTER,
        keys: keys(),
        digest: DIGEST,
        rules: Rules::default(),
        connectors: Default::default(),
    };
    connector.add_cluster(cluster).expect("room");
    let mut power = power::Config::new(Timing::default());
    let ups = power.add_ups(UpsConfig::default()).expect("room");
    power.add_stage(Stage { after: Some(Millis::from_secs(5)), below: None }).expect("room");
    for at in 0..2 {
        let user = UserName::new("admin").expect("short");
        let server = ServerConfig {
            host: host(at),
            name: server_name(at),
            member: None,
            bmc: bmc(at),
            profile: Profile::new(user, Some(KeyId(0))),
            password: Key::new(b"password").expect("short"),
            kg: None,
            plan: Plan::default(),
            poll: Millis::from_secs(5),
        };
        connector.add_server(server).expect("room");
        let feed = Feed { ups, outlet: Outlet::WHOLE, alone: false };
        let feeds = [feed].into_iter().collect();
        let planned = PlannedServer { feeds, ..PlannedServer::new(ServerIndex(at as u16)) };
        power.add_server(planned).expect("room");
    }
    let restored = Restored { record: None, damaged: false, unix_ms: UNIX_MS };
    let config = site::Config { connector, power };
    ApplianceSite::new(config, &Seed::new([1; 32]), restored, Instant::from_micros(0))
}

/// The member of one of them.
pub(crate) fn member_of(at: usize) -> Member {
    let timers = Timers { start_wait: Millis::from_secs(20), ..Timers::default() };
    let config = member::Config::new(CLUSTER, host(at), server_name(at), DIGEST, keys(), timers);
    let mut config = config.expect("good timers");
    let connector = ConnectorConfig { number: ConnectorNumber(1), address: Some(CONNECTOR) };
    config.add_connector(connector).expect("room");
    let other = 1 - at;
    let paths = [(1, member(1, other))].into_iter().collect();
    let peer = PeerConfig { host: host(other), name: server_name(other), paths };
    config.add_peer(peer).expect("room");
    (1..=2).for_each(|number| config.add_service(service(number)).expect("room"));
    let restored = member::Restored { record: None, damaged: false, unix_ms: UNIX_MS };
    Member::new(config, &Seed::new([at as u8 + 2; 32]), restored, Instant::from_micros(0))
}

fn service(number: u16) -> ServiceConfig {
    let hosts = [host(0), host(1)];
    let first = usize::from(number - 1);
    ServiceConfig {
        number: ServiceNumber(number),
        name: name(["web", "mail"][first]),
        hosts: [hosts[first], hosts[1 - first]].into_iter().collect(),
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
