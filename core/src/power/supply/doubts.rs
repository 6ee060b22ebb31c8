//! What is believed of what a UPS says, where that is at odds with itself.

use core::time::Duration;

use crate::time::Millis;
use crate::types::UpsReading;

use super::{Line, UpsConfig};

/// No runtime: some UPSes say the largest number they have for "not known".
const ABSURD: Duration = Duration::from_secs(7 * 24 * 3600);
/// Percent of charge from which neither a low flag nor an empty runtime is believed at once.
const HALF: u8 = 50;

/// Whether a battery is low.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Low {
    No,
    Doubted,
    Believed,
}

impl Line {
    /// Whether the newest reading tells of a test that has not lasted too long by then.
    pub(super) fn is_testing(&self, config: &UpsConfig) -> bool {
        let span = self.asked().zip(self.test).map(|(asked, test)| asked.since(test));
        span.is_some_and(|span| span < config.test_limit.duration())
    }

    pub(super) fn is_excused(&self, config: &UpsConfig) -> bool {
        self.is_testing(config) && self.low(config) != Low::Believed
    }

    pub(super) fn low(&self, config: &UpsConfig) -> Low {
        let Some((last, low)) = self.last.as_ref().zip(self.low) else { return Low::No };
        // While it tests its battery, a flag that all else contradicts is the test's.
        let long = last.asked.since(low) >= config.low_grace.duration();
        let insists = long && !self.is_testing(config);
        let believed = insists || !contradicts_low(&last.reading, config);
        if believed { Low::Believed } else { Low::Doubted }
    }
}

/// Whether charge or runtime speak against a low flag, and neither for it.
fn contradicts_low(reading: &UpsReading, config: &UpsConfig) -> bool {
    let half = reading.charge.map(|charge| charge >= HALF);
    let lasts = usable(reading).map(|runtime| runtime > config.assumed);
    half != Some(false) && lasts != Some(false) && (half.is_some() || lasts.is_some())
}

/// The runtime that a reading tells, if it can be meant.
pub(super) fn usable(reading: &UpsReading) -> Option<Millis> {
    let charged = reading.charge.is_some_and(|charge| charge >= HALF);
    let meant = |runtime: &Millis| {
        let span = runtime.duration();
        span <= ABSURD && !(span.is_zero() && charged)
    };
    reading.runtime.filter(meant)
}
