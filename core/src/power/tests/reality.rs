//! What UPSes, servers, members and jobs do in the small world.

use super::std::vec::Vec;
use super::world::{Eyes, Machine, TICK, World, at};
use crate::failure::Failure;
use crate::power::{Action, Input, Job, RunEnd, RunId, Switch, SwitchFailure};
use crate::time::Millis;
use crate::types::{
    Directed, Epoch, PowerState, ReportCause, ReportState, ServerIndex, Supply, UpsAnswer,
    UpsFailure, UpsIndex, UpsOrder, UpsReading,
};

impl World {
    pub(super) fn batteries(&mut self) {
        let passed = TICK as f64 / 1000.0;
        for ups in &mut self.ups {
            match ups.mains {
                true => ups.left = (ups.left + passed / 2.0).min(ups.full),
                false if !ups.off => ups.left -= passed,
                false => {}
            }
            if ups.left <= 0.0 {
                (ups.off, ups.back, ups.off_at) = (true, true, None);
                ups.left = 0.0;
            }
            if ups.off_at.is_some_and(|off| self.now >= off) {
                (ups.off, ups.off_at) = (true, None);
                ups.on_at = Some(self.now + 10_000);
            }
            if ups.off && ups.mains && ups.back && ups.on_at.is_none_or(|on| self.now >= on) {
                (ups.off, ups.on_at) = (false, None);
            }
        }
    }

    /// Lets so many seconds pass without this machine.
    pub(super) fn away(&mut self, secs: u64) {
        let until = self.now + secs * 1000;
        while self.now < until {
            self.now += TICK;
            self.batteries();
            self.machines();
        }
    }

    pub(super) fn machines(&mut self) {
        for n in 0..self.hosts.len() {
            let dark = self.is_dark(n);
            let host = &mut self.hosts[n];
            if dark {
                host.on = false;
                (host.stop_at, host.report) = (None, None);
            }
            if host.stop_at.is_some_and(|stop| self.now >= stop) {
                (host.on, host.stop_at, host.report) = (false, None, None);
            }
            if host.on && host.member && self.now >= host.up_at && self.now.is_multiple_of(1000) {
                host.heard = Some(self.now);
                if !host.held {
                    host.frozen = false;
                }
            }
            let report = host.report.filter(|(due, _)| self.now >= *due && host.on);
            if let Some((_, action)) = report {
                host.report = None;
                self.power.handle(
                    at(self.now),
                    Input::Reported {
                        server: ServerIndex(n as u16),
                        epoch: Epoch(self.hosts[n].epoch),
                        action,
                        state: ReportState::Done,
                        done: 1,
                        of: 1,
                        cause: ReportCause::None,
                    },
                );
            }
        }
    }

    pub(super) fn is_dark(&self, n: usize) -> bool {
        let mut servers = self.config.servers().iter();
        let Some(config) = servers.find(|one| usize::from(one.server.0) == n) else { return false };
        let fed = config.feeds.iter().filter(|feed| !self.ups[feed.ups.at()].off);
        fed.count() < usize::from(config.needed)
    }

    pub(super) fn jobs(&mut self) {
        let due: Vec<_> = self.runs.extract_if(.., |(due, _)| *due <= self.now).collect();
        for (_, input) in due {
            self.power.handle(at(self.now), input);
        }
    }

    pub(super) fn readings(&mut self) {
        let now = at(self.now);
        for n in 0..self.hosts.len() {
            let host = &mut self.hosts[n];
            if host.bmc {
                let on = host.on && !host.lies_off;
                let power = if on { PowerState::On } else { PowerState::Off };
                (host.reading, host.bmc_heard) = (Some((power, self.now - 10)), Some(self.now));
            }
            self.power.handle(now, Input::Stirred(ServerIndex(n as u16)));
        }
        for n in 0..self.with_snapshot(|seen| seen.ups().count()) {
            self.read(n);
        }
    }

    fn read(&mut self, n: usize) {
        let ups = &self.ups[n];
        let mut reading = UpsReading::of(match (ups.off || ups.lies_off, ups.mains) {
            (true, _) => Supply::Off,
            (false, true) => Supply::Mains,
            (false, false) => Supply::Battery,
        });
        reading.low = ups.low;
        reading.testing = ups.testing;
        reading.forced = ups.forced;
        reading.charge = Some((ups.left * 100.0 / ups.full) as u8);
        reading.runtime = Some(Millis::new((ups.left * 1000.0) as u32));
        let off_in = ups.off_at.map(|off| Millis::new(off.saturating_sub(self.now) as u32));
        reading.off_in = off_in.filter(|_| !ups.mute);
        let reading = if ups.answers { Ok(reading) } else { Err(UpsFailure::Silent) };
        let asked = at(self.now - 5);
        self.power.handle(at(self.now), Input::Reading { ups: UpsIndex(n as u16), asked, reading });
    }

    pub(super) fn poll(&mut self) {
        let now = at(self.now);
        for _ in 0..400 {
            let Some(action) = self.power.poll(now, &Eyes(&self.hosts)) else {
                assert_eq!(self.power.poll(now, &Eyes(&self.hosts)), None, "quiescent");
                let deadline = self.power.deadline();
                assert!(deadline.is_none_or(|due| due > now), "{deadline:?} after {now:?}");
                return;
            };
            self.log.push((self.now, action));
            self.act(action);
        }
        panic!("no end of actions: {:#?}", &self.log[self.log.len() - 10..]);
    }

    pub(super) fn act(&mut self, action: Action) {
        match action {
            Action::Persist { generation } if self.disk => {
                let mut out = [0; Machine::RECORD_LEN];
                let len = self.power.record(&mut out).unwrap();
                self.stored = out[..len].to_vec();
                self.power.handle(at(self.now), Input::Persisted(generation));
            }
            Action::Read(ups) => {
                self.runs.push((self.now + 400, Input::Hint(UpsIndex(99 + ups.0))))
            }
            Action::Order { run, ups, order } => {
                self.disk &= !self.disk_fails;
                self.order_ups(run, ups.at(), order);
            }
            Action::Hold { server, held } => {
                let host = &mut self.hosts[usize::from(server.0)];
                host.held = held;
            }
            Action::Direct { server, action, .. } => self.direct(usize::from(server.0), action),
            Action::Switch { server, switch } => self.switch(usize::from(server.0), switch),
            Action::Run { run, job, .. } => self.job(run, job),
            _ => {}
        }
    }

    fn order_ups(&mut self, run: RunId, n: usize, order: UpsOrder) {
        let (now, ups) = (self.now, &mut self.ups[n]);
        let mut answer = UpsAnswer::Accepted;
        match order {
            _ if ups.unreached => answer = UpsAnswer::Unknown,
            UpsOrder::OffUntilMains { .. } | UpsOrder::Off { .. } if ups.deaf => {}
            UpsOrder::OffUntilMains { .. } | UpsOrder::Off { .. } if ups.refuses => {
                answer = UpsAnswer::Failed(UpsFailure::Unsupported);
            }
            UpsOrder::OffUntilMains { delay, .. } => {
                ups.off_at = Some(now + delay.duration().as_millis() as u64);
                ups.back = true;
            }
            UpsOrder::Off { delay, .. } => {
                ups.off_at = Some(now + delay.duration().as_millis() as u64);
                ups.back = false;
            }
            UpsOrder::On { .. } if ups.holds => {
                answer = UpsAnswer::Failed(UpsFailure::Refused);
            }
            UpsOrder::On { .. } => (ups.off, ups.back, ups.on_at) = (false, true, None),
            UpsOrder::Cancel { .. } if ups.stubborn => {
                answer = UpsAnswer::Failed(UpsFailure::Unsupported);
            }
            UpsOrder::Cancel { .. } => ups.off_at = None,
            UpsOrder::Test | UpsOrder::StopTest => {}
        }
        self.runs.push((now + 400, Input::Ordered { run, answer }));
    }

    fn direct(&mut self, n: usize, action: Directed) {
        let (now, host) = (self.now, &mut self.hosts[n]);
        if !host.on || !host.member || now < host.up_at {
            return;
        }
        match action {
            Directed::ShutDown => host.stop_at = host.stops.map(|stops| now + stops),
            Directed::Freeze => host.frozen = true,
            Directed::Thaw => host.frozen = false,
            _ => {}
        }
        host.report = host.takes.map(|takes| {
            let quick = matches!(action, Directed::Freeze | Directed::Thaw);
            (now + if quick { 400 } else { takes }, action)
        });
    }

    fn switch(&mut self, n: usize, switch: Switch) {
        let (now, dark) = (self.now, self.is_dark(n));
        let host = &mut self.hosts[n];
        let server = ServerIndex(n as u16);
        if !host.bmc {
            let end = Err(SwitchFailure::Bmc(Failure::Silent));
            self.runs.push((now + 5000, Input::Switched { server, end }));
            return;
        }
        match switch {
            _ if host.ignores > 0 => host.ignores -= 1,
            Switch::Soft => host.stop_at = host.stops.map(|stops| now + stops).filter(|_| host.on),
            Switch::Off => (host.on, host.stop_at) = (false, None),
            Switch::On if !host.on && !dark => {
                host.on = true;
                host.epoch += 1;
                host.up_at = now + host.boots;
                host.frozen = true;
            }
            Switch::On => {}
        }
        self.runs.push((now + 200, Input::Switched { server, end: Ok(()) }));
    }

    fn job(&mut self, run: RunId, job: Job) {
        let end = match job {
            Job::EnterMaintenance(_) => self.enters,
            Job::LeaveMaintenance(_) => self.leaves,
            Job::ShutDown(server) => {
                let host = &mut self.hosts[usize::from(server.0)];
                host.stop_at = host.stops.map(|stops| self.now + stops);
                RunEnd::Done
            }
            Job::ShutDownThis => {
                self.gone = true;
                RunEnd::Done
            }
        };
        self.runs.push((self.now + 1000, Input::Ran { run, end }));
    }
}
