//! Which feeds read off, so that a silent BMC is waited for.

use core::time::Duration;

use crate::power::Feed;
use crate::time::Instant;
use crate::types::{UpsFailure, UpsReading};

/// A reading that old tells nothing.
const STALE: Duration = Duration::from_secs(30);

/// The last reading of a UPS, as far as that it feeds nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Line {
    /// When it was asked; `None` while it was not read.
    asked: Option<Instant>,
    reading: Option<UpsReading>,
}

impl Line {
    pub(super) fn read(&mut self, asked: Instant, reading: Result<UpsReading, UpsFailure>) {
        if let Ok(reading) = reading {
            (self.asked, self.reading) = (Some(asked), Some(reading));
        }
    }

    fn is_off(&self, now: Instant, feed: &Feed) -> bool {
        let fresh = self.asked.is_some_and(|asked| now.since(asked) <= STALE);
        fresh && self.reading.is_some_and(|reading| !reading.feeds(feed.outlet))
    }
}

/// Whether there are feeds, and each reads off.
pub(super) fn all_off(lines: &[Line], feeds: &[Feed], now: Instant) -> bool {
    let off = |feed: &Feed| lines.get(feed.ups.at()).is_some_and(|line| line.is_off(now, feed));
    !feeds.is_empty() && feeds.iter().all(off)
}
