//! What a member is given, what it wants done, and what it tells.

use core::fmt;
use core::net::SocketAddr;

use crate::guests;
use crate::time::Millis;
use crate::types::{HostAddress, Reason, ServiceNumber};

use super::tell::Tell;

/// The caller's own number of an operator's order; the answer carries it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Ticket(pub u64);

/// One run of a command; never given twice by one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RunId(pub u64);

/// What a member is given.
#[derive(Debug)]
pub enum Input<'b> {
    /// A datagram came.
    Datagram {
        /// On which path: 0 = the reset path, 1 to 255 = that monitoring path.
        path: u8,
        /// From where.
        from: SocketAddr,
        /// The bytes.
        datagram: &'b mut [u8],
    },
    /// A command that [`Action::Run`] asked for has ended.
    Finished {
        /// Which run.
        run: RunId,
        /// How it ended.
        end: RunEnd,
    },
    /// Something about the guests of this host.
    Guests(guests::Input<'b>),
    /// The operator wants something.
    Order {
        /// What the answer will carry.
        ticket: Ticket,
        /// What is wanted.
        order: Order,
    },
    /// Everything up to this generation of the record is durable.
    Persisted(u64),
}

/// How the run of a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum RunEnd {
    /// With success; for a check: the service runs.
    Done,
    /// With a failure; for a check: the service does not run.
    Failed,
    /// It was ended at its limit.
    TimedOut,
}

/// What an operator may order on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Order {
    /// Have the service run here, unless it runs elsewhere. Proof is still needed from every
    /// other host of it. Answered when it runs, or when the time for a request is over; even then
    /// it stays wanted.
    Activate {
        /// Which.
        service: ServiceNumber,
    },
    /// Stop the service here, or give up waiting for it; nobody starts it by itself after that.
    Deactivate {
        /// Which.
        service: ServiceNumber,
    },
    /// Move the service: where it runs, to `to` or to its next standby; on another host, to here.
    Swap {
        /// Which.
        service: ServiceNumber,
        /// Where to.
        to: Option<HostAddress>,
    },
    /// The operator has seen that this host is off. Stands in for its token, and starts nothing
    /// by itself. Refused while the host is heard, and when nothing waits for it.
    ItIsOff {
        /// Which host.
        host: HostAddress,
    },
    /// End a freeze on this host, whatever the connector's mode is.
    Thaw,
    /// Take this host out of automatic failover, or back into it.
    Maintenance(bool),
    /// Have the connectors watch the paths to this host afresh.
    Resume,
}

/// Which command of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Command {
    /// Start it.
    Start,
    /// Stop it, or what is left of it; to be a success when there is nothing to stop.
    Stop,
    /// Tell whether it runs.
    Check,
}

/// What a member wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Action {
    /// Send the first `len` bytes of the buffer.
    Send {
        /// On which path.
        path: u8,
        /// Where to.
        to: SocketAddr,
        /// So many bytes.
        len: usize,
    },
    /// Send the first `len` bytes of the buffer to everybody on the reset path.
    Broadcast {
        /// So many bytes.
        len: usize,
    },
    /// Run a command of a service, and say how it ended. At the limit it is ended.
    ///
    /// A service without a check command is checked by what the caller knows of it. The first
    /// thing a member wants is a check of every service.
    Run {
        /// Which run.
        run: RunId,
        /// Of which service.
        service: ServiceNumber,
        /// Which command.
        command: Command,
        /// How long it may take.
        limit: Millis,
    },
    /// Something is to be done about the guests of this host.
    Guests(guests::Action),
    /// This host must end at once: power off without ado. Nothing is sent after that.
    HostDown {
        /// Why.
        reason: Reason,
    },
    /// Shut this host down.
    ShutDown,
    /// Store [`Member::record`](super::Member::record), sync, and then give
    /// [`Input::Persisted`].
    Persist {
        /// Which generation of the record it is.
        generation: u64,
    },
    /// What came of an order.
    Answer {
        /// Of which.
        ticket: Ticket,
        /// What.
        answer: Answer,
    },
    /// Something happened; for log and history, decides nothing.
    Tell(Tell),
}

/// What came of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Answer {
    /// It is done.
    Done,
    /// It is not done, and nothing has changed.
    Refused(Why),
    /// It was tried.
    Failed(Why),
}

/// Why an order came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Why {
    /// No service of that number is configured here.
    NoSuchService,
    /// No host of that address is configured here, or not for this service.
    NoSuchHost,
    /// The service does not run here.
    NotActiveHere,
    /// The service runs on that host.
    RunsOn(HostAddress),
    /// That host is heard.
    HostAlive,
    /// No service waits for that host.
    NothingWaits,
    /// No other host that could take the service over is heard.
    NoStandby,
    /// The member is frozen: thaw it first.
    Frozen,
    /// It is not frozen.
    NotFrozen,
    /// Something else is being done with the service, or too many orders are open.
    Busy,
    /// The member has not yet found out what runs here.
    Starting,
    /// The member is being stopped.
    Leaving,
    /// There is no proof that the service has ended elsewhere.
    NoProof,
    /// The other host refuses.
    OtherRefuses,
    /// The start command failed.
    StartFailed,
    /// It took too long.
    TimeLimit,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchService => "no such service is configured here",
            Self::NoSuchHost => "no such host is configured here for it",
            Self::NotActiveHere => "the service does not run here",
            Self::RunsOn(host) => return write!(f, "the service runs on host {host}"),
            Self::HostAlive => "that host is heard: it is not off",
            Self::NothingWaits => "no service waits for that host",
            Self::NoStandby => "no other host that could take it over is heard",
            Self::Frozen => "this member is frozen: thaw it first",
            Self::NotFrozen => "this member is not frozen",
            Self::Busy => "something else is being done: try again",
            Self::Starting => "the member has not yet found out what runs here: try again",
            Self::Leaving => "the member is being stopped",
            Self::NoProof => "there is no proof that the service has ended elsewhere",
            Self::OtherRefuses => "the other host refuses",
            Self::StartFailed => "the start command failed",
            Self::TimeLimit => "it took too long",
        })
    }
}
