//! What the two logins and the question before them have in common.

use crate::backoff::{Pace, Retry, RoundTrip, Turn};
use crate::failure::Failure;
use crate::time::Instant;
use crate::wire::Full;

use super::channel::Means;

/// How an attempt to log in ends without a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// No answer came: start over with new numbers.
    Restart,
    /// The BMC answers, but has forgotten this attempt or did not like a repeat: the same.
    Forgotten,
    /// The BMC refuses this suite.
    NextSuite,
    /// Every session of the BMC is taken.
    Busy,
    /// Another attempt would most likely end the same way.
    Failed(Failure),
}

/// A question before a session is up: asks, repeats, gives up.
pub(super) trait Attempt {
    fn step(&self) -> &Step;
    fn step_mut(&mut self) -> &mut Step;

    /// Writes the datagram of the present step; returns its length.
    fn emit(&self, means: &Means<'_>, out: &mut [u8]) -> Result<usize, Full>;

    /// What to do now, and the length of the datagram if there is one to send.
    fn poll(
        &mut self,
        now: Instant,
        means: &Means<'_>,
        out: &mut [u8],
    ) -> Result<(Next, usize), Full> {
        match self.step_mut().next(now) {
            Next::Send => Ok((Next::Send, self.emit(means, out)?)),
            next => Ok((next, 0)),
        }
    }

    /// When to poll again.
    fn deadline(&self) -> Instant {
        self.step().deadline()
    }
}

/// One step of a login: a request, its repeats, and a refusal that is not yet believed.
///
/// Before keys are agreed anyone on the way can forge a refusal, so one only counts when no good
/// answer comes within a short grace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    retry: Retry,
    sent_at: Instant,
    doubt: Option<(Verdict, Instant)>,
}

/// What a login does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Wait,
    Send,
    Over(Verdict),
}

impl Step {
    pub(super) fn new(now: Instant, times: u8, wait: core::time::Duration) -> Self {
        Self { retry: Retry::new(now, times, wait, Pace::Steady), sent_at: now, doubt: None }
    }

    pub(super) fn next(&mut self, now: Instant) -> Next {
        if let Some((verdict, until)) = self.doubt {
            return if now < until { Next::Wait } else { Next::Over(verdict) };
        }
        match self.retry.turn(now) {
            Turn::Wait => Next::Wait,
            Turn::GiveUp => Next::Over(Verdict::Restart),
            Turn::Send => {
                self.sent_at = now;
                Next::Send
            }
        }
    }

    /// A refusal came. The first one counts: repeats of it do not put the end off.
    pub(super) fn doubt(&mut self, now: Instant, verdict: Verdict) {
        let grace = RoundTrip::grace(now.since(self.sent_at));
        self.doubt.get_or_insert((verdict, now + grace));
    }

    /// Whether the request was sent more than once.
    pub(super) fn is_repeated(&self) -> bool {
        self.retry.sent() > 1
    }

    /// The answer came; notes how long it took, if that is certain.
    pub(super) fn answered(&self, now: Instant, way: &mut RoundTrip) {
        way.note(now.since(self.sent_at), self.retry.sent());
    }

    pub(super) fn deadline(&self) -> Instant {
        // While a refusal is doubted nothing is repeated.
        self.doubt.map_or(self.retry.deadline(), |(_, until)| until)
    }
}
