//! What an order changes, also in the middle of another, and how far it is.

use crate::journal::Generations;
use crate::time::Instant;
use crate::types::GroupName;

use super::guest::{Goal, Guest, Outcome, Start, StopStep, Task};
use super::set::GuestSet;
use super::words::{Order, Power};
use super::{Guests, index};

/// How far the guests of an order are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Progress {
    /// So many have stopped, or are ready.
    pub done: u16,
    /// Of so many.
    pub of: u16,
    /// So many of them could not be.
    pub failed: u16,
    /// Something is still being done.
    pub working: bool,
}

impl Progress {
    fn count(&mut self, done: bool, failed: bool) {
        self.of = self.of.saturating_add(1);
        self.done = self.done.saturating_add(u16::from(done));
        self.failed = self.failed.saturating_add(u16::from(failed));
        self.working |= !done && !failed;
    }
}

impl Guests {
    /// Carries an order out for the guests of a group that Komainu starts and stops; an empty name
    /// stands for all of them. Returns them; `None` when no guest is in that group.
    pub fn order(&mut self, group: &GroupName, order: Order, now: Instant) -> Option<GuestSet> {
        let all = group.as_str().is_empty();
        if !all && self.guests.iter().all(|guest| guest.config.group != *group) {
            return None;
        }
        let guests = self.guests.iter().enumerate();
        let meant = guests
            .filter(|(_, guest)| guest.is_ours())
            .filter(|(_, guest)| all || guest.config.group == *group);
        let scope: GuestSet = meant.map(|(at, _)| index(at)).collect();
        for guest in scope.iter() {
            match order {
                Order::Stop { until } => self.order_stop(usize::from(guest.0), until, now),
                Order::Start => self.order_start(usize::from(guest.0), now),
            }
        }
        self.hurry(now);
        Some(scope)
    }

    /// The host goes down: whoever still runs goes with it, and is started again.
    pub fn host_goes(&mut self, generations: &mut Generations) {
        let on = |guest: &Guest| guest.power == Some(Power::On) || guest.is_missed();
        let runs = |guest: &&mut Guest| guest.is_ours() && !guest.fallen && on(guest);
        for guest in self.guests.iter_mut().filter(runs) {
            guest.fall(generations);
            if let Task::Rest(_) = guest.task {
                guest.task = Task::Rest(Outcome::StopFailed);
            }
        }
    }

    fn order_stop(&mut self, at: usize, until: Option<Instant>, now: Instant) {
        let Some(guest) = self.guests.get_mut(at) else { return };
        guest.task = match guest.task {
            Task::Stop(mut stop) => {
                (stop.since, stop.until, stop.back) = (now, until, false);
                Task::Stop(stop)
            }
            Task::Start(Start::Waiting) => Task::Rest(Outcome::Gone),
            Task::Rest(_)
            | Task::Look { .. }
            | Task::Start(Start::Asked { .. } | Start::Booting { .. }) => {
                Task::Look { goal: Goal::Down { until }, since: now }
            }
        };
    }

    /// What has not been asked to stop stays; what has is let go, and then started again.
    fn order_start(&mut self, at: usize, now: Instant) {
        let Some(guest) = self.guests.get_mut(at) else { return };
        let wanted = guest.fallen || guest.is_missed();
        match &mut guest.task {
            Task::Stop(stop) if stop.step != StopStep::Waiting => stop.back = true,
            Task::Start(_) => {}
            Task::Stop(_) | Task::Rest(_) | Task::Look { .. } if wanted => {
                guest.task = Task::Look { goal: Goal::Up, since: now };
            }
            Task::Stop(_) | Task::Rest(_) | Task::Look { .. } => {
                guest.task = Task::Rest(Outcome::Idle);
            }
        }
    }

    /// How far the stop of those guests is. Those that did not run are not counted.
    pub fn stopping(&self, scope: GuestSet) -> Progress {
        self.progress(scope, |guest, progress| match guest.task {
            Task::Look { .. } => progress.working = true,
            Task::Rest(Outcome::Idle) => {}
            Task::Rest(Outcome::Gone) => progress.count(true, false),
            Task::Rest(Outcome::StopFailed) => progress.count(false, true),
            Task::Rest(Outcome::Up | Outcome::Kept | Outcome::StartFailed)
            | Task::Stop(_)
            | Task::Start(_) => progress.count(false, false),
        })
    }

    /// How far the start of those guests is. Those that are to stay off are not counted; one that
    /// is kept is when that is durable.
    pub fn starting(&self, scope: GuestSet, generations: &Generations) -> Progress {
        self.progress(scope, |guest, progress| match guest.task {
            Task::Look { .. } => progress.working = true,
            Task::Rest(Outcome::Idle) => {}
            Task::Rest(Outcome::Up) => progress.count(true, false),
            Task::Rest(Outcome::Kept) => progress.count(generations.is_stored(guest.mark), false),
            Task::Rest(Outcome::StartFailed) => progress.count(false, true),
            Task::Rest(Outcome::Gone | Outcome::StopFailed) | Task::Stop(_) | Task::Start(_) => {
                progress.count(false, false);
            }
        })
    }

    fn progress(&self, scope: GuestSet, count: impl Fn(&Guest, &mut Progress)) -> Progress {
        let mut progress = Progress::default();
        for guest in scope.iter() {
            if let Some(guest) = self.guests.get(usize::from(guest.0)) {
                count(guest, &mut progress);
            }
        }
        progress
    }
}
