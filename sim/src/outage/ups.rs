//! A UPS: a battery, an output, and a card that may be wrong about both.

use std::time::Duration;

use komainu_core::time::Millis;
use komainu_core::types::{Supply, UpsAnswer, UpsFailure, UpsOrder, UpsReading};

/// How long an output stays off at least once it is cut.
const OFF_AT_LEAST: Duration = Duration::from_secs(5);
/// The runtime below which the card calls the battery low.
const LOW: Duration = Duration::from_secs(120);

/// What a UPS is like.
#[derive(Clone, Debug)]
pub struct Traits {
    /// How long its battery lasts when full.
    pub runtime: Duration,
    /// Seconds of charging for each second of runtime.
    pub recharge: u32,
    /// Percent of charge before a cut output comes back.
    pub returns_at: u32,
    /// What the card says of the runtime, in percent of the truth.
    pub says: u32,
    /// The card calls the battery low as soon as it is used.
    pub early_low: bool,
    /// So many orders to go off are taken, and nothing is done.
    pub ignores_orders: u32,
    /// It takes the order to go off, and does nothing.
    pub ignores_off: bool,
    /// It forgets the order to go off when the mains are back before its delay is over.
    pub forgets_off: bool,
}

impl Traits {
    /// One of 20 minutes that does and says what is right.
    #[must_use]
    pub const fn honest() -> Self {
        Self {
            runtime: Duration::from_secs(1200),
            recharge: 1,
            returns_at: 0,
            says: 100,
            early_low: false,
            ignores_orders: 0,
            ignores_off: false,
            forgets_off: false,
        }
    }
}

/// Why an output is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dark {
    /// The battery is empty.
    Empty,
    /// It was ordered.
    Ordered,
}

/// A UPS.
#[derive(Clone, Debug)]
pub(super) struct Ups {
    /// What it is like.
    pub(super) traits: Traits,
    /// The mains are there.
    pub(super) mains: bool,
    /// Its card does not answer.
    pub(super) frozen: bool,
    /// It tests its battery: it says that it discharges, though the mains are there.
    pub(super) testing: bool,
    at: Duration,
    /// Since when the mains are there, or gone.
    turned: Duration,
    left: Duration,
    dark: Option<(Dark, Duration)>,
    /// When the output goes off, and whether it stays off.
    countdown: Option<(Duration, bool)>,
    stays_off: bool,
}

impl Ups {
    /// A full one, on mains.
    pub(super) fn new(traits: Traits) -> Self {
        let left = traits.runtime;
        Self {
            traits,
            mains: true,
            frozen: false,
            testing: false,
            at: Duration::ZERO,
            turned: Duration::ZERO,
            left,
            dark: None,
            countdown: None,
            stays_off: false,
        }
    }

    /// Whether its output gives power.
    pub(super) fn gives(&self) -> bool {
        self.dark.is_none()
    }

    /// Why it gives none.
    pub(super) fn dark(&self) -> Option<Dark> {
        self.dark.map(|(why, _)| why)
    }

    /// For how long the mains have been there.
    pub(super) fn on_mains_for(&self, now: Duration) -> Duration {
        if self.mains { now.saturating_sub(self.turned) } else { Duration::ZERO }
    }

    /// How long the battery lasts from now, by what its card says.
    pub(super) fn told(&self) -> Duration {
        self.left * self.traits.says / 100
    }

    /// Percent of the battery's charge.
    pub(super) fn charge(&self) -> u32 {
        let whole = self.traits.runtime.as_millis().max(1);
        u32::try_from(self.left.as_millis() * 100 / whole).unwrap_or(100)
    }

    /// Whether an order to go off stands.
    pub(super) fn is_counting(&self) -> bool {
        self.countdown.is_some()
    }

    /// Lets time go by; never past [`Self::next`].
    pub(super) fn advance(&mut self, now: Duration) {
        let span = now.saturating_sub(self.at);
        self.at = now;
        if self.mains {
            let gained = span / self.traits.recharge.max(1);
            self.left = (self.left + gained).min(self.traits.runtime);
        } else if self.dark.is_none() {
            self.left = self.left.saturating_sub(span);
            if self.left.is_zero() {
                self.dark = Some((Dark::Empty, now));
                self.countdown = None;
            }
        }
        if let Some((_, stays)) = self.countdown.take_if(|(due, _)| *due <= now) {
            self.stays_off = stays;
            self.dark = self.dark.or(Some((Dark::Ordered, now)));
        }
        if self.returns_in().is_some_and(|wait| wait.is_zero()) {
            self.dark = None;
        }
    }

    /// When something changes by itself.
    pub(super) fn next(&self) -> Option<Duration> {
        let empty = (!self.mains && self.dark.is_none()).then(|| self.at + self.left);
        let cut = self.countdown.map(|(due, _)| due);
        let back = self.returns_in().map(|wait| self.at + wait);
        [empty, cut, back].into_iter().flatten().min()
    }

    fn returns_in(&self) -> Option<Duration> {
        let (_, since) = self.dark.filter(|_| self.mains && !self.stays_off)?;
        let floor = self.traits.runtime * self.traits.returns_at / 100;
        let charging = floor.saturating_sub(self.left) * self.traits.recharge;
        Some(charging.max((since + OFF_AT_LEAST).saturating_sub(self.at)))
    }

    /// The mains go or come.
    pub(super) fn set_mains(&mut self, on: bool) {
        if self.mains != on {
            self.turned = self.at;
        }
        self.mains = on;
        if on && self.traits.forgets_off {
            self.countdown = None;
        }
    }

    /// What its card says.
    pub(super) fn read(&self) -> Result<UpsReading, UpsFailure> {
        if self.frozen {
            return Err(UpsFailure::Silent);
        }
        let discharges = !self.mains || self.testing;
        let supply = match (self.dark, discharges) {
            (Some(_), _) => Supply::Off,
            (None, true) => Supply::Battery,
            (None, false) => Supply::Mains,
        };
        let runtime = self.told();
        let low = discharges && (self.traits.early_low || runtime <= LOW);
        Ok(UpsReading {
            low,
            testing: self.testing,
            charge: u8::try_from(self.charge()).ok(),
            runtime: Some(millis(runtime)),
            off_in: self.countdown.map(|(due, _)| millis(due.saturating_sub(self.at))),
            ..UpsReading::of(supply)
        })
    }

    /// An order; `None` = no answer.
    pub(super) fn order(&mut self, order: UpsOrder) -> Option<UpsAnswer> {
        if self.frozen {
            return None;
        }
        let cuts = matches!(order, UpsOrder::OffUntilMains { .. } | UpsOrder::Off { .. });
        if cuts && self.traits.ignores_orders > 0 {
            self.traits.ignores_orders -= 1;
            return Some(UpsAnswer::Accepted);
        }
        match order {
            UpsOrder::OffUntilMains { .. } | UpsOrder::Off { .. } if self.traits.ignores_off => {}
            UpsOrder::OffUntilMains { delay, .. } => {
                self.countdown = Some((self.at + delay.duration(), false));
            }
            UpsOrder::Off { delay, .. } => {
                self.countdown = Some((self.at + delay.duration(), true));
            }
            UpsOrder::On { .. } => {
                self.stays_off = false;
                self.countdown = None;
            }
            UpsOrder::Cancel { .. } => self.countdown = None,
            UpsOrder::Test => self.testing = true,
            UpsOrder::StopTest => self.testing = false,
        }
        Some(UpsAnswer::Accepted)
    }
}

fn millis(span: Duration) -> Millis {
    Millis::new(u32::try_from(span.as_millis()).unwrap_or(u32::MAX))
}
