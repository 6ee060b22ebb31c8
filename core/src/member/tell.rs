//! What a member tells: for log, history and displays.

use crate::counters::ResetDiscard;
use crate::guests::{self, GuestIndex};
use crate::types::{
    Cause, ConnectorNumber, Generation, HostAddress, Reason, ServiceNumber, ServiceState, Token,
};

use super::words::Command;

/// What a member holds of another host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum View {
    /// Not heard since this member's start, or it left as planned.
    Unknown,
    /// It hears us and we hear it.
    Alive,
    /// It was alive, and is silent.
    Suspect,
    /// Its reset was asked for.
    Fencing,
    /// There is proof that it has ended.
    Fenced,
}

/// Something happened. Each change is told once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Tell {
    /// A host is heard.
    PeerAlive {
        /// Which.
        host: HostAddress,
    },
    /// A host is no longer heard, or is said to be off.
    PeerSuspect {
        /// Which.
        host: HostAddress,
    },
    /// A host left as planned.
    PeerLeft {
        /// Which.
        host: HostAddress,
    },
    /// The reset of a host was asked for.
    Asked {
        /// Of which.
        host: HostAddress,
        /// Why.
        reason: Reason,
        /// Whether its power is only looked at.
        look_only: bool,
    },
    /// A question was refused, or came to nothing. It is asked again later if need be.
    Refused {
        /// About which host.
        host: HostAddress,
        /// Why; none when there was no answer.
        cause: Cause,
    },
    /// There is proof that a host has ended.
    Fenced {
        /// Which.
        host: HostAddress,
        /// The proof; none for the operator's word.
        token: Token,
    },
    /// A service is in another state here.
    Service {
        /// Which.
        number: ServiceNumber,
        /// Which state.
        state: ServiceState,
        /// The highest generation known here.
        generation: Generation,
    },
    /// A start, or a check of a running service, failed.
    ServiceFailed {
        /// Which.
        number: ServiceNumber,
        /// The command that failed.
        command: Command,
    },
    /// Something happened to a guest of this host.
    Guest {
        /// Which.
        guest: GuestIndex,
        /// What.
        event: guests::Event,
    },
    /// A monitoring path to a host is lost, though the host is heard on another.
    PathLost {
        /// Which.
        path: u8,
        /// To whom.
        host: HostAddress,
    },
    /// It is back.
    PathBack {
        /// Which.
        path: u8,
        /// To whom.
        host: HostAddress,
    },
    /// Nothing is taken over from now on.
    Frozen,
    /// Takeovers are possible again.
    Thawed,
    /// A connector does not answer.
    ConnectorLost {
        /// Which.
        number: ConnectorNumber,
    },
    /// It answers.
    ConnectorBack {
        /// Which.
        number: ConnectorNumber,
    },
    /// Another party has another configuration of the cluster.
    DigestDiffers {
        /// Which host; none = a connector.
        host: Option<HostAddress>,
    },
    /// The clock or the store of a host went back; it was heard all the same.
    WentBack {
        /// Which.
        host: HostAddress,
    },
    /// Datagrams were dropped; told at most once per cause and minute.
    Discarded {
        /// Why.
        cause: ResetDiscard,
        /// How many since the member's start.
        count: u32,
    },
}
