//! What is odd about a calendar, told when it is checked.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::{Calendar, Planned};

/// Between off and on, at least: servers, their disks and the UPS need that long to settle, and
/// some systems take less for a restart.
const GAP: SignedDuration = SignedDuration::from_mins(10);
/// So far ahead it is looked.
const YEAR: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Something that is not as it was meant, presumably.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// An outage is over less than 10 minutes after it has begun.
    ShortOutage(Planned),
    /// An outage begins less than 10 minutes after another one is over, or before.
    TooSoon {
        /// The earlier one.
        first: Planned,
        /// The later one.
        next: Planned,
    },
    /// This entry will not come up within a year.
    Never(String),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShortOutage(planned) => {
                write!(f, "the planned outage {} is shorter than 10 minutes", planned.identity)
            }
            Self::TooSoon { first, next } => write!(
                f,
                "the planned outage {} begins less than 10 minutes after {} is over",
                next.identity, first.identity
            ),
            Self::Never(name) => write!(f, "the planned outage {name:?} does not come up"),
        }
    }
}

impl Calendar {
    /// What is odd about the year that follows: of each kind and entry, the first.
    pub fn warnings(&self, from: Timestamp) -> Vec<Warning> {
        let until = from.saturating_add(YEAR).unwrap_or(from);
        let year = self.between(from, until);
        let mut warnings = Vec::new();
        for entry in &self.entries {
            let name = entry.name.as_str();
            if !year.iter().any(|one| one.identity.entry == name) {
                warnings.push(Warning::Never(name.to_owned()));
            }
            let is_short = |one: &&Planned| {
                one.identity.entry == name && lasts(one).is_some_and(|time| time < GAP)
            };
            let short = year.iter().find(is_short).cloned();
            warnings.extend(short.map(Warning::ShortOutage));
            let soon = year.array_windows().find(|[first, next]| {
                next.identity.entry == name
                    && first.end.as_ref().is_some_and(|end| too_soon(end, next))
            });
            if let Some([first, next]) = soon {
                warnings.push(Warning::TooSoon { first: first.clone(), next: next.clone() });
            }
        }
        warnings
    }
}

fn lasts(planned: &Planned) -> Option<SignedDuration> {
    planned.end.as_ref().map(|end| end.duration_since(&planned.begin))
}

fn too_soon(end: &jiff::Zoned, next: &Planned) -> bool {
    next.begin.duration_since(end) < GAP
}
