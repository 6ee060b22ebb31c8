//! What plans take, and what batteries carry.

use core::array;

use proptest::prelude::*;

use super::*;
use crate::power::{Config, Input, Power, Restored};
use crate::time::Millis;
use crate::types::{GroupName, ServerIndex, Supply, UpsIndex, UpsReading};

fn at(secs: u64) -> Instant {
    Instant::from_micros(1_000_000 * (1_000_000 + secs))
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A server with two groups of guests and the limits of the defaults:
/// 10 + 180 + 180 + 120 + 300 + 30 s.
fn server() -> PlannedServer {
    let mut server = PlannedServer::new(ServerIndex(0));
    for _ in 0..2 {
        server.groups.push(GroupName::default()).expect("room for two");
    }
    server
}

const fn place(step: Step, since: Option<Instant>) -> Place {
    Place { step, since, member: true }
}

fn load(stage: u8, takes: u64, left: Option<u64>) -> Load {
    Load { stage, takes: secs(takes), left: left.map(secs) }
}

#[test]
fn a_step_that_was_never_measured_takes_its_limit() {
    let server = server();
    let start = place(Step::Freeze, None);
    let takes = |place, now| expected(&server, &Steps::default(), Duration::ZERO, place, now);
    assert_eq!(takes(start, at(0)), secs(10 + 180 + 180 + 120 + 300));
    assert_eq!(worst(&server, Duration::ZERO, start, at(0)), secs(820));
    let second = place(Step::Guests(1), Some(at(0)));
    assert_eq!(takes(second, at(100)), secs(80 + 120 + 300));
    assert_eq!(takes(place(Step::Force, Some(at(0))), at(10)), secs(20));
    assert_eq!(takes(place(Step::Boot, Some(at(0))), at(10)), Duration::ZERO);
}

#[test]
fn maintenance_that_takes_longer_is_waited_for() {
    let takes = expected(&server(), &Steps::default(), secs(60), place(Step::Freeze, None), at(0));
    assert_eq!(takes, secs(60 + 180 + 180 + 120 + 300));
}

#[test]
fn without_a_member_there_is_nobody_to_direct() {
    let alone = Place { member: false, ..place(Step::Freeze, None) };
    let takes = expected(&server(), &Steps::default(), Duration::ZERO, alone, at(0));
    assert_eq!(takes, secs(10 + 300));
}

#[test]
fn a_step_is_reckoned_with_what_it_took_until_it_takes_longer() {
    let mut steps = Steps::default();
    steps.note(Step::ShutDown, secs(40));
    let server = server();
    let stops = place(Step::ShutDown, Some(at(0)));
    let takes = |now| expected(&server, &steps, Duration::ZERO, stops, at(now));
    assert_eq!([0, 30, 40, 100, 400].map(takes), [40, 10, 260, 200, 0].map(secs));
    assert_eq!(worst(&server, Duration::ZERO, stops, at(30)), secs(270 + 30));
}

#[test]
fn a_measurement_grows_at_once_and_falls_slowly() {
    let mut measured = Measured::default();
    assert_eq!(measured.reckoned(secs(300)), secs(300));
    measured.note(Duration::from_millis(79_001));
    assert_eq!(measured.reckoned(secs(300)), secs(80));
    measured.note(secs(40));
    assert_eq!(measured.reckoned(secs(300)), secs(75));
    measured.note(secs(100));
    assert_eq!(measured.reckoned(secs(300)), secs(100));
    assert_eq!(measured.reckoned(secs(60)), secs(60));
    measured.note(secs(1_000_000));
    assert_eq!(Measured::from_raw(measured.to_raw()).reckoned(secs(100_000)), secs(65_535));
    for _ in 0..200 {
        measured.note(Duration::ZERO);
    }
    assert_eq!(measured.to_raw(), 1);
}

#[test]
fn each_step_is_measured_by_itself() {
    let mut steps = Steps::default();
    let guests: [Step; MAX_GROUPS] = array::from_fn(|group| Step::Guests(group as u8));
    let others = [Step::Freeze, Step::Services, Step::ShutDown, Step::Force, Step::Boot];
    for (step, took) in guests.into_iter().chain(others).zip(1..) {
        steps.note(step, secs(took));
    }
    let mut all = Steps::from_raw(steps.to_raw()).to_raw().map(Measured::to_raw);
    all.sort_unstable();
    assert_eq!(all, array::from_fn::<u16, STEPS, _>(|n| n as u16 + 1));
    assert_eq!(steps.of(Step::Guests(2)).to_raw(), 3);
}

#[test]
fn stages_go_one_after_the_other_and_their_servers_side_by_side() {
    let loads =
        [load(0, 100, None), load(0, 60, None), load(2, 30, None), load(OWN_STAGE, 5, None)];
    assert_eq!(time_needed(loads.into_iter()), secs(135));
    assert_eq!(time_needed([load(200, 7, None)].into_iter()), secs(7));
    let timing = Timing::default();
    assert_eq!(with_margin(secs(100), &timing), secs(155));
    assert_eq!(with_margin(secs(0), &timing), secs(0));
}

#[test]
fn the_tightest_server_decides_whether_the_plan_fits() {
    let timing = Timing { margin: 0, reserve: Millis::new(0), ..Timing::default() };
    // The first stage has the shorter battery, and still more time than it needs.
    let loads = [load(0, 100, Some(150)), load(1, 100, Some(230)), load(1, 10, None)];
    let tight = tightest(loads.into_iter(), &timing).expect("an end is in sight");
    assert_eq!(tight, Balance { needed: secs(200), left: secs(230) });
    // Of two that are too late, the one that misses more.
    let loads = [load(0, 100, Some(90)), load(1, 100, Some(150))];
    let tight = tightest(loads.into_iter(), &timing).expect("an end is in sight");
    assert_eq!(tight.left, secs(150));
    assert_eq!(tightest([load(0, 1, None)].into_iter(), &timing), None);
}

#[test]
fn a_runtime_that_sways_about_what_is_needed_is_told_once() {
    let mut fit = Fit::default();
    let judge =
        |fit: &mut Fit, left| fit.judge(Some(Balance { needed: secs(200), left: secs(left) }));
    assert_eq!(judge(&mut fit, 200), None);
    assert_eq!(judge(&mut fit, 199), Some(false));
    assert_eq!(judge(&mut fit, 201), None);
    assert_eq!(fit.judge(None), None);
    assert_eq!(judge(&mut fit, 219), None);
    assert_eq!(judge(&mut fit, 220), Some(true));
    assert_eq!(judge(&mut fit, 200), None);
}

/// A UPS whose mains are back, with those figures.
fn back(charge: Option<u8>, runtime: Option<u32>, worth: Option<u32>, secs: u64) -> Line {
    let mut line = Line::new(at(0));
    line.restore(worth.map(Millis::from_secs));
    let runtime = runtime.map(Millis::from_secs);
    let reading = UpsReading { charge, runtime, ..UpsReading::of(Supply::Mains) };
    for now in [0, secs] {
        line.hear(&UpsConfig::default(), at(now), at(now), Ok(reading));
    }
    line
}

#[test]
fn servers_start_once_the_battery_carries_one_more_shutdown() {
    let config = UpsConfig::default();
    let starts = |line: Line| may_start(&line, &config, secs(300));
    assert!(!starts(Line::new(at(0))));
    // 10 s for each percent under load; idle it tells hours.
    assert!(!starts(back(Some(29), Some(36_000), Some(10), 20)));
    assert!(starts(back(Some(30), Some(36_000), Some(10), 20)));
    // Nothing is known of the load: half a charge besides.
    assert!(!starts(back(Some(49), Some(36_000), None, 20)));
    assert!(!starts(back(Some(50), Some(299), None, 20)));
    assert!(starts(back(Some(50), Some(300), None, 20)));
    assert!(starts(back(Some(50), None, None, 20)));
    assert!(!starts(back(None, Some(299), None, 20)));
    assert!(starts(back(None, Some(300), None, 20)));
}

#[test]
fn nothing_stays_down_for_a_battery_that_becomes_no_fuller() {
    let config = UpsConfig::default();
    let starts = |line: Line| may_start(&line, &config, secs(3000));
    assert!(!starts(back(Some(89), Some(300), Some(10), 20)));
    assert!(starts(back(Some(90), Some(300), Some(10), 20)));
    assert!(!starts(back(Some(40), Some(300), Some(10), 8 * 3600 - 1)));
    assert!(starts(back(Some(40), Some(300), Some(10), 8 * 3600)));
    // It tells nothing that could be waited for.
    assert!(starts(back(None, None, None, 20)));
}

#[test]
fn what_a_charge_is_worth_outlasts_the_outage_of_this_machine() {
    let mut config = Config::<1, 2>::new(Timing::default());
    config.add_ups(UpsConfig::default()).expect("room for it");
    config.add_ups(UpsConfig::default()).expect("room for it");
    let mut power = Power::new(config.clone(), Restored { record: None, unix_ms: 1 }, at(0));
    let ups = UpsIndex(1);
    let mains = UpsReading {
        charge: Some(100),
        runtime: Some(Millis::from_secs(1200)),
        ..UpsReading::of(Supply::Mains)
    };
    for (asked, supply) in [(at(1), Supply::Mains), (at(2), Supply::Battery)] {
        let reading = Ok(UpsReading { supply, ..mains });
        power.handle(asked, Input::Reading { ups, asked, reading });
    }
    let mut record = [0; Power::<1, 2>::RECORD_LEN];
    let len = power.record(&mut record).expect("it fits");
    let restored = Restored { record: Some(&record[..len]), unix_ms: 2 };
    let power = Power::new(config, restored, at(0));
    let worth: [_; 2] = array::from_fn(|at| power.lines[at].worth());
    assert_eq!(worth, [None, Some(Millis::from_secs(12))]);
}

#[test]
fn a_configured_charge_is_waited_for() {
    let config = UpsConfig { floor: Some(95), ..UpsConfig::default() };
    assert!(!may_start(&back(Some(94), Some(36_000), Some(100), 20), &config, secs(1)));
    assert!(may_start(&back(Some(95), Some(1), None, 20), &config, secs(3000)));
    // It tells no charge: its runtime decides.
    assert!(!may_start(&back(None, Some(299), None, 20), &config, secs(300)));
}

proptest! {
    /// Time that passes within a step is time that is no longer needed, or the limit counts.
    #[test]
    fn what_is_expected_is_never_more_than_the_worst(
        took in proptest::collection::vec(0..400_u64, STEPS),
        group in 0..2_u8,
        which in 0..5_usize,
        spent in 0..1000_u64,
    ) {
        let mut steps = Steps::default();
        let all = [Step::Freeze, Step::Guests(group), Step::Services, Step::ShutDown, Step::Force];
        for (step, took) in all.into_iter().zip(took) {
            steps.note(step, secs(took));
        }
        let server = server();
        let here = place(all[which], Some(at(0)));
        let takes = expected(&server, &steps, secs(20), here, at(spent));
        let most = worst(&server, secs(20), here, at(spent));
        prop_assert!(takes <= most);
        prop_assert!(worst(&server, secs(20), here, at(spent + 1)) <= most);
    }
}
