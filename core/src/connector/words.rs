//! What a connector is told, and what it wants done.

use core::net::SocketAddr;

use crate::fence::{Outcome, WorstCase};
use crate::time::Millis;
use crate::types::{Cause, PowerState, ResetMethod, ServerIndex, Source, Token};

use super::Tell;

/// A cluster's place in the [`Config`](super::Config).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ClusterIndex(pub u16);

impl ClusterIndex {
    pub(super) fn at(self) -> usize {
        usize::from(self.0)
    }
}

/// The host's own number of an operator's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Ticket(pub u64);

/// What happens to a connector.
#[derive(Debug)]
pub enum Input<'b> {
    /// A datagram on the port of that cluster.
    ResetPath {
        /// Whose port it came in by.
        cluster: ClusterIndex,
        /// Its sender.
        from: SocketAddr,
        /// Its bytes; scratch afterwards.
        datagram: &'b mut [u8],
    },
    /// A datagram on the port that BMCs answer to.
    Bmc {
        /// Its sender.
        from: SocketAddr,
        /// Its bytes; scratch afterwards.
        datagram: &'b mut [u8],
    },
    /// Somebody says that something happened to a server's power: it is read at once.
    Hint {
        /// Which server.
        server: ServerIndex,
        /// Who says so.
        source: Source,
    },
    /// The operator wants something. Poll before the next one: only the answers of the last
    /// [`ANSWERS`](super::ANSWERS) orders are kept until they are fetched.
    Order {
        /// Comes back with the answer.
        ticket: Ticket,
        /// What is wanted.
        order: Order,
    },
    /// Everything up to this generation of the record is durable.
    Persisted(u64),
}

/// What an operator may order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Order {
    /// Fence a server. [`ResetMethod::LookOnly`] reads its power, with proof.
    Reset {
        /// Which.
        server: ServerIndex,
        /// How.
        method: ResetMethod,
    },
    /// Switch a server on.
    PowerOn {
        /// Which.
        server: ServerIndex,
    },
    /// Everything of a fencing but the shot: login, look, durable write, worst case.
    Drill {
        /// Of which server.
        server: ServerIndex,
    },
    /// The operator has seen that a server is off. Its power is read again first: refused while
    /// that reads on, or the host was heard in the last 30 s.
    ConfirmOff {
        /// Which.
        server: ServerIndex,
    },
    /// Begins or ends maintenance: nobody is fenced but by the operator.
    Maintenance {
        /// Of which cluster.
        cluster: ClusterIndex,
        /// Whether it begins.
        on: bool,
    },
    /// This connector acts from now on, with the next term.
    Act {
        /// In which cluster.
        cluster: ClusterIndex,
    },
    /// Watch all paths afresh.
    Resume {
        /// Of which cluster.
        cluster: ClusterIndex,
    },
    /// The BMC that answers now is the right one: its GUID is pinned.
    AcceptBmc {
        /// Of which server.
        server: ServerIndex,
    },
    /// All shall send with the newer key, though a host has not shown that it accepts it.
    NewKey {
        /// Of which cluster.
        cluster: ClusterIndex,
    },
}

/// What a connector wants done.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub enum Action {
    /// Send the first `len` bytes of the buffer on the cluster's port.
    ResetPath {
        /// From whose port.
        cluster: ClusterIndex,
        /// To whom.
        to: SocketAddr,
        /// How many bytes.
        len: usize,
    },
    /// Send them on the cluster's port to everybody, on every interface.
    Broadcast {
        /// From whose port.
        cluster: ClusterIndex,
        /// How many bytes.
        len: usize,
    },
    /// Send them to a BMC.
    Bmc {
        /// To which.
        to: SocketAddr,
        /// How many bytes.
        len: usize,
    },
    /// Write [`Connector::record`](super::Connector::record) where it survives, and say
    /// [`Input::Persisted`] with this generation once it does.
    Persist {
        /// Which state of the record this is.
        generation: u64,
    },
    /// What came of an order.
    Answer {
        /// Which order.
        ticket: Ticket,
        /// What came of it.
        answer: Answer,
    },
    /// Something changed. For log and history: nothing is decided from it.
    Tell(Tell),
}

/// What came of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Answer {
    /// It is done.
    Done,
    /// The server was read off, as proved.
    Fenced {
        /// The proof, numbered.
        token: Token,
        /// How it came to be known as off.
        how: How,
    },
    /// The power, read just now.
    PowerIs(PowerState),
    /// It is not done.
    Refused(Cause),
    /// It was tried in vain.
    Failed {
        /// Why.
        cause: Cause,
        /// How the fencing ended, where there was one.
        outcome: Option<Outcome>,
    },
    /// All but the shot went well.
    Drilled {
        /// From the order to the end of all but the shot.
        took: Millis,
        /// The longest that a fencing of this server may take.
        worst: WorstCase,
    },
    /// There is no such server or cluster.
    NoSuchOrder,
}

/// How a server came to be known as off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum How {
    /// By reading its power.
    Read(crate::fence::How),
    /// By the operator's word.
    Operator,
    /// By its feeds, each of which was read off (section 3.4, b, of the reset path).
    Feed,
}
