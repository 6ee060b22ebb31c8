//! One UPS that is late, silent, wrong, or at odds with itself.

extern crate std;

mod complaints;
mod props;
mod rules;

use std::vec::Vec;

use crate::types::{Supply, UpsIndex};

use super::super::tell::Tell;
use super::*;

pub(super) const UPS: UpsIndex = UpsIndex(3);

pub(super) fn at(secs: u64) -> Instant {
    Instant::from_micros(1_000_000 * (1_000_000 + secs))
}

/// A battery with so many seconds left at that charge.
pub(super) fn battery(runtime: u32, charge: u8) -> UpsReading {
    UpsReading {
        charge: Some(charge),
        runtime: Some(Millis::from_secs(runtime)),
        ..UpsReading::of(Supply::Battery)
    }
}

pub(super) fn mains() -> UpsReading {
    UpsReading { supply: Supply::Mains, ..battery(1200, 100) }
}

/// One UPS and who looks at it, second by second.
pub(super) struct Watch {
    pub(super) line: Line,
    pub(super) config: UpsConfig,
    pub(super) now: u64,
}

impl Watch {
    /// A UPS that has been on mains for long.
    pub(super) fn settled() -> Self {
        let mut watch = Self::unread();
        watch.reads(mains(), 20);
        watch
    }

    pub(super) fn unread() -> Self {
        Self { line: Line::new(at(0)), config: UpsConfig::default(), now: 0 }
    }

    /// Reads the same once each second, so many times.
    pub(super) fn reads(&mut self, reading: UpsReading, times: u64) {
        for _ in 0..times {
            self.now += 1;
            self.line.hear(&self.config, at(self.now), at(self.now), Ok(reading));
        }
    }

    /// A discharge over so many seconds, one reading each second.
    pub(super) fn discharges(&mut self, mut reading: UpsReading, secs: u32) {
        for _ in 0..secs {
            self.reads(reading, 1);
            let runtime = reading.runtime.unwrap_or(Millis::new(0)).duration();
            reading.runtime = Some(Millis::of(runtime.saturating_sub(Duration::from_secs(1))));
        }
    }

    pub(super) fn fails(&mut self, failure: UpsFailure, times: u64) {
        for _ in 0..times {
            self.now += 1;
            self.line.hear(&self.config, at(self.now), at(self.now), Err(failure));
        }
    }

    pub(super) fn passes(&mut self, secs: u64) {
        self.now += secs;
    }

    pub(super) fn state(&self) -> FeedState {
        self.line.state(&self.config, at(self.now))
    }

    pub(super) fn battery(&self) -> Battery {
        match self.state() {
            FeedState::Battery(battery) => battery,
            other => panic!("on battery, not {other:?}"),
        }
    }

    /// Seconds that are left of the battery.
    pub(super) fn left(&self) -> u64 {
        self.battery().end.since(at(self.now)).as_secs()
    }

    pub(super) fn is_on_mains(&self) -> bool {
        matches!(self.state(), FeedState::Mains { .. })
    }

    pub(super) fn tells(&mut self) -> Vec<Tell> {
        let now = at(self.now);
        std::iter::from_fn(|| self.line.next_tell(UPS, &self.config, now)).collect()
    }
}
