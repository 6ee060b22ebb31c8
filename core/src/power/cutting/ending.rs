//! How an order ends: called off, carried out, or undone.

use crate::time::Instant;
use crate::types::{Outlet, UpsIndex, UpsOrder, UpsReading};

use super::{ANSWERED, READ_BACK, State, TRIES};
use crate::power::parts::{Parts, Turn};
use crate::power::tell::Tell;
use crate::power::words::{Action, Back};

impl Parts<'_> {
    pub(super) fn cancel(&mut self, at: usize, from: Instant) -> Turn {
        if let Some(output) = self.outputs.get_mut(at) {
            output.tries = 0;
        }
        self.set_output(at, State::Cancel { from })
    }

    pub(super) fn turn_cancel(
        &mut self,
        at: usize,
        place: (UpsIndex, Outlet),
        from: Instant,
    ) -> Turn {
        let Some(output) = self.outputs.get(at).copied() else { return Turn::Still };
        if output.tries >= TRIES {
            return self.doom(at);
        }
        if !self.view().due(from) {
            return Turn::Still;
        }
        let (now, run) = (self.now, self.shared.next_run());
        if let Some(output) = self.outputs.get_mut(at) {
            output.tries = output.tries.saturating_add(1);
        }
        let _ = self.set_output(at, State::CancelSent { run, at: now });
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

    pub(super) fn turn_cancelled(
        &mut self,
        at: usize,
        place: (UpsIndex, Outlet),
        taken: Instant,
    ) -> Turn {
        match self.view().reading_after(place, taken) {
            Some((asked, reading)) if !reading.feeds(place.1) => self.gone_dark(at, asked),
            Some((_, UpsReading { off_in: None, .. })) => self.set_output(at, State::Idle),
            Some(_) | None if !self.view().due(taken + READ_BACK) => Turn::Still,
            Some(_) => {
                let from = self.now;
                let _ = self.set_output(at, State::Cancel { from });
                let order = UpsOrder::Cancel { outlet: place.1 };
                let tell = Tell::OrderFailed { ups: place.0, order, failure: None };
                Turn::Act(Action::Tell(tell))
            }
            // Nothing is known while it says nothing.
            None => Turn::Still,
        }
    }

    pub(super) fn gone_dark(&mut self, at: usize, asked: Instant) -> Turn {
        self.shared.journal.change();
        self.note_cut(at);
        self.set_output(at, State::Dark { asked })
    }

    pub(super) fn note_cut(&mut self, at: usize) {
        self.change_plan(|plan| plan.gone = true);
        if let Some(output) = self.outputs.get_mut(at) {
            output.was_cut = true;
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
        if read.is_some_and(|(_, reading)| reading.feeds(place.1)) {
            return self.set_output(at, State::Idle);
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
