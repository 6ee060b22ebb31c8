//! Which feeds read off, and since when.

use core::time::Duration;

use crate::power::Feed;
use crate::time::Instant;
use crate::types::{UpsFailure, UpsReading};

/// A reading that old tells nothing.
const STALE: Duration = Duration::from_secs(30);

/// The last reading of a UPS: when it was asked for, when it came, and what it says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Line(Option<(Instant, Instant, UpsReading)>);

impl Line {
    pub(super) fn read(
        &mut self,
        now: Instant,
        asked: Instant,
        reading: Result<UpsReading, UpsFailure>,
    ) {
        if let Ok(reading) = reading {
            self.0 = Some((asked, now, reading));
        }
    }

    fn is_off(&self, now: Instant, feed: &Feed) -> bool {
        self.0.is_some_and(|(asked, _, reading)| {
            now.since(asked) <= STALE && !reading.feeds(feed.outlet)
        })
    }

    /// Whether a reading asked for after `since` shows the feed on, or off: when that was asked
    /// for, and when it came.
    pub(super) fn shows(
        &self,
        feed: &Feed,
        since: Instant,
        on: bool,
    ) -> Option<(Instant, Instant)> {
        let (asked, read, reading) = self.0?;
        (asked > since && reading.feeds(feed.outlet) == on).then_some((asked, read))
    }
}

/// Whether there are feeds, and each reads off.
pub(super) fn all_off(lines: &[Line], feeds: &[Feed], now: Instant) -> bool {
    let off = |feed: &Feed| lines.get(feed.ups.at()).is_some_and(|line| line.is_off(now, feed));
    !feeds.is_empty() && feeds.iter().all(off)
}
