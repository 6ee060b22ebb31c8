//! A picture of the power machine, for displays and for plans that are only looked at.

mod words;

pub use words::{
    AdapterState, Forecast, OutputSnapshot, Phase, PlanSnapshot, ServerSnapshot, StageSnapshot,
    StepKind, UpsSnapshot, UpsState,
};

use core::cell::Cell;

use crate::time::{Instant, Millis};
use crate::types::{ServerIndex, UpsIndex};

use super::adapters::{self, Software};
use super::budget::{self, Load};
use super::chain::{At, Chain};
use super::cutting::{Output, State};
use super::shared::{Going, Shared};
use super::supply::{FeedState, Freshness, Line};
use super::view::{Planned, Site, View};
use super::words::{Scope, Servers};

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
            runtime: line.runtime(seen.now).map(Millis::of),
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
                off_at: output.ordered,
                is_off: matches!(output.state, State::Dark { .. }),
                is_final: output.is_sealed(),
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
                needed: Millis::of(of_it.map(takes).max().unwrap_or_default()),
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
            let takes =
                if chain.in_plan() { view.expected(planned) } else { view.complete(planned) };
            Some(ServerSnapshot {
                server: config.server,
                stage: config.stage,
                step: kind(chain.at),
                since: chain.since,
                held: chain.held,
                was_on: chain.was_on,
                power: view.facts(planned).power,
                needed: Millis::of(takes),
                runtime: view.outlook(planned).left(view.now).map(Millis::of),
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
                expected: Millis::of(expected),
                needed: Millis::of(needed),
                worst: Millis::of(worst),
                runtime: runtime.map(Millis::of),
                fits: runtime.map(|runtime| runtime >= needed),
            }
        })
    }

    fn looking<T>(&self, look: impl FnOnce(View<'_>) -> T) -> T {
        let Still { site, shared, lines, chains, outputs, software } = self.power;
        let next = Cell::new(None);
        let (servers, now) = (self.servers, self.now);
        look(View { site, shared, lines, chains, outputs, software, servers, now, next: &next })
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
        At::ServicesBack | At::Late(None) => StepKind::StartingServices,
        At::GuestsBack(_) | At::Late(Some(_)) => StepKind::StartingGuests,
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
