//! What a picture of the power machine consists of.

use crate::power::tell::Cause;
use crate::power::words::{Back, OutageId};
use crate::time::{Instant, Millis};
use crate::types::{Outlet, PowerState, ServerIndex, UpsFailure, UpsIndex, UpsOrder, UpsReading};

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
    /// What follows from all that it said.
    pub state: UpsState,
    /// The next reading is overdue, or there never was one.
    pub is_late: bool,
    /// How long its battery lasts, or would: counted down while it says nothing.
    pub runtime: Option<Millis>,
    /// Why it cannot be read.
    pub failure: Option<UpsFailure>,
}

/// What a UPS gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum UpsState {
    /// It was never read.
    Unread,
    /// The mains, as far as was heard.
    Mains,
    /// What its battery holds; or it is ordered off by other software.
    Battery,
    /// Nothing.
    Off,
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
    /// It was carried out: the output reads off.
    pub is_off: bool,
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
    /// It was on when the plan came to it, and is started again.
    pub was_on: bool,
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
    /// Whether it fits them; `None` = what they give is not known.
    pub fits: Option<bool>,
}
