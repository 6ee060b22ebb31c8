//! The variable `ups.status`: what a UPS lives on, in words (RFC 9271, section 5.1, and the words
//! of later releases of NUT).

use core::fmt;

use super::Word;
use super::keyword::keywords;
use crate::types::{Supply, UpsFailure, UpsReading};

keywords! {
    /// The words that mean something here. All others change nothing.
    pub enum StatusWord {
        /// Other software has ordered the end of what the UPS feeds.
        Fsd = "FSD",
        /// On line: the mains are there.
        Ol = "OL",
        /// On battery.
        Ob = "OB",
        /// The battery is low.
        Lb = "LB",
        /// The battery is to be replaced.
        Rb = "RB",
        /// The battery charges.
        Chrg = "CHRG",
        /// The battery discharges.
        Dischrg = "DISCHRG",
        /// On the mains past the UPS.
        Bypass = "BYPASS",
        /// A calibration is under way.
        Cal = "CAL",
        /// A self test is under way.
        Test = "TEST",
        /// The output is off.
        Off = "OFF",
        /// It feeds more than it can.
        Over = "OVER",
        /// It lowers the voltage of the mains.
        Trim = "TRIM",
        /// It raises the voltage of the mains.
        Boost = "BOOST",
        /// Its driver has no data yet.
        Wait = "WAIT",
    }
}

/// The words of a status.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Status(u16);

const _: () = assert!(StatusWord::ALL.len() <= u16::BITS as usize, "each word has a bit");

impl Status {
    /// Reads the value of the variable. Words that are not known are left out.
    pub fn parse(value: Word<'_>) -> Self {
        let mut status = Self::default();
        // The words stand in one word of the line, hence the second cut.
        let mut word = heapless::Vec::<u8, LONGEST>::new();
        let mut fits = true;
        for byte in value.bytes().chain([b' ']) {
            if !byte.is_ascii_whitespace() {
                fits &= word.push(byte).is_ok();
                continue;
            }
            if let Some(known) = Word::new(&word).filter(|_| fits).and_then(StatusWord::of) {
                status = status.with(known);
            }
            word.clear();
            fits = true;
        }
        status
    }

    /// The same with that word.
    #[must_use]
    pub const fn with(self, word: StatusWord) -> Self {
        Self(self.0 | 1 << word as u16)
    }

    /// Whether that word is among them.
    pub const fn has(self, word: StatusWord) -> bool {
        self.0 & 1 << word as u16 != 0
    }

    /// What the output lives on. Where words contradict each other, the one counts that leads to
    /// more care:
    ///
    /// - `OFF` counts before all: several drivers say `OL OFF` while the mains are there and the
    ///   output is off, and a server on it must not pass as fed.
    /// - `OB` counts before `OL` and `BYPASS`: an outage that is none ends by the next reading.
    /// - `BYPASS` counts before `OL`, since no battery is behind it.
    /// - `TRIM` and `BOOST` alone mean the mains, and `DISCHRG` alone the battery.
    ///
    /// # Errors
    /// Without any of these words nothing is known: [`UpsFailure::Stale`] where the driver says
    /// that it waits, [`UpsFailure::Garbled`] otherwise.
    pub const fn supply(self) -> Result<Supply, UpsFailure> {
        if self.has(StatusWord::Off) {
            Ok(Supply::Off)
        } else if self.has(StatusWord::Ob) {
            Ok(Supply::Battery)
        } else if self.has(StatusWord::Bypass) {
            Ok(Supply::Bypass)
        } else if self.has(StatusWord::Ol)
            || self.has(StatusWord::Trim)
            || self.has(StatusWord::Boost)
        {
            Ok(Supply::Mains)
        } else if self.has(StatusWord::Dischrg) {
            Ok(Supply::Battery)
        } else if self.has(StatusWord::Wait) {
            Err(UpsFailure::Stale)
        } else {
            Err(UpsFailure::Garbled)
        }
    }

    /// The status of a UPS that was read. A battery that is low is left out, and so is what other
    /// software ordered: clients take either as an order, and who gives orders here is the plan.
    pub const fn of(reading: &UpsReading) -> Self {
        let words = match reading.supply {
            Supply::Mains => Self(0).with(StatusWord::Ol),
            Supply::Bypass => Self(0).with(StatusWord::Ol).with(StatusWord::Bypass),
            Supply::Battery => Self(0).with(StatusWord::Ob).with(StatusWord::Dischrg),
            Supply::Off => Self(0).with(StatusWord::Off),
        };
        words
            .with_if(reading.testing, StatusWord::Cal)
            .with_if(reading.replace, StatusWord::Rb)
            .with_if(reading.overload, StatusWord::Over)
    }

    /// The status that tells every client to go down.
    pub const fn go_down() -> Self {
        Self(0).with(StatusWord::Fsd).with(StatusWord::Ob).with(StatusWord::Lb)
    }

    const fn with_if(self, on: bool, word: StatusWord) -> Self {
        if on { self.with(word) } else { self }
    }
}

/// The longest word that is known, in bytes.
const LONGEST: usize = 7;

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut gap = "";
        for word in StatusWord::ALL.iter().filter(|word| self.has(**word)) {
            write!(f, "{gap}{}", word.text())?;
            gap = " ";
        }
        Ok(())
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Status {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{}", defmt::Display2Format(self));
    }
}
