//! What a connector tells all hosts.

use core::fmt;
use core::num::NonZeroU64;

use super::coded;

/// One notice, however often it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NoticeId(pub NonZeroU64);

coded! {
    /// What happened.
    Event {
        /// A reset was started.
        ResetStarted = 1,
        /// A host is fenced.
        Fenced = 2,
        /// A reset failed.
        ResetFailed = 3,
        /// A host lost its power.
        PowerOff = 4,
        /// A host has power again.
        PowerOn = 5,
        /// A power plan was started.
        PlanStarted = 6,
        /// It was called off.
        PlanCalledOff = 7,
        /// It is done.
        PlanDone = 8,
        /// Maintenance began.
        MaintenanceOn = 9,
        /// Maintenance ended.
        MaintenanceOff = 10,
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ResetStarted => "reset started",
            Self::Fenced => "fenced",
            Self::ResetFailed => "reset failed",
            Self::PowerOff => "power off",
            Self::PowerOn => "power on",
            Self::PlanStarted => "plan started",
            Self::PlanCalledOff => "plan called off",
            Self::PlanDone => "plan done",
            Self::MaintenanceOn => "maintenance on",
            Self::MaintenanceOff => "maintenance off",
        })
    }
}

coded! {
    /// How the connector knows.
    Source {
        /// By reading the power itself.
        Poll = 1,
        /// By a trap, which made it read.
        Trap = 2,
        /// By the alert command, which made it read.
        AlertCommand = 3,
        /// By a fencing.
        Fence = 4,
        /// By a power plan.
        Plan = 5,
        /// From the operator.
        Operator = 6,
    }
}
