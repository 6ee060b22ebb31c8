//! What became of the datagrams on the port of traps.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

/// Counts that grow while they are read.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(super) received: AtomicU64,
    pub(super) hints: AtomicU64,
    pub(super) ups_hints: AtomicU64,
    pub(super) closed: AtomicU64,
    pub(super) malformed: AtomicU64,
    pub(super) unrelated: AtomicU64,
    pub(super) unknown: AtomicU64,
    pub(super) repeated: AtomicU64,
    pub(super) held_back: AtomicU64,
}

impl Counts {
    pub(super) fn add(count: &AtomicU64) {
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// How they are at this moment.
    pub(crate) fn told(&self) -> Told {
        let now = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Told {
            received: now(&self.received),
            hints: now(&self.hints),
            ups_hints: now(&self.ups_hints),
            closed: now(&self.closed),
            malformed: now(&self.malformed),
            unrelated: now(&self.unrelated),
            unknown: now(&self.unknown),
            repeated: now(&self.repeated),
            held_back: now(&self.held_back),
        }
    }
}

/// What became of the datagrams, at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Told {
    /// Datagrams that were looked at.
    pub(crate) received: u64,
    /// Of these, had a server's power read.
    pub(crate) hints: u64,
    /// Of these, had a UPS read.
    #[serde(default)]
    pub(crate) ups_hints: u64,
    /// Of these, of SNMP version 3 and from no UPS: they are not opened.
    #[serde(default)]
    pub(crate) closed: u64,
    /// Of these, no trap of SNMP.
    pub(crate) malformed: u64,
    /// Of these, about something other than power, or from strangers.
    pub(crate) unrelated: u64,
    /// Of these, about a server that is not known.
    pub(crate) unknown: u64,
    /// Of these, within a second of another one about the same server.
    pub(crate) repeated: u64,
    /// How often so many came that the rest had to wait or was lost.
    pub(crate) held_back: u64,
}
