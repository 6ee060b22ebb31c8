//! The connector's machine: the power machine and what carries its wishes out.

use std::time::Duration;

use komainu_core::failure::Failure;
#[cfg(feature = "mutants")]
use komainu_core::power::Laws;
use komainu_core::power::{
    Action, Input, Job, Order, PlanSnapshot, Power, Restored, RunEnd, Switch, SwitchFailure, Tell,
    Ticket,
};
use komainu_core::types::{Epoch, ReportCause, ServerIndex, UpsAnswer, UpsIndex, UpsOrder};

use super::checks;
use super::scenario::{Crash, SERVERS, UPSES};
use super::server::Os;
use super::world::{Event, Told, World};

type Machine = Power<SERVERS, UPSES>;

/// Most actions at one moment.
const MOST: usize = 200;

/// A running connector.
pub(super) struct Connector {
    power: Box<Machine>,
    wakes: Option<Duration>,
}

impl World {
    /// The connector starts, with what its disk holds.
    pub(super) fn start(&mut self) {
        if self.connector.is_some() || !self.own_fed() {
            return;
        }
        self.run += 1;
        // A machine that goes down goes on with that, though its connector starts anew.
        self.desperate &= self.own_on;
        (self.own_on, self.own_down_since) = (true, None);
        (self.started, self.away_since) = (self.now, None);
        self.seen.began.push(self.now);
        self.line(format_args!("the connector starts"));
        for server in &mut self.servers {
            server.held = false;
        }
        let record = Some(self.disk.as_slice()).filter(|record| !record.is_empty());
        let restored = Restored { record, unix_ms: self.now.as_millis() as u64 };
        let power = Box::new(self.machine(restored));
        self.connector = Some(Connector { power, wakes: None });
        let run = self.run;
        self.later(Duration::ZERO, Event::For(run, Told::Wake));
    }

    #[cfg(not(feature = "mutants"))]
    pub(super) fn machine(&self, restored: Restored<'_>) -> Machine {
        Power::new(self.config.clone(), restored, self.instant())
    }

    #[cfg(feature = "mutants")]
    pub(super) fn machine(&self, restored: Restored<'_>) -> Machine {
        let mut laws = Laws::ALL;
        let lacks = self.scenario.lacks;
        for (_, take) in Laws::EACH.iter().filter(|(name, _)| lacks == Some(name)) {
            take(&mut laws);
        }
        Power::with_laws(self.config.clone(), restored, self.instant(), laws)
    }

    pub(super) fn crash(&mut self, wait: Duration) {
        if self.connector.take().is_some() {
            self.away_since = Some(self.now);
            self.run += 1;
            let run = self.run;
            self.later(wait, Event::Start(run));
        }
    }

    pub(super) fn own_down(&mut self, why: &str) {
        self.line(format_args!("the management server is off: {why}"));
        if let Some(place) = self.scenario.own_server.filter(|place| self.servers[*place].is_on()) {
            self.servers[place].off();
            self.seen.fell.push((self.now, place));
        }
        self.connector = None;
        self.run += 1;
        self.own_life += 1;
        self.own_on = false;
        for place in 0..self.servers.len() {
            if !self.servers[place].is_on() {
                self.unwatched(place);
            }
        }
        self.own_down_since = Some(self.now);
        self.seen.went.push(self.now);
    }

    pub(super) fn plan(&self) -> Option<PlanSnapshot> {
        let connector = self.connector.as_ref()?;
        connector.power.snapshot(self.instant(), &self.known).plan()
    }

    fn give(&mut self, input: Input) {
        let now = self.instant();
        if let Some(connector) = &mut self.connector {
            connector.power.handle(now, input);
        }
    }

    pub(super) fn stir(&mut self) {
        for place in 0..self.servers.len() {
            self.give(Input::Stirred(ServerIndex(place as u16)));
        }
    }

    pub(super) fn order(&mut self, order: Order) {
        let off = |order| matches!(order, UpsOrder::OffUntilMains { .. } | UpsOrder::Off { .. });
        let cuts = matches!(order, Order::Ups { order, .. } if off(order));
        self.by_hand |= cuts;
        if (cuts || matches!(order, Order::Stop { .. })) && self.connector.is_some() {
            self.checks.outage = true;
        }
        self.hasty |= matches!(order, Order::Return { now: true });
        self.give(Input::Order { ticket: Ticket(1), order });
    }

    pub(super) fn tell(&mut self, told: Told) {
        let input = match told {
            Told::Wake => return,
            Told::Read(place, asked, reading) => Input::Reading {
                ups: UpsIndex(place as u16),
                asked: super::world::moment(asked),
                reading,
            },
            Told::Stored(generation, record) => {
                self.disk = record;
                Input::Persisted(generation)
            }
            Told::Ordered(run, answer) => Input::Ordered { run, answer },
            Told::Ran(run, job) => Input::Ran { run, end: self.ran(job) },
            Told::Switched(place, end) => {
                Input::Switched { server: ServerIndex(place as u16), end }
            }
            Told::Reported(place, action, state) => Input::Reported {
                server: ServerIndex(place as u16),
                epoch: Epoch(self.servers[place].epoch),
                action,
                state,
                done: 0,
                of: 0,
                cause: ReportCause::None,
            },
        };
        self.give(input);
    }

    fn ran(&mut self, job: Job) -> RunEnd {
        match job {
            Job::EnterMaintenance(place) => {
                let was = std::mem::replace(&mut self.maintained[usize::from(place)], true);
                if was { RunEnd::Already } else { RunEnd::Done }
            }
            Job::LeaveMaintenance(place) => {
                let before = self.scenario.software[usize::from(place)].before;
                self.checks.holds("only what a plan has set is released", !before, || {
                    format!("software {place} was in maintenance before")
                });
                self.maintained[usize::from(place)] = false;
                RunEnd::Done
            }
            Job::ShutDown(server) => {
                self.shut_down(server.at());
                RunEnd::Done
            }
            Job::ShutDownThis => RunEnd::Done,
        }
    }

    /// Does what the machine wants at this moment.
    pub(super) fn drive(&mut self) {
        let now = self.instant();
        for count in 0.. {
            let Some(connector) = &mut self.connector else { return };
            let Some(action) = connector.power.poll(now, &self.known) else { break };
            self.checks.holds("a drain ends", count < MOST, || format!("still {action:?}"));
            if count >= MOST {
                return;
            }
            self.carry_out(action);
        }
        let (run, known) = (self.run, &self.known);
        let Some(connector) = &mut self.connector else { return };
        let again = connector.power.poll(now, known);
        let deadline = connector.power.deadline();
        self.checks.holds("nothing is due after a drain", again.is_none(), || format!("{again:?}"));
        self.checks.holds(
            "the deadline lies ahead",
            deadline.is_none_or(|deadline| deadline > now),
            || format!("{deadline:?} at {now:?}"),
        );
        let wake = deadline.map(|at| Duration::from_micros(at.as_micros()));
        if wake.is_some() && wake != connector.wakes {
            connector.wakes = wake;
            let at = wake.unwrap_or_default().max(self.now);
            self.queue.push(at, Event::For(run, Told::Wake));
        }
    }

    fn carry_out(&mut self, action: Action) {
        let mut crash = self.scenario.crash.filter(|crash| crash.at == self.acted);
        let switches = |what| matches!(action, Action::Switch { switch, .. } if switch == what);
        if let Some((_, first)) = self.scenario.crash_at.take_if(|(what, _)| switches(*what)) {
            crash = Some(first);
        }
        self.acted += 1;
        if let Some(Crash { before: true, wait, .. }) = crash {
            return self.crash(wait);
        }
        self.carried_out(action);
        if let Some(Crash { wait, .. }) = crash {
            self.line(format_args!("*** the connector crashes"));
            self.crash(wait);
        }
    }

    fn carried_out(&mut self, action: Action) {
        let mut number = 0;
        for byte in format!("{action:?}").bytes() {
            number = u64::from(byte) ^ u64::rotate_left(number, 7);
        }
        self.mix(number);
        if !matches!(action, Action::Persist { .. } | Action::Read(_)) {
            if self.is_told() {
                self.seen.wanted.push((self.now, action));
            }
            self.line(format_args!("{action:?}"));
        }
        self.check(&action);
        let run = self.run;
        match action {
            Action::Persist { generation } => {
                let mut record = vec![0; Machine::RECORD_LEN];
                let power =
                    self.connector.as_ref().map(|connector| connector.power.record(&mut record));
                if let Some(Ok(len)) = power.filter(|_| !self.disk_broken) {
                    record.truncate(len);
                    let wait = self.wait(1, 30);
                    self.later(wait, Event::For(run, Told::Stored(generation, record)));
                }
            }
            Action::Read(ups) => {
                let answer = self.ups[ups.at()].read();
                let (asked, wait) = (self.now, self.wait(1, 40));
                self.later(wait, Event::For(run, Told::Read(ups.at(), asked, answer)));
            }
            Action::Order { run: of, ups, order } => self.order_ups(of, ups, order),
            Action::Hold { server, held } => self.servers[server.at()].held = held,
            Action::Direct { server, action, seconds, .. } => {
                self.direct(server.at(), action, seconds);
            }
            Action::Switch { server, switch } => self.switch(server.at(), switch),
            Action::Run { run: of, job, .. } => self.run_job(of, job),
            Action::Tell(Tell::Dropped(server) | Tell::NotProvedOff(server)) if !self.healed => {
                self.checks.drop_server(server.at());
            }
            Action::Tell(Tell::Maintenance { enter: true, adapter, end: RunEnd::Already })
                if !self.scenario.software[usize::from(adapter)].before =>
            {
                self.whose.push(adapter);
            }
            Action::ProvedByFeed { server, .. } => self.servers[server.at()].wanted = None,
            Action::Answer { .. } | Action::Tell(_) => {}
        }
    }

    fn order_ups(&mut self, of: komainu_core::power::RunId, ups: UpsIndex, order: UpsOrder) {
        self.touch(ups.at());
        let cuts = matches!(order, UpsOrder::OffUntilMains { .. } | UpsOrder::Off { .. });
        self.disk_broken |= cuts && self.scenario.disk_fails && !self.healed;
        let answer = self.ups[ups.at()].order(order);
        self.touch(ups.at());
        let wait = if answer.is_some() { self.wait(5, 100) } else { Duration::from_secs(3) };
        let (run, answer) = (self.run, answer.unwrap_or(UpsAnswer::Unknown));
        self.later(wait, Event::For(run, Told::Ordered(of, answer)));
    }

    fn run_job(&mut self, of: komainu_core::power::RunId, job: Job) {
        let run = self.run;
        let wait = match job {
            Job::EnterMaintenance(place) | Job::LeaveMaintenance(place) => {
                self.scenario.software[usize::from(place)].takes
            }
            Job::ShutDown(_) => Duration::from_millis(500),
            Job::ShutDownThis => {
                let stop = self.scenario.own.as_ref().map_or(Duration::ZERO, |own| own.stop);
                if let Some(place) = self.scenario.own_server {
                    self.servers[place].os = Os::Stopping;
                }
                self.later(stop, Event::Down(self.own_life));
                self.desperate |= self.own_is_ending();
                Duration::from_millis(10)
            }
        };
        self.later(wait, Event::For(run, Told::Ran(of, job)));
    }

    fn own_is_ending(&self) -> bool {
        let Some(own) = &self.scenario.own else { return false };
        let needed = (own.stop + Duration::from_secs(10)) * 5 / 4 + Duration::from_secs(30);
        own.feeds.iter().map(|ups| &self.ups[*ups]).all(|ups| {
            let gone = ups.dark(0).is_some();
            gone || ups.traits.early_low || ups.told() <= needed.max(checks::END)
        })
    }

    fn switch(&mut self, place: usize, switch: Switch) {
        let run = self.run;
        let (standby, server) = (self.feeds_of(place) > 0, &self.servers[place]);
        let answer = |world: &mut Self, wait, end| {
            world.later(Duration::from_millis(wait), Event::For(run, Told::Switched(place, end)));
        };
        if !standby || server.faults.bmc {
            return answer(self, 3000, Err(SwitchFailure::Bmc(Failure::Silent)));
        }
        match switch {
            Switch::Soft => self.shut_down(place),
            Switch::Off if server.is_on() => {
                self.checks.downs += 1;
                self.servers[place].off();
                self.seen.fell.push((self.now, place));
            }
            Switch::On if server.os == Os::Off && server.traits.ignores_on > 0 => {
                self.servers[place].traits.ignores_on -= 1;
            }
            Switch::On if server.os == Os::Off => self.boot(place),
            Switch::Off | Switch::On => {}
        }
        answer(self, 800, Ok(()));
    }
}
