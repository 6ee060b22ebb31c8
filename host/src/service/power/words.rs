//! The core's words about power as JSON has them, which never change between versions. What each
//! of them means is said there.

use komainu_core::power::{self, AdapterState, Cause, End, Switch};
use komainu_core::types::{self, Directed, UpsFailure};
use serde::{Deserialize, Serialize};

use crate::service::words::mirrored;

mirrored! {
    /// What a plan is at, all in all.
    Phase of power::Phase {
        Normal,
        OnBattery,
        Preparing,
        StoppingGuests,
        StoppingServices,
        StoppingHosts,
        ConfirmingOff,
        CuttingOutput,
        LastOne,
        Returned,
        StartingHosts,
        WaitingForMembers,
        StartingGuests,
        LeavingMaintenance,
    }
}

mirrored! {
    /// What a server is at.
    Step of power::StepKind {
        Free,
        Up,
        Freezing,
        StoppingGuests,
        StoppingServices,
        ShuttingDown,
        Forcing,
        Off,
        NotProvedOff,
        Last,
        Waiting,
        Starting,
        Booting,
        StartingServices,
        StartingGuests,
        Leaving,
        Dropped,
    }
}

mirrored! {
    /// What a UPS gives.
    UpsState of power::UpsState {
        Unread,
        Mains,
        Battery,
        Off,
    }
}

mirrored! {
    /// What the output of a UPS lives on, by its own word.
    Supply of types::Supply {
        Mains,
        Bypass,
        Battery,
        Off,
    }
}

mirrored! {
    /// How servers come back after a stop.
    Back of power::Back {
        WithMains,
        OnOrder,
    }
}

/// Why a plan began.
pub(super) fn cause(cause: Cause, ups: impl Fn(types::UpsIndex) -> String) -> String {
    match cause {
        Cause::Mains => "the mains failed".to_owned(),
        Cause::Forced(at) => {
            format!("other software has ordered the end of what {} feeds", ups(at))
        }
        Cause::Ordered => "it was ordered".to_owned(),
        Cause::Rehearsal => "it is only rehearsed".to_owned(),
    }
}

/// How a plan ended.
pub(super) const fn end(end: End) -> &'static str {
    match end {
        End::Cancelled => "nothing had gone down",
        End::Partial => "what had gone down was started again",
        End::Complete => "everything had gone down and was started again",
    }
}

/// Whether software is in maintenance for us.
pub(super) const fn adapter(state: AdapterState) -> &'static str {
    match state {
        AdapterState::Out => "out",
        AdapterState::Entering => "entering",
        AdapterState::Ours => "ours",
        AdapterState::NotOurs => "not-ours",
        AdapterState::Leaving => "leaving",
    }
}

/// Why a UPS is not read, or not ordered.
pub(super) const fn failure(failure: UpsFailure) -> &'static str {
    match failure {
        UpsFailure::Silent => "whoever speaks for it does not answer",
        UpsFailure::Stale => "whoever speaks for it has lost it",
        UpsFailure::UnknownUps => "it is not known there",
        UpsFailure::AccessDenied => {
            "user, password, community or key are wrong, or may not do this"
        }
        UpsFailure::NotTrusted => "the other side has not proved who it is",
        UpsFailure::Garbled => "its answers cannot be understood",
        UpsFailure::Unsupported => "it cannot do this",
        UpsFailure::Refused => "it will not do this now",
    }
}

/// What a member was to do.
pub(super) const fn directed(directed: Directed) -> &'static str {
    match directed {
        Directed::Freeze => "taking nothing over",
        Directed::Thaw => "taking over again",
        Directed::StopGuests => "stopping its guests",
        Directed::StopServices => "stopping its services",
        Directed::ShutDown => "shutting down",
        Directed::EnterMaintenance => "entering maintenance",
        Directed::LeaveMaintenance => "leaving maintenance",
        Directed::StartGuests => "starting its guests",
        Directed::StartServices => "starting its services",
    }
}

/// What a BMC was to do.
pub(super) const fn switched(switch: Switch) -> &'static str {
    match switch {
        Switch::Soft => "being asked by its BMC to shut down",
        Switch::Off => "being switched off",
        Switch::On => "being switched on",
    }
}
