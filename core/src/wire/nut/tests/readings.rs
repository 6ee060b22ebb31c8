extern crate std;

use super::*;
use crate::time::Millis;
use crate::types::{Outlet, Supply, UpsFailure, UpsReading};
use crate::wire::nut::{Status, StatusWord, Variables, Word};
use std::format;
use std::string::ToString as _;

fn word(text: &str) -> Word<'_> {
    Word::new(text.as_bytes()).expect("no line end")
}

fn variables(values: &[(&str, &str)]) -> Variables {
    let mut variables = Variables::default();
    values.iter().for_each(|(name, value)| variables.note(word(name), word(value)));
    variables
}

fn read(values: &[(&str, &str)]) -> Result<UpsReading, UpsFailure> {
    variables(values).reading(None)
}

fn supply(status: &str) -> Result<Supply, UpsFailure> {
    Status::parse(word(status)).supply()
}

#[test]
fn the_recorded_ups_is_read() {
    let mut variables = Variables::default();
    for line in recorded("S: ") {
        if let Ok(Response::Var(var)) = response(line)
            && var.ups.says("ups-a")
        {
            variables.note(var.name, var.value);
        }
    }
    let want = UpsReading {
        charge: Some(100),
        runtime: Some(Millis::from_secs(1800)),
        load: Some(20),
        ..UpsReading::of(Supply::Mains)
    };
    assert_eq!(variables.reading(None), Ok(want));
}

#[test]
fn what_feeds_the_output_is_decided_with_care() {
    for (status, want) in [
        ("OL", Ok(Supply::Mains)),
        ("ol chrg", Ok(Supply::Mains)),
        ("OL TRIM", Ok(Supply::Mains)),
        ("BOOST", Ok(Supply::Mains)),
        ("OL DISCHRG CAL", Ok(Supply::Mains)),
        ("OB DISCHRG", Ok(Supply::Battery)),
        ("DISCHRG LB", Ok(Supply::Battery)),
        ("OL OB", Ok(Supply::Battery)),
        ("OB BYPASS", Ok(Supply::Battery)),
        ("OL BYPASS", Ok(Supply::Bypass)),
        ("OFF", Ok(Supply::Off)),
        ("OL OFF", Ok(Supply::Off)),
        ("FSD OL", Ok(Supply::Mains)),
        ("WAIT", Err(UpsFailure::Stale)),
        ("", Err(UpsFailure::Garbled)),
        ("ALARM LB", Err(UpsFailure::Garbled)),
        ("OLD OBSERVATION", Err(UpsFailure::Garbled)),
    ] {
        assert_eq!(supply(status), want, "{status}");
    }
}

#[test]
fn words_that_are_not_known_change_nothing() {
    for known in ["OL", "OB DISCHRG LB", "OFF", "OL BYPASS", "WAIT", "FSD OB"] {
        for more in ["HB", "ECO", "ALARM", "COMM", "OVERVOLTAGE", "\"", "X".repeat(99).as_str()] {
            for status in [format!("{known} {more}"), format!("{more}  {known}")] {
                assert_eq!(Status::parse(word(&status)), Status::parse(word(known)), "{status}");
            }
        }
    }
}

#[test]
fn each_word_has_its_place_in_a_reading() {
    let all = read(&[("ups.status", "FSD OB LB RB OVER CAL")]).expect("a reading");
    assert!(all.forced && all.low && all.replace && all.overload && all.testing);
    let plain = read(&[("ups.status", "OB")]).expect("a reading");
    assert_eq!(plain, UpsReading::of(Supply::Battery));
    for value in ["In progress", "in progress"] {
        let read = read(&[("ups.status", "OL"), ("ups.test.result", value)]);
        assert!(read.expect("a reading").testing);
    }
    assert_eq!(read(&[("battery.charge", "50")]), Err(UpsFailure::Garbled));
}

#[test]
fn numbers_that_make_no_sense_are_none() {
    for (charge, want) in [
        ("87.5", Some(87)),
        ("100", Some(100)),
        ("255", None),
        ("-1", None),
        ("-0.5", None),
        ("", None),
        ("full", None),
    ] {
        let read = read(&[("ups.status", "OL"), ("battery.charge", charge)]).expect("a reading");
        assert_eq!(read.charge, want, "{charge}");
    }
    let read = read(&[("ups.status", "OL"), ("ups.load", "1000"), ("battery.runtime", "4e3")]);
    let read = read.expect("a reading");
    assert_eq!((read.load, read.runtime), (Some(255), None));
}

#[test]
fn a_countdown_is_read_back() {
    let at = |left| variables(&[("ups.status", "OB"), ("ups.timer.shutdown", left)]);
    let read = |left, before: Option<&UpsReading>| at(left).reading(before).expect("a reading");
    assert_eq!(read("-1", None).off_in, None);
    assert_eq!(read("0", None).off_in, None, "some say 0 where nothing is ordered");
    let counting = read("7", None);
    assert_eq!(counting.off_in, Some(Millis::from_secs(7)));
    let last = read("0", Some(&counting));
    assert_eq!(last.off_in, Some(Millis::new(0)), "any moment now");
    assert_eq!(read("0", Some(&last)).off_in, None, "a zero is no countdown");
    let called_off = read("0", Some(&read("60", None)));
    assert_eq!(called_off.off_in, None);
}

#[test]
fn outlets_are_read_by_number() {
    let read = read(&[
        ("ups.status", "OL"),
        ("outlet.status", "off"),
        ("outlet.0.status", "off"),
        ("outlet.1.status", "on"),
        ("outlet.2.status", "OFF"),
        ("outlet.15.status", "off"),
        // Groups are no outlets.
        ("outlet.group.1.status", "off"),
        ("outlet.16.status", "off"),
        ("outlet.3.switchable", "off"),
    ])
    .expect("a reading");
    assert_eq!(read.outlets_off, 1 << 2 | 1 << 15);
    assert!(!read.feeds(Outlet::new(2).expect("an outlet")));
    assert!(read.feeds(Outlet::WHOLE));
}

#[test]
fn a_reading_is_told_without_the_words_that_are_orders() {
    for (reading, want) in [
        (UpsReading::of(Supply::Mains), "OL"),
        (UpsReading { replace: true, ..UpsReading::of(Supply::Bypass) }, "OL RB BYPASS"),
        (UpsReading { low: true, forced: true, ..UpsReading::of(Supply::Battery) }, "OB DISCHRG"),
        (UpsReading { overload: true, ..UpsReading::of(Supply::Off) }, "OFF OVER"),
    ] {
        let status = Status::of(&reading);
        assert_eq!(status.to_string(), want);
        assert_eq!(Status::parse(word(want)), status);
        assert_eq!(status.supply(), Ok(reading.supply));
    }
    assert_eq!(Status::go_down().to_string(), "FSD OB LB");
    for known in StatusWord::ALL {
        assert_eq!(Status::parse(word(known.text())), Status::default().with(*known));
    }
}
