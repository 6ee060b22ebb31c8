//! *When a service may start*: the one place that decides it.
//!
//! A host starts a service with generation g only if it holds, for every other host of that
//! service, either a fencing token or a yield of g. A yield says: the service does not run here,
//! and I will not start it with a generation up to g.

use crate::time::Instant;
use crate::types::Generation;

use super::Member;
use super::service::{Job, Phase};
use super::sets::Set;
use super::words::Command;

impl Member {
    /// The other hosts of a service for which its candidate holds neither token nor yield.
    pub(super) fn missing(&self, service: usize) -> Set {
        let Some(found) = self.services.get(service) else { return Set::EMPTY };
        let yields = found.candidate().map_or(Set::EMPTY, |candidate| candidate.yields);
        let lacks = |at: &usize| {
            !yields.contains(*at)
                && self.peers.get(*at).is_some_and(|peer| {
                    let ran_last = peer.service(found.config.number).is_some_and(|s| s.may_run());
                    !peer.has_ended_for(service) && (self.laws.yields_from_all() || ran_last)
                })
        };
        found.others.iter().filter(lacks).collect()
    }

    /// Starts the service if its candidate holds all proof, nothing holds this host back, and the
    /// services that it needs run here. Returns whether it did.
    pub(super) fn start_if_proved(&mut self, service: usize, now: Instant) -> bool {
        let Some(generation) = self.may_start(service, now) else { return false };
        self.drop_proofs(service);
        if let Some(started) = self.services.get_mut(service) {
            started.generation = generation;
            started.job = Job::Due(Command::Start);
            started.since = None;
        }
        self.set_phase(service, Phase::Starting { tries: 0 });
        true
    }

    fn may_start(&self, service: usize, now: Instant) -> Option<Generation> {
        let found = self.services.get(service)?;
        let candidate = found.candidate()?;
        let generation = candidate.generation;
        let keeps_yields = self.laws.yield_drops_candidacy();
        let is_new = generation > found.generation
            || !self.laws.no_double_start_per_generation()
            || !keeps_yields;
        let is_free = generation > found.promised || !keeps_yields;
        let is_durable = self.generations.is_stored(candidate.stored)
            || !self.laws.generation_durable_before_start();
        let may = is_new
            && is_free
            && is_durable
            && !self.held_back(now)
            && self.missing(service).is_empty()
            && self.parents_run(service);
        may.then_some(generation)
    }

    /// This host says that the service does not run here, and that it will not start it with a
    /// generation up to `generation`. What it holds towards a start of its own is dropped.
    pub(super) fn give_yield(
        &mut self,
        service: usize,
        to: usize,
        generation: Generation,
        now: Instant,
    ) {
        let patience = self.patience(service, to);
        if self.laws.yield_drops_candidacy() {
            self.drop_candidacy(service);
        }
        self.drop_proofs(service);
        let Some(yielded) = self.services.get_mut(service) else { return };
        yielded.promised = yielded.promised.max(generation);
        yielded.promised_to = Some(to);
        yielded.leaves_to = Some((to, now + patience));
        yielded.since = None;
        yielded.offer = None;
        yielded.release = None;
    }

    /// Whether this host may yield that generation: it is above its own and every other that it
    /// has yielded, or it is the very one that it has yielded to that host.
    pub(super) fn may_yield(&self, service: usize, to: usize, generation: Generation) -> bool {
        let Some(found) = self.services.get(service) else { return false };
        let again = found.promised_to == Some(to) && generation == found.promised;
        let higher = generation > found.promised || again || !self.laws.yields_only_higher();
        let known = generation > found.generation || !self.laws.yields_only_higher();
        found.is_found() && higher && known && (!found.runs() || !self.laws.active_keeps())
    }

    /// Drops the tokens and the awaited requests that count for a service.
    fn drop_proofs(&mut self, service: usize) {
        for peer in &mut self.peers {
            if self.laws.yield_drops_request() {
                peer.asking.drop_service(service);
            }
            if let Some(proof) = peer.proof.as_mut().filter(|proof| proof.drops(&self.laws)) {
                proof.covers.remove(service);
            }
        }
    }

    /// Gives a candidacy up.
    pub(super) fn drop_candidacy(&mut self, service: usize) {
        if self.services.get(service).is_some_and(|found| found.candidate().is_some()) {
            self.set_phase(service, Phase::Idle);
        }
    }
}
