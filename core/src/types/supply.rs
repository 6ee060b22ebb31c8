//! Supplies: UPSes and their outlets, as read and as ordered.

use crate::time::Millis;

/// A UPS's place in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UpsIndex(pub u16);

impl UpsIndex {
    /// The place as an index.
    pub const fn at(self) -> usize {
        self.0 as usize
    }
}

/// What of a UPS's output is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Outlet(u8);

impl Outlet {
    /// All of the output.
    pub const WHOLE: Self = Self(0);
    /// The highest outlet group.
    pub const MAX: u8 = 15;

    /// The outlet group of that number, 1 to 15, or for 0 the whole output; `None` above.
    pub const fn new(number: u8) -> Option<Self> {
        match number {
            0..=Self::MAX => Some(Self(number)),
            _ => None,
        }
    }

    /// Its number; 0 = the whole output.
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// What the output of a UPS lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Supply {
    /// The mains, by way of the UPS.
    Mains,
    /// The mains, past the UPS: without a battery behind it.
    Bypass,
    /// The battery.
    Battery,
    /// Nothing: the output is off.
    Off,
}

/// What a UPS says of itself. What it does not say is `None`, or not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UpsReading {
    /// What its output lives on.
    pub supply: Supply,
    /// It calls its battery low.
    pub low: bool,
    /// Other software has ordered the end of what it feeds (NUT's FSD).
    pub forced: bool,
    /// A self test or a calibration is under way, so that a discharge means nothing yet.
    pub testing: bool,
    /// Its battery is to be replaced.
    pub replace: bool,
    /// It feeds more than it can.
    pub overload: bool,
    /// Percent of the battery's charge.
    pub charge: Option<u8>,
    /// How long the battery lasts at the present load, as the UPS reckons.
    pub runtime: Option<Millis>,
    /// Percent of the load that it can feed.
    pub load: Option<u8>,
    /// Until the output goes off, once that is ordered.
    pub off_in: Option<Millis>,
    /// Until the output comes on, once that is ordered.
    pub on_in: Option<Millis>,
    /// Bit n: outlet group n, 1 to 15, is off.
    pub outlets_off: u16,
}

impl UpsReading {
    /// A UPS on that supply of which nothing else is known.
    pub const fn of(supply: Supply) -> Self {
        Self {
            supply,
            low: false,
            forced: false,
            testing: false,
            replace: false,
            overload: false,
            charge: None,
            runtime: None,
            load: None,
            off_in: None,
            on_in: None,
            outlets_off: 0,
        }
    }

    /// Whether that outlet gives power, on whatever supply.
    pub const fn feeds(&self, outlet: Outlet) -> bool {
        let off = outlet.0 > 0 && self.outlets_off & (1 << outlet.0) != 0;
        !off && !matches!(self.supply, Supply::Off)
    }
}

/// Why a UPS could not be read, or an order not be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum UpsFailure {
    /// Whoever speaks for it does not answer.
    Silent,
    /// Whoever speaks for it has lost it, and knows no more than we.
    Stale,
    /// It is not known there.
    UnknownUps,
    /// User, password, community or key are wrong, or may not do this.
    AccessDenied,
    /// The other side has not proved who it is, or speaks in the clear where that is not allowed.
    NotTrusted,
    /// It answers, but not so that it can be understood.
    Garbled,
    /// It cannot do this.
    Unsupported,
    /// It will not do this now.
    Refused,
}

/// What a UPS is ordered to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum UpsOrder {
    /// Off after the delay, and on by itself once the mains are there: also when they are back
    /// before the delay is over.
    OffUntilMains {
        /// What.
        outlet: Outlet,
        /// After how long.
        delay: Millis,
    },
    /// Off after the delay, until it is ordered on.
    Off {
        /// What.
        outlet: Outlet,
        /// After how long.
        delay: Millis,
    },
    /// On, now.
    On {
        /// What.
        outlet: Outlet,
    },
    /// Call off an order whose delay is not over.
    Cancel {
        /// Of what.
        outlet: Outlet,
    },
    /// Begin a self test of the battery.
    Test,
    /// End a self test.
    StopTest,
}

/// What came of an order to a UPS. Only a reading shows that it was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum UpsAnswer {
    /// It has taken the order.
    Accepted,
    /// It has not.
    Failed(UpsFailure),
    /// Nobody knows: the order may have arrived.
    Unknown,
}
