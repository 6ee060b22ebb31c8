//! Lets in as many hosts at the same time as the kernel can keep answers of.

use std::time::Duration;

use komainu_core::time::Instant;

/// How long a host keeps its place at most: a dead one holds nobody up for longer.
const PATIENCE: Duration = Duration::from_millis(100);

/// The places, which hosts take in order.
#[derive(Debug)]
pub(super) struct Gate {
    free: usize,
    /// When each host that was let in got its place; `None` once it has left.
    places: Vec<Option<Instant>>,
    /// The first host that may still have its place.
    oldest: usize,
}

impl Gate {
    /// A gate for `hosts` hosts, with so many places.
    pub(super) fn new(places: usize, hosts: usize) -> Self {
        Self { free: places, places: Vec::with_capacity(hosts), oldest: 0 }
    }

    /// The next of `hosts` hosts, if it may begin now.
    pub(super) fn enter(&mut self, now: Instant, hosts: usize) -> Option<usize> {
        let host = self.places.len();
        if host >= hosts {
            return None;
        }
        while self.oldest < host && self.places[self.oldest].is_none_or(|at| now >= at + PATIENCE) {
            self.leave(self.oldest);
            self.oldest += 1;
        }
        if self.free == 0 {
            return None;
        }
        self.free -= 1;
        self.places.push(Some(now));
        Some(host)
    }

    /// Gives the place of a host to another one, if it still has it.
    pub(super) fn leave(&mut self, host: usize) {
        if self.places.get_mut(host).is_some_and(|place| place.take().is_some()) {
            self.free += 1;
        }
    }

    /// When a place is free at the latest; `None` when nobody waits for one.
    pub(super) fn deadline(&self, hosts: usize) -> Option<Instant> {
        if self.places.len() >= hosts {
            return None;
        }
        let held = self.places[self.oldest..].iter().flatten().next();
        held.map(|at| *at + PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: u64) -> Instant {
        Instant::from_micros(millis * 1000)
    }

    #[test]
    fn places_are_taken_in_order_and_given_back() {
        let mut gate = Gate::new(2, 4);
        assert_eq!((gate.enter(at(0), 4), gate.enter(at(1), 4)), (Some(0), Some(1)));
        assert_eq!(gate.enter(at(1), 4), None);
        gate.leave(1);
        gate.leave(1);
        assert_eq!((gate.enter(at(2), 4), gate.enter(at(2), 4)), (Some(2), None));
        gate.leave(0);
        assert_eq!((gate.enter(at(3), 4), gate.enter(at(3), 4)), (Some(3), None));
        assert_eq!(gate.deadline(4), None);
    }

    #[test]
    fn a_dead_host_holds_its_place_for_a_while_only() {
        let mut gate = Gate::new(1, 3);
        assert_eq!(gate.enter(at(0), 3), Some(0));
        assert_eq!(gate.deadline(3), Some(at(100)));
        assert_eq!(gate.enter(at(99), 3), None);
        assert_eq!((gate.enter(at(100), 3), gate.enter(at(100), 3)), (Some(1), None));
        assert_eq!(gate.deadline(3), Some(at(200)));
    }
}
