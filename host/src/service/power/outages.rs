//! Outages that are known before: noted on the disk, and begun and ended when their time comes.
//!
//! What counts is the time of day, looked at often enough that a clock which is set in between
//! is noticed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use komainu_core::time::Instant;
use serde::{Deserialize, Serialize};

use super::orders::PlanScope;
use crate::service::message::{Code, Message};
use crate::service::orders::ConnectorAnswer;

/// The file.
const NAME: &str = "outages.json";
/// The time of day is looked at once in so long at least.
const LOOK: Duration = Duration::from_secs(15);
/// One that could not begin for so long is struck off, in milliseconds.
const LATE: u64 = 10 * 60 * 1000;
/// Most that are noted.
const MOST: usize = 64;
/// Tickets of our own; those of operators are far below.
const OWN: u64 = 1 << 62;

/// An order about outages that are known before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "do")]
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
    noted: Vec<OutageStatus>,
    /// When the time of day is looked at next.
    next: Instant,
    /// It could not be written down.
    unwritten: Option<String>,
}

impl Outages {
    /// Those of the folder; none if there is no file.
    ///
    /// # Errors
    /// When the file cannot be read, or is none of ours.
    pub(crate) fn open(folder: &Path, now: Instant) -> io::Result<Self> {
        let path = folder.join(NAME);
        let noted = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(Self { path, noted, next: now, unwritten: None })
    }

    /// Those that are noted, the next one in front.
    pub(crate) fn status(&self) -> Vec<OutageStatus> {
        let mut all = self.noted.clone();
        all.sort_by_key(|outage| outage.at_ms);
        all
    }

    /// When to look again.
    pub(in crate::service) fn look(&self) -> Option<Instant> {
        (!self.noted.is_empty()).then_some(self.next)
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
        let before = self.noted.clone();
        let answer = match order {
            OutageOrder::Plan { at_ms, until_ms, scope, cut } => {
                let no = |why: &str| ConnectorAnswer::NotNow { why: why.to_owned() };
                if *at_ms < unix_ms {
                    return no("its begin has passed");
                }
                if until_ms.is_some_and(|until| until <= *at_ms) {
                    return no("it would be over before it begins");
                }
                if self.noted.len() >= MOST {
                    return no("too many are noted already");
                }
                let number = self.noted.iter().map(|one| one.number).max().unwrap_or(0) + 1;
                self.noted.push(OutageStatus {
                    number,
                    at_ms: *at_ms,
                    until_ms: *until_ms,
                    scope: scope.clone(),
                    cut: *cut,
                    begun: false,
                });
                ConnectorAnswer::Noted { number }
            }
            OutageOrder::Forget { number } => {
                self.noted.retain(|one| one.number != *number);
                match self.noted.len() < before.len() {
                    true => ConnectorAnswer::Done,
                    false => return ConnectorAnswer::NoSuchOutage,
                }
            }
        };
        // What is not on the disk would be forgotten, and must not be promised.
        if let Err(error) = self.write() {
            self.noted = before;
            return ConnectorAnswer::InVain { why: format!("{}: {error}", self.path.display()) };
        }
        self.next = now;
        answer
    }

    /// What is due by the time of day. It is noted as begun, or struck off.
    pub(in crate::service) fn due(&mut self, now: Instant, unix_ms: u64) -> Option<Due> {
        if self.noted.is_empty() || now < self.next {
            return None;
        }
        let before = self.noted.len();
        let due = self.first_due(unix_ms);
        if due.is_some() || self.noted.len() != before {
            self.unwritten = self.write().err().map(|error| error.to_string());
        }
        if due.is_none() {
            let soonest = self.noted.iter().filter_map(|one| match one.begun {
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
        let at = self.noted.iter().position(is_due)?;
        let one = self.noted.get_mut(at)?;
        let number = one.number;
        if one.begun {
            let is_over = one.until_ms.is_some();
            self.noted.remove(at);
            // Without an end it was only kept until it had begun.
            return match is_over {
                true => Some(Due::Over { number, ticket: OWN + 2 * number + 1 }),
                false => self.first_due(unix_ms),
            };
        }
        let passed = one.until_ms.is_some_and(|until| until <= unix_ms);
        if passed || one.at_ms + LATE < unix_ms {
            self.noted.remove(at);
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
                self.noted.retain(|one| one.number != number_of);
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
        self.noted.retain(|one| one.number != number);
        let unwritten = self.write().err();
        let unwritten = unwritten.map_or_else(String::new, |error| format!(" ({error})"));
        let text = format!("planned outage {number} could not begin: {why}{unwritten}");
        Some(Message::new(Code::OutageMissed, text).about("planned", number))
    }

    fn write(&self) -> io::Result<()> {
        let new = self.path.with_extension("new");
        let mut file = File::create(&new)?;
        file.write_all(&serde_json::to_vec(&self.noted)?)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        #[cfg(unix)]
        if let Some(folder) = self.path.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;

    fn at(seconds: u64) -> Instant {
        Instant::from_micros(0) + Duration::from_secs(seconds)
    }

    fn plan(at_ms: u64, until_ms: Option<u64>) -> OutageOrder {
        OutageOrder::Plan { at_ms, until_ms, scope: PlanScope::All, cut: false }
    }

    #[test]
    fn one_begins_and_ends_when_its_time_comes_also_after_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut outages = Outages::open(folder.path(), at(0)).expect("opened");
        let order = plan(2 * HOUR, Some(3 * HOUR));
        assert_eq!(outages.order(at(0), &order, HOUR), ConnectorAnswer::Noted { number: 1 });
        assert_eq!(outages.due(at(0), HOUR), None);
        assert!(outages.look() <= Some(at(15)), "a clock that is set is noticed soon");
        let mut outages = Outages::open(folder.path(), at(0)).expect("opened again");
        let due = outages.due(at(1), 2 * HOUR).expect("due");
        assert!(matches!(due, Due::Begins { number: 1, .. }), "{due:?}");
        assert_eq!(outages.due(at(1), 2 * HOUR), None, "only once");
        let mut outages = Outages::open(folder.path(), at(0)).expect("opened again");
        assert_eq!(outages.due(at(1), 2 * HOUR + 5), None, "it has begun already");
        let due = outages.due(at(4000), 3 * HOUR).expect("due");
        assert!(matches!(due, Due::Over { number: 1, .. }), "{due:?}");
        assert_eq!(outages.look(), None);
    }

    #[test]
    fn what_makes_no_sense_is_refused_and_what_has_passed_is_missed() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut outages = Outages::open(folder.path(), at(0)).expect("opened");
        let refused = |answer| matches!(answer, ConnectorAnswer::NotNow { .. });
        assert!(refused(outages.order(at(0), &plan(HOUR - 1, None), HOUR)));
        assert!(refused(outages.order(at(0), &plan(2 * HOUR, Some(2 * HOUR)), HOUR)));
        outages.order(at(0), &plan(2 * HOUR, None), HOUR);
        let due = outages.due(at(0), 2 * HOUR + LATE + 1);
        assert_eq!(due, Some(Due::Missed { number: 1 }));
        assert!(outages.status().is_empty());
        let forget = OutageOrder::Forget { number: 1 };
        assert_eq!(outages.order(at(0), &forget, HOUR), ConnectorAnswer::NoSuchOutage);
    }

    #[test]
    fn one_that_is_refused_is_struck_off() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut outages = Outages::open(folder.path(), at(0)).expect("opened");
        outages.order(at(0), &plan(2 * HOUR, None), HOUR);
        let Some(Due::Begins { ticket, .. }) = outages.due(at(0), 2 * HOUR) else {
            panic!("it begins")
        };
        assert!(Outages::is_own(ticket) && !Outages::is_own(7));
        let message = outages.refused(ticket, "a plan runs").expect("told");
        assert_eq!(message.code, Code::OutageMissed);
        assert!(outages.status().is_empty());
    }
}
