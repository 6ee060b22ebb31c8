//! What the hypervisor shows: asked for often while something is being done, and seldom else.

use core::time::Duration;

use crate::journal::Generations;
use crate::time::{Instant, Millis};

use super::Guests;
use super::guest::{Fit, Goal, Guest, Outcome, Start, Stop, StopStep, Task};
use super::words::{Action, GuestRun, Power, Sight, Work};

/// Between two listings while something is being done.
pub(super) const POLL: Duration = Duration::from_millis(500);
/// Between two listings while a guest may still go that is not to.
const WATCH: Duration = Duration::from_secs(5);
/// Between two listings in peace.
const LOOK: Duration = Duration::from_secs(60);
/// How long a listing may take.
const LIMIT: Millis = Millis::from_secs(10);
/// After so long without a listing guests are asked to stop all the same: time runs out.
pub(super) const FIND: Duration = Duration::from_secs(10);

/// When the hypervisor was asked, and is to be.
#[derive(Debug)]
pub(super) struct Listing {
    /// What runs, since when.
    run: Option<(GuestRun, Instant)>,
    next: Instant,
    /// When the last one began that has come to a success.
    pub(super) last: Option<Instant>,
}

impl Listing {
    pub(super) const fn new(now: Instant) -> Self {
        Self { run: None, next: now, last: None }
    }
}

impl Guests {
    pub(super) fn next_listing(&mut self, now: Instant) -> Option<Action> {
        if self.guests.is_empty() || self.listing.run.is_some() || now < self.listing.next {
            return None;
        }
        let run = self.next_run();
        self.listing.run = Some((run, now));
        self.listing.next = now
            + if self.guests.iter().any(Guest::is_busy) {
                POLL
            } else if self.guests.iter().any(Guest::is_watched) {
                WATCH
            } else {
                LOOK
            };
        Some(Action { run, work: Work::List, limit: LIMIT })
    }

    /// Another listing is due at once.
    pub(super) fn hurry(&mut self, now: Instant) {
        self.listing.next = self.listing.next.min(now);
    }

    pub(super) fn listing_deadline(&self) -> Option<Instant> {
        (!self.guests.is_empty() && self.listing.run.is_none()).then_some(self.listing.next)
    }

    /// A listing came to nothing; whether it was one.
    pub(super) fn listing_ended(&mut self, run: GuestRun, now: Instant) -> bool {
        let was = self.listing.run.is_some_and(|(running, _)| running == run);
        if was {
            self.listing.run = None;
            // Whoever cannot answer is not pressed.
            self.listing.next = self.listing.next.max(now + POLL);
        }
        was
    }

    pub(super) fn listed(
        &mut self,
        run: GuestRun,
        sights: &[Sight],
        now: Instant,
        generations: &mut Generations,
    ) {
        let Some((_, begun)) = self.listing.run.filter(|(running, _)| *running == run) else {
            return;
        };
        self.listing.run = None;
        self.listing.last = Some(begun);
        for sight in sights {
            self.see(now, begun, sight, generations);
        }
    }

    /// Something was seen of a guest, as it was at `begun` at the earliest.
    pub(super) fn see(
        &mut self,
        now: Instant,
        begun: Instant,
        sight: &Sight,
        generations: &mut Generations,
    ) {
        let at = usize::from(sight.guest.0);
        let Some(guest) = self.guests.get_mut(at) else { return };
        // A start that runs may come to its end after all.
        let starting = matches!(guest.run, Some((_, Work::Start(_))));
        if begun < guest.fresh || starting && sight.power != Power::On {
            return;
        }
        guest.power = Some(sight.power);
        guest.auto = sight.auto.or(guest.auto);
        guest.note_ran(now, generations);
        self.check(at);
        match sight.power {
            Power::On => self.seen_on(at, now, generations),
            Power::Off | Power::Missing => self.seen_off(at, now, generations),
        }
    }

    fn check(&mut self, at: usize) {
        let Some(guest) = self.guests.get_mut(at) else { return };
        let fits = guest.fit();
        if core::mem::replace(&mut guest.fits, fits) != fits
            && let Fit::Wrong(event) = fits
        {
            guest.events.add(event);
        }
    }

    fn seen_on(&mut self, at: usize, now: Instant, generations: &mut Generations) {
        let Some(guest) = self.guests.get_mut(at) else { return };
        match guest.task {
            // Somebody else has started it, or it stays after all. One that could not be stopped
            // goes with its host.
            Task::Rest(outcome)
                if outcome != Outcome::StopFailed && guest.fallen && now >= guest.doubt =>
            {
                guest.fallen = false;
                generations.change();
            }
            Task::Start(Start::Waiting) => self.is_on(at, None, now, generations),
            Task::Start(Start::Asked { at: asked, .. }) => {
                self.is_on(at, Some(asked), now, generations);
            }
            Task::Rest(_)
            | Task::Look { .. }
            | Task::Stop(_)
            | Task::Start(Start::Booting { .. }) => {}
        }
    }

    fn seen_off(&mut self, at: usize, now: Instant, generations: &mut Generations) {
        let Some(guest) = self.guests.get_mut(at) else { return };
        match guest.task {
            Task::Stop(stop) => self.gone(at, stop, now, generations),
            Task::Rest(Outcome::Kept) if guest.fallen => {
                guest.task = Task::Start(Start::Waiting);
                self.want_needed(at, now);
            }
            // It has failed while it started.
            Task::Start(Start::Booting { at: asked, .. }) => {
                guest.task = Task::Start(Start::Asked { at: asked, again: now + POLL });
            }
            Task::Rest(_)
            | Task::Look { .. }
            | Task::Start(Start::Waiting | Start::Asked { .. }) => {}
        }
    }

    /// What a guest needs that is started, and that has gone with the host, is started before it.
    fn want_needed(&mut self, at: usize, now: Instant) {
        let Some(needed) = self.guests.get(at).map(|guest| guest.config.after) else { return };
        for other in needed.iter() {
            if let Some(other) = self.guests.get_mut(usize::from(other.0))
                && matches!(other.task, Task::Rest(_))
                && other.is_missed()
            {
                other.task = Task::Look { goal: Goal::Up, since: now };
            }
        }
    }

    /// Decides what is to be done with a guest, once it is known whether it runs.
    pub(super) fn settle_look(
        &mut self,
        at: usize,
        goal: Goal,
        since: Instant,
        now: Instant,
        generations: &mut Generations,
    ) -> bool {
        let Some(guest) = self.guests.get_mut(at) else { return false };
        let from = since.max(guest.fresh);
        let known = guest.run.is_none() && self.listing.last.is_some_and(|last| last >= from);
        match goal {
            Goal::Down { .. } if !known && now < since + FIND => return false,
            Goal::Down { .. } if guest.is_off() => {
                if guest.is_missed() && !guest.fallen {
                    guest.fall(generations);
                }
                // It may be off because it was stopped before.
                let outcome = if guest.fallen { Outcome::Gone } else { Outcome::Idle };
                guest.task = Task::Rest(outcome);
            }
            // Nobody has ever seen it: who is asked without that would not be started again.
            Goal::Down { .. } if guest.power.is_none() => {
                if now < guest.fails_unseen(goal, since) {
                    return false;
                }
                guest.stop_failed();
            }
            Goal::Down { until } => {
                // What was kept is not wanted any more: that is durable as well.
                guest.fall(generations);
                let step = StopStep::Waiting;
                guest.task = Task::Stop(Stop { since: now, until, step, back: false });
            }
            Goal::Up if known && !guest.is_off() => self.is_on(at, None, now, generations),
            Goal::Up if known => {
                if !guest.fallen {
                    guest.fall(generations);
                }
                guest.task = Task::Start(Start::Waiting);
                self.want_needed(at, now);
            }
            Goal::Up if now < guest.fails_unseen(goal, since) => return false,
            Goal::Up => self.start_failed(at, generations),
        }
        true
    }
}

impl Guest {
    /// One that is seen off after it was seen on is off for a reason of its own; so is one that
    /// is off for long.
    fn note_ran(&mut self, now: Instant, generations: &mut Generations) {
        let on = self.power == Some(Power::On);
        if on {
            self.missed = now;
        }
        let ran = self.is_ours() && (on || self.ran && now < self.missed);
        if core::mem::replace(&mut self.ran, ran) != ran {
            generations.change();
        }
    }

    /// When it has failed if nothing is seen of it.
    fn fails_unseen(&self, goal: Goal, since: Instant) -> Instant {
        match goal {
            Goal::Down { until } => {
                let limit = since + self.config.stop_limit;
                until.map_or(limit, |until| until.min(limit))
            }
            Goal::Up => since + self.config.start_limit,
        }
    }

    /// When something is to be done though nothing was seen of it.
    pub(super) fn look_deadline(&self, goal: Goal, since: Instant, now: Instant) -> Instant {
        let blind = since + FIND;
        match goal {
            Goal::Down { .. } if now < blind => blind,
            Goal::Down { .. } | Goal::Up => self.fails_unseen(goal, since),
        }
    }
}
