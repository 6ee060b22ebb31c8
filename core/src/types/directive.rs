//! What a connector has a host do, and what the host reports.

use core::fmt;

use heapless::String;

use super::{NameError, SystemName, coded};
use crate::limits::MAX_SYSTEM_NAME;

/// One directive, however often it is sent; grows within a connector's epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DirectiveId(pub u64);

coded! {
    /// What a directive wants. All of them are idempotent.
    Directed {
        /// Take nothing over.
        Freeze = 1,
        /// Take over again.
        Thaw = 2,
        /// Stop the guests of the group.
        StopGuests = 3,
        /// Stop the services.
        StopServices = 4,
        /// Shut the host down.
        ShutDown = 5,
        /// Enter maintenance.
        EnterMaintenance = 6,
        /// Leave maintenance.
        LeaveMaintenance = 7,
        /// Start the guests of the group.
        StartGuests = 8,
        /// Start the services.
        StartServices = 9,
    }
}

/// The group of guests that a directive is about; empty = all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupName(String<MAX_SYSTEM_NAME>);

impl GroupName {
    /// That group: empty, or what [`SystemName`] allows.
    pub fn new(name: &str) -> Result<Self, NameError> {
        if !name.is_empty() {
            SystemName::new(name)?;
        }
        String::try_from(name).map(Self).map_err(|_| NameError::TooLong)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Which.
    pub id: DirectiveId,
    /// What is to be done.
    pub action: Directed,
    /// Within how many seconds; for a freeze, how long it holds without a PathStatus.
    pub deadline: u32,
    /// For which group.
    pub group: GroupName,
}

coded! {
    /// How far a directive is.
    ReportState {
        /// It will be done.
        Accepted = 1,
        /// It is being done.
        Working = 2,
        /// It is done.
        Done = 3,
        /// It could not be done.
        Failed = 4,
    }
}

impl ReportState {
    /// Whether no other follows.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}

coded! {
    /// Why a directive failed.
    ReportCause {
        /// It did not.
        None = 0,
        /// No group of that name.
        UnknownGroup = 1,
        /// The platform refused it.
        Refused = 2,
        /// It took too long.
        TimeLimit = 3,
        /// A fault in the member.
        Internal = 4,
    }
}

/// A host's report on a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Progress {
    /// Which directive.
    pub id: DirectiveId,
    /// How far it is.
    pub state: ReportState,
    /// So many are done.
    pub done: u16,
    /// Of so many.
    pub of: u16,
    /// Why it failed.
    pub cause: ReportCause,
}
