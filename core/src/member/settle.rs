//! What follows from the time and from what was heard: views, questions, roles.

use core::num::NonZeroU64;
use core::time::Duration;

use crate::rng::Chance;
use crate::time::Instant;
use crate::types::{HostState, RequestId};

use super::question::{Asking, Question, Want};
use super::service::{Phase, Then};
use super::sets::Set;
use super::{Life, Member};

impl Member {
    /// Brings everything up to that moment. Repeated until nothing changes any more.
    pub(super) fn settle(&mut self, now: Instant) {
        self.notice_a_pause(now);
        self.settle_freeze(now);
        for peer in 0..self.peers.len() {
            self.settle_peer(peer, now);
        }
        self.guests.settle_all(now, &mut self.generations);
        self.settle_directives(now);
        for service in 0..self.services.len() {
            self.settle_service(service, now);
        }
        for peer in 0..self.peers.len() {
            self.settle_question(peer, now);
        }
        self.settle_leaving(now);
        self.settle_orders(now);
        self.fill_reserve();
    }

    /// A member that was not run for a while has heard nobody meanwhile: that is no sign that
    /// the others have failed.
    fn notice_a_pause(&mut self, now: Instant) {
        let longest = (self.timers.patrol.duration() / 2).max(self.timers.heartbeat.duration() * 2);
        let paused = self.polled.is_some_and(|polled| now.since(polled) > longest);
        if paused && self.is_born() {
            self.judge_afresh(now);
        }
        self.polled = Some(now);
    }

    pub(super) fn is_alive(&self, peer: usize, now: Instant) -> bool {
        self.peers.get(peer).is_some_and(|peer| peer.is_alive(now, self.timers.patrol.duration()))
    }

    /// Whether a host is silent, and has had the time to be heard.
    pub(super) fn is_gone(&self, peer: usize, now: Instant) -> bool {
        !self.is_alive(peer, now) && now >= self.judged_from
    }

    fn settle_peer(&mut self, at: usize, now: Instant) {
        let alive = self.is_alive(at, now);
        let ends = self.laws.yield_drops_request();
        let Some(peer) = self.peers.get_mut(at) else { return };
        if alive {
            peer.met = true;
            peer.noticed = None;
            if ends {
                peer.asking = Asking::Quiet;
            }
            peer.proof = peer.proof.filter(|proof| !proof.drops(&self.laws));
        } else if peer.left() {
            peer.met = false;
        }
        peer.proof = peer.proof.filter(|proof| proof.covers != Set::EMPTY);
    }

    fn settle_service(&mut self, service: usize, now: Instant) {
        match self.services.get(service).map(|found| &found.phase) {
            Some(Phase::Idle | Phase::Candidate(_)) => self.settle_standby(service, now),
            Some(Phase::Active { .. }) => self.settle_active(service, now),
            Some(Phase::Finding) => self.settle_finding(service, now),
            Some(Phase::Stopping(Then::Release { .. })) => self.settle_stopping(service, now),
            Some(Phase::Starting { .. } | Phase::Stopping(_)) | None => {}
        }
        self.settle_handover(service, now);
    }

    /// What is to be asked about a silent host, and why.
    fn want(&self, peer: usize, now: Instant) -> Option<Want> {
        let peer = self.peers.get(peer)?;
        let patrol = self.timers.patrol.duration();
        let silent = peer.paths.iter().all(|path| !path.dialogue.is_alive(now, patrol));
        if peer.noticed.is_some() && (!silent || !peer.met) {
            Some(Want::NOTICE)
        } else if peer.met || !self.laws.unknown_never_suspect() {
            Some(Want::RESET)
        } else {
            Some(Want::LOOK)
        }
    }

    /// The services whose candidates need proof of a silent host.
    fn needs(&self, peer: usize, now: Instant) -> Set {
        if !self.is_gone(peer, now) {
            return Set::EMPTY;
        }
        let needs = |service: &usize| {
            let found = self.services.get(*service);
            found.is_some_and(|found| found.candidate().is_some())
                && self.missing(*service).contains(peer)
        };
        (0..self.services.len()).filter(needs).collect()
    }

    fn settle_question(&mut self, at: usize, now: Instant) {
        let needs = self.needs(at, now);
        let Some(want) = self.want(at, now) else { return };
        let acting = self.acting_epoch();
        let bound = self.laws.id_bound_to_connector_epoch();
        let Some(peer) = self.peers.get_mut(at) else { return };
        if needs.is_empty() {
            if self.laws.yield_drops_request() {
                peer.asking = Asking::Quiet;
            }
            return;
        }
        let due = match &peer.asking {
            Asking::Quiet => Some(want),
            Asking::Open(question) => {
                let moved = bound && question.under.is_some() && question.under != acting;
                let upgraded = question.want == Want::NOTICE && want == Want::RESET;
                let partial = !needs.is_within(question.covers);
                if question.is_over(now) {
                    let ended = question.ended(now, None);
                    let over = now >= ended.again;
                    peer.asking = Asking::Ended(ended);
                    over.then_some(want)
                } else if upgraded {
                    Some(want)
                } else {
                    (moved || partial).then_some(question.want)
                }
            }
            Asking::Ended(ended) => {
                let upgraded = ended.asked == Want::NOTICE && want == Want::RESET;
                let next = if ended.look { Want::LOOK } else { want };
                (now >= ended.again || upgraded).then_some(next)
            }
        };
        if let Some(want) = due {
            self.ask(at, want, now);
        }
    }

    /// The connector that acts, and its epoch.
    pub(super) fn acting_epoch(
        &self,
    ) -> Option<(crate::types::ConnectorNumber, crate::types::Epoch)> {
        let connector = self.connectors.list.get(self.connectors.acting()?)?;
        Some((connector.number, connector.dialogue.verified_epoch()?))
    }

    fn ask(&mut self, at: usize, want: Want, now: Instant) {
        let shared = self
            .services
            .iter()
            .enumerate()
            .filter(|(_, service)| service.others.contains(at))
            .map(|(service, _)| service)
            .collect();
        let id = self.question_id();
        let budget = self.timers.request_budget.duration();
        self.stirred = true;
        let Some(peer) = self.peers.get_mut(at) else { return };
        let question = Question::new(id, want, peer.epoch, shared, now, budget);
        peer.tells.asked = Some((want.reason, want.looks_only()));
        peer.asking = Asking::Open(question);
    }

    fn question_id(&mut self) -> (RequestId, crate::journal::Mark) {
        match self.reserve.take() {
            Some(id) => id,
            None => (self.new_id(), self.generations.change()),
        }
    }

    fn new_id(&mut self) -> RequestId {
        let mut bytes = [0; 8];
        self.chance.fill(&mut bytes);
        RequestId(NonZeroU64::new(u64::from_be_bytes(bytes)).unwrap_or(NonZeroU64::MIN))
    }

    pub(super) fn fill_reserve(&mut self) {
        if !self.reserve.is_low() {
            return;
        }
        while self.reserve.has_room() {
            let id = self.new_id();
            let mark = self.generations.change();
            self.reserve.add(id, mark);
        }
    }

    /// Whether this host takes part in the cluster at all.
    pub(super) fn takes_part(&self) -> bool {
        matches!(self.life, Life::Running) && self.services.iter().all(|s| s.is_found())
    }

    /// Whether this host takes services over by itself.
    pub(super) fn stands_by(&self) -> bool {
        self.takes_part() && !self.maintenance.is_on()
    }

    pub(super) fn host_state(&self) -> HostState {
        match self.life {
            Life::Running if !self.services.iter().all(|s| s.is_found()) => HostState::Starting,
            Life::Running if self.maintenance.is_on() => HostState::Maintenance,
            Life::Running => HostState::Running,
            Life::Leaving { .. } | Life::Down { .. } | Life::Stopped => HostState::Leaving,
        }
    }

    /// Puts a service into another phase; the others are told at once.
    pub(super) fn set_phase(&mut self, service: usize, phase: Phase) {
        self.stirred = true;
        let Some(found) = self.services.get_mut(service) else { return };
        let ran = found.may_run_after_crash();
        found.phase = phase;
        if found.may_run_after_crash() != ran {
            self.generations.change();
        }
    }

    /// What this host says of itself has changed: the others are told at once.
    pub(super) fn hurry_if_changed(&mut self, now: Instant) {
        let state = Some(self.host_state());
        let mut changed = core::mem::replace(&mut self.said, state) != state;
        for at in 0..self.services.len() {
            let state = self.report(at, now).map(|report| report.state);
            if let Some(service) = self.services.get_mut(at) {
                changed |= core::mem::replace(&mut service.said, state) != state;
            }
        }
        if changed {
            self.hurry(now);
        }
    }

    /// The next heartbeat on every path is due now.
    pub(super) fn hurry(&mut self, now: Instant) {
        for path in self.peers.iter_mut().flat_map(|peer| &mut peer.paths) {
            path.next = path.next.min(now);
        }
    }

    /// How long the hosts of a service may take to hand it over.
    pub(super) fn handover_budget(&self, service: usize) -> Duration {
        self.services.get(service).map_or(Duration::ZERO, |found| {
            found.config.commands.stop_limit.duration() + found.start_budget()
        })
    }
}
