//! Small sets of guests.

use crate::limits::MAX_GUESTS;

/// A guest's place in the configuration of its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct GuestIndex(pub u8);

/// A set of guests of one host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct GuestSet(u64);

const _: () = assert!(MAX_GUESTS <= u64::BITS as usize, "each has its bit");

impl GuestSet {
    /// Nobody.
    pub const EMPTY: Self = Self(0);

    const fn bit(guest: GuestIndex) -> u64 {
        if (guest.0 as u32) < u64::BITS { 1 << guest.0 } else { 0 }
    }

    /// Adds a guest; one beyond [`MAX_GUESTS`] is nobody's.
    pub const fn insert(&mut self, guest: GuestIndex) {
        self.0 |= Self::bit(guest);
    }

    /// Whether it holds that guest.
    pub const fn contains(self, guest: GuestIndex) -> bool {
        self.0 & Self::bit(guest) != 0
    }

    /// Whether it holds nobody.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether both hold somebody.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Its guests, in the order of the configuration.
    pub fn iter(self) -> impl Iterator<Item = GuestIndex> {
        (0..64).map(GuestIndex).filter(move |guest| self.contains(*guest))
    }
}

impl FromIterator<GuestIndex> for GuestSet {
    fn from_iter<I: IntoIterator<Item = GuestIndex>>(guests: I) -> Self {
        let mut set = Self::EMPTY;
        for guest in guests {
            set.insert(guest);
        }
        set
    }
}
