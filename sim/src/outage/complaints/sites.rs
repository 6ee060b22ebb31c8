//! The sites of the complaints.

use komainu_core::power::{Cut, PlannedServer, Stage, UpsConfig};
use komainu_core::time::Millis;
use komainu_core::types::{GroupName, ServerIndex};

use super::Disturbance::Mains;
use crate::outage::scenario::{Disturbance, Scenario, feed, secs};
use crate::outage::server::{self, Faults};
use crate::outage::ups;

/// Servers on one honest UPS of 20 minutes; everything stops after a minute.
pub(in crate::outage) fn site(servers: u16) -> Scenario {
    Scenario {
        ups: vec![a_ups()],
        servers: (0..servers).map(a_server).collect(),
        stages: vec![Stage { after: Some(Millis::of(secs(60))), below: None }],
        ..Scenario::empty()
    }
}

/// The same, with stops at the last safe moment only.
pub(in crate::outage) fn patient(servers: u16) -> Scenario {
    let mut scenario = site(servers);
    scenario.stages[0].after = None;
    scenario
}

/// Servers on two UPSes, of which each needs one.
pub(in crate::outage) fn two_feeds() -> Scenario {
    let mut scenario = site(2);
    scenario.ups.push(a_ups());
    for (traits, _, planned) in &mut scenario.servers {
        traits.feeds = vec![0, 1];
        planned.feeds.push(feed(1)).expect("there is room");
    }
    scenario
}

pub(in crate::outage) fn a_ups() -> (ups::Traits, UpsConfig) {
    let traits = ups::Traits::honest();
    let cut = Cut::Delayed { most: Millis::of(secs(3600)) };
    (traits, UpsConfig { cut, ..UpsConfig::default() })
}

pub(in crate::outage) fn a_server(index: u16) -> (server::Traits, Faults, PlannedServer) {
    let traits = server::Traits {
        feeds: vec![0],
        outlet: 0,
        needed: 1,
        stop: secs(20),
        boot: secs(60),
        services: secs(5),
        guests: vec![secs(10), secs(20)],
        starts_with_mains: false,
        off_before: false,
        ignores_on: 0,
    };
    let mut planned = PlannedServer::new(ServerIndex(index));
    planned.feeds.push(feed(0)).expect("there is room");
    planned.groups.push(GroupName::default()).expect("there is room");
    (planned.guests, planned.services) = (Millis::of(secs(60)), Millis::of(secs(30)));
    (planned.shutdown, planned.boot) = (Millis::of(secs(90)), Millis::of(secs(300)));
    (traits, Faults::default(), planned)
}

/// With the mains of the first UPS out from then to then.
pub(in crate::outage) fn outage(mut scenario: Scenario, from: u64, to: u64) -> Scenario {
    scenario.script.push((secs(from), Mains(0, false)));
    scenario.script.push((secs(to), Mains(0, true)));
    scenario
}

/// With that besides, until everything heals.
pub(in crate::outage) fn happens(
    mut scenario: Scenario,
    heals: u64,
    script: &[(u64, Disturbance)],
) -> Scenario {
    scenario.script.extend(script.iter().map(|(at, what)| (secs(*at), *what)));
    scenario.script.push((secs(heals), Disturbance::Heal));
    scenario.script.sort_by_key(|(at, _)| *at);
    scenario.heals_at = secs(heals);
    scenario
}
