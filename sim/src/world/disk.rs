//! A disk that loses what was not synced.

use std::collections::VecDeque;

/// A record that is being written.
#[derive(Clone, Debug)]
struct Write {
    generation: u64,
    bytes: Vec<u8>,
}

/// One record on a disk: what is durable, and what is on its way.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    durable: Option<Vec<u8>>,
    writing: VecDeque<Write>,
}

impl Disk {
    /// What a start would find.
    pub(super) fn durable(&self) -> Option<&[u8]> {
        self.durable.as_deref()
    }

    /// Begins to write `bytes` under that generation.
    pub(super) fn write(&mut self, generation: u64, bytes: Vec<u8>) {
        self.writing.push_back(Write { generation, bytes });
    }

    /// The oldest write has been synced; its generation.
    pub(super) fn sync(&mut self) -> Option<u64> {
        let Write { generation, bytes } = self.writing.pop_front()?;
        self.durable = Some(bytes);
        Some(generation)
    }

    /// The writer is gone. The `reached` oldest writes got as far as the disk though nobody was
    /// told; the others are lost.
    pub(super) fn crash(&mut self, reached: usize) {
        for _ in 0..reached {
            self.sync();
        }
        self.writing.clear();
    }

    /// How many writes are on their way.
    pub(super) fn under_way(&self) -> usize {
        self.writing.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_loses_what_was_not_synced() {
        let mut disk = Disk::default();
        disk.write(1, vec![1]);
        assert_eq!(disk.sync(), Some(1));
        disk.write(2, vec![2]);
        disk.write(3, vec![3]);
        let mut lucky = disk.clone();
        disk.crash(0);
        assert_eq!(disk.durable(), Some(&[1][..]));
        assert_eq!(disk.sync(), None);
        lucky.crash(1);
        assert_eq!((lucky.durable(), lucky.under_way()), (Some(&[2][..]), 0));
    }
}
