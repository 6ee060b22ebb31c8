//! What must never happen.

use super::std::format;
use super::std::string::String;
use super::std::vec::Vec;

use crate::member::Restored;
use crate::types::{HandoverStep, Party, ServiceNumber};
use crate::wire::reset::{Envelope, Message};

use super::host::Host;
use super::world::World;

impl World {
    fn wrong(&mut self, what: String) {
        assert!(self.looks_for_wrongs, "{what}\n{}", self.story());
        self.wrongs.push(what);
    }

    /// No service runs twice.
    pub(super) fn check(&mut self) {
        for service in self.services.clone() {
            let runs = |host: &&Host| host.power && host.running.contains(&service.number);
            let on: Vec<u16> = self.hosts.iter().filter(runs).map(|host| host.number).collect();
            if on.len() > 1 {
                self.wrong(format!("service {} runs on {on:?}", service.number));
            }
        }
    }

    /// A start is durable before it, nothing is started while frozen, and no host starts a service
    /// twice under one generation.
    pub(super) fn check_start(&mut self, at: usize, service: ServiceNumber) {
        let now = self.now;
        let host = self.hosts.get(at).expect("a host");
        let number = host.number;
        let member = host.member.as_ref().expect("a member");
        let record = Restored { record: Some(&host.disk), damaged: false, unix_ms: 0 };
        let durable = record.services().find(|stored| stored.0 == service);
        let snapshot = member.snapshot(now);
        let started = snapshot.services().find(|s| s.number == service).expect("a service");
        let generation = started.generation;
        let frozen = snapshot.frozen();
        if !durable.is_some_and(|(_, stored, may_run, _)| may_run && stored >= generation) {
            self.wrong(format!("host {number} starts under {generation}, which is not durable"));
        }
        if frozen {
            self.wrong(format!("host {number} starts though it is frozen"));
        }
        self.starts.push((service, generation, number));
        let start = (service, generation, number);
        // Two tries are one start. After a token another host may use a generation again.
        if self.starts.iter().filter(|other| **other == start).count() > 2 {
            self.wrong(format!("a start under {generation} again, on host {number}"));
        }
    }

    /// What a host yields is above all that it has yielded before to others since its start.
    pub(super) fn check_sent(&mut self, to: u16, bytes: &[u8]) {
        let envelope = Envelope::parse(bytes).expect("well formed");
        let header = envelope.header().expect("well formed");
        let message = Message::parse(header.kind, envelope.body).expect("well formed");
        let (Party::Host(from), Message::Handover(said)) = (header.sender, message) else { return };
        if said.step.is_yield() {
            let giver = (said.service, from, header.epoch);
            let clash = self.yields.iter().any(|(by, generation, taker)| {
                *by == giver && *generation >= said.generation && *taker != to
            });
            self.yields.push((giver, said.generation, to));
            if clash {
                self.wrong(format!("host {from} yields {} to {to}, too", said.generation));
            }
        }
    }
}

/// The step of a handover that a datagram carries.
pub(super) fn step_of(bytes: &[u8]) -> Option<HandoverStep> {
    let envelope = Envelope::parse(bytes).ok()?;
    match Message::parse(envelope.kind?, envelope.body).ok()? {
        Message::Handover(said) => Some(said.step),
        _ => None,
    }
}
