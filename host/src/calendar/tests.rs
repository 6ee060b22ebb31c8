//! Days, nights, and clocks that change.

use jiff::civil::{date, time};
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn weekly(name: &str, days: &[Weekday], stop: Time, start: Start) -> Entry {
    let when = When::Weekly(days.iter().copied().collect());
    Entry { name: name.to_owned(), when, stop, start, except: Vec::new() }
}

fn at_time(hour: i8, days: u16) -> Start {
    Start::At { time: time(hour, 0, 0, 0), days }
}

fn nightly(zone: &str, hour: i8, minute: i8) -> Calendar {
    let every = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];
    let entry = weekly("night", &every, time(hour, minute, 0, 0), at_time(6, 0));
    Calendar::new(Some(zone), vec![entry]).expect("a calendar")
}

fn begin(planned: Option<Planned>) -> String {
    planned.expect("one").begin.to_string()
}

#[test]
fn a_weekend_is_found_and_ends_on_monday() {
    let entry = weekly("weekend", &[Weekday::Friday], time(20, 0, 0, 0), at_time(6, 3));
    let calendar = Calendar::new(Some("Asia/Tokyo"), vec![entry]).expect("a calendar");
    // A Sunday.
    let next = calendar.next(at("2026-11-22T03:00:00Z")).expect("one");
    assert_eq!(next.begin.to_string(), "2026-11-27T20:00:00+09:00[Asia/Tokyo]");
    let end = next.end.expect("by itself");
    assert_eq!(end.to_string(), "2026-11-30T06:00:00+09:00[Asia/Tokyo]");
    assert_eq!(next.identity.to_string(), "weekend@2026-11-27");
    // Later means later.
    let after = calendar.next(next.begin.timestamp());
    assert_eq!(begin(after), "2026-12-04T20:00:00+09:00[Asia/Tokyo]");
}

#[test]
fn exceptions_and_the_pause_skip_what_begins_in_them() {
    let mut entry = weekly("weekend", &[Weekday::Friday], time(20, 0, 0, 0), Start::ByHand);
    entry.except = vec![(date(2026, 11, 25), date(2026, 12, 4))];
    let mut calendar = Calendar::new(Some("Asia/Tokyo"), vec![entry]).expect("a calendar");
    let now = at("2026-11-22T03:00:00Z");
    let next = calendar.next(now).expect("one");
    assert_eq!((next.identity.day, next.end.clone()), (date(2026, 12, 11), None));
    calendar.pause(Some(next.begin.timestamp()));
    assert_eq!(calendar.next(now), Some(next.clone()), "what begins at the pause's end counts");
    calendar.pause(Some(at("2026-12-11T11:00:00.001Z")));
    assert_eq!(calendar.next(now).expect("one").identity.day, date(2026, 12, 18));
    let due = calendar.due(now, at("2026-12-12T00:00:00Z"), |_| false);
    assert_eq!(due, Due::default(), "a pause is not a miss");
    calendar.pause(None);
    assert_eq!(calendar.next(now), Some(next));
}

#[test]
fn once_and_yearly_come_when_they_should() {
    let outage =
        |name: &str, when| Entry { when, ..weekly(name, &[], time(9, 0, 0, 0), at_time(12, 0)) };
    let entries = vec![
        outage("inspection", When::Yearly { month: 2, day: 29 }),
        outage("move", When::Once(date(2026, 12, 1))),
    ];
    let calendar = Calendar::new(Some("Asia/Tokyo"), entries).expect("a calendar");
    let days: Vec<String> = calendar
        .between(at("2026-11-22T00:00:00Z"), at("2028-12-31T00:00:00Z"))
        .iter()
        .map(|one| one.identity.to_string())
        .collect();
    assert_eq!(days, ["move@2026-12-01", "inspection@2027-02-28", "inspection@2028-02-29"]);
}

#[test]
fn a_time_that_the_clock_skips_is_later_and_one_it_shows_twice_comes_once() {
    let calendar = nightly("Europe/Berlin", 2, 30);
    // 2026-03-29: from 02:00 to 03:00.
    let spring = calendar.next(at("2026-03-28T12:00:00Z")).expect("one");
    assert_eq!(spring.begin.to_string(), "2026-03-29T03:30:00+02:00[Europe/Berlin]");
    // 2026-10-25: from 03:00 back to 02:00.
    let autumn = calendar.next(at("2026-10-24T12:00:00Z")).expect("one");
    assert_eq!(autumn.begin.to_string(), "2026-10-25T02:30:00+02:00[Europe/Berlin]");
    let second = calendar.next(autumn.begin.timestamp()).expect("one");
    assert_eq!(second.identity.day, date(2026, 10, 26), "not an hour later once more");
}

/// What a service does that looks once a minute, and keeps what it has done.
struct Service {
    calendar: Calendar,
    looked: Timestamp,
    done: Vec<Identity>,
    missed: Vec<Identity>,
}

impl Service {
    fn look(&mut self, now: Timestamp) {
        let due = self.calendar.due(self.looked, now, |one| self.done.contains(one));
        self.done.extend(due.now.into_iter().map(|one| one.identity));
        self.missed.extend(due.missed.into_iter().map(|one| one.identity));
        self.looked = self.looked.max(now);
    }
}

fn service(start: &str) -> Service {
    let calendar = nightly("Asia/Tokyo", 22, 0);
    Service { calendar, looked: at(start), done: Vec::new(), missed: Vec::new() }
}

#[test]
fn a_clock_step_fires_nothing_twice_and_loses_nothing_in_silence() {
    // 22:00 in Tokyo is 13:00.
    let mut service = service("2026-11-22T12:59:00Z");
    service.look(at("2026-11-22T13:00:30Z"));
    assert_eq!((service.done.len(), service.missed.len()), (1, 0));
    service.look(at("2026-11-22T12:00:00Z"));
    service.look(at("2026-11-22T13:01:00Z"));
    service.look(at("2026-11-22T13:02:00Z"));
    assert_eq!((service.done.len(), service.missed.len()), (1, 0), "an hour back");
    service.look(at("2026-11-23T13:09:00Z"));
    assert_eq!((service.done.len(), service.missed.len()), (2, 0), "a little late");
    service.look(at("2026-11-24T14:00:00Z"));
    assert_eq!((service.done.len(), service.missed.len()), (2, 1), "an hour late");
    assert_eq!(service.missed[0].to_string(), "night@2026-11-24");
}

#[test]
fn a_clock_that_is_set_back_before_the_time_still_brings_it_up() {
    let mut service = service("2026-11-22T10:00:00Z");
    // An hour ahead by mistake, then right, before the time has come.
    service.look(at("2026-11-22T12:30:00Z"));
    service.look(at("2026-11-22T11:30:00Z"));
    for minute in 0..59 {
        service.look(at(&format!("2026-11-22T12:{minute:02}:00Z")));
    }
    assert_eq!(service.done.len(), 0);
    service.look(at("2026-11-22T13:00:01Z"));
    assert_eq!((service.done.len(), service.missed.len()), (1, 0));
}

#[test]
fn what_is_odd_is_warned_of() {
    let monday = [Weekday::Monday];
    let ten = |minute| Start::At { time: time(10, minute, 0, 0), days: 0 };
    let entries = vec![
        weekly("short", &monday, time(10, 0, 0, 0), ten(9)),
        weekly("next", &monday, time(10, 12, 0, 0), ten(40)),
        weekly("hand", &monday, time(12, 0, 0, 0), Start::ByHand),
        Entry {
            when: When::Once(date(2020, 1, 1)),
            ..weekly("past", &[], time(1, 0, 0, 0), ten(0))
        },
    ];
    let calendar = Calendar::new(Some("Asia/Tokyo"), entries).expect("a calendar");
    let warnings: Vec<String> =
        calendar.warnings(at("2026-11-22T00:00:00Z")).iter().map(Warning::to_string).collect();
    assert_eq!(
        warnings,
        [
            "the planned outage short@2026-11-23 is shorter than 10 minutes",
            "the planned outage next@2026-11-23 begins less than 10 minutes after short@2026-11-23 \
             is over",
            "the planned outage \"past\" does not come up",
        ]
    );
}

#[test]
fn a_zone_that_is_none_and_a_name_twice_are_refused() {
    let none = Calendar::new(Some("Mars/Olympus"), Vec::new());
    assert_eq!(none.err(), Some(CalendarError::Zone("Mars/Olympus".to_owned())));
    let one = weekly("same", &[], time(1, 0, 0, 0), Start::ByHand);
    let twice = Calendar::new(None, vec![one.clone(), one]);
    assert_eq!(twice.err(), Some(CalendarError::SameName("same".to_owned())));
}

proptest! {
    /// However the clock is set, no occurrence is carried out twice; and of those whose time the
    /// clock has passed, none is without a word.
    #[test]
    fn no_clock_fires_twice(steps in prop::collection::vec(-7200_i64..14_400, 1..60)) {
        let mut service = service("2026-11-22T00:00:00Z");
        let start = service.looked;
        let mut now = start;
        for step in steps {
            now = now.saturating_add(SignedDuration::from_secs(step)).expect("in range");
            service.look(now);
        }
        let mut done = service.done.clone();
        done.sort();
        done.dedup();
        prop_assert_eq!(done.len(), service.done.len());
        for passed in service.calendar.between(start, service.looked) {
            let known = service.done.contains(&passed.identity)
                || service.missed.contains(&passed.identity);
            prop_assert!(known, "{}", passed.identity);
        }
    }
}
