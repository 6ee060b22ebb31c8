//! One cluster: its line to the members, and what is to be told of it.

use crate::cluster::{Cluster, Notice};
use crate::counters::ResetDiscard;
use crate::reset_path::{ClusterKeys, Identity, ToMany};
use crate::time::Instant;
use crate::types::{ConfigDigest, KeyNumber, Mode, Term};

use super::address::Address;
use super::tell::Tell;
use super::{ClusterConfig, ClusterIndex};

/// Pause between two tellings of what was dropped.
const DISCARD_PAUSE: core::time::Duration = core::time::Duration::from_secs(60);

/// A notice that is being sent to all: first to many, then to one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct FanOut {
    pub(super) notice: Notice,
    /// 0 = to many; then the hosts, counted from 1.
    pub(super) next: u8,
}

/// A cluster, as the connector keeps it.
pub(super) struct Slot {
    pub(super) cluster: Cluster,
    pub(super) line: Line,
}

/// What a cluster has beside its hosts and its arbiter.
pub(super) struct Line {
    pub(super) index: ClusterIndex,
    pub(super) number: u16,
    pub(super) digest: ConfigDigest,
    /// The places of its servers.
    pub(super) first: u16,
    pub(super) count: u8,
    pub(super) identity: Identity,
    pub(super) keys: ClusterKeys,
    pub(super) to_many: ToMany,
    /// Datagrams that were dropped, and for which cause those that were not told of.
    pub(super) discarded: u32,
    untold: [u16; ResetDiscard::ALL.len()],
    pub(super) fan_out: Option<FanOut>,
    /// The server whose member, without a valid echo, is to be answered where it spoke from.
    pub(super) stranger: Option<(u16, Address)>,
    /// Answers or notices may be due.
    pub(super) stir: bool,
    /// It is in the list of those that wait for the record.
    pub(super) waits: bool,
    /// The next one in that list.
    pub(super) next_waiting: Option<ClusterIndex>,
    told: Told,
}

/// What was last told of a cluster.
struct Told {
    /// Nothing is told of what was dropped before.
    discards_at: Instant,
    /// What was dropped is being told.
    telling: bool,
    mode: Option<Mode>,
    term: Term,
    key: KeyNumber,
}

impl Line {
    pub(super) fn new(
        index: ClusterIndex,
        (first, count): (u16, u8),
        identity: Identity,
        config: ClusterConfig,
    ) -> Self {
        let told = Told {
            discards_at: Instant::from_micros(0),
            telling: false,
            mode: None,
            term: Term(0),
            key: config.keys.sends_with(),
        };
        Self {
            index,
            number: config.number,
            digest: config.digest,
            first,
            count,
            identity,
            keys: config.keys,
            to_many: ToMany::new(),
            discarded: 0,
            untold: [0; ResetDiscard::ALL.len()],
            fan_out: None,
            stranger: None,
            stir: true,
            waits: false,
            next_waiting: None,
            told,
        }
    }

    /// The same line with another configuration.
    pub(super) fn adapted(self, index: ClusterIndex, at: (u16, u8), to: ClusterConfig) -> Self {
        let (first, count) = at;
        Self {
            index,
            digest: to.digest,
            keys: to.keys,
            first,
            count,
            fan_out: None,
            stranger: None,
            stir: true,
            waits: false,
            next_waiting: None,
            ..self
        }
    }

    /// Where that server's member is to be answered, though it has no valid echo.
    pub(super) fn take_stranger(&mut self, server: u16) -> Option<Address> {
        let (_, from) = self.stranger.take_if(|(of, _)| *of == server)?;
        Some(from)
    }

    /// The places of its servers in the lists of all servers.
    pub(super) fn range(&self) -> core::ops::Range<usize> {
        let first = usize::from(self.first);
        first..first + usize::from(self.count)
    }

    /// The place of one of its servers in the cluster.
    pub(super) fn place(&self, server: u16) -> u8 {
        // A cluster has at most 64.
        server.saturating_sub(self.first) as u8
    }

    /// What is to be told of the way the connector works here.
    pub(super) fn tell_mode(&mut self, mode: Mode, term: Term) -> Option<Tell> {
        let changed = self.told.mode.replace(mode) != Some(mode) || self.told.term != term;
        self.told.term = term;
        changed.then_some(Tell::Mode { cluster: self.index, mode, term })
    }

    pub(super) fn tell_key(&mut self) -> Option<Tell> {
        let key = self.keys.sends_with();
        let changed = core::mem::replace(&mut self.told.key, key) != key;
        changed.then_some(Tell::KeyChanged { cluster: self.index, number: key.get() })
    }

    /// Counts a datagram that was dropped.
    pub(super) fn discard(&mut self, cause: ResetDiscard) {
        self.discarded = self.discarded.saturating_add(1);
        if let Some(count) = self.untold.get_mut(cause as usize) {
            *count = count.saturating_add(1);
        }
    }

    /// What was dropped since it was last told, cause by cause, once a minute.
    pub(super) fn tell_discards(&mut self, now: Instant) -> Option<Tell> {
        if now < self.told.discards_at {
            return None;
        }
        let mut causes = ResetDiscard::ALL.into_iter().zip(&mut self.untold);
        if let Some((cause, untold)) =
            causes.find(|(cause, count)| cause.is_worth_telling(u32::from(**count)))
        {
            self.told.telling = true;
            let count = u32::from(core::mem::take(untold));
            return Some(Tell::Discarded { cluster: self.index, cause, count });
        }
        if core::mem::take(&mut self.told.telling) {
            self.told.discards_at = now + DISCARD_PAUSE;
        }
        None
    }

    /// When something is to be told of what was dropped.
    pub(super) fn discards_deadline(&self) -> Option<Instant> {
        let mut causes = ResetDiscard::ALL.into_iter().zip(&self.untold);
        let due = causes.any(|(cause, count)| cause.is_worth_telling(u32::from(*count)));
        due.then_some(self.told.discards_at)
    }
}
