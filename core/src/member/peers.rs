//! The other hosts: who is alive, who failed, and of whose end there is proof.

use core::time::Duration;

use heapless::Vec;

use crate::limits::MAX_PATHS;
use crate::reset_path::Dialogue;
use crate::time::{Instant, earliest};
use crate::types::{
    Cause, Epoch, HostState, Party, Reason, ServiceNumber, ServiceReport, ServiceState, Token,
};
use crate::wire::reset::{Heartbeat, Services};

use super::config::PeerConfig;
use super::laws::Laws;
use super::question::Asking;
use super::sets::Set;
use super::tell::View;

/// The shortest time between two heartbeats to a host that does not answer.
const SOON: Duration = Duration::from_millis(100);

/// Another host.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) config: PeerConfig,
    pub(super) paths: Vec<Path, MAX_PATHS>,
    /// Of the last heartbeat that was accepted.
    pub(super) epoch: Option<Epoch>,
    pub(super) state: Option<HostState>,
    pub(super) services: Services,
    pub(super) digest_matches: Option<bool>,
    /// When the nonce was made that the heartbeat answered which said the above.
    reported: Option<Instant>,
    /// It was alive since our own start, and has not left as planned since.
    pub(super) met: bool,
    /// When the newest nonce was made that we sent on one path and that came back on another.
    crossed: Option<Instant>,
    /// When a notice said that its power is off.
    pub(super) noticed: Option<Instant>,
    pub(super) proof: Option<Proof>,
    pub(super) asking: Asking,
    pub(super) tells: PeerTells,
}

/// What is still to be told of a peer, and what was told last.
#[derive(Debug)]
pub(super) struct PeerTells {
    pub(super) view: View,
    pub(super) asked: Option<(Reason, bool)>,
    pub(super) refused: Option<Cause>,
    pub(super) differs: bool,
    pub(super) went_back: bool,
}

/// A monitoring path to a peer.
#[derive(Debug)]
pub(super) struct Path {
    pub(super) dialogue: Dialogue,
    /// When the last heartbeat was sent, and when the next is due.
    pub(super) last: Option<Instant>,
    pub(super) next: Instant,
    /// Whether it was last told to be alive; none = nothing was told yet.
    pub(super) told: Option<bool>,
}

/// That an incarnation of a host has ended; not that the host is off now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Proof {
    /// 0 for the operator's word.
    pub(super) token: Token,
    /// The services that it counts for.
    pub(super) covers: Set,
    pub(super) at: Instant,
}

impl Path {
    /// What came does not answer us: whoever has just started is answered before the usual time.
    pub(super) fn answer_soon(&mut self, unanswered: bool, now: Instant) {
        let soon = self.last.map_or(now, |last| last + SOON);
        if unanswered {
            self.next = self.next.min(soon);
        }
    }
}

impl Proof {
    /// Whether it is dropped with a yield, and when the host is heard again.
    pub(super) fn drops(&self, laws: &Laws) -> bool {
        let is_word = self.token.0 == 0;
        if is_word { laws.word_dropped_like_token() } else { laws.yield_drops_token() }
    }
}

impl Peer {
    pub(super) fn new(config: PeerConfig, now: Instant) -> Self {
        let party = Party::Host(config.host);
        let path = |(path, _): &(u8, _)| Path {
            dialogue: Dialogue::new(party, *path),
            last: None,
            next: now,
            told: None,
        };
        Self {
            paths: config.paths.iter().map(path).collect(),
            config,
            epoch: None,
            state: None,
            services: Services::new(),
            digest_matches: None,
            reported: None,
            met: false,
            crossed: None,
            noticed: None,
            proof: None,
            asking: Asking::Quiet,
            tells: PeerTells {
                view: View::Unknown,
                asked: None,
                refused: None,
                differs: false,
                went_back: false,
            },
        }
    }

    /// When the newest nonce of ours was made that it has echoed, on any path or across them.
    fn echoed(&self) -> Option<Instant> {
        self.echoed_on_a_path().max(self.crossed)
    }

    fn echoed_on_a_path(&self) -> Option<Instant> {
        self.paths.iter().filter_map(|path| path.dialogue.echoed()).max()
    }

    /// When the newest nonce was made that came back on another path than it was sent on.
    pub(super) const fn crossed(&self) -> Option<Instant> {
        self.crossed
    }

    /// A nonce that we made then, for another path, came back.
    pub(super) fn heard_across(&mut self, made: Instant) {
        self.crossed = self.crossed.max(Some(made));
    }

    /// Until when it is alive, if it is not said to have ended: what came from it answers a nonce
    /// younger than the notice, the proof, and `patrol`.
    pub(super) fn alive_until(&self, patrol: Duration) -> Option<Instant> {
        let ended = self.noticed.max(self.proof.map(|proof| proof.at));
        let echoed = self.echoed()?;
        ended.is_none_or(|ended| echoed > ended).then_some(echoed + patrol)
    }

    pub(super) fn is_alive(&self, now: Instant, patrol: Duration) -> bool {
        self.alive_until(patrol).is_some_and(|until| now < until)
    }

    pub(super) fn is_crossed(&self, now: Instant, patrol: Duration) -> bool {
        let alive = |at: Instant| now < at + patrol;
        !self.echoed_on_a_path().is_some_and(alive) && self.crossed.is_some_and(alive)
    }

    /// Whether it said, when it was last heard, that it is taken out of automatic failover.
    pub(super) fn left(&self) -> bool {
        matches!(self.state, Some(HostState::Leaving | HostState::Maintenance))
    }

    /// What it last said of a service.
    pub(super) fn report(&self, service: ServiceNumber) -> Option<&ServiceReport> {
        self.services.iter().find(|report| report.number == service)
    }

    /// What the service last was on it.
    pub(super) fn service(&self, service: ServiceNumber) -> Option<ServiceState> {
        self.report(service).map(|report| report.state)
    }

    /// A heartbeat came that answers a nonce made at `echo`. Returns whether it is news: on another
    /// path a newer one may have come before.
    pub(super) fn beat(&mut self, heartbeat: Heartbeat, same_digest: bool, echo: Instant) -> bool {
        if self.reported.is_some_and(|reported| echo < reported) {
            return false;
        }
        self.reported = Some(echo);
        self.tells.differs |= !same_digest && self.digest_matches != Some(false);
        self.digest_matches = Some(same_digest);
        self.state = Some(heartbeat.state);
        self.services = heartbeat.services;
        true
    }

    pub(super) fn view(&self, now: Instant, patrol: Duration) -> View {
        if self.is_alive(now, patrol) {
            View::Alive
        } else if self.proof.is_some() {
            View::Fenced
        } else if self.asking.is_fencing() {
            View::Fencing
        } else if self.met {
            View::Suspect
        } else {
            View::Unknown
        }
    }

    /// Whether there is proof of its end that counts for that service.
    pub(super) fn has_ended_for(&self, service: usize) -> bool {
        self.proof.is_some_and(|proof| proof.covers.contains(service))
    }

    /// The nonce of another path to be echoed on a path by which nothing has come for half of
    /// `patrol`: two heartbeats are lost, and the host still counts as alive.
    pub(super) fn echo_across(&self, path: usize, now: Instant, patrol: Duration) -> Option<u64> {
        let heard = |path: &Path| path.dialogue.to_echo().filter(|(_, at)| now < *at + patrol / 2);
        if self.paths.get(path).and_then(heard).is_some() {
            return None;
        }
        let newest = self.paths.iter().filter_map(heard).max_by_key(|(_, at)| *at);
        newest.map(|(nonce, _)| nonce)
    }

    /// The place of the path that answered last, or of the one `turn` places behind it.
    pub(super) fn best_path(&self, turn: usize) -> usize {
        let newest = self.paths.iter().enumerate().max_by_key(|(_, path)| path.dialogue.echoed());
        let first = newest.map_or(0, |(at, _)| at);
        (first + turn) % self.paths.len().max(1)
    }

    pub(super) fn deadline(&self, now: Instant, patrol: Duration) -> Option<Instant> {
        let mut next = self.asking.deadline();
        let after = |until: Option<Instant>| until.filter(|until| *until > now);
        next = earliest(next, after(self.alive_until(patrol)));
        for path in &self.paths {
            next = earliest(next, after(Some(path.next)));
            next = earliest(next, after(path.dialogue.alive_until(patrol)));
        }
        next
    }
}
