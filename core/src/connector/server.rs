//! One managed server: its BMC, its member, and what is being done to it.

use core::num::NonZeroU32;

use crate::cluster::{Host, LetBe, Path, Phase};
use crate::fence::{self, Ask, Budgets, Course, Look, Plan, Sent, Stage};
use crate::journal::Mark;
use crate::power::SwitchFailure;
use crate::reset_path::Dialogue;
use crate::time::Instant;
use crate::types::{
    BmcState, Cause, ChassisAction, HostAddress, PowerState, Reason, RequestId, Source, SystemName,
    Token,
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
    /// A plan has it switched off.
    PlannedOff(Course),
    /// A plan has it switched on.
    PlannedOn(Course),
    /// A plan has its operating system asked to shut down.
    Soft(fence::Order),
    /// What came of it, which the plan was not told yet.
    Switched(Result<(), SwitchFailure>),
}

impl Work {
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Idle(_) => None,
            Self::Look(look) => look.deadline(),
            Self::Fence(course) | Self::PlannedOff(course) | Self::PlannedOn(course) => {
                course.deadline()
            }
            Self::On(order) | Self::Soft(order) => order.deadline(),
            // At once.
            Self::Switched(_) => Some(Instant::from_micros(0)),
        }
    }

    /// Whether something else may be begun in its place.
    pub(super) const fn is_free(&self) -> bool {
        matches!(self, Self::Idle(_) | Self::Look(_))
    }

    /// The action that the next question asks for.
    pub(super) fn due_action(&self) -> Option<ChassisAction> {
        match self {
            Self::Idle(_) | Self::Look(_) | Self::Switched(_) => None,
            Self::Fence(course) | Self::PlannedOff(course) | Self::PlannedOn(course) => {
                course.due_action()
            }
            Self::On(order) | Self::Soft(order) => order.is_due().then(|| order.action()),
        }
    }

    /// The next question, if one is due.
    pub(super) fn poll(&mut self, budgets: &Budgets, now: Instant) -> Option<Ask> {
        match self {
            Self::Idle(_) | Self::Switched(_) => None,
            Self::Look(look) => look.poll(now),
            Self::Fence(course) | Self::PlannedOff(course) | Self::PlannedOn(course) => {
                course.poll(budgets, now)
            }
            Self::On(order) | Self::Soft(order) => order.poll(now),
        }
    }

    /// What came of it.
    pub(super) fn handle(&mut self, budgets: &Budgets, now: Instant, told: fence::Told) {
        match self {
            Self::Idle(_) | Self::Switched(_) => {}
            Self::Look(look) => look.handle(now, told),
            Self::Fence(course) | Self::PlannedOff(course) | Self::PlannedOn(course) => {
                course.handle(budgets, now, told);
            }
            Self::On(order) | Self::Soft(order) => order.handle(now, told),
        }
    }

    /// How the last fencing ended, if it was in vain and nothing was done since.
    pub(super) const fn outcome(&self) -> Option<fence::Outcome> {
        if let Self::Idle(outcome) = self { *outcome } else { None }
    }

    /// What a fencing is at; `None` while there is none.
    pub(super) fn stage(&self) -> Option<Stage> {
        match self {
            Self::Fence(course) => Some(course.stage()),
            Self::Idle(_)
            | Self::Look(_)
            | Self::On(_)
            | Self::PlannedOff(_)
            | Self::PlannedOn(_)
            | Self::Soft(_)
            | Self::Switched(_) => None,
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

/// Why a server was not fenced that was to be. It takes one byte of each server.
#[derive(Clone, Copy, Debug)]
pub(super) enum InVain {
    /// It could not be.
    Failed(Cause),
    /// It was let be: it is active by its own word.
    Active,
    /// It was let be: nobody asks for it any more.
    Unwanted,
}

impl From<LetBe> for InVain {
    fn from(why: LetBe) -> Self {
        match why {
            LetBe::Active => Self::Active,
            LetBe::Unwanted => Self::Unwanted,
        }
    }
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
    /// Its member's clock or store went back, which is still to be told.
    pub(super) went_back: bool,
    /// That its member's question was refused, and why: repeats are not told.
    pub(super) refused: Cause,
    /// And that this is still to be told.
    pub(super) tell_refused: bool,
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
            went_back: false,
            refused: Cause::None,
            tell_refused: false,
        }
    }
}

/// A second on the caller's clock, rounded up, that may be missing: half the size of a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Second(Option<NonZeroU32>);

impl Second {
    const MICROS: u64 = 1_000_000;

    pub(super) fn after(at: Instant) -> Self {
        let seconds = (at.as_micros() / Self::MICROS).saturating_add(1);
        Self(NonZeroU32::new(u32::try_from(seconds).unwrap_or(u32::MAX)))
    }

    pub(super) fn get(self) -> Option<Instant> {
        self.0.map(|second| Instant::from_micros(u64::from(second.get()) * Self::MICROS))
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
    pub(super) in_vain: InVain,
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
    /// About whom; `None` when there is no such system.
    pub(super) about: Option<HostAddress>,
    /// The question of its member that was told of last.
    pub(super) told_id: u32,
    /// When anything came last from its BMC's address.
    pub(super) bmc_spoke: Second,
    /// Each of its feeds reads off: a silent BMC does not end the wait for proof at once.
    pub(super) dark: bool,
}
