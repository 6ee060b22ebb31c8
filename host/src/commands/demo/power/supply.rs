//! A UPS of the story: a battery and an output.

use std::time::Duration;

use komainu_core::time::Millis;
use komainu_core::types::{Supply, UpsOrder, UpsReading};

use super::names::RUNTIME;

/// A UPS.
pub(super) struct Ups {
    /// The mains are there.
    pub(super) mains: bool,
    left: Duration,
    /// Until the output goes off by an order.
    off_in: Option<Duration>,
    off: bool,
}

impl Ups {
    /// A full one.
    pub(super) const fn new() -> Self {
        Self { mains: true, left: RUNTIME, off_in: None, off: false }
    }

    /// Lets time go by.
    pub(super) fn pass(&mut self, time: Duration) {
        match self.mains {
            true => self.left = (self.left + time / 2).min(RUNTIME),
            false => self.left = self.left.saturating_sub(time),
        }
        self.off_in = self.off_in.map(|left| left.saturating_sub(time));
        if self.off_in == Some(Duration::ZERO) || self.left.is_zero() {
            (self.off, self.off_in) = (true, None);
        } else if self.off && self.mains {
            self.off = false;
        }
    }

    /// Whether its output gives power.
    pub(super) const fn gives(&self) -> bool {
        !self.off
    }

    /// What its card says.
    pub(super) fn read(&self) -> UpsReading {
        let supply = match (self.off, self.mains) {
            (true, _) => Supply::Off,
            (false, true) => Supply::Mains,
            (false, false) => Supply::Battery,
        };
        let charge = self.left.as_millis() * 100 / RUNTIME.as_millis().max(1);
        UpsReading {
            charge: u8::try_from(charge).ok(),
            runtime: Some(Millis::of(self.left)),
            off_in: self.off_in.map(Millis::of),
            ..UpsReading::of(supply)
        }
    }

    /// Does what it is told.
    pub(super) fn order(&mut self, order: UpsOrder) {
        match order {
            UpsOrder::OffUntilMains { delay, .. } | UpsOrder::Off { delay, .. } => {
                self.off_in = Some(delay.duration());
            }
            UpsOrder::Cancel { .. } => self.off_in = None,
            UpsOrder::On { .. } => self.off = false,
            UpsOrder::Test | UpsOrder::StopTest => {}
        }
    }
}
