//! Drives a connector, as its shell would.

use std::net::SocketAddr;
use std::time::Duration;

use komainu_core::connector::{ClusterIndex, Restored, Tell, Ticket};
use komainu_core::rng::Seed;
use komainu_core::site::{Action, Input};
use komainu_core::time::Instant;
use komainu_core::types::{Cause, FenceState, UpsIndex};

use super::manager::Machine;
use super::member::RECORD;
use super::{
    BMC_LAN, ConnectorInput, Event, Given, Node, RESET_LAN, Twist, World, build, instant, owner,
    tell,
};
use crate::checks::{Copy, Invariant, Message, Said};

/// Most actions of one drain; more means that it does not end.
const MOST_ACTIONS: usize = 512;
/// What a poll may write.
const OUT: usize = 1024;
/// The only cluster.
const CLUSTER: ClusterIndex = ClusterIndex(0);

impl World {
    /// Gives a connector an input: now, or when it goes on.
    pub(super) fn give_connector(&mut self, at: usize, input: ConnectorInput) {
        if !self.managers[at].process.lives() {
            return;
        }
        if let Some(input) = self.managers[at].process.keep(input) {
            self.hand_connector(at, input);
            self.drain_connector(at);
        }
    }

    pub(super) fn hand_connector(&mut self, at: usize, mut input: ConnectorInput) {
        if let Given::Datagram { lan: RESET_LAN, bytes, .. } = &input {
            self.request_reaches(at, bytes);
        }
        let now = instant(self.now);
        let searching = self.choices.is_some().then(|| input.in_bytes());
        let Some(machine) = self.managers[at].process.running() else { return };
        let before = searching.as_ref().map(|_| (dropped(machine, now), machine.deadline()));
        if let Some(input) = input_of(&mut input) {
            machine.handle(now, input);
        }
        let (Some(what), Some(before)) = (searching, before) else { return };
        let after = (dropped(machine, now), machine.deadline());
        // What is dropped changes nothing but its count.
        if after.0 == before.0 || after.1 != before.1 {
            self.note_given(Node::Connector(at), &what);
        }
    }

    /// A host's question is read by a connector.
    fn request_reaches(&mut self, at: usize, bytes: &[u8]) {
        let Some(said) = Said::read(bytes) else { return };
        let overtaken = self.managers[at].newest.overtook(&said);
        if let Message::ResetRequest { id, .. } = said.message {
            let copy = Copy { sequence: said.sequence, overtaken };
            self.checks.fencings.reached(self.now, id, copy, self.managers[at].began);
        }
    }

    /// Polls until there is nothing more to do.
    pub(super) fn drain_connector(&mut self, at: usize) {
        let now = instant(self.now);
        let mut out = [0; OUT];
        let mut first = true;
        for _ in 0..MOST_ACTIONS {
            let process = &mut self.managers[at].process;
            let Some(machine) = process.running() else { return };
            let Some(action) = machine.poll(now, &mut out) else {
                let due = machine.deadline();
                process.due = due.map(|due| Duration::from_micros(due.as_micros()));
                self.tell_steps();
                if due.is_some_and(|due| due <= now) {
                    let what = format!("connector {at} is due, but idle");
                    self.judge(Invariant::Contract, Err(what));
                }
                return;
            };
            if process.burns_out() {
                self.kill(Node::Connector(at));
                return;
            }
            let twist = if first { self.step_by_choice(Node::Connector(at)) } else { None };
            first = false;
            if twist != Some(Twist::Dies) {
                self.do_for_connector(at, action, &out);
            }
            if let Some(twist) = twist {
                self.twist(Node::Connector(at), twist);
            }
        }
        let what = format!("a drain of connector {at} does not end");
        self.judge(Invariant::Contract, Err(what));
    }

    fn do_for_connector(&mut self, at: usize, action: Action, out: &[u8]) {
        let node = Node::Connector(at);
        match action {
            Action::ResetPath { to, len, .. } => {
                self.connector_says(at, &out[..len]);
                self.send(RESET_LAN, node, to, &out[..len]);
            }
            Action::Broadcast { len, .. } => {
                self.connector_says(at, &out[..len]);
                self.broadcast(node, &out[..len]);
            }
            Action::Bmc { to, len } => {
                self.connector_says_to_bmc(at, to, &out[..len]);
                self.send(BMC_LAN, node, to, &out[..len]);
            }
            Action::Persist { generation } => self.write_connector(at, generation),
            Action::Answer { ticket, answer } => {
                tell!(self, "connector {at} answers order {}: {answer:?}", ticket.0);
                self.order_answered(ticket.0, answer);
            }
            Action::Tell(what) => {
                tell!(self, "connector {at} tells {what:?}");
                let full = matches!(what, Tell::Refused { cause: Cause::TooMany, .. });
                if full && !self.has_resets_in_flight(at) {
                    self.healing.full();
                }
            }
            Action::ReadUps(_) if self.supply.is_some() => self.read_ups(),
            Action::OrderUps { run, order, .. } if self.supply.is_some() => {
                self.order_ups(run, order);
            }
            Action::TellPower(told) if self.supply.is_some() => self.plan_tells(told),
            power @ (Action::ReadUps(_)
            | Action::OrderUps { .. }
            | Action::Run { .. }
            | Action::AnswerPlan { .. }
            | Action::TellPower(_)) => {
                let what = format!("connector {at} has no UPS and no plan, and wants {power:?}");
                self.judge(Invariant::Contract, Err(what));
            }
        }
    }

    /// A connector has handed a datagram out.
    fn connector_says(&mut self, at: usize, bytes: &[u8]) {
        let Some(said) = Said::read(bytes) else { return };
        let starts = self.managers[at].process.starts;
        let judgement = self.checks.talk.say(starts, &said);
        self.judge(Invariant::Durable, judgement);
        match said.message {
            Message::ResetResult { id, state, cause, token } => {
                tell!(self, "connector {at} answers {id:016x}: {state} {cause} {token:x}");
                let answered = self.checks.fencings.answered(id, state, cause);
                let judgement = answered.and_then(|target| match state {
                    3 => self.checks.tokens.say(token, target as u16 + 1),
                    _ => Ok(()),
                });
                self.judge(Invariant::Proof, judgement);
            }
            Message::Notice { event: 2, host, token, .. } => {
                let judgement = self.checks.tokens.say(token, host);
                self.judge(Invariant::Proof, judgement);
            }
            Message::Notice { .. } | Message::ResetRequest { .. } | Message::Other => {}
        }
    }

    fn connector_says_to_bmc(&mut self, at: usize, to: SocketAddr, bytes: &[u8]) {
        if let Some((_, Node::Bmc(host))) = owner(to) {
            let life = (at, self.managers[at].process.starts);
            let judgement = self.checks.sessions.say(life, host, bytes);
            self.judge(Invariant::Durable, judgement);
        }
    }

    fn write_connector(&mut self, at: usize, generation: u64) {
        let Some(machine) = self.managers[at].process.machine() else { return };
        let mut record = vec![0; RECORD];
        let Ok(len) = machine.record(&mut record) else {
            self.judge(Invariant::Contract, Err("a connector's record is too long".into()));
            return;
        };
        record.truncate(len);
        self.trace.bytes(&record);
        self.look_for_secrets("a connector's record", &record);
        let manager = &mut self.managers[at];
        manager.disk.write(generation, record);
        let (starts, sync) = (manager.process.starts, manager.sync);
        let after = sync / 2 + sync.mul_f64(self.rng.below(1000) as f64 / 1000.0);
        self.later(after, Event::Synced { node: Node::Connector(at), starts });
    }

    /// The service manager starts a connector.
    pub(super) fn start_connector(&mut self, at: usize) {
        let seed = Seed::new(self.rng.bytes());
        let manager = &mut self.managers[at];
        if manager.process.lives() {
            return;
        }
        let restored = Restored {
            record: manager.disk.durable(),
            damaged: manager.disk.is_damaged(),
            unix_ms: manager.wall_clock(self.now),
        };
        let config = build::site(&self.scenario, at);
        let machine = Box::new(Machine::new(config, &seed, restored, instant(self.now)));
        #[cfg(feature = "mutants")]
        let machine = {
            let mut machine = machine;
            machine.mutate(self.scenario.arbiter_laws);
            machine
        };
        manager.process.start(machine, self.now);
        manager.began = self.now;
        tell!(self, "connector {at} starts");
    }

    /// A host that was shot is being fenced by what is on some connector's disk.
    pub(super) fn check_durable_fencing(&mut self, host: usize) {
        let now = instant(self.now);
        let knows = |at: usize, record: &[u8]| {
            let config = build::site(&self.scenario, at);
            let restored = Restored { record: Some(record), damaged: false, unix_ms: 0 };
            let machine = Box::new(Machine::new(config, &Seed::new([1; 32]), restored, now));
            let number = build::host_address(host);
            let snapshot = machine.snapshot(now);
            let mut servers = snapshot.servers(CLUSTER);
            servers.any(|server| server.host == number && server.fence != FenceState::None)
        };
        let mut managers = self.managers.iter().enumerate();
        let known =
            managers.any(|(at, manager)| manager.disk.written().any(|record| knows(at, record)));
        if !known {
            let what = format!("host {} was shot, and no disk knows of a fencing", host + 1);
            self.judge(Invariant::Durable, Err(what));
        }
    }
}

/// Everything that the machine has dropped.
fn dropped(machine: &Machine, now: Instant) -> u32 {
    let snapshot = machine.snapshot(now);
    let connector = snapshot.connector();
    let clusters = snapshot.clusters().map(|cluster| cluster.discarded);
    clusters.fold(connector.bmc_discarded.wrapping_add(connector.strays), u32::wrapping_add)
}

fn input_of(input: &mut ConnectorInput) -> Option<Input<'_>> {
    Some(match input {
        Given::Datagram { lan: BMC_LAN, from, bytes } => {
            Input::Bmc { from: *from, datagram: bytes }
        }
        Given::Datagram { from, bytes, .. } => {
            Input::ResetPath { cluster: CLUSTER, from: *from, datagram: bytes }
        }
        Given::Order { ticket, order } => Input::Order { ticket: Ticket(*ticket), order: *order },
        Given::Persisted(generation) => Input::Persisted(*generation),
        Given::Reading { asked, reading } => {
            Input::Reading { ups: UpsIndex(0), asked: *asked, reading: *reading }
        }
        Given::Ordered { run, answer } => Input::Ordered { run: *run, answer: *answer },
        Given::Finished { .. } | Given::Guests(_) => return None,
    })
}
