//! When a member takes nothing over: at its start, under maintenance, in a power plan, by order.

use core::time::Duration;

use crate::time::{Instant, Millis, earliest};
use crate::types::Mode;

use super::Member;
use super::question::Asking;
use super::words::{Answer, Why};

/// How long a freeze holds without a PathStatus, unless the directive says otherwise.
const HOLD: Duration = Duration::from_secs(60);

/// Whether a member takes services over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freeze {
    /// It does.
    None,
    /// Not yet: no connector has said that nothing holds it back. Ends when none answered for
    /// `start_wait` after that moment.
    Start { silent_since: Instant },
    /// Not now. Ends when no PathStatus came for `hold`.
    Held { heard: Instant, hold: Duration },
}

impl Freeze {
    pub(super) const fn is_of_start(&self) -> bool {
        matches!(self, Self::Start { .. })
    }

    /// Until when it holds, if nothing more is heard.
    pub(super) fn until(&self, start_wait: Millis) -> Option<Instant> {
        match self {
            Self::None => None,
            Self::Start { silent_since } => Some(*silent_since + start_wait),
            Self::Held { heard, hold } => Some(*heard + *hold),
        }
    }
}

impl Member {
    /// Whether this member takes nothing over at present.
    pub(super) fn frozen(&self, now: Instant) -> bool {
        self.freeze.until(self.timers.start_wait).is_some_and(|until| now < until)
    }

    /// Whether a freeze keeps this host from gathering proof and from starting services.
    pub(super) fn held_back(&self, now: Instant) -> bool {
        self.laws.frozen_starts_nothing() && self.frozen(now)
    }

    /// The acting connector said how it works, in answer to a nonce of ours.
    pub(super) fn hear_mode(&mut self, mode: Mode, now: Instant) {
        match (mode, self.freeze) {
            (Mode::Normal, _) => {
                self.thawed = false;
                self.void_directives();
                self.thaw(now);
            }
            (Mode::Maintenance | Mode::Plan, _) if self.thawed => {}
            (Mode::Maintenance | Mode::Plan, Freeze::Held { hold, .. }) => {
                self.freeze = Freeze::Held { heard: now, hold };
            }
            (Mode::Maintenance | Mode::Plan, Freeze::None | Freeze::Start { .. }) => {
                self.hold(now, HOLD);
            }
            (Mode::Standby, Freeze::Start { .. }) => {
                self.freeze = Freeze::Start { silent_since: now };
            }
            (Mode::Standby, Freeze::None | Freeze::Held { .. }) => {}
        }
    }

    /// Freezes this member; 0 seconds without a PathStatus stand for the usual time.
    pub(super) fn freeze_for(&mut self, seconds: u32, now: Instant) {
        self.thawed = false;
        let hold = if seconds == 0 { HOLD } else { Duration::from_secs(u64::from(seconds)) };
        self.hold(now, hold);
    }

    fn hold(&mut self, now: Instant, hold: Duration) {
        self.freeze = Freeze::Held { heard: now, hold };
        if self.held_back(now) {
            for peer in &mut self.peers {
                peer.asking = Asking::Quiet;
            }
        }
    }

    /// Ends a freeze. After one that was not of the start, each host that is silent is given the
    /// time to be heard.
    pub(super) fn thaw(&mut self, now: Instant) {
        if let Freeze::Held { .. } = self.freeze {
            self.judge_afresh(now);
        }
        self.freeze = Freeze::None;
    }

    /// The operator ends a freeze on this host, until the connector says something new.
    pub(super) fn order_thaw(&mut self, now: Instant) -> Answer {
        if !self.frozen(now) {
            return Answer::Refused(Why::NotFrozen);
        }
        self.thaw(now);
        self.thawed = true;
        Answer::Done
    }

    pub(super) fn settle_freeze(&mut self, now: Instant) {
        if self.freeze != Freeze::None && !self.frozen(now) {
            self.thaw(now);
        }
    }

    /// From now on a silent host counts as failed only after another `patrol`.
    pub(super) fn judge_afresh(&mut self, now: Instant) {
        self.judged_from = now + self.timers.patrol;
    }

    pub(super) fn freeze_deadline(&self) -> Option<Instant> {
        earliest(self.freeze.until(self.timers.start_wait), Some(self.judged_from))
    }
}
