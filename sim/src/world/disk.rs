//! A disk that loses what was not synced, and may spoil what was.

use std::collections::VecDeque;

/// A record that is being written.
#[derive(Clone, Debug)]
struct Write {
    generation: u64,
    bytes: Vec<u8>,
}

/// One record on a disk, in two copies that take turns: what is durable, and what is on its way.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    durable: Option<Vec<u8>>,
    /// The copy before.
    before: Option<Vec<u8>>,
    /// What the newest copy was, which cannot be read; what is durable is the one before.
    spoilt: Option<Vec<u8>>,
    writing: VecDeque<Write>,
}

impl Disk {
    /// What a start would find.
    pub(super) fn durable(&self) -> Option<&[u8]> {
        self.durable.as_deref()
    }

    /// Whether a start would find that there was something newer.
    pub(super) fn is_damaged(&self) -> bool {
        self.spoilt.is_some()
    }

    /// All that was durable, the newest first, readable or not.
    pub(super) fn written(&self) -> impl Iterator<Item = &[u8]> {
        self.spoilt.iter().chain(&self.durable).map(Vec::as_slice)
    }

    /// The newest copy is spoilt.
    pub(super) fn spoil(&mut self) {
        if self.durable.is_some() && self.spoilt.is_none() {
            self.spoilt = std::mem::replace(&mut self.durable, self.before.take());
        }
    }

    /// Begins to write `bytes` under that generation.
    pub(super) fn write(&mut self, generation: u64, bytes: Vec<u8>) {
        self.writing.push_back(Write { generation, bytes });
    }

    /// The oldest write has been synced; its generation.
    pub(super) fn sync(&mut self) -> Option<u64> {
        let Write { generation, bytes } = self.writing.pop_front()?;
        // After damage both copies are written before it counts.
        let whole = self.durable.replace(bytes.clone());
        self.before = if self.spoilt.take().is_some() { Some(bytes) } else { whole };
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

    #[test]
    fn a_spoilt_copy_leaves_the_one_before() {
        let mut disk = Disk::default();
        disk.spoil();
        assert!(!disk.is_damaged(), "there is nothing to spoil");
        for generation in 1..=3 {
            disk.write(generation, vec![generation as u8]);
            disk.sync();
        }
        disk.spoil();
        disk.spoil();
        assert_eq!((disk.durable(), disk.is_damaged()), (Some(&[2][..]), true));
        disk.write(4, vec![4]);
        disk.sync();
        assert_eq!((disk.durable(), disk.is_damaged()), (Some(&[4][..]), false));
        disk.spoil();
        assert_eq!(disk.durable(), Some(&[4][..]));
    }
}
