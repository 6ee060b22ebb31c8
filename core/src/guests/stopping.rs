//! Stopping one guest: ask, look, and at the limit the last resort.

use core::time::Duration;

use crate::journal::Generations;
use crate::time::{Instant, Millis, earliest};

use super::config::LastResort;
use super::guest::{Goal, Guest, Outcome, Start, Stop, StopStep, Task};
use super::words::{Event, Work};
use super::{Guests, index};

/// How long a guest that was switched off may be seen running.
pub(super) const OFF_LIMIT: Duration = Duration::from_secs(15);
/// What failed is tried again after this.
const RETRY: Duration = Duration::from_secs(2);
/// How long the record may take to be durable. A guest that is not asked is lost with its host; one
/// that is not in the record is only not started again, so a broken disk does not hold it back.
const STORING: Duration = Duration::from_secs(5);
/// How long after it was asked a guest that was to be gone by then may still go.
pub(super) const DOUBT: Duration = Duration::from_secs(600);

impl Stop {
    /// When the last resort is due, as far as the order says: so early that it is over in time.
    fn order_limit(&self) -> Option<Instant> {
        let until = self.until?;
        let kept = (until.since(self.since) / 4).min(OFF_LIMIT);
        Some(self.since + until.since(self.since).saturating_sub(kept))
    }

    fn resort_at(&self, guest: &Guest) -> Option<Instant> {
        match self.step {
            StopStep::Waiting => self.order_limit(),
            StopStep::Asked { at, .. } => {
                earliest(self.order_limit(), Some(at + guest.config.stop_limit))
            }
            StopStep::Resorted { .. } => None,
        }
    }

    /// When it has failed.
    fn fails_at(&self, guest: &Guest) -> Option<Instant> {
        let StopStep::Resorted { at, .. } = self.step else { return None };
        let limit = match guest.config.last_resort {
            LastResort::Off | LastResort::Leave => OFF_LIMIT,
            LastResort::Save => guest.config.stop_limit.duration(),
        };
        earliest(self.until, Some(at + limit))
    }
}

impl Guests {
    pub(super) fn settle_stop(&mut self, at: usize, stop: Stop, now: Instant) -> bool {
        let Some(guest) = self.guests.get_mut(at) else { return false };
        let due = |limit: Option<Instant>| limit.is_some_and(|limit| now >= limit);
        let fails = due(stop.fails_at(guest));
        if !fails && !due(stop.resort_at(guest)) {
            return false;
        }
        if stop.back {
            // It has not gone, and is wanted again: whoever is deaf need not die for it. Whether it
            // is deaf or nobody has seen it go, the next listing tells.
            guest.task = Task::Look { goal: Goal::Up, since: now };
            self.hurry(now);
            return true;
        }
        if fails {
            guest.stop_failed();
            return true;
        }
        let asked = match stop.step {
            StopStep::Waiting => now,
            StopStep::Asked { at, .. } | StopStep::Resorted { asked: at, .. } => at,
        };
        match guest.config.last_resort {
            LastResort::Leave => guest.stop_failed(),
            LastResort::Off | LastResort::Save => {
                guest.events.add(Event::LastResort);
                let step = StopStep::Resorted { asked, at: now, again: now };
                guest.task = Task::Stop(Stop { step, ..stop });
            }
        }
        true
    }

    pub(super) fn stop_due(
        &self,
        at: usize,
        stop: &Stop,
        now: Instant,
        generations: &Generations,
    ) -> Option<(Work, Millis)> {
        let guest = self.guests.get(at)?;
        let guest_limit = guest.config.stop_limit.duration();
        let own = index(at);
        // One that is wanted again was asked often enough.
        let again = |at: Instant| !stop.back && now >= at;
        let (due, work) = match stop.step {
            StopStep::Waiting => {
                let stored = generations.is_stored(guest.mark) || now >= stop.since + STORING;
                (stored && !self.is_needed(at), Work::Stop(own))
            }
            StopStep::Asked { again: due, .. } => (due.is_some_and(again), Work::Stop(own)),
            StopStep::Resorted { again: due, .. } => match guest.config.last_resort {
                LastResort::Save => (again(due), Work::Save(own)),
                LastResort::Off | LastResort::Leave => (again(due), Work::Kill(own)),
            },
        };
        let until = earliest(stop.resort_at(guest), stop.fails_at(guest));
        let limit = until.map_or(guest_limit, |until| until.since(now)).min(guest_limit);
        due.then_some((work, millis(limit)))
    }

    /// Whether another guest that is still to go needs it.
    fn is_needed(&self, at: usize) -> bool {
        let own = index(at);
        self.guests.iter().any(|other| other.config.after.contains(own) && other.goes_down())
    }

    pub(super) fn asked_to_stop(&mut self, at: usize, now: Instant) {
        let again = self.ask_again.map(|again| now + again);
        let Some(guest) = self.guests.get_mut(at) else { return };
        let Task::Stop(stop) = &mut guest.task else { return };
        let first = match stop.step {
            StopStep::Asked { at, .. } => at,
            StopStep::Waiting | StopStep::Resorted { .. } => now,
        };
        stop.step = StopStep::Asked { at: first, again };
        guest.doubt = now + DOUBT;
    }

    pub(super) fn resorted(&mut self, at: usize, now: Instant) {
        let Some(guest) = self.guests.get_mut(at) else { return };
        if let Task::Stop(Stop { step: StopStep::Resorted { again, .. }, .. }) = &mut guest.task {
            *again = now + RETRY;
            guest.doubt = now + DOUBT;
        }
    }

    /// A guest could not be asked: it is tried again, whether it would be asked again or not.
    pub(super) fn not_asked(&mut self, at: usize, now: Instant) {
        let Some(guest) = self.guests.get_mut(at) else { return };
        if let Task::Stop(Stop { step: StopStep::Asked { again, .. }, .. }) = &mut guest.task {
            *again = earliest(*again, Some(now + RETRY));
        }
    }

    /// A guest that is being stopped was seen gone.
    pub(super) fn gone(
        &mut self,
        at: usize,
        stop: Stop,
        now: Instant,
        generations: &mut Generations,
    ) {
        let Some(guest) = self.guests.get_mut(at) else { return };
        match stop.step {
            StopStep::Waiting => {}
            StopStep::Asked { at, .. } | StopStep::Resorted { asked: at, .. } => {
                guest.stops.note(now.since(at));
                generations.change();
            }
        }
        guest.events.add(Event::Stopped);
        (guest.fresh, guest.doubt) = (now, now);
        let started = Task::Start(Start::Waiting);
        guest.task = if stop.back { started } else { Task::Rest(Outcome::Gone) };
    }

    pub(super) fn stop_deadline(
        &self,
        guest: &Guest,
        stop: &Stop,
        now: Instant,
    ) -> Option<Instant> {
        let again = match stop.step {
            StopStep::Waiting => Some(stop.since + STORING),
            StopStep::Asked { again, .. } => again,
            StopStep::Resorted { again, .. } => Some(again),
        };
        let limit = earliest(stop.resort_at(guest), stop.fails_at(guest));
        earliest(again.filter(|again| *again > now), limit)
    }
}

impl Guest {
    pub(super) fn stop_failed(&mut self) {
        self.task = Task::Rest(Outcome::StopFailed);
        self.events.add(Event::StopFailed);
    }
}

/// At least a millisecond, so that what runs has a limit.
pub(super) fn millis(span: Duration) -> Millis {
    Millis::of(span).max(Millis::new(1))
}
