//! What the power machine is told, what it asks about servers, and what it wants done.

use crate::failure::Failure;
use crate::time::{Instant, Millis};
use crate::types::{
    Directed, Epoch, PowerState, ReportCause, ReportState, ServerIndex, UpsAnswer, UpsFailure,
    UpsIndex, UpsOrder, UpsReading,
};

/// The caller's own number of an operator's order; the answer carries it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Ticket(pub u64);

/// One run of a job; never given twice by one machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RunId(pub u64);

/// One outage, or one planned stop: grows across restarts. An order belongs to its outage and
/// ends with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct OutageId(pub u64);

/// What happens to the power machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
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
    Hint(UpsIndex),
    /// A server's own BMC says that its supply input has failed (`true`) or is back: a second
    /// witness beside its UPSes.
    Witness {
        /// Which server.
        server: ServerIndex,
        /// Whether it has lost its input.
        lost: bool,
    },
    /// What came of [`Action::Order`].
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
    /// What a member reports on the last [`Action::Direct`] of that kind for it, in answer to a
    /// current nonce.
    Reported {
        /// Which server.
        server: ServerIndex,
        /// The epoch of its member.
        epoch: Epoch,
        /// What it was directed.
        action: Directed,
        /// How far it is.
        state: ReportState,
        /// So many are done.
        done: u16,
        /// Of so many.
        of: u16,
        /// Why it failed.
        cause: ReportCause,
    },
    /// What came of [`Action::Switch`]. What is so is only told by [`Facts`].
    Switched {
        /// Which server.
        server: ServerIndex,
        /// What came of it.
        end: Result<(), SwitchFailure>,
    },
    /// The facts of a server have changed.
    Stirred(ServerIndex),
    /// The operator, or the calendar, wants something.
    Order {
        /// What the answer will carry.
        ticket: Ticket,
        /// What is wanted.
        order: Order,
    },
    /// Everything up to this generation of the record is durable.
    Persisted(u64),
}

/// Why a server was not switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SwitchFailure {
    /// The BMC did not do it.
    Bmc(Failure),
    /// The BMC refused it.
    Refused,
    /// Something else is being done with the server: ask again.
    Busy,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum RunEnd {
    /// With success.
    Done,
    /// There was nothing to do: it was so before. For entering maintenance: somebody else has set
    /// it, and it is not ours to leave.
    Already,
    /// With a failure.
    Failed,
    /// It was ended at its limit.
    TimedOut,
}

/// What is known of a server, asked for whenever it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its power, by the newest reading of its BMC.
    pub power: PowerState,
    /// When that reading was asked for.
    pub asked: Option<Instant>,
    /// When a member of it was heard last with a valid echo, and under which epoch.
    pub heard: Option<(Instant, Epoch)>,
    /// It is being fenced, with off not yet confirmed.
    pub fencing: bool,
    /// When the oldest request came that still waits for a proof of off.
    pub wanted: Option<Instant>,
    /// When anything came last from its BMC.
    pub bmc_heard: Option<Instant>,
}

impl Facts {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self {
        power: PowerState::Unknown,
        asked: None,
        heard: None,
        fencing: false,
        wanted: None,
        bmc_heard: None,
    };
}

/// Who knows the facts of servers.
pub trait Servers {
    /// The facts of that server.
    fn facts(&self, server: ServerIndex) -> Facts;
}

/// How servers come back after a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Back {
    /// By themselves, once the mains, or the outputs, were gone and are back, and the batteries
    /// suffice; before that on [`Order::Return`] or [`Order::Cancel`].
    WithMains,
    /// On [`Order::Return`] only.
    OnOrder,
}

/// Whom an order is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Scope {
    /// Every planned server.
    All,
    /// Those that would be short of feeds without that UPS.
    Ups(UpsIndex),
    /// One server.
    Server(ServerIndex),
}

/// What an operator, or the calendar, may order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Order {
    /// Stop in order, though the mains are there.
    Stop {
        /// Whom.
        scope: Scope,
        /// Also cut the outputs, and shut this machine down where it hangs on them.
        cut: bool,
        /// How they come back.
        back: Back,
    },
    /// Call off what can be called off: what still runs keeps running, what fell is started.
    /// Refused while the mains are gone, unless `even_on_battery`.
    Cancel {
        /// The operator answers for the battery. The plan begins again when it is at its end.
        even_on_battery: bool,
    },
    /// Start again what an order has stopped, without waiting for the energy floor if `now`.
    Return {
        /// At once.
        now: bool,
    },
    /// Everything but the irreversible: freeze, maintenance, readings, abilities; then back.
    Rehearse {
        /// Whom.
        scope: Scope,
    },
    /// Have a UPS test its battery.
    Test(UpsIndex),
    /// A single order to a UPS. Refused while a server that hangs on it is not proved off.
    Ups {
        /// Which.
        ups: UpsIndex,
        /// What.
        order: UpsOrder,
    },
}

/// Why an order came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Why {
    /// There is no such server or UPS.
    NoSuchThing,
    /// A plan runs.
    PlanRuns,
    /// No plan runs.
    NoPlan,
    /// The mains are gone.
    OnBattery,
    /// It would cut the power of a server that is not proved off.
    Running(ServerIndex),
    /// It would cut the power of the machine that Komainu runs on.
    ThisMachine,
    /// The UPS cannot be read.
    Unread(UpsIndex),
    /// The UPS has not taken the order.
    Ups(UpsFailure),
    /// Nobody knows whether the UPS has taken the order.
    Unanswered,
    /// Too much is under way.
    Busy,
}

/// What came of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Answer {
    /// It is done, or has begun.
    Done,
    /// It has begun, under that name.
    Begun(OutageId),
    /// It is not done, and nothing has changed.
    Refused(Why),
    /// It was tried in vain.
    Failed(Why),
}

/// What is done to a server through its BMC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Switch {
    /// Ask its operating system to shut down.
    Soft,
    /// Off at once, proved by reading.
    Off,
    /// On, verified by reading.
    On,
}

/// A job for the connector's own machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Job {
    /// Put the software behind that adapter into maintenance; [`RunEnd::Already`] when it was.
    EnterMaintenance(u8),
    /// Take it out again.
    LeaveMaintenance(u8),
    /// Run the command that shuts this server down.
    ShutDown(ServerIndex),
    /// Shut this machine down.
    ShutDownThis,
}

/// What the power machine wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Action {
    /// Write the record where it survives, and say [`Input::Persisted`] once it does.
    Persist {
        /// Which state of the record this is.
        generation: u64,
    },
    /// Read that UPS now, and not only when its poll comes.
    Read(UpsIndex),
    /// Give a UPS an order. Sent once; [`Input::Ordered`] says what came of it.
    Order {
        /// Which run.
        run: RunId,
        /// Which UPS.
        ups: UpsIndex,
        /// What.
        order: UpsOrder,
    },
    /// From now on a plan holds this server, or no longer: it is neither fenced for its silence,
    /// nor alerted, nor taken over.
    Hold {
        /// Which.
        server: ServerIndex,
        /// Whether.
        held: bool,
    },
    /// Have its member do that, until it has reported; the newest direction replaces the one
    /// before it.
    Direct {
        /// Which server.
        server: ServerIndex,
        /// What.
        action: Directed,
        /// Within how many seconds.
        seconds: u32,
        /// Place of the group of guests in [`PlannedServer::groups`](super::PlannedServer).
        group: Option<u8>,
    },
    /// Have its BMC do that.
    Switch {
        /// Which server.
        server: ServerIndex,
        /// What.
        switch: Switch,
    },
    /// Do a job, and say how it ended. At the limit it is ended.
    Run {
        /// Which run.
        run: RunId,
        /// What.
        job: Job,
        /// How long it may take.
        limit: Millis,
    },
    /// Each feed of the server was read off after somebody asked for a proof, the hold-up time is
    /// over, and nothing was heard of it since: it is off (3.4 b of the reset path).
    ProvedByFeed {
        /// Which.
        server: ServerIndex,
        /// When the earliest of these readings was asked for: it proves to all who asked before.
        asked: Instant,
    },
    /// What came of an order.
    Answer {
        /// Of which.
        ticket: Ticket,
        /// What.
        answer: Answer,
    },
    /// Something happened; for log and history, decides nothing.
    Tell(super::Tell),
}
