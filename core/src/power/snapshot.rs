//! A picture of the power machine, for displays and for plans that are only looked at.

use core::cell::Cell;

use crate::time::{Instant, Millis};
use crate::types::{Outlet, PowerState, ServerIndex, UpsFailure, UpsIndex, UpsOrder, UpsReading};

use super::adapters::{self, Software};
use super::budget::{self, Load};
use super::chain::{At, Chain};
use super::cutting::{Output, State};
use super::shared::{Going, Shared};
use super::supply::{FeedState, Freshness, Line, millis};
use super::tell::Cause;
use super::view::{Planned, Site, View};
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
        let plan = self.power.shared.plan?;
        let (outage, cause, since) = (plan.outage, plan.cause, plan.since);
        let (back, cut) = (plan.back, plan.cut);
        Some(PlanSnapshot { outage, cause, since, back, cut, phase: self.phase() })
    }

    /// What everything is at.
    pub fn phase(&self) -> Phase {
        self.looking(|view| {
            if !matches!(view.shared.own, Going::Stays) {
                return Phase::LastOne;
            }
            if view.plan().is_none() {
                let mut all = view.all();
                let short = all.any(|one| view.outlook(one).endangered());
                return if short { Phase::OnBattery } else { Phase::Normal };
            }
            // On the way down the first that is still at something shows, on the way up the last.
            let steps = view.all().map(|one| kind(one.chain.at));
            let down = steps.clone().filter_map(downward).min();
            let up = steps.filter_map(upward).min();
            let standing = view.outputs.iter().any(Output::stands);
            let cutting = standing.then_some(Phase::CuttingOutput);
            let returned = view.plan().is_some_and(|plan| plan.returned);
            let resting = if returned { Phase::Returned } else { Phase::ConfirmingOff };
            let waits = view.all().any(|one| one.chain.at == At::Up);
            let waiting = waits.then_some(Phase::OnBattery);
            down.or(up).or(cutting).or(waiting).unwrap_or(resting)
        })
    }

    /// Every UPS, in the order of the configuration.
    pub fn ups(&self) -> impl Iterator<Item = UpsSnapshot> + use<'s> {
        let seen = *self;
        let both = self.power.lines.iter().zip(self.power.site.ups).zip(0u16..);
        both.map(move |((line, config), ups)| UpsSnapshot {
            ups: UpsIndex(ups),
            reading: line.asked().zip(line.reading().copied()),
            state: match (line.freshness(config, seen.now), line.state(config, seen.now)) {
                (_, FeedState::Unread) => UpsState::Unread,
                (_, FeedState::Off { .. }) => UpsState::Off,
                (_, FeedState::Mains { .. }) => UpsState::Mains,
                (_, FeedState::Battery(_)) => UpsState::Battery,
            },
            is_late: line.freshness(config, seen.now) != Freshness::Good,
            runtime: line.runtime(seen.now).map(millis),
            failure: line.failure(),
        })
    }

    /// The outputs that an order stands for.
    pub fn outputs(&self) -> impl Iterator<Item = OutputSnapshot> + use<'s> {
        let now = self.now;
        let standing = self.power.outputs.iter().filter(|output| output.stands());
        standing.filter_map(move |output| {
            let (ups, outlet) = output.place?;
            Some(OutputSnapshot {
                ups,
                outlet,
                order: output.order(outlet, now),
                read_back: matches!(output.state, State::Shown { .. }),
                off_at: output.off_at,
                is_off: matches!(output.state, State::Dark { .. }),
                is_final: output.is_final,
            })
        })
    }

    /// Every stage, the one that stops first in front.
    pub fn stages(&self) -> impl Iterator<Item = StageSnapshot> + use<'s> {
        let seen = *self;
        (0u8..).take(self.power.site.stages.len()).map(move |stage| seen.stage(stage))
    }

    fn stage(&self, stage: u8) -> StageSnapshot {
        self.looking(|view| {
            let of_it = view.all().filter(|one| one.config.stage == stage);
            let off = of_it.clone().filter(|one| one.chain.at == At::Off);
            let takes = |one| match one {
                Planned { chain, .. } if chain.in_plan() => view.expected(one),
                one => view.complete(one),
            };
            StageSnapshot {
                stage,
                servers: count(of_it.clone()),
                off: count(off),
                begun: of_it.clone().any(|one| one.chain.begun()),
                needed: millis(of_it.map(takes).max().unwrap_or_default()),
            }
        })
    }

    /// Every planned server, in the order of the configuration.
    pub fn servers(&self) -> impl Iterator<Item = ServerSnapshot> + use<'s> {
        let seen = *self;
        (0..self.power.chains.len()).filter_map(move |at| seen.server(at))
    }

    fn server(&self, at: usize) -> Option<ServerSnapshot> {
        self.looking(|view| {
            let planned = view.planned(at)?;
            let (config, chain) = (planned.config, planned.chain);
            let takes = if chain.in_plan() { view.expected(planned) } else { view.complete(planned) };
            Some(ServerSnapshot {
                server: config.server,
                stage: config.stage,
                step: kind(chain.at),
                since: chain.since,
                held: chain.held,
                was_on: chain.was_on,
                power: view.facts(planned).power,
                needed: millis(takes),
                runtime: view.outlook(planned).left(view.now).map(millis),
                waits_for: view.waits_for(planned),
            })
        })
    }

    /// Every maintenance adapter, in the order of the configuration.
    pub fn adapters(&self) -> impl Iterator<Item = AdapterState> + use<'s> {
        self.power.software.iter().map(|software| match software.state {
            adapters::State::Out => AdapterState::Out,
            adapters::State::Entering(_) => AdapterState::Entering,
            adapters::State::Ours => AdapterState::Ours,
            adapters::State::NotOurs => AdapterState::NotOurs,
            adapters::State::Leaving(..) | adapters::State::LeaveAgain(_) => AdapterState::Leaving,
        })
    }

    /// What a plan for these would do and take, if it began now and the mains were gone.
    pub fn forecast(&self, scope: Scope) -> Forecast {
        self.looking(|view| {
            let within = view.all().filter(|one| view.holds(scope, *one));
            let load = |stage, takes| Load { stage, takes, left: None };
            let each = |one: Planned<'_>| load(one.config.stage, view.complete(one));
            let most = |one: Planned<'_>| load(one.config.stage, view.at_worst(one));
            let expected = budget::time_needed(within.clone().map(each));
            let worst = budget::time_needed(within.clone().map(most));
            let needed = budget::with_margin(expected, view.site.timing);
            let stores = within.clone().filter_map(|one| view.in_store(one));
            let runtime = stores.min();
            Forecast {
                servers: count(within.clone()),
                expected: millis(expected),
                needed: millis(needed),
                worst: millis(worst),
                runtime: runtime.map(millis),
                fits: runtime.is_none_or(|runtime| runtime >= needed),
            }
        })
    }

    fn looking<T>(&self, look: impl FnOnce(View<'_>) -> T) -> T {
        let Still { site, shared, lines, chains, outputs, software } = self.power;
        let next = Cell::new(None);
        let (servers, now) = (self.servers, self.now);
        look(View {
            site,
            shared,
            lines,
            chains,
            outputs,
            software,
            servers,
            now,
            next: &next,
        })
    }
}

impl View<'_> {
    /// The server that one waits for: of a stage before it on the way down, of one after it on
    /// the way up.
    fn waits_for(&self, planned: Planned<'_>) -> Option<ServerIndex> {
        let stage = planned.config.stage;
        let others = self.all().filter(|other| other.at != planned.at);
        let mut before = others.clone().filter(|other| {
            let chain = other.chain;
            let going = chain.in_plan() && !chain.is_down() && !chain.is_back();
            (going || chain.at == At::Up) && other.config.stage < stage
        });
        let mut after = others.filter(|other| {
            let starts = matches!(other.chain.at, At::Waiting | At::Starting | At::Booting);
            starts && other.config.stage > stage
        });
        let found = match planned.chain.at {
            At::Up | At::Freezing => before.next(),
            At::Waiting => after.next(),
            _ => None,
        };
        found.map(|other| other.config.server)
    }
}

fn count(all: impl Iterator) -> u16 {
    u16::try_from(all.count()).unwrap_or(u16::MAX)
}

const fn kind(at: At) -> StepKind {
    match at {
        At::Free => StepKind::Free,
        At::Up => StepKind::Up,
        At::Freezing => StepKind::Freezing,
        At::Guests(_) => StepKind::StoppingGuests,
        At::Services => StepKind::StoppingServices,
        At::ShuttingDown(_) => StepKind::ShuttingDown,
        At::Forcing => StepKind::Forcing,
        At::Off => StepKind::Off,
        At::NotProved => StepKind::NotProvedOff,
        At::Last => StepKind::Last,
        At::Waiting => StepKind::Waiting,
        At::Starting => StepKind::Starting,
        At::Booting => StepKind::Booting,
        At::ServicesBack => StepKind::StartingServices,
        At::GuestsBack(_) => StepKind::StartingGuests,
        At::Leaving => StepKind::Leaving,
        At::Dropped => StepKind::Dropped,
    }
}

const fn downward(step: StepKind) -> Option<Phase> {
    match step {
        StepKind::Freezing => Some(Phase::Preparing),
        StepKind::StoppingGuests => Some(Phase::StoppingGuests),
        StepKind::StoppingServices => Some(Phase::StoppingServices),
        StepKind::ShuttingDown => Some(Phase::StoppingHosts),
        StepKind::Forcing | StepKind::NotProvedOff => Some(Phase::ConfirmingOff),
        _ => None,
    }
}

const fn upward(step: StepKind) -> Option<Phase> {
    match step {
        StepKind::Waiting => Some(Phase::Returned),
        StepKind::Starting => Some(Phase::StartingHosts),
        StepKind::Booting => Some(Phase::WaitingForMembers),
        StepKind::StartingServices | StepKind::StartingGuests => Some(Phase::StartingGuests),
        StepKind::Leaving => Some(Phase::LeavingMaintenance),
        _ => None,
    }
}
