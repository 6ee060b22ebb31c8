//! What was asked for is judged anew directly before the first command.
//!
//! While its BMC is silent a fencing may wait for long, and the host may come back meanwhile: its
//! peers hear it and ask no more, or it says here that it is active. Nobody can take a request
//! back in words, so whoever wants it repeats it. So it is with a fencing that a restart of the
//! connector has interrupted.

use super::host::Phase;
use super::moment::Moment;
use super::results::{Held, Slot, State};
use super::{Asker, Host, HostIndex, LetBe, Permit, View};
use crate::time::{Instant, Millis};
use crate::types::{Cause, ResetMethod};

/// For how long a copy of a request shows that it is wanted: four of them, which come every
/// 250 ms. If the last four were lost the next one is judged like the first.
const WANTED: Millis = Millis::from_secs(1);
/// For how long after a restart of the connector nobody may have asked anew for what it
/// interrupted: a host learns of the restart by two of its checks, which come every second, and
/// some of those may be lost.
const ASKED_ANEW: Millis = Millis::from_secs(5);

impl View<'_> {
    /// Judges anew whether a host is to be shot, if no command of its fencing has left in this run
    /// of the connector. When it is not, the fencing has failed, and why is the error.
    ///
    /// A command that has left could still end the host: then the fencing goes on. One of an
    /// earlier run is over by now, since its session is.
    pub(super) fn judge_anew(&mut self, now: Instant, of: HostIndex) -> Result<(), Permit> {
        let Some(Host { fencing, .. }) = self.host(of) else { return Ok(()) };
        let begun = fencing.commanded != Moment::NONE && !fencing.resumed;
        if fencing.phase != Phase::Fencing || begun {
            return Ok(());
        }
        let laws = self.cluster.laws;
        let kept = self.is_kept(now, of) && laws.active_is_kept_at_command();
        let wanted = |held: &Held| is_wanted(held, now) || !laws.wanted_until_command();
        let waiting = || self.slots.iter().filter_map(|slot| waits(slot, of));
        let stands = |held: &Held| held.asks_for_command() && !(kept && held.for_silence);
        if waiting().any(|held| wanted(held) && stands(held)) {
            return Ok(());
        }
        if self.asked_anew_by(of).is_some_and(|by| now < by) {
            return Err(Permit::Waiting);
        }
        let active = waiting().any(wanted) && kept;
        self.let_be(now, of, kept);
        Err(Permit::LetBe(if active { LetBe::Active } else { LetBe::Unwanted }))
    }

    /// Until when a fencing that was interrupted waits for somebody who asks for it anew.
    pub fn asked_anew_by(&self, of: HostIndex) -> Option<Instant> {
        let fencing = &self.host(of)?.fencing;
        let waits = fencing.resumed && fencing.phase == Phase::Fencing;
        fencing.ended.get().filter(|_| waits).map(|resumed| resumed + ASKED_ANEW)
    }

    /// Ends a fencing of which nothing has left. Whoever still asks has it looked at: what is off
    /// is fenced whatever the rules say.
    fn let_be(&mut self, now: Instant, of: HostIndex, kept: bool) {
        for slot in self.slots.iter_mut() {
            // Nothing was done for it: should a copy still come, it is judged like the first.
            if waits(slot, of).is_some_and(|held| !is_wanted(held, now)) {
                *slot = Slot::EMPTY;
            }
        }
        self.settle(now, of, |held| {
            let cause =
                if kept && held.for_silence { Cause::TargetActive } else { Cause::TargetOn };
            if let State::Open { look: look @ None, .. } = &mut held.state {
                *look = Some(cause);
            }
            None
        });
        self.failed(now, of, Cause::TargetActive);
    }
}

/// The question in a slot, if it waits for the fencing of that host.
fn waits(slot: &Slot, of: HostIndex) -> Option<&Held> {
    let waits =
        |held: &&Held| held.target == of && matches!(held.state, State::Open { look: None, .. });
    slot.0.as_ref().filter(waits)
}

/// Whether somebody still asks it. Our own operator asks once.
fn is_wanted(held: &Held, now: Instant) -> bool {
    held.asker == Asker::Operator || now <= held.repeated() + WANTED
}

impl Held {
    fn asks_for_command(&self) -> bool {
        self.method != ResetMethod::LookOnly
    }
}
