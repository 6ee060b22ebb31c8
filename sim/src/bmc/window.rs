//! The window of inbound session sequence numbers (sections 6.12.11 to 6.12.13).

/// Which sequence numbers have been seen, and which are near enough to be taken.
#[derive(Clone, Debug)]
pub(super) struct Window {
    highest: u32,
    /// Bit n: `highest - n` was seen.
    seen: u32,
    span: u32,
}

/// How a sequence number stands to the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    New,
    Seen,
    Outside,
}

impl Window {
    /// A window in which everything up to `highest` counts as seen; `span` (at most 31) numbers
    /// above and below the highest are taken.
    pub(super) fn new(highest: u32, span: u32) -> Self {
        Self { highest, seen: u32::MAX, span }
    }

    /// Places a number, and marks a new one as seen.
    pub(super) fn take(&mut self, number: u32) -> Place {
        let above = number.wrapping_sub(self.highest);
        let below = self.highest.wrapping_sub(number);
        if below <= self.span {
            let bit = 1 << below;
            let place = if self.seen & bit == 0 { Place::New } else { Place::Seen };
            self.seen |= bit;
            place
        } else if above <= self.span {
            self.seen = (self.seen << above) | 1;
            self.highest = number;
            Place::New
        } else {
            Place::Outside
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_each_number_near_the_highest_once() {
        let mut window = Window::new(0, 16);
        assert_eq!(window.take(3), Place::New);
        assert_eq!(window.take(3), Place::Seen);
        assert_eq!(window.take(1), Place::New);
        assert_eq!(window.take(1), Place::Seen);
        assert_eq!(window.take(0), Place::Seen);
        assert_eq!(window.take(19), Place::New);
        assert_eq!(window.take(2), Place::Outside);
        assert_eq!(window.take(36), Place::Outside);
        assert_eq!(window.take(4), Place::New);
    }

    #[test]
    fn wraps_around() {
        let mut window = Window::new(u32::MAX - 1, 8);
        assert_eq!(window.take(1), Place::New);
        assert_eq!(window.take(u32::MAX), Place::New);
        assert_eq!(window.take(u32::MAX - 1), Place::Seen);
    }
}
