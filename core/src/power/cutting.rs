//! Orders to cut outputs: placed while whoever speaks for the UPS lives, read back, renewed,
//! called off; and the outputs that go off whatever is done.

use core::time::Duration;

mod ending;
mod judging;
mod placing;

use crate::journal::Mark;
use crate::time::Instant;
use crate::types::{Outlet, UpsAnswer, UpsFailure, UpsIndex, UpsOrder};

use super::config::Feed;
use super::supply::millis;
use super::words::{Back, RunId};

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
    /// Its time had come before this machine started: it is over once a reading does not show it.
    past: bool,
    /// It has gone off since the plan began: what was ordered by hand is not ordered again.
    pub(super) was_cut: bool,
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
            past: false,
            was_cut: false,
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
        self.past = off_at <= now;
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
