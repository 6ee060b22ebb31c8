//! How the guests of a member's host are at a moment.

use komainu_core::guests::{Doing, Event, GuestSnapshot, Power, Way};
use serde::{Deserialize, Serialize};

use crate::service::words::mirrored;

mirrored! {
    /// Who starts and stops a guest with its host.
    GuestWay of Way {
        /// The hypervisor.
        Hypervisor,
        /// Komainu.
        Komainu,
    }
}

mirrored! {
    /// What the hypervisor shows of a guest.
    GuestPower of Power {
        /// It runs, or is on its way.
        On,
        /// It does not run.
        Off,
        /// The hypervisor does not know it.
        Missing,
    }
}

mirrored! {
    /// What is being done with a guest, or was last.
    GuestDoing of Doing {
        /// Nothing.
        Nothing,
        /// Finding out whether it runs.
        Finding,
        /// It is to stop, and waits for those that need it.
        WaitingToStop,
        /// It was asked to stop.
        Stopping,
        /// Its last resort is used.
        LastResort,
        /// It has stopped.
        Stopped,
        /// It is to start, and waits for those that it needs.
        WaitingToStart,
        /// It is being started.
        Starting,
        /// It is on, and not ready yet.
        Booting,
        /// It was started, and is ready.
        Started,
        /// It was to be stopped, and then not.
        Kept,
        /// It could not be stopped.
        StopFailed,
        /// It could not be started.
        StartFailed,
    }
}

/// A guest of the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct GuestStatus {
    /// Its name.
    pub(crate) name: String,
    /// Who starts and stops it.
    pub(crate) way: GuestWay,
    /// What the hypervisor last showed of it.
    pub(crate) power: Option<GuestPower>,
    /// What is done with it.
    pub(crate) doing: GuestDoing,
    /// It is to be started again.
    pub(crate) starts_again: bool,
    /// Whether exactly one starts it; none = not known yet.
    pub(crate) fits: Option<bool>,
}

impl GuestStatus {
    /// The guest of that name.
    pub(in crate::service) fn of(snapshot: &GuestSnapshot, name: String) -> Self {
        let wrong = |event| matches!(event, Event::BothWays | Event::NoWay | Event::Missing);
        Self {
            name,
            way: snapshot.way.into(),
            power: snapshot.power.map(Into::into),
            doing: snapshot.doing.into(),
            starts_again: snapshot.fallen,
            fits: snapshot.power.map(|_| !snapshot.wrong.is_some_and(wrong)),
        }
    }
}
