//! Sequences that were accepted (section 2, *Replay*).

/// A sliding window over the last 64 sequences of one start of a sender, to one destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    highest: u64,
    /// Bit n: `highest - n` was accepted.
    seen: u64,
}

/// A sequence that may be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Above all accepted so far.
    Ahead,
    /// Overtaken by others, and not seen yet.
    Within,
}

impl Window {
    /// Nothing was accepted. Sequences begin at 1, so 0 counts as seen.
    pub(super) const fn new() -> Self {
        Self { highest: 0, seen: 1 }
    }

    /// Only `sequence` and what comes after it may still be accepted.
    pub(super) const fn from(sequence: u64) -> Self {
        Self { highest: sequence.saturating_sub(1), seen: u64::MAX }
    }

    /// The highest sequence accepted; 0 = none.
    pub(super) const fn highest(&self) -> u64 {
        self.highest
    }

    /// Where `sequence` falls; `None` when it was accepted before, or lies below the window.
    pub(super) const fn place(&self, sequence: u64) -> Option<Place> {
        match self.highest.checked_sub(sequence) {
            None => Some(Place::Ahead),
            Some(behind) if behind < u64::BITS as u64 && self.seen >> behind & 1 == 0 => {
                Some(Place::Within)
            }
            Some(_) => None,
        }
    }

    /// Marks `sequence` as accepted.
    pub(super) const fn mark(&mut self, sequence: u64) {
        match self.highest.checked_sub(sequence) {
            Some(behind) if behind < u64::BITS as u64 => self.seen |= 1 << behind,
            Some(_) => {}
            None => {
                let ahead = sequence - self.highest;
                self.seen = if ahead < u64::BITS as u64 { self.seen << ahead | 1 } else { 1 };
                self.highest = sequence;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::collections::BTreeSet;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_agrees_with_a_set(
            start in prop_oneof![Just(0), Just(1_000_000), Just(u64::MAX - 400)],
            steps in vec(0..200u64, 0..200),
        ) {
            let mut window = Window::new();
            let mut accepted = BTreeSet::from([0]);
            for sequence in steps.into_iter().map(|step| start + 2 * step) {
                let highest = accepted.last().copied().unwrap_or(0);
                let new = !accepted.contains(&sequence) && sequence.saturating_add(63) >= highest;
                let place = window.place(sequence);
                prop_assert_eq!(place.is_some(), new, "{} after {}", sequence, highest);
                prop_assert_eq!(place == Some(Place::Ahead), sequence > highest);
                if new {
                    window.mark(sequence);
                    accepted.insert(sequence);
                }
                prop_assert_eq!(window.highest(), accepted.last().copied().unwrap_or(0));
            }
        }
    }
}
