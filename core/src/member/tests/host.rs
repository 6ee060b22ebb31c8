//! A host: its power, its disk, its workloads, its member.

use super::std::boxed::Box;
use super::std::vec::Vec;

use super::hypervisor::Hypervisor;
use crate::member::{Answer, Command, Input, Laws, Member, RunEnd, RunId, Tell, Ticket};
use crate::time::Instant;
use crate::types::ServiceNumber;

/// A host: its workloads run on when its member is killed, and end when its power does.
pub(super) struct Host {
    pub(super) number: u16,
    pub(super) member: Option<Box<Member>>,
    pub(super) power: bool,
    pub(super) running: Vec<ServiceNumber>,
    pub(super) disk: Vec<u8>,
    pub(super) runs: Vec<(Instant, RunId, RunEnd, ServiceNumber, Command)>,
    pub(super) writes: Vec<(Instant, u64, Vec<u8>)>,
    pub(super) boots: u8,
    pub(super) broken: Vec<ServiceNumber>,
    /// Services whose stop command fails.
    pub(super) stuck: Vec<ServiceNumber>,
    pub(super) laws: Laws,
    pub(super) answers: Vec<(Ticket, Answer)>,
    pub(super) starts: Vec<(Instant, ServiceNumber)>,
    pub(super) tells: Vec<(Instant, Tell)>,
    pub(super) went_down: bool,
    pub(super) shut_down: bool,
    pub(super) hypervisor: Hypervisor,
}

impl Host {
    pub(super) fn new(number: u16, laws: Laws) -> Self {
        Self {
            number,
            member: None,
            power: false,
            running: Vec::new(),
            disk: Vec::new(),
            runs: Vec::new(),
            writes: Vec::new(),
            boots: 0,
            broken: Vec::new(),
            stuck: Vec::new(),
            laws,
            answers: Vec::new(),
            starts: Vec::new(),
            tells: Vec::new(),
            went_down: false,
            shut_down: false,
            hypervisor: Hypervisor::default(),
        }
    }

    /// The member's process ends at once; writes that are under way are lost.
    pub(super) fn kill(&mut self) {
        self.member = None;
        self.hypervisor.forget();
        self.runs.clear();
        self.writes.clear();
    }

    pub(super) fn begin(
        &mut self,
        now: Instant,
        run: RunId,
        service: ServiceNumber,
        command: Command,
    ) {
        let (took, end) = match command {
            Command::Check if self.running.contains(&service) => (1_000, RunEnd::Done),
            Command::Check => (1_000, RunEnd::Failed),
            Command::Start => {
                self.starts.push((now, service));
                // A start that fails leaves something behind.
                self.running.push(service);
                let broken = self.broken.contains(&service);
                (20_000, if broken { RunEnd::Failed } else { RunEnd::Done })
            }
            Command::Stop if self.stuck.contains(&service) => (10_000, RunEnd::Failed),
            Command::Stop => (10_000, RunEnd::Done),
        };
        let at = Instant::from_micros(now.as_micros() + took);
        self.runs.push((at, run, end, service, command));
    }

    pub(super) fn end_runs(&mut self, now: Instant) {
        if let Some(member) = &mut self.member {
            self.hypervisor.end_runs(now, member);
        }
        let (due, later) = core::mem::take(&mut self.runs).into_iter().partition(|r| r.0 <= now);
        self.runs = later;
        let due: Vec<(Instant, RunId, RunEnd, ServiceNumber, Command)> = due;
        for (_, run, end, service, command) in due {
            if command == Command::Stop && end == RunEnd::Done {
                self.running.retain(|running| *running != service);
            }
            if let Some(member) = &mut self.member {
                member.handle(now, Input::Finished { run, end });
            }
        }
        let (due, later) = core::mem::take(&mut self.writes).into_iter().partition(|w| w.0 <= now);
        self.writes = later;
        let due: Vec<(Instant, u64, Vec<u8>)> = due;
        for (_, generation, bytes) in due {
            self.disk = bytes;
            if let Some(member) = &mut self.member {
                member.handle(now, Input::Persisted(generation));
            }
        }
    }
}
