//! How the guests of a member's host are at a moment. What each word means is said in the core.

use komainu_core::guests::{Doing, Event, GuestSnapshot, Power, Way};
use serde::{Deserialize, Serialize};

use crate::service::words::mirrored;

mirrored! {
    /// Who starts and stops a guest with its host.
    GuestWay of Way {
        Hypervisor,
        Komainu,
    }
}

mirrored! {
    /// What the hypervisor shows of a guest.
    GuestPower of Power {
        On,
        Off,
        Missing,
    }
}

mirrored! {
    /// What is being done with a guest, or was last.
    GuestDoing of Doing {
        Nothing,
        Finding,
        WaitingToStop,
        Stopping,
        LastResort,
        Stopped,
        WaitingToStart,
        Starting,
        Booting,
        Started,
        Kept,
        StopFailed,
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
