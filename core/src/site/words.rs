//! What a site is told, and what it wants done.

use core::net::SocketAddr;

use crate::connector::{self, ClusterIndex};
use crate::power::{self, Job, RunEnd, RunId};
use crate::time::{Instant, Millis};
use crate::types::{ServerIndex, Source, UpsAnswer, UpsFailure, UpsIndex, UpsOrder, UpsReading};

/// What happens to a site.
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
    /// The operator wants something of the connector. Poll before the next one: only the answers
    /// of the last [`ANSWERS`](connector::ANSWERS) orders are kept until they are fetched.
    Order {
        /// Comes back with the answer.
        ticket: connector::Ticket,
        /// What is wanted.
        order: connector::Order,
    },
    /// Everything up to this generation of the record is durable.
    Persisted(u64),
    /// A UPS was read.
    Reading {
        /// Which.
        ups: UpsIndex,
        /// When it was asked: what it says held after that.
        asked: Instant,
        /// What it says, or why it says nothing.
        reading: Result<UpsReading, UpsFailure>,
    },
    /// Somebody says that something happened to a UPS: it is read at once, and nothing else.
    HintUps(UpsIndex),
    /// A server's own BMC says that its supply input has failed (`true`) or is back.
    Witness {
        /// Which server.
        server: ServerIndex,
        /// Whether it has lost its input.
        lost: bool,
    },
    /// What came of [`Action::OrderUps`].
    Ordered {
        /// Which run.
        run: RunId,
        /// What came of it.
        answer: UpsAnswer,
    },
    /// What became of [`Action::Run`].
    Ran {
        /// Which run.
        run: RunId,
        /// How it ended.
        end: RunEnd,
    },
    /// The operator, or the calendar, wants something of the power plan.
    OrderPlan {
        /// Comes back with the answer.
        ticket: power::Ticket,
        /// What is wanted.
        order: power::Order,
    },
}

/// What a site wants done.
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
    /// Write [`Site::record`](super::Site::record) where it survives, and say
    /// [`Input::Persisted`] with this generation once it does.
    Persist {
        /// Which state of the record this is.
        generation: u64,
    },
    /// What came of an order to the connector.
    Answer {
        /// Which order.
        ticket: connector::Ticket,
        /// What came of it.
        answer: connector::Answer,
    },
    /// Something changed. For log and history: nothing is decided from it.
    Tell(connector::Tell),
    /// Read that UPS now, and not only when its poll comes.
    ReadUps(UpsIndex),
    /// Give a UPS an order. Sent once; [`Input::Ordered`] says what came of it.
    OrderUps {
        /// Which run.
        run: RunId,
        /// Which UPS.
        ups: UpsIndex,
        /// What.
        order: UpsOrder,
    },
    /// Do a job, and say how it ended with [`Input::Ran`]. At the limit it is ended.
    Run {
        /// Which run.
        run: RunId,
        /// What.
        job: Job,
        /// How long it may take.
        limit: Millis,
    },
    /// What came of an order to the power plan.
    AnswerPlan {
        /// Which order.
        ticket: power::Ticket,
        /// What came of it.
        answer: power::Answer,
    },
    /// Something happened to power. For log and history: nothing is decided from it.
    TellPower(power::Tell),
}
