//! Orders to cut outputs: placed while whoever speaks for the UPS lives, read back, renewed,
//! called off; and the outputs that go off whatever is done.

use core::time::Duration;

mod ending;
mod judging;
mod placing;

use crate::journal::Mark;
use crate::time::{Instant, Millis};
use crate::types::{Outlet, UpsAnswer, UpsFailure, UpsIndex, UpsOrder, UpsReading};

use super::config::Feed;
use super::record::SavedOutput;
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
    /// When it goes off by the order that was given last.
    pub(super) ordered: Instant,
    /// When it goes off at the earliest, by whatever order stands.
    pub(super) off_at: Instant,
    /// And at the latest: durable before that is ordered.
    pub(super) over_at: Instant,
    /// It cannot be called off.
    pub(super) is_final: bool,
    /// Since when it counts as such, since its UPS has said nothing when it was called off.
    unheard: Option<Instant>,
    /// An operator has ordered it off, and nobody else calls that off.
    pub(super) by_hand: bool,
    /// A reading has shown the order that stands: one that does not is proof that it is gone.
    pub(super) seen: bool,
    /// Its time had come before this machine started: it is over once a reading does not show it.
    past: bool,
    /// It has gone off since the plan began: what was ordered by hand is not ordered again.
    pub(super) was_cut: bool,
    /// So often it was ordered in vain.
    tries: u8,
    /// So often in a row the UPS has refused.
    refused: u8,
    shortened: bool,
    /// What an order came to that is to be told.
    tell: Option<(UpsOrder, Option<UpsFailure>)>,
}

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// None stands.
    Idle,
    /// It is to be given; another one may stand.
    Due { from: Instant, stands: bool },
    /// It was given; another one may stand.
    Sent { run: RunId, at: Instant, stands: bool },
    /// It was taken, and no reading shows it yet.
    Taken { at: Instant },
    /// The reading that was asked for then shows it.
    Shown { asked: Instant },
    /// It was taken again and again, and never shown.
    Unseen,
    /// It is to be called off, after so many times in vain.
    Cancel { from: Instant, tries: u8 },
    /// That was given.
    CancelSent { run: RunId, at: Instant, tries: u8 },
    /// That was taken, or nobody knows.
    CancelTaken { at: Instant, tries: u8, sure: bool },
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
            ordered: now,
            off_at: now,
            over_at: now,
            is_final: false,
            unheard: None,
            by_hand: false,
            seen: false,
            past: false,
            was_cut: false,
            tries: 0,
            refused: 0,
            shortened: false,
            tell: None,
        }
    }

    /// Whether an order stands, or what it has done lasts.
    pub(super) fn stands(&self) -> bool {
        !matches!(self.state, State::Idle | State::Due { stands: false, .. })
    }

    /// Whether it comes whatever is done, as far as is known.
    pub(super) const fn is_sealed(&self) -> bool {
        self.is_final || self.unheard.is_some()
    }

    /// Whether nothing more is to be hoped for the order that stands: it shows, or never will.
    fn is_placed(&self) -> bool {
        matches!(self.state, State::Shown { .. } | State::Unseen | State::Dark { .. })
    }

    /// Goes on with an order that stood before a restart, for `off_in` at least.
    pub(super) fn restore(
        &mut self,
        saved: &SavedOutput,
        off_in: Duration,
        over_in: Duration,
        now: Instant,
    ) {
        self.may_stand(now + over_in, now);
        (self.off_at, self.past) = (now + off_in, over_in.is_zero());
        (self.back, self.is_final, self.by_hand) = (saved.back, saved.is_final, saved.by_hand);
        if saved.seen && !off_in.is_zero() {
            (self.seen, self.state) = (true, State::Shown { asked: now });
        }
    }

    /// Somebody else orders it off, or did: a reading shows it, or it counts as not to be seen. It
    /// is not given anew.
    pub(super) fn may_stand(&mut self, off_at: Instant, now: Instant) {
        self.state = State::Taken { at: now };
        (self.ordered, self.off_at, self.over_at) = (off_at, off_at, off_at);
        self.tries = TRIES;
    }

    /// A reading shows that it goes off then. Says whether that is to be kept.
    fn sees(&mut self, off_at: Instant) -> bool {
        let before = (self.over_at, self.seen);
        (self.ordered, self.off_at) = (off_at, off_at);
        self.over_at = match self.over_at {
            over if over < off_at || over > off_at + SLACK * 2 => off_at + SLACK,
            over => over,
        };
        (self.seen, self.past) = (true, false);
        (self.over_at, self.seen) != before
    }

    /// Takes what a UPS has answered.
    pub(super) fn answered(&mut self, order: UpsOrder, answer: UpsAnswer, now: Instant) {
        let failure = match answer {
            UpsAnswer::Failed(failure) => Some(failure),
            UpsAnswer::Accepted | UpsAnswer::Unknown => None,
        };
        self.refused = if failure.is_some() { self.refused.saturating_add(1) } else { 0 };
        if failure.is_some() && self.refused <= TRIES {
            self.tell = Some((order, failure));
        }
        let sure = answer == UpsAnswer::Accepted;
        self.state = match (self.state, failure) {
            (State::Sent { stands, .. }, None) => {
                let either = self.off_at.min(self.ordered);
                self.off_at = if stands && !sure { either } else { self.ordered };
                if sure {
                    // The one before it counts no more.
                    self.over_at = self.ordered + SLACK;
                }
                (self.seen, self.past) = (false, false);
                State::Taken { at: now }
            }
            (State::Sent { stands, .. }, Some(_)) => State::Due { from: now + AGAIN, stands },
            (State::CancelSent { tries, .. }, None) => State::CancelTaken { at: now, tries, sure },
            (State::CancelSent { tries, .. }, Some(_)) => {
                State::Cancel { from: now + AGAIN, tries }
            }
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

    /// The order that is given, or was last.
    pub(super) fn order(&self, outlet: Outlet, now: Instant) -> UpsOrder {
        let delay = Millis::of(self.ordered.since(now));
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

/// How long until an output goes off, as a reading shows it: the only timer in it is that of the
/// whole.
fn countdown(place: (UpsIndex, Outlet), reading: &UpsReading) -> Option<Millis> {
    reading.off_in.filter(|_| place.1 == Outlet::WHOLE)
}
