//! Drives a host's member, as its shell would.

use std::time::Duration;

use komainu_core::member::{Action, Command, Input, Member, Restored, RunEnd, RunId, Ticket};
use komainu_core::rng::Seed;
use komainu_core::time::Millis;
use komainu_core::types::ServiceNumber;

use super::server::System;
use super::workload::{Change, Ill, Running, within};
use super::{
    Event, Given, MONITORING, MemberInput, Node, RESET_LAN, Twist, World, address, build, instant,
    tell,
};
use crate::checks::{Invariant, Message, Said, Wanted};
use crate::rng::Rng;

/// Most actions of one drain; more means that it does not end.
const MOST_ACTIONS: usize = 512;
/// A check that waits for a stop looks again after this.
const BEHIND: Duration = Duration::from_millis(50);
/// What a poll may write.
const OUT: usize = 1024;
/// Room for a durable record.
pub(super) const RECORD: usize = 65_536;

impl World {
    /// Gives a member an input: now, or when it goes on.
    pub(super) fn give_member(&mut self, host: usize, input: MemberInput) {
        if !self.servers[host].member.lives() {
            return;
        }
        if let Some(input) = self.servers[host].member.keep(input) {
            self.hand_member(host, input);
            self.drain_member(host);
        }
    }

    pub(super) fn hand_member(&mut self, host: usize, mut input: MemberInput) {
        let now = instant(self.now);
        let searching = self.choices.is_some().then(|| input.in_bytes());
        let Some(machine) = self.servers[host].member.running() else { return };
        let Some(given) = input_of(&mut input) else { return };
        let Some(what) = searching else { return machine.handle(now, given) };
        let before = (machine.snapshot(now).counters().total(), machine.deadline());
        machine.handle(now, given);
        let after = (machine.snapshot(now).counters().total(), machine.deadline());
        // What is dropped changes nothing but its count.
        if after.0 == before.0 || after.1 != before.1 {
            self.note_given(Node::Host(host), &what);
        }
    }

    /// Polls until there is nothing more to do.
    pub(super) fn drain_member(&mut self, host: usize) {
        let now = instant(self.now);
        let mut out = [0; OUT];
        let mut first = true;
        for _ in 0..MOST_ACTIONS {
            let process = &mut self.servers[host].member;
            let Some(machine) = process.running() else { return };
            let Some(action) = machine.poll(now, &mut out) else {
                let due = machine.deadline();
                process.due = due.map(|due| Duration::from_micros(due.as_micros()));
                if due.is_some_and(|due| due <= now) {
                    let what = format!("the member of host {} is due, but idle", host + 1);
                    self.judge(Invariant::Contract, Err(what));
                }
                return;
            };
            if process.burns_out() {
                self.kill(Node::Host(host));
                return;
            }
            let twist = if first { self.step_by_choice(Node::Host(host)) } else { None };
            first = false;
            if twist != Some(Twist::Dies) {
                self.do_for_member(host, action, &out);
            }
            if let Some(twist) = twist {
                self.twist(Node::Host(host), twist);
            }
        }
        let what = format!("a drain of host {}'s member does not end", host + 1);
        self.judge(Invariant::Contract, Err(what));
    }

    fn do_for_member(&mut self, host: usize, action: Action, out: &[u8]) {
        match action {
            Action::Send { path, to, len } => {
                let lan = if path == 0 { RESET_LAN } else { MONITORING + usize::from(path) - 1 };
                self.member_says(host, &out[..len]);
                self.send(lan.min(self.lans.count() - 1), Node::Host(host), to, &out[..len]);
            }
            Action::Broadcast { len } => {
                self.member_says(host, &out[..len]);
                self.broadcast(Node::Host(host), &out[..len]);
            }
            Action::Run { run, service, command, limit } => {
                self.run_command(host, run, service, command, limit);
            }
            Action::Guests(action) if self.supply.is_some() => self.work_on_guests(host, action),
            Action::Guests(action) => {
                let what = format!("host {} has no guests, and wants {action:?}", host + 1);
                self.judge(Invariant::Contract, Err(what));
            }
            Action::HostDown { reason } => {
                tell!(self, "host {} goes down: {reason:?}", host + 1);
                self.set_power(host, false);
            }
            Action::ShutDown => {
                tell!(self, "host {} shuts down", host + 1);
                if self.supply.is_none() {
                    return self.set_power(host, false);
                }
                self.check_shutdown(host);
                self.servers[host].system = System::Ending;
                let (after, boots) = (self.rng.below(8000), self.servers[host].boots);
                self.later(Duration::from_millis(after), Event::Off { host, boots });
            }
            Action::Persist { generation } => self.write_member(host, generation),
            Action::Answer { ticket, answer } => {
                tell!(self, "host {} answers order {}: {answer:?}", host + 1, ticket.0);
            }
            Action::Tell(what) => tell!(self, "host {} tells {what:?}", host + 1),
        }
    }

    /// A member has handed a datagram out.
    fn member_says(&mut self, host: usize, bytes: &[u8]) {
        let Some(said) = Said::read(bytes) else { return };
        let starts = self.servers[host].member.starts;
        let judgement = self.checks.talk.say(starts, &said);
        self.judge(Invariant::Durable, judgement);
        if let Message::ResetRequest { id, method, reason, target } = said.message
            && let Some(target) = build::host_of(target)
        {
            let wanted = Wanted { target, method, reason };
            if self.checks.fencings.is_new(id) {
                tell!(self, "host {} asks {id:016x}: {wanted:?}", host + 1);
            }
            self.checks.fencings.asked(self.now, host, id, said.sequence, wanted);
        }
    }

    /// Sends to everybody on the reset path.
    pub(super) fn broadcast(&mut self, from: Node, bytes: &[u8]) {
        let hosts = (0..self.servers.len()).map(Node::Host);
        let nodes = hosts.chain((0..self.managers.len()).map(Node::Connector));
        for node in nodes.filter(|node| *node != from).collect::<Vec<_>>() {
            self.send(RESET_LAN, from, address(RESET_LAN, node), bytes);
        }
    }

    fn write_member(&mut self, host: usize, generation: u64) {
        let Some(machine) = self.servers[host].member.machine() else { return };
        let mut record = vec![0; RECORD];
        let Ok(len) = machine.record(&mut record) else {
            self.judge(Invariant::Contract, Err("a member's record is too long".into()));
            return;
        };
        record.truncate(len);
        self.trace.bytes(&record);
        self.look_for_secrets("a member's record", &record);
        let server = &mut self.servers[host];
        server.disk.write(generation, record);
        let (starts, sync) = (server.member.starts, server.sync);
        let after = sync / 2 + sync.mul_f64(self.rng.below(1000) as f64 / 1000.0);
        self.later(after, Event::Synced { node: Node::Host(host), starts });
    }

    fn run_command(
        &mut self,
        host: usize,
        run: RunId,
        number: ServiceNumber,
        command: Command,
        limit: Millis,
    ) {
        let service = usize::from(number.0) - 1;
        self.trace.number(run.0 << 8 | command as u64);
        tell!(self, "host {} runs {command:?} of service {number}", host + 1);
        if command == Command::Check {
            let after = Duration::from_millis(1 + self.rng.below(50));
            let starts = self.servers[host].member.starts;
            self.later(after, Event::CheckEnds { host, starts, service, run });
            return;
        }
        if command == Command::Start {
            self.check_start(host, service);
            self.check_start_in_plan(host, "a service");
            let judgement = self.checks.workloads.on(host, service);
            self.judge(Invariant::OneActive, judgement);
        }
        let (serial, boots) = (self.next_serial(), self.servers[host].boots);
        let rate = self.scenario.command_failure;
        let server = &mut self.servers[host];
        let workload = &mut server.workloads[service];
        let (after, end) = outcome(&mut self.rng, workload.ill.take(), rate, limit.duration());
        let leaves_running = match command {
            Command::Start => self.rng.percent(50.0),
            Command::Stop => workload.runs,
            Command::Check => false,
        };
        let member = server.member.starts;
        workload.begin(Running { run, command, serial, member, end, leaves_running });
        self.later(after, Event::CommandEnds { host, boots, service, serial });
    }

    pub(super) fn command_ends(&mut self, host: usize, service: usize, serial: u64) {
        let server = &mut self.servers[host];
        let workload = &mut server.workloads[service];
        if workload.command.is_none_or(|running| running.serial != serial) {
            return;
        }
        let Some((running, change)) = workload.finish() else { return };
        let told = server.member.starts == running.member;
        let (command, end) = (running.command, running.end);
        tell!(self, "host {}: {command:?} of service {} ends: {end:?}", host + 1, service + 1);
        if change == Change::Ended {
            self.checks.workloads.off(host, service);
        }
        if end != RunEnd::Done {
            self.healing.failed();
        }
        if told {
            self.give_member(host, Given::Finished { run: running.run, end });
        }
    }

    pub(super) fn check_ends(&mut self, host: usize, starts: u32, service: usize, run: RunId) {
        let server = &self.servers[host];
        if server.member.starts != starts {
            return;
        }
        if server.workloads[service].is_stopping() {
            // As a service manager does: what is asked next waits.
            self.later(BEHIND, Event::CheckEnds { host, starts, service, run });
        } else {
            let end = server.workloads[service].check();
            tell!(self, "host {}: check of service {}: {end:?}", host + 1, service + 1);
            self.give_member(host, Given::Finished { run, end });
        }
    }

    /// The generation of a start is on the disk, and was not used before.
    fn check_start(&mut self, host: usize, service: usize) {
        let now = instant(self.now);
        let number = build::service_number(service);
        let server = &self.servers[host];
        let generation = |member: &Member| {
            let snapshot = member.snapshot(now);
            snapshot.services().find(|s| s.number == number).map(|s| s.generation.0)
        };
        let Some(used) = server.member.machine().and_then(generation) else { return };
        let durable = server.disk.durable().map(|record| {
            let restored = Restored { record: Some(record), damaged: false, unix_ms: 0 };
            let config = build::member(&self.scenario, host);
            Box::new(Member::new(config, &Seed::new([1; 32]), restored, now))
        });
        let durable = durable.as_deref().and_then(generation);
        let starts = server.member.starts;
        let judgement = self.checks.started.start(service, used, host, starts, durable);
        self.judge(Invariant::Durable, judgement);
    }

    /// The service manager starts a member.
    pub(super) fn start_member(&mut self, host: usize) {
        let seed = Seed::new(self.rng.bytes());
        let server = &mut self.servers[host];
        if server.system != System::Up || server.member.lives() {
            return;
        }
        let restored = Restored {
            record: server.disk.durable(),
            damaged: server.disk.is_damaged(),
            unix_ms: server.wall_clock(self.now),
        };
        let config = build::member(&self.scenario, host);
        let now = instant(self.now);
        #[cfg(feature = "mutants")]
        let machine = Member::mutant(config, &seed, restored, now, self.scenario.laws);
        #[cfg(not(feature = "mutants"))]
        let machine = Member::new(config, &seed, restored, now);
        server.member.start(Box::new(machine), self.now);
        tell!(self, "the member of host {} starts", host + 1);
    }
}

fn input_of(input: &mut MemberInput) -> Option<Input<'_>> {
    Some(match input {
        Given::Datagram { lan, from, bytes } => {
            let path = if *lan == RESET_LAN { 0 } else { (*lan - MONITORING + 1) as u8 };
            Input::Datagram { path, from: *from, datagram: bytes }
        }
        Given::Finished { run, end } => Input::Finished { run: *run, end: *end },
        Given::Order { ticket, order } => Input::Order { ticket: Ticket(*ticket), order: *order },
        Given::Persisted(generation) => Input::Persisted(*generation),
        Given::Guests(worked) => Input::Guests(worked.input()),
        Given::Reading { .. } | Given::Ordered { .. } => return None,
    })
}

/// How long a command takes, and how it ends.
fn outcome(rng: &mut Rng, ill: Option<Ill>, rate: f64, limit: Duration) -> (Duration, RunEnd) {
    let ill = ill.or_else(|| {
        let fails = rng.percent(rate);
        fails.then(|| if rng.percent(30.0) { Ill::Hangs } else { Ill::Fails })
    });
    let longest = if rng.percent(20.0) { within(limit) } else { within(limit) / 10 };
    let after = Duration::from_micros(rng.below(longest.as_micros() as u64));
    match ill {
        None => (after, RunEnd::Done),
        Some(Ill::Fails) => (after, RunEnd::Failed),
        Some(Ill::Hangs) => (limit, RunEnd::TimedOut),
    }
}
