//! One record of both machines, one behind the other, written by one at a time.

use crate::journal;

/// What is to be written, and what is being written.
#[derive(Debug, Default)]
pub(super) struct Writes {
    /// The generation that was given last.
    last: u64,
    wanted: Both,
    writing: Option<Both>,
}

/// The generations of both machines, where they have something to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Both {
    pub(super) connector: Option<u64>,
    pub(super) power: Option<u64>,
}

impl Writes {
    pub(super) const fn want_connector(&mut self, generation: u64) {
        self.wanted.connector = Some(generation);
    }

    pub(super) const fn want_power(&mut self, generation: u64) {
        self.wanted.power = Some(generation);
    }

    /// The generation to write now, if one is due.
    pub(super) fn next(&mut self) -> Option<u64> {
        if self.writing.is_some() || self.wanted == Both::default() {
            return None;
        }
        self.writing = Some(core::mem::take(&mut self.wanted));
        self.last = self.last.saturating_add(1);
        Some(self.last)
    }

    /// That generation is durable: what of both machines is so with it.
    pub(super) fn persisted(&mut self, generation: u64) -> Both {
        match generation == self.last {
            true => self.writing.take().unwrap_or_default(),
            false => Both::default(),
        }
    }
}

/// The records of the connector and of the power machine.
pub(super) fn split(record: Option<&[u8]>) -> (Option<&[u8]>, Option<&[u8]>) {
    let behind = record.and_then(|record| record.get(journal::length(record)?..));
    (record, behind.filter(|behind| !behind.is_empty()))
}
