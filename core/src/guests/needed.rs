//! How long the guests will take: the longest way through their order.

use core::time::Duration;

use crate::limits::MAX_GUESTS;
use crate::time::Instant;

use super::Guests;
use super::guest::{Guest, Power, Start, StopStep, Task};

impl Guests {
    /// How long it takes until all that run have stopped, by what was measured; what never was
    /// counts with its limit.
    pub fn stop_needed(&self, now: Instant) -> Duration {
        let mut ends = [Duration::ZERO; MAX_GUESTS];
        // What needs a guest goes before it.
        for at in self.order.iter().rev().map(|at| usize::from(*at)) {
            let Some(guest) = self.guests.get(at) else { continue };
            let needs =
                |(other, _): &(&Guest, &Duration)| other.config.after.contains(super::index(at));
            let before = self.guests.iter().zip(&ends).filter(needs).map(|(_, end)| *end).max();
            let end = before.unwrap_or_default().saturating_add(guest.stop_time(now));
            if let Some(slot) = ends.get_mut(at) {
                *slot = end;
            }
        }
        ends.into_iter().max().unwrap_or_default()
    }

    /// How long it takes until all are ready that are to be started again, likewise.
    pub fn start_needed(&self, now: Instant) -> Duration {
        let mut ends = [Duration::ZERO; MAX_GUESTS];
        for at in self.order.iter().map(|at| usize::from(*at)) {
            let Some(guest) = self.guests.get(at) else { continue };
            let end_of = |other: super::GuestIndex| ends.get(usize::from(other.0)).copied();
            let before = guest.config.after.iter().filter_map(end_of).max();
            let end = before.unwrap_or_default().saturating_add(guest.start_time(now));
            if let Some(slot) = ends.get_mut(at) {
                *slot = end;
            }
        }
        ends.into_iter().max().unwrap_or_default()
    }
}

impl Guest {
    fn stop_time(&self, now: Instant) -> Duration {
        let whole = self.stops.span().unwrap_or(self.config.stop_limit.duration());
        match self.task {
            Task::Stop(stop) => match stop.step {
                StopStep::Waiting => whole,
                StopStep::Asked { at, .. } | StopStep::Resorted { asked: at, .. } => {
                    whole.saturating_sub(now.since(at))
                }
            },
            Task::Rest(_) | Task::Look { .. } | Task::Start(_) => {
                if self.is_ours() && self.power == Some(Power::On) { whole } else { Duration::ZERO }
            }
        }
    }

    fn start_time(&self, now: Instant) -> Duration {
        let whole = self.starts.span().unwrap_or(self.config.start_limit.duration());
        match self.task {
            Task::Start(Start::Asked { at, .. } | Start::Booting { at, .. }) => {
                whole.saturating_sub(now.since(at))
            }
            Task::Start(Start::Waiting) | Task::Rest(_) | Task::Look { .. } | Task::Stop(_) => {
                if self.fallen {
                    whole
                } else {
                    Duration::ZERO
                }
            }
        }
    }
}
