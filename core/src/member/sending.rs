//! Datagrams out: what is due, and to whom.

use core::net::SocketAddr;

use crate::reset_path::NONCE_VALID;
use crate::time::Instant;
use crate::types::{HandoverStep, ServiceReport};
use crate::wire::Full;
use crate::wire::reset::{Handover, Heartbeat, Message, PathCheck, ResetRequest, Services};

use super::connectors::{CHECK, RESET_PATH};
use super::question::Asking;
use super::service::{Phase, Then};
use super::words::Action;
use super::{Life, Member};

/// What is to be sent to one host.
struct ToPeer {
    peer: usize,
    path: usize,
    message: Message,
}

impl Member {
    /// The next datagram that is due.
    pub(super) fn next_datagram(&mut self, now: Instant, out: &mut [u8]) -> Option<Action> {
        if !self.is_born() || matches!(self.life, Life::Down { .. } | Life::Stopped) {
            return None;
        }
        if let Some(request) = self.next_request(now, out) {
            return Some(request);
        }
        if let Some(due) = self.next_to_peer(now) {
            return self.seal_for_peer(due, now, out);
        }
        self.next_to_connector(now, out).or_else(|| self.next_search(now, out))
    }

    /// What is said of a service; nothing before it is known.
    pub(super) fn report(&self, at: usize, now: Instant) -> Option<ServiceReport> {
        let service = self.services.get(at).filter(|service| service.is_found())?;
        Some(service.report(self.stands_by(), self.is_stuck(at, now)))
    }

    fn reports(&self, now: Instant) -> Services {
        (0..self.services.len()).filter_map(|at| self.report(at, now)).collect()
    }

    /// The next question to the connector that acts.
    fn next_request(&mut self, now: Instant, out: &mut [u8]) -> Option<Action> {
        let to = self.acting_epoch()?;
        let term = self.connectors.term.durable(&self.generations);
        let at = self.connectors.acting()?;
        let generations = self.generations;
        let due = |question: &super::question::Question| {
            now >= question.next && generations.is_stored(question.stored)
        };
        let peer = self
            .peers
            .iter_mut()
            .find(|peer| matches!(&peer.asking, Asking::Open(question) if due(question)))?;
        let target = peer.config.name.clone();
        let question = peer.asking.open()?;
        let request = ResetRequest {
            id: question.id,
            term,
            method: question.want.method,
            reason: question.want.reason,
            target_epoch: question.target_epoch,
            target,
        };
        question.sent(now, to);
        self.seal_for_connector(at, &Message::ResetRequest(request), now, out)
    }

    fn seal_for_connector(
        &mut self,
        at: usize,
        message: &Message,
        now: Instant,
        out: &mut [u8],
    ) -> Option<Action> {
        let connector = self.connectors.list.get_mut(at)?;
        let to = connector.address()?;
        let sealed = connector.dialogue.seal(&self.identity, &self.keys, now, message, out);
        sent(RESET_PATH, to, sealed)
    }

    fn seal_for_peer(&mut self, due: ToPeer, now: Instant, out: &mut [u8]) -> Option<Action> {
        let patrol = self.timers.patrol.duration();
        let peer = self.peers.get_mut(due.peer)?;
        let (_, to) = *peer.config.paths.get(due.path)?;
        let across = peer.echo_across(due.path, now, patrol);
        let dialogue = &mut peer.paths.get_mut(due.path)?.dialogue;
        let path = dialogue.path();
        let (identity, keys, message) = (&self.identity, &self.keys, &due.message);
        let sealed = match across {
            Some(echo) => dialogue.seal_across(identity, keys, now, message, echo, out),
            None => dialogue.seal(identity, keys, now, message, out),
        };
        sent(path, to, sealed)
    }

    fn next_to_peer(&mut self, now: Instant) -> Option<ToPeer> {
        (0..self.services.len())
            .find_map(|service| self.next_step(service, now))
            .or_else(|| self.next_heartbeat(now))
    }

    fn next_heartbeat(&mut self, now: Instant) -> Option<ToPeer> {
        let due = |path: &super::peers::Path| now >= path.next;
        let peer = self.peers.iter().position(|peer| peer.paths.iter().any(due))?;
        let path = self.peers.get(peer)?.paths.iter().position(due)?;
        let (digest, state, services) = (self.digest, self.host_state(), self.reports(now));
        let next = now + self.timers.heartbeat;
        let by = self.peers.get_mut(peer)?.paths.get_mut(path)?;
        (by.last, by.next) = (Some(now), next);
        let message = Message::Heartbeat(Heartbeat { digest, state, services });
        Some(ToPeer { peer, path, message })
    }

    /// The next step of a handover of that service.
    fn next_step(&mut self, at: usize, now: Instant) -> Option<ToPeer> {
        self.next_reply(at)
            .or_else(|| self.next_ask(at))
            .or_else(|| self.next_offer(at, now))
            .or_else(|| self.next_release(at, now))
    }

    fn step(
        &self,
        service: usize,
        (peer, path): (usize, usize),
        step: HandoverStep,
        generation: crate::types::Generation,
    ) -> Option<ToPeer> {
        let number = self.services.get(service)?.config.number;
        let message = Message::Handover(Handover { service: number, generation, step });
        Some(ToPeer { peer, path, message })
    }

    fn next_reply(&mut self, at: usize) -> Option<ToPeer> {
        let service = self.services.get_mut(at)?;
        if service.replies.is_empty() {
            return None;
        }
        let reply = service.replies.remove(0);
        self.step(at, (reply.to, reply.path), reply.step, reply.generation)
    }

    /// The next host that a candidate asks: for a yield, or, last of all, to hand over.
    fn next_ask(&mut self, at: usize) -> Option<ToPeer> {
        let candidate = self.services.get(at)?.candidate()?;
        let peer = candidate.asking.iter().next()?;
        let (round, generation) = (candidate.round, candidate.generation);
        let ordered = candidate.ordered.is_some();
        let candidate = self.services.get_mut(at)?.candidate_mut()?;
        candidate.asking.remove(peer);
        candidate.asked.insert(peer);
        let path = self.peers.get(peer)?.best_path(round);
        let hands_over = ordered && self.runs_at(at, peer);
        let step = if hands_over { HandoverStep::Asked } else { HandoverStep::AsksYield };
        self.step(at, (peer, path), step, generation)
    }

    fn next_offer(&mut self, at: usize, now: Instant) -> Option<ToPeer> {
        let service = self.services.get_mut(at)?;
        let generation = service.generation;
        let offer = service.offer.as_mut().filter(|offer| now >= offer.next)?;
        offer.said(now);
        let (to, round) = (offer.to, offer.round);
        let path = self.peers.get(to)?.best_path(round);
        self.step(at, (to, path), HandoverStep::Asked, generation)
    }

    /// *Stopping* while it stops for another host, *released* from then on.
    fn next_release(&mut self, at: usize, now: Instant) -> Option<ToPeer> {
        let service = self.services.get_mut(at)?;
        if let Phase::Stopping(Then::Release { to, generation }) = service.phase {
            let next = service.stopping_next.filter(|next| now < *next);
            if next.is_some() {
                return None;
            }
            service.stopping_next = Some(now + super::steps::REPEAT);
            let path = self.peers.get(to)?.best_path(0);
            return self.step(at, (to, path), HandoverStep::Stopping, generation);
        }
        let release = service.release.as_mut().filter(|release| now >= release.next)?;
        release.said(now);
        let (to, round, generation) = (release.to, release.round, release.generation);
        let path = self.peers.get(to)?.best_path(round);
        self.step(at, (to, path), HandoverStep::Released, generation)
    }

    /// The next PathCheck or report.
    fn next_to_connector(&mut self, now: Instant, out: &mut [u8]) -> Option<Action> {
        while let Some((at, progress)) = self.next_report(now) {
            let sent = self.seal_for_connector(at, &Message::Report(progress), now, out);
            if sent.is_some() {
                return sent;
            }
        }
        let due = |connector: &super::connectors::Connector| {
            now >= connector.next && connector.address().is_some()
        };
        let at = self.connectors.list.iter().position(due)?;
        let check = Message::PathCheck(self.path_check(now));
        self.connectors.list.get_mut(at)?.next = now + CHECK;
        self.seal_for_connector(at, &check, now, out)
    }

    /// The next search for connectors whose address is not known.
    fn next_search(&mut self, now: Instant, out: &mut [u8]) -> Option<Action> {
        if now < self.connectors.search || !self.connectors.needs_search(now) {
            return None;
        }
        self.connectors.search = now + CHECK;
        let check = self.path_check(now);
        let sealed =
            self.to_many.seal_path_check(&self.identity, &self.keys, now, check, true, out);
        sealed.ok().map(|len| Action::Broadcast { len })
    }

    fn path_check(&self, now: Instant) -> PathCheck {
        PathCheck {
            resume: self.resume,
            term: self.connectors.term.durable(&self.generations),
            token: self.token.durable(&self.generations),
            keys: self.keys.accepted(),
            digest: self.digest,
            state: self.host_state(),
            name: self.name.clone(),
            services: self.reports(now),
        }
    }
}

/// A datagram that was sealed; one that does not fit is not sent.
fn sent(path: u8, to: SocketAddr, sealed: Result<usize, Full>) -> Option<Action> {
    sealed.ok().map(|len| Action::Send { path, to, len })
}

const _: () = assert!(NONCE_VALID.as_secs() > CHECK.as_secs(), "a nonce is renewed in time");
