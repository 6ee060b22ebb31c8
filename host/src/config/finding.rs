//! What is wrong in the file of all parties, or does not fit together.

use std::cell::RefCell;
use std::fmt;

use crate::exit::Exit;

/// A place in a file, for people: both numbers begin at 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Line.
    pub(crate) line: usize,
    /// Character in the line.
    pub(crate) column: usize,
}

impl Place {
    /// The place of a byte of `text`.
    pub(super) fn of(text: &str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let begin = before.rfind('\n').map_or(0, |feed| feed + 1);
        Self {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[begin..].chars().count() + 1,
        }
    }
}

/// Timers that do not fit, and other things that work but not well. Each has its message id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Misfit {
    /// A request may be given up while the connector still works on it.
    RequestBudget = 50,
    /// `patrol` is too short for a busy host.
    Patrol = 51,
    /// A host that starts may not wait until it has heard the others.
    StartWait = 52,
    /// A host that was fenced may be shot again while it starts.
    BootGrace = 53,
    /// The two readings of off may miss the gap of a cycle, or come too close.
    ConfirmGap = 54,
    /// A power-off is noticed later than the silence of its host.
    Poll = 55,
    /// A service is asked again before it can have answered.
    CheckLimit = 56,
    /// Later standbys ask so late that the delay counts.
    Step = 57,
    /// One cable decides.
    Paths = 58,
    /// A login that proves nothing.
    Suite = 59,
    /// A secret or a certificate is not on this machine.
    SecretElsewhere = 60,
    /// The batteries may not last for the plan.
    PlanTime = 61,
    /// The connector runs on what its own plan stops.
    Controller = 62,
    /// An off that is ordered early is over before all are down.
    Delay = 63,
    /// One lost answer makes a reading late.
    ReadRarely = 64,
    /// A UPS is spoken to in the clear.
    InTheClear = 65,
    /// Nothing hangs on a UPS.
    FeedsNothing = 66,
    /// What feeds the connector's machine is never cut, and starts it again only from empty.
    NeverCut = 67,
    /// Guests and the groups that the plan stops do not match.
    Groups = 68,
}

impl Misfit {
    /// All of them, in order.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 19] = [
        Self::RequestBudget,
        Self::Patrol,
        Self::StartWait,
        Self::BootGrace,
        Self::ConfirmGap,
        Self::Poll,
        Self::CheckLimit,
        Self::Step,
        Self::Paths,
        Self::Suite,
        Self::SecretElsewhere,
        Self::PlanTime,
        Self::Controller,
        Self::Delay,
        Self::ReadRarely,
        Self::InTheClear,
        Self::FeedsNothing,
        Self::NeverCut,
        Self::Groups,
    ];

    /// The id of its message, under which `docs/operating.md` explains it.
    pub(crate) fn id(self) -> String {
        format!("KMN1{:02}-W", self as u8)
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    /// The file cannot be used.
    Error(Exit),
    /// It can, though somebody should look at this.
    Warning(Misfit),
}

impl Severity {
    /// The message id.
    pub(crate) fn id(self) -> String {
        match self {
            Self::Error(exit) => exit.id(),
            Self::Warning(misfit) => misfit.id(),
        }
    }
}

/// One finding. Never shows a value that may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// How bad it is.
    pub(crate) severity: Severity,
    /// Where it is.
    pub(crate) place: Place,
    /// The field, with its sections before it.
    pub(crate) field: String,
    /// What is the matter.
    pub(crate) text: String,
    /// What helps.
    pub(crate) remedy: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { line, column } = self.place;
        let Self { field, text, remedy, .. } = self;
        write!(f, "line {line}, column {column}")?;
        if !field.is_empty() {
            write!(f, ", {field}")?;
        }
        write!(f, ": {text}")?;
        if !remedy.is_empty() {
            write!(f, "\n  {remedy}")?;
        }
        Ok(())
    }
}

/// Collects findings, so that one look at a file shows all of them.
#[derive(Debug)]
pub(super) struct Notes<'t> {
    text: &'t str,
    found: RefCell<Vec<Finding>>,
}

impl<'t> Notes<'t> {
    /// For findings in `text`.
    pub(super) fn on(text: &'t str) -> Self {
        Self { text, found: RefCell::default() }
    }

    /// The place of a byte.
    pub(super) fn place(&self, at: usize) -> Place {
        Place::of(self.text, at)
    }

    /// The file cannot be used as it is.
    pub(super) fn wrong(
        &self,
        place: Place,
        field: &str,
        text: impl fmt::Display,
        remedy: impl fmt::Display,
    ) {
        self.add(Finding {
            severity: Severity::Error(Exit::Usage),
            place,
            field: field.to_owned(),
            text: text.to_string(),
            remedy: remedy.to_string(),
        });
    }

    /// A finding, unless the same one was made before: what several servers inherit is read for
    /// each of them.
    fn add(&self, finding: Finding) {
        let mut found = self.found.borrow_mut();
        if !found.contains(&finding) {
            found.push(finding);
        }
    }

    /// All findings, in the order of their places.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|finding| finding.place);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_from_one() {
        assert_eq!(Place::of("ab\ncd", 0), Place { line: 1, column: 1 });
        assert_eq!(Place::of("ab\ncd", 4), Place { line: 2, column: 2 });
        assert_eq!(Place::of("é\né=", 5), Place { line: 2, column: 2 });
    }

    #[test]
    fn the_operating_page_explains_each_warning() {
        let page = include_str!("../../../docs/operating.md");
        for misfit in Misfit::ALL {
            assert!(page.contains(&format!("| {} |", misfit.id())), "{}", misfit.id());
        }
        assert!(Misfit::ALL.is_sorted());
    }
}
