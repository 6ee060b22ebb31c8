//! How a connector takes what members say.

use core::net::SocketAddr;

use crate::cluster::{Asker, HostIndex, PathReport, Request, Target};
use crate::counters::ResetDiscard;
use crate::reset_path::{Freshness, open};
use crate::time::Instant;
use crate::types::{Cause, Epoch, HostAddress, KeyNumber, Party, ServerIndex};
use crate::wire::reset::{Header, Kind, Message, PathCheck, ResetRequest};

use super::index;
use super::interlock::Reported;
use super::parts::Parts;
use super::server::cut;
use super::words::ClusterIndex;

impl Parts<'_> {
    /// Takes a datagram of the reset path. What is not authentic, new and expected is counted.
    pub(super) fn hear_member(
        &mut self,
        now: Instant,
        cluster: ClusterIndex,
        from: SocketAddr,
        datagram: &[u8],
    ) -> Option<Reported> {
        // Before this start is durable nobody has a nonce of it to echo.
        if !self.speaks() {
            return None;
        }
        let taken = self.take(now, cluster, from, datagram);
        taken.unwrap_or_else(|cause| {
            self.discard(cluster, cause);
            None
        })
    }

    /// Counts a datagram that was dropped.
    pub(super) fn discard(&mut self, cluster: ClusterIndex, cause: ResetDiscard) {
        let Some(slot) = self.clusters.get_mut(cluster.at()) else { return };
        slot.line.discard(cause);
        if let Some(due) = slot.line.discards_deadline() {
            let before = self.clusters_due.get(cluster.0);
            self.clusters_due.set(cluster.0, Some(before.map_or(due, |at| at.min(due))));
        }
    }

    fn take(
        &mut self,
        now: Instant,
        cluster: ClusterIndex,
        from: SocketAddr,
        datagram: &[u8],
    ) -> Result<Option<Reported>, ResetDiscard> {
        let line = &self.clusters.get(cluster.at()).ok_or(ResetDiscard::Cluster)?.line;
        let frame = open(&line.identity, &line.keys, datagram)?;
        let Party::Host(address) = frame.header.sender else { return Err(ResetDiscard::Sender) };
        let hosts = self.hosts.get(line.range()).unwrap_or_default();
        let of = place_of(hosts, address).ok_or(ResetDiscard::Sender)?;
        let index = line.first.saturating_add(u16::from(of.0));
        let server = self.servers.get_mut(usize::from(index)).ok_or(ResetDiscard::Sender)?;
        let fresh = match server.dialogue.accept(&line.identity, now, &frame.header) {
            Ok(fresh) => fresh,
            Err(cause) => {
                if cause == ResetDiscard::Epoch && frame.header.kind == Kind::PathCheck {
                    // A clock or store that went back: an echo of a nonce made now proves it.
                    self.challenge(now, index, from, frame.header.epoch);
                    self.wake(now, index);
                }
                return Err(cause);
            }
        };
        server.told.went_back |= fresh.went_back;
        if let Some(made) = fresh.echo {
            server.member = Some(from.into());
            let epoch = frame.header.epoch;
            if let Some(mut at) = self.at(now, index) {
                at.view().heard(now, of, made, epoch);
            }
        }
        let taken = frame.message().and_then(|message| match message {
            Message::PathCheck(check) => {
                self.check(now, index, from, (&fresh, frame.header.epoch), &check);
                Ok(None)
            }
            Message::ResetRequest(request) => {
                self.request(now, index, from, &fresh, &frame.header, &request)?;
                Ok(None)
            }
            // What a directive is at concerns the power plan.
            Message::Report(progress) => {
                fresh.check(frame.header.kind)?;
                let (server, epoch) = (ServerIndex(index), frame.header.epoch);
                Ok(Some(Reported { server, epoch, progress }))
            }
            _ => Err(ResetDiscard::Class),
        });
        self.wake(now, index);
        self.stir(now, cluster);
        taken
    }

    /// Gives a member without a valid echo a nonce to echo; changes nothing else.
    fn challenge(&mut self, now: Instant, index: u16, from: SocketAddr, epoch: Epoch) {
        let Some(at) = self.at(now, index) else { return };
        if at.server.dialogue.may_challenge(now, epoch) {
            at.line.stranger = Some((index, from.into()));
            at.server.owes_status = true;
        }
    }

    fn check(
        &mut self,
        now: Instant,
        index: u16,
        from: SocketAddr,
        (fresh, epoch): (&Freshness, Epoch),
        check: &PathCheck,
    ) {
        if fresh.echo.is_none() {
            return self.challenge(now, index, from, epoch);
        }
        let Some(mut at) = self.at(now, index) else { return };
        at.server.owes_status = true;
        let number = |key: Option<KeyNumber>| key.map_or(0, KeyNumber::get);
        let report = PathReport {
            state: check.state,
            digest: check.digest.0,
            keys: check.keys.map(number),
            term: check.term,
            token: check.token,
            services: &check.services,
            resume: check.resume,
        };
        let of = at.of;
        at.view().path_check(now, of, &report);
    }

    fn request(
        &mut self,
        now: Instant,
        index: u16,
        from: SocketAddr,
        fresh: &Freshness,
        header: &Header,
        request: &ResetRequest,
    ) -> Result<(), ResetDiscard> {
        match fresh.check(header.kind) {
            Ok(()) => {}
            // It is told so, and asks again with the nonce of the answer.
            Err(ResetDiscard::Stale) => {
                if let Some(at) = self.at(now, index) {
                    at.line.stranger = Some((index, from.into()));
                }
            }
            Err(cause) => return Err(cause),
        }
        let (target, place) = self.target(index, request);
        let Some(mut at) = self.at(now, index) else { return Ok(()) };
        let asked = Request {
            asker: Asker::Host(at.of),
            id: request.id,
            target,
            target_epoch: request.target_epoch.unwrap_or_default(),
            method: request.method,
            reason: request.reason,
            term: request.term,
            fresh: fresh.echo.is_some(),
        };
        let verdict = at.view().judge(now, &asked);
        let known = place.and_then(|place| self.hosts.get(usize::from(place)));
        let about = known.map(crate::cluster::Host::address);
        if let Some(server) = self.servers.get_mut(usize::from(index))
            && fresh.echo.is_some()
            && server.told_id != cut(request.id)
        {
            (server.told_id, server.told.refused) = (cut(request.id), Cause::None);
            (server.asked, server.about) = (about.map(|_| request.reason), about);
        }
        let Some(place) = place else { return Ok(()) };
        if let Some(mut at) = self.at(now, place) {
            at.judged(verdict);
        }
        self.wake(now, place);
        Ok(())
    }

    /// Whom the name in a request of a host means, and its place among all servers.
    fn target(&self, asker: u16, request: &ResetRequest) -> (Target, Option<u16>) {
        let range = self
            .servers
            .get(usize::from(asker))
            .and_then(|server| self.clusters.get(server.cluster.at()))
            .map(|slot| slot.line.range())
            .unwrap_or_default();
        let servers = self.servers.get(range.clone()).unwrap_or_default();
        match servers.iter().position(|server| server.name == request.target) {
            // A cluster has at most 64 hosts.
            Some(at) => (Target::Host(HostIndex(at as u8)), Some((range.start + at) as u16)),
            None => match index::by_name(self.names, self.servers, &request.target) {
                Some(_) => (Target::Elsewhere, None),
                None => (Target::Unknown, None),
            },
        }
    }
}

fn place_of(hosts: &[crate::cluster::Host], address: HostAddress) -> Option<HostIndex> {
    let at = hosts.iter().position(|host| host.address() == address)?;
    u8::try_from(at).ok().map(HostIndex)
}
