//! Blocks: there and back, and what is refused.

mod refused;
mod there_and_back;

extern crate std;

use std::vec::Vec;

use super::{Addressing, ApplianceSite, Block, Cluster, Encoder, Identity, Network};
use super::{NutServer, Status, Ups};
use crate::connector::{ClusterConfig, Config, Restored, Rules, ServerConfig};
use crate::fence::{Budgets, Method, Plan};
use crate::limits::MAX_BLOCK;
use crate::power::{self, AskBy, Feed, Own, PlannedServer, Stage, Timing, UpsConfig};
use crate::reset_path::ClusterKeys;
use crate::rng::Seed;
use crate::secret::{Key, KeyId, Secret};
use crate::session::{Profile, UserName};
use crate::site::{self, Action, Site};
use crate::time::{Instant, Millis};
use crate::types::{
    ConfigDigest, ConnectorNumber, GroupName, HostAddress, KeyNumber, Outlet, ServerIndex,
    SystemName, UpsIndex,
};
use crate::wire::nut::UpsName;

pub(crate) fn name(name: &str) -> SystemName {
    SystemName::new(name).unwrap()
}

pub(crate) fn cluster(number: u16) -> Cluster {
    let first = ClusterKeys::new(KeyNumber::new(1).unwrap(), Secret::from([7; 32]));
    Cluster {
        name: name(&std::format!("c{number}")),
        port: number,
        config: ClusterConfig {
            number,
            keys: first.accept(KeyNumber::new(2).unwrap(), Secret::from([8; 32])).unwrap(),
            digest: ConfigDigest(0xdead_beef),
            rules: Rules::default(),
            connectors: [ConnectorNumber(2)].into_iter().collect(),
        },
    }
}

pub(crate) fn server(host: u16) -> ServerConfig {
    let mut profile = Profile::new(UserName::new("admin").unwrap(), Some(KeyId(0)));
    profile.kg = Some(KeyId(1));
    let budgets = Budgets { off: Millis::from_secs(12), ..Budgets::default() };
    ServerConfig {
        host: HostAddress::new(host).unwrap(),
        name: name(&std::format!("s{host}")),
        member: None,
        bmc: ([10, 1, 0, host as u8], 623).into(),
        profile,
        password: Key::new(b"calvin").unwrap(),
        kg: Some(Key::new(&[9; 20]).unwrap()),
        plan: Plan::new(&[Method::Outlet, Method::Off], true, budgets).unwrap(),
        poll: Millis::from_secs(1),
    }
}

pub(crate) fn planned(server: u16) -> PlannedServer {
    let feed = Feed { ups: UpsIndex(0), outlet: Outlet::new(3).unwrap(), alone: true };
    PlannedServer {
        feeds: [feed].into_iter().collect(),
        ask_by: AskBy::Bmc,
        groups: [GroupName::new("db").unwrap()].into_iter().collect(),
        ..PlannedServer::new(ServerIndex(server))
    }
}

pub(crate) fn own() -> Own {
    let feed = Feed { ups: UpsIndex(0), outlet: Outlet::WHOLE, alone: false };
    Own { feeds: [feed].into_iter().collect(), stop: Some(Millis::from_secs(5)), server: None }
}

pub(crate) fn ups() -> Ups {
    Ups {
        name: name("rack"),
        nut: 0,
        there: UpsName::new("smart-ups").unwrap(),
        config: UpsConfig { floor: Some(30), ..UpsConfig::default() },
    }
}

pub(crate) fn nut() -> NutServer<'static> {
    NutServer {
        address: "192.0.2.9:3493".parse().unwrap(),
        login: Some(("komainu", b"secret")),
        poll: Millis::new(500),
    }
}

pub(crate) fn network() -> Network {
    let gateway = Some([192, 0, 2, 1].into());
    Network {
        mac: Some([2, 0, 0, 0, 0, 1]),
        addressing: Addressing::fixed([192, 0, 2, 7].into(), 24, gateway).unwrap(),
    }
}

pub(crate) fn identity() -> Identity {
    Identity { number: ConnectorNumber(1), name: name("guard") }
}

/// A block with something of every kind.
pub(crate) fn whole() -> Vec<u8> {
    let mut bytes = [0; MAX_BLOCK];
    let mut block = Encoder::new(&mut bytes).unwrap();
    block.network(&network()).unwrap();
    block.identity(&identity()).unwrap();
    block.status(&Status { port: 50_900, key: Secret::from([5; 32]) }).unwrap();
    for number in [50_001, 50_002] {
        block.cluster(&cluster(number)).unwrap();
        let first = number - 50_000;
        block.server(&server(2 * first)).unwrap();
        block.server(&server(2 * first + 1)).unwrap();
    }
    block.timing(&Timing::default()).unwrap();
    block.nut_server(&nut()).unwrap();
    block.ups(&ups()).unwrap();
    block.stage(&Stage { after: Some(Millis::from_secs(9)), below: None }).unwrap();
    block.planned(&planned(1)).unwrap();
    block.own(&own()).unwrap();
    let len = block.finish().unwrap();
    bytes[..len].to_vec()
}

/// The same as a configuration by value.
pub(crate) fn by_value() -> site::Config<16, 8, 4> {
    let Identity { number, name } = identity();
    let mut connector = Config::new(number, name);
    for number in [50_001, 50_002] {
        connector.add_cluster(cluster(number).config).unwrap();
        let first = number - 50_000;
        connector.add_server(server(2 * first)).unwrap();
        connector.add_server(server(2 * first + 1)).unwrap();
    }
    let mut power = power::Config::new(Timing::default());
    power.add_ups(ups().config).unwrap();
    power.add_stage(Stage { after: Some(Millis::from_secs(9)), below: None }).unwrap();
    power.add_server(planned(1)).unwrap();
    power.set_own(own()).unwrap();
    site::Config { connector, power }
}

pub(crate) const RESTORED: Restored<'static> =
    Restored { record: None, damaged: false, unix_ms: 1_700_000_000_000 };

pub(crate) fn seed() -> Seed {
    Seed::new([3; 32])
}

/// The site of that block.
pub(crate) fn site_of(block: &Block<'_>, restored: Restored<'_>) -> ApplianceSite {
    let now = Instant::from_micros(0);
    let mut site = block.vacant(&seed(), restored, now).unwrap();
    block.move_in(&mut site, restored, now).unwrap();
    site
}

/// What it does in its first seconds, with what it sends.
pub(crate) fn doings(site: &mut Site<16, 8, 4>) -> Vec<(Action, Vec<u8>)> {
    let mut out = [0; crate::connector::MAX_OUT];
    let mut done = Vec::new();
    for second in 0..5 {
        let now = Instant::from_micros(second * 1_000_000);
        while let Some(action) = site.poll(now, &mut out) {
            if let Action::Persist { generation } = action {
                site.handle(now, site::Input::Persisted(generation));
            }
            let len = match action {
                Action::Bmc { len, .. }
                | Action::ResetPath { len, .. }
                | Action::Broadcast { len, .. } => len,
                _ => 0,
            };
            done.push((action, out[..len].to_vec()));
        }
    }
    done
}
