//! A session that is set up: one exchange at a time, in the order of what matters most.

use core::time::Duration;

use crate::backoff::{RoundTrip, Turn};
use crate::counters::Discard;
use crate::time::Instant;
use crate::wire::Full;
use crate::wire::command::chassis::GetChassisStatus;
use crate::wire::command::device::{GetSystemGuid, Guid};
use crate::wire::command::session::{CloseSession, GetSessionInfo, SetSessionPrivilegeLevel};
use crate::wire::command::{Command, CompletionCode, Delivery, Privilege, Request};
use crate::wire::ipmb;
use crate::wire::session20::PayloadType;

use super::Heard;
use super::channel::{Channel, Means};
use super::exchange::{Exchange, Purpose, answer_to, question};
use super::profile::Workaround;

/// A session that may still be alive on the BMC after we left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ghost {
    /// The BMC's id of it.
    pub(super) id: u32,
    /// When the BMC's inactivity limit has closed it for certain.
    pub(super) until: Instant,
    /// What is done about it next.
    pub(super) hunt: Hunt,
}

/// How an earlier session is made sure to be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hunt {
    /// The BMC is asked whether it is open.
    Trace,
    /// It is open: the BMC is told to close it, which takes an Administrator.
    Close,
    /// The BMC will not close it for us: its inactivity limit has to.
    Outlast,
}

/// What a link is to get done; decides what the next exchange is.
pub(super) struct Wants<'a> {
    /// The caller's request.
    pub(super) job: Option<&'a Request>,
    /// Highest level that may be asked for.
    pub(super) limit: Privilege,
    /// An earlier session that a power command must not be sent beside.
    pub(super) ghost: Option<Ghost>,
    /// How often the power is to be read.
    pub(super) check: Option<Duration>,
    /// The session shall end.
    pub(super) leave: bool,
}

impl Wants<'_> {
    fn ghost_id(&self) -> u32 {
        self.ghost.map_or(0, |ghost| ghost.id)
    }
}

/// What a link does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// Nothing before [`Link::deadline`], or before something arrives.
    Wait,
    /// A datagram of that length.
    Send(usize),
    /// The request for that purpose was not answered.
    GaveUp(Purpose),
}

/// How a session is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Farewell {
    /// Until the BMC has said that it is closed, or has been asked often enough.
    Patient,
    /// With one datagram, and no wait.
    Hasty,
}

/// The session.
pub(super) struct Link {
    pub(super) channel: Channel,
    pub(super) exchange: Option<Exchange>,
    sequence: u8,
    level: Privilege,
    /// A power command went out in this session, so no other may.
    pub(super) spent: bool,
    /// When the last datagram went out: the BMC's inactivity limit counts from there.
    pub(super) last_sent: Instant,
    /// When the power was read last.
    pub(super) checked: Instant,
    /// The GUID is pinned, and the login did not show it.
    pub(super) unidentified: bool,
}

/// How often a busy BMC is asked again, and the pause before.
const MAX_REFUSALS: u8 = 25;
const BUSY_PAUSE: Duration = Duration::from_millis(200);

/// A session starts at this level (section 22.18), whatever was asked for.
const FIRST_LEVEL: Privilege = Privilege::User;

impl Link {
    pub(super) fn new(channel: Channel, sequence: u8, now: Instant) -> Self {
        Self {
            channel,
            exchange: None,
            sequence: sequence & ipmb::MAX_SEQUENCE,
            level: FIRST_LEVEL,
            spent: false,
            last_sent: now,
            checked: now,
            unidentified: false,
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.exchange.as_ref().map(Exchange::deadline)
    }

    /// Begins what is wanted most, if nothing is in flight; a job overtakes a check.
    pub(super) fn begin(&mut self, wants: &Wants<'_>, now: Instant, way: RoundTrip) {
        let Some(purpose) = self.choose(wants, now) else { return };
        match &self.exchange {
            Some(running) if running.purpose != Purpose::Check => return,
            Some(_) if purpose == Purpose::Check => return,
            _ => {}
        }
        self.sequence = self.sequence.wrapping_add(1) & ipmb::MAX_SEQUENCE;
        let once = wants.job.is_some_and(|job| job.delivery == Delivery::Once);
        self.exchange = Some(Exchange::new(purpose, self.sequence, once, now, way));
    }

    fn choose(&self, wants: &Wants<'_>, now: Instant) -> Option<Purpose> {
        if self.unidentified {
            return Some(Purpose::Identify);
        }
        let Some(job) = wants.job else {
            let due = wants.check.is_some_and(|interval| now >= self.checked + interval);
            return due.then_some(Purpose::Check);
        };
        if self.level < Self::wanted_level(job, wants) {
            return Some(Purpose::Raise);
        }
        if job.delivery == Delivery::Repeat {
            return Some(Purpose::Job);
        }
        match wants.ghost {
            // Its id was given to this session: it is gone.
            Some(ghost) if ghost.id == self.channel.bmc => Some(Purpose::Job),
            Some(Ghost { hunt: Hunt::Trace, .. }) => Some(Purpose::Trace),
            Some(Ghost { hunt: Hunt::Close, .. }) => Some(Purpose::Bury),
            Some(Ghost { hunt: Hunt::Outlast, .. }) => None,
            None => Some(Purpose::Job),
        }
    }

    /// The level that is needed for what comes next.
    fn wanted_level(job: &Request, wants: &Wants<'_>) -> Privilege {
        let closes = job.delivery == Delivery::Once
            && wants.ghost.is_some_and(|ghost| ghost.hunt == Hunt::Close);
        let level = if closes { Privilege::Administrator } else { job.privilege };
        level.min(wants.limit)
    }

    /// Whether the level that was asked for last is needed only to close an earlier session.
    pub(super) fn is_raised_to_close(&self, wants: &Wants<'_>) -> bool {
        wants.job.is_some_and(|job| job.privilege.min(wants.limit) <= self.level)
    }

    /// What is done about an earlier session that is open, or may be.
    pub(super) fn next_hunt(wants: &Wants<'_>) -> Hunt {
        if wants.limit < Privilege::Administrator { Hunt::Outlast } else { Hunt::Close }
    }

    /// Whether the session has to end: it is not wanted any more, or it has carried a power
    /// command and another one is to go out, which travels in a session of its own.
    pub(super) fn must_leave(&self, wants: &Wants<'_>) -> bool {
        let once = wants.job.is_some_and(|job| job.delivery == Delivery::Once);
        let idle = self.exchange.is_none_or(|running| running.purpose == Purpose::Check);
        wants.leave || (once && self.spent && idle)
    }

    /// Says farewell next, whatever is in flight.
    pub(super) fn take_leave(&mut self, now: Instant, farewell: Farewell, way: RoundTrip) {
        self.sequence = self.sequence.wrapping_add(1) & ipmb::MAX_SEQUENCE;
        self.exchange = Some(match farewell {
            Farewell::Patient => Exchange::new(Purpose::Bye, self.sequence, false, now, way),
            Farewell::Hasty => Exchange::farewell(self.sequence, now),
        });
    }

    /// The exchange's next datagram, if one is due.
    pub(super) fn poll(
        &mut self,
        wants: &Wants<'_>,
        means: &mut Means<'_>,
        now: Instant,
        out: &mut [u8],
    ) -> Result<Move, Full> {
        let Some(exchange) = &mut self.exchange else { return Ok(Move::Wait) };
        let purpose = exchange.purpose;
        match exchange.turn(now) {
            Turn::Wait => Ok(Move::Wait),
            Turn::GiveUp => {
                self.exchange = None;
                Ok(Move::GaveUp(purpose))
            }
            Turn::Send => {
                let sequence = exchange.sequence;
                let request = self.request(purpose, wants)?;
                let Some(request) = request.as_ref().or(wants.job) else { return Ok(Move::Wait) };
                let message = question(request, sequence);
                self.last_sent = now;
                self.spent |= request.delivery == Delivery::Once;
                self.channel.seal(means, &message, out).map(Move::Send)
            }
        }
    }

    /// The request of a purpose; `None` for the job, which the caller holds.
    fn request(&self, purpose: Purpose, wants: &Wants<'_>) -> Result<Option<Request>, Full> {
        let request = match purpose {
            Purpose::Job => return Ok(None),
            Purpose::Raise => {
                let level = wants.job.map(|job| Self::wanted_level(job, wants));
                Request::of(&SetSessionPrivilegeLevel { level })
            }
            Purpose::Identify => Request::of(&GetSystemGuid),
            Purpose::Check => Request::of(&GetChassisStatus),
            Purpose::Bye => Request::of(&CloseSession { session_id: self.channel.bmc }),
            Purpose::Trace => Request::of(&GetSessionInfo { session_id: wants.ghost_id() }),
            Purpose::Bury => Request::of(&CloseSession { session_id: wants.ghost_id() }),
        };
        request.map(Some)
    }

    /// Takes a datagram, behind its RMCP header: the purpose that it answers, and the answer.
    pub(super) fn handle<'b>(
        &mut self,
        wants: &Wants<'_>,
        means: &Means<'_>,
        bytes: &'b mut [u8],
    ) -> Result<(Exchange, CompletionCode, &'b [u8]), Discard> {
        let opened = self.channel.open(means, bytes)?;
        if opened.kind != PayloadType::Ipmi {
            // Another party's payload in our session: serial over LAN, for example.
            return Err(Discard::Unexpected);
        }
        let end = opened.at.saturating_add(opened.len);
        let message = bytes.get(opened.at..end).ok_or(Discard::Malformed)?;
        let exchange = self.exchange.ok_or(Discard::Unexpected)?;
        let request = self.request(exchange.purpose, wants).map_err(|_| Discard::Unexpected)?;
        let request = request.as_ref().or(wants.job).ok_or(Discard::Unexpected)?;
        let lenient = opened.authentic && means.profile.workarounds.has(Workaround::UncheckedSums);
        let (code, data) = answer_to(request, exchange.sequence, message, lenient)?;
        Ok((exchange, code, data))
    }

    /// Whether an answer to [`Purpose::Trace`] means that the other session is gone.
    pub(super) fn is_gone(code: CompletionCode, data: &[u8]) -> bool {
        let none = GetSessionInfo::parse(data).is_ok_and(|info| info.handle.is_none());
        code.is_success() && none
    }

    /// Whether an answer to [`Purpose::Bury`] means that the other session is gone.
    pub(super) fn is_buried(code: CompletionCode) -> bool {
        code.is_success() || code == CloseSession::INVALID_SESSION_ID
    }

    /// The GUID of an answer to [`Purpose::Identify`].
    pub(super) fn guid(code: CompletionCode, data: &[u8]) -> Option<Guid> {
        GetSystemGuid::parse(data).ok().filter(|_| code.is_success())
    }

    /// The reading of an answer to [`Purpose::Check`].
    pub(super) fn reading<'b>(
        &self,
        code: CompletionCode,
        data: &[u8],
    ) -> Result<Heard<'b>, Discard> {
        if !code.is_success() {
            return Err(Discard::Unexpected);
        }
        GetChassisStatus::parse(data).map(Heard::Reading).map_err(|_| Discard::Malformed)
    }

    /// Asks again a little later, if the BMC says that it is busy and asking again is allowed.
    pub(super) fn asks_again(
        &mut self,
        wants: &Wants<'_>,
        exchange: Exchange,
        code: CompletionCode,
        now: Instant,
        way: RoundTrip,
    ) -> bool {
        let repeats = wants.job.is_some_and(|job| job.delivery == Delivery::Repeat);
        if !repeats || !code.is_temporary() || exchange.refusals >= MAX_REFUSALS {
            return false;
        }
        self.sequence = self.sequence.wrapping_add(1) & ipmb::MAX_SEQUENCE;
        let mut again = Exchange::new(Purpose::Job, self.sequence, false, now + BUSY_PAUSE, way);
        again.refusals = exchange.refusals + 1;
        self.exchange = Some(again);
        true
    }

    /// The BMC has raised the session.
    pub(super) fn raised(&mut self, wants: &Wants<'_>) {
        if let Some(job) = wants.job {
            self.level = Self::wanted_level(job, wants);
        }
    }
}
