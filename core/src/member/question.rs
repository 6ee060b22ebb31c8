//! Asking the connector for the reset of one host (section 3.1 of the protocol).

use core::time::Duration;

use heapless::Vec;

use crate::journal::Mark;
use crate::time::{Instant, earliest};
use crate::types::{
    Cause, ConnectorNumber, Epoch, Reason, RequestId, ResetMethod, ResetState, Token,
};
use crate::wire::reset::ResetResult;

use super::sets::Set;

/// How often a question is repeated.
const REPEAT: Duration = Duration::from_millis(250);
/// How often one is repeated that is refused for a while.
const LATER: Duration = Duration::from_secs(1);
/// When to ask again after a question that came to nothing.
const AGAIN: Duration = Duration::from_secs(10);
/// How many ids are durable before they are needed, so that no question waits for a disk.
const RESERVE: usize = 16;

/// Whether a host's reset is being asked for.
#[derive(Debug)]
pub(super) enum Asking {
    /// It is not.
    Quiet,
    Open(Question),
    /// It was, and there is no proof.
    Ended(Ended),
}

/// A question that is open.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) id: RequestId,
    /// Since when the id is durable.
    pub(super) stored: Mark,
    pub(super) want: Want,
    pub(super) target_epoch: Option<Epoch>,
    /// The services that the answer counts for.
    pub(super) covers: Set,
    /// The connector and its epoch that it was first sent to.
    pub(super) under: Option<(ConnectorNumber, Epoch)>,
    pub(super) next: Instant,
    until: Instant,
    /// It was accepted: what it began may still go on.
    accepted: bool,
}

/// What a question asks for, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Want {
    pub(super) method: ResetMethod,
    pub(super) reason: Reason,
}

impl Want {
    pub(super) const RESET: Self =
        Self { method: ResetMethod::AsConfigured, reason: Reason::HeartbeatLost };
    pub(super) const LOOK: Self =
        Self { method: ResetMethod::LookOnly, reason: Reason::HeartbeatLost };
    pub(super) const NOTICE: Self =
        Self { method: ResetMethod::LookOnly, reason: Reason::PowerOffNotice };

    pub(super) fn looks_only(self) -> bool {
        self.method == ResetMethod::LookOnly
    }
}

/// A question that came to nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) asked: Want,
    /// When to ask again at the latest.
    pub(super) again: Instant,
    /// What it tried has failed: only look, until a look says that the target is on.
    pub(super) look: bool,
}

/// What the answer to a question means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// It goes on.
    Pending,
    /// There is proof.
    Fenced(Token),
    /// It is over, for that cause.
    Over(Cause),
}

impl Question {
    pub(super) fn new(
        (id, stored): (RequestId, Mark),
        want: Want,
        target_epoch: Option<Epoch>,
        covers: Set,
        now: Instant,
        budget: Duration,
    ) -> Self {
        Self {
            id,
            stored,
            want,
            target_epoch,
            covers,
            under: None,
            next: now,
            until: now + budget,
            accepted: false,
        }
    }

    /// It was sent at `now`, to that start of that connector.
    pub(super) fn sent(&mut self, now: Instant, to: (ConnectorNumber, Epoch)) {
        self.under = Some(self.under.unwrap_or(to));
        self.next = now + REPEAT;
    }

    /// What an answer with its id means.
    pub(super) fn hear(&mut self, now: Instant, result: &ResetResult) -> Heard {
        match result.state {
            ResetState::Fenced => Heard::Fenced(result.token),
            ResetState::Accepted | ResetState::Working => {
                self.accepted = true;
                Heard::Pending
            }
            ResetState::Refused if result.cause.is_passing() => {
                if matches!(result.cause, Cause::TooMany | Cause::TargetStarting) {
                    self.next = self.next.max(now + LATER);
                }
                Heard::Pending
            }
            ResetState::Refused | ResetState::Failed => Heard::Over(result.cause),
        }
    }

    /// What is left of it after that cause; none = its time is over.
    pub(super) fn ended(&self, now: Instant, cause: Option<Cause>) -> Ended {
        let (look, again) = match cause {
            Some(cause) if cause.may_ask_again() => (false, AGAIN),
            Some(_) => (true, AGAIN),
            None => (self.accepted, if self.accepted { AGAIN } else { Duration::ZERO }),
        };
        Ended { asked: self.want, again: now + again, look }
    }

    pub(super) fn is_over(&self, now: Instant) -> bool {
        now >= self.until
    }
}

impl Asking {
    pub(super) fn is_fencing(&self) -> bool {
        matches!(self, Self::Open(question) if !question.want.looks_only())
    }

    /// The id of the question that is open.
    pub(super) const fn id(&self) -> Option<RequestId> {
        match self {
            Self::Open(question) => Some(question.id),
            Self::Quiet | Self::Ended(_) => None,
        }
    }

    pub(super) fn open(&mut self) -> Option<&mut Question> {
        match self {
            Self::Open(question) => Some(question),
            Self::Quiet | Self::Ended(_) => None,
        }
    }

    /// The service is no longer asked for.
    pub(super) fn drop_service(&mut self, service: usize) {
        if let Some(question) = self.open() {
            question.covers.remove(service);
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Quiet => None,
            Self::Open(question) => earliest(Some(question.next), Some(question.until)),
            Self::Ended(ended) => Some(ended.again),
        }
    }
}

/// Ids of questions that are durable before they are needed.
#[derive(Debug, Default)]
pub(super) struct Reserve {
    ids: Vec<(RequestId, Mark), RESERVE>,
}

impl Reserve {
    /// Whether it is so low that it should be filled up.
    pub(super) fn is_low(&self) -> bool {
        self.ids.len() * 2 < RESERVE
    }

    pub(super) fn has_room(&self) -> bool {
        !self.ids.is_full()
    }

    pub(super) fn add(&mut self, id: RequestId, mark: Mark) {
        // There is room, or one id fewer is in reserve.
        let _ = self.ids.push((id, mark));
    }

    /// The id that has been in reserve for the longest time.
    pub(super) fn take(&mut self) -> Option<(RequestId, Mark)> {
        if self.ids.is_empty() { None } else { Some(self.ids.remove(0)) }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = RequestId> {
        self.ids.iter().map(|(id, _)| *id)
    }
}
