//! What the power machine has beside UPSes and servers.

use heapless::Vec;

use crate::journal::{Generations, Mark};
use crate::time::Instant;
use crate::types::{UpsIndex, UpsOrder};

use super::budget::Fit;
use super::laws::Laws;
use super::plan::Plan;
use super::words::{Answer, Order, OutageId, RunId, Ticket};

/// So many answers wait to be fetched; while there are more, orders are not taken.
pub(super) const ANSWERS: usize = 4;

/// What there is once.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) laws: Laws,
    /// When this machine began to listen.
    pub(super) started: Instant,
    pub(super) journal: Generations,
    pub(super) plan: Option<Plan>,
    /// The newest name of an outage.
    pub(super) outage: OutageId,
    /// The newest run.
    pub(super) run: RunId,
    pub(super) fit: Fit,
    /// Answers, and the record that each of them waits for.
    pub(super) answers: Vec<(Ticket, Answer, Mark), ANSWERS>,
    /// An order that was not looked at yet.
    pub(super) order: Option<(Ticket, Order)>,
    /// An operator's order that a UPS has to answer.
    pub(super) asked: Option<Asked>,
    /// When a server was switched on last.
    pub(super) switched: Option<Instant>,
    /// This machine going down.
    pub(super) own: Going,
    /// Something has happened since the last poll that said nothing more.
    pub(super) stirred: bool,
    /// When time alone changes something next.
    pub(super) next: Option<Instant>,
    /// The server that is looked at first in the next turn.
    pub(super) cursor: usize,
}

/// An operator's order to a UPS.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) ticket: Ticket,
    pub(super) ups: UpsIndex,
    pub(super) order: UpsOrder,
    pub(super) run: Option<RunId>,
    /// The record that says what of it outlasts a restart.
    pub(super) mark: Mark,
    /// An earlier one of the kind stood.
    pub(super) again: bool,
}

/// Whether this machine was told to go down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Going {
    /// No.
    Stays,
    /// That was told to people; it is told next.
    Told,
    /// It was told to, at that moment.
    Sent { run: RunId, at: Instant },
    /// The job, begun at that moment, ended well: it goes.
    Goes(Instant),
    /// The job failed; it is told again from that moment on.
    Failed(Instant),
}

impl Shared {
    /// The name of the next run.
    pub(super) const fn next_run(&mut self) -> RunId {
        self.run = RunId(self.run.0.saturating_add(1));
        self.run
    }

    /// Whether that change is durable, as far as something waits for that.
    pub(super) const fn is_stored(&self, mark: Mark) -> bool {
        !self.laws.durable_before_done() || self.journal.is_stored(mark)
    }

    /// Has an answer given once that change is durable.
    pub(super) fn answer(&mut self, ticket: Ticket, answer: Answer, mark: Mark) {
        if self.answers.is_full() {
            // Whoever gave so many orders at once without fetching answers waits for the newest.
            self.answers.remove(0);
        }
        // There is room now.
        let _ = self.answers.push((ticket, answer, mark));
    }
}
