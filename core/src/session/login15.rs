//! Logging in to IPMI 1.5: Get Session Challenge, Activate Session (sections 22.16 and 22.17).

use core::time::Duration;

use crate::counters::Discard;
use crate::failure::Failure;
use crate::rng::Chance;
use crate::time::{Instant, Micros};
use crate::wire::command::session::{
    ActivateSession, ActivatedSession, AuthType, GetSessionChallenge,
};
use crate::wire::command::{Command, CompletionCode, Request};
use crate::wire::rmcp::{self, Class};
use crate::wire::{Full, Writer, ipmb, session15};

use super::channel::{Channel, Means, code_v15, emit_v15, swapped};
use super::exchange::{answer_to, question};
use super::login::{Attempt, Step, Verdict};
use super::login20::Clock;
use super::profile::Workaround;
use super::window::AHEAD_PLAIN;

/// How often each message is sent.
const CHALLENGE_TIMES: u8 = 6;
/// Most BMCs meet a wrong password with silence, and may count it towards a lock-out. So Activate
/// Session is repeated once, unless datagrams are known to get lost.
const ACTIVATE_TIMES: u8 = 2;
const ACTIVATE_TIMES_LOSSY: u8 = 4;

#[derive(Clone, Copy)]
enum Stage {
    Challenge,
    Activate { temporary: u32, challenge: [u8; 16], first: u32 },
}

/// One attempt to log in.
pub(super) struct Login15 {
    auth_type: AuthType,
    stage: Stage,
    sequence: u8,
    wait: Micros,
    step: Step,
}

impl Login15 {
    pub(super) fn new(
        auth_type: AuthType,
        now: Instant,
        wait: Duration,
        chance: &mut dyn Chance,
    ) -> Self {
        let mut sequence = [0];
        chance.fill(&mut sequence);
        let [sequence] = sequence.map(|sequence| sequence & ipmb::MAX_SEQUENCE);
        let step = Step::new(now, CHALLENGE_TIMES, wait);
        Self { auth_type, stage: Stage::Challenge, sequence, wait: Micros::of(wait), step }
    }

    /// Past the challenge: the BMC answers, but does not let us in.
    pub(super) fn has_begun(&self) -> bool {
        matches!(self.stage, Stage::Activate { .. })
    }

    fn request(&self, means: &Means<'_>) -> Result<Request, Full> {
        match self.stage {
            Stage::Challenge => Request::of(&GetSessionChallenge {
                auth_type: self.auth_type,
                user_name: means.profile.user.padded(),
            }),
            Stage::Activate { challenge, first, .. } => Request::of(&ActivateSession {
                auth_type: self.auth_type,
                privilege: means.profile.privilege,
                challenge,
                outbound_sequence: first,
            }),
        }
    }

    /// Takes a datagram, behind its RMCP header; a channel when this one completes the login.
    pub(super) fn handle(
        &mut self,
        clock: &mut Clock<'_>,
        means: &mut Means<'_>,
        bytes: &[u8],
    ) -> Result<Option<Channel>, Discard> {
        let packet = session15::Packet::parse(bytes).map_err(|_| Discard::Malformed)?;
        let request = self.request(means).map_err(|_| Discard::Unexpected)?;
        let (code, data) = answer_to(&request, self.sequence, packet.message, false)?;
        match self.stage {
            Stage::Challenge => self.challenged(clock, means, code, data).map(|()| None),
            Stage::Activate { temporary, first, .. } => {
                if code.is_success() {
                    self.check(means, &packet)?;
                    let answer = ActivateSession::parse(data).map_err(|_| Discard::Malformed)?;
                    if !Self::is_ours(means, &packet, &answer, (temporary, first)) {
                        return Err(Discard::NotOurs);
                    }
                    self.step.answered(clock.now, clock.way);
                    return Ok(Some(self.activated(&answer, first)));
                }
                self.step.doubt(clock.now, refused_activation(code));
                Ok(None)
            }
        }
    }

    fn challenged(
        &mut self,
        clock: &mut Clock<'_>,
        means: &mut Means<'_>,
        code: CompletionCode,
        data: &[u8],
    ) -> Result<(), Discard> {
        if !code.is_success() {
            self.step.doubt(clock.now, refused_challenge(code));
            return Ok(());
        }
        let answer = GetSessionChallenge::parse(data).map_err(|_| Discard::Malformed)?;
        self.step.answered(clock.now, clock.way);
        let mut first = [0; 4];
        means.chance.fill(&mut first);
        let first = u32::from_le_bytes(first).max(1);
        let (temporary, challenge) = (answer.temporary_id, answer.challenge);
        self.stage = Stage::Activate { temporary, challenge, first };
        self.sequence = self.sequence.wrapping_add(1) & ipmb::MAX_SEQUENCE;
        let lossy = clock.way.is_lossy();
        let times = if lossy { ACTIVATE_TIMES_LOSSY } else { ACTIVATE_TIMES };
        self.step = Step::new(clock.now, times, self.wait.duration().max(clock.way.wait()));
        Ok(())
    }

    /// The answer to Activate Session is the first that carries a code.
    fn check(&self, means: &Means<'_>, packet: &session15::Packet<'_>) -> Result<(), Discard> {
        let password = means.profile.password.and_then(|id| means.ring.get(id));
        let numbers = (packet.sequence, packet.session);
        let ours = code_v15(self.auth_type, password, numbers, packet.message);
        let bare = packet.auth_type == AuthType::None;
        let lenient = means.profile.workarounds.has(Workaround::UncheckedCodes);
        let good = match (ours, packet.code) {
            (Some(ours), Some(theirs)) => crate::crypto::codes_match(&ours, &theirs),
            (None, _) => bare,
            (Some(_), None) => false,
        };
        if good || lenient { Ok(()) } else { Err(Discard::BadCode) }
    }

    /// Whether an answer that verifies belongs to this attempt: the code hangs on the password
    /// alone, so that of an earlier login does too. The BMC's numbers begin at the one that we
    /// drew; some BMCs begin after this answer.
    fn is_ours(
        means: &Means<'_>,
        packet: &session15::Packet<'_>,
        answer: &ActivatedSession,
        (temporary, first): (u32, u32),
    ) -> bool {
        let zero = means.profile.workarounds.has(Workaround::ZeroSessionId);
        let session = [temporary, answer.session_id].contains(&packet.session)
            || (zero && packet.session == 0);
        let sequence = swapped(means.profile, packet.sequence);
        session && (sequence == 0 || sequence.wrapping_sub(first) < AHEAD_PLAIN)
    }

    fn activated(&self, answer: &ActivatedSession, first: u32) -> Channel {
        let bare = answer.auth_type == AuthType::None;
        let (id, next) = (answer.session_id, answer.inbound_sequence);
        // Codes are sent even where the BMC says that it does not look at them: some do.
        Channel::v15(id, next, first, self.auth_type, bare)
    }
}

impl Attempt for Login15 {
    fn step(&self) -> &Step {
        &self.step
    }

    fn step_mut(&mut self) -> &mut Step {
        &mut self.step
    }

    fn emit(&self, means: &Means<'_>, out: &mut [u8]) -> Result<usize, Full> {
        let request = self.request(means)?;
        let message = question(&request, self.sequence);
        let (auth_type, session) = match self.stage {
            Stage::Challenge => (AuthType::None, 0),
            Stage::Activate { temporary, .. } => (self.auth_type, temporary),
        };
        let mut out = Writer::new(out);
        rmcp::Header::new(Class::Ipmi).emit(&mut out)?;
        emit_v15(means, auth_type, (0, session), &message, &mut out)?;
        Ok(out.len())
    }
}

const fn refused_challenge(code: CompletionCode) -> Verdict {
    match code {
        GetSessionChallenge::INVALID_USER | GetSessionChallenge::NULL_USER_DISABLED => {
            Verdict::Failed(Failure::UnknownUser)
        }
        CompletionCode::INVALID_FIELD | CompletionCode::INVALID_COMMAND => {
            Verdict::Failed(Failure::VersionNotOffered)
        }
        code if code.is_temporary() => Verdict::Busy,
        CompletionCode(code) => Verdict::Failed(Failure::LoginRefused(code)),
    }
}

const fn refused_activation(code: CompletionCode) -> Verdict {
    match code {
        ActivateSession::NO_SLOT
        | ActivateSession::NO_SLOT_FOR_USER
        | ActivateSession::NO_SLOT_FOR_PRIVILEGE => Verdict::Busy,
        ActivateSession::PRIVILEGE_LIMIT | CompletionCode::INSUFFICIENT_PRIVILEGE => {
            Verdict::Failed(Failure::PrivilegeTooLow)
        }
        ActivateSession::INVALID_SESSION_ID | ActivateSession::SEQUENCE_OUT_OF_RANGE => {
            Verdict::Forgotten
        }
        code if code.is_temporary() => Verdict::Busy,
        CompletionCode(code) => Verdict::Failed(Failure::LoginRefused(code)),
    }
}
