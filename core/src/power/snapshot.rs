//! A picture of the power machine, for displays and for plans that are only looked at.

use crate::time::{Instant, Millis};
use crate::types::{Outlet, PowerState, ServerIndex, UpsIndex, UpsOrder, UpsReading};

use super::adapters::Software;
use super::chain::Chain;
use super::cutting::Output;
use super::shared::Shared;
use super::supply::Line;
use super::tell::Cause;
use super::view::Site;
use super::words::{Back, OutageId, Scope, Servers};

/// The power machine, to be looked at.
#[derive(Clone, Copy)]
pub struct Snapshot<'s> {
    pub(super) power: Still<'s>,
    pub(super) now: Instant,
    pub(super) servers: &'s dyn Servers,
}

/// The machine, whatever its capacity.
#[derive(Clone, Copy)]
pub(super) struct Still<'s> {
    pub(super) site: Site<'s>,
    pub(super) shared: &'s Shared,
    pub(super) lines: &'s [Line],
    pub(super) chains: &'s [Chain],
    pub(super) outputs: &'s [Output],
    pub(super) software: &'s [Software],
}

/// What a plan is at, all in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Phase {
    /// No plan runs, and nothing hangs on a battery.
    Normal,
    /// Something hangs on a battery; nothing is stopped yet.
    OnBattery,
    /// Failover is being frozen, and maintenance entered.
    Preparing,
    /// Guests are being stopped.
    StoppingGuests,
    /// Services are being stopped.
    StoppingServices,
    /// Servers are shutting down.
    StoppingHosts,
    /// Servers are forced off, or off is still to be proved.
    ConfirmingOff,
    /// The outputs are about to be cut.
    CuttingOutput,
    /// This machine goes down.
    LastOne,
    /// The mains are back.
    Returned,
    /// Servers are started.
    StartingHosts,
    /// Servers are on, and their members not heard yet.
    WaitingForMembers,
    /// Guests are started.
    StartingGuests,
    /// Maintenance is being left.
    LeavingMaintenance,
}

/// What a server is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum StepKind {
    /// In no plan.
    Free,
    /// In the plan, and its stage has not begun.
    Up,
    /// Is being frozen.
    Freezing,
    /// Its guests are being stopped.
    StoppingGuests,
    /// Its services are being stopped.
    StoppingServices,
    /// Shuts down.
    ShuttingDown,
    /// Is forced off.
    Forcing,
    /// Off, as read.
    Off,
    /// Could not be proved off.
    NotProvedOff,
    /// Goes down last, with this machine.
    Last,
    /// Waits for its turn and for energy to be started.
    Waiting,
    /// Is switched on.
    Starting,
    /// On; its member is not heard yet.
    Booting,
    /// Its services are being started.
    StartingServices,
    /// Its guests are being started.
    StartingGuests,
    /// Back; maintenance is being left.
    Leaving,
    /// Did not come back in time.
    Dropped,
}

/// A plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanSnapshot {
    /// Its name.
    pub outage: OutageId,
    /// Why it began.
    pub cause: Cause,
    /// When it began, or this machine started in the middle of it.
    pub since: Instant,
    /// How servers come back.
    pub back: Back,
    /// Whether outputs are cut.
    pub cut: bool,
    /// What it is at.
    pub phase: Phase,
}

/// A UPS.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UpsSnapshot {
    /// Which.
    pub ups: UpsIndex,
    /// What it said last, and when it was asked; however old that is.
    pub reading: Option<(Instant, UpsReading)>,
}

/// An output that the plan is concerned with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputSnapshot {
    /// Of which UPS.
    pub ups: UpsIndex,
    /// Which.
    pub outlet: Outlet,
    /// The order that stands.
    pub order: UpsOrder,
    /// The UPS has shown that it stands.
    pub read_back: bool,
    /// When the output goes off by it.
    pub off_at: Instant,
    /// It cannot be called off any more.
    pub is_final: bool,
}

/// A stage, as it would go or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageSnapshot {
    /// Place in the configuration.
    pub stage: u8,
    /// So many servers are in it.
    pub servers: u16,
    /// So many of them are off.
    pub off: u16,
    /// Whether it has begun.
    pub begun: bool,
    /// What it still takes.
    pub needed: Millis,
}

/// A planned server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerSnapshot {
    /// Which.
    pub server: ServerIndex,
    /// Place of its stage.
    pub stage: u8,
    /// What it is at.
    pub step: StepKind,
    /// Since when.
    pub since: Instant,
    /// Whether a plan holds it.
    pub held: bool,
    /// Its power, as read.
    pub power: PowerState,
    /// What it still takes until it is off.
    pub needed: Millis,
    /// What its feeds give; `None` = the mains.
    pub runtime: Option<Millis>,
    /// The server that it waits for.
    pub waits_for: Option<ServerIndex>,
}

/// Whether software is in maintenance for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum AdapterState {
    /// Not by us.
    Out,
    /// It is being entered.
    Entering,
    /// We have set it.
    Ours,
    /// Somebody else has set it, or it could not be entered.
    NotOurs,
    /// It is being left.
    Leaving,
}

/// What a plan would take if it began now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// So many servers would stop.
    pub servers: u16,
    /// What they take, by what was measured and else by their limits.
    pub expected: Millis,
    /// The same with margin and reserve: from there on the plan begins.
    pub needed: Millis,
    /// What it takes at most, all limits run out and every server forced off.
    pub worst: Millis,
    /// What the batteries give.
    pub runtime: Option<Millis>,
    /// Whether it fits them.
    pub fits: bool,
}

impl<'s> Snapshot<'s> {
    /// The moment it was taken.
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The plan that runs.
    pub fn plan(&self) -> Option<PlanSnapshot> {
        None
    }

    /// Every UPS, in the order of the configuration.
    pub fn ups(&self) -> impl Iterator<Item = UpsSnapshot> + use<'s> {
        core::iter::empty()
    }

    /// The outputs that an order stands for.
    pub fn outputs(&self) -> impl Iterator<Item = OutputSnapshot> + use<'s> {
        core::iter::empty()
    }

    /// Every stage, the one that stops first in front.
    pub fn stages(&self) -> impl Iterator<Item = StageSnapshot> + use<'s> {
        core::iter::empty()
    }

    /// Every planned server, in the order of the configuration.
    pub fn servers(&self) -> impl Iterator<Item = ServerSnapshot> + use<'s> {
        let _ = (self.servers, self.power);
        core::iter::empty()
    }

    /// Every maintenance adapter, in the order of the configuration.
    pub fn adapters(&self) -> impl Iterator<Item = AdapterState> + use<'s> {
        core::iter::empty()
    }

    /// What a plan for these would do and take.
    pub fn forecast(&self, scope: Scope) -> Forecast {
        let _ = scope;
        let none = Millis::new(0);
        Forecast {
            servers: 0,
            expected: none,
            needed: none,
            worst: none,
            runtime: None,
            fits: true,
        }
    }
}
