//! Workloads that are active on one host and stand by on others.

use core::fmt;

use super::coded;

/// A service's number in its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ServiceNumber(pub u16);

impl fmt::Display for ServiceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How often a service was started in its cluster, as far as somebody knows.
///
/// Raised only by a start, durable before it, never lowered. 0 = never started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Generation(pub u32);

impl Generation {
    /// The one after it.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

coded! {
    /// Who starts a service first by definition; a takeover does not change it.
    ServiceRole {
        /// The host that starts it first.
        Primary = 1,
        /// A host that stands by for it.
        Secondary = 2,
    }
}

coded! {
    /// What a service does on one host.
    ServiceState {
        /// It does not run here, and this host does not stand by for it.
        Stopped = 1,
        /// It does not run here; this host would take it over.
        Standby = 2,
        /// Its start command runs.
        Starting = 3,
        /// It runs here.
        Active = 4,
        /// Its stop command runs.
        Stopping = 5,
        /// Hot-standby wait: it would be taken over, but there is no proof that it has ended
        /// elsewhere. The operator may decide.
        Waiting = 6,
    }
}

impl ServiceState {
    /// Whether the workload runs here, or may.
    pub const fn may_run(self) -> bool {
        match self {
            Self::Starting | Self::Active | Self::Stopping => true,
            Self::Stopped | Self::Standby | Self::Waiting => false,
        }
    }
}

impl fmt::Display for ServiceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Stopped => "stopped",
            Self::Standby => "standby",
            Self::Starting => "starting",
            Self::Active => "active",
            Self::Stopping => "stopping",
            Self::Waiting => "waiting",
        })
    }
}

/// What a host says of one of its services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ServiceReport {
    /// Which service.
    pub number: ServiceNumber,
    /// What this host is for it.
    pub role: ServiceRole,
    /// What it does there.
    pub state: ServiceState,
    /// The highest generation that host knows of.
    pub generation: Generation,
}

coded! {
    /// How far the handing over of a service from one host to another is.
    ///
    /// *Released*, *start failed* and *yields* are yields of the generation they carry: the
    /// service does not run at the sender, which will not start it with a generation up to that.
    HandoverStep {
        /// Asked to hand the service over.
        Asked = 1,
        /// It is being stopped for that.
        Stopping = 2,
        /// It has stopped, for the other side to start.
        Released = 3,
        /// It was started.
        Started = 4,
        /// It could not be started.
        StartFailed = 5,
        /// No; carries the highest generation that the refuser knows of.
        Refused = 6,
        /// Asks for a yield of this generation.
        AsksYield = 7,
        /// Yields it.
        Yields = 8,
    }
}

impl HandoverStep {
    /// Whether the step yields the generation that it carries.
    pub const fn is_yield(self) -> bool {
        matches!(self, Self::Released | Self::StartFailed | Self::Yields)
    }
}
