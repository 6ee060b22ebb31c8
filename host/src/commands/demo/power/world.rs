//! The world of the story: time goes by in ticks, and the machine decides.

use std::time::Duration;

use komainu_core::power::{Action, Facts, Input, Job, Power, Restored, RunEnd, Servers, Switch};
use komainu_core::time::Instant;
use komainu_core::types::{
    Directed, Epoch, ReportCause, ReportState, ServerIndex, UpsAnswer, UpsIndex,
};

use super::machine::{Doing, Server};
use super::names::{self, GAMMA, SERVERS};
use super::supply::Ups;
use crate::service::{PowerNames, power_message};

/// A message of the machine, or what befalls the world.
#[derive(Debug)]
pub(super) struct Said {
    /// When, from the begin of the story.
    pub(super) at: Duration,
    /// Its id; empty where it is the story that speaks.
    pub(super) id: String,
    /// What happened.
    pub(super) text: String,
}

/// Something that is due later.
enum Later {
    /// The machine is told this.
    Tell(Input),
    /// A server has done what it was directed.
    Done(ServerIndex, Directed),
}

/// The world.
pub(super) struct World {
    now: Instant,
    power: Box<Power<3, 2>>,
    pub(super) ups: [Ups; 2],
    pub(super) servers: [Server; 3],
    later: Vec<(Instant, Later)>,
    names: PowerNames,
}

/// What the machine knows of servers.
struct Known<'w> {
    servers: &'w [Server; 3],
    now: Instant,
}

impl Servers for Known<'_> {
    fn facts(&self, server: ServerIndex) -> Facts {
        let Some(known) = self.servers.get(server.at()) else {
            unreachable!("the machine was told of three")
        };
        let heard = (known.doing == Doing::Up).then_some((self.now, Epoch(known.epoch)));
        Facts {
            power: known.power(),
            asked: Some(self.now),
            heard,
            fencing: false,
            wanted: None,
            bmc_heard: Some(self.now),
        }
    }
}

impl World {
    /// How much time goes by at once.
    pub(super) const TICK: Duration = Duration::from_millis(500);

    /// A world in which all is well.
    pub(super) fn new() -> Self {
        let now = Instant::from_micros(0);
        let restored = Restored { record: None, unix_ms: 1_795_000_000_000 };
        Self {
            now,
            power: Box::new(Power::new(names::config(), restored, now)),
            ups: [Ups::new(), Ups::new()],
            servers: std::array::from_fn(|place| Server::new(if place == GAMMA { 3 } else { 0 })),
            later: Vec::new(),
            names: PowerNames::pretended(&names::UPSES, &names::stage_names(), &["pacemaker"]),
        }
    }

    /// Time since the begin.
    pub(super) fn now(&self) -> Duration {
        self.now.since(Instant::from_micros(0))
    }

    /// The mains go or come.
    pub(super) fn mains(&mut self, on: bool) -> Said {
        for ups in &mut self.ups {
            ups.mains = on;
        }
        let text = if on { "THE MAINS COME BACK" } else { "THE MAINS FAIL" };
        Said { at: self.now(), id: String::new(), text: text.to_owned() }
    }

    /// Whether a server goes down at this moment.
    pub(super) fn is_stopping(&self, place: usize) -> bool {
        let server = self.servers.get(place);
        server.is_some_and(|server| matches!(server.doing, Doing::Stopping(_)))
    }

    /// Whether everything is as it was at the begin.
    pub(super) fn is_well(&self) -> bool {
        let up = |server: &Server| server.doing == Doing::Up && server.guests == server.all_guests;
        let known = Known { servers: &self.servers, now: self.now };
        let plan = self.power.snapshot(self.now, &known).plan();
        plan.is_none() && self.servers.iter().all(up) && self.ups.iter().all(|ups| ups.mains)
    }

    /// Those that were off once, or those that were not.
    pub(super) fn fallen(&self, fell: bool) -> Vec<&'static str> {
        let all = SERVERS.iter().zip(&self.servers);
        all.filter(|(_, server)| server.fell == fell).map(|(name, _)| *name).collect()
    }

    /// Whether a server lost its power while it was on.
    pub(super) fn has_lost_power(&self) -> bool {
        self.servers.iter().any(|server| server.crashed)
    }

    /// Lets a tick go by; what was said in it.
    pub(super) fn step(&mut self) -> Vec<Said> {
        self.now = self.now + Self::TICK;
        let fed = {
            for ups in &mut self.ups {
                ups.pass(Self::TICK);
            }
            self.ups.iter().any(Ups::gives)
        };
        let now = self.now;
        for (place, server) in (0..).zip(&mut self.servers) {
            server.pass(now, fed);
            // Whatever the machine waits for is read in every tick.
            self.power.handle(now, Input::Stirred(ServerIndex(place)));
        }
        self.read_all();
        let due: Vec<_> = self.later.extract_if(.., |(at, _)| *at <= now).collect();
        for (_, later) in due {
            self.happens(later);
        }
        self.decide()
    }

    fn read_all(&mut self) {
        let now = self.now;
        for (at, ups) in (0..).map(UpsIndex).zip(&self.ups) {
            let reading = Ok(ups.read());
            self.power.handle(now, Input::Reading { ups: at, asked: now, reading });
        }
    }

    fn happens(&mut self, later: Later) {
        match later {
            Later::Tell(input) => self.power.handle(self.now, input),
            Later::Done(index, action) => {
                let now = self.now;
                let Some(server) = self.servers.get_mut(index.at()) else { return };
                if server.doing != Doing::Up {
                    return;
                }
                let (_, of) = server.takes(action);
                server.done(action);
                let state = match action {
                    Directed::ShutDown => ReportState::Working,
                    _ => ReportState::Done,
                };
                let epoch = Epoch(server.epoch);
                if action == Directed::ShutDown {
                    server.stop(now);
                }
                let cause = ReportCause::None;
                let report =
                    Input::Reported { server: index, epoch, action, state, done: of, of, cause };
                self.power.handle(now, report);
            }
        }
    }

    /// Does everything that the machine wants.
    fn decide(&mut self) -> Vec<Said> {
        let mut said = Vec::new();
        loop {
            let known = Known { servers: &self.servers, now: self.now };
            let Some(action) = self.power.poll(self.now, &known) else { return said };
            said.extend(self.carry_out(action));
        }
    }

    fn after(&mut self, time: Duration, later: Later) {
        self.later.push((self.now + time, later));
    }

    fn carry_out(&mut self, action: Action) -> Option<Said> {
        match action {
            Action::Persist { generation } => {
                self.power.handle(self.now, Input::Persisted(generation));
            }
            Action::Read(_) => self.read_all(),
            Action::Order { run, ups, order } => {
                if let Some(ups) = self.ups.get_mut(ups.at()) {
                    ups.order(order);
                }
                let input = Input::Ordered { run, answer: UpsAnswer::Accepted };
                self.after(Self::TICK, Later::Tell(input));
            }
            Action::Direct { server, action, .. } => {
                let takes = self.servers.get(server.at()).map(|server| server.takes(action).0);
                self.after(takes.unwrap_or_default(), Later::Done(server, action));
            }
            Action::Switch { server, switch } => self.switch(server, switch),
            Action::Run { run, job, .. } => self.job(run, job),
            Action::Tell(tell) => {
                let name = |ServerIndex(at): ServerIndex| {
                    let name = SERVERS.get(usize::from(at)).copied().unwrap_or("?");
                    (name.to_owned(), 7410)
                };
                let message = power_message(&self.names, &name, &tell);
                let at = self.now();
                return Some(Said { at, id: message.code.id(), text: message.text });
            }
            Action::Hold { .. } | Action::ProvedByFeed { .. } | Action::Answer { .. } => {}
        }
        None
    }

    fn switch(&mut self, index: ServerIndex, switch: Switch) {
        let now = self.now;
        if let Some(server) = self.servers.get_mut(index.at()) {
            match switch {
                Switch::Soft => server.stop(now),
                Switch::Off => server.off(),
                Switch::On => server.on(now),
            }
        }
        self.after(Self::TICK, Later::Tell(Input::Switched { server: index, end: Ok(()) }));
    }

    fn job(&mut self, run: komainu_core::power::RunId, job: Job) {
        let takes = match job {
            Job::EnterMaintenance(_) | Job::LeaveMaintenance(_) => Duration::from_secs(2),
            Job::ShutDown(_) | Job::ShutDownThis => Self::TICK,
        };
        self.after(takes, Later::Tell(Input::Ran { run, end: RunEnd::Done }));
    }
}
