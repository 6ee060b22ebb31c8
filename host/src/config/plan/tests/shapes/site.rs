//! A simulated site of what a file says.

use std::time::Duration;

use komainu_core::power::{AskBy, PlannedServer, StartBy};
use komainu_sim::outage::{Disturbance, Machine, Report, Scenario, Software, World, server, ups};

use crate::config::site::{Site, Ups};

/// The mains go, come back long after everything is down, and stay.
const OUT: Duration = Duration::from_secs(100);
pub(super) const BACK: Duration = Duration::from_secs(5_500);
const OVER: Duration = Duration::from_secs(9_000);
/// This machine goes down within that.
const OWN: Duration = Duration::from_secs(60);

/// What became of a site.
pub(super) struct Played {
    pub(super) report: Report,
    pub(super) servers: usize,
}

pub(super) fn play(site: &Site) -> Played {
    let config = site.power_config(&site.connectors[0]).expect("it fits");
    let mut scenario = Scenario::empty();
    scenario.ups = site.supplies.ups.iter().map(|ups| (battery(ups), ups.config)).collect();
    let software = |_| Software { before: false, takes: Duration::from_secs(5) };
    scenario.software = site.supplies.maintenance.iter().map(software).collect();
    scenario.servers = config.servers().iter().map(machine).collect();
    let own = &site.supplies.own;
    let feeds: Vec<_> = own.feeds.iter().map(|feed| feed.ups.at()).collect();
    scenario.own = (!feeds.is_empty()).then_some(Machine { feeds, stop: OWN });
    let mut names = site.planned(&site.connectors[0]);
    scenario.own_server = own
        .server
        .as_ref()
        .and_then(|own| names.find(|(_, server)| server.name == *own))
        .map(|(index, _)| index.at());
    let mains = |at, on| (0..scenario.ups.len()).map(move |ups| (at, Disturbance::Mains(ups, on)));
    scenario.script = mains(OUT, false).chain(mains(BACK, true)).collect();
    scenario.script.push((OVER, Disturbance::Heal));
    scenario.heals_at = OVER;
    let servers = scenario.servers.len();
    Played { report: World::with_config(scenario, config, true).run(), servers }
}

/// A battery that lasts as long as the file assumes.
fn battery(ups: &Ups) -> ups::Traits {
    ups::Traits { runtime: ups.config.assumed.duration(), ..ups::Traits::honest() }
}

fn machine(planned: &PlannedServer) -> (server::Traits, server::Faults, PlannedServer) {
    let traits = server::Traits {
        feeds: planned.feeds.iter().map(|feed| feed.ups.at()).collect(),
        outlet: planned.feeds.first().map_or(0, |feed| usize::from(feed.outlet.number())),
        needed: usize::from(planned.needed),
        stop: Duration::from_secs(20),
        boot: Duration::from_secs(60),
        services: Duration::from_secs(5),
        guests: vec![Duration::from_secs(10); planned.groups.len()],
        starts_with_mains: planned.start_by == StartBy::Mains,
        off_before: false,
        ignores_on: 0,
    };
    // Who is asked by other means has no member.
    let deaf = planned.ask_by != AskBy::Member;
    (traits, server::Faults { deaf, ..server::Faults::default() }, planned.clone())
}
