//! Small sets of places in a list.

use crate::limits::{MAX_HOSTS, MAX_SERVICES};

/// A set of places below 64: of peers, or of services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Set(u64);

const _: () = assert!(MAX_HOSTS <= 64 && MAX_SERVICES <= 64);

impl Set {
    pub(super) const EMPTY: Self = Self(0);

    const fn bit(at: usize) -> u64 {
        if at < 64 { 1 << at } else { 0 }
    }

    pub(super) const fn insert(&mut self, at: usize) {
        self.0 |= Self::bit(at);
    }

    pub(super) const fn remove(&mut self, at: usize) {
        self.0 &= !Self::bit(at);
    }

    pub(super) const fn contains(self, at: usize) -> bool {
        self.0 & Self::bit(at) != 0
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// The members, in ascending order.
    pub(super) fn iter(self) -> impl Iterator<Item = usize> {
        (0..64).filter(move |at| self.contains(*at))
    }
}

impl FromIterator<usize> for Set {
    fn from_iter<I: IntoIterator<Item = usize>>(places: I) -> Self {
        let mut set = Self::EMPTY;
        for at in places {
            set.insert(at);
        }
        set
    }
}
