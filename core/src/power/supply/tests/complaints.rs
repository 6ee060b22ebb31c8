//! What users of other software complain about, as far as one UPS decides it.

use super::*;

#[test]
fn complaint_1_stale_data_is_no_outage_however_long() {
    let mut watch = Watch::settled();
    watch.fails(UpsFailure::Stale, 4);
    assert_eq!(watch.tells(), []);
    assert_eq!(watch.line.freshness(&watch.config, at(watch.now)), Freshness::Good);
    watch.fails(UpsFailure::Stale, 20);
    assert_eq!(watch.line.freshness(&watch.config, at(watch.now)), Freshness::Late);
    assert_eq!(watch.tells(), []);
    watch.fails(UpsFailure::Stale, 4 * 3600);
    assert_eq!(watch.line.freshness(&watch.config, at(watch.now)), Freshness::Unknown);
    assert!(watch.is_on_mains());
    assert_eq!(watch.tells(), [Tell::Unread { ups: UPS, failure: UpsFailure::Stale }]);
    watch.reads(mains(), 1);
    assert_eq!(watch.tells(), [Tell::ReadAgain(UPS)]);
}

#[test]
fn complaint_2_silence_on_battery_lets_the_last_runtime_count_down() {
    let mut watch = Watch::settled();
    watch.discharges(battery(600, 90), 15);
    assert_eq!(watch.left(), 586);
    watch.fails(UpsFailure::Silent, 4);
    assert_eq!(watch.left(), 582);
    watch.passes(500);
    assert_eq!(watch.left(), 82);
    assert!(!watch.battery().low);
}

#[test]
fn complaint_2_silent_while_it_calibrates_is_judged_by_its_runtime() {
    let mut watch = Watch::settled();
    watch.discharges(UpsReading { testing: true, ..battery(1200, 100) }, 5);
    watch.passes(800);
    let seen = watch.battery();
    assert!(seen.excused && !seen.low);
    assert_eq!(watch.left(), 396);
}

#[test]
fn complaint_6_a_low_flag_on_a_full_battery_is_doubted() {
    let mut watch = Watch::settled();
    let flagged = UpsReading { low: true, ..battery(1200, 95) };
    watch.discharges(flagged, 30);
    assert!(!watch.battery().low);
    assert!(watch.tells().contains(&Tell::Low { ups: UPS, believed: false }));
    // It insists.
    watch.discharges(flagged, 1);
    assert!(watch.battery().low);
    assert_eq!(watch.tells(), [Tell::Low { ups: UPS, believed: true }]);
}

#[test]
fn complaint_6_a_low_flag_that_nothing_speaks_against_is_believed_at_once() {
    let agreeing = [
        battery(1200, 49),
        battery(180, 95),
        UpsReading::of(Supply::Battery),
        UpsReading { runtime: None, ..battery(0, 20) },
    ];
    for reading in agreeing {
        let mut watch = Watch::settled();
        watch.reads(UpsReading { low: true, ..reading }, 1);
        assert!(watch.battery().low, "{reading:?}");
    }
    for reading in [battery(181, 50), UpsReading { runtime: None, ..battery(0, 50) }] {
        let mut watch = Watch::settled();
        watch.reads(UpsReading { low: true, ..reading }, 1);
        assert!(!watch.battery().low, "{reading:?}");
    }
}

#[test]
fn complaint_7_a_self_test_is_no_outage() {
    let mut watch = Watch::settled();
    watch.discharges(UpsReading { testing: true, ..battery(1200, 100) }, 60);
    assert!(watch.battery().excused);
    assert_eq!(watch.tells(), [Tell::Testing { ups: UPS, on: true }]);
    watch.reads(mains(), 11);
    assert_eq!(watch.tells(), [Tell::Testing { ups: UPS, on: false }]);
}

#[test]
fn complaint_7_a_test_flag_that_stays_excuses_no_longer() {
    let mut watch = Watch::settled();
    watch.reads(UpsReading { testing: true, ..mains() }, 300);
    watch.discharges(UpsReading { testing: true, ..battery(1200, 100) }, 11);
    let seen = watch.battery();
    assert!(!seen.excused && seen.confirmed);
    assert!(watch.tells().contains(&Tell::OnBattery(UPS)));
}

#[test]
fn complaint_7_a_battery_that_fails_its_test_is_not_excused() {
    let mut watch = Watch::settled();
    watch.reads(UpsReading { testing: true, low: true, ..battery(60, 30) }, 1);
    let seen = watch.battery();
    assert!(seen.low && !seen.excused);
}

#[test]
fn complaint_8_an_output_that_is_off_is_no_feed() {
    let mut watch = Watch::settled();
    watch.reads(UpsReading { supply: Supply::Off, ..mains() }, 11);
    assert_eq!(watch.state(), FeedState::Off { confirmed: true });
    assert_eq!(watch.tells(), [Tell::OutputOff(UPS)]);
}

#[test]
fn complaint_8_a_passing_glitch_is_not_confirmed() {
    let mut watch = Watch::settled();
    watch.reads(UpsReading { supply: Supply::Off, ..mains() }, 2);
    assert_eq!(watch.state(), FeedState::Off { confirmed: false });
    watch.reads(mains(), 1);
    assert!(watch.is_on_mains());
}

#[test]
fn complaint_15_time_on_battery_is_by_our_own_clock() {
    let mut watch = Watch::unread();
    // Nothing of an outage before this look counts, however long the card says that it lasts.
    watch.reads(battery(1200, 100), 1);
    assert!(!watch.battery().confirmed);
    watch.passes(9);
    assert!(!watch.battery().confirmed);
    watch.passes(1);
    assert!(watch.battery().confirmed);
    // The next outage begins at zero again.
    watch.reads(mains(), 11);
    watch.reads(battery(1200, 100), 1);
    assert!(!watch.battery().confirmed);
}

#[test]
fn complaint_16_a_latched_order_ends_with_its_outage() {
    let forced = |reading| UpsReading { forced: true, ..reading };
    let mut watch = Watch::settled();
    watch.discharges(battery(300, 60), 5);
    watch.reads(forced(battery(290, 60)), 1);
    assert!(watch.battery().forced);
    // The mains are back, and the flag stays.
    watch.reads(forced(mains()), 11);
    assert!(watch.is_on_mains());
    watch.reads(battery(300, 60), 1);
    assert!(!watch.battery().forced);
    // A latch that is there at the first look on mains is left over.
    let mut watch = Watch::unread();
    watch.reads(forced(mains()), 2);
    assert!(watch.is_on_mains());
    watch.reads(forced(battery(300, 60)), 1);
    assert!(!watch.battery().forced);
}

#[test]
fn complaint_16_an_order_that_nobody_carries_out_ends() {
    let forced = UpsReading { forced: true, ..mains() };
    let mut watch = Watch::settled();
    watch.reads(forced, 600);
    assert!(watch.battery().forced && watch.battery().confirmed);
    watch.reads(forced, 1);
    assert!(watch.is_on_mains());
}
