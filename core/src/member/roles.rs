//! Which host is to start a service: the candidates in their order.

use core::time::Duration;

use crate::time::Instant;
use crate::types::{HostState, ServiceState};

use super::Member;
use super::handover::STOPPING_SILENCE;
use super::question::Asking;
use super::service::{Hold, Phase};
use super::sets::Set;
use super::steps::{Candidate, Failures, REPEAT};

/// How long a yield to a host that comes before us in the order keeps us from asking.
const PATIENCE_BEFORE: Duration = Duration::from_secs(2);
/// The same for one that comes after us: it asked since we could not.
const PATIENCE_AFTER: Duration = Duration::from_secs(10);

impl Member {
    /// What a service does that does not run here: waits, gathers proof, starts.
    pub(super) fn settle_standby(&mut self, service: usize, now: Instant) {
        if !self.wants(service, now) || self.held_back(now) {
            self.drop_candidacy(service);
            if let Some(idle) = self.services.get_mut(service) {
                idle.since = None;
            }
            return;
        }
        let Some(found) = self.services.get_mut(service) else { return };
        found.since = Some(found.since.unwrap_or(now));
        let lowest = found.next_generation(&self.laws);
        if let Some(candidate) = found.candidate_mut() {
            candidate.ordered = candidate.ordered.filter(|until| now < *until);
        }
        let stale = found.candidate().is_some_and(|candidate| candidate.generation < lowest)
            && self.laws.yield_drops_candidacy();
        let ordered = found.candidate().and_then(|candidate| candidate.ordered);
        let opens = found.candidate().is_none()
            && self.opens_at(service, now).is_some_and(|opens| now >= opens);
        if stale || opens {
            self.stand(service, ordered, now);
        }
        if !self.start_if_proved(service, now) {
            self.plan_asking(service, now);
        }
    }

    /// Makes this host a candidate, with a generation that nobody has heard of.
    pub(super) fn stand(&mut self, service: usize, ordered: Option<Instant>, now: Instant) {
        let stored = self.generations.change();
        let Some(found) = self.services.get_mut(service) else { return };
        let mut candidate = Candidate::new(found.next_generation(&self.laws), stored, now);
        candidate.ordered = ordered;
        found.since = Some(found.since.unwrap_or(now));
        self.set_phase(service, Phase::Candidate(candidate));
    }

    /// Whether this host would start the service now, if it had proof.
    pub(super) fn wants(&self, service: usize, now: Instant) -> bool {
        let Some(found) = self.services.get(service) else { return false };
        match &found.phase {
            Phase::Candidate(candidate) if candidate.ordered.is_some() => {
                return self.takes_part();
            }
            Phase::Idle | Phase::Candidate(_) => {}
            Phase::Finding | Phase::Starting { .. } | Phase::Active { .. } | Phase::Stopping(_) => {
                return false;
            }
        }
        let waits = found.failures.until.is_some_and(|until| now < until);
        let leaves =
            found.leaves_to.is_some_and(|(to, until)| now < until && !self.is_gone(to, now));
        self.stands_by()
            && found.hold == Hold::None
            && !waits
            && !leaves
            && found.others.iter().all(|peer| !self.keeps_from(service, peer, now))
    }

    /// Whether what is known of another host keeps this one from starting the service: it runs
    /// there, may run there out of automatic failover, or was stopped there for good.
    fn keeps_from(&self, service: usize, peer: usize, now: Instant) -> bool {
        let (Some(found), Some(other)) = (self.services.get(service), self.peers.get(peer)) else {
            return false;
        };
        let Some(report) = other.report(found.config.number) else { return false };
        match report.state {
            ServiceState::Starting | ServiceState::Active | ServiceState::Stopping => {
                !self.is_gone(peer, now) || other.state == Some(HostState::Maintenance)
            }
            ServiceState::Stopped => {
                other.state == Some(HostState::Running) && report.generation >= found.generation
            }
            ServiceState::Standby | ServiceState::Waiting => false,
        }
    }

    /// From when on this host may be a candidate: the next standby at once, each later one a step
    /// later.
    pub(super) fn opens_at(&self, service: usize, now: Instant) -> Option<Instant> {
        let since = self.services.get(service)?.since?;
        Some(since + self.timers.step.duration() * self.rank(service, now))
    }

    /// How many hosts that would start the service come before this one.
    fn rank(&self, service: usize, now: Instant) -> u32 {
        let Some(found) = self.services.get(service) else { return 0 };
        let stands = |peer: &usize| {
            let Some(other) = self.peers.get(*peer) else { return false };
            self.is_alive(*peer, now)
                && other.state == Some(HostState::Running)
                && matches!(
                    other.service(found.config.number),
                    Some(ServiceState::Standby | ServiceState::Waiting)
                )
        };
        let before = found.others.iter().filter(|peer| self.is_ahead(service, *peer));
        before.filter(stands).collect::<Set>().len()
    }

    /// Whether another host comes before this one: where other services of the group run, then
    /// by the service's order.
    fn is_ahead(&self, service: usize, peer: usize) -> bool {
        let Some(found) = self.services.get(service) else { return false };
        let mates = || self.mates(service).filter_map(|mate| self.services.get(mate));
        if mates().any(|mate| mate.runs()) {
            return false;
        }
        let runs_there = |number| {
            let state = self.peers.get(peer).and_then(|other| other.service(number));
            state.is_some_and(ServiceState::may_run)
        };
        mates().any(|mate| runs_there(mate.config.number))
            || found.order.iter().any(|(other, before)| *other == peer && *before)
    }

    /// The other services of its group.
    pub(super) fn mates(&self, service: usize) -> impl Iterator<Item = usize> {
        let group = self.services.get(service).and_then(|found| found.config.group);
        self.services
            .iter()
            .enumerate()
            .filter(move |(at, other)| {
                *at != service && group.is_some() && other.config.group == group
            })
            .map(|(at, _)| at)
    }

    /// Whether the services that this one needs run here. One of another group is waited for only
    /// while it is about to start here.
    pub(super) fn parents_run(&self, service: usize) -> bool {
        let Some(found) = self.services.get(service) else { return false };
        found.config.parents.iter().all(|number| {
            let parent = self.services.iter().find(|other| other.config.number == *number);
            parent.is_none_or(|parent| match parent.phase {
                Phase::Active { .. } => true,
                Phase::Candidate(_) | Phase::Starting { .. } | Phase::Finding => false,
                Phase::Idle | Phase::Stopping(_) => {
                    found.config.group.is_none() || parent.config.group != found.config.group
                }
            })
        })
    }

    /// Whether a candidate cannot get on by itself: a host that is not heard has no proof against
    /// it, and nobody is working on one.
    pub(super) fn is_stuck(&self, service: usize, now: Instant) -> bool {
        let Some(found) = self.services.get(service) else { return true };
        if self.frozen(now) {
            return self.connectors.acting_alive(now).is_none() || !self.freeze.is_of_start();
        }
        if found.candidate().is_none() {
            return false;
        }
        let unheard = |peer: &usize| !self.is_alive(*peer, now);
        let hopeless = |peer: usize| {
            let asking = self.peers.get(peer).map(|peer| &peer.asking);
            matches!(asking, Some(Asking::Ended(_))) || self.connectors.acting_alive(now).is_none()
        };
        self.missing(service).iter().filter(unheard).any(hopeless)
            || self.lacks_parent(service, now)
    }

    fn lacks_parent(&self, service: usize, now: Instant) -> bool {
        let Some(found) = self.services.get(service) else { return false };
        let group = found.config.group;
        let lacking = |number| {
            let parent = self.services.iter().position(|other| other.config.number == number);
            // A parent comes before its children, so this ends.
            parent.filter(|parent| *parent < service).is_some_and(|at| {
                self.services.get(at).is_some_and(|parent| {
                    let same = group.is_some() && parent.config.group == group;
                    same && !parent.runs() && (!self.wants(at, now) || self.is_stuck(at, now))
                })
            })
        };
        found.config.parents.iter().any(|number| lacking(*number))
    }

    /// Whether this host does not yield to another that asks, though it could: it is about to
    /// start the service itself, comes first, and gets on.
    pub(super) fn insists(&self, service: usize, asker: usize, now: Instant) -> bool {
        self.wants(service, now) && !self.is_ahead(service, asker) && !self.is_stuck(service, now)
    }

    /// How long the start is left to a host that was yielded to.
    pub(super) fn patience(&self, service: usize, to: usize) -> Duration {
        if self.is_ahead(service, to) { PATIENCE_BEFORE } else { PATIENCE_AFTER }
    }

    /// Notes whom a candidate asks now: every host that is heard and has not yielded. A later
    /// standby first gets proof of those that are not heard. The host that is to hand the service
    /// over is asked last of all.
    fn plan_asking(&mut self, service: usize, now: Instant) {
        let missing = self.missing(service);
        let heard: Set = missing.iter().filter(|peer| self.is_alive(*peer, now)).collect();
        let first = self.rank(service, now) == 0 && !self.is_stuck(service, now);
        let asks = first || missing.without(heard).is_empty();
        let running: Set = heard.iter().filter(|peer| self.runs_at(service, *peer)).collect();
        let ready = missing.len() == 1 && self.parents_come(service);
        let Some(candidate) = self.services.get_mut(service).and_then(|s| s.candidate_mut()) else {
            return;
        };
        if now >= candidate.next {
            candidate.next = now + REPEAT;
            candidate.round = candidate.round.wrapping_add(1);
            candidate.asked = Set::EMPTY;
        }
        let stops = candidate.stopping.is_some_and(|said| now < said + STOPPING_SILENCE);
        let later = candidate.ordered.is_some() && (stops || !ready);
        let due = if later { heard.without(running) } else { heard };
        // One that was not heard when the round began is asked as soon as it is.
        candidate.asking = if asks { due.without(candidate.asked) } else { Set::EMPTY };
    }

    /// Whether the services of its group that this one needs run here, or are about to.
    fn parents_come(&self, service: usize) -> bool {
        let Some(found) = self.services.get(service) else { return false };
        let group = found.config.group;
        found.config.parents.iter().all(|number| {
            let parent = self.services.iter().find(|other| other.config.number == *number);
            parent.is_none_or(|parent| {
                let same = group.is_some() && parent.config.group == group;
                !same || parent.runs() || parent.candidate().is_some()
            })
        })
    }

    /// What becomes of a service that failed here.
    pub(super) fn failed(&mut self, service: usize, now: Instant) {
        if let Some(found) = self.services.get_mut(service) {
            found.failures.add(now);
        }
    }

    /// The operator wants the service here, whatever was before.
    pub(super) fn forgive(&mut self, service: usize) {
        self.generations.change();
        if let Some(found) = self.services.get_mut(service) {
            found.hold = Hold::None;
            found.leaves_to = None;
            found.failures = Failures::default();
        }
    }
}
