//! The figures of a takeover, from what its parties have logged and the service has answered.

use super::asker::Answer;
use super::checker::Record;
use super::log::{Id, Said};
use super::site::Which;
use super::stage::Party;

/// What is measured.
#[derive(Default)]
pub(super) struct Figures {
    pub(super) record: Record,
    pub(super) failure: Option<Failure>,
}

/// A failure of a server and what followed; times in milliseconds since 1970.
pub(super) struct Failure {
    pub(super) victim: Which,
    pub(super) at: u64,
    pub(super) noticed: Option<u64>,
    pub(super) asked: Option<u64>,
    pub(super) off: Option<u64>,
    pub(super) serves: Option<u64>,
}

impl Figures {
    /// A server fails now.
    pub(super) fn fails(&mut self, victim: Which, at: u64) {
        let (noticed, asked, off, serves) = (None, None, None, None);
        self.failure = Some(Failure { victim, at, noticed, asked, off, serves });
    }

    /// Takes in what was logged.
    pub(super) fn said(&mut self, party: Party, said: &Said) {
        let Some(failure) = &mut self.failure else { return };
        if said.server.as_deref() != Some(failure.victim.name()) || said.time_ms < failure.at {
            return;
        }
        let which = match (party, said.id()) {
            (Party::Server(_), Id::PeerSuspect) => &mut failure.noticed,
            (Party::Server(_), Id::ResetAsked) => &mut failure.asked,
            (Party::Connector, Id::Fenced) => &mut failure.off,
            (Party::Connector | Party::Server(_), _) => return,
        };
        which.get_or_insert(said.time_ms);
    }

    /// Takes in an answer of the service, which came then.
    pub(super) fn answered(&mut self, which: Which, answer: Answer, at: u64) {
        self.record.add(which, answer);
        if let Some(failure) = &mut self.failure
            && failure.victim != which
        {
            failure.serves.get_or_insert(at);
        }
    }
}

impl Failure {
    /// Whether the other server has taken over, on a proof.
    pub(super) fn is_taken_over(&self) -> bool {
        self.off.is_some() && self.serves.is_some()
    }
}
