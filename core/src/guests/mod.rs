//! The guests of one host: stopped and started in order, on evidence.
//!
//! A guest is asked to stop, and what needs it before it; it is gone when the hypervisor's listing
//! shows it gone. One that is still there at its limit meets its last resort. A guest is started
//! when all that it needs is ready. What is independent goes on side by side, and the next step is
//! taken the moment the last one is seen done: nothing ever waits for a fixed time.
//!
//! Only guests that were stopped here, or ran when that was ordered, are started again, and those
//! that ran when their host went without a word. Which those are is durable before the first of
//! them is asked.
//!
//! | file | decides |
//! |---|---|
//! | `config.rs` | which guests there are, and that their order has no circle |
//! | `listing.rs` | when the hypervisor is asked what runs, and what its answer means |
//! | `orders.rs` | what an order changes, also in the middle of another |
//! | `stopping.rs`, `starting.rs` | the steps of one guest |
//! | `needed.rs` | how long all of it will take |

mod config;
mod guest;
mod listing;
mod needed;
mod orders;
mod record;
mod set;
mod snapshot;
mod starting;
mod stopping;
#[cfg(test)]
mod tests;
mod words;

pub use config::{Circle, Config, ConfigError, GuestConfig, GuestId, LastResort, Way};
pub use orders::Progress;
pub use record::Saved;
pub use set::{GuestIndex, GuestSet};
pub use snapshot::{Doing, GuestSnapshot};
pub use words::{Action, End, Event, GuestRun, Input, Order, Power, Sight, Work};

use heapless::Vec;

use crate::journal::Generations;
use crate::limits::MAX_GUESTS;
use crate::time::{Instant, Millis};

use guest::{Guest, Task};
use listing::Listing;

/// The guests of a host: see the module.
#[derive(Debug)]
pub struct Guests {
    guests: Vec<Guest, MAX_GUESTS>,
    /// Every guest behind those that it needs.
    order: Vec<u8, MAX_GUESTS>,
    ask_again: Option<Millis>,
    listing: Listing,
    runs: u64,
}

impl Guests {
    /// The guests of that configuration, of which nothing is known yet.
    pub fn new(config: Config, saved: impl Iterator<Item = Saved>, now: Instant) -> Self {
        let Config { guests, order, ask_again } = config;
        let guests = guests.into_iter().map(|guest| Guest::new(guest, now)).collect();
        let mut machine = Self { guests, order, ask_again, listing: Listing::new(now), runs: 0 };
        for saved in saved {
            machine.restore(&saved, now);
        }
        machine
    }

    /// Takes in what happened.
    pub fn handle(&mut self, now: Instant, input: Input<'_>, generations: &mut Generations) {
        match input {
            Input::Ended { run, end } => self.ended(run, end, now, generations),
            Input::Seen { run, sights } => self.listed(run, sights, now, generations),
            Input::Noticed(sight) => self.see(now, now, &sight, generations),
        }
    }

    /// Brings every guest up to that moment, so that what is told of them holds.
    pub fn settle_all(&mut self, now: Instant, generations: &mut Generations) {
        // Each guest that comes to its end may let others go on.
        for _ in 0..=self.guests.len() {
            let mut changed = false;
            for at in 0..self.guests.len() {
                changed |= self.settle(at, now, generations);
            }
            if !changed {
                break;
            }
        }
    }

    /// The next thing to do; call until there is nothing.
    pub fn poll(&mut self, now: Instant, generations: &mut Generations) -> Option<Action> {
        self.settle_all(now, generations);
        self.next_listing(now).or_else(|| {
            let due = |at: usize| Some((at, self.due(at, now, generations)?));
            let (at, (work, limit)) = (0..self.guests.len()).find_map(due)?;
            Some(self.begin(at, work, limit, now))
        })
    }

    /// When to poll again if nothing arrives.
    pub fn deadline(&self, now: Instant) -> Option<Instant> {
        let guests = (0..self.guests.len()).filter_map(|at| self.guest_deadline(at, now));
        guests.chain(self.listing_deadline()).filter(|at| *at > now).min()
    }

    /// Brings a guest up to that moment; whether that has changed something.
    fn settle(&mut self, at: usize, now: Instant, generations: &mut Generations) -> bool {
        let Some(guest) = self.guests.get(at) else { return false };
        match guest.task {
            Task::Rest(_) => false,
            Task::Look { goal, since } => self.settle_look(at, goal, since, now, generations),
            Task::Stop(stop) => self.settle_stop(at, stop, now),
            Task::Start(start) => self.settle_start(at, start, now, generations),
        }
    }

    /// What is to be run for a guest now, and for how long at most.
    fn due(&self, at: usize, now: Instant, generations: &Generations) -> Option<(Work, Millis)> {
        let guest = self.guests.get(at).filter(|guest| guest.run.is_none())?;
        match guest.task {
            Task::Rest(_) | Task::Look { .. } => None,
            Task::Stop(stop) => self.stop_due(at, &stop, now, generations),
            Task::Start(start) => self.start_due(at, &start, now),
        }
    }

    fn begin(&mut self, at: usize, work: Work, limit: Millis, now: Instant) -> Action {
        let run = self.next_run();
        if let Some(guest) = self.guests.get_mut(at) {
            guest.run = Some((run, work));
        }
        match work {
            Work::Stop(_) => self.asked_to_stop(at, now),
            Work::Kill(_) | Work::Save(_) => self.resorted(at, now),
            Work::Start(_) => self.asked_to_start(at, now),
            Work::Ready(_) | Work::List => {}
        }
        Action { run, work, limit }
    }

    fn next_run(&mut self) -> GuestRun {
        self.runs = self.runs.saturating_add(1);
        GuestRun(self.runs)
    }

    fn ended(&mut self, run: GuestRun, end: End, now: Instant, generations: &mut Generations) {
        if self.listing_ended(run, now) {
            return;
        }
        let runs = |guest: &Guest| guest.run.is_some_and(|(running, _)| running == run);
        let Some(at) = self.guests.iter().position(runs) else { return };
        let Some((_, work)) = self.guests.get_mut(at).and_then(|guest| guest.run.take()) else {
            return;
        };
        match work {
            Work::Ready(_) => self.ready_ended(at, end, now, generations),
            Work::Stop(_) if end != End::Done => self.not_asked(at, now),
            // What it has changed shows in what is found out from now on.
            Work::Start(_) => {
                if let Some(guest) = self.guests.get_mut(at) {
                    guest.fresh = now;
                }
            }
            Work::Stop(_) | Work::Kill(_) | Work::Save(_) | Work::List => {}
        }
        self.hurry(now);
    }

    /// The next thing that happened to a guest.
    pub fn next_event(&mut self) -> Option<(GuestIndex, Event)> {
        let guests = self.guests.iter_mut().enumerate();
        guests.into_iter().find_map(|(at, guest)| Some((index(at), guest.events.take()?)))
    }

    fn guest_deadline(&self, at: usize, now: Instant) -> Option<Instant> {
        let guest = self.guests.get(at)?;
        match guest.task {
            Task::Rest(_) => None,
            Task::Look { goal, since } => Some(guest.look_deadline(goal, since, now)),
            Task::Stop(stop) => self.stop_deadline(guest, &stop, now),
            Task::Start(start) => self.start_deadline(guest, &start),
        }
    }
}

/// The place of a guest, as others know it.
fn index(at: usize) -> GuestIndex {
    GuestIndex(u8::try_from(at).unwrap_or(u8::MAX))
}
