//! One request in flight: its number, its repeats, and what counts as its answer.

use core::time::Duration;

use crate::backoff::{Pace, Retry, RoundTrip, Turn};
use crate::counters::Discard;
use crate::limits::MAX_REQUEST_DATA;
use crate::time::Instant;
use crate::wire::command::session::AuthType;
use crate::wire::command::{CompletionCode, Request};
use crate::wire::ipmb::{self, Checksums};
use crate::wire::rmcp::{self, Class};
use crate::wire::{Full, Writer, session15};

/// The message of a request.
pub(super) fn question(request: &Request, sequence: u8) -> ipmb::Message<'_> {
    ipmb::Message {
        to: ipmb::BMC,
        net_fn: request.net_fn.request(),
        to_lun: request.lun,
        from: ipmb::CONSOLE,
        sequence,
        from_lun: 0,
        command: request.code,
        data: &request.data,
        sums: Checksums::Good,
    }
}

/// Writes the datagram of a request outside any session; returns its length.
pub(super) fn emit_outside(request: &Request, sequence: u8, out: &mut [u8]) -> Result<usize, Full> {
    let mut buffer = [0; MAX_REQUEST_DATA + ipmb::MIN_RESPONSE];
    let mut body = Writer::new(&mut buffer);
    question(request, sequence).emit(&mut body)?;
    let mut out = Writer::new(out);
    rmcp::Header::new(Class::Ipmi).emit(&mut out)?;
    let (auth_type, code, message) = (AuthType::None, None, body.written());
    session15::Packet { auth_type, sequence: 0, session: 0, code, message }.emit(&mut out)?;
    Ok(out.len())
}

/// The completion code and data of `message`, if it answers that request.
pub(super) fn answer_to<'m>(
    request: &Request,
    sequence: u8,
    message: &'m [u8],
    any_sums: bool,
) -> Result<(CompletionCode, &'m [u8]), Discard> {
    let message = ipmb::Message::parse(message).map_err(|_| Discard::Malformed)?;
    if message.sums == Checksums::Bad && !any_sums {
        return Err(Discard::Checksum);
    }
    let same = message.net_fn == request.net_fn.response()
        && message.command == request.code
        && message.sequence == sequence;
    if !same {
        return Err(Discard::Unexpected);
    }
    let (code, data) = message.data.split_first().ok_or(Discard::Malformed)?;
    Ok((CompletionCode(*code), data))
}

/// Why a request is in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Raises the session to the level that the job wants.
    Raise,
    /// Asks for the GUID, which a login of 1.5 does not show.
    Identify,
    /// Asks whether an earlier session, which may still hold a power command on its way, is open.
    Trace,
    /// Closes an earlier session that may still hold a power command on its way.
    Bury,
    /// What the caller asked for.
    Job,
    /// Reads the chassis status: keeps the session alive and watches the power.
    Check,
    /// Closes this session.
    Bye,
}

/// How often a request is sent before the session counts as lost.
const TIMES: u8 = 6;
/// How often Close Session is sent; some BMCs never answer it.
const BYE_TIMES: u8 = 3;
/// How long a request that is sent once may take. Power actions keep some BMCs busy.
const ONCE_WAIT: Duration = Duration::from_secs(3);

/// The request in flight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exchange {
    pub(super) purpose: Purpose,
    pub(super) sequence: u8,
    /// How often the BMC has said that it is busy.
    pub(super) refusals: u8,
    retry: Retry,
    sent_at: Instant,
}

impl Exchange {
    pub(super) fn new(
        purpose: Purpose,
        sequence: u8,
        once: bool,
        now: Instant,
        way: RoundTrip,
    ) -> Self {
        let (times, wait) = match purpose {
            Purpose::Bye => (BYE_TIMES, way.wait()),
            Purpose::Job if once => (1, ONCE_WAIT),
            _ => (TIMES, way.wait()),
        };
        let retry = Retry::new(now, times, wait, Pace::Slower);
        Self { purpose, sequence, refusals: 0, retry, sent_at: now }
    }

    /// A farewell to a session that may not even be set up: one datagram, no wait.
    pub(super) fn farewell(sequence: u8, now: Instant) -> Self {
        let retry = Retry::new(now, 1, Duration::ZERO, Pace::Slower);
        Self { purpose: Purpose::Bye, sequence, refusals: 0, retry, sent_at: now }
    }

    pub(super) fn turn(&mut self, now: Instant) -> Turn {
        let turn = self.retry.turn(now);
        if turn == Turn::Send {
            self.sent_at = now;
        }
        turn
    }

    pub(super) fn answered(&self, now: Instant, way: &mut RoundTrip) {
        way.note(now.since(self.sent_at), self.retry.sent());
    }

    pub(super) fn deadline(&self) -> Instant {
        self.retry.deadline()
    }
}
