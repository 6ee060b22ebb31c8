//! Who takes part in the story, and what the machine is told of them.

use std::time::Duration;

use komainu_core::power::{Adapter, Config, Cut, Feed, PlannedServer, Stage, Timing, UpsConfig};
use komainu_core::time::Millis;
use komainu_core::types::{GroupName, Outlet, ServerIndex, UpsIndex};

/// Names of the servers, in the order of their places.
pub(super) const SERVERS: [&str; 3] = ["alpha", "beta", "gamma"];
/// Names of the UPSes.
pub(super) const UPSES: [&str; 2] = ["rack-a", "rack-b"];
/// The place of the standby.
pub(super) const BETA: usize = 1;
/// The place of the host of guests.
pub(super) const GAMMA: usize = 2;
/// How long a full battery lasts.
pub(super) const RUNTIME: Duration = Duration::from_secs(900);

/// A plan as three stages would have it.
pub(super) fn config() -> Config<3, 2> {
    let timing = Timing { stagger: Millis::from_secs(2), ..Timing::default() };
    let mut config = Config::new(timing);
    let ups = UpsConfig {
        confirm: Millis::from_secs(5),
        settle: Millis::from_secs(5),
        cut: Cut::Delayed { most: Millis::from_secs(1200) },
        ..UpsConfig::default()
    };
    let after = |seconds| Stage { after: Some(Millis::from_secs(seconds)), below: None };
    let late = Stage { after: None, below: None };
    // There is room for all of them.
    let _ = UPSES.map(|_| config.add_ups(ups));
    let _ = [after(10), after(60), late].map(|stage| config.add_stage(stage));
    let maintenance = Adapter { enter: Millis::from_secs(30), leave: Millis::from_secs(30) };
    let _ = config.add_adapter(maintenance);
    for (place, stage) in [2, 1, 0].into_iter().enumerate() {
        let _ = config.add_server(server(place, stage));
    }
    config
}

fn server(place: usize, stage: u8) -> PlannedServer {
    let index = u16::try_from(place).unwrap_or_default();
    let mut server = PlannedServer::new(ServerIndex(index));
    let feed = |ups| Feed { ups: UpsIndex(ups), outlet: Outlet::WHOLE, alone: false };
    server.feeds = [feed(0), feed(1)].into_iter().collect();
    server.stage = stage;
    server.services = Millis::from_secs(30);
    server.shutdown = Millis::from_secs(90);
    server.boot = Millis::from_secs(180);
    if place == GAMMA {
        server.groups = [GroupName::default()].into_iter().collect();
        server.guests = Millis::from_secs(60);
    } else {
        server.adapters = 1;
    }
    server
}

/// What the machine's messages call everything.
pub(super) fn stage_names() -> [&'static str; 3] {
    ["guests", "standby", "serving"]
}
