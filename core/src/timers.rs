//! Deadlines in an indexed heap: the earliest is always at hand, any of them is moved in log n.

use crate::time::Instant;

/// Not in the heap.
const ABSENT: u16 = u16::MAX;

/// Up to `N` deadlines, each under a key from 0 to `N` - 1. `N` is at most 65535.
///
/// Setting one costs log N, looking at the earliest costs nothing, however many there are.
#[derive(Clone, Debug)]
pub struct Timers<const N: usize> {
    due: [Instant; N],
    /// The keys that are set, as a heap: none is due before the one at half its place.
    heap: [u16; N],
    /// Where each key is in the heap.
    place: [u16; N],
    len: usize,
}

impl<const N: usize> Default for Timers<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Timers<N> {
    /// None is set.
    pub const fn new() -> Self {
        const { assert!(N <= ABSENT as usize, "a key has 16 bits, of which one value means none") };
        Self { due: [Instant::from_micros(0); N], heap: [0; N], place: [ABSENT; N], len: 0 }
    }

    /// Sets, moves or clears the deadline of a key. A key from `N` on is none, and changes nothing.
    pub fn set(&mut self, key: u16, at: Option<Instant>) {
        self.heap_mut().set(key, at);
    }

    /// The deadline of a key, if it is set.
    pub fn get(&self, key: u16) -> Option<Instant> {
        let set = *self.place.get(usize::from(key))? != ABSENT;
        self.due.get(usize::from(key)).copied().filter(|_| set)
    }

    /// The earliest deadline and its key; of several at the same moment, that of the lowest key.
    pub fn first(&self) -> Option<(Instant, u16)> {
        let key = self.heap.first().filter(|_| self.len > 0)?;
        Some((*self.due.get(usize::from(*key))?, *key))
    }

    fn heap_mut(&mut self) -> Heap<'_> {
        let Self { due, heap, place, len } = self;
        Heap { due, heap, place, len }
    }
}

/// The heap, whatever its capacity.
struct Heap<'a> {
    due: &'a mut [Instant],
    heap: &'a mut [u16],
    place: &'a mut [u16],
    len: &'a mut usize,
}

impl Heap<'_> {
    fn set(&mut self, key: u16, at: Option<Instant>) {
        let Some(&place) = self.place.get(usize::from(key)) else { return };
        match (at, place) {
            (None, ABSENT) => {}
            (None, _) => self.remove(key, usize::from(place)),
            (Some(at), ABSENT) => {
                self.set_due(key, at);
                let last = *self.len;
                *self.len += 1;
                self.put(last, key);
                self.rise(last);
            }
            (Some(at), _) => {
                self.set_due(key, at);
                let place = self.rise(usize::from(place));
                self.sink(place);
            }
        }
    }

    fn remove(&mut self, key: u16, place: usize) {
        *self.len -= 1;
        let last = self.key(*self.len);
        if let Some(absent) = self.place.get_mut(usize::from(key)) {
            *absent = ABSENT;
        }
        if last != key {
            self.put(place, last);
            let place = self.rise(place);
            self.sink(place);
        }
    }

    fn rise(&mut self, mut place: usize) -> usize {
        while place > 0 {
            let above = (place - 1) / 2;
            if self.order(above) <= self.order(place) {
                break;
            }
            self.swap(above, place);
            place = above;
        }
        place
    }

    fn sink(&mut self, mut place: usize) {
        loop {
            let (left, right) = (2 * place + 1, 2 * place + 2);
            if left >= *self.len {
                return;
            }
            let second = right < *self.len && self.order(right) < self.order(left);
            let least = if second { right } else { left };
            if self.order(place) <= self.order(least) {
                return;
            }
            self.swap(place, least);
            place = least;
        }
    }

    fn order(&self, place: usize) -> (Option<Instant>, u16) {
        let key = self.key(place);
        (self.due.get(usize::from(key)).copied(), key)
    }

    fn key(&self, place: usize) -> u16 {
        self.heap.get(place).copied().unwrap_or(ABSENT)
    }

    fn swap(&mut self, a: usize, b: usize) {
        let (first, second) = (self.key(a), self.key(b));
        self.put(a, second);
        self.put(b, first);
    }

    fn put(&mut self, place: usize, key: u16) {
        if let Some(to) = self.heap.get_mut(place) {
            *to = key;
        }
        if let Some(to) = self.place.get_mut(usize::from(key)) {
            // A place is below the capacity, which fits.
            *to = place as u16;
        }
    }

    fn set_due(&mut self, key: u16, at: Instant) {
        if let Some(due) = self.due.get_mut(usize::from(key)) {
            *due = at;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    fn at(micros: u64) -> Instant {
        Instant::from_micros(micros)
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_plain_list(
            steps in vec((0..20_u16, option::of(0..12_u64)), 0..200),
        ) {
            let mut timers = Timers::<17>::new();
            let mut list = [None; 17];
            for (key, due) in steps {
                timers.set(key, due.map(at));
                if let Some(place) = list.get_mut(usize::from(key)) {
                    *place = due.map(at);
                }
                let keyed = list.iter().zip(0_u16..);
                let first = keyed.filter_map(|(due, key)| Some(((*due)?, key))).min();
                prop_assert_eq!(timers.first(), first);
                prop_assert_eq!(timers.get(key), list.get(usize::from(key)).copied().flatten());
            }
        }
    }

    #[test]
    fn emptied_in_order_it_sorts() {
        let mut timers = Timers::<64>::new();
        for key in 0..64_u16 {
            timers.set(key, Some(at(u64::from(key * 37 % 64))));
        }
        for micros in 0..64 {
            let (due, key) = timers.first().expect("not empty yet");
            assert_eq!(due, at(micros));
            timers.set(key, None);
        }
        assert_eq!(timers.first(), None);
    }

    #[test]
    fn there_may_be_room_for_none() {
        let mut timers = Timers::<0>::new();
        timers.set(0, Some(at(1)));
        assert_eq!(timers.first(), None);
    }
}
