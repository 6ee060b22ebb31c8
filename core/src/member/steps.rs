//! How far a service is on its way from one host to another.

use core::time::Duration;

use crate::journal::Mark;
use crate::time::Instant;
use crate::types::{Generation, HandoverStep};

use super::sets::Set;

/// How often a step of a handover is repeated.
pub(super) const REPEAT: Duration = Duration::from_millis(250);
/// After its first failure a service is tried again here so much later, if nobody else runs it.
const FAILED_FIRST: Duration = Duration::from_secs(10);
/// The longest such time.
const FAILED_LAST: Duration = Duration::from_secs(600);

/// The gathering of proof for one generation.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) generation: Generation,
    /// Since when it is durable that the service may run here under that generation.
    pub(super) stored: Mark,
    /// The other hosts that have yielded the generation.
    pub(super) yields: Set,
    /// The operator or the active host wants it here, until then.
    pub(super) ordered: Option<Instant>,
    /// When the other hosts are asked again.
    pub(super) next: Instant,
    /// Those that are to be asked now, and those that were in this round.
    pub(super) asking: Set,
    pub(super) asked: Set,
    pub(super) round: usize,
    /// The host that stops it for us, when it last said so.
    pub(super) stopping: Option<Instant>,
}

impl Candidate {
    pub(super) fn new(generation: Generation, stored: Mark, now: Instant) -> Self {
        Self {
            generation,
            stored,
            yields: Set::EMPTY,
            ordered: None,
            next: now,
            asking: Set::EMPTY,
            asked: Set::EMPTY,
            round: 0,
            stopping: None,
        }
    }
}

/// Failures of the service on this host.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Failures {
    count: u8,
    /// It is not tried again before that.
    pub(super) until: Option<Instant>,
}

impl Failures {
    pub(super) fn add(&mut self, now: Instant) {
        let pause = FAILED_FIRST * (1 << self.count.min(6));
        self.until = Some(now + pause.min(FAILED_LAST));
        self.count = self.count.saturating_add(1);
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// The service runs here, and another host is asked to take it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer {
    pub(super) to: usize,
    pub(super) next: Instant,
    pub(super) until: Instant,
    pub(super) round: usize,
}

/// The service was stopped here for another host, which is told so until it has started it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Release {
    pub(super) to: usize,
    pub(super) generation: Generation,
    pub(super) next: Instant,
    pub(super) until: Instant,
    pub(super) round: usize,
}

/// A step of a handover that answers another host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) to: usize,
    /// The place of the path that the question came by.
    pub(super) path: usize,
    pub(super) step: HandoverStep,
    pub(super) generation: Generation,
}

impl Release {
    /// It was said once more.
    pub(super) fn said(&mut self, now: Instant) {
        self.next = now + REPEAT;
        self.round = self.round.wrapping_add(1);
    }
}

impl Offer {
    /// It was said once more.
    pub(super) fn said(&mut self, now: Instant) {
        self.next = now + REPEAT;
        self.round = self.round.wrapping_add(1);
    }
}
