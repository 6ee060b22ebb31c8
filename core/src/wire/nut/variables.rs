//! The variables of a UPS that make a reading (RFC 9271, section 5.1).

use super::{Status, StatusWord, Word};
use crate::time::Millis;
use crate::types::{Outlet, UpsFailure, UpsReading};

/// Longest countdown behind which a zero counts as its end and not as "none", in seconds.
const LAST: u32 = 15;

/// What has been told of a UPS so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Variables {
    status: Option<Status>,
    charge: Option<u8>,
    runtime: Option<Millis>,
    load: Option<u8>,
    off_in: Option<u32>,
    on_in: Option<u32>,
    outlets_off: u16,
    testing: bool,
    delay: Option<u32>,
}

impl Variables {
    /// Notes a variable, if it is one that a reading is made of. A value that makes no sense is
    /// as good as none.
    pub fn note(&mut self, name: Word<'_>, value: Word<'_>) {
        // All names are plain.
        let Some(name) = name.text() else { return };
        match name {
            "ups.status" => self.status = Some(Status::parse(value)),
            "battery.charge" => {
                self.charge = whole(value).and_then(|n| u8::try_from(n).ok()).filter(|n| *n <= 100);
            }
            "battery.runtime" => self.runtime = whole(value).map(Millis::from_secs),
            "ups.load" => self.load = whole(value).map(|n| u8::try_from(n).unwrap_or(u8::MAX)),
            "ups.timer.shutdown" => self.off_in = whole(value),
            "ups.timer.start" => self.on_in = whole(value),
            "ups.delay.shutdown" => self.delay = whole(value),
            "ups.test.result" => self.testing = value.is("In progress"),
            _ => {
                if let Some(outlet) = outlet(name)
                    && value.is("off")
                {
                    self.outlets_off |= 1 << outlet.number();
                }
            }
        }
    }

    /// The delay, in seconds, with which the UPS goes off when it is ordered so.
    pub const fn shutdown_delay(&self) -> Option<u32> {
        self.delay
    }

    /// What the variables say together.
    ///
    /// Most drivers say -1 where nothing is ordered, some say 0. So a zero counts only right
    /// behind a countdown, for which `before` is the latest reading with one, if that is fresh.
    ///
    /// # Errors
    /// Where they do not say what the output lives on.
    pub fn reading(&self, before: Option<&UpsReading>) -> Result<UpsReading, UpsFailure> {
        let status = self.status.ok_or(UpsFailure::Garbled)?;
        Ok(UpsReading {
            supply: status.supply()?,
            low: status.has(StatusWord::Lb),
            forced: status.has(StatusWord::Fsd),
            testing: self.testing || status.has(StatusWord::Cal) || status.has(StatusWord::Test),
            replace: status.has(StatusWord::Rb),
            overload: status.has(StatusWord::Over),
            charge: self.charge,
            runtime: self.runtime,
            load: self.load,
            off_in: countdown(self.off_in, before.and_then(|before| before.off_in)),
            on_in: countdown(self.on_in, before.and_then(|before| before.on_in)),
            outlets_off: self.outlets_off,
        })
    }
}

fn countdown(seconds: Option<u32>, before: Option<Millis>) -> Option<Millis> {
    let last = before.is_some_and(|left| Millis::new(0) < left && left <= Millis::from_secs(LAST));
    seconds.filter(|left| *left > 0 || last).map(Millis::from_secs)
}

/// The whole part of a number that is not negative.
fn whole(value: Word<'_>) -> Option<u32> {
    let text = value.text()?.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    // A sign is no digit, so that -0.5 is not 0.
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    whole.parse().ok()
}

/// The outlet of `outlet.N.status`. Groups are numbered apart, and orders name outlets alone: the
/// status of a group of the same number says nothing of the outlet.
fn outlet(name: &str) -> Option<Outlet> {
    let number = name.strip_prefix("outlet.")?.strip_suffix(".status")?;
    number.parse().ok().and_then(Outlet::new).filter(|outlet| *outlet != Outlet::WHOLE)
}
