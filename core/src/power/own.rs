//! This machine, the last one to go.

use core::time::Duration;

use super::cutting::{State, cuts};
use super::parts::{Parts, Turn};
use super::shared::Going;
use super::tell::{Cause, Tell};
use super::view::{Tally, View};
use super::words::{Action, Job};

/// Before it is told again to go, when that failed.
const AGAIN: Duration = Duration::from_secs(30);

impl View<'_> {
    /// Whether an outage takes this machine along.
    pub(super) fn own_is_struck(&self) -> bool {
        let outlook = self.own_outlook();
        let lasting = outlook.endangered() && outlook.confirmed;
        lasting && (!outlook.excused || self.own_is_ending())
    }

    /// Whether its battery only just suffices for this machine itself.
    pub(super) fn own_is_ending(&self) -> bool {
        let outlook = self.own_outlook();
        let alone = super::budget::with_margin(self.own_stop(), self.site.timing);
        outlook.endangered()
            && outlook.end.is_some_and(|end| outlook.low || self.due_before(end, alone))
    }

    /// Whether nobody is left who needs this machine: each server is down, or was given up.
    pub(super) fn own_is_next(&self, tally: &Tally) -> bool {
        let ordered = self.plan().is_some_and(|plan| plan.is_ordered() && !plan.released);
        let all_go = tally.down == tally.in_plan && tally.unsettled.iter().sum::<u16>() == 0;
        all_go && tally.not_proved == 0 && (tally.outside == 0 || ordered)
    }

    /// Whether this machine goes down by now: who is started would have nobody who stops it.
    pub(super) fn own_leaves(&self) -> bool {
        match self.shared.own {
            Going::Stays | Going::Failed(_) => false,
            Going::Told => true,
            Going::Sent { at, .. } | Going::Goes(at) => !self.due(at + self.own_stop()),
        }
    }

    /// Whether servers may be started, as far as this machine goes.
    pub(super) fn own_stays(&self) -> bool {
        !self.own_leaves() || !self.shared.laws.who_goes_starts_nobody()
    }

    /// Whether this machine is to go now.
    fn own_goes(&self, tally: &Tally) -> bool {
        let own = self.site.own;
        let plan = self.plan().filter(|_| self.was_read(&own.feeds));
        let wanted = plan.is_some_and(|plan| {
            let ordered = plan.is_ordered() && !plan.released && self.own_is_cut();
            let stays = plan.called_off || plan.cause == Cause::Rehearsal;
            !stays && (ordered || self.own_is_struck())
        });
        // What nobody can call off cuts it, though the mains are back, or nothing is heard of them.
        if own.feeds.is_empty() || !wanted && !self.own_is_doomed() {
            return false;
        }
        if !self.shared.laws.own_machine_last() {
            return true;
        }
        let durable = !self.shared.laws.durable_before_done() || self.shared.journal.is_clean();
        // One whose outputs are not cut stays as long as it can: nothing else starts it again.
        let done = self.own_is_next(tally) && self.all_placed(tally) && self.own_is_cut();
        durable && (done || self.own_is_ending() || self.own_doom_is_near())
    }
}

impl Parts<'_> {
    /// Has this machine shut down, once everything else is done.
    pub(super) fn turn_own(&mut self, tally: &Tally) -> Turn {
        let goes = self.view().own_goes(tally);
        match self.shared.own {
            Going::Stays if goes => {
                self.bind_own();
                self.shared.own = Going::Told;
                Turn::Act(Action::Tell(Tell::LastOne))
            }
            Going::Told if self.shared.is_stored(self.shared.journal.mark()) => {
                let limit = crate::time::Millis::new(0);
                let limit = self.site.own.stop.unwrap_or(limit);
                let (run, turn) = self.run(Job::ShutDownThis, limit);
                self.shared.own = Going::Sent { run, at: self.now };
                turn
            }
            Going::Failed(from) if goes && self.view().due(from + AGAIN) => {
                self.shared.own = Going::Told;
                Turn::Moved
            }
            // It is still here, and everything that was ordered is over.
            Going::Sent { .. } | Going::Goes(_) | Going::Failed(_) if self.is_over() => {
                self.shared.own = Going::Stays;
                Turn::Moved
            }
            _ => Turn::Still,
        }
    }

    /// Whether this machine has not gone, the mains are back, and no order stands for what feeds
    /// it.
    fn is_over(&self) -> bool {
        let view = self.view();
        !view.own_leaves() && view.own_outlook().settled && !view.own_is_cut()
    }

    /// Nothing that was ordered for its own feeds may be called off from now on: it would go
    /// down, and nothing would start it again.
    fn bind_own(&mut self) {
        let feeds = &self.site.own.feeds;
        for output in self.outputs.iter_mut().filter(|output| output.stands()) {
            let own = output.place.is_some_and(|place| feeds.iter().any(|feed| cuts(place, feed)));
            if own && !matches!(output.state, State::Dark { .. }) {
                output.is_final = true;
                output.mark = self.shared.journal.change();
            }
        }
    }
}
