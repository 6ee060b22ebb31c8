//! How an order ends: called off, carried out, or undone.

use crate::time::Instant;
use crate::types::{Outlet, UpsIndex, UpsOrder};

use super::{AGAIN, ANSWERED, READ_BACK, State, TRIES, countdown};
use crate::power::parts::{Parts, Turn};
use crate::power::tell::Tell;
use crate::power::words::{Action, Back};

impl Parts<'_> {
    pub(super) fn cancel(&mut self, at: usize, from: Instant) -> Turn {
        self.set_output(at, State::Cancel { from, tries: 0 })
    }

    pub(super) fn turn_cancel(
        &mut self,
        at: usize,
        place: (UpsIndex, Outlet),
        from: Instant,
        tries: u8,
    ) -> Turn {
        if tries >= TRIES {
            return self.doom(at);
        }
        if !self.view().due(from) {
            return Turn::Still;
        }
        let (now, run) = (self.now, self.shared.next_run());
        let _ = self.set_output(at, State::CancelSent { run, at: now, tries: tries + 1 });
        Turn::Act(Action::Order { run, ups: place.0, order: UpsOrder::Cancel { outlet: place.1 } })
    }

    /// It goes off, whatever is done.
    pub(super) fn doom(&mut self, at: usize) -> Turn {
        let mark = self.shared.journal.change();
        if let Some(output) = self.outputs.get_mut(at) {
            (output.is_final, output.mark) = (true, mark);
        }
        self.set_output(at, State::Unseen)
    }

    /// The same while its UPS says nothing.
    fn doom_unheard(&mut self, at: usize) -> Turn {
        let asked = self.now;
        let Some(output) = self.outputs.get_mut(at) else { return Turn::Still };
        output.unheard = Some(asked);
        output.state = if output.seen { State::Shown { asked } } else { State::Unseen };
        Turn::Moved
    }

    pub(super) fn turn_cancelled(&mut self, at: usize, place: (UpsIndex, Outlet)) -> Turn {
        let Some(output) = self.outputs.get(at).copied() else { return Turn::Still };
        let State::CancelTaken { at: taken, tries, sure } = output.state else {
            return Turn::Still;
        };
        let (view, from) = (self.view(), self.now);
        let again = State::Cancel { from: from + AGAIN, tries: tries.saturating_sub(1) };
        let late = !sure && view.is_pressing(&output, place);
        let Some((asked, reading)) = view.reading_after(place, taken) else {
            // It is believed to stand while the UPS says nothing.
            let believed = !sure && view.shared.laws.cancel_is_sure();
            return match believed && view.due(taken + READ_BACK) {
                true if late => self.doom_unheard(at),
                true => self.set_output(at, again),
                false => Turn::Still,
            };
        };
        match countdown(place, &reading) {
            _ if !reading.feeds(place.1) => self.gone_dark(at, asked),
            // What never showed is not gone because it does not show.
            None if sure || output.seen || !view.shared.laws.cancel_is_sure() => {
                self.set_output(at, State::Idle)
            }
            None if late && view.is_overdue(&output, place) => self.overdue(at),
            None if late => self.doom(at),
            // There is still time to bring everybody down.
            None => self.set_output(at, again),
            Some(_) if !self.view().due(taken + READ_BACK) => Turn::Still,
            Some(_) => {
                let _ = self.set_output(at, State::Cancel { from, tries });
                let order = UpsOrder::Cancel { outlet: place.1 };
                let tell = Tell::OrderFailed { ups: place.0, order, failure: None };
                Turn::Act(Action::Tell(tell))
            }
        }
    }

    pub(super) fn gone_dark(&mut self, at: usize, asked: Instant) -> Turn {
        if self.outputs.get(at).is_some_and(|output| output.by_hand) {
            // Whoever wanted it off wants it on again when it suits him.
            return self.set_output(at, State::Idle);
        }
        self.shared.journal.change();
        self.note_cut(at);
        self.set_output(at, State::Dark { asked })
    }

    /// It did not come in its time, or has come and is over.
    pub(super) fn overdue(&mut self, at: usize) -> Turn {
        if self.outputs.get(at).is_some_and(|output| output.past) {
            // It was carried out while this machine was away.
            self.note_cut(at);
        }
        self.set_output(at, State::Idle)
    }

    pub(super) fn note_cut(&mut self, at: usize) {
        self.change_plan(|plan| plan.gone = true);
        if let Some(output) = self.outputs.get_mut(at) {
            output.was_cut = true;
            output.refused = 0;
        }
    }

    pub(super) fn turn_dark(
        &mut self,
        at: usize,
        place: (UpsIndex, Outlet),
        asked: Instant,
    ) -> Turn {
        let Some(output) = self.outputs.get(at).copied() else { return Turn::Still };
        let read = self.view().reading_after(place, asked);
        if let Some((asked, reading)) = read.filter(|(_, reading)| reading.feeds(place.1)) {
            return match reading.off_in {
                // Another order stands, by whatever hand: it would cut those that start.
                Some(delay) => self.shown(at, place, asked, delay),
                // It went off before the time of an order that shows nowhere: that may still come.
                None if !output.seen && output.ordered > asked => {
                    self.set_output(at, State::Unseen)
                }
                None => self.set_output(at, State::Idle),
            };
        }
        let wanted = self.plan().is_none_or(|plan| plan.released || plan.called_off);
        match output.back == Back::OnOrder && wanted {
            true => self.order_on(at, place),
            false => Turn::Still,
        }
    }

    pub(super) fn order_on(&mut self, at: usize, place: (UpsIndex, Outlet)) -> Turn {
        let (now, run) = (self.now, self.shared.next_run());
        let _ = self.set_output(at, State::OnSent { run, at: now });
        Turn::Act(Action::Order { run, ups: place.0, order: UpsOrder::On { outlet: place.1 } })
    }

    pub(super) fn turn_on(&mut self, at: usize, place: (UpsIndex, Outlet), sent: Instant) -> Turn {
        let read = self.view().reading_after(place, sent);
        if read.is_some_and(|(_, reading)| reading.feeds(place.1)) {
            return self.set_output(at, State::Idle);
        }
        match self.view().due(sent + ANSWERED) {
            true => self.order_on(at, place),
            false => Turn::Still,
        }
    }
}
