//! What the supplies of one machine amount to.

use core::time::Duration;

use crate::time::Instant;
use crate::types::UpsIndex;

use super::config::{Feed, UpsConfig};
use super::supply::{Freshness, Line};

/// What one machine's feeds amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outlook {
    /// When it runs out of the feeds that it needs; `None` = the mains carry it, as far as was
    /// heard. In the past once an output that it needs is off.
    pub(super) end: Option<Instant>,
    /// The feeds that make it so have been so for long enough: an outage.
    pub(super) confirmed: bool,
    /// A self test explains it: an outage only in so far as the runtime does not suffice.
    pub(super) excused: bool,
    /// By the word of a UPS that is believed, it is at its end whatever the runtime says.
    pub(super) low: bool,
    /// That UPS is ordered off by other software, and it is needed.
    pub(super) forced: Option<UpsIndex>,
    /// Each feed reads off. Nothing is left that a plan could use.
    pub(super) dark: bool,
    /// Enough feeds have mains, settled, by readings that still tell something.
    pub(super) settled: bool,
    /// The worst freshness among the feeds that it takes to be carried; [`Freshness::Unknown`]
    /// before each was read once.
    pub(super) freshness: Freshness,
}

impl Outlook {
    /// Whether the machine runs out of power, confirmed or not.
    pub(super) const fn endangered(&self) -> bool {
        self.end.is_some() && !self.dark
    }

    /// What is left; `None` = no end in sight.
    pub(super) fn left(&self, now: Instant) -> Option<Duration> {
        self.end.map(|end| end.since(now))
    }
}

/// What the feeds of a machine that needs `needed` of them amount to. `witnessed` = since when its
/// own BMC says that an input has failed.
pub(super) fn outlook(
    feeds: &[Feed],
    needed: u8,
    witnessed: Option<Instant>,
    lines: &[Line],
    configs: &[UpsConfig],
    now: Instant,
) -> Outlook {
    let _ = (feeds, needed, witnessed, lines, configs, now);
    Outlook {
        end: None,
        confirmed: false,
        excused: false,
        low: false,
        forced: None,
        dark: false,
        settled: false,
        freshness: Freshness::Unknown,
    }
}

/// How long a machine would last if all mains failed now: the `needed`-th longest runtime.
/// `None` while too few UPSes have told theirs.
pub(super) fn in_store(
    feeds: &[Feed],
    needed: u8,
    lines: &[Line],
    now: Instant,
) -> Option<Duration> {
    let _ = (feeds, needed, lines, now);
    None
}

/// Readings that say that each feed is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dark {
    /// When the first of them was asked for.
    pub(super) first: Instant,
    /// When the last of them was asked for.
    pub(super) last: Instant,
}

/// The newest readings of all feeds, if each was asked for after `wanted` and says off.
///
/// They move on with every reading: whoever waits for the hold-up time keeps the first answer,
/// and lets go of it when this says `None`.
pub(super) fn dark_after(feeds: &[Feed], lines: &[Line], wanted: Instant) -> Option<Dark> {
    let _ = (feeds, lines, wanted);
    None
}
