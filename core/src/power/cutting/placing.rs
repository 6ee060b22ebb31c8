//! How an order is placed, read back, renewed and shortened.

use crate::time::{Instant, Millis};
use crate::types::{Outlet, UpsAnswer, UpsIndex};

use super::{ANSWERED, LEAST_SLACK, Output, READ_BACK, SLACK, State, TRIES, countdown};
use crate::power::config::Cut;
use crate::power::parts::{Parts, Turn};
use crate::power::shared::Going;
use crate::power::tell::Tell;
use crate::power::view::Tally;
use crate::power::words::{Action, Back};

impl Parts<'_> {
    /// Places, renews and calls off orders to cut outputs.
    pub(in crate::power) fn turn_outputs(&mut self, tally: &Tally) -> Turn {
        for at in 0..self.outputs.len() {
            let turn = match self.outputs.get(at) {
                Some(Output { place: Some(place), .. }) => self.turn_output(at, *place, tally),
                Some(Output { place: None, .. }) | None => Turn::Still,
            };
            if turn != Turn::Still {
                return turn;
            }
        }
        Turn::Still
    }

    pub(super) fn turn_output(
        &mut self,
        at: usize,
        place: (UpsIndex, Outlet),
        tally: &Tally,
    ) -> Turn {
        let kept = self.shared.laws.refusal_keeps_order();
        let Some(output) = self.outputs.get_mut(at) else { return Turn::Still };
        if let Some((order, failure)) = output.tell.take() {
            let ups = place.0;
            return Turn::Act(Action::Tell(Tell::OrderFailed { ups, order, failure }));
        }
        let output = *output;
        if self.view().is_answered_for(&output, place) {
            return self.overdue(at);
        }
        if output.unheard.is_some_and(|since| self.view().reading_after(place, since).is_some()) {
            // Now that it speaks, it may be called off or renewed after all.
            return self.hear_again(at);
        }
        match output.state {
            State::Idle => self.turn_idle(at, place, tally),
            State::Due { from, stands } => self.turn_due(at, place, tally, from, stands && kept),
            State::Sent { at: sent, .. } | State::CancelSent { at: sent, .. } => {
                self.unanswered(at, place, sent)
            }
            State::Taken { at: taken } => self.turn_taken(at, place, taken),
            State::Shown { asked } => self.turn_shown(at, place, tally, asked),
            State::Unseen => self.turn_unseen(at, place, tally),
            State::Cancel { from, tries } => self.turn_cancel(at, place, from, tries),
            State::CancelTaken { .. } => self.turn_cancelled(at, place),
            State::Dark { asked } => self.turn_dark(at, place, asked),
            State::OnSent { at: sent, .. } => self.turn_on(at, place, sent),
        }
    }

    pub(in crate::power) fn set_output(&mut self, at: usize, state: State) -> Turn {
        if let Some(output) = self.outputs.get_mut(at) {
            output.state = state;
            if state == State::Idle {
                let (was_cut, tell, now) = (output.was_cut, output.tell, self.now);
                *output = Output { was_cut, tell, ..Output::new(now, output.place) };
                output.mark = self.shared.journal.change();
            }
        }
        Turn::Moved
    }

    pub(super) fn turn_idle(
        &mut self,
        at: usize,
        place: (UpsIndex, Outlet),
        tally: &Tally,
    ) -> Turn {
        if !self.view().is_to_be_cut(place, tally) {
            return Turn::Still;
        }
        let (now, back) = (self.now, self.plan().map_or(Back::WithMains, |plan| plan.back));
        let cut = self.site.ups.get(place.0.at()).map(|config| config.cut);
        if let Some(output) = self.outputs.get_mut(at) {
            output.back = back;
            output.is_final = matches!(cut, Some(Cut::Final { .. }));
            output.state = State::Due { from: now, stands: false };
        }
        Turn::Moved
    }

    pub(super) fn turn_due(
        &mut self,
        at: usize,
        place: (UpsIndex, Outlet),
        tally: &Tally,
        from: Instant,
        stands: bool,
    ) -> Turn {
        let Some(output) = self.outputs.get(at).copied() else { return Turn::Still };
        let view = self.view();
        if !view.is_to_be_cut(place, tally) {
            return self.set_output(at, if stands { State::Unseen } else { State::Idle });
        }
        if stands && !view.is_bound(&output, place) {
            let worst = view.worst_on(place);
            if view.may_hit(place) && view.due_before(output.off_at, worst) {
                // Whoever may run needs longer than the one that could not be renewed in time.
                let now = self.now;
                return self.cancel(at, now);
            }
            if output.refused >= TRIES && !view.is_pressing(&output, place) {
                return self.set_output(at, State::Unseen);
            }
        }
        if !self.shared.is_stored(output.mark) || !self.view().due(from) {
            return Turn::Still;
        }
        let Some(config) = self.site.ups.get(place.0.at()) else { return Turn::Still };
        let (Cut::Delayed { most } | Cut::Final { most }) = config.cut else { return Turn::Still };
        let (delay, most) = (self.view().worst_on(place) + SLACK, most.duration());
        if delay > most {
            // The worst that is left shrinks as time passes; for a UPS whose delay never suffices
            // there is only the proof that everything is off.
            let proved = self.view().all_proved_off(place) && !self.view().feeds_own(place);
            if !proved {
                let view = self.view();
                view.due(view.now + (delay - most));
                return if stands { self.cancel(at, from) } else { Turn::Still };
            }
        }
        let delay = Millis::of(delay.min(most));
        if output.over_at < self.now + delay && self.shared.laws.order_is_announced() {
            return self.announce(at, delay, stands);
        }
        self.place(at, place, delay, stands)
    }

    /// Until when an order may stand is kept for the next start, before it is given.
    fn announce(&mut self, at: usize, delay: Millis, stands: bool) -> Turn {
        let mark = self.shared.journal.change();
        let off_at = self.now + delay;
        if let Some(output) = self.outputs.get_mut(at) {
            output.off_at = if stands { output.off_at } else { off_at };
            (output.over_at, output.mark) = (off_at + SLACK, mark);
        }
        Turn::Moved
    }

    fn place(&mut self, at: usize, place: (UpsIndex, Outlet), delay: Millis, stands: bool) -> Turn {
        let (now, run) = (self.now, self.shared.next_run());
        // Once this machine goes, nothing would start it again but the cut.
        let bound = self.shared.own != Going::Stays && self.view().feeds_own(place);
        let Some(output) = self.outputs.get_mut(at) else { return Turn::Still };
        output.is_final |= bound;
        output.ordered = now + delay;
        output.off_at = if stands { output.off_at } else { output.ordered };
        output.state = State::Sent { run, at: now, stands };
        output.tries = output.tries.saturating_add(1);
        let order = output.order(place.1, now);
        Turn::Act(Action::Order { run, ups: place.0, order })
    }

    fn hear_again(&mut self, at: usize) -> Turn {
        if let Some(output) = self.outputs.get_mut(at) {
            output.unheard = None;
        }
        Turn::Moved
    }

    /// Nobody knows whether a UPS that does not answer in time has taken an order. Whoever has to
    /// go unless it was called off needs what is left of the time.
    fn unanswered(&mut self, at: usize, place: (UpsIndex, Outlet), sent: Instant) -> Turn {
        let (now, view) = (self.now, self.view());
        let Some(output) = self.outputs.get(at).copied() else { return Turn::Still };
        let cancels = matches!(output.state, State::CancelSent { .. });
        let unheard = cancels && view.reading_after(place, sent).is_none();
        let patience = match unheard && view.is_pressing(&output, place) {
            true => READ_BACK,
            false => ANSWERED,
        };
        if !view.due(sent + patience) {
            return Turn::Still;
        }
        if let Some(output) = self.outputs.get_mut(at) {
            let order = output.order(place.1, now);
            output.answered(order, UpsAnswer::Unknown, now);
        }
        Turn::Moved
    }

    pub(super) fn turn_taken(
        &mut self,
        at: usize,
        place: (UpsIndex, Outlet),
        taken: Instant,
    ) -> Turn {
        let Some(output) = self.outputs.get(at).copied() else { return Turn::Still };
        let read = self.view().reading_after(place, taken);
        match read {
            Some((asked, reading)) if !reading.feeds(place.1) => return self.gone_dark(at, asked),
            Some((asked, reading)) => {
                if let Some(delay) = countdown(place, &reading) {
                    return self.shown(at, place, asked, delay);
                }
            }
            None => {}
        }
        if !self.shared.laws.order_read_back() {
            return self.set_output(at, State::Shown { asked: taken });
        }
        if self.view().is_to_be_cancelled(&output, place) {
            let from = self.now;
            return self.cancel(at, from);
        }
        if !self.view().due(taken + READ_BACK) {
            return Turn::Still;
        }
        if output.tries >= TRIES {
            return self.set_output(at, State::Unseen);
        }
        let order = output.order(place.1, self.now);
        let from = self.now;
        let _ = self.set_output(at, State::Due { from, stands: true });
        let tell = Tell::OrderFailed { ups: place.0, order, failure: None };
        Turn::Act(Action::Tell(tell))
    }

    pub(super) fn shown(
        &mut self,
        at: usize,
        place: (UpsIndex, Outlet),
        asked: Instant,
        delay: Millis,
    ) -> Turn {
        self.sees(at, asked + delay);
        let _ = self.set_output(at, State::Shown { asked });
        Turn::Act(Action::Tell(Tell::Cutting { ups: place.0, delay }))
    }

    fn sees(&mut self, at: usize, off_at: Instant) {
        let Some(output) = self.outputs.get_mut(at) else { return };
        output.tries = 0;
        if output.sees(off_at) {
            self.shared.journal.change();
        }
    }

    pub(super) fn turn_shown(
        &mut self,
        at: usize,
        place: (UpsIndex, Outlet),
        tally: &Tally,
        asked: Instant,
    ) -> Turn {
        if let Some((asked, reading)) = self.view().reading_after(place, asked) {
            if !reading.feeds(place.1) {
                return self.gone_dark(at, asked);
            }
            return match countdown(place, &reading) {
                Some(delay) => {
                    self.sees(at, asked + delay);
                    self.set_output(at, State::Shown { asked })
                }
                // A card tells one thing after the other: it may not have told of the cut yet.
                None if self.is_firing(at, asked) => self.set_output(at, State::Shown { asked }),
                // It is gone, by whatever hand.
                None if self.shared.laws.order_read_back() => self.set_output(at, State::Idle),
                None => self.set_output(at, State::Shown { asked }),
            };
        }
        self.turn_standing(at, place, tally)
    }

    /// Whether a reading was asked for at about the moment at which the output goes off.
    fn is_firing(&self, at: usize, asked: Instant) -> bool {
        let off_at = self.outputs.get(at).map(|output| output.off_at);
        off_at.is_some_and(|off| asked + READ_BACK >= off && asked < off + READ_BACK)
    }

    /// An order stands: it is called off, renewed, or shortened.
    pub(super) fn turn_standing(
        &mut self,
        at: usize,
        place: (UpsIndex, Outlet),
        tally: &Tally,
    ) -> Turn {
        let Some(output) = self.outputs.get(at).copied() else { return Turn::Still };
        let view = self.view();
        if view.is_to_be_cancelled(&output, place) {
            let from = self.now;
            return self.cancel(at, from);
        }
        if view.is_bound(&output, place) {
            return Turn::Still;
        }
        let (worst, short) = (view.worst_on(place), view.is_pressing(&output, place));
        let proved = view.all_down(place);
        let long = output.off_at > view.now + (worst + SLACK + LEAST_SLACK);
        let from = self.now;
        let wanted = view.is_to_be_cut(place, tally);
        if wanted && proved && long && !output.shortened {
            if let Some(output) = self.outputs.get_mut(at) {
                output.shortened = true;
            }
            return self.set_output(at, State::Due { from, stands: true });
        }
        let may_run = view.may_hit(place);
        if !wanted {
            // Whether it is wanted shows in a moment, or when a UPS is heard again: it is not
            // renewed meanwhile, and hits nobody who needs longer than it stands.
            let called_off = view.shared.laws.order_called_off();
            return if called_off && short && may_run {
                self.cancel(at, from)
            } else {
                Turn::Still
            };
        }
        match short && may_run {
            true => self.set_output(at, State::Due { from, stands: true }),
            false => Turn::Still,
        }
    }

    pub(super) fn turn_unseen(
        &mut self,
        at: usize,
        place: (UpsIndex, Outlet),
        tally: &Tally,
    ) -> Turn {
        let Some(output) = self.outputs.get(at).copied() else { return Turn::Still };
        let line = self.lines.get(place.0.at());
        if let Some((asked, reading)) = line.and_then(|line| line.asked().zip(line.reading())) {
            let (asked, reading) = (asked, *reading);
            if !reading.feeds(place.1) {
                return self.gone_dark(at, asked);
            }
            if let Some(delay) = countdown(place, &reading) {
                return self.shown(at, place, asked, delay);
            }
        }
        if self.view().is_overdue(&output, place) {
            return self.overdue(at);
        }
        self.turn_standing(at, place, tally)
    }
}
