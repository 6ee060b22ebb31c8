//! Orders to cut outputs: placed while whoever speaks for the UPS lives, read back, renewed,
//! called off; and the outputs that go off whatever is done.

use core::time::Duration;

use crate::journal::Mark;
use crate::time::{Instant, Millis};
use crate::types::{Outlet, UpsAnswer, UpsFailure, UpsIndex, UpsOrder, UpsReading};

use super::chain::At;
use super::config::{Cut, Feed};
use super::parts::{Parts, Turn};
use super::supply::{FeedState, millis};
use super::tell::{Cause, Tell};
use super::view::{Aim, Planned, Tally, View};
use super::words::{Action, Back, RunId};

/// So many outlets of a UPS can be cut one by one.
pub(super) const OUTPUTS: usize = 4;
/// Is added to the worst that is left.
const SLACK: Duration = Duration::from_secs(30);
/// An order is renewed when no more than that is left of the slack.
const LEAST_SLACK: Duration = Duration::from_secs(10);
/// An order that was taken shows within that.
const READ_BACK: Duration = Duration::from_secs(5);
/// A UPS answers an order within that, or nobody knows whether it has it.
const ANSWERED: Duration = Duration::from_secs(30);
/// Before an order is given again.
const AGAIN: Duration = Duration::from_secs(5);
/// So often an order is given before it counts as not to be seen, or not to be called off.
const TRIES: u8 = 3;
/// So long after its time an order that nobody sees is over.
const OVERDUE: Duration = Duration::from_secs(60);
/// No more than that is left of a battery at its end: nothing is renewed any more.
const ENDING: Duration = Duration::from_secs(60);

/// An output, and the order that stands for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    /// Which; none = this place is free.
    pub(super) place: Option<(UpsIndex, Outlet)>,
    pub(super) state: State,
    pub(super) mark: Mark,
    /// Whether it comes back with the mains, or by order.
    pub(super) back: Back,
    /// When it goes off, at the latest that was said.
    pub(super) off_at: Instant,
    /// It cannot be called off.
    pub(super) is_final: bool,
    tries: u8,
    shortened: bool,
    /// What an order came to that is to be told.
    tell: Option<(UpsOrder, Option<UpsFailure>)>,
}

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// None stands.
    Idle,
    /// It is to be given, or given again.
    Due { from: Instant, again: bool },
    /// It was given.
    Sent { run: RunId, at: Instant },
    /// It was taken, and no reading shows it yet.
    Taken { at: Instant },
    /// The reading that was asked for then shows it.
    Shown { asked: Instant },
    /// It was taken again and again, and never shown.
    Unseen,
    /// It is to be called off.
    Cancel { from: Instant },
    /// That was given.
    CancelSent { run: RunId, at: Instant },
    /// That was taken.
    CancelTaken { at: Instant },
    /// It reads off since.
    Dark { asked: Instant },
    /// It was ordered on.
    OnSent { run: RunId, at: Instant },
}

impl Output {
    pub(super) fn new(now: Instant, place: Option<(UpsIndex, Outlet)>) -> Self {
        Self {
            place,
            state: State::Idle,
            mark: Mark::STORED,
            back: Back::WithMains,
            off_at: now,
            is_final: false,
            tries: 0,
            shortened: false,
            tell: None,
        }
    }

    /// Whether an order stands, or what it has done lasts.
    pub(super) fn stands(&self) -> bool {
        !matches!(self.state, State::Idle | State::Due { again: false, .. })
    }

    /// Whether nothing more is to be hoped for the order that stands: it shows, or never will.
    fn is_placed(&self) -> bool {
        matches!(self.state, State::Shown { .. } | State::Unseen | State::Dark { .. })
    }

    /// Goes on with an order that stood before a restart.
    pub(super) fn restore(&mut self, back: Back, is_final: bool, off_at: Instant, now: Instant) {
        self.state = State::Taken { at: now };
        (self.back, self.is_final, self.off_at) = (back, is_final, off_at);
        // A reading shows it, or it counts as not to be seen: it is not given anew.
        self.tries = TRIES;
    }

    /// Takes what a UPS has answered.
    pub(super) fn answered(&mut self, order: UpsOrder, answer: UpsAnswer, now: Instant) {
        let failure = match answer {
            UpsAnswer::Failed(failure) => Some(failure),
            UpsAnswer::Accepted | UpsAnswer::Unknown => None,
        };
        if failure.is_some() && self.tries <= TRIES {
            self.tell = Some((order, failure));
        }
        self.state = match (self.state, failure) {
            (State::Sent { .. }, None) => State::Taken { at: now },
            (State::Sent { .. }, Some(_)) => State::Due { from: now + AGAIN, again: false },
            (State::CancelSent { .. }, None) => State::CancelTaken { at: now },
            (State::CancelSent { .. }, Some(_)) => State::Cancel { from: now + AGAIN },
            (state, _) => state,
        };
    }

    /// The run that it waits for.
    pub(super) const fn run(&self) -> Option<RunId> {
        match self.state {
            State::Sent { run, .. } | State::CancelSent { run, .. } => Some(run),
            State::OnSent { run, .. } => Some(run),
            _ => None,
        }
    }

    /// The order as it stands.
    pub(super) fn order(&self, outlet: Outlet, now: Instant) -> UpsOrder {
        let delay = millis(self.off_at.since(now));
        match self.back {
            Back::WithMains => UpsOrder::OffUntilMains { outlet, delay },
            Back::OnOrder => UpsOrder::Off { outlet, delay },
        }
    }
}

/// Whether cutting that output cuts a feed.
pub(super) fn cuts(place: (UpsIndex, Outlet), feed: &Feed) -> bool {
    let whole = place.1 == Outlet::WHOLE;
    place.0 == feed.ups && (whole || place.1 == feed.outlet)
}

impl<'a> View<'a> {
    /// The servers that hang on an output.
    fn consumers(self, place: (UpsIndex, Outlet)) -> impl Iterator<Item = Planned<'a>> + Clone {
        self.all().filter(move |one| one.config.feeds.iter().any(|feed| cuts(place, feed)))
    }

    fn feeds_own(&self, place: (UpsIndex, Outlet)) -> bool {
        self.site.own.feeds.iter().any(|feed| cuts(place, feed))
    }

    /// Whether a server loses what it needs to an order that cannot be called off.
    pub(super) fn is_doomed(&self, planned: Planned<'_>) -> bool {
        let going = |feed: &&Feed| {
            self.outputs.iter().any(|output| {
                let goes = output.is_final
                    && output.stands()
                    && !matches!(output.state, State::Dark { .. } | State::OnSent { .. });
                goes && output.place.is_some_and(|place| cuts(place, feed))
            })
        };
        let feeds = &planned.config.feeds;
        let lost = feeds.iter().filter(going).count();
        lost > 0 && feeds.len() - lost < usize::from(planned.config.needed)
    }

    /// Whether an order stands for an output that feeds a server.
    pub(super) fn awaits_cut(&self, planned: Planned<'_>) -> bool {
        let standing = self.outputs.iter().filter(|output| output.stands());
        standing
            .filter_map(|output| output.place)
            .any(|place| planned.config.feeds.iter().any(|feed| cuts(place, feed)))
    }

    /// Whether an output is to be cut, now that things are as they are.
    fn is_to_be_cut(&self, place: (UpsIndex, Outlet), tally: &Tally) -> bool {
        let Some(plan) = self.plan() else { return false };
        let Some(config) = self.site.ups.get(place.0.at()) else { return false };
        if !plan.cut || plan.called_off || plan.cause == Cause::Rehearsal {
            return false;
        }
        let by_order = plan.is_ordered() && !plan.released;
        if !by_order && !self.is_discharging(place.0) {
            return false;
        }
        let mut consumers = self.consumers(place);
        let all_down =
            consumers.clone().all(|one| one.chain.in_plan() && self.aim(one) == Aim::Down);
        let own = self.feeds_own(place);
        if !all_down || !(own || consumers.next().is_some()) {
            return false;
        }
        let own_goes = !own || by_order || self.own_outlook().endangered();
        let settled = tally.unsettled.iter().sum::<u16>() == 0;
        own_goes
            && match config.cut {
                Cut::Never => false,
                Cut::Delayed { .. } => self.is_falling(place) || (own && settled),
                Cut::Final { .. } => {
                    let proved = settled && tally.not_proved == 0;
                    (!own || proved) && self.all_proved_off(place)
                }
            }
    }

    fn is_discharging(&self, ups: UpsIndex) -> bool {
        let (Some(line), Some(config)) = (self.lines.get(ups.at()), self.site.ups.get(ups.at()))
        else {
            return false;
        };
        matches!(line.state(config, self.now), FeedState::Battery(_))
    }

    /// Whether the last stage on an output shuts down, and those before it at least do.
    fn is_falling(&self, place: (UpsIndex, Outlet)) -> bool {
        let consumers = self.consumers(place);
        let Some(last) = consumers.clone().map(|one| one.config.stage).max() else { return false };
        let falls = |one: &Planned<'_>| one.chain.is_falling() || one.chain.is_down();
        let others =
            consumers.clone().filter(|one| one.config.stage != last).all(|one| falls(&one));
        others && consumers.filter(|one| one.config.stage == last).any(|one| falls(&one))
    }

    /// Whether each server on an output is off, and has been read so again since.
    fn all_proved_off(&self, place: (UpsIndex, Outlet)) -> bool {
        let off = |one: Planned<'_>| match one.chain.at {
            At::Off => self.reads_off(one, one.chain.since),
            At::Last => true,
            _ => false,
        };
        !self.shared.laws.cut_needs_proof() || self.consumers(place).all(off)
    }

    /// What is left at worst until an output may go off.
    fn worst_on(&self, place: (UpsIndex, Outlet)) -> Duration {
        let own = self.feeds_own(place);
        // This machine waits for all servers of the plan.
        let counts = |one: &Planned<'_>| {
            let here = one.config.feeds.iter().any(|feed| cuts(place, feed));
            one.chain.in_plan() && (here || own)
        };
        let worst = self.all().filter(counts).map(|one| self.worst(one)).max();
        let stop = if own { self.own_stop() } else { Duration::ZERO };
        match self.shared.laws.cut_needs_proof() {
            true => worst.unwrap_or_default() + stop,
            false => Duration::ZERO,
        }
    }

    /// Whether the battery behind an output is at its end.
    fn is_ending(&self, place: (UpsIndex, Outlet)) -> bool {
        let own = Some(self.own_outlook()).filter(|_| self.feeds_own(place));
        let mut all = self.consumers(place).map(|one| self.outlook(one)).chain(own);
        all.any(|outlook| {
            let end = outlook.end.filter(|_| outlook.endangered());
            end.is_some_and(|end| outlook.low || self.due_before(end, ENDING))
        })
    }

    /// Whether an order that stands is to be called off.
    fn is_to_be_cancelled(&self, output: &Output, place: (UpsIndex, Outlet)) -> bool {
        if output.is_final || !self.shared.laws.order_called_off() {
            return false;
        }
        let Some(plan) = self.plan() else { return true };
        let mut consumers = self.consumers(place);
        let kept = |one: Planned<'_>| !one.chain.in_plan() || self.aim(one) == Aim::Up;
        let own_kept = self.feeds_own(place)
            && self.own_outlook().settled
            && !(plan.is_ordered() && !plan.released);
        plan.called_off || consumers.any(kept) || own_kept
    }

    fn reading_after(
        &self,
        place: (UpsIndex, Outlet),
        after: Instant,
    ) -> Option<(Instant, UpsReading)> {
        let line = self.lines.get(place.0.at())?;
        let asked = line.asked().filter(|asked| *asked > after)?;
        Some((asked, *line.reading()?))
    }

    /// Whether each output that is to be cut before this machine goes has its order.
    pub(super) fn all_placed(&self, tally: &Tally) -> bool {
        self.outputs.iter().all(|output| {
            let Some(place) = output.place else { return true };
            output.is_placed() || (output.state == State::Idle && !self.is_to_be_cut(place, tally))
        })
    }

    /// Whether this machine loses all its feeds to orders that stand.
    pub(super) fn own_is_cut(&self) -> bool {
        let feeds = &self.site.own.feeds;
        !feeds.is_empty()
            && feeds.iter().all(|feed| {
                let mut standing = self.outputs.iter().filter(|output| output.stands());
                standing.any(|output| output.place.is_some_and(|place| cuts(place, feed)))
            })
    }
}

impl Parts<'_> {
    /// Places, renews and calls off orders to cut outputs.
    pub(super) fn turn_outputs(&mut self, tally: &Tally) -> Turn {
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

    fn turn_output(&mut self, at: usize, place: (UpsIndex, Outlet), tally: &Tally) -> Turn {
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

    fn set_output(&mut self, at: usize, state: State) -> Turn {
        if let Some(output) = self.outputs.get_mut(at) {
            output.state = state;
            if state == State::Idle {
                (output.is_final, output.shortened, output.tries) = (false, false, 0);
                output.mark = self.shared.journal.change();
            }
        }
        Turn::Moved
    }

    fn turn_idle(&mut self, at: usize, place: (UpsIndex, Outlet), tally: &Tally) -> Turn {
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

    fn turn_due(
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

    fn place(&mut self, at: usize, place: (UpsIndex, Outlet), delay: Millis) -> Turn {
        let (now, run) = (self.now, self.shared.next_run());
        // When it goes off is kept for the next start.
        self.shared.journal.change();
        let Some(output) = self.outputs.get_mut(at) else { return Turn::Still };
        output.off_at = now + delay;
        output.state = State::Sent { run, at: now };
        output.tries = output.tries.saturating_add(1);
        let order = output.order(place.1, now);
        Turn::Act(Action::Order { run, ups: place.0, order })
    }

    fn unanswered(&mut self, at: usize, to: State, sent: Instant) -> Turn {
        match self.view().due(sent + ANSWERED) {
            true => self.set_output(at, to),
            false => Turn::Still,
        }
    }

    fn turn_taken(&mut self, at: usize, place: (UpsIndex, Outlet), taken: Instant) -> Turn {
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

    fn shown(
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

    fn turn_shown(
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
                None => self.set_output(at, State::Idle),
            };
        }
        self.turn_standing(at, place, tally)
    }

    /// An order stands: it is called off, renewed, or shortened.
    fn turn_standing(&mut self, at: usize, place: (UpsIndex, Outlet), tally: &Tally) -> Turn {
        let Some(output) = self.outputs.get(at).copied() else { return Turn::Still };
        let view = self.view();
        if view.is_to_be_cancelled(&output, place) {
            let from = self.now;
            return self.cancel(at, from);
        }
        let goes = view.shared.own != super::shared::Going::Stays;
        let wanted = view.is_to_be_cut(place, tally);
        if !wanted || output.is_final || goes || view.is_ending(place) {
            return Turn::Still;
        }
        let worst = view.worst_on(place);
        let short = view.due_before(output.off_at, worst + LEAST_SLACK);
        let off = |one: Planned<'_>| matches!(one.chain.at, At::Off | At::Last);
        let proved = view.consumers(place).all(off);
        let long = output.off_at > view.now + (worst + SLACK * 3);
        let from = self.now;
        if proved && long && !output.shortened {
            if let Some(output) = self.outputs.get_mut(at) {
                output.shortened = true;
            }
            return self.set_output(at, State::Due { from, again: true });
        }
        match short && !(proved && !view.feeds_own(place)) {
            true => self.set_output(at, State::Due { from, again: true }),
            false => Turn::Still,
        }
    }

    fn turn_unseen(&mut self, at: usize, place: (UpsIndex, Outlet), tally: &Tally) -> Turn {
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
        if self.view().due(output.off_at + OVERDUE)
            && self.view().reading_after(place, output.off_at + OVERDUE).is_some()
        {
            return self.set_output(at, State::Idle);
        }
        self.turn_standing(at, place, tally)
    }

    fn cancel(&mut self, at: usize, from: Instant) -> Turn {
        if let Some(output) = self.outputs.get_mut(at) {
            output.tries = 0;
        }
        self.set_output(at, State::Cancel { from })
    }

    fn turn_cancel(&mut self, at: usize, place: (UpsIndex, Outlet), from: Instant) -> Turn {
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
    fn doom(&mut self, at: usize) -> Turn {
        let mark = self.shared.journal.change();
        if let Some(output) = self.outputs.get_mut(at) {
            (output.is_final, output.mark) = (true, mark);
        }
        self.set_output(at, State::Unseen)
    }

    fn turn_cancelled(&mut self, at: usize, place: (UpsIndex, Outlet), taken: Instant) -> Turn {
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

    fn gone_dark(&mut self, at: usize, asked: Instant) -> Turn {
        self.shared.journal.change();
        self.change_plan(|plan| plan.gone = true);
        self.set_output(at, State::Dark { asked })
    }

    fn turn_dark(&mut self, at: usize, place: (UpsIndex, Outlet), asked: Instant) -> Turn {
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

    fn order_on(&mut self, at: usize, place: (UpsIndex, Outlet)) -> Turn {
        let (now, run) = (self.now, self.shared.next_run());
        let _ = self.set_output(at, State::OnSent { run, at: now });
        Turn::Act(Action::Order { run, ups: place.0, order: UpsOrder::On { outlet: place.1 } })
    }

    fn turn_on(&mut self, at: usize, place: (UpsIndex, Outlet), sent: Instant) -> Turn {
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
