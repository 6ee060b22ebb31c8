//! What happened to datagrams that were not what they should be: one counter per cause.

/// Why a datagram was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Discard {
    /// It is no RMCP, no session header, or shorter than it says.
    Malformed,
    /// It belongs to no session of ours, or to an earlier one.
    NotOurs,
    /// Its authentication code, trailer or padding is wrong.
    BadCode,
    /// Its session sequence number was seen before, or lies outside the window.
    Replayed,
    /// It answers nothing that is being waited for.
    Unexpected,
    /// Its message checksums are wrong.
    Checksum,
    /// It is good in itself, but names algorithms or a party other than agreed.
    Mismatch,
}

impl Discard {
    /// All causes, in the order in which they are counted.
    pub const ALL: [Self; 7] = [
        Self::Malformed,
        Self::NotOurs,
        Self::BadCode,
        Self::Replayed,
        Self::Unexpected,
        Self::Checksum,
        Self::Mismatch,
    ];
}

/// Saturating counters, one per [`Discard`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    discarded: [u32; Discard::ALL.len()],
}

impl Counters {
    /// Counts one dropped datagram.
    pub fn discard(&mut self, cause: Discard) {
        if let Some(count) = self.discarded.get_mut(cause as usize) {
            *count = count.saturating_add(1);
        }
    }

    /// How many datagrams were dropped for that cause.
    pub fn discarded(&self, cause: Discard) -> u32 {
        self.discarded.get(cause as usize).copied().unwrap_or(0)
    }

    /// How many datagrams were dropped in all.
    pub fn total(&self) -> u32 {
        self.discarded.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}
