//! The UPS of a world, all hosts behind it, and what a plan promises of them.

use std::time::Duration;

use komainu_core::power::{Means, RunId, StepKind, Tell};
use komainu_core::types::{UpsAnswer, UpsOrder};

use super::outage::Outage;
use super::server::System;
use super::{Event, Given, World, instant, tell};
use crate::checks::Invariant;
use crate::outage::ups::{Traits, Ups};

/// Between two readings of a UPS.
const POLL: Duration = Duration::from_secs(1);
/// A directive has arrived by then, also if one of them is lost.
const HEARD: Duration = Duration::from_secs(3);
/// The connector that has the plan.
const CONNECTOR: usize = 0;

/// A UPS with more than enough energy, and a card that says what is so.
pub(super) struct Supply {
    ups: Ups,
    /// When it is looked at next because something changes by itself.
    due: Option<Duration>,
    /// What the plan was at with each host when that was told.
    steps: Vec<StepKind>,
}

impl Supply {
    fn new() -> Self {
        let traits = Traits { runtime: Duration::from_secs(7200), ..Traits::honest() };
        Self { ups: Ups::new(traits), due: None, steps: Vec::new() }
    }
}

impl World {
    /// The mains will fail and return.
    pub(super) fn begin_outage(&mut self, outage: &Outage) {
        self.supply = Some(Supply::new());
        for (at, turn) in outage.mains.iter().enumerate() {
            self.events.push(*turn, Event::Mains(at % 2 == 1));
        }
        self.events.push(Duration::ZERO, Event::PollUps);
    }

    pub(super) fn set_mains(&mut self, on: bool) {
        tell!(self, "* the mains {}", if on { "return" } else { "fail" });
        self.look_at_ups();
        if let Some(supply) = &mut self.supply {
            supply.ups.set_mains(on);
        }
        self.look_at_ups();
    }

    /// What the UPS gives may have changed.
    pub(super) fn look_at_ups(&mut self) {
        let now = self.now;
        let Some(supply) = &mut self.supply else { return };
        supply.due.take_if(|due| *due <= now);
        let before = supply.ups.gives(0);
        supply.ups.advance(now);
        let gives = supply.ups.gives(0);
        let next = supply.ups.next().map(|next| next.max(now));
        if let Some(at) = next.filter(|at| supply.due.is_none_or(|due| *at < due)) {
            supply.due = next;
            self.events.push(at, Event::UpsChanges);
        }
        if gives != before {
            self.feed(gives);
        }
    }

    /// The output gives power to everything, or to nothing.
    fn feed(&mut self, on: bool) {
        tell!(self, "the output of the UPS is {}", if on { "on" } else { "off" });
        for host in 0..self.servers.len() {
            if !on && self.servers[host].on {
                let what = format!("host {} loses its power while it is on", host + 1);
                self.judge(Invariant::Cut, Err(what));
                self.set_power(host, false);
            }
            let server = &mut self.servers[host];
            server.bmc.restart();
            server.bmc.set_deaf(!on);
            server.bmc_due = server.bmc.deadline();
        }
    }

    pub(super) fn poll_ups(&mut self) {
        self.read_ups();
        self.later(POLL, Event::PollUps);
    }

    /// It is asked how it is.
    pub(super) fn read_ups(&mut self) {
        let (asked, starts) = (self.now, self.managers[CONNECTOR].process.starts);
        let after = Duration::from_millis(1 + self.rng.below(40));
        self.later(after, Event::UpsSays { starts, asked });
    }

    pub(super) fn ups_says(&mut self, starts: u32, asked: Duration) {
        self.look_at_ups();
        let Some(supply) = &self.supply else { return };
        if self.managers[CONNECTOR].process.starts == starts {
            let (asked, reading) = (instant(asked), supply.ups.read());
            self.give_connector(CONNECTOR, Given::Reading { asked, reading });
        }
    }

    pub(super) fn order_ups(&mut self, run: RunId, order: UpsOrder) {
        tell!(self, "the UPS is ordered {order:?}");
        self.look_at_ups();
        let Some(supply) = &mut self.supply else { return };
        let answer = supply.ups.order(order).unwrap_or(UpsAnswer::Unknown);
        self.look_at_ups();
        let starts = self.managers[CONNECTOR].process.starts;
        let after = Duration::from_millis(5 + self.rng.below(100));
        self.later(after, Event::UpsAnswers { starts, run, answer });
    }

    pub(super) fn ups_answers(&mut self, starts: u32, run: RunId, answer: UpsAnswer) {
        if self.managers[CONNECTOR].process.starts == starts {
            self.give_connector(CONNECTOR, Given::Ordered { run, answer });
        }
    }

    /// The plan tells something: it must be so.
    pub(super) fn plan_tells(&mut self, told: Tell) {
        tell!(self, "the plan tells {told:?}");
        match told {
            Tell::Back(server) if self.lacks_guests(server.at()) => {
                let what =
                    format!("host {} is said to be back without its guests", server.at() + 1);
                self.judge(Invariant::Order, Err(what));
            }
            // A connector that dies often leaves no session of a BMC free for a while, or waits for
            // the end of one in which a command may be under way.
            Tell::Slow { what: Means::Switch(_, Some(_)), .. } => {}
            // It is heard no more: what is left is done when it is.
            Tell::Dropped(server) if !self.servers[server.at()].member.is_there(self.now) => {}
            Tell::Slow { server, .. } | Tell::Dropped(server) | Tell::NotProvedOff(server) => {
                let what = format!("nothing is wrong with host {}: {told:?}", server.at() + 1);
                self.judge(Invariant::Order, Err(what));
            }
            _ => {}
        }
    }

    /// Tells what the plan is at with each host, where that has changed.
    pub(super) fn tell_steps(&mut self) {
        if !self.trace.in_words() {
            return;
        }
        let Some(machine) = self.managers[CONNECTOR].process.machine() else { return };
        let steps: Vec<_> = machine.show_power(instant(self.now), |shown| {
            shown.servers().map(|server| server.step).collect()
        });
        let Some(supply) = &mut self.supply else { return };
        let before = std::mem::replace(&mut supply.steps, steps.clone());
        if before != steps {
            tell!(self, "the plan has its hosts at {steps:?}");
        }
    }

    fn lacks_guests(&self, host: usize) -> bool {
        let server = &self.servers[host];
        let runs = server.system == System::Up
            && server.guests.iter().all(|guest| guest.is_as_wanted(self.now));
        !runs && !server.shot
    }

    /// A host is about to shut down by order: nothing runs on it any more.
    pub(super) fn check_shutdown(&mut self, host: usize) {
        let services = 0..self.scenario.services.len();
        let service = services.into_iter().find(|at| self.checks.workloads.runs(host, *at));
        let guest = self.servers[host].guests.iter().position(|guest| guest.on);
        let what = match (service, guest) {
            (Some(service), _) => format!("service {} runs", service + 1),
            (None, Some(guest)) => format!("guest {guest} runs"),
            (None, None) => return,
        };
        let what = format!("host {} shuts down while {what}", host + 1);
        self.judge(Invariant::Order, Err(what));
    }

    /// Something is about to start on a host: not while the plan stops all of it.
    pub(super) fn check_start_in_plan(&mut self, host: usize, what: &str) {
        let Some(machine) = self.managers[CONNECTOR].process.machine() else { return };
        let now = instant(self.now);
        let stops = machine.show_power(now, |shown| {
            let server = shown.servers().find(|server| server.server.at() == host)?;
            let stops = matches!(
                server.step,
                StepKind::StoppingGuests
                    | StepKind::StoppingServices
                    | StepKind::ShuttingDown
                    | StepKind::Forcing
            );
            // The member has to have heard of it.
            (stops && now.since(server.since) > HEARD).then_some(server.step)
        });
        if let Some(step) = stops {
            let what = format!("{what} starts on host {}, which is at {step:?}", host + 1);
            self.judge(Invariant::Held, Err(what));
        }
    }

    /// What is not as it was before the outage.
    pub(super) fn trouble_of_outage(&self) -> Option<String> {
        let supply = self.supply.as_ref()?;
        if let Some(host) = (0..self.servers.len()).find(|host| self.lacks_guests(*host)) {
            return Some(format!("host {} is down, or lacks guests", host + 1));
        }
        if supply.ups.is_counting() || !supply.ups.gives(0) {
            return Some("the UPS is off, or will be".into());
        }
        let machine = self.managers[CONNECTOR].process.machine()?;
        let plan = machine.show_power(instant(self.now), |shown| shown.plan());
        plan.map(|plan| format!("a plan still runs: {plan:?}"))
    }
}
