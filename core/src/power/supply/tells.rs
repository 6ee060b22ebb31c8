//! What people are told of one UPS: each time that it has changed, from how it is.

use crate::time::Instant;
use crate::types::{Supply, UpsFailure, UpsIndex};

use super::super::tell::Tell;
use super::doubts::Low;
use super::{Line, UpsConfig};

/// So many failures in a row that time does not heal are told.
const PERSISTS: u8 = 2;

/// What people were told last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    shown: Shown,
    unread: bool,
    testing: bool,
    low: Low,
    /// Bit by bit, what it needs care for.
    care: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Mains,
    Battery,
    Off,
}

impl Told {
    /// That all is well, which is where everybody begins.
    pub(super) const fn new() -> Self {
        Self { shown: Shown::Mains, unread: false, testing: false, low: Low::No, care: 0 }
    }
}

impl Line {
    /// The next thing to tell people of it; to be asked until there is none.
    pub(in super::super) fn next_tell(
        &mut self,
        ups: UpsIndex,
        config: &UpsConfig,
        now: Instant,
    ) -> Option<Tell> {
        self.polled = self.polled.max(now);
        self.tell_supply(ups, config)
            .or_else(|| self.tell_low(ups, config))
            .or_else(|| self.tell_unread(ups, config, now))
            .or_else(|| self.tell_testing(ups, config))
            .or_else(|| self.tell_care(ups))
    }

    fn tell_supply(&mut self, ups: UpsIndex, config: &UpsConfig) -> Option<Tell> {
        let shown = match self.reading()?.supply {
            Supply::Off => Shown::Off,
            // That it tests its battery is told instead.
            Supply::Battery if self.is_excused(config) && self.told.shown == Shown::Mains => {
                return None;
            }
            Supply::Battery => Shown::Battery,
            Supply::Mains | Supply::Bypass if !self.is_settled(config) => return None,
            Supply::Mains | Supply::Bypass => Shown::Mains,
        };
        let tell = match shown {
            Shown::Mains => Tell::OnMains(ups),
            Shown::Battery => Tell::OnBattery(ups),
            Shown::Off => Tell::OutputOff(ups),
        };
        changed(&mut self.told.shown, shown).then_some(tell)
    }

    fn tell_low(&mut self, ups: UpsIndex, config: &UpsConfig) -> Option<Tell> {
        let low = self.low(config);
        let believed = low == Low::Believed;
        let tells = changed(&mut self.told.low, low) && low != Low::No;
        tells.then_some(Tell::Low { ups, believed })
    }

    fn tell_unread(&mut self, ups: UpsIndex, config: &UpsConfig, now: Instant) -> Option<Tell> {
        let since = self.asked().unwrap_or(self.started);
        let silent = now.since(since) >= config.unknown.duration();
        let unread = silent || self.hopeless >= PERSISTS;
        let failure = self.failure.unwrap_or(UpsFailure::Silent);
        let tell = if unread { Tell::Unread { ups, failure } } else { Tell::ReadAgain(ups) };
        // Failures that time heals do not show that it is read again.
        let known = unread || self.failure.is_none();
        (known && changed(&mut self.told.unread, unread)).then_some(tell)
    }

    fn tell_testing(&mut self, ups: UpsIndex, config: &UpsConfig) -> Option<Tell> {
        let on = self.is_testing(config);
        changed(&mut self.told.testing, on).then_some(Tell::Testing { ups, on })
    }

    fn tell_care(&mut self, ups: UpsIndex) -> Option<Tell> {
        let reading = self.reading()?;
        let bypass = reading.supply == Supply::Bypass;
        let needs = [reading.replace, reading.overload, bypass];
        let care = needs.iter().fold(0, |bits, need| bits << 1 | u8::from(*need));
        let more = care & !self.told.care != 0;
        self.told.care = care;
        more.then_some(Tell::NeedsCare(ups))
    }
}

/// Sets `told`, and says whether that is new.
fn changed<T: PartialEq>(told: &mut T, new: T) -> bool {
    let is_new = *told != new;
    *told = new;
    is_new
}
