//! One managed server: its BMC, its member, and what is being done to it.

use crate::cluster::{Host, Path, Phase};
use crate::fence::{self, Course, Look, Plan, Sent, Stage};
use crate::journal::Mark;
use crate::reset_path::Dialogue;
use crate::time::Instant;
use crate::types::{
    BmcState, Cause, HostAddress, PowerState, Reason, RequestId, Source, SystemName, Token,
};

use super::address::Address;
use super::bmc::Bmc;
use super::words::{ClusterIndex, How, Ticket};

/// What is being done to a server.
pub(super) enum Work {
    /// Nothing is; how the last fencing ended, if it was in vain and nothing was done since.
    Idle(Option<fence::Outcome>),
    /// Its power is read for somebody who waits.
    Look(Look),
    /// It is being fenced, or switched on again after that.
    Fence(Course),
    /// The operator has it switched on.
    On(fence::Order),
}

impl Work {
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Idle(_) => None,
            Self::Look(look) => look.deadline(),
            Self::Fence(fence) => fence.deadline(),
            Self::On(order) => order.deadline(),
        }
    }
}

/// An order of the operator about one server that is not answered yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    pub(super) ticket: Ticket,
    pub(super) want: Want,
    pub(super) since: Instant,
}

/// What it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// The power, by a look.
    Status,
    /// A look, and a write of the record.
    Drill { looked: bool },
    /// A look, before the operator's word counts.
    ConfirmOff,
    /// The power-on.
    On,
    /// A reading, by whatever BMC answers.
    Accept,
}

impl Want {
    /// Whether a look answers it.
    pub(super) const fn is_look(self) -> bool {
        match self {
            Self::Status | Self::ConfirmOff => true,
            Self::Drill { looked, .. } => !looked,
            Self::On | Self::Accept => false,
        }
    }
}

/// Whether a power command may be under way in a session of the BMC; durable before it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    /// None is.
    No,
    /// One may be, in the session with that id.
    In(u32),
    /// One may be, in whatever session.
    Somewhere,
}

/// What was last told of a server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) power: PowerState,
    pub(super) bmc: BmcState,
    pub(super) path: Path,
    pub(super) phase: Phase,
    pub(super) stage: Option<Stage>,
    pub(super) token: Token,
    pub(super) differs: bool,
}

impl Told {
    pub(super) fn of(host: &Host) -> Self {
        Self {
            power: PowerState::Unknown,
            bmc: BmcState::Unknown,
            path: Path::Unknown,
            phase: host.phase(),
            stage: None,
            token: host.token(),
            differs: false,
        }
    }
}

/// The last 32 bits of a question's id: enough to tell it from the one before.
pub(super) const fn cut(id: RequestId) -> u32 {
    id.0.get() as u32
}

/// A server.
pub(super) struct Server {
    pub(super) cluster: ClusterIndex,
    pub(super) name: SystemName,
    pub(super) plan: Plan,
    pub(super) bmc: Bmc,
    pub(super) work: Work,
    pub(super) order: Option<Pending>,
    pub(super) carried: Carried,
    /// When what was said last of [`Self::carried`] is durable.
    pub(super) declared: Mark,
    /// What an earlier run may have sent in the fencing that goes on.
    pub(super) earlier: Sent,
    /// The next command waits for the record.
    pub(super) waits: bool,
    /// How it came to be known as off.
    pub(super) how: How,
    /// Why its last fencing was in vain.
    pub(super) cause: Cause,
    /// What made somebody read its power last.
    pub(super) source: Source,
    /// With its member.
    pub(super) dialogue: Dialogue,
    /// Where that is: configured, or learnt from a datagram with a valid echo.
    pub(super) member: Option<Address>,
    /// A PathStatus is due.
    pub(super) owes_status: bool,
    pub(super) told: Told,
    /// To be told of what its member asks.
    pub(super) asked: Option<Reason>,
    /// And that it was refused.
    pub(super) refused: Option<Cause>,
    /// About whom; `None` when there is no such system.
    pub(super) about: Option<HostAddress>,
    /// The question of its member that was told of last, and why it was refused: repeats are not
    /// told.
    pub(super) told_id: u32,
    pub(super) told_cause: Cause,
}
