//! What a reading changes.

use core::time::Duration;

use crate::time::{Instant, Millis};
use crate::types::{Supply, UpsFailure, UpsReading};

use super::doubts::usable;
use super::{Last, Line, UpsConfig};

/// Other software that orders the end of a supply cuts it within minutes.
const FORCED_LASTS: Duration = Duration::from_secs(600);

impl Line {
    /// Takes what came of reading it. What was asked before the newest answer is not news.
    pub(in super::super) fn hear(
        &mut self,
        config: &UpsConfig,
        asked: Instant,
        now: Instant,
        reading: Result<UpsReading, UpsFailure>,
    ) {
        // An answer cannot have been asked for after it came.
        let asked = asked.min(now);
        if self.heard.is_some_and(|heard| asked < heard) {
            return;
        }
        self.heard = Some(asked);
        match reading {
            Ok(reading) => self.take(config, asked, reading),
            Err(failure) => {
                self.failure = Some(failure);
                let hopeless = if heals(failure) { 0 } else { self.hopeless.saturating_add(1) };
                self.hopeless = hopeless;
            }
        }
    }

    fn take(&mut self, config: &UpsConfig, asked: Instant, reading: UpsReading) {
        (self.failure, self.hopeless) = (None, 0);
        let before = self.last;
        let fed = matches!(reading.supply, Supply::Mains | Supply::Bypass);
        if !fed && self.lost.is_none() {
            self.note_worth();
        }
        let same = |last: &Last| outputs(&last.reading) == outputs(&reading);
        let unchanged = before.filter(same).map_or(asked, |last| last.unchanged);
        self.last = Some(Last { asked, reading, unchanged });
        self.test = reading.testing.then(|| self.test.unwrap_or(asked));
        let on_battery = reading.supply == Supply::Battery;
        self.low = (on_battery && reading.low).then(|| self.low.unwrap_or(asked));
        self.reckon(config, asked, &reading, before.map(|last| last.reading));
        if fed {
            self.on_mains(config, asked);
        } else {
            self.mains = None;
            // A discharge that a test explains has not begun to count.
            let lost = self.lost.filter(|_| !(on_battery && self.is_excused(config)));
            self.lost = Some(lost.unwrap_or(asked));
        }
        self.note_forced(asked, &reading, before.map(|last| last.reading));
    }

    fn on_mains(&mut self, config: &UpsConfig, asked: Instant) {
        let mains = *self.mains.get_or_insert(asked);
        if asked.since(mains) >= config.settle.duration() && self.lost.take().is_some() {
            self.end = None;
            self.forced = None;
        }
    }

    /// Keeps what the battery was worth by the reading before its mains were lost.
    fn note_worth(&mut self) {
        let Some(before) = self.reading() else { return };
        let charge = before.charge.filter(|charge| *charge > 0);
        if let Some((runtime, charge)) = usable(before).zip(charge) {
            let worth = Millis::of(runtime.duration() / u32::from(charge));
            self.worth = Some(self.worth.map_or(worth, |least| least.min(worth)));
        }
    }

    /// When the battery will be empty, by this reading and what is known from before.
    fn reckon(
        &mut self,
        config: &UpsConfig,
        asked: Instant,
        reading: &UpsReading,
        before: Option<UpsReading>,
    ) {
        let told = usable(reading);
        let before = before.filter(|before| before.supply == Supply::Battery);
        let hangs = before.is_some_and(|before| {
            (before.runtime, before.charge) == (reading.runtime, reading.charge)
        });
        self.runtime = told.or(self.runtime);
        if reading.supply != Supply::Battery {
            self.said = None;
            return;
        }
        let said = match told {
            Some(_) if hangs && self.said.is_some() => self.said,
            told => told.map(|told| asked + told),
        };
        let lowest = said.into_iter().chain(self.said.filter(|_| said.is_some())).min();
        self.said = said.or(self.said);
        self.end = lowest.or(self.end).or(Some(asked + self.runtime.unwrap_or(config.assumed)));
    }

    fn note_forced(&mut self, asked: Instant, reading: &UpsReading, before: Option<UpsReading>) {
        let is_new = match before {
            Some(before) => !before.forced,
            None => reading.supply == Supply::Battery,
        };
        let on_mains = matches!(reading.supply, Supply::Mains | Supply::Bypass);
        let over = |forced: &Instant| on_mains && asked.since(*forced) >= FORCED_LASTS;
        if !reading.forced
            || reading.supply == Supply::Off
            || self.forced.as_ref().is_some_and(over)
        {
            self.forced = None;
        } else if is_new {
            self.forced = Some(asked);
        }
    }
}

/// What of its output is on: everything that decides whether a feed is.
fn outputs(reading: &UpsReading) -> (bool, u16) {
    (reading.supply == Supply::Off, reading.outlets_off)
}

/// Whether a UPS that cannot be read for this reason may be read again without anybody's doing.
const fn heals(failure: UpsFailure) -> bool {
    match failure {
        UpsFailure::Silent | UpsFailure::Stale | UpsFailure::Refused => true,
        UpsFailure::UnknownUps
        | UpsFailure::AccessDenied
        | UpsFailure::NotTrusted
        | UpsFailure::Garbled
        | UpsFailure::Unsupported => false,
    }
}
