//! Handing a service over, and yielding it: what another host says, and what this one answers.
//!
//! A planned swap: the host that shall run the service gathers the yields of all others and then
//! asks the active one (1), which stops it (2) and releases it (3); the first tells whether it
//! started (4, 5). Whoever is active and wants to get rid of the service asks first, with 1 too.

use core::time::Duration;

use crate::time::Instant;
use crate::types::{Generation, HandoverStep, ServiceState};
use crate::wire::reset::Handover;

use super::Member;
use super::service::{Phase, Then};
use super::steps::{Candidate, Reply};
use super::words::Why;

/// After a refusal another host is asked again so much later.
const REFUSED_PAUSE: Duration = Duration::from_secs(1);
/// How long such a host goes on gathering proof after it was last asked.
const OFFERED: Duration = Duration::from_secs(2);
/// How long a service that is being released waits for those that need it to be asked for as well.
const TOGETHER: Duration = Duration::from_secs(2);
/// How long after *stopping* the active host may be silent.
pub(super) const STOPPING_SILENCE: Duration = Duration::from_secs(1);

/// A step of a handover that came.
#[derive(Clone, Copy, Debug)]
struct Came {
    service: usize,
    from: usize,
    /// The place of the path that it came by.
    path: usize,
    generation: Generation,
}

impl Member {
    /// Another host said something about a service, in answer to a recent nonce of ours.
    pub(super) fn hear_handover(
        &mut self,
        from: usize,
        path: usize,
        said: &Handover,
        now: Instant,
    ) {
        let place = |found: &super::service::Service| found.config.number == said.service;
        let Some(service) = self.services.iter().position(place) else { return };
        if !self.services.get(service).is_some_and(|found| found.others.contains(from)) {
            return;
        }
        let came = Came { service, from, path, generation: said.generation };
        match said.step {
            HandoverStep::Asked => self.hear_asked(came, now),
            HandoverStep::Stopping => self.hear_stopping(came, now),
            HandoverStep::Released => self.hear_released(came, now),
            HandoverStep::Started => self.hear_started(came),
            HandoverStep::StartFailed => self.hear_start_failed(came, now),
            HandoverStep::Refused => self.hear_refused(came, now),
            HandoverStep::AsksYield => self.hear_asks_yield(came, now),
            HandoverStep::Yields => self.take_yield(came),
        }
    }

    /// Another host wants the service that runs here, or wants to get rid of it.
    fn hear_asked(&mut self, came: Came, now: Instant) {
        let Came { service, from, generation, .. } = came;
        let Some(found) = self.services.get(service) else { return };
        match &found.phase {
            Phase::Active { .. } if generation > found.generation.max(found.promised) => {
                self.stop_service(service, Then::Release { to: from, generation });
                if let Some(found) = self.services.get_mut(service) {
                    found.leaves_to = Some((from, now + TOGETHER));
                }
                self.answer_other(came, HandoverStep::Stopping, generation);
            }
            Phase::Stopping(Then::Release { to, generation: given })
                if *to == from && *given == generation =>
            {
                self.answer_other(came, HandoverStep::Stopping, generation);
            }
            Phase::Idle
                if found.release.is_some_and(|r| r.to == from && r.generation == generation) =>
            {
                self.answer_other(came, HandoverStep::Released, generation);
            }
            Phase::Idle | Phase::Candidate(_) if self.runs_at(service, from) => {
                self.take_offer(came, now);
            }
            Phase::Finding
            | Phase::Idle
            | Phase::Candidate(_)
            | Phase::Starting { .. }
            | Phase::Active { .. }
            | Phase::Stopping(_) => self.refuse(came),
        }
    }

    /// The active host wants this one to ask for the service.
    fn take_offer(&mut self, came: Came, now: Instant) {
        let Some(found) = self.services.get_mut(came.service) else { return };
        let failed = found.failures.until.is_some_and(|until| now < until);
        let ordered = found.candidate_mut().and_then(|candidate| candidate.ordered.as_mut());
        if let Some(until) = ordered {
            *until = (*until).max(now + OFFERED);
            return;
        }
        if self.held_back(now) || !self.stands_by() || failed {
            return self.refuse(came);
        }
        self.learn(came.service, came.generation);
        self.stand(came.service, Some(now + OFFERED), now);
    }

    /// Whether another host last said that the service may run there.
    pub(super) fn runs_at(&self, service: usize, peer: usize) -> bool {
        let (Some(found), Some(other)) = (self.services.get(service), self.peers.get(peer)) else {
            return false;
        };
        other.service(found.config.number).is_some_and(ServiceState::may_run)
    }

    /// The active host is stopping the service for us.
    fn hear_stopping(&mut self, came: Came, now: Instant) {
        let budget = self.handover_budget(came.service);
        if let Some(candidate) = self.candidacy(came) {
            candidate.stopping = Some(now);
            candidate.ordered = Some(now + budget);
        }
    }

    /// The active host has stopped the service for us.
    fn hear_released(&mut self, came: Came, now: Instant) {
        let Some(found) = self.services.get(came.service) else { return };
        let generation = came.generation;
        match &found.phase {
            Phase::Candidate(_) => self.take_yield(came),
            Phase::Active { .. } if found.generation == generation => {
                self.answer_other(came, HandoverStep::Started, generation);
            }
            // It was started under that generation and has failed: it is given back.
            Phase::Idle if found.generation == generation => {
                let back = generation.next();
                if self.may_yield(came.service, came.from, back) {
                    self.give_yield(came.service, came.from, back, now);
                    self.answer_other(came, HandoverStep::StartFailed, back);
                }
            }
            Phase::Idle => self.refuse(came),
            Phase::Finding | Phase::Starting { .. } | Phase::Active { .. } | Phase::Stopping(_) => {
            }
        }
    }

    fn hear_started(&mut self, came: Came) {
        self.learn(came.service, came.generation);
        let Some(found) = self.services.get_mut(came.service) else { return };
        if found.release.is_some_and(|release| release.to == came.from) {
            found.release = None;
            self.moved(came.service, came.from, Ok(()));
        }
    }

    /// The other host could not start the service, and yields the generation after its own: it is
    /// started here again, if all others yield that too.
    fn hear_start_failed(&mut self, came: Came, now: Instant) {
        let Came { service, from, generation, .. } = came;
        let Some(found) = self.services.get_mut(service) else { return };
        let was_ours = found
            .release
            .is_some_and(|release| release.to == from && release.generation.next() == generation);
        if was_ours && found.candidate().is_none() {
            found.release = None;
            found.leaves_to = None;
            found.generation = found.generation.max(Generation(generation.0.saturating_sub(1)));
            let fits = found.next_generation(&self.laws) == generation;
            self.moved(service, from, Err(Why::StartFailed));
            if fits && self.stands_by() && !self.held_back(now) && !self.runs_here(service) {
                self.stand(service, Some(now + self.handover_budget(service)), now);
            }
        }
        self.take_yield(came);
    }

    fn runs_here(&self, service: usize) -> bool {
        self.services.get(service).is_none_or(super::service::Service::runs)
    }

    /// Another host will not. It tells the highest generation that it knows of.
    fn hear_refused(&mut self, came: Came, now: Instant) {
        let Came { service, from, generation, .. } = came;
        self.learn(service, generation);
        let Some(found) = self.services.get_mut(service) else { return };
        if let Some(candidate) = found.candidate_mut() {
            candidate.next = candidate.next.max(now + REFUSED_PAUSE);
        }
        if found.offer.is_some_and(|offer| offer.to == from) {
            found.offer = None;
            found.declined.insert(from);
            self.moved(service, from, Err(Why::OtherRefuses));
        }
        let Some(found) = self.services.get_mut(service) else { return };
        if found.release.is_some_and(|release| release.to == from) {
            // It no longer wants what it asked for: the yield stays, the waiting ends.
            found.release = None;
            found.leaves_to = None;
            self.moved(service, from, Err(Why::OtherRefuses));
        }
    }

    /// Another host wants to start the service.
    fn hear_asks_yield(&mut self, came: Came, now: Instant) {
        let Came { service, from, generation, .. } = came;
        let insists = self.insists(service, from, now);
        if insists || !self.may_yield(service, from, generation) {
            return self.refuse(came);
        }
        self.give_yield(service, from, generation, now);
        self.answer_other(came, HandoverStep::Yields, generation);
    }

    /// A yield came: it counts for a candidate of that very generation.
    fn take_yield(&mut self, came: Came) {
        let from = came.from;
        if let Some(candidate) = self.candidacy(came) {
            candidate.yields.insert(from);
        }
    }

    /// The candidate that something is about which carries its generation.
    fn candidacy(&mut self, came: Came) -> Option<&mut Candidate> {
        let any = !self.laws.yield_bound_to_generation();
        let candidate = self.services.get_mut(came.service)?.candidate_mut()?;
        (any || candidate.generation == came.generation).then_some(candidate)
    }

    /// Another host knows of that generation.
    pub(super) fn learn(&mut self, service: usize, generation: Generation) {
        let Some(found) = self.services.get_mut(service) else { return };
        if generation > found.generation {
            found.generation = generation;
            self.generations.change();
        }
    }

    fn refuse(&mut self, came: Came) {
        let highest = self
            .services
            .get(came.service)
            .map_or(Generation::default(), |found| found.generation.max(found.promised));
        self.answer_other(came, HandoverStep::Refused, highest);
    }

    fn answer_other(&mut self, came: Came, step: HandoverStep, generation: Generation) {
        if let Some(found) = self.services.get_mut(came.service) {
            found.reply(Reply { to: came.from, path: came.path, step, generation });
        }
    }
}
