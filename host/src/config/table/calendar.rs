//! Fields of outages that come again, or are known long before.

use crate::calendar::Weekday;
use crate::config::field::{Field, Section};
use crate::config::kind::{Choice, Day, DayOfYear, Days, Flag, List, Name, Number, TimeOfDay};

pub(crate) const NAME: Field<Name> =
    Field::required("name", Name, "What operators call the outage; each has its own.");

/// The words of [`WEEKLY`].
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];
pub(crate) const WEEKLY: Field<List<Choice<Weekday>>> = Field::maybe(
    "weekly",
    List::new(Choice(&WEEKDAYS), 1, 7),
    "'yearly' or 'once' says when",
    "Every week, on these days.",
);
pub(crate) const YEARLY: Field<DayOfYear> =
    Field::maybe("yearly", DayOfYear, "'weekly' or 'once' says when", "Every year, on that day.");
pub(crate) const ONCE: Field<Day> =
    Field::maybe("once", Day, "'weekly' or 'yearly' says when", "Once, on that day.");
pub(crate) const STOP: Field<TimeOfDay> = Field::required(
    "stop",
    TimeOfDay,
    "When servers begin to stop, by the clock of this machine's time zone.",
);
pub(crate) const START: Field<TimeOfDay> = Field::maybe(
    "start",
    TimeOfDay,
    "'komainu plan return' starts them",
    "When servers are started again; the battery is not meant to ride it out.",
);
pub(crate) const AFTER_DAYS: Field<Number<u16>> = Field::or(
    "start-days",
    Number::new(0, 365),
    "0",
    "So many days after the begin; 0 = as soon as the clock shows 'start'.",
);
pub(crate) const EXCEPT: Field<List<Days>> = Field::or(
    "except",
    List::new(Days, 0, 64),
    "[]",
    "Days, or spans of days, on which it does not begin.",
);
pub(crate) const CUT: Field<Flag> = Field::or(
    "cut",
    Flag,
    "false",
    "Also cut the outputs of the UPSes, and shut this machine down where it hangs on them.",
);

/// An outage of the calendar.
pub(crate) const CALENDAR: Section = Section {
    path: "calendar",
    many: true,
    about: "An outage that comes again, or is known long before: every planned server is stopped \
            when it begins, and started when it is over. Exactly one of 'weekly', 'yearly' and \
            'once' stands there.",
    fields: &[&NAME, &WEEKLY, &YEARLY, &ONCE, &STOP, &START, &AFTER_DAYS, &EXCEPT, &CUT],
    children: &[],
    secrets: &[],
    shared: false,
};
