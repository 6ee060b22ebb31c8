//! What the power machine tells people.

use crate::time::Millis;
use crate::types::{Directed, ServerIndex, UpsFailure, UpsIndex, UpsOrder};

use super::words::{Job, OutageId, RunEnd, Switch, SwitchFailure};

/// Why a plan began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Cause {
    /// The mains failed.
    Mains,
    /// Other software has ordered the end of what a UPS feeds.
    Forced(UpsIndex),
    /// The operator or the calendar has ordered it.
    Ordered,
    /// It is only rehearsed.
    Rehearsal,
}

/// How a plan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum End {
    /// Nothing had gone down yet.
    Cancelled,
    /// Some had.
    Partial,
    /// All had.
    Complete,
}

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Tell {
    /// A UPS went over to its battery.
    OnBattery(UpsIndex),
    /// Its mains are back.
    OnMains(UpsIndex),
    /// It calls its battery low; whether charge and runtime agree.
    Low {
        /// Which UPS.
        ups: UpsIndex,
        /// Whether it is believed at once.
        believed: bool,
    },
    /// Its output is off.
    OutputOff(UpsIndex),
    /// It cannot be read.
    Unread {
        /// Which UPS.
        ups: UpsIndex,
        /// Why.
        failure: UpsFailure,
    },
    /// It is read again.
    ReadAgain(UpsIndex),
    /// It tests its battery, or has ended that.
    Testing {
        /// Which UPS.
        ups: UpsIndex,
        /// Whether.
        on: bool,
    },
    /// Its battery is to be replaced, or it feeds more than it can.
    NeedsCare(UpsIndex),
    /// Its feeds are wrong: the server reads on, or its member speaks, though each of them reads
    /// off.
    Contradiction(ServerIndex),
    /// In peace: the plan needs longer than the batteries last, or suffices again.
    DoesNotFit {
        /// What the plan needs.
        needed: Millis,
        /// What the batteries give.
        runtime: Millis,
    },
    /// The plan fits the batteries again.
    Fits,
    /// A plan begins.
    Began {
        /// Its name.
        outage: OutageId,
        /// Why.
        cause: Cause,
    },
    /// A stage begins.
    Stage {
        /// Which.
        stage: u8,
        /// What the rest of the plan needs.
        needed: Millis,
        /// What the batteries still give.
        runtime: Option<Millis>,
    },
    /// A server was directed, switched or had a job run for it in vain, or too slowly: the plan
    /// goes on with the next means.
    Slow {
        /// Which.
        server: ServerIndex,
        /// What.
        what: Means,
    },
    /// A server reads off, as planned.
    Stopped(ServerIndex),
    /// It could not be proved off, and its power may be cut.
    NotProvedOff(ServerIndex),
    /// The output is about to be cut: the order reads back.
    Cutting {
        /// Which UPS.
        ups: UpsIndex,
        /// In how long.
        delay: Millis,
    },
    /// The UPS has not taken an order, or does not show it.
    OrderFailed {
        /// Which UPS.
        ups: UpsIndex,
        /// What.
        order: UpsOrder,
        /// Why, where it said so.
        failure: Option<UpsFailure>,
    },
    /// This machine goes down now, the last one.
    LastOne,
    /// The mains are back in the middle of it.
    Returned(OutageId),
    /// Servers wait until the batteries could carry one more shutdown.
    WaitsForEnergy(UpsIndex),
    /// A server is switched on.
    Starting(ServerIndex),
    /// It is back.
    Back(ServerIndex),
    /// It did not come back in time: it is dropped from the plan.
    Dropped(ServerIndex),
    /// Maintenance software was entered or left, or that failed.
    Maintenance {
        /// Whether it was to be entered.
        enter: bool,
        /// Which adapter.
        adapter: u8,
        /// How it ended.
        end: RunEnd,
    },
    /// The plan is over.
    Ended {
        /// Its name.
        outage: OutageId,
        /// How.
        end: End,
        /// Guests or servers that did not come back.
        lost: u16,
    },
}

/// What was tried with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Means {
    /// A directive to its member.
    Directive(Directed),
    /// An order to its BMC; why it failed, where it did.
    Switch(Switch, Option<SwitchFailure>),
    /// A job.
    Job(Job, RunEnd),
}
