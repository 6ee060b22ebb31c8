//! What the machines are told of an outage's UPS and guests.

use komainu_core::guests::{self, GuestConfig, GuestId, GuestIndex, GuestSet};
use komainu_core::power::{Config, Cut, Feed, PlannedServer, Stage, Timing, UpsConfig};
use komainu_core::time::Millis;
use komainu_core::types::{GroupName, Outlet, ServerIndex, UpsIndex};

use super::outage::{GuestTraits, Outage};

const GROUPS: [&str; 2] = ["early", "late"];

/// One UPS that feeds every host.
pub(super) fn power(outage: &Outage) -> Config<4, 1> {
    let mut config = Config::new(Timing::default());
    let ups = UpsConfig {
        confirm: Millis::from_secs(2),
        settle: Millis::from_secs(2),
        cut: Cut::Delayed { most: Millis::from_secs(3600) },
        floor: Some(5),
        ..UpsConfig::default()
    };
    config.add_ups(ups).expect("there is room");
    for after in [0, 10] {
        let after = Some(Millis::from_secs(after));
        config.add_stage(Stage { after, below: None }).expect("there is room");
    }
    for (at, _) in (0u16..).zip(&outage.guests) {
        config.add_server(server(outage, at)).expect("its UPS is there");
    }
    config
}

fn server(outage: &Outage, at: u16) -> PlannedServer {
    let mut server = PlannedServer::new(ServerIndex(at));
    let feed = Feed { ups: UpsIndex(0), outlet: Outlet::WHOLE, alone: false };
    server.feeds.push(feed).expect("it is the first");
    server.stage = if outage.stages { (at % 2) as u8 } else { 0 };
    let groups: &[&str] = if outage.by_groups { &GROUPS } else { &[""] };
    let has = |group: &&str| {
        let guests = &outage.guests[usize::from(at)];
        group.is_empty() || guests.iter().any(|guest| *self::group(guest) == **group)
    };
    for group in groups.iter().filter(|group| has(group)) {
        server.groups.push(GroupName::new(group).expect("letters")).expect("there is room");
    }
    server
}

fn group(guest: &GuestTraits) -> &'static str {
    GROUPS[usize::from(guest.late)]
}

/// Guests as their member is told of them.
pub(super) fn guests(traits: &[GuestTraits]) -> guests::Config {
    let one = |(id, guest): (u64, &GuestTraits)| GuestConfig {
        group: GroupName::new(group(guest)).expect("letters"),
        after: guest.after.map(|other| GuestIndex(other as u8)).into_iter().collect::<GuestSet>(),
        ready: guest.says_ready,
        ..GuestConfig::new(GuestId(id))
    };
    let all: Vec<_> = (0..).zip(traits).map(one).collect();
    guests::Config::new(&all, None).expect("each needs one before it at most")
}
