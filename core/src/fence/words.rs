//! What a fencing asks, is told, and says of itself.

use core::fmt;
use core::time::Duration;

use crate::failure::Failure;
use crate::time::Instant;
use crate::types::{ChassisAction, PowerState};

use super::{Method, OrderEnd};

/// A question to the BMC, to be answered within a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub enum Ask {
    /// Read the power.
    Look {
        /// How long the answer may take, a login included.
        budget: Duration,
    },
    /// Do something to it, once.
    Act {
        /// What.
        action: ChassisAction,
        /// How long the answer may take, a login included.
        budget: Duration,
    },
}

/// What came of an [`Ask`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Told {
    /// The power, read.
    Power(PowerState),
    /// The action was accepted.
    Accepted,
    /// The BMC refuses, with this completion code.
    Refused(Refusal),
    /// There was no answer.
    Failed(Failure),
}

/// How a BMC refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Refusal {
    /// The completion code (IPMI 2.0, table 5-2).
    pub code: u8,
    /// What it means for what to do next.
    pub kind: RefusalKind,
}

/// What a refusal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum RefusalKind {
    /// Trying again a little later may help.
    Busy,
    /// Not possible while the power is as it is: a cycle or reset of a server that is off.
    WrongState,
    /// The session's privilege is too low.
    Privilege,
    /// It will not.
    Other,
}

/// How a server came to be known as off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum How {
    /// It was off at the first look.
    AlreadyOff,
    /// By this method.
    Method(Method),
}

/// A confirmed fencing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Fenced {
    /// How.
    pub how: How,
    /// When the second reading of off came.
    pub at: Instant,
}

/// How a fencing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Outcome {
    /// The server was read off; [`Fence::fenced`](super::Fence::fenced) tells when and how.
    Fenced {
        /// Whether it was switched on again afterwards; `None` when the plan leaves it off.
        power_on: Option<OrderEnd>,
    },
    /// The BMC does not answer.
    Unreachable(Failure),
    /// The BMC does not let us in, or is another one.
    BadCredentials(Failure),
    /// The BMC refuses the command.
    Refused(Refusal),
    /// The commands were accepted, and the server was never read off.
    Unconfirmed {
        /// The last reading.
        power: PowerState,
    },
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fenced { .. } => f.write_str("fenced: the server was read off twice"),
            Self::Unreachable(failure) | Self::BadCredentials(failure) => {
                write!(f, "not fenced: {failure}")
            }
            Self::Refused(refusal) => {
                write!(f, "not fenced: the BMC refuses with code 0x{:02x}", refusal.code)
            }
            Self::Unconfirmed { power } => {
                write!(f, "not confirmed: the power reads {power} after every method")
            }
        }
    }
}

/// What a fencing is at, for displays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Stage {
    /// Reads the power before anything is done.
    Looking,
    /// Has a method carried out, or watches for its proof.
    Working(Method),
    /// The server is fenced and being switched on again.
    PoweringOn,
    /// Nothing more to do.
    Over,
}

/// Which actions a fencing may have sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Sent(u8);

impl Sent {
    /// This and one more.
    pub const fn with(self, action: ChassisAction) -> Self {
        Self(self.0 | Self::bit(action))
    }

    /// Whether it was sent, as far as is known.
    pub const fn has(self, action: ChassisAction) -> bool {
        self.0 & Self::bit(action) != 0
    }

    /// Whether nothing was sent for certain.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// A method of those that were sent; off rather than another, since only that is repeated.
    pub fn method(self) -> Option<Method> {
        let sent = |method: &Method| method.action().is_some_and(|action| self.has(action));
        Method::ALL.into_iter().find(sent)
    }

    const fn bit(action: ChassisAction) -> u8 {
        1 << action as u8
    }
}
