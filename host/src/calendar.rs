//! The calendar of planned outages: weekly, yearly or once, with exceptions and a pause.
//!
//! Pure: the present time is an argument. An occurrence has an identity that neither a clock step
//! nor a change of the time zone's offset changes: the entry's name and the day on which it
//! begins. Whoever carries it out keeps that identity on disk, and never carries it out twice.

mod entry;
#[cfg(test)]
mod tests;
mod warning;

use std::fmt;

pub use jiff::Timestamp;
pub use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Zoned};

pub use entry::{Days, Entry, Start, When};
pub use warning::Warning;

/// An occurrence that is found this much too late is still carried out; a later one is missed.
const LATE: SignedDuration = SignedDuration::from_mins(10);
/// So far ahead occurrences are looked for, in days: a yearly one and its exceptions fit in.
const AHEAD: u32 = 3 * 366;

/// Planned outages in one time zone.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    entries: Vec<Entry>,
    paused_until: Option<Timestamp>,
}

/// What tells one occurrence from all others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The entry's name.
    pub entry: String,
    /// The day on which it begins, in the calendar's time zone.
    pub day: Date,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.entry, self.day)
    }
}

/// One occurrence of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Which.
    pub identity: Identity,
    /// When everything is to begin to stop.
    pub begin: Zoned,
    /// When everything is to be started again; none = by hand, with the UPS fully off.
    pub end: Option<Zoned>,
}

/// What a look at the clock has brought up, each in the order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// To be carried out now.
    pub now: Vec<Planned>,
    /// Their time has passed while nobody looked: to be told, and not to be carried out.
    pub missed: Vec<Planned>,
}

/// The calendar cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalendarError {
    /// There is no such time zone.
    Zone(String),
    /// Two entries have this name.
    SameName(String),
}

impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zone(name) => write!(f, "there is no time zone {name:?}"),
            Self::SameName(name) => write!(f, "two planned outages are called {name:?}"),
        }
    }
}

impl std::error::Error for CalendarError {}

impl Calendar {
    /// A calendar in the time zone of that name, as `Asia/Tokyo`; none = this machine's.
    ///
    /// # Errors
    /// When there is no such zone, or two entries have one name.
    pub fn new(zone: Option<&str>, entries: Vec<Entry>) -> Result<Self, CalendarError> {
        let zone = match zone {
            None => TimeZone::system(),
            Some(name) => TimeZone::get(name).map_err(|_| CalendarError::Zone(name.to_owned()))?,
        };
        let mut names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        names.sort_unstable();
        if let Some([same, _]) = names.array_windows().find(|[one, other]| one == other) {
            return Err(CalendarError::SameName((*same).to_owned()));
        }
        Ok(Self { zone, entries, paused_until: None })
    }

    /// Nothing that begins before then is carried out, nor told as missed. None = no pause.
    pub const fn pause(&mut self, until: Option<Timestamp>) {
        self.paused_until = until;
    }

    /// The first occurrence that begins later than that.
    pub fn next(&self, after: Timestamp) -> Option<Planned> {
        let next = |entry| self.occurrences(entry, after).next();
        self.entries.iter().filter_map(next).min_by(|a, b| a.begin.cmp(&b.begin))
    }

    /// Every occurrence that begins later than `after` and not later than `until`, the earliest
    /// first.
    pub fn between(&self, after: Timestamp, until: Timestamp) -> Vec<Planned> {
        let within = |entry| {
            let begins = move |one: &Planned| one.begin.timestamp() <= until;
            self.occurrences(entry, after).take_while(begins)
        };
        let mut all: Vec<Planned> = self.entries.iter().flat_map(within).collect();
        all.sort_by(|a, b| a.begin.cmp(&b.begin));
        all
    }

    /// What is due now, after it was last looked at `looked`.
    ///
    /// A clock that is set forward over the beginning of an outage brings it up, late or missed;
    /// one that is set back brings up nothing that `done` knows. Keep `looked` at the latest time
    /// that was ever passed as `now`, or at the start of the service.
    pub fn due(&self, looked: Timestamp, now: Timestamp, done: impl Fn(&Identity) -> bool) -> Due {
        // A look a moment before the beginning must not lose it when the clock is set back.
        let from = if now < looked { now.saturating_sub(LATE) } else { Ok(looked) };
        let Ok(from) = from else { return Due::default() };
        let mut due = Due::default();
        for planned in self.between(from, now) {
            if done(&planned.identity) {
                continue;
            }
            let late = now.duration_since(planned.begin.timestamp());
            let list = if late <= LATE { &mut due.now } else { &mut due.missed };
            list.push(planned);
        }
        due
    }

    /// The occurrences of an entry that begin later than that, the earliest first.
    fn occurrences<'a>(
        &'a self,
        entry: &'a Entry,
        after: Timestamp,
    ) -> impl Iterator<Item = Planned> + 'a {
        let after = self.paused_until.map_or(after, |until| after.max(before(until)));
        let today = after.to_zoned(self.zone.clone()).date();
        // The night of the day before may last longer than the day itself where clocks change.
        let first = today.yesterday().unwrap_or(today);
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok());
        let planned = move |day| self.planned(entry, day);
        let later = move |planned: &Planned| planned.begin.timestamp() > after;
        days.take(AHEAD as usize).filter_map(planned).filter(later)
    }

    /// The occurrence on that day, if there is one. Where the clock skips its time, it is so much
    /// later; where the clock shows it twice, it is the first time.
    fn planned(&self, entry: &Entry, day: Date) -> Option<Planned> {
        if !entry.falls_on(day) {
            return None;
        }
        let zoned = |day: Date, time| day.to_datetime(time).to_zoned(self.zone.clone()).ok();
        let begin = zoned(day, entry.stop)?;
        let end = match entry.start {
            Start::ByHand => None,
            Start::At { .. } => Some(entry.end_of(day).and_then(|(day, time)| zoned(day, time))?),
        };
        let identity = Identity { entry: entry.name.clone(), day };
        Some(Planned { identity, begin, end })
    }
}

/// The last moment before that one.
fn before(time: Timestamp) -> Timestamp {
    time.saturating_sub(SignedDuration::from_nanos(1)).unwrap_or(time)
}
