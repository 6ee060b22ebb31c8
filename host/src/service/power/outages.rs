//! Outages that are known before: noted on the disk, and begun and ended when their time comes.
//!
//! What counts is the time of day, looked at often enough that a clock which is set in between
//! is noticed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{Timestamp, Zoned};
use komainu_core::time::Instant;
use serde::{Deserialize, Serialize};

use super::orders::PlanScope;
use crate::calendar::{Calendar, CalendarError, Identity};
use crate::config::Occasion;
use crate::private;
use crate::service::message::{Code, Message};
use crate::service::orders::ConnectorAnswer;

/// The file.
const NAME: &str = "outages.json";
/// What is added to its name when it makes no sense.
const ASIDE: &str = "json.damaged";
/// The time of day is looked at once in so long at least.
const LOOK: Duration = Duration::from_secs(15);
/// One that could not begin for so long is struck off, in milliseconds.
const LATE: u64 = 10 * 60 * 1000;
/// Most that are noted.
const MOST: usize = 64;
/// Occurrences of the calendar that are remembered as done.
const REMEMBERED: usize = 128;
/// Occurrences that are shown ...
const SHOWN: usize = 16;
/// ... of so many milliseconds to come: three years.
const AHEAD: u64 = 3 * 366 * 86_400_000;
/// Tickets of our own; those of operators are far below.
const OWN: u64 = 1 << 62;

/// An order about outages that are known before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[serde(tag = "do", deny_unknown_fields)]
pub(crate) enum OutageOrder {
    /// Note one.
    Plan {
        /// When servers begin to stop, in milliseconds since 1970.
        at_ms: u64,
        /// When they are started again.
        #[serde(default)]
        until_ms: Option<u64>,
        /// Whom.
        #[serde(default)]
        scope: PlanScope,
        /// Also cut the outputs.
        #[serde(default)]
        cut: bool,
    },
    /// Strike one off.
    Forget {
        /// Its number.
        number: u64,
    },
    /// Nothing of the calendar begins before then.
    Pause {
        /// Milliseconds since 1970; none = the pause is over.
        #[serde(default)]
        until_ms: Option<u64>,
    },
}

/// An outage that is noted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct OutageStatus {
    /// Its number.
    pub(crate) number: u64,
    /// When servers begin to stop, in milliseconds since 1970.
    pub(crate) at_ms: u64,
    /// When they are started again.
    pub(crate) until_ms: Option<u64>,
    /// Whom.
    pub(crate) scope: PlanScope,
    /// Also cut the outputs.
    pub(crate) cut: bool,
    /// It has begun.
    pub(crate) begun: bool,
    /// The occurrence of the calendar that it is: name and day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) occasion: Option<String>,
}

/// What comes next of the calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct OccasionStatus {
    /// Its name and day.
    pub(crate) occasion: String,
    /// When servers begin to stop, in milliseconds since 1970.
    pub(crate) at_ms: u64,
    /// When they are started again.
    pub(crate) until_ms: Option<u64>,
    /// Also cut the outputs.
    pub(crate) cut: bool,
}

/// What is on the disk.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Kept {
    noted: Vec<OutageStatus>,
    /// Occurrences of the calendar that were begun or missed, the latest last.
    done: Vec<String>,
    paused_until_ms: Option<u64>,
    /// The last time of day that was looked at.
    looked_ms: u64,
}

/// What is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::service) enum Due {
    /// One begins.
    Begins {
        /// Its number.
        number: u64,
        /// What the order is to be named.
        ticket: u64,
        /// Whom.
        scope: PlanScope,
        /// Also cut the outputs.
        cut: bool,
    },
    /// One is over.
    Over {
        /// Its number.
        number: u64,
        /// What the order is to be named.
        ticket: u64,
    },
    /// The time of one has passed.
    Missed {
        /// Its number.
        number: u64,
    },
}

/// Whether what is due could be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::service) enum Standing {
    /// It was.
    Asked,
    /// What it is about is not in the configuration any more.
    Unknown,
}

/// The outages that are noted.
#[derive(Debug)]
pub(crate) struct Outages {
    path: PathBuf,
    kept: Kept,
    calendar: Calendar,
    /// There is a calendar.
    follows: bool,
    /// The entries of the calendar that cut outputs.
    cutting: Vec<String>,
    /// When the time of day is looked at next.
    next: Instant,
    /// It could not be written down.
    unwritten: Option<String>,
    /// Why what was noted before is lost.
    lost: Option<String>,
}

impl Outages {
    /// Those of the folder; none if there is no file. Fencing must not wait for a list: one that
    /// cannot be read is put aside, and [`Outages::lost`] tells of it.
    ///
    /// # Errors
    /// When this machine knows no time zone.
    pub(crate) fn open(folder: &Path, now: Instant) -> io::Result<Self> {
        let path = folder.join(NAME);
        let read = fs::read(&path).and_then(|bytes| Ok(serde_json::from_slice(&bytes)?));
        let (kept, lost) = match read {
            Ok(kept) => (kept, None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Kept::default(), None),
            Err(error) => {
                // What cannot be renamed is written over.
                let _ = fs::rename(&path, path.with_extension(ASIDE));
                (Kept::default(), Some(format!("{}: {error}", path.display())))
            }
        };
        let calendar = Calendar::new(None, Vec::new()).map_err(io::Error::other)?;
        let cutting = Vec::new();
        let unwritten = None;
        Ok(Self { path, kept, calendar, follows: false, cutting, next: now, unwritten, lost })
    }

    /// What was noted before and is lost; told once.
    pub(in crate::service) fn lost(&mut self) -> Option<Message> {
        self.lost.take().map(|why| Message::new(Code::OutagesLost, why))
    }

    /// Takes the calendar of the file over.
    pub(crate) fn follow(&mut self, occasions: &[Occasion]) -> Result<(), CalendarError> {
        let entries = occasions.iter().map(|one| one.entry.clone()).collect();
        self.follows = !occasions.is_empty();
        self.calendar = Calendar::new(None, entries)?;
        self.calendar.pause(self.kept.paused_until_ms.and_then(stamp));
        let cutting = occasions.iter().filter(|one| one.cut);
        self.cutting = cutting.map(|one| one.entry.name.clone()).collect();
        Ok(())
    }

    /// What comes next of the calendar, the first in front.
    pub(in crate::service) fn coming(&self, unix_ms: u64) -> Vec<OccasionStatus> {
        let until = unix_ms.saturating_add(AHEAD);
        let Some((from, until)) = stamp(unix_ms).zip(stamp(until)) else { return Vec::new() };
        let coming = self.calendar.between(from, until).into_iter().take(SHOWN);
        coming
            .map(|planned| OccasionStatus {
                occasion: planned.identity.to_string(),
                at_ms: millis_of(&planned.begin),
                until_ms: planned.end.as_ref().map(millis_of),
                cut: self.cutting.contains(&planned.identity.entry),
            })
            .collect()
    }

    /// Until when nothing of the calendar begins.
    pub(in crate::service) fn paused_until(&self) -> Option<u64> {
        self.kept.paused_until_ms
    }

    /// Notes what the calendar brings up. What was missed is noted, too, so that it is told.
    fn look_up(&mut self, unix_ms: u64) {
        let looked = if self.kept.looked_ms == 0 { unix_ms } else { self.kept.looked_ms };
        let Some((looked, now)) = stamp(looked).zip(stamp(unix_ms)) else { return };
        let known = |identity: &Identity| self.kept.done.contains(&identity.to_string());
        let due = self.calendar.due(looked, now, known);
        self.kept.looked_ms = self.kept.looked_ms.max(unix_ms);
        for planned in due.now.into_iter().chain(due.missed) {
            let occasion = planned.identity.to_string();
            self.kept.done.push(occasion.clone());
            let more = self.kept.done.len().saturating_sub(REMEMBERED);
            self.kept.done.drain(..more);
            let number = self.number();
            self.kept.noted.push(OutageStatus {
                number,
                at_ms: millis_of(&planned.begin),
                until_ms: planned.end.as_ref().map(millis_of),
                scope: PlanScope::All,
                cut: self.cutting.contains(&planned.identity.entry),
                begun: false,
                occasion: Some(occasion),
            });
        }
    }

    fn number(&self) -> u64 {
        self.kept.noted.iter().map(|one| one.number).max().unwrap_or(0) + 1
    }

    /// Those that are noted, the next one in front.
    pub(crate) fn status(&self) -> Vec<OutageStatus> {
        let mut all = self.kept.noted.clone();
        all.sort_by_key(|outage| outage.at_ms);
        all
    }

    /// When to look again.
    pub(in crate::service) fn look(&self) -> Option<Instant> {
        self.any().then_some(self.next)
    }

    fn any(&self) -> bool {
        !self.kept.noted.is_empty() || self.follows || self.lost.is_some()
    }

    /// Whether that ticket is of our own.
    pub(in crate::service) const fn is_own(ticket: u64) -> bool {
        ticket >= OWN
    }

    /// Notes one, or strikes one off.
    pub(in crate::service) fn order(
        &mut self,
        now: Instant,
        order: &OutageOrder,
        unix_ms: u64,
    ) -> ConnectorAnswer {
        let before = self.kept.clone();
        let answer = match order {
            OutageOrder::Plan { at_ms, until_ms, scope, cut } => {
                let no = |why: &str| ConnectorAnswer::NotNow { why: why.to_owned() };
                if *at_ms < unix_ms {
                    return no("its begin has passed");
                }
                if until_ms.is_some_and(|until| until <= *at_ms) {
                    return no("it would be over before it begins");
                }
                if self.kept.noted.len() >= MOST {
                    return no("too many are noted already");
                }
                let number = self.number();
                self.kept.noted.push(OutageStatus {
                    number,
                    at_ms: *at_ms,
                    until_ms: *until_ms,
                    scope: scope.clone(),
                    cut: *cut,
                    begun: false,
                    occasion: None,
                });
                ConnectorAnswer::Noted { number }
            }
            OutageOrder::Forget { number } => {
                self.kept.noted.retain(|one| one.number != *number);
                match self.kept.noted.len() < before.noted.len() {
                    true => ConnectorAnswer::Done,
                    false => return ConnectorAnswer::NoSuchOutage,
                }
            }
            OutageOrder::Pause { until_ms: Some(until) } if *until < unix_ms => {
                return ConnectorAnswer::NotNow { why: "that moment has passed".to_owned() };
            }
            OutageOrder::Pause { until_ms } => {
                self.kept.paused_until_ms = *until_ms;
                self.calendar.pause(until_ms.and_then(stamp));
                ConnectorAnswer::Done
            }
        };
        // What is not on the disk would be forgotten, and must not be promised.
        if let Err(error) = self.write() {
            self.kept = before;
            self.calendar.pause(self.kept.paused_until_ms.and_then(stamp));
            return ConnectorAnswer::InVain { why: format!("{}: {error}", self.path.display()) };
        }
        self.next = now;
        answer
    }

    /// What is due by the time of day. It is noted as begun, or struck off.
    pub(in crate::service) fn due(&mut self, now: Instant, unix_ms: u64) -> Option<Due> {
        if !self.any() || now < self.next {
            return None;
        }
        let before = self.kept.noted.len();
        self.look_up(unix_ms);
        let brought = self.kept.noted.len() != before;
        let due = self.first_due(unix_ms);
        if due.is_some() || brought || self.kept.noted.len() != before {
            self.unwritten = self.write().err().map(|error| error.to_string());
        }
        if due.is_none() {
            let soonest = self.kept.noted.iter().filter_map(|one| match one.begun {
                false => Some(one.at_ms),
                true => one.until_ms,
            });
            let wait = soonest.min().map_or(u64::MAX, |at| at.saturating_sub(unix_ms).max(1));
            self.next = now + LOOK.min(Duration::from_millis(wait));
        }
        due
    }

    fn first_due(&mut self, unix_ms: u64) -> Option<Due> {
        let is_due = |one: &OutageStatus| match one.begun {
            false => one.at_ms <= unix_ms,
            true => one.until_ms.is_none_or(|until| until <= unix_ms),
        };
        let at = self.kept.noted.iter().position(is_due)?;
        let one = self.kept.noted.get_mut(at)?;
        let number = one.number;
        if one.begun {
            let is_over = one.until_ms.is_some();
            self.kept.noted.remove(at);
            // Without an end it was only kept until it had begun.
            return match is_over {
                true => Some(Due::Over { number, ticket: OWN + 2 * number + 1 }),
                false => self.first_due(unix_ms),
            };
        }
        let passed = one.until_ms.is_some_and(|until| until <= unix_ms);
        if passed || one.at_ms + LATE < unix_ms {
            self.kept.noted.remove(at);
            return Some(Due::Missed { number });
        }
        one.begun = true;
        let (scope, cut) = (one.scope.clone(), one.cut);
        Some(Due::Begins { number, ticket: OWN + 2 * number, scope, cut })
    }

    /// What there is to say of what was due. One that names what is not there any more is struck
    /// off.
    pub(in crate::service) fn message(&mut self, due: &Due, standing: Standing) -> Message {
        let (code, number, what) = match (due, standing) {
            (Due::Begins { number, .. }, Standing::Asked) => (Code::OutageBegins, number, "begins"),
            (Due::Over { number, .. }, Standing::Asked) => (Code::OutageOver, number, "is over"),
            (Due::Missed { number }, _) => {
                (Code::OutageMissed, number, "has passed, and was missed")
            }
            (Due::Begins { number, .. } | Due::Over { number, .. }, Standing::Unknown) => {
                let number_of = *number;
                self.kept.noted.retain(|one| one.number != number_of);
                (Code::OutageMissed, number, "names what is not in the configuration any more")
            }
        };
        let unwritten = self.unwritten.take();
        let unwritten = unwritten.map_or_else(String::new, |error| format!(" ({error})"));
        let text = format!("planned outage {number} {what}{unwritten}");
        Message::new(code, text).about("planned", number)
    }

    /// An order of ours was refused.
    pub(in crate::service) fn refused(&mut self, ticket: u64, why: &str) -> Option<Message> {
        let (number, is_end) = ((ticket - OWN) / 2, ticket % 2 == 1);
        // Nothing to start: somebody has started it before.
        if is_end {
            return None;
        }
        self.kept.noted.retain(|one| one.number != number);
        let unwritten = self.write().err();
        let unwritten = unwritten.map_or_else(String::new, |error| format!(" ({error})"));
        let text = format!("planned outage {number} could not begin: {why}{unwritten}");
        Some(Message::new(Code::OutageMissed, text).about("planned", number))
    }

    fn write(&self) -> io::Result<()> {
        let new = self.path.with_extension("new");
        let mut file = File::create(&new)?;
        file.write_all(&serde_json::to_vec(&self.kept)?)?;
        file.sync_all()?;
        private::replace(&new, &self.path)
    }
}

fn stamp(ms: u64) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::try_from(ms).ok()?).ok()
}

fn millis_of(moment: &Zoned) -> u64 {
    u64::try_from(moment.timestamp().as_millisecond()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
