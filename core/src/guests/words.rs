//! What the machine is given, what it wants done, and what it tells.

use crate::time::{Instant, Millis};

use super::set::GuestIndex;

/// One run of something; never given twice by one machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct GuestRun(pub u64);

/// What is to be done about guests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Work {
    /// Tell of every configured guest how it is; answered by [`Input::Seen`].
    List,
    /// Ask it to stop. It is gone when it is seen so, not when this ends.
    Stop(GuestIndex),
    /// Switch it off.
    Kill(GuestIndex),
    /// Save its state to the disk, and so end it.
    Save(GuestIndex),
    /// Start it.
    Start(GuestIndex),
    /// Find out whether it is ready.
    Ready(GuestIndex),
}

/// What is wanted done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct Action {
    /// What the end of it will carry.
    pub run: GuestRun,
    /// What.
    pub work: Work,
    /// How long it may take; at the limit it is ended.
    pub limit: Millis,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum End {
    /// With success; for [`Work::Ready`]: it is ready.
    Done,
    /// With a failure; for [`Work::Ready`]: it is not ready yet.
    Failed,
    /// It was ended at its limit.
    TimedOut,
}

/// What the hypervisor shows of a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Power {
    /// It runs, is paused, or is on its way up or down.
    On,
    /// It does not run; its state may be saved.
    Off,
    /// The hypervisor does not know it.
    Missing,
}

/// How a guest is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Sight {
    /// Which.
    pub guest: GuestIndex,
    /// What the hypervisor shows of it.
    pub power: Power,
    /// Whether the hypervisor starts it by itself; none = that is not known.
    pub auto: Option<bool>,
}

/// What the machine is given.
#[derive(Clone, Copy, Debug)]
pub enum Input<'b> {
    /// A run has ended; a [`Work::List`] without success.
    Ended {
        /// Which.
        run: GuestRun,
        /// How.
        end: End,
    },
    /// What a [`Work::List`] found.
    Seen {
        /// Which.
        run: GuestRun,
        /// Every guest that is configured.
        sights: &'b [Sight],
    },
    /// The hypervisor told of a change by itself.
    Noticed(Sight),
}

/// What an order to the guests is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Order {
    /// Stop those that run.
    Stop {
        /// By then all is to be over, with last resorts; none = each has its own limit.
        until: Option<Instant>,
    },
    /// Start those that were stopped, or ran when that was ordered.
    Start,
}

/// What happened to a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Event {
    /// It has stopped.
    Stopped,
    /// It has not stopped in time, and the last resort is used.
    LastResort,
    /// It has not stopped, and is left so.
    StopFailed,
    /// It was asked to stop and has not, and need not any more: it is kept.
    Kept,
    /// It was started, and is ready.
    Started,
    /// It could not be started, or was not ready in time.
    StartFailed,
    /// The hypervisor starts it as well: two do it.
    BothWays,
    /// The hypervisor does not start it, and Komainu is not to: nobody does it.
    NoWay,
    /// The hypervisor does not know it.
    Missing,
}

impl Event {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Stopped,
        Self::LastResort,
        Self::StopFailed,
        Self::Kept,
        Self::Started,
        Self::StartFailed,
        Self::BothWays,
        Self::NoWay,
        Self::Missing,
    ];
}
