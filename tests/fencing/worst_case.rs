//! What a plan prints is never exceeded, and not much more than what can happen.

use std::time::Duration;

use komainu_core::connector::route::request_of;
use komainu_core::fence::{Ask, Budgets, Outcome, Plan};
use komainu_sim::bmc::{BmcConfig, Quirks};
use komainu_tests::world::{BMC, CONSOLE, Event, World};

use crate::driver::{Courier, fence};
use crate::judge::judge;

/// How long a fencing of such a BMC took, and how it ended.
fn worst_of(config: BmcConfig, seed: u64) -> (Duration, Outcome) {
    let mut world = World::plain(config, seed);
    let plan = Plan::default();
    let record = fence(&mut world, plan.clone(), Courier::Honest);
    judge(&world, &plan, &record).unwrap_or_else(|broken| panic!("{broken}: {record:#?}"));
    (record.took, record.outcome)
}

#[test]
fn a_bmc_that_answers_keeps_to_the_answering_case() {
    let worst = Plan::default().worst_case().answering;
    let quirks = Quirks { power_stuck: true, ..Quirks::default() };
    let (took, outcome) = worst_of(BmcConfig { quirks, ..BmcConfig::default() }, 1);
    assert!(matches!(outcome, Outcome::Unconfirmed { .. }));
    assert!(took <= worst, "{took:?} of {worst:?}");
    // Twice off, cycle and reset are watched for their whole time.
    let Budgets { off, pulse, .. } = Budgets::default();
    assert!(took >= 2 * (off.duration() + pulse.duration()), "{took:?}");
}

#[test]
fn a_bmc_that_falls_silent_after_every_action_keeps_to_the_silent_case() {
    let worst = Plan::default().worst_case().silent;
    // Never read off: it comes back on, after the longest silence that is waited out.
    for silence in [58, 70] {
        let mut config = BmcConfig::default();
        config.quirks.silent_after_power = Some(Duration::from_secs(silence));
        config.power.off_delay = Duration::from_secs(3600);
        let (took, _) = worst_of(config, 2);
        assert!(took <= worst, "{took:?} of {worst:?}");
    }
}

#[test]
fn a_bmc_that_dies_in_the_middle_keeps_to_the_silent_case() {
    let plan = Plan::default();
    let worst = plan.worst_case();
    // A session is up when the way back dies, or the way there.
    for (from, to) in [(BMC, CONSOLE), (CONSOLE, BMC)] {
        let mut config = BmcConfig::default();
        config.quirks.power_stuck = true;
        let mut world = World::plain(config, 3);
        let look = Ask::Look { budget: Duration::from_secs(5) };
        let (request, budget) = request_of(look).expect("the request is short");
        assert!(matches!(world.ask(request, budget), Event::Answer { .. }));
        world.net.cut(from, to);
        let record = fence(&mut world, plan.clone(), Courier::Honest);
        assert!(matches!(record.outcome, Outcome::Unreachable(_)), "{:?}", record.outcome);
        assert!(record.took <= worst.answering, "{:?}", record.took);
    }
}
