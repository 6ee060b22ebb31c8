//! A picture of a member, for displays.

use core::net::SocketAddr;
use core::time::Duration;

use heapless::Vec;

use crate::counters::ResetCounters;
use crate::guests::GuestSnapshot;
use crate::limits::{MAX_HOSTS, MAX_PATHS};
use crate::time::Instant;
use crate::types::{
    ConnectorNumber, Epoch, Generation, HostAddress, HostState, Mode, ServiceNumber, ServiceReport,
    ServiceRole, ServiceState, SystemName, SystemReport, Term, Token,
};

use super::peers::Peer;
use super::{Member, View};

/// A member, as it is at one moment.
#[derive(Clone, Copy)]
pub struct Snapshot<'m> {
    pub(super) member: &'m Member,
    pub(super) now: Instant,
}

/// Another host, as this one sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerSnapshot<'m> {
    /// Its address.
    pub host: HostAddress,
    /// Its name.
    pub name: &'m SystemName,
    /// What is held of it.
    pub view: View,
    /// The proof of its end; 0 = none, or the operator's word.
    pub token: Token,
    /// What it last said of itself.
    pub state: Option<HostState>,
    /// Whether its configuration of the cluster is ours; none = it has not said.
    pub digest_matches: Option<bool>,
    /// The monitoring paths to it.
    pub paths: Vec<PathSnapshot, MAX_PATHS>,
    /// Whether it is alive only across paths: it hears us on one, and we hear it on another.
    pub crossed: bool,
    /// What it last said of its services.
    pub services: &'m [ServiceReport],
}

/// A monitoring path to another host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathSnapshot {
    /// Its number.
    pub path: u8,
    /// Where the other host listens.
    pub address: SocketAddr,
    /// Whether both hear each other on it.
    pub alive: bool,
    /// When something was last heard on it.
    pub heard: Option<Instant>,
}

/// A service, as it is on this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceSnapshot<'m> {
    /// Its number.
    pub number: ServiceNumber,
    /// Its name.
    pub name: &'m SystemName,
    /// What this host is for it.
    pub role: ServiceRole,
    /// What it does here.
    pub state: ServiceState,
    /// The highest generation known here.
    pub generation: Generation,
    /// Where it runs, as far as known here.
    pub active_on: Option<HostAddress>,
    /// The hosts whose token or yield is missing, while it waits.
    pub waiting_for: Vec<HostAddress, MAX_HOSTS>,
}

/// A connector, as this host sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectorSnapshot<'m> {
    /// Its number.
    pub number: ConnectorNumber,
    /// Where it listens, if known.
    pub address: Option<SocketAddr>,
    /// Whether it answers.
    pub alive: bool,
    /// Whether it is the one that is asked.
    pub acts: bool,
    /// Its term, once it has said.
    pub term: Option<Term>,
    /// How it works, once it has said.
    pub mode: Option<Mode>,
    /// Whether its configuration of the cluster is ours.
    pub digest_matches: Option<bool>,
    /// When it last answered.
    pub heard: Option<Instant>,
    /// What it shows of the servers.
    pub systems: &'m [SystemReport],
}

impl<'m> Snapshot<'m> {
    /// This start of the member.
    pub fn epoch(&self) -> Epoch {
        self.member.identity.epoch()
    }

    /// How far this host is.
    pub fn state(&self) -> HostState {
        self.member.host_state()
    }

    /// Whether it takes nothing over at present.
    pub fn frozen(&self) -> bool {
        self.member.frozen(self.now)
    }

    /// How long it takes until all guests that run have stopped, by what was measured; what never
    /// was counts with its limit.
    pub fn guests_stop_in(&self) -> Duration {
        self.member.guests.stop_needed(self.now)
    }

    /// How long it takes until all guests are ready that are to be started again.
    pub fn guests_start_in(&self) -> Duration {
        self.member.guests.start_needed(self.now)
    }

    /// What was dropped.
    pub fn counters(&self) -> &'m ResetCounters {
        &self.member.counters
    }
}

impl<'m> Snapshot<'m> {
    /// The other hosts.
    pub fn peers(&self) -> impl Iterator<Item = PeerSnapshot<'m>> {
        let (member, now) = (self.member, self.now);
        let patrol = member.timers.patrol.duration();
        member.peers.iter().map(move |peer| PeerSnapshot {
            host: peer.config.host,
            name: &peer.config.name,
            view: peer.view(now, patrol),
            token: peer.proof.map(|proof| proof.token).unwrap_or_default(),
            state: peer.state,
            digest_matches: peer.digest_matches,
            paths: paths(peer, now, patrol),
            crossed: peer.is_crossed(now, patrol),
            services: &peer.services,
        })
    }

    /// The guests of this host.
    pub fn guests(&self) -> impl Iterator<Item = GuestSnapshot> {
        self.member.guests.snapshot()
    }

    /// The services of this host.
    pub fn services(&self) -> impl Iterator<Item = ServiceSnapshot<'m>> {
        let (member, now) = (self.member, self.now);
        member.services.iter().enumerate().map(move |(at, service)| ServiceSnapshot {
            number: service.config.number,
            name: &service.config.name,
            role: service.role,
            state: service.state(member.stands_by(), member.is_stuck(at, now)),
            generation: service.generation,
            active_on: member.active_on(at, now),
            waiting_for: member.waiting_for(at),
        })
    }

    /// The connectors.
    pub fn connectors(&self) -> impl Iterator<Item = ConnectorSnapshot<'m>> {
        let (member, now) = (self.member, self.now);
        let acting = member.connectors.acting();
        member.connectors.list.iter().enumerate().map(move |(at, connector)| ConnectorSnapshot {
            number: connector.number,
            address: connector.address(),
            alive: connector.is_alive(now),
            acts: acting == Some(at),
            term: connector.status.map(|status| status.term),
            mode: connector.status.map(|status| status.mode),
            digest_matches: connector.status.map(|status| status.digest_matches),
            heard: connector.answered,
            systems: &connector.systems,
        })
    }
}

fn paths(peer: &Peer, now: Instant, patrol: Duration) -> Vec<PathSnapshot, MAX_PATHS> {
    let both = peer.paths.iter().zip(&peer.config.paths);
    both.map(|(path, (number, address))| PathSnapshot {
        path: *number,
        address: *address,
        alive: path.dialogue.is_alive(now, patrol),
        heard: path.dialogue.last_accepted(),
    })
    .collect()
}

impl Member {
    fn active_on(&self, at: usize, now: Instant) -> Option<HostAddress> {
        if self.is_active(at) {
            return Some(self.host);
        }
        let peer = self.peers.get(self.running_peer(at, now)?)?;
        Some(peer.config.host)
    }

    fn waiting_for(&self, at: usize) -> Vec<HostAddress, MAX_HOSTS> {
        if self.services.get(at).is_none_or(|service| service.candidate().is_none()) {
            return Vec::new();
        }
        let missing = self.missing(at);
        missing.iter().filter_map(|peer| Some(self.peers.get(peer)?.config.host)).collect()
    }
}
