//! One UPS as it is seen: what it said last, how old that is, and what follows from both.

use core::time::Duration;

use crate::time::{Instant, Millis};
use crate::types::{UpsFailure, UpsIndex, UpsReading};

use super::config::UpsConfig;
use super::tell::Tell;

/// How much a reading still tells, by its age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Freshness {
    /// It tells how things are.
    Good,
    /// The next one is overdue.
    Late,
    /// It tells nothing any more; or there never was one.
    Unknown,
}

/// What a UPS gives to those who hang on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FeedState {
    /// It was never read.
    Unread,
    /// The mains, as far as was heard last.
    Mains {
        /// For so long that they count as back.
        settled: bool,
    },
    /// What the battery holds.
    Battery(Battery),
    /// Nothing.
    Off {
        /// For longer than a passing fault of the reading.
        confirmed: bool,
    },
}

/// A discharge, or an order of other software that ends like one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Battery {
    /// When it is empty, as far as is known. Silence does not move it.
    pub(super) end: Instant,
    /// It is an outage, and no passing disturbance.
    pub(super) confirmed: bool,
    /// A self test explains it: an outage only in so far as the runtime does not suffice.
    pub(super) excused: bool,
    /// The battery is at its end by its own word, which is believed.
    pub(super) low: bool,
    /// Other software has ordered the end of what it feeds.
    pub(super) forced: bool,
}

/// One UPS as seen from here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    started: Instant,
}

impl Line {
    /// A UPS that was not read yet.
    pub(super) const fn new(now: Instant) -> Self {
        Self { started: now }
    }

    /// Takes what came of reading it. What was asked before the newest answer is not news.
    pub(super) fn hear(
        &mut self,
        config: &UpsConfig,
        asked: Instant,
        now: Instant,
        reading: Result<UpsReading, UpsFailure>,
    ) {
        let _ = (config, asked, now, reading);
    }

    /// Somebody says that something happened to it.
    pub(super) fn hint(&mut self) {}

    /// Whether it is to be read now because of a hint; the hint counts as served then.
    pub(super) fn takes_hint(&mut self, now: Instant) -> bool {
        let _ = now;
        false
    }

    /// The newest reading.
    pub(super) fn reading(&self) -> Option<&UpsReading> {
        None
    }

    /// When the newest reading was asked for.
    pub(super) fn asked(&self) -> Option<Instant> {
        None
    }

    /// Why it could not be read, if the newest answer was a failure.
    pub(super) fn failure(&self) -> Option<UpsFailure> {
        None
    }

    /// How much the newest reading still tells.
    pub(super) fn freshness(&self, config: &UpsConfig, now: Instant) -> Freshness {
        let _ = (config, now);
        Freshness::Unknown
    }

    /// What it gives.
    pub(super) fn state(&self, config: &UpsConfig, now: Instant) -> FeedState {
        let _ = (config, now);
        FeedState::Unread
    }

    /// How long the battery would last, or lasts, by what was told: at the last reading if it is
    /// on mains. `None` while it has told nothing of use.
    pub(super) fn runtime(&self, now: Instant) -> Option<Duration> {
        let _ = now;
        None
    }

    /// When time alone next changes what it gives, or whether there is something to tell: later
    /// than the last [`Self::next_tell`], once that has said `None`.
    pub(super) fn deadline(&self, config: &UpsConfig) -> Option<Instant> {
        let _ = config;
        None
    }

    /// The next thing to tell people of it; to be asked until there is none.
    pub(super) fn next_tell(
        &mut self,
        ups: UpsIndex,
        config: &UpsConfig,
        now: Instant,
    ) -> Option<Tell> {
        let _ = (ups, config, now);
        None
    }
}

/// A span as whole milliseconds, for telling.
pub(super) fn millis(span: Duration) -> Millis {
    Millis::new(u32::try_from(span.as_millis()).unwrap_or(u32::MAX))
}
