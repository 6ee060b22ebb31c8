//! A thousand fencings over a network that loses, doubles, delays and reorders.

use std::time::Duration;

use komainu_core::fence::{Outcome, Plan};
use komainu_sim::bmc::BmcConfig;
use komainu_sim::net::Faults;
use komainu_tests::world::{World, profile};

use crate::driver::{Courier, fence};
use crate::judge::judge;

const SEEDS: u64 = 1000;

fn bad_network() -> Faults {
    Faults {
        loss_percent: 30.0,
        duplicate_percent: 10.0,
        reorder_percent: 10.0,
        delay_min: Duration::from_millis(1),
        delay_max: Duration::from_millis(200),
    }
}

/// The world of a seed: its server takes up to six seconds to go off.
fn world(seed: u64) -> World {
    let mut config = BmcConfig::default();
    config.power.off_delay = Duration::from_secs(seed % 7);
    World::new(config, profile(), &["password"], bad_network(), seed)
}

#[test]
fn a_bad_network_neither_doubles_an_action_nor_fakes_a_fencing() {
    let plan = Plan::default();
    let mut fenced = 0;
    for seed in 0..SEEDS {
        let mut world = world(seed);
        let record = fence(&mut world, plan.clone(), Courier::Honest);
        judge(&world, &plan, &record)
            .unwrap_or_else(|broken| panic!("seed {seed}: {broken}: {record:#?}"));
        fenced += u64::from(matches!(record.outcome, Outcome::Fenced { .. }));
    }
    // Off is sent three times at most, and each time it is lost with a probability of 30 %.
    assert!(fenced >= SEEDS * 93 / 100, "only {fenced} of {SEEDS} succeeded");
}

#[test]
fn the_same_network_shows_who_sends_an_action_twice() {
    let plan = Plan::default();
    let caught = (0..SEEDS).find_map(|seed| {
        let mut world = world(seed);
        let record = fence(&mut world, plan.clone(), Courier::Resending);
        judge(&world, &plan, &record).err()
    });
    assert!(caught.is_some_and(|broken| broken.contains("was carried out")));
}
