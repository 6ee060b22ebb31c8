//! The BMC's table of sessions, half-open ones included.

use std::net::SocketAddr;
use std::time::Duration;

use super::config::Privilege;
use super::keys::{AuthType, Code, SessionKeys};
use super::suite::Suite;
use super::window::Window;
use crate::rng::Rng;

/// How many challenges of IPMI 1.5 are remembered; they take no slot.
const CHALLENGES: usize = 16;

/// One session, or one on its way.
#[derive(Clone)]
pub(super) struct Session {
    /// The BMC's id for it; of a challenge, the temporary one.
    pub(super) id: u32,
    pub(super) peer: SocketAddr,
    pub(super) heard_at: Duration,
    pub(super) stage: Stage,
    /// Closed; it goes as soon as the answer is sealed.
    pub(super) closing: bool,
}

#[derive(Clone)]
pub(super) enum Stage {
    /// Get Session Challenge was answered.
    Challenged(Challenge),
    /// Open Session was answered.
    Opened(Opening),
    Active(Box<Active>),
}

#[derive(Clone)]
pub(super) struct Challenge {
    pub(super) user: usize,
    pub(super) auth_type: AuthType,
    pub(super) challenge: [u8; 16],
}

#[derive(Clone)]
pub(super) struct Opening {
    pub(super) tag: u8,
    pub(super) console_id: [u8; 4],
    pub(super) suite: Suite,
    /// As asked for: 0 is the highest.
    pub(super) asked: u8,
    pub(super) limit: Privilege,
    pub(super) rakp1: Option<Rakp1>,
}

/// What RAKP 1 said, and the random number that answered it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Rakp1 {
    pub(super) console_random: [u8; 16],
    pub(super) role: u8,
    pub(super) name: Vec<u8>,
    pub(super) user: usize,
    pub(super) limit: Privilege,
    pub(super) bmc_random: [u8; 16],
}

#[derive(Clone)]
pub(super) struct Active {
    pub(super) limit: Privilege,
    pub(super) privilege: Privilege,
    pub(super) user: usize,
    pub(super) inbound: Window,
    /// The sequence number of the next answer.
    pub(super) outbound: u32,
    /// The first outbound number is used a second time.
    pub(super) repeat_first: bool,
    pub(super) format: Format,
}

/// How the session's packets look.
#[derive(Clone)]
pub(super) enum Format {
    V15 { auth_type: AuthType, password: [u8; 16], activation: Option<Activation> },
    V20 { keys: Box<SessionKeys>, console_id: [u8; 4], rakp3: Code },
}

/// How the session began, to answer a repeated Activate Session again; forgotten when the first
/// message of the session arrives.
#[derive(Clone)]
pub(super) struct Activation {
    pub(super) temporary_id: u32,
    pub(super) challenge: Challenge,
    pub(super) started: Started,
}

/// What the answer to Activate Session says.
#[derive(Clone, Copy)]
pub(super) struct Started {
    pub(super) id: u32,
    /// The first inbound sequence number.
    pub(super) inbound: u32,
    pub(super) limit: Privilege,
}

impl Active {
    /// The sequence number for the next answer; 0 is never used.
    pub(super) fn next_outbound(&mut self, skip: bool) -> u32 {
        let number = self.outbound;
        if !std::mem::take(&mut self.repeat_first) {
            let step = if skip { 3 } else { 1 };
            self.outbound = self.outbound.wrapping_add(step).max(1);
        }
        number
    }
}

/// All sessions of a BMC.
#[derive(Clone)]
pub(super) struct Sessions {
    list: Vec<Session>,
    slots: usize,
    timeout: Duration,
}

impl Sessions {
    pub(super) fn new(slots: usize, timeout: Duration) -> Self {
        Self { list: Vec::new(), slots, timeout }
    }

    pub(super) fn find(&self, id: u32) -> Option<&Session> {
        self.list.iter().find(|session| session.id == id)
    }

    pub(super) fn find_mut(&mut self, id: u32) -> Option<&mut Session> {
        self.list.iter_mut().find(|session| session.id == id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Session> {
        self.list.iter()
    }

    pub(super) fn active(&self, id: u32) -> Option<&Active> {
        match &self.find(id)?.stage {
            Stage::Active(active) => Some(active),
            Stage::Challenged(_) | Stage::Opened(_) => None,
        }
    }

    pub(super) fn active_mut(&mut self, id: u32) -> Option<&mut Active> {
        match &mut self.find_mut(id)?.stage {
            Stage::Active(active) => Some(active),
            Stage::Challenged(_) | Stage::Opened(_) => None,
        }
    }

    /// How many sessions are open.
    pub(super) fn active_count(&self) -> usize {
        self.list.iter().filter(|session| matches!(session.stage, Stage::Active(_))).count()
    }

    pub(super) fn slots(&self) -> usize {
        self.slots
    }

    /// Whether a slot is free, or can be freed by giving up the oldest half-open session.
    pub(super) fn make_room(&mut self, half_open_held: bool) -> bool {
        let taken = |session: &&Session| !matches!(session.stage, Stage::Challenged(_));
        if self.list.iter().filter(taken).count() < self.slots {
            return true;
        }
        !half_open_held && self.remove_oldest(|stage| matches!(stage, Stage::Opened(_)))
    }

    /// Adds a session at this stage and returns its id.
    pub(super) fn add(
        &mut self,
        now: Duration,
        peer: SocketAddr,
        stage: Stage,
        rng: &mut Rng,
    ) -> u32 {
        let challenged = |stage: &Stage| matches!(stage, Stage::Challenged(_));
        let challenges = self.list.iter().filter(|session| challenged(&session.stage)).count();
        if challenges >= CHALLENGES {
            self.remove_oldest(challenged);
        }
        let id = self.free_id(rng);
        self.put(id, now, peer, stage);
        id
    }

    /// Adds a session under an id that is free.
    pub(super) fn put(&mut self, id: u32, now: Duration, peer: SocketAddr, stage: Stage) {
        self.list.push(Session { id, peer, heard_at: now, stage, closing: false });
    }

    /// An id that no session has.
    pub(super) fn free_id(&self, rng: &mut Rng) -> u32 {
        loop {
            let id = rng.next_u32();
            if id != 0 && self.find(id).is_none() {
                return id;
            }
        }
    }

    pub(super) fn remove(&mut self, id: u32) {
        self.list.retain(|session| session.id != id);
    }

    /// Drops the sessions that were not heard for too long.
    pub(super) fn expire(&mut self, now: Duration) {
        let timeout = self.timeout;
        self.list.retain(|session| session.heard_at + timeout > now);
    }

    /// Drops all.
    pub(super) fn clear(&mut self) {
        self.list.clear();
    }

    /// When the next session is dropped if it stays unheard.
    pub(super) fn next_at(&self) -> Option<Duration> {
        self.list.iter().map(|session| session.heard_at + self.timeout).min()
    }

    fn remove_oldest(&mut self, which: impl Fn(&Stage) -> bool) -> bool {
        let oldest = self
            .list
            .iter()
            .filter(|session| which(&session.stage))
            .min_by_key(|session| session.heard_at)
            .map(|session| session.id);
        oldest.map(|id| self.remove(id)).is_some()
    }
}
