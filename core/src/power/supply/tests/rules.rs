//! Debounce, runtime, freshness, hints and tells.

use super::*;

#[test]
fn an_outage_counts_after_its_debounce_and_so_does_the_return() {
    let mut watch = Watch::settled();
    watch.reads(battery(1200, 100), 1);
    assert_eq!(watch.tells(), [Tell::OnBattery(UPS)]);
    assert_eq!(watch.line.deadline(&watch.config), Some(at(watch.now + 5)));
    watch.passes(10);
    assert!(watch.battery().confirmed);
    watch.reads(mains(), 10);
    assert_eq!(watch.state(), FeedState::Mains { settled: false });
    watch.reads(mains(), 1);
    assert_eq!(watch.state(), FeedState::Mains { settled: true });
}

#[test]
fn flapping_mains_are_one_outage() {
    let mut watch = Watch::settled();
    for _ in 0..3 {
        watch.discharges(battery(1200, 100), 4);
        watch.reads(mains(), 5);
    }
    watch.reads(battery(1200, 100), 1);
    assert!(watch.battery().confirmed);
    assert_eq!(watch.tells(), [Tell::OnBattery(UPS)]);
    watch.reads(mains(), 11);
    assert_eq!(watch.tells(), [Tell::OnMains(UPS)]);
}

#[test]
fn silence_settles_nothing() {
    let mut watch = Watch::settled();
    watch.discharges(battery(1200, 100), 20);
    watch.reads(mains(), 1);
    watch.passes(3600);
    assert_eq!(watch.state(), FeedState::Mains { settled: false });
}

#[test]
fn a_runtime_falls_at_once_and_rises_once_it_is_told_again() {
    let mut watch = Watch::settled();
    watch.reads(battery(1200, 100), 1);
    watch.reads(battery(300, 99), 1);
    assert_eq!(watch.left(), 300);
    watch.reads(battery(9000, 98), 1);
    assert_eq!(watch.left(), 299);
    watch.reads(battery(8999, 98), 1);
    assert_eq!(watch.left(), 8999);
}

#[test]
fn a_runtime_that_hangs_counts_down() {
    let mut watch = Watch::settled();
    watch.reads(battery(300, 80), 60);
    assert_eq!(watch.left(), 241);
    // The charge moves, so this was measured.
    watch.reads(battery(300, 79), 2);
    assert_eq!(watch.left(), 299);
}

#[test]
fn a_runtime_that_cannot_be_meant_is_not_told() {
    let week = 7 * 24 * 3600;
    for reading in [battery(0, 97), battery(week + 1, 97), UpsReading::of(Supply::Battery)] {
        // What was told on mains is reckoned with.
        let mut watch = Watch::settled();
        watch.reads(reading, 1);
        assert_eq!(watch.left(), 1200, "{reading:?}");
        // Without that, what is configured.
        let mut watch = Watch::unread();
        watch.reads(reading, 2);
        assert_eq!(watch.left(), 179, "{reading:?}");
    }
    let mut watch = Watch::settled();
    watch.reads(battery(0, 49), 1);
    assert_eq!(watch.left(), 0);
    watch.reads(UpsReading { charge: None, ..battery(0, 0) }, 1);
    assert_eq!(watch.left(), 0);
}

#[test]
fn a_low_flag_on_mains_means_nothing() {
    let mut watch = Watch::settled();
    watch.reads(UpsReading { low: true, charge: Some(10), ..mains() }, 60);
    assert!(watch.is_on_mains());
    assert_eq!(watch.tells(), []);
    // Nor does its grace time run there.
    watch.reads(UpsReading { low: true, ..battery(1200, 95) }, 1);
    assert!(!watch.battery().low);
}

#[test]
fn a_discharge_after_a_test_begins_to_count_when_the_test_ends() {
    let mut watch = Watch::settled();
    watch.discharges(UpsReading { testing: true, ..battery(1200, 100) }, 60);
    watch.discharges(battery(1140, 95), 5);
    let seen = watch.battery();
    assert!(!seen.confirmed && !seen.excused);
    watch.discharges(battery(1135, 95), 5);
    assert!(watch.battery().confirmed);
}

#[test]
fn an_outlet_that_is_off_gives_nothing_though_the_rest_is_fed() {
    let outlet = Outlet::new(2).expect("an outlet");
    let mut watch = Watch::settled();
    watch.reads(UpsReading { outlets_off: 0b100, ..mains() }, 11);
    let seen = watch.line.feed(outlet, &watch.config, at(watch.now));
    assert_eq!(seen, FeedState::Off { confirmed: true });
    assert_eq!(watch.line.off_since(outlet), Some(at(watch.now - 10)));
    assert!(watch.is_on_mains());
    assert_eq!(watch.line.off_since(Outlet::WHOLE), None);
}

#[test]
fn bypass_is_mains_and_is_told() {
    let mut watch = Watch::settled();
    watch.reads(UpsReading { supply: Supply::Bypass, ..mains() }, 2);
    assert!(watch.is_on_mains());
    assert_eq!(watch.tells(), [Tell::NeedsCare(UPS)]);
    watch.reads(UpsReading { supply: Supply::Bypass, replace: true, ..mains() }, 1);
    assert_eq!(watch.tells(), [Tell::NeedsCare(UPS)]);
    watch.reads(UpsReading { replace: true, ..mains() }, 1);
    assert_eq!(watch.tells(), []);
}

#[test]
fn a_failure_that_time_does_not_heal_is_told_when_it_persists() {
    let mut watch = Watch::settled();
    watch.fails(UpsFailure::AccessDenied, 1);
    assert_eq!(watch.tells(), []);
    watch.fails(UpsFailure::AccessDenied, 1);
    let tell = Tell::Unread { ups: UPS, failure: UpsFailure::AccessDenied };
    assert_eq!(watch.tells(), [tell]);
    assert_eq!(watch.line.failure(), Some(UpsFailure::AccessDenied));
    // Silence is no sign that it is let in again.
    watch.fails(UpsFailure::Silent, 1);
    assert_eq!(watch.tells(), []);
    watch.reads(mains(), 1);
    assert_eq!(watch.tells(), [Tell::ReadAgain(UPS)]);
}

#[test]
fn one_that_was_never_read_is_told() {
    let mut watch = Watch::unread();
    assert_eq!(watch.line.deadline(&watch.config), Some(at(5)));
    watch.passes(30);
    assert_eq!(watch.state(), FeedState::Unread);
    assert_eq!(watch.tells(), [Tell::Unread { ups: UPS, failure: UpsFailure::Silent }]);
    assert_eq!(watch.line.deadline(&watch.config), None);
}

#[test]
fn an_answer_that_was_overtaken_is_no_news() {
    let mut watch = Watch::settled();
    let (config, now) = (watch.config, at(watch.now));
    watch.line.hear(&config, at(5), now, Ok(battery(10, 10)));
    assert!(watch.is_on_mains());
    // Nor does one from the future bar those that come.
    watch.line.hear(&config, at(watch.now + 1000), now, Ok(mains()));
    watch.reads(battery(1200, 100), 1);
    assert!(!watch.is_on_mains());
}

#[test]
fn a_storm_of_hints_is_no_storm_of_readings() {
    let mut line = Line::new(at(0));
    let ms = |ms: u64| at(0) + Duration::from_millis(ms);
    assert!(!line.takes_hint(ms(0)));
    line.hint();
    line.hint();
    assert!(line.takes_hint(ms(1)));
    assert!(!line.takes_hint(ms(1)));
    line.hint();
    assert!(!line.takes_hint(ms(200)));
    line.next_tell(UPS, &UpsConfig::default(), ms(200));
    assert_eq!(line.deadline(&UpsConfig::default()), Some(ms(201)));
    assert!(line.takes_hint(ms(201)));
}

#[test]
fn a_charge_is_worth_the_least_that_was_seen_under_load() {
    let mut watch = Watch::settled();
    assert_eq!(watch.line.worth(), None);
    watch.reads(battery(1190, 99), 1);
    assert_eq!(watch.line.worth(), Some(Millis::from_secs(12)));
    // An idle load makes it no more.
    watch.reads(UpsReading { supply: Supply::Mains, ..battery(36_000, 50) }, 12);
    watch.reads(battery(36_000, 50), 1);
    assert_eq!(watch.line.worth(), Some(Millis::from_secs(12)));
}

#[test]
fn there_is_room_for_many() {
    assert!(size_of::<Line>() <= 256, "{}", size_of::<Line>());
}
