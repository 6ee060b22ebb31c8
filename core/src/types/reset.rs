//! Asking for a reset, and what comes of it.

use core::fmt;
use core::num::NonZeroU64;

use super::coded;

/// One start of a party: grows with each, across restarts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Epoch(pub u64);

/// Which connector acts: the one of the highest term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Term(pub u16);

/// A fencing token: proof that one incarnation of a host has ended. Only grows in a cluster.
///
/// The term times 2^48 and a count. 0 = none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Token(pub u64);

impl Token {
    const COUNT: u64 = (1 << 48) - 1;

    /// The lowest token of a term.
    pub const fn first_of(term: Term) -> Self {
        Self((term.0 as u64) << 48)
    }

    /// The next token that a connector of `term` gives, above this one; `None` when this one is
    /// of a higher term, or the count is used up.
    pub const fn next(self, term: Term) -> Option<Self> {
        let floor = Self::first_of(term).0;
        let at = if self.0 > floor { self.0 } else { floor };
        if at - floor >= Self::COUNT { None } else { Some(Self(at + 1)) }
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 >> 48, self.0 & Self::COUNT)
    }
}

/// One question for a reset: random, never 0, made anew for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RequestId(pub NonZeroU64);

coded! {
    /// How a host is to be ended.
    ResetMethod {
        /// As the connector's configuration says.
        AsConfigured = 0,
        /// Hard reset.
        HardReset = 1,
        /// Power cycle.
        PowerCycle = 2,
        /// Off, and it stays off.
        Off = 3,
        /// Off, confirmed, then on.
        OffThenOn = 4,
        /// Read the power only.
        LookOnly = 5,
    }
}

coded! {
    /// Why a reset is asked for.
    Reason {
        /// No heartbeat on any path.
        HeartbeatLost = 1,
        /// A service failed, and takes its host down.
        ServiceFailure = 2,
        /// A resource did not end in its time.
        ResourceTimeout = 3,
        /// The operator wants it.
        Operator = 4,
        /// The host told of its panic.
        PanicNotice = 5,
        /// A power-off notice came.
        PowerOffNotice = 6,
    }
}

coded! {
    /// How far a request is.
    ResetState {
        /// It will be carried out.
        Accepted = 1,
        /// It is being carried out.
        Working = 2,
        /// The target is off, as proved.
        Fenced = 3,
        /// It is not carried out.
        Refused = 4,
        /// It was tried, and there is no proof of off.
        Failed = 5,
    }
}

coded! {
    /// Why a request is refused, failed or was answered as it was.
    Cause {
        /// Nothing to say.
        None = 0,
        /// The echo was not valid.
        StaleEcho = 1,
        /// No system of that name.
        UnknownSystem = 2,
        /// The system is of another cluster.
        OtherCluster = 3,
        /// A host asks for its own reset.
        Itself = 4,
        /// The requester is itself being fenced.
        RequesterFenced = 5,
        /// A power plan or maintenance holds it.
        Held = 6,
        /// Too few hosts would be left.
        TooFewLeft = 7,
        /// This connector does not act.
        NotActing = 8,
        /// Too many resets are in flight.
        TooMany = 9,
        /// The BMC is silent.
        BmcSilent = 10,
        /// The BMC refused the login.
        LoginRefused = 11,
        /// The BMC refused the command, or is not the pinned one.
        CommandRefused = 12,
        /// The power state could not be confirmed in time.
        Unconfirmed = 13,
        /// All methods were tried.
        AllTried = 14,
        /// The operator confirmed it, or stopped it.
        Operator = 15,
        /// A fault in the connector.
        Internal = 16,
        /// The target is on, which was only looked at.
        TargetOn = 17,
        /// The id was used for another question.
        IdReused = 18,
        /// The target is alive and active, by its own word.
        TargetActive = 19,
        /// The target was fenced, and is starting.
        TargetStarting = 20,
    }
}

impl Cause {
    /// Whether the requester goes on asking with the same id: such a refusal is not held.
    pub const fn is_passing(self) -> bool {
        matches!(self, Self::StaleEcho | Self::NotActing | Self::TooMany | Self::TargetStarting)
    }

    /// Whether it ends the question, and a new one may be asked when the hindrance is gone.
    pub const fn may_ask_again(self) -> bool {
        matches!(
            self,
            Self::RequesterFenced
                | Self::Held
                | Self::TooFewLeft
                | Self::TargetOn
                | Self::TargetActive
        )
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "no cause",
            Self::StaleEcho => "the request was not fresh",
            Self::UnknownSystem => "no system of that name",
            Self::OtherCluster => "the system is of another cluster",
            Self::Itself => "a host does not reset itself",
            Self::RequesterFenced => "the requester is itself being fenced",
            Self::Held => "a power plan or maintenance holds it",
            Self::TooFewLeft => "too few hosts would be left",
            Self::NotActing => "this connector does not act",
            Self::TooMany => "too many resets are in flight",
            Self::BmcSilent => "the BMC is silent",
            Self::LoginRefused => "the BMC refused the login",
            Self::CommandRefused => "the BMC refused the command, or is not the pinned one",
            Self::Unconfirmed => "the power state could not be confirmed in time",
            Self::AllTried => "all methods were tried",
            Self::Operator => "by the operator",
            Self::Internal => "a fault in the connector",
            Self::TargetOn => "the target is on",
            Self::IdReused => "the request's id was used before",
            Self::TargetActive => "the target is alive and active",
            Self::TargetStarting => "the target was fenced and is starting",
        })
    }
}
