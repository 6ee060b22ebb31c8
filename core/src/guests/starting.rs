//! Starting one guest: when what it needs is ready, until it is ready itself.

use core::time::Duration;

use crate::journal::Generations;
use crate::time::{Instant, Millis, earliest};

use super::guest::{Guest, Outcome, Start, Task};
use super::stopping::millis;
use super::words::{End, Event, Power, Work};
use super::{Guests, index};

/// A start that shows no effect is ordered again after this.
const RETRY: Duration = Duration::from_secs(5);
/// Between two questions whether a guest is ready.
const READY: Duration = Duration::from_secs(1);
/// How long such a question may take.
const READY_LIMIT: Duration = Duration::from_secs(10);

impl Start {
    /// When the start was ordered, or the guest was seen on without that.
    fn began(self) -> Option<Instant> {
        match self {
            Self::Waiting => None,
            Self::Asked { at, .. } | Self::Booting { at, .. } => Some(at),
        }
    }
}

impl Guests {
    pub(super) fn settle_start(
        &mut self,
        at: usize,
        start: Start,
        now: Instant,
        generations: &mut Generations,
    ) -> bool {
        let Some(guest) = self.guests.get(at) else { return false };
        let late = start.began().is_some_and(|began| now >= began + guest.config.start_limit);
        if late {
            self.start_failed(at, generations);
        }
        late
    }

    pub(super) fn start_due(
        &self,
        at: usize,
        start: &Start,
        now: Instant,
    ) -> Option<(Work, Millis)> {
        let guest = self.guests.get(at)?;
        let whole = guest.config.start_limit.duration();
        let left = start.began().map_or(whole, |began| whole.saturating_sub(now.since(began)));
        match *start {
            Start::Waiting => {
                let comes =
                    |other| self.guests.get(usize::from(other)).is_some_and(Guest::comes_up);
                let waits = guest.config.after.iter().any(|other| comes(other.0));
                (!waits).then_some((Work::Start(index(at)), millis(left)))
            }
            Start::Asked { again, .. } => {
                (now >= again).then_some((Work::Start(index(at)), millis(left)))
            }
            Start::Booting { check, .. } => {
                let limit = left.min(READY_LIMIT);
                (now >= check).then_some((Work::Ready(index(at)), millis(limit)))
            }
        }
    }

    pub(super) fn asked_to_start(&mut self, at: usize, now: Instant) {
        let Some(guest) = self.guests.get_mut(at) else { return };
        // Until it is seen: what was read of it before says nothing any more.
        guest.power = Some(Power::On);
        if let Task::Start(start) = &mut guest.task {
            let first = start.began().unwrap_or(now);
            *start = Start::Asked { at: first, again: now + RETRY };
        }
    }

    /// A guest that is to be started is on. `asked` is when that was ordered; none = it was on.
    pub(super) fn is_on(
        &mut self,
        at: usize,
        asked: Option<Instant>,
        now: Instant,
        generations: &mut Generations,
    ) {
        let Some(guest) = self.guests.get_mut(at) else { return };
        if guest.config.ready {
            let began = asked.unwrap_or(now);
            let start = Start::Booting { at: began, check: now, ours: asked.is_some() };
            guest.task = Task::Start(start);
        } else {
            guest.is_up(asked, now, generations);
        }
    }

    pub(super) fn ready_ended(
        &mut self,
        at: usize,
        end: End,
        now: Instant,
        generations: &mut Generations,
    ) {
        let Some(guest) = self.guests.get_mut(at) else { return };
        let Task::Start(Start::Booting { at: began, check, ours }) = &mut guest.task else {
            return;
        };
        match end {
            End::Done => {
                let asked = ours.then_some(*began);
                guest.is_up(asked, now, generations);
            }
            End::Failed | End::TimedOut => *check = now + READY,
        }
    }

    pub(super) fn start_failed(&mut self, at: usize, generations: &mut Generations) {
        let Some(guest) = self.guests.get_mut(at) else { return };
        guest.events.add(Event::StartFailed);
        let before = core::mem::replace(&mut guest.task, Task::Rest(Outcome::StartFailed));
        // One that is on and never got ready is not to be started once more.
        if matches!(before, Task::Start(Start::Booting { .. })) {
            guest.fallen = false;
            generations.change();
        }
    }

    pub(super) fn start_deadline(&self, guest: &Guest, start: &Start) -> Option<Instant> {
        let next = match *start {
            Start::Waiting => None,
            Start::Asked { again, .. } => Some(again),
            Start::Booting { check, .. } => Some(check),
        };
        let limit = start.began().map(|began| began + guest.config.start_limit);
        earliest(next.filter(|_| guest.run.is_none()), limit)
    }
}

impl Guest {
    fn is_up(&mut self, asked: Option<Instant>, now: Instant, generations: &mut Generations) {
        let mark = generations.change();
        if asked.is_none() && now < self.doubt {
            self.mark = mark;
            self.events.add(Event::Kept);
            self.task = Task::Rest(Outcome::Kept);
            return;
        }
        if let Some(asked) = asked {
            self.starts.note(now.since(asked));
            self.events.add(Event::Started);
        }
        self.task = Task::Rest(Outcome::Up);
        self.fallen = false;
    }
}
