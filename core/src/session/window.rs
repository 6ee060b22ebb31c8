//! Session sequence numbers that were seen (IPMI 2.0, section 6.12.13).

/// A sliding window over the last 32 sequence numbers of the BMC.
///
/// Numbers ahead of the window move it; numbers in it count once; older ones never count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    highest: u32,
    /// Bit n: `highest - n` was seen.
    seen: u32,
    /// How far ahead a number may jump.
    ahead: u32,
}

/// Packets under keys of their session may jump far: a shared port skips numbers, and loss comes
/// in bursts.
pub(super) const AHEAD_SEALED: u32 = 1 << 31;
/// The codes of IPMI 1.5 hang on the password alone. A packet of another session of the same id
/// verifies too, but its number, which began at random, is seldom so near.
pub(super) const AHEAD_CODED: u32 = 1 << 12;
/// Others may jump as far as the specification lets them, so that one forged packet cannot push
/// the window past everything that follows.
pub(super) const AHEAD_PLAIN: u32 = 16;

impl Window {
    /// A window in which nothing was seen and `first` comes next; numbers may jump `ahead`.
    pub(super) const fn new(first: u32, ahead: u32) -> Self {
        Self { highest: first.wrapping_sub(1), seen: 0, ahead }
    }

    /// Whether `sequence` is new; does not change anything, since the packet may yet be forged.
    pub(super) const fn is_new(&self, sequence: u32) -> bool {
        let ahead = sequence.wrapping_sub(self.highest);
        if ahead != 0 && ahead < self.ahead {
            return true;
        }
        let behind = self.highest.wrapping_sub(sequence);
        behind < u32::BITS && self.seen >> behind & 1 == 0
    }

    /// Marks `sequence` as seen, after its packet has proved good.
    pub(super) const fn mark(&mut self, sequence: u32) {
        let behind = self.highest.wrapping_sub(sequence);
        if behind < u32::BITS {
            self.seen |= 1 << behind;
            return;
        }
        let ahead = sequence.wrapping_sub(self.highest);
        self.seen = match self.seen.checked_shl(ahead) {
            Some(seen) => seen | 1,
            None => 1,
        };
        self.highest = sequence;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_counts_once_in_any_order() {
        let mut window = Window::new(1, AHEAD_SEALED);
        for sequence in [1, 3, 2, 40, 20, 9] {
            assert!(window.is_new(sequence), "{sequence}");
            window.mark(sequence);
            assert!(!window.is_new(sequence), "{sequence}");
        }
        assert!(!window.is_new(8), "older than the window");
        assert!(!window.is_new(0));
    }

    #[test]
    fn numbers_wrap() {
        let mut window = Window::new(u32::MAX, AHEAD_SEALED);
        for sequence in [u32::MAX, 0, 1] {
            assert!(window.is_new(sequence));
            window.mark(sequence);
        }
        assert!(!window.is_new(u32::MAX));
    }

    #[test]
    fn an_unauthentic_packet_cannot_jump_far() {
        let window = Window::new(1, AHEAD_PLAIN);
        assert!(window.is_new(15));
        assert!(!window.is_new(17));
    }
}
