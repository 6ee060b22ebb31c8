//! Which changes are durable: write before send.

/// A change, by the generation of the record that first holds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u64);

impl Mark {
    /// Of what was read from the store, or needs no store.
    pub const STORED: Self = Self(0);
}

/// Counts the generations of a record: changed, being written, stored.
///
/// Whoever changes something durable notes the [`Mark`] of [`Generations::change`], and waits with
/// what depends on it until [`Generations::is_stored`] says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Generations {
    wanted: u64,
    writing: u64,
    stored: u64,
}

impl Generations {
    /// Goes on after the generation that was read from the store; 0 when there was none.
    pub const fn after(generation: u64) -> Self {
        Self { wanted: generation, writing: generation, stored: generation }
    }

    /// Something durable has changed. A write that began before does not hold it.
    pub const fn change(&mut self) -> Mark {
        if self.wanted == self.writing {
            self.wanted = self.wanted.saturating_add(1);
        }
        Mark(self.wanted)
    }

    /// All changes so far.
    pub const fn mark(&self) -> Mark {
        Mark(self.wanted)
    }

    /// The generation to write now, if one is due. One write at a time is under way.
    pub const fn write(&mut self) -> Option<u64> {
        if self.wanted == self.writing || self.writing != self.stored {
            return None;
        }
        self.writing = self.wanted;
        Some(self.writing)
    }

    /// The generation that a record has which is written now.
    pub const fn current(&self) -> u64 {
        self.wanted
    }

    /// Everything up to that generation is durable. One that was never written changes nothing.
    pub const fn persisted(&mut self, generation: u64) {
        if generation > self.stored && generation <= self.writing {
            self.stored = generation;
        }
    }

    /// Whether the change is durable.
    pub const fn is_stored(&self, mark: Mark) -> bool {
        mark.0 <= self.stored
    }

    /// Whether every change is durable.
    pub const fn is_clean(&self) -> bool {
        self.wanted == self.stored
    }
}
