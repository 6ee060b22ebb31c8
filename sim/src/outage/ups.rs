//! A UPS: a battery, an output, and a card that may be wrong about both.

use std::time::Duration;

use komainu_core::time::Millis;
use komainu_core::types::{Outlet, Supply, UpsAnswer, UpsFailure, UpsOrder, UpsReading};

/// How long an output stays off at least once it is cut.
const OFF_AT_LEAST: Duration = Duration::from_secs(5);
/// The whole output, and the groups of outlets that can be cut one by one.
pub(crate) const OUTLETS: usize = 4;
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
    /// While an order to go off stands it refuses another one.
    pub refuses_again: bool,
    /// It refuses so many orders to call one off.
    pub refuses_cancel: u32,
    /// Nobody hears what it has made of so many orders to call one off: nothing of the first, and
    /// of each second one.
    pub mutes_cancel: u32,
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
            refuses_again: false,
            refuses_cancel: 0,
            mutes_cancel: 0,
        }
    }
}

/// Why an output is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dark {
    /// The battery is empty.
    Empty,
    /// It was ordered.
    Ordered,
}

/// A UPS.
#[derive(Clone, Debug)]
pub(crate) struct Ups {
    /// What it is like.
    pub(crate) traits: Traits,
    /// The mains are there.
    pub(crate) mains: bool,
    /// Its card does not answer.
    pub(crate) frozen: bool,
    /// It was ordered off since, and nobody knows that it has not heard that.
    unheard: bool,
    /// It tests its battery: it says that it discharges, though the mains are there.
    pub(crate) testing: bool,
    /// Its card says that the output is off, whatever it is.
    pub(crate) lies_off: bool,
    at: Duration,
    /// Since when the mains are there, or gone.
    turned: Duration,
    left: Duration,
    /// When it was ordered off last.
    pub(crate) ordered: Duration,
    /// The whole, then the groups.
    outlets: [Outlets; OUTLETS],
}

/// The whole output, or a group of its outlets.
#[derive(Clone, Copy, Debug, Default)]
struct Outlets {
    dark: Option<(Dark, Duration)>,
    /// When it goes off, and whether it stays off.
    countdown: Option<(Duration, bool)>,
    stays_off: bool,
}

impl Ups {
    /// Its card falls silent, or speaks again.
    pub(crate) fn freeze(&mut self, frozen: bool) {
        (self.frozen, self.unheard) = (frozen, false);
    }

    /// Whether an order to go off that nobody can call off is on its way, or may be.
    pub(crate) fn is_out_of_hand(&self) -> bool {
        self.frozen && (self.unheard || self.is_counting())
    }

    /// A full one, on mains.
    pub(crate) fn new(traits: Traits) -> Self {
        let left = traits.runtime;
        Self {
            traits,
            mains: true,
            frozen: false,
            unheard: false,
            testing: false,
            lies_off: false,
            at: Duration::ZERO,
            turned: Duration::ZERO,
            left,
            ordered: Duration::ZERO,
            outlets: [Outlets::default(); OUTLETS],
        }
    }

    /// Whether that outlet gives power; 0 = what hangs on the whole.
    pub(crate) fn gives(&self, outlet: usize) -> bool {
        self.dark(outlet).is_none()
    }

    /// Why it gives none.
    pub(crate) fn dark(&self, outlet: usize) -> Option<Dark> {
        let why = |at: usize| self.outlets[at].dark.map(|(why, _)| why);
        why(0).or_else(|| why(outlet))
    }

    /// Whether something of its output is to stay off until it is ordered on.
    pub(crate) fn is_kept_off(&self) -> impl Iterator<Item = usize> {
        (0..OUTLETS).filter(|at| self.outlets[*at].stays_off && self.outlets[*at].dark.is_some())
    }

    /// For how long the mains have been there.
    pub(crate) fn on_mains_for(&self, now: Duration) -> Duration {
        if self.mains { now.saturating_sub(self.turned) } else { Duration::ZERO }
    }

    /// How long the battery lasts from now, by what its card says.
    pub(crate) fn told(&self) -> Duration {
        self.left * self.traits.says / 100
    }

    /// Percent of the battery's charge.
    pub(crate) fn charge(&self) -> u32 {
        let whole = self.traits.runtime.as_millis().max(1);
        u32::try_from(self.left.as_millis() * 100 / whole).unwrap_or(100)
    }

    /// Whether an order to go off stands, for any of it.
    pub(crate) fn is_counting(&self) -> bool {
        self.outlets.iter().any(|outlets| outlets.countdown.is_some())
    }

    /// Lets time go by; never past [`Self::next`].
    pub(crate) fn advance(&mut self, now: Duration) {
        let span = now.saturating_sub(self.at);
        self.at = now;
        if self.mains {
            let gained = span / self.traits.recharge.max(1);
            self.left = (self.left + gained).min(self.traits.runtime);
        } else if self.outlets[0].dark.is_none() {
            self.left = self.left.saturating_sub(span);
            if self.left.is_zero() {
                self.outlets.iter_mut().for_each(|outlets| outlets.countdown = None);
                self.outlets[0].dark = Some((Dark::Empty, now));
            }
        }
        for at in 0..OUTLETS {
            let outlets = &mut self.outlets[at];
            if let Some((_, stays)) = outlets.countdown.take_if(|(due, _)| *due <= now) {
                outlets.stays_off = stays;
                outlets.dark = outlets.dark.or(Some((Dark::Ordered, now)));
            }
            if self.returns_in(at).is_some_and(|wait| wait.is_zero()) {
                self.outlets[at].dark = None;
            }
        }
    }

    /// When something changes by itself.
    pub(crate) fn next(&self) -> Option<Duration> {
        let drains = !self.mains && self.outlets[0].dark.is_none();
        let empty = drains.then(|| self.at + self.left);
        let cut = self.outlets.iter().filter_map(|outlets| outlets.countdown);
        let back = (0..OUTLETS).filter_map(|at| self.returns_in(at).map(|wait| self.at + wait));
        empty.into_iter().chain(cut.map(|(due, _)| due)).chain(back).min()
    }

    fn returns_in(&self, at: usize) -> Option<Duration> {
        let outlets = &self.outlets[at];
        let (_, since) = outlets.dark.filter(|_| self.mains && !outlets.stays_off)?;
        let floor = match at {
            0 => self.traits.runtime * self.traits.returns_at / 100,
            _ => Duration::ZERO,
        };
        let charging = floor.saturating_sub(self.left) * self.traits.recharge;
        Some(charging.max((since + OFF_AT_LEAST).saturating_sub(self.at)))
    }

    /// The mains go or come.
    pub(crate) fn set_mains(&mut self, on: bool) {
        if self.mains != on {
            self.turned = self.at;
        }
        self.mains = on;
        if on && self.traits.forgets_off {
            self.outlets.iter_mut().for_each(|outlets| outlets.countdown = None);
        }
    }

    /// What its card says.
    pub(crate) fn read(&self) -> Result<UpsReading, UpsFailure> {
        if self.frozen {
            return Err(UpsFailure::Silent);
        }
        let discharges = !self.mains || self.testing;
        let supply = match (self.gives(0) && !self.lies_off, discharges) {
            (false, _) => Supply::Off,
            (true, true) => Supply::Battery,
            (true, false) => Supply::Mains,
        };
        let off_in = |(due, _): (Duration, bool)| Millis::of(due.saturating_sub(self.at));
        let dark = (1..OUTLETS).filter(|at| self.outlets[*at].dark.is_some());
        let runtime = self.told();
        let low = discharges && (self.traits.early_low || runtime <= LOW);
        Ok(UpsReading {
            low,
            testing: self.testing,
            charge: u8::try_from(self.charge()).ok(),
            runtime: Some(Millis::of(runtime)),
            off_in: self.outlets[0].countdown.map(off_in),
            outlets_off: dark.fold(0, |bits, at| bits | 1 << at),
            ..UpsReading::of(supply)
        })
    }

    /// An order; `None` = no answer.
    pub(crate) fn order(&mut self, order: UpsOrder) -> Option<UpsAnswer> {
        let cuts = matches!(order, UpsOrder::OffUntilMains { .. } | UpsOrder::Off { .. });
        if self.frozen {
            self.unheard |= cuts;
            return None;
        }
        if cuts && self.traits.ignores_orders > 0 {
            self.traits.ignores_orders -= 1;
            return Some(UpsAnswer::Accepted);
        }
        let now = self.at;
        self.ordered = if cuts { now } else { self.ordered };
        match order {
            UpsOrder::OffUntilMains { .. } | UpsOrder::Off { .. } if self.traits.ignores_off => {}
            UpsOrder::OffUntilMains { outlet, .. } | UpsOrder::Off { outlet, .. }
                if self.traits.refuses_again && self.of(outlet).countdown.is_some() =>
            {
                return Some(UpsAnswer::Failed(UpsFailure::Refused));
            }
            UpsOrder::OffUntilMains { outlet, delay } => {
                self.of(outlet).countdown = Some((now + delay.duration(), false));
            }
            UpsOrder::Off { outlet, delay } => {
                self.of(outlet).countdown = Some((now + delay.duration(), true));
            }
            UpsOrder::On { outlet } => {
                let outlets = self.of(outlet);
                (outlets.stays_off, outlets.countdown) = (false, None);
            }
            UpsOrder::Cancel { outlet } => return self.cancel(outlet),
            UpsOrder::Test => self.testing = true,
            UpsOrder::StopTest => self.testing = false,
        }
        Some(UpsAnswer::Accepted)
    }

    fn cancel(&mut self, outlet: Outlet) -> Option<UpsAnswer> {
        if self.traits.refuses_cancel > 0 {
            self.traits.refuses_cancel -= 1;
            return Some(UpsAnswer::Failed(UpsFailure::Refused));
        }
        let muted = self.traits.mutes_cancel;
        self.traits.mutes_cancel = muted.saturating_sub(1);
        if muted.is_multiple_of(2) {
            self.of(outlet).countdown = None;
        }
        (muted == 0).then_some(UpsAnswer::Accepted)
    }

    fn of(&mut self, outlet: Outlet) -> &mut Outlets {
        &mut self.outlets[usize::from(outlet.number())]
    }
}
