//! How an order is placed, read back, renewed and shortened.

use crate::time::{Instant, Millis};
use crate::types::{Outlet, UpsIndex, UpsReading};

use super::{ANSWERED, LEAST_SLACK, OVERDUE, Output, READ_BACK, SLACK, State, TRIES};
use crate::power::chain::At;
use crate::power::config::Cut;
use crate::power::parts::{Parts, Turn};
use crate::power::shared::Going;
use crate::power::supply::millis;
use crate::power::tell::Tell;
use crate::power::view::{Planned, Tally};
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
        let Some(output) = self.outputs.get_mut(at) else { return Turn::Still };
        if let Some((order, failure)) = output.tell.take() {
            let ups = place.0;
            return Turn::Act(Action::Tell(Tell::OrderFailed { ups, order, failure }));
        }
        let output = *output;
        match output.state {
            State::Idle => self.turn_idle(at, place, tally),
            State::Due { from, again } => self.turn_due(at, place, tally, from, again),
            State::Sent { at: sent, .. } => self.unanswered(at, State::Taken { at: sent }, sent),
            State::CancelSent { at: sent, .. } => {
                self.unanswered(at, State::CancelTaken { at: sent }, sent)
            }
            State::Taken { at: taken } => self.turn_taken(at, place, taken),
            State::Shown { asked } => self.turn_shown(at, place, tally, asked),
            State::Unseen => self.turn_unseen(at, place, tally),
            State::Cancel { from } => self.turn_cancel(at, place, from),
            State::CancelTaken { at: taken } => self.turn_cancelled(at, place, taken),
            State::Dark { asked } => self.turn_dark(at, place, asked),
            State::OnSent { at: sent, .. } => self.turn_on(at, place, sent),
        }
    }

    pub(super) fn set_output(&mut self, at: usize, state: State) -> Turn {
        if let Some(output) = self.outputs.get_mut(at) {
            output.state = state;
            if state == State::Idle {
                (output.is_final, output.shortened, output.tries) = (false, false, 0);
                output.past = false;
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
        let mark = self.shared.journal.change();
        if let Some(output) = self.outputs.get_mut(at) {
            (output.mark, output.back) = (mark, back);
            output.is_final = matches!(cut, Some(Cut::Final { .. }));
            output.state = State::Due { from: now, again: false };
        }
        Turn::Moved
    }

    pub(super) fn turn_due(
        &mut self,
        at: usize,
        place: (UpsIndex, Outlet),
        tally: &Tally,
        from: Instant,
        again: bool,
    ) -> Turn {
        let Some(output) = self.outputs.get(at).copied() else { return Turn::Still };
        if !self.view().is_to_be_cut(place, tally) {
            return self.set_output(at, if again { State::Unseen } else { State::Idle });
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
                return if again {
                    self.set_output(at, State::Cancel { from })
                } else {
                    Turn::Still
                };
            }
        }
        self.place(at, place, millis(delay.min(most)))
    }

    pub(super) fn place(&mut self, at: usize, place: (UpsIndex, Outlet), delay: Millis) -> Turn {
        let (now, run) = (self.now, self.shared.next_run());
        // When it goes off is kept for the next start.
        self.shared.journal.change();
        // Once this machine goes, nothing would start it again but the cut.
        let bound = self.shared.own != Going::Stays && self.view().feeds_own(place);
        let Some(output) = self.outputs.get_mut(at) else { return Turn::Still };
        output.is_final |= bound;
        (output.off_at, output.past) = (now + delay, false);
        output.state = State::Sent { run, at: now };
        output.tries = output.tries.saturating_add(1);
        let order = output.order(place.1, now);
        Turn::Act(Action::Order { run, ups: place.0, order })
    }

    pub(super) fn unanswered(&mut self, at: usize, to: State, sent: Instant) -> Turn {
        match self.view().due(sent + ANSWERED) {
            true => self.set_output(at, to),
            false => Turn::Still,
        }
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
            Some((asked, UpsReading { off_in: Some(delay), .. })) => {
                return self.shown(at, place, asked, delay);
            }
            Some(_) | None => {}
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
        let _ = self.set_output(at, State::Due { from, again: true });
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
        if let Some(output) = self.outputs.get_mut(at) {
            output.off_at = asked + delay;
            output.tries = 0;
        }
        let _ = self.set_output(at, State::Shown { asked });
        Turn::Act(Action::Tell(Tell::Cutting { ups: place.0, delay }))
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
            return match reading.off_in {
                Some(delay) => {
                    if let Some(output) = self.outputs.get_mut(at) {
                        output.off_at = asked + delay;
                    }
                    self.set_output(at, State::Shown { asked })
                }
                // It is gone, by whatever hand.
                None if self.shared.laws.order_read_back() => self.set_output(at, State::Idle),
                None => self.set_output(at, State::Shown { asked }),
            };
        }
        self.turn_standing(at, place, tally)
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
        let goes = view.shared.own != Going::Stays;
        let guarded = view.shared.laws.cut_needs_proof();
        if !guarded || output.is_final || goes || view.is_ending(place) {
            return Turn::Still;
        }
        let worst = view.worst_on(place);
        let short = view.due_before(output.off_at, worst + LEAST_SLACK);
        let off = |one: Planned<'_>| matches!(one.chain.at, At::Off | At::Last);
        let proved = view.consumers(place).all(off);
        let long = output.off_at > view.now + (worst + SLACK + LEAST_SLACK);
        let from = self.now;
        let wanted = view.is_to_be_cut(place, tally);
        if wanted && proved && long && !output.shortened {
            if let Some(output) = self.outputs.get_mut(at) {
                output.shortened = true;
            }
            return self.set_output(at, State::Due { from, again: true });
        }
        let may_run = !proved || view.feeds_own(place);
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
            true => self.set_output(at, State::Due { from, again: true }),
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
            if let Some(delay) = reading.off_in {
                return self.shown(at, place, asked, delay);
            }
        }
        let over = output.off_at + if output.past { LEAST_SLACK } else { OVERDUE };
        if self.view().due(over) && self.view().reading_after(place, over).is_some() {
            if output.past {
                // It was carried out while this machine was away.
                self.note_cut(at);
            }
            return self.set_output(at, State::Idle);
        }
        self.turn_standing(at, place, tally)
    }
}
