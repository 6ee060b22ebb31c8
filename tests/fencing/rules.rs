//! The judge finds what it is there to find: each case breaks one rule on purpose.

use std::time::Duration;

use komainu_core::fence::{Budgets, Method, Outcome, Plan};
use komainu_core::time::{Instant, Millis};
use komainu_sim::bmc::{BmcConfig, Quirks};
use komainu_tests::world::World;

use crate::driver::{Courier, fence};
use crate::judge::judge;

fn off() -> Plan {
    Plan::new(&[Method::Off], false, Budgets::default()).expect("one method")
}

fn quirky(quirks: Quirks) -> BmcConfig {
    BmcConfig { quirks, ..BmcConfig::default() }
}

/// What the judge says of a fencing of `world`.
fn verdict(world: &mut World, plan: Plan, courier: Courier) -> Result<(), String> {
    let record = fence(world, plan.clone(), courier);
    judge(world, &plan, &record)
}

#[test]
fn an_action_sent_again_is_found() {
    let quirks = Quirks { power_unanswered: true, ..Quirks::default() };
    let mut world = World::plain(quirky(quirks.clone()), 1);
    let broken = verdict(&mut world, off(), Courier::Resending);
    assert_eq!(broken, Err("action 0 was carried out 2 times, asked 1".into()));
    let mut world = World::plain(quirky(quirks), 1);
    assert_eq!(verdict(&mut world, off(), Courier::Honest), Ok(()));
}

#[test]
fn a_bmc_that_lies_is_found() {
    let quirks = Quirks { status_lag: Some(Duration::from_secs(5)), ..Quirks::default() };
    let mut config = quirky(quirks);
    config.power.on = false;
    let mut world = World::plain(config, 2);
    // Somebody presses the button; the BMC goes on saying off for a while.
    let now = world.now();
    world.bmc.set_power(now, true);
    let broken = verdict(&mut world, off(), Courier::Honest);
    assert!(broken.is_err_and(|broken| broken.starts_with("fenced, but the server was on")));
}

#[test]
fn one_reading_in_place_of_two_is_found() {
    let mut world = World::plain(BmcConfig::default(), 3);
    let plan = off();
    let mut record = fence(&mut world, plan.clone(), Courier::Honest);
    // As if the first reading of off had been enough.
    let last = record.entries.pop().expect("a fencing asks something");
    let first = record.entries.last().expect("two readings were taken").told_at;
    record.fenced = record.fenced.map(|fenced| {
        let at = Instant::from_micros(first.as_micros() as u64);
        komainu_core::fence::Fenced { at, ..fenced }
    });
    assert_ne!(last.told_at, first);
    let broken = judge(&world, &plan, &record);
    assert_eq!(broken, Err("the two readings are only 0ns apart".into()));
}

#[test]
fn a_confirmation_without_a_gap_is_found() {
    let mut world = World::plain(BmcConfig::default(), 4);
    let mut hasty = off();
    hasty.budgets.confirm_gap = Millis::new(0);
    let record = fence(&mut world, hasty, Courier::Honest);
    assert!(matches!(record.outcome, Outcome::Fenced { .. }));
    assert!(judge(&world, &off(), &record).is_err_and(|broken| broken.contains("apart")));
}

#[test]
fn a_fencing_that_takes_too_long_is_found() {
    let mut config = BmcConfig::default();
    config.power.off_delay = Duration::from_secs(19);
    let mut world = World::plain(config, 5);
    let record = fence(&mut world, off(), Courier::Honest);
    let mut short = off();
    for budget in [&mut short.budgets.look, &mut short.budgets.act, &mut short.budgets.off] {
        *budget = Millis::new(1);
    }
    short.budgets.silence = Millis::new(1);
    assert!(judge(&world, &short, &record).is_err_and(|broken| broken.contains("printed")));
}
