//! What a machine tells anyone who asks, without a login: presence, versions, suites, GUID.

use core::time::Duration;

use crate::backoff::RoundTrip;
use crate::counters::Discard;
use crate::time::Instant;
use crate::wire::asf;
use crate::wire::command::channel::{
    AuthenticationCapabilities, GetChannelAuthenticationCapabilities, THIS_CHANNEL,
};
use crate::wire::command::cipher::{CipherSuiteRecords, GetChannelCipherSuites};
use crate::wire::command::device::{GetSystemGuid, Guid};
use crate::wire::command::{Command, CompletionCode, Privilege, Request};
use crate::wire::rmcp::{self, Class};
use crate::wire::{Full, Writer, ipmb, session15};

use super::Context;
use super::exchange::{answer_to, emit_outside};
use super::login::{Next, Step};

/// What to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Only whether someone is there: a presence ping and, since not every BMC answers that, the
    /// authentication capabilities.
    Presence,
    /// All of it.
    Everything,
}

/// What was found. A field is empty where the BMC did not answer, which many do not.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The answer to the presence ping.
    pub pong: Option<asf::Pong>,
    /// Versions and authentication types.
    pub capabilities: Option<AuthenticationCapabilities>,
    /// Cipher suites.
    pub suites: CipherSuiteRecords,
    /// The GUID, where the BMC tells it without a login.
    pub guid: Option<Guid>,
    /// How long the first answer took.
    pub round_trip: Option<Duration>,
}

impl Findings {
    /// Whether anything at all has answered.
    pub const fn is_there(&self) -> bool {
        self.round_trip.is_some()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    Ping,
    Capabilities { extended: bool },
    Suites { page: u8 },
    Guid,
}

/// How often each question is sent. Silence is a usual answer to most of them.
const TIMES: u8 = 3;
/// Suites come 16 bytes a page; the index has six bits.
const LAST_PAGE: u8 = 0x3f;

/// Asks one machine, question after question. The verbs are those of a session.
pub struct Survey {
    scope: Scope,
    question: Option<Question>,
    /// Tag of the ping and sequence number of the requests.
    sequence: u8,
    step: Step,
    began: Instant,
    way: RoundTrip,
    findings: Findings,
}

impl Survey {
    /// A survey that begins at the first poll.
    pub fn new(scope: Scope, now: Instant) -> Self {
        let way = RoundTrip::default();
        Self {
            scope,
            question: Some(Question::Ping),
            sequence: 0,
            step: Step::new(now, TIMES, way.wait()),
            began: now,
            way,
            findings: Findings::default(),
        }
    }

    /// What was found so far.
    pub const fn findings(&self) -> &Findings {
        &self.findings
    }

    /// Whether every question has been answered or given up.
    pub const fn is_over(&self) -> bool {
        self.question.is_none()
    }

    /// When to poll again if nothing arrives before; `None` once it is over.
    pub fn deadline(&self) -> Option<Instant> {
        self.question.map(|_| self.step.deadline())
    }

    /// The length of the next datagram, written to the start of `out`; `None` when there is none
    /// to send now. `out` must hold [`MAX_DATAGRAM`](crate::limits::MAX_DATAGRAM) bytes.
    pub fn poll(&mut self, cx: &mut Context<'_>, out: &mut [u8]) -> Option<usize> {
        loop {
            let question = self.question?;
            match self.step.next(cx.now) {
                Next::Wait => return None,
                Next::Send => return self.emit(question, out).ok(),
                Next::Over(_) => self.go_on(cx.now, self.after(question)),
            }
        }
    }

    /// Takes a datagram from the machine's address.
    pub fn handle(&mut self, cx: &mut Context<'_>, datagram: &[u8]) {
        if let Err(cause) = self.take(cx.now, datagram) {
            cx.counters.discard(cause);
        }
    }

    fn emit(&self, question: Question, out: &mut [u8]) -> Result<usize, Full> {
        let request = match question {
            Question::Ping => {
                let mut out = Writer::new(out);
                rmcp::Header::new(Class::Asf).emit(&mut out)?;
                asf::Message::Ping { tag: self.sequence }.emit(&mut out)?;
                return Ok(out.len());
            }
            other => request(other)?,
        };
        emit_outside(&request, self.sequence, out)
    }

    fn take(&mut self, now: Instant, datagram: &[u8]) -> Result<(), Discard> {
        let question = self.question.ok_or(Discard::Unexpected)?;
        let (header, rest) = rmcp::Header::parse(datagram).map_err(|_| Discard::Malformed)?;
        match (header.class, question) {
            (Class::Asf, Question::Ping) => self.ponged(now, rest),
            (Class::Ipmi, Question::Ping) | (Class::Asf | Class::Unknown(_), _) => {
                Err(Discard::Unexpected)
            }
            (Class::Ipmi, question) => self.answered(now, question, rest),
        }
    }

    fn ponged(&mut self, now: Instant, message: &[u8]) -> Result<(), Discard> {
        match asf::Message::parse(message).map_err(|_| Discard::Malformed)? {
            asf::Message::Pong(pong) if pong.tag == self.sequence => {
                self.findings.pong = Some(pong);
                self.heard(now);
                self.go_on(now, self.after(Question::Ping));
                Ok(())
            }
            asf::Message::Pong(_) | asf::Message::Ping { .. } | asf::Message::Unknown { .. } => {
                Err(Discard::Unexpected)
            }
        }
    }

    fn answered(&mut self, now: Instant, question: Question, packet: &[u8]) -> Result<(), Discard> {
        let packet = session15::Packet::parse(packet).map_err(|_| Discard::Malformed)?;
        let asked = request(question).map_err(|_| Discard::Unexpected)?;
        let (code, data) = answer_to(&asked, self.sequence, packet.message, false)?;
        let next = self.note(question, code, data).map_err(|_| Discard::Malformed)?;
        self.heard(now);
        self.go_on(now, next);
        Ok(())
    }

    /// Keeps what was answered; the question that comes next.
    fn note(
        &mut self,
        question: Question,
        code: CompletionCode,
        data: &[u8],
    ) -> Result<Option<Question>, crate::wire::Malformed> {
        if !code.is_success() {
            // Some BMCs of 1.5 refuse to be asked about 2.0.
            return Ok(match question {
                Question::Capabilities { extended: true } => {
                    Some(Question::Capabilities { extended: false })
                }
                other => self.after(other),
            });
        }
        match question {
            Question::Ping => {}
            Question::Capabilities { .. } => {
                let said = GetChannelAuthenticationCapabilities::parse(data)?;
                self.findings.capabilities = Some(said);
            }
            Question::Guid => self.findings.guid = Some(GetSystemGuid::parse(data)?),
            Question::Suites { page } => {
                let records = GetChannelCipherSuites::parse(data)?;
                self.findings.suites.add(&records);
                if !records.is_last() && page < LAST_PAGE {
                    return Ok(Some(Question::Suites { page: page + 1 }));
                }
            }
        }
        Ok(self.after(question))
    }

    fn after(&self, question: Question) -> Option<Question> {
        match question {
            Question::Ping => Some(Question::Capabilities { extended: true }),
            Question::Capabilities { .. } if self.scope == Scope::Presence => None,
            // Who has answered nothing so far is not asked for more.
            Question::Capabilities { .. } if !self.findings.is_there() => None,
            Question::Capabilities { .. } => Some(Question::Suites { page: 0 }),
            Question::Suites { .. } => Some(Question::Guid),
            Question::Guid => None,
        }
    }

    fn heard(&mut self, now: Instant) {
        self.step.answered(now, &mut self.way);
        self.findings.round_trip.get_or_insert(now.since(self.began));
    }

    fn go_on(&mut self, now: Instant, next: Option<Question>) {
        self.question = next;
        self.sequence = self.sequence.wrapping_add(1) & ipmb::MAX_SEQUENCE;
        self.step = Step::new(now, TIMES, self.way.wait());
        if !self.findings.is_there() {
            self.began = now;
        }
    }
}

fn request(question: Question) -> Result<Request, Full> {
    let channel = THIS_CHANNEL;
    match question {
        // A ping is no request; its caller never asks for one.
        Question::Ping => Err(Full),
        Question::Capabilities { extended } => {
            let privilege = Privilege::Administrator;
            Request::of(&GetChannelAuthenticationCapabilities { channel, extended, privilege })
        }
        Question::Suites { page } => Request::of(&GetChannelCipherSuites { channel, page }),
        Question::Guid => Request::of(&GetSystemGuid),
    }
}
