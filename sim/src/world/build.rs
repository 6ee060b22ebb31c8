//! The machines' configurations, as a scenario wants them.

use std::time::Duration;

use komainu_core::connector::{ClusterConfig, OnIsolation, Profile, Rules, ServerConfig, UserName};
use komainu_core::fence::{Budgets, Method, Plan};
use komainu_core::member::{
    Check, Commands, ConnectorConfig, OnFailure as Failure, PeerConfig, ServiceConfig, Timers,
};
use komainu_core::reset_path::ClusterKeys;
use komainu_core::secret::{Key, KeyId, Secret};
use komainu_core::time::Millis;
use komainu_core::types::{
    ConfigDigest, ConnectorNumber, HostAddress, KeyNumber, ServiceNumber, SystemName,
};
use komainu_core::{connector, member, power, site};

use super::hypervisor::Guest;
use super::outage::GuestTraits;
use super::scenario::{OnFailure, Scenario, ServicePlan, Spans};
use super::server::Server;
use super::{BMC_LAN, CLUSTER_PORT, MONITORING, Node, RESET_LAN, address, plan};
use crate::bmc::{Bmc, BmcConfig, PowerConfig};
use crate::checks::Secrets;
use crate::rng::Rng;

const CLUSTER_KEY: [u8; 32] = *b"guardians of the gate, both here";
const PASSWORD: &str = "komainu-at-bmc-9";
const USER: &str = "admin";
/// The wall clock at a world's start: 1 January 2026.
const UNIX_MS: i64 = 1_767_225_600_000;

/// What nobody may show.
pub(super) fn secrets() -> Secrets {
    Secrets::new(&[&CLUSTER_KEY, PASSWORD.as_bytes()])
}

/// A fencing fails only after this; for which a member waits.
pub(super) fn worst_case(scenario: &Scenario) -> Duration {
    fencing(scenario).worst_case().silent
}

/// The address of a host in its cluster.
pub(super) fn host_address(host: usize) -> HostAddress {
    HostAddress::new(host as u16 + 1).expect("there are few hosts")
}

/// The number of a service in its cluster.
pub(super) const fn service_number(service: usize) -> ServiceNumber {
    ServiceNumber(service as u16 + 1)
}

fn name(prefix: &str, at: usize) -> SystemName {
    SystemName::new(&format!("{prefix}{at}")).expect("letters and a digit")
}

/// Which host that name stands for.
pub(super) fn host_of(name: &[u8]) -> Option<usize> {
    let digits = std::str::from_utf8(name.strip_prefix(b"h")?).ok()?;
    digits.parse::<usize>().ok()?.checked_sub(1)
}

fn keys() -> ClusterKeys {
    let one = KeyNumber::new(1).expect("it is not 0");
    ClusterKeys::new(one, Secret::from(CLUSTER_KEY))
}

/// A server, switched on, with an empty disk.
pub(super) fn server<M, I>(scenario: &Scenario, at: usize, rng: &mut Rng) -> Server<M, I> {
    let mut config = BmcConfig {
        power: PowerConfig { off_delay: scenario.spans.off_delay, ..PowerConfig::default() },
        ..BmcConfig::default()
    };
    let password = crate::bmc::Password::new(PASSWORD.as_bytes()).expect("it is short");
    config.users[0].password = password;
    let bmc = Bmc::new(config, rng.next_u64() ^ at as u64);
    let guests = traits_of(scenario, at).iter().cloned().map(Guest::new).collect();
    Server::new(bmc, scenario.services.len(), guests, UNIX_MS + rng.below(5000) as i64)
}

fn traits_of(scenario: &Scenario, host: usize) -> &[GuestTraits] {
    scenario.outage.as_ref().map_or(&[], |outage| &outage.guests[host])
}

fn fencing(scenario: &Scenario) -> Plan {
    let budgets = Budgets {
        look: Millis::from_secs(5),
        act: Millis::from_secs(3),
        off: Millis::from_secs(6),
        silence: Millis::from_secs(10),
        ..Budgets::default()
    };
    let methods: &[Method] = if scenario.all_methods { &Method::ALL } else { &[Method::Off] };
    Plan::new(methods, true, budgets).expect("each method comes once")
}

/// What a connector is told.
pub(super) fn site(scenario: &Scenario, at: usize) -> site::Config<4, 1, 1> {
    let power = match &scenario.outage {
        Some(outage) => plan::power(outage),
        None => power::Config::new(power::Timing::default()),
    };
    site::Config { connector: connector(scenario, at), power }
}

fn connector(scenario: &Scenario, at: usize) -> connector::Config<4, 1> {
    let number = |at: usize| ConnectorNumber(at as u8);
    let mut config = connector::Config::new(number(at), name("c", at));
    let others = (0..scenario.connectors).filter(|other| *other != at);
    let cluster = ClusterConfig {
        number: CLUSTER_PORT,
        keys: keys(),
        digest: ConfigDigest(1),
        rules: rules(&scenario.spans),
        connectors: others.map(number).collect(),
    };
    config.add_cluster(cluster).expect("there is room");
    for host in 0..scenario.hosts {
        config.add_server(managed(scenario, host)).expect("there is room");
    }
    config
}

fn rules(spans: &Spans) -> Rules {
    Rules {
        patrol: Millis::of(spans.patrol),
        boot_grace: Millis::of(spans.boot_grace),
        min_survivors: 1,
        max_resets_in_flight: 2,
        on_isolation: if spans.fence_isolated { OnIsolation::Fence } else { OnIsolation::Keep },
    }
}

fn managed(scenario: &Scenario, host: usize) -> ServerConfig {
    let mut profile = Profile::new(UserName::new(USER).expect("it is short"), Some(KeyId(0)));
    profile.privilege = komainu_core::wire::command::Privilege::Administrator;
    ServerConfig {
        host: host_address(host),
        name: name("h", host + 1),
        member: Some(address(RESET_LAN, Node::Host(host))),
        bmc: address(BMC_LAN, Node::Bmc(host)),
        profile,
        password: Key::new(PASSWORD.as_bytes()).expect("it is short"),
        kg: None,
        plan: fencing(scenario),
        poll: Millis::of(scenario.spans.poll),
    }
}

/// What a member is told.
pub(super) fn member(scenario: &Scenario, host: usize) -> member::Config {
    let spans = &scenario.spans;
    let timers = Timers {
        patrol: Millis::of(spans.patrol),
        heartbeat: Millis::of(spans.heartbeat),
        step: Millis::of(spans.step),
        start_wait: Millis::of(spans.start_wait),
        request_budget: Millis::of(worst_case(scenario) + Duration::from_secs(5)),
    };
    let (me, digest) = (host_address(host), ConfigDigest(1));
    let mut config =
        member::Config::new(CLUSTER_PORT, me, name("h", host + 1), digest, keys(), timers)
            .expect("the timers fit one another");
    for at in 0..scenario.connectors {
        let number = ConnectorNumber(at as u8);
        let address = (!scenario.broadcast).then(|| address(RESET_LAN, Node::Connector(at)));
        let added = config.add_connector(ConnectorConfig { number, address });
        added.expect("each connector comes once");
    }
    for other in (0..scenario.hosts).filter(|other| *other != host) {
        config.add_peer(peer(scenario, other)).expect("each host comes once");
    }
    for (at, service) in scenario.services.iter().enumerate() {
        if service.hosts.contains(&host) {
            config.add_service(self::service(spans, at, service)).expect("its hosts are known");
        }
    }
    config.set_guests(plan::guests(traits_of(scenario, host)));
    config
}

fn peer(scenario: &Scenario, host: usize) -> PeerConfig {
    let path = |at: usize| (at as u8 + 1, address(MONITORING + at, Node::Host(host)));
    PeerConfig {
        host: host_address(host),
        name: name("h", host + 1),
        paths: (0..scenario.paths).map(path).collect(),
    }
}

fn service(spans: &Spans, at: usize, plan: &ServicePlan) -> ServiceConfig {
    let check = |every| Check {
        every: Millis::of(every),
        limit: Millis::of(spans.command_limit),
        tries: 2,
    };
    ServiceConfig {
        number: service_number(at),
        name: name("s", at + 1),
        hosts: plan.hosts.iter().map(|host| host_address(*host)).collect(),
        autostart: true,
        commands: Commands {
            start_limit: Millis::of(spans.command_limit),
            stop_limit: Millis::of(spans.command_limit),
            check: plan.check_every.map(check),
            start_tries: 2,
        },
        on_failure: match plan.on_failure {
            OnFailure::HandOver => Failure::HandOver,
            OnFailure::PairDown => Failure::PairDown,
            OnFailure::Stop => Failure::Stop,
        },
        group: plan.group,
        parents: plan.parents.iter().map(|parent| service_number(*parent)).collect(),
    }
}
