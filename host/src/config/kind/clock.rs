//! Days and times of day.

use toml::de::DeValue;

use super::{Kind, not, quoted};
use crate::calendar::{Date, Time};

/// A time of day.
#[derive(Debug)]
pub(crate) struct TimeOfDay;

impl Kind for TimeOfDay {
    type Value = Time;

    fn parse(&self, value: &DeValue<'_>) -> Result<Time, String> {
        let text = value.as_str().filter(|text| text.len() == 5);
        text.and_then(|text| text.parse().ok()).ok_or_else(|| not("a time of day"))
    }

    fn canonical(&self, value: &Time) -> String {
        quoted(&value.to_string())
    }

    fn allowed(&self) -> String {
        "time of day such as \"22:30\"".to_owned()
    }
}

/// A day.
#[derive(Debug)]
pub(crate) struct Day;

impl Kind for Day {
    type Value = Date;

    fn parse(&self, value: &DeValue<'_>) -> Result<Date, String> {
        value.as_str().and_then(day).ok_or_else(|| not("a day"))
    }

    fn canonical(&self, value: &Date) -> String {
        quoted(&value.to_string())
    }

    fn allowed(&self) -> String {
        "day such as \"2026-12-31\"".to_owned()
    }
}

fn day(text: &str) -> Option<Date> {
    text.parse().ok().filter(|_| text.len() == 10)
}

/// A day of every year: month and day.
#[derive(Debug)]
pub(crate) struct DayOfYear;

impl Kind for DayOfYear {
    type Value = (i8, i8);

    fn parse(&self, value: &DeValue<'_>) -> Result<(i8, i8), String> {
        // A leap year has every day that any year has.
        let text = value.as_str().and_then(|text| day(&format!("2024-{text}")));
        text.map(|day| (day.month(), day.day())).ok_or_else(|| not("a day of the year"))
    }

    fn canonical(&self, (month, day): &(i8, i8)) -> String {
        quoted(&format!("{month:02}-{day:02}"))
    }

    fn allowed(&self) -> String {
        "month and day such as \"12-31\"".to_owned()
    }
}

/// A day, or days from the first to the last.
#[derive(Debug)]
pub(crate) struct Days;

impl Kind for Days {
    type Value = (Date, Date);

    fn parse(&self, value: &DeValue<'_>) -> Result<(Date, Date), String> {
        let text = value.as_str().ok_or_else(|| not("a day in quotes"))?;
        let (first, last) = text.split_once('/').unwrap_or((text, text));
        let both = day(first).zip(day(last)).filter(|(first, last)| first <= last);
        both.ok_or_else(|| not("a day, or a span of days"))
    }

    fn canonical(&self, (first, last): &(Date, Date)) -> String {
        quoted(&format!("{first}/{last}"))
    }

    fn allowed(&self) -> String {
        "day, or first and last day such as \"2026-12-24/2027-01-03\"".to_owned()
    }
}
