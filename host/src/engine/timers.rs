//! When each host is to be looked at again: an indexed heap, O(log n) for every change.

use komainu_core::time::Instant;

/// No place in the heap.
const NOWHERE: u32 = u32::MAX;

/// At most one deadline per host.
#[derive(Debug)]
pub(super) struct Timers {
    /// A binary heap of hosts by deadline, the earliest first.
    heap: Vec<(Instant, u32)>,
    /// Where in the heap each host is.
    place: Vec<u32>,
}

impl Timers {
    /// Deadlines for hosts 0 to `hosts`, none of them set.
    pub(super) fn new(hosts: usize) -> Self {
        Self { heap: Vec::with_capacity(hosts), place: vec![NOWHERE; hosts] }
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Instant> {
        self.heap.first().map(|(deadline, _)| *deadline)
    }

    /// A host whose deadline is not later than `now`; the deadline is taken away.
    pub(super) fn due(&mut self, now: Instant) -> Option<usize> {
        let (deadline, host) = *self.heap.first()?;
        if deadline > now {
            return None;
        }
        let host = host as usize;
        self.set(host, None);
        Some(host)
    }

    /// Sets, moves or takes away the deadline of a host.
    pub(super) fn set(&mut self, host: usize, deadline: Option<Instant>) {
        match (deadline, self.place[host]) {
            (None, NOWHERE) => {}
            (Some(deadline), NOWHERE) => {
                self.place[host] = self.heap.len() as u32;
                self.heap.push((deadline, host as u32));
                self.rise(self.heap.len() - 1);
            }
            (Some(deadline), at) => {
                self.heap[at as usize].0 = deadline;
                self.settle(at as usize);
            }
            (None, at) => {
                self.place[host] = NOWHERE;
                self.heap.swap_remove(at as usize);
                if let Some((_, moved)) = self.heap.get(at as usize) {
                    self.place[*moved as usize] = at;
                    self.settle(at as usize);
                }
            }
        }
    }

    fn settle(&mut self, at: usize) {
        let at = self.rise(at);
        self.sink(at);
    }

    fn rise(&mut self, mut at: usize) -> usize {
        while at > 0 {
            let parent = (at - 1) / 2;
            if self.heap[parent] <= self.heap[at] {
                break;
            }
            self.swap(at, parent);
            at = parent;
        }
        at
    }

    fn sink(&mut self, mut at: usize) {
        loop {
            let children = 2 * at + 1..self.heap.len().min(2 * at + 3);
            let Some(least) = children.min_by_key(|child| self.heap[*child]) else { return };
            if self.heap[at] <= self.heap[least] {
                return;
            }
            self.swap(at, least);
            at = least;
        }
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.heap.swap(a, b);
        for at in [a, b] {
            self.place[self.heap[at].1 as usize] = at as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Hosts, each with the deadline it is given or loses.
    fn changes() -> impl Strategy<Value = Vec<(usize, Option<u64>)>> {
        prop::collection::vec((0..12_usize, prop::option::of(0..40_u64)), 0..80)
    }

    proptest! {
        /// Agrees with a plain list, whatever is set in whatever order.
        #[test]
        fn agrees_with_a_list(changes in changes()) {
            let mut timers = Timers::new(12);
            let mut list = [None; 12];
            for (host, deadline) in changes {
                let deadline = deadline.map(Instant::from_micros);
                timers.set(host, deadline);
                list[host] = deadline;
                prop_assert_eq!(timers.next(), list.iter().flatten().min().copied());
            }
            let end = Instant::from_micros(20);
            let mut due = Vec::new();
            while let Some(host) = timers.due(end) {
                due.push(host);
            }
            due.sort_unstable();
            let is_due = |host: &usize| list[*host].is_some_and(|deadline| deadline <= end);
            let expected: Vec<_> = (0..12).filter(is_due).collect();
            prop_assert_eq!(due, expected);
        }
    }
}
