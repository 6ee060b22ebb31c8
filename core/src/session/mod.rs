//! One conversation with one BMC.
//!
//! A session logs in when it is wanted, carries one request at a time, keeps itself warm, renews
//! itself where safety asks for it, and closes what it opened. It is driven by five verbs: hand it
//! requests with [`Session::submit`] and datagrams with [`Session::handle`], call
//! [`Session::poll`] until it has nothing more to do, and again at [`Session::deadline`].
//!
//! Three rules live here and nowhere else. A request that may act only once is sent once. At most
//! one such request goes out in a BMC's session: the next one travels in a new session, after the
//! old one is closed, has been closed by its id, or has outlived the BMC's inactivity limit, so
//! that no datagram delayed on the way can act later. And nothing that comes from the network is
//! an error: what is not authentic, fresh and expected is counted in
//! [`Counters`] and dropped.

mod channel;
mod discovery;
mod exchange;
mod hearing;
mod keys;
mod link;
mod login;
mod login15;
mod login20;
mod memory;
mod profile;
mod progress;
mod survey;
#[cfg(test)]
mod tests;
mod window;

pub use profile::{Profile, Suites, UserName, Version, Workaround, Workarounds};
pub use survey::{Findings, Scope, Survey};

use core::time::Duration;

use crate::counters::{Counters, Discard};
use crate::failure::Failure;
use crate::rng::Chance;
use crate::secret::KeyRing;
use crate::suite::Suite;
use crate::time::{Instant, Millis, earliest};
use crate::wire::command::chassis::ChassisStatus;
use crate::wire::command::device::Guid;
use crate::wire::command::{CompletionCode, Request};
use crate::wire::rmcp::{self, Class};

use link::Hunt;
use memory::Memory;
use progress::State;

/// What every call is lent: the moment, chance, the keys and the counters of its owner.
pub struct Context<'a> {
    /// Now.
    pub now: Instant,
    /// Where ids, random numbers and vectors come from.
    pub chance: &'a mut dyn Chance,
    /// The long-lived keys.
    pub keys: KeyRing<'a>,
    /// Where dropped datagrams are counted.
    pub counters: &'a mut Counters,
}

/// A request that was handed in, until it is answered or has failed.
struct Job {
    request: Request,
    deadline: Instant,
    /// So long before that the BMC must have said anything at all.
    spare: Millis,
}

impl Job {
    /// By when the BMC must have said anything at all.
    fn silent_by(&self) -> Instant {
        let spare = u64::try_from(self.spare.duration().as_micros()).unwrap_or(u64::MAX);
        Instant::from_micros(self.deadline.as_micros().saturating_sub(spare))
    }
}

/// What came of a datagram.
#[derive(Debug)]
pub enum Heard<'b> {
    /// The answer to the request that was submitted.
    Answer(Answer<'b>),
    /// A reading of the chassis that the session took by itself, asked for and answered while it
    /// was kept warm.
    Reading(ChassisStatus),
}

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'b> {
    /// Whether the BMC did it.
    pub code: CompletionCode,
    /// What it said, behind the completion code.
    pub data: &'b [u8],
}

/// What a session wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub enum Effect {
    /// Send the first so many bytes of the buffer to the BMC.
    Transmit(usize),
    /// The request that was submitted has no answer, and will get none.
    Failed(Failure),
}

/// A request is in flight already; one session carries one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

impl core::fmt::Display for Busy {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("another request is in flight")
    }
}

impl core::error::Error for Busy {}

/// How far a session is, for status displays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Standing {
    /// Nothing is open.
    Cold,
    /// Asks what the BMC speaks.
    Discovering,
    /// Sets a session up.
    LoggingIn,
    /// A session is up.
    Warm,
    /// It is being closed.
    Closing,
}

/// A picture of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// How far it is.
    pub standing: Standing,
    /// The suite in use, or last in use; `None` for IPMI 1.5 and before the first login.
    pub suite: Option<Suite>,
    /// The GUID that the BMC showed, or that is pinned.
    pub guid: Option<Guid>,
    /// The BMC says that its Kg is set; `None` while it was not asked.
    pub kg_set: Option<bool>,
}

/// The session. At most 512 bytes, so that a thousand of them cost nothing.
pub struct Session {
    profile: Profile,
    memory: Memory,
    state: State,
    job: Option<Job>,
    leaving: bool,
}

const _: () = assert!(size_of::<Session>() <= 512);

impl Session {
    /// A session that is cold. With [`Profile::keep_warm`] it opens itself at the first poll.
    pub fn new(profile: Profile) -> Self {
        let memory = Memory::new(profile.guid);
        Self { profile, memory, state: State::Cold, job: None, leaving: false }
    }

    /// What it was told.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// A session after a restart of its owner, who may have sent a power command in an earlier
    /// one: until that is gone no other command is sent.
    ///
    /// `earlier` is the BMC's id of the earlier session, which makes it possible to ask for it.
    /// Without it the BMC's inactivity limit is waited out; see [`Session::held_until`].
    pub fn after_restart(profile: Profile, earlier: Option<u32>, now: Instant) -> Self {
        let mut session = Self::new(profile);
        session.memory.remember(earlier, now);
        session
    }

    /// Until when a power command would be held back, because an earlier session that may still
    /// carry one can only be outlasted.
    pub fn held_until(&self, now: Instant) -> Option<Instant> {
        let ghost = self.memory.ghost(now)?;
        (ghost.hunt == Hunt::Outlast).then_some(ghost.until)
    }

    /// Whether a power command that was sent may still be under way to the BMC: the session that
    /// carried it, or an earlier one, is not known to be closed.
    pub fn carries_command(&self, now: Instant) -> bool {
        let spent = match &self.state {
            State::Warm(link) | State::Leaving(link) => link.spent,
            State::Cold | State::Discovering(_) | State::LoggingIn20(_) | State::LoggingIn15(_) => {
                false
            }
        };
        spent || self.memory.ghost(now).is_some()
    }

    /// The BMC's id of the session that a power command would travel in now, if one is up that
    /// has carried none yet.
    pub fn id(&self) -> Option<u32> {
        match &self.state {
            State::Warm(link) if !link.spent => Some(link.channel.bmc),
            _ => None,
        }
    }

    /// The GUID that the BMC showed, or that is pinned.
    pub fn guid(&self) -> Option<Guid> {
        self.memory.guid()
    }

    /// Accepts whatever BMC shows itself next, and pins that one.
    pub fn accept_any(&mut self) {
        self.profile.guid = None;
        self.memory.forget_guid();
    }

    /// Takes a request, to be answered within `budget` from now, login included.
    ///
    /// [`Busy`] while another one is in flight. A reading that keeps the session warm does not
    /// count: it is overtaken.
    pub fn submit(&mut self, now: Instant, request: Request, budget: Duration) -> Result<(), Busy> {
        if self.job.is_some() {
            return Err(Busy);
        }
        let spare = Millis::of(budget.saturating_sub(progress::SILENCE));
        self.job = Some(Job { request, deadline: now + budget, spare });
        self.leaving = false;
        self.memory.begin_job(now);
        Ok(())
    }

    /// Ends the session in order: what is in flight is given up, and the BMC is told.
    ///
    /// Poll until [`Session::is_cold`]. A later [`Session::submit`] opens it again.
    pub fn close(&mut self) {
        self.drop_job();
        self.leaving = true;
    }

    /// Whether nothing is open and nothing is wanted.
    pub fn is_cold(&self) -> bool {
        matches!(self.state, State::Cold) && self.job.is_none()
    }

    /// Takes a datagram from the BMC's address. It is opened in place, and is scratch afterwards.
    pub fn handle<'b>(
        &mut self,
        cx: &mut Context<'_>,
        datagram: &'b mut [u8],
    ) -> Option<Heard<'b>> {
        match self.take(cx, datagram) {
            Ok(heard) => heard,
            Err(cause) => {
                cx.counters.discard(cause);
                None
            }
        }
    }

    fn take<'b>(
        &mut self,
        cx: &mut Context<'_>,
        datagram: &'b mut [u8],
    ) -> Result<Option<Heard<'b>>, Discard> {
        let (header, _) = rmcp::Header::parse(datagram).map_err(|_| Discard::Malformed)?;
        if header.class != Class::Ipmi {
            return Err(Discard::Unexpected);
        }
        let packet = datagram.get_mut(rmcp::HEADER_LEN..).ok_or(Discard::Malformed)?;
        self.advance(cx, packet)
    }

    /// The next thing to do; a datagram is written to the start of `out`, which must hold
    /// [`MAX_DATAGRAM`](crate::limits::MAX_DATAGRAM) bytes. Call until `None`.
    pub fn poll(&mut self, cx: &mut Context<'_>, out: &mut [u8]) -> Option<Effect> {
        self.step(cx, out)
    }

    /// When to poll again if nothing arrives before.
    pub fn deadline(&self) -> Option<Instant> {
        earliest(self.job_deadline(), self.state_deadline())
    }

    /// How things stand.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            standing: self.standing(),
            suite: self.memory.suite(&self.profile),
            guid: self.memory.guid(),
            kg_set: self.memory.kg_set(),
        }
    }
}
