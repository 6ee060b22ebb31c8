//! Machines on one UPS and on several.

extern crate std;

use std::vec::Vec;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::types::{Outlet, Supply, UpsFailure, UpsReading};

fn at(secs: u64) -> Instant {
    Instant::from_micros(1_000_000 * (1_000_000 + secs))
}

fn on(supply: Supply, runtime: u32) -> UpsReading {
    UpsReading {
        runtime: Some(Millis::from_secs(runtime)),
        charge: Some(90),
        ..UpsReading::of(supply)
    }
}

const MAINS: Supply = Supply::Mains;
const BATTERY: Supply = Supply::Battery;
const OFF: Supply = Supply::Off;

/// A machine with a feed from each of some UPSes.
struct Site {
    lines: Vec<Line>,
    configs: Vec<UpsConfig>,
    feeds: Vec<Feed>,
    now: u64,
}

impl Site {
    /// On mains for long.
    fn of(count: u16) -> Self {
        let feed = |n| Feed { ups: UpsIndex(n), outlet: Outlet::WHOLE, alone: false };
        let mut site = Self {
            lines: (0..count).map(|_| Line::new(at(0))).collect(),
            configs: (0..count).map(|_| UpsConfig::default()).collect(),
            feeds: (0..count).map(feed).collect(),
            now: 0,
        };
        site.reads(&std::vec![Some(on(MAINS, 1200)); usize::from(count)], 20);
        site
    }

    /// Each second the same readings; `None` = silence.
    fn reads(&mut self, readings: &[Option<UpsReading>], times: u64) {
        for _ in 0..times {
            self.now += 1;
            let now = at(self.now);
            for ((line, config), reading) in self.lines.iter_mut().zip(&self.configs).zip(readings)
            {
                line.hear(config, now, now, reading.ok_or(UpsFailure::Silent));
            }
        }
    }

    fn outlook(&self, needed: u8) -> Outlook {
        self.witnessed(needed, None)
    }

    fn witnessed(&self, needed: u8, since: Option<Instant>) -> Outlook {
        outlook(&self.feeds, needed, since, &self.lines, &self.configs, at(self.now))
    }

    /// Seconds that are left to plan with.
    fn left(&self, needed: u8) -> Option<u64> {
        self.outlook(needed).left(at(self.now)).map(|left| left.as_secs())
    }
}

#[test]
fn it_lasts_as_long_as_the_last_feed_that_it_needs() {
    let mut site = Site::of(3);
    site.reads(&[Some(on(BATTERY, 300)), Some(on(BATTERY, 900)), Some(on(MAINS, 1200))], 1);
    assert_eq!([1, 2, 3].map(|needed| site.left(needed)), [None, Some(900), Some(300)]);
    assert!(!site.outlook(1).endangered() && site.outlook(2).endangered());
    assert!(!site.outlook(2).confirmed);
}

#[test]
fn complaint_2_no_silence_endangers() {
    let mut site = Site::of(2);
    site.reads(&[None, None], 7200);
    for needed in [1, 2] {
        let seen = site.outlook(needed);
        assert!(!seen.endangered() && !seen.confirmed && !seen.settled);
        assert_eq!(seen.freshness, Freshness::Unknown);
    }
}

#[test]
fn complaint_8_an_output_that_is_off_carries_nobody() {
    let mut site = Site::of(2);
    site.reads(&[Some(on(OFF, 1200)), Some(on(BATTERY, 600))], 11);
    let seen = site.outlook(1);
    assert!(seen.endangered() && seen.confirmed && !seen.settled);
    assert_eq!(site.left(1), Some(590));
    assert_eq!(site.left(2), Some(0));
}

#[test]
fn complaint_8_a_glitch_that_shows_both_off_starts_nothing() {
    let mut site = Site::of(2);
    site.reads(&[Some(on(OFF, 1200)), Some(on(OFF, 1200))], 3);
    assert!(site.outlook(1).dark && !site.outlook(1).endangered());
    // One of two needed: an outage only once it lasts.
    site.reads(&[Some(on(OFF, 1200)), Some(on(MAINS, 1200))], 3);
    assert!(site.outlook(2).endangered() && !site.outlook(2).confirmed);
    site.reads(&[Some(on(OFF, 1200)), Some(on(MAINS, 1200))], 6);
    assert!(site.outlook(2).confirmed);
}

#[test]
fn one_of_two_outages_has_to_be_confirmed_for_whoever_needs_one_feed() {
    let mut site = Site::of(2);
    let battery = Some(on(BATTERY, 600));
    site.reads(&[battery, Some(on(MAINS, 1200))], 20);
    site.reads(&[battery, battery], 10);
    assert!(site.outlook(1).endangered() && !site.outlook(1).confirmed);
    assert!(site.outlook(2).confirmed);
    site.reads(&[battery, battery], 1);
    assert!(site.outlook(1).confirmed);
}

#[test]
fn a_test_of_one_ups_is_no_excuse_for_the_other() {
    let mut site = Site::of(2);
    let battery = on(BATTERY, 600);
    let tests = UpsReading { testing: true, ..battery };
    site.reads(&[Some(tests), Some(battery)], 15);
    let seen = site.outlook(2);
    assert!(seen.confirmed && !seen.excused);
    site.reads(&[Some(tests), Some(tests)], 15);
    site.now += 10;
    assert!(site.outlook(1).confirmed && site.outlook(1).excused);
}

#[test]
fn one_low_battery_presses_only_whoever_needs_it() {
    let mut site = Site::of(2);
    let low = UpsReading { low: true, charge: Some(20), ..on(BATTERY, 600) };
    site.reads(&[Some(low), Some(on(BATTERY, 900))], 1);
    assert!(!site.outlook(1).low && site.outlook(2).low);
    assert_eq!([1, 2].map(|needed| site.left(needed)), [Some(900), Some(0)]);
}

#[test]
fn an_order_of_others_counts_for_whoever_needs_that_feed() {
    let mut site = Site::of(2);
    let forced = UpsReading { forced: true, ..on(MAINS, 1200) };
    site.reads(&[Some(on(MAINS, 1200)), Some(forced)], 1);
    assert_eq!(site.outlook(1).forced, None);
    let seen = site.outlook(2);
    assert_eq!(seen.forced, Some(UpsIndex(1)));
    assert!(seen.confirmed && seen.endangered());
    assert_eq!(site.left(2), Some(0));
    // A low battery beside it makes both at their end.
    let low = UpsReading { low: true, charge: Some(20), ..on(BATTERY, 600) };
    site.reads(&[Some(low), Some(forced)], 1);
    assert!(site.outlook(1).low && site.outlook(1).forced.is_some());
}

#[test]
fn a_second_witness_decides_where_a_ups_is_silent() {
    let mut site = Site::of(1);
    let since = Some(at(site.now));
    // While the UPS speaks, it knows better.
    site.reads(&[Some(on(MAINS, 1200))], 5);
    assert!(!site.witnessed(1, since).endangered());
    site.reads(&[None], 29);
    assert!(!site.witnessed(1, since).endangered());
    site.reads(&[None], 1);
    let seen = site.witnessed(1, since);
    assert!(seen.endangered() && seen.confirmed);
    assert_eq!(seen.left(at(site.now)).map(|left| left.as_secs()), Some(1200 - 35));
    let late = site.witnessed(1, Some(at(site.now)));
    assert!(late.endangered() && !late.confirmed);
    assert_eq!(late.look_again, Some(at(site.now + 10)));
}

#[test]
fn the_return_counts_once_enough_feeds_have_settled() {
    let mut site = Site::of(2);
    let (battery, mains) = (Some(on(BATTERY, 600)), Some(on(MAINS, 1200)));
    site.reads(&[battery, battery], 20);
    site.reads(&[mains, battery], 10);
    assert!(!site.outlook(1).settled);
    site.reads(&[mains, battery], 1);
    assert!(site.outlook(1).settled && !site.outlook(2).settled);
    site.reads(&[None, None], 30);
    assert!(!site.outlook(1).settled);
}

#[test]
fn a_proof_needs_a_reading_of_off_from_each_feed_after_it_was_wanted() {
    let mut site = Site::of(2);
    let (off, mains) = (Some(on(OFF, 1200)), Some(on(MAINS, 1200)));
    let wanted = at(site.now + 1);
    site.reads(&[off, mains], 2);
    assert_eq!(dark_after(&site.feeds, &site.lines, wanted), None);
    site.reads(&[None, off], 1);
    let dark = Dark { first: at(site.now - 1), last: at(site.now) };
    assert_eq!(dark_after(&site.feeds, &site.lines, wanted), Some(dark));
    assert_eq!(dark_after(&site.feeds, &site.lines, dark.first), None);
    assert_eq!(dark_after(&[], &site.lines, wanted), None);
}

#[test]
fn what_is_in_store_is_the_runtime_of_the_last_feed_that_it_needs() {
    let mut site = Site::of(2);
    site.reads(&[Some(on(MAINS, 300)), Some(UpsReading::of(MAINS))], 1);
    let store = |site: &Site, needed| {
        in_store(&site.feeds, needed, &site.lines, &site.configs, at(site.now))
    };
    let secs = |secs| Some(Duration::from_secs(secs));
    // The one that tells none now has told it before.
    assert_eq!([store(&site, 1), store(&site, 2)], [secs(1200), secs(300)]);
    site.lines[1] = Line::new(at(0));
    assert_eq!([store(&site, 1), store(&site, 2)], [secs(300), None]);
}

#[test]
fn whoever_hangs_on_nothing_is_never_endangered() {
    let seen = Site::of(0).outlook(1);
    assert!(!seen.endangered() && !seen.dark && seen.settled);
}

fn supplies() -> impl Strategy<Value = Option<UpsReading>> {
    let supply = (0..4_usize).prop_map(|n| [MAINS, Supply::Bypass, BATTERY, OFF][n]);
    let reading = (supply, 0..2000_u32, any::<[bool; 3]>()).prop_map(|(supply, runtime, flags)| {
        let [low, forced, testing] = flags;
        UpsReading { low, forced, testing, ..on(supply, runtime) }
    });
    option::of(reading)
}

proptest! {
    /// Who needs more feeds is never better off, and silence alone endangers nobody.
    #[test]
    fn more_feeds_needed_is_never_better(
        story in vec((vec(supplies(), 3), 1..20_u64), 0..8),
        silence in 0..10_000_u64,
    ) {
        let mut site = Site::of(3);
        for (readings, times) in story {
            site.reads(&readings, times);
        }
        for needed in 1..3 {
            let (less, more) = (site.outlook(needed), site.outlook(needed + 1));
            prop_assert!(!less.endangered() || more.endangered());
            prop_assert!(!less.confirmed || more.confirmed);
            prop_assert!(!more.settled || less.settled);
            prop_assert!(more.freshness >= less.freshness);
            let (less, more) = (site.left(needed), site.left(needed + 1));
            prop_assert!(less.is_none() || more.is_some_and(|more| Some(more) <= less));
        }
        let before = [1, 2, 3].map(|needed| (site.outlook(needed).endangered(), site.left(needed)));
        site.reads(&[None, None, None], silence);
        for (needed, (endangered, left)) in (1..).zip(before) {
            prop_assert_eq!(site.outlook(needed).endangered(), endangered);
            prop_assert_eq!(site.left(needed), left.map(|left| left.saturating_sub(silence)));
        }
    }
}
