//! Datagrams in.

use core::net::SocketAddr;

use crate::counters::ResetDiscard;
use crate::reset_path::{Frame, Freshness, open};
use crate::time::Instant;
use crate::types::{
    Cause, ConnectorNumber, Event, HostAddress, Mode, Party, RequestId, ServiceState, Term,
};
use crate::wire::reset::{Heartbeat, Message, Notice, PathStatus, ResetResult};

use super::Member;
use super::peers::{Peer, Proof};
use super::question::{Asking, Heard, Want};
use super::sets::Set;

impl Member {
    /// Takes a datagram in; what is wrong with it is counted.
    pub(super) fn hear(&mut self, now: Instant, path: u8, from: SocketAddr, datagram: &[u8]) {
        if let Err(cause) = self.hear_datagram(now, path, from, datagram) {
            self.counters.discard(cause);
        }
    }

    fn hear_datagram(
        &mut self,
        now: Instant,
        path: u8,
        from: SocketAddr,
        datagram: &[u8],
    ) -> Result<(), ResetDiscard> {
        let frame = open(&self.identity, &self.keys, datagram)?;
        if frame.header.path != path {
            return Err(ResetDiscard::Sender);
        }
        match frame.header.sender {
            Party::Host(host) => self.hear_host(now, host, &frame),
            Party::Connector(number) => self.hear_connector(now, number, from, &frame),
        }
    }

    fn hear_host(
        &mut self,
        now: Instant,
        host: HostAddress,
        frame: &Frame<'_>,
    ) -> Result<(), ResetDiscard> {
        let at = self.peers.iter().position(|peer| peer.config.host == host);
        let at = at.ok_or(ResetDiscard::Sender)?;
        let peer = self.peers.get_mut(at).ok_or(ResetDiscard::Sender)?;
        let by = peer.paths.iter().position(|path| path.dialogue.path() == frame.header.path);
        let by = by.ok_or(ResetDiscard::Sender)?;
        let path = peer.paths.get_mut(by).ok_or(ResetDiscard::Sender)?;
        let fresh = path.dialogue.accept(&self.identity, now, &frame.header)?;
        fresh.check(frame.header.kind)?;
        let message = frame.message()?;
        path.answer_soon(fresh.echo.is_none(), now);
        peer.tells.went_back |= fresh.went_back;
        if fresh.echo.is_none() {
            self.hear_across(at, by, frame, now);
        }
        match message {
            Message::Heartbeat(heartbeat) => self.hear_heartbeat(at, heartbeat, fresh, frame, now),
            Message::Handover(said) => self.hear_handover(at, by, &said, now),
            // Another host sends nothing else: its class was checked.
            Message::PathCheck(_)
            | Message::PathStatus(_)
            | Message::ResetRequest(_)
            | Message::ResetResult(_)
            | Message::Notice(_)
            | Message::Directive(_)
            | Message::Report(_) => {}
        }
        Ok(())
    }

    /// What came by one path may answer what we sent by another.
    fn hear_across(&mut self, at: usize, by: usize, frame: &Frame<'_>, now: Instant) {
        let echo = frame.header.echo;
        let Some(peer) = self.peers.get_mut(at) else { return };
        let party = Party::Host(peer.config.host);
        let others = peer.paths.iter().enumerate().filter(|(other, _)| *other != by);
        let made = others
            .filter_map(|(_, path)| {
                self.identity.when_made(now, party, path.dialogue.path(), echo, None)
            })
            .max();
        if let Some(made) = made {
            peer.heard_across(made);
        }
    }

    fn hear_heartbeat(
        &mut self,
        at: usize,
        heartbeat: Heartbeat,
        fresh: Freshness,
        frame: &Frame<'_>,
        now: Instant,
    ) {
        let same = heartbeat.digest == self.digest;
        let Some(peer) = self.peers.get_mut(at) else { return };
        let latest = peer.epoch.is_none_or(|epoch| frame.header.epoch >= epoch) || fresh.went_back;
        if !fresh.newest || !latest {
            return;
        }
        peer.epoch = Some(frame.header.epoch);
        let crossed =
            peer.crossed().filter(|_| peer.is_crossed(now, self.timers.patrol.duration()));
        let Some(echo) = fresh.echo.or(crossed) else { return };
        if peer.beat(heartbeat, same, echo) {
            for service in 0..self.services.len() {
                self.hear_report(service, at);
            }
        }
    }

    /// What another host said of one of our services.
    fn hear_report(&mut self, service: usize, at: usize) {
        let Some(found) = self.services.get(service) else { return };
        let report = self.peers.get(at).and_then(|peer| peer.report(found.config.number)).copied();
        let Some(report) = report.filter(|_| found.others.contains(at)) else { return };
        let risen = report.generation > found.generation;
        self.learn(service, report.generation);
        let starts = matches!(report.state, ServiceState::Starting | ServiceState::Active);
        if let Some(found) = self.services.get_mut(service)
            && starts
            && risen
        {
            found.wanted_elsewhere();
        }
    }

    fn hear_connector(
        &mut self,
        now: Instant,
        number: ConnectorNumber,
        from: SocketAddr,
        frame: &Frame<'_>,
    ) -> Result<(), ResetDiscard> {
        let at = self.connectors.by_number(number).ok_or(ResetDiscard::Sender)?;
        let connector = self.connectors.list.get_mut(at).ok_or(ResetDiscard::Sender)?;
        let fresh = connector.dialogue.accept(&self.identity, now, &frame.header)?;
        fresh.check(frame.header.kind)?;
        match frame.message()? {
            Message::PathStatus(status) => self.hear_status(at, from, status, fresh, now),
            Message::ResetResult(result) => self.hear_result(at, &result, now),
            Message::Notice(notice) => self.hear_notice(at, &notice, now),
            Message::Directive(directive) => {
                if let Some(echo) = fresh.echo.filter(|_| self.heeds(at)) {
                    self.hear_directive(at, &directive, echo, now);
                }
            }
            // A connector sends nothing else: its class was checked.
            Message::PathCheck(_)
            | Message::ResetRequest(_)
            | Message::Report(_)
            | Message::Heartbeat(_)
            | Message::Handover(_) => {}
        }
        Ok(())
    }

    fn hear_status(
        &mut self,
        at: usize,
        from: SocketAddr,
        status: PathStatus,
        fresh: Freshness,
        now: Instant,
    ) {
        if fresh.echo.is_none() || !fresh.newest {
            return;
        }
        self.resume = false;
        let (term, mode, key) = (status.term, status.mode, status.key);
        let same = status.digest == self.digest;
        if let Some(connector) = self.connectors.list.get_mut(at) {
            connector.answer(now, from, status, same);
        }
        if mode != Mode::Standby {
            self.connectors.term.raise(term, &mut self.generations);
        }
        if self.heeds_term(term) {
            if mode != Mode::Standby {
                self.keys.send_with(key);
            }
            self.hear_mode(mode, now);
        }
    }

    /// Whether what that connector says counts: none of a higher term is known.
    fn heeds(&self, at: usize) -> bool {
        let status = self.connectors.list.get(at).and_then(|connector| connector.status);
        status.is_some_and(|status| self.heeds_term(status.term))
    }

    fn heeds_term(&self, term: Term) -> bool {
        term >= self.connectors.term.value
    }

    fn hear_result(&mut self, at: usize, result: &ResetResult, now: Instant) {
        if !self.heeds(at) || !self.answers(at, result.id) {
            return;
        }
        self.token.raise(result.token, &mut self.generations);
        let patrol = self.timers.patrol.duration();
        let of = |peer: &&mut Peer| peer.asking.id() == Some(result.id);
        let Some(peer) = self.peers.iter_mut().find(of) else { return };
        // A host that has just died counts as alive with the connector for a moment longer.
        let has_just_gone = peer.alive_until(patrol).is_some_and(|gone| now < gone + patrol);
        let Some(question) = peer.asking.open() else { return };
        match question.hear(now, result) {
            Heard::Pending => {}
            Heard::Fenced(token) => {
                let covers = question.covers;
                peer.proof = Some(Proof { token, covers, at: now });
                peer.asking = Asking::Quiet;
            }
            Heard::Over(cause) => {
                // The notice was wrong, or is overtaken: the host's power is on.
                if question.want == Want::NOTICE && cause == Cause::TargetOn {
                    peer.noticed = None;
                }
                peer.tells.refused = Some(cause);
                let mut ended = question.ended(now, Some(cause));
                if cause == Cause::TargetActive && has_just_gone {
                    ended.again = now + patrol / 4;
                }
                peer.asking = Asking::Ended(ended);
            }
        }
    }

    /// Whether an id is held, and was first sent to that start of that connector.
    fn answers(&self, at: usize, id: RequestId) -> bool {
        let Some(connector) = self.connectors.list.get(at) else { return false };
        let from = connector.dialogue.epoch().map(|epoch| (connector.number, epoch));
        self.peers.iter().any(|peer| match &peer.asking {
            Asking::Open(question) => {
                let bound = question.under.is_some() && question.under == from;
                question.id == id && (bound || !self.laws.id_bound_to_connector_epoch())
            }
            Asking::Quiet | Asking::Ended(_) => false,
        })
    }

    /// A notice makes this member ask; it proves nothing.
    fn hear_notice(&mut self, at: usize, notice: &Notice, now: Instant) {
        if !self.heeds(at) {
            return;
        }
        self.token.raise(notice.token, &mut self.generations);
        let off = matches!(notice.event, Event::PowerOff);
        let Some(peer) = self.peers.iter_mut().find(|p| Some(p.config.host) == notice.host) else {
            return;
        };
        if off {
            peer.noticed = Some(now);
            if !self.laws.notice_is_no_proof() {
                let covers: Set = (0..self.services.len()).collect();
                peer.proof = Some(Proof { token: notice.token, covers, at: now });
            }
        }
    }
}
