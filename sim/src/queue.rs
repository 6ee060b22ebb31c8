//! Things that happen later, in the order of their time.

use std::collections::BTreeMap;
use std::time::Duration;

/// A queue by time; what is due at the same time leaves in the order in which it came.
#[derive(Clone, Debug)]
pub(crate) struct Queue<T> {
    items: BTreeMap<(Duration, u64), T>,
    pushed: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { items: BTreeMap::new(), pushed: 0 }
    }
}

impl<T> Queue<T> {
    pub(crate) fn push(&mut self, at: Duration, item: T) {
        self.pushed += 1;
        self.items.insert((at, self.pushed), item);
    }

    /// When the next item is due.
    pub(crate) fn next_at(&self) -> Option<Duration> {
        self.items.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next item due at `now`.
    pub(crate) fn pop(&mut self, now: Duration) -> Option<T> {
        let entry = self.items.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }

    pub(crate) fn clear(&mut self) {
        self.items.clear();
    }
}
