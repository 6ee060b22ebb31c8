//! One line of the calendar.

use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday};

/// A planned outage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, alone of its kind.
    pub name: String,
    /// On which days.
    pub when: When,
    /// When everything begins to stop.
    pub stop: Time,
    /// When and how everything comes back.
    pub start: Start,
    /// Days, from the first to the last, on which it does not begin.
    pub except: Vec<(Date, Date)>,
}

/// On which days an outage begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Every week, on these days.
    Weekly(Days),
    /// Every year on that day; the 29th of February is the 28th in other years.
    Yearly {
        /// The month, 1 to 12.
        month: i8,
        /// The day, 1 to 31.
        day: i8,
    },
    /// Once.
    Once(Date),
}

/// Days of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days(u8);

/// How an outage ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// By itself.
    At {
        /// At this time ...
        time: Time,
        /// ... so many days after the beginning; 0 = as soon as the clock shows it.
        days: u16,
    },
    /// By hand, or by whatever the site has for it: the UPS goes fully off, and its battery lasts.
    ByHand,
}

impl FromIterator<Weekday> for Days {
    fn from_iter<I: IntoIterator<Item = Weekday>>(days: I) -> Self {
        Self(days.into_iter().fold(0, |all, day| all | bit(day)))
    }
}

impl Days {
    /// Whether that day is one of them.
    pub fn has(self, day: Weekday) -> bool {
        self.0 & bit(day) != 0
    }
}

fn bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

impl Entry {
    /// Whether an outage begins on that day.
    pub(super) fn falls_on(&self, date: Date) -> bool {
        let falls = match self.when {
            When::Weekly(days) => days.has(date.weekday()),
            When::Yearly { month, day } => {
                date.month() == month && date.day() == in_year(date, day)
            }
            When::Once(once) => once == date,
        };
        let except = |(first, last): &(Date, Date)| (*first..=*last).contains(&date);
        falls && !self.except.iter().any(except)
    }

    /// The day and time at which an outage that begins on that day is over.
    pub(super) fn end_of(&self, date: Date) -> Option<(Date, Time)> {
        let Start::At { time, days } = self.start else { return None };
        let days = if days == 0 && time <= self.stop { 1 } else { days };
        Some((date.checked_add(i32::from(days).days()).ok()?, time))
    }
}

/// That day of the month, or its last one where it has fewer.
fn in_year(date: Date, day: i8) -> i8 {
    day.min(date.days_in_month())
}
