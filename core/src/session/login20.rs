//! Logging in to IPMI 2.0: Open Session, RAKP 1 to 4 (sections 13.17 to 13.24).

use core::time::Duration;

use crate::backoff::RoundTrip;
use crate::counters::Discard;
use crate::crypto::{Digest, codes_match};
use crate::failure::Failure;
use crate::rng::Chance;
use crate::suite::{Authentication, Integrity, Suite};
use crate::time::{Instant, Micros};
use crate::wire::command::device::Guid;
use crate::wire::rakp::{Algorithms, OpenSessionRequest, OpenSessionResponse, Proof};
use crate::wire::rakp::{RANDOM_LEN, Rakp1, Rakp2, Status};
use crate::wire::rmcp::{self, Class};
use crate::wire::session20::{self, PayloadType};
use crate::wire::{Full, Writer};

use super::channel::{Channel, Means};
use super::keys::{Deriver, Exchanged, NAME_ONLY, OfSession};
use super::login::{Attempt, Step, Verdict};
use super::memory::REPEAT_REFUSED;
use super::profile::Workaround;

/// How often each message is sent. BMCs that do not like a repeated RAKP message say so, and the
/// login starts over.
const TIMES: u8 = 6;

enum Stage {
    /// Open Session Request is out.
    Open { console: u32 },
    /// RAKP 1 is out.
    Rakp1 { console: u32, bmc: u32, random: [u8; RANDOM_LEN] },
    /// RAKP 3 is out.
    Rakp3 { exchanged: Exchanged, code: Digest, sik: Digest },
}

/// One attempt to log in.
pub(super) struct Login20 {
    suite: Suite,
    stage: Stage,
    tag: u8,
    wait: Micros,
    step: Step,
}

/// A session that is set up.
pub(super) struct Established {
    pub(super) channel: Channel,
    pub(super) guid: Guid,
}

/// The moment, and how long answers take.
pub(super) struct Clock<'a> {
    pub(super) now: Instant,
    pub(super) way: &'a mut RoundTrip,
}

impl Login20 {
    /// Begins with Open Session, under a session id and tag of its own.
    pub(super) fn new(suite: Suite, now: Instant, wait: Duration, chance: &mut dyn Chance) -> Self {
        let mut drawn = [0; 5];
        chance.fill(&mut drawn);
        let [tag, id @ ..] = drawn;
        // 0 is no session id.
        let console = u32::from_le_bytes(id).max(1);
        let step = Step::new(now, TIMES, wait);
        Self { suite, stage: Stage::Open { console }, tag, wait: Micros::of(wait), step }
    }

    /// Past Open Session: the BMC answers, but does not let us in.
    pub(super) fn has_begun(&self) -> bool {
        !matches!(self.stage, Stage::Open { .. })
    }

    /// Takes a datagram, behind its RMCP header; a session when this one completes it.
    pub(super) fn handle(
        &mut self,
        clock: &mut Clock<'_>,
        means: &mut Means<'_>,
        bytes: &mut [u8],
    ) -> Result<Option<Established>, Discard> {
        let packet = session20::Packet::parse(bytes).map_err(|_| Discard::Malformed)?;
        let (kind, session) = (packet.header.payload_type, packet.header.session);
        match kind {
            PayloadType::OpenSessionResponse if session == 0 => {
                self.opened(clock, means, packet.payload).map(|()| None)
            }
            PayloadType::Rakp2 if session == 0 => {
                self.rakp2(clock, means, packet.payload).map(|()| None)
            }
            PayloadType::Rakp4 if session == 0 => self.rakp4(clock, means, packet.payload),
            // A BMC for which the session is up already answers a repeated RAKP 3 inside it.
            PayloadType::Rakp4 => self.sealed_rakp4(clock, means, bytes),
            _ => Err(Discard::NotOurs),
        }
    }

    fn opened(
        &mut self,
        clock: &mut Clock<'_>,
        means: &mut Means<'_>,
        payload: &[u8],
    ) -> Result<(), Discard> {
        let Stage::Open { console: ours } = self.stage else { return Err(Discard::Unexpected) };
        match OpenSessionResponse::parse(payload).map_err(|_| Discard::Malformed)? {
            OpenSessionResponse::Refused { tag, .. } | OpenSessionResponse::Opened { tag, .. }
                if tag != self.tag =>
            {
                Err(Discard::NotOurs)
            }
            OpenSessionResponse::Refused { status, .. } => {
                self.step.doubt(clock.now, refused_open(status));
                Ok(())
            }
            OpenSessionResponse::Opened { console, .. } if console != ours => Err(Discard::NotOurs),
            OpenSessionResponse::Opened { algorithms, bmc, .. } => {
                if algorithms != Algorithms::from(self.suite) {
                    self.step.doubt(clock.now, Verdict::NextSuite);
                    return Err(Discard::Mismatch);
                }
                self.step.answered(clock.now, clock.way);
                let mut random = [0; RANDOM_LEN];
                means.chance.fill(&mut random);
                self.go_on(clock, Stage::Rakp1 { console: ours, bmc, random });
                Ok(())
            }
        }
    }

    fn rakp2(
        &mut self,
        clock: &mut Clock<'_>,
        means: &Means<'_>,
        payload: &[u8],
    ) -> Result<(), Discard> {
        let Stage::Rakp1 { console: ours, bmc, random: console_random } = self.stage else {
            return Err(Discard::Unexpected);
        };
        let (bmc_random, guid, code) =
            match Rakp2::parse(payload).map_err(|_| Discard::Malformed)? {
                Rakp2::Refused { tag, .. } | Rakp2::Accepted { tag, .. } if tag != self.tag => {
                    return Err(Discard::NotOurs);
                }
                Rakp2::Refused { status, .. } => {
                    self.step.doubt(clock.now, refused_rakp(status));
                    return Ok(());
                }
                Rakp2::Accepted { console, .. } if console != ours => {
                    return Err(Discard::NotOurs);
                }
                Rakp2::Accepted { random, guid, code, .. } => (random, guid, code),
            };
        let role = role(means);
        let exchanged = Exchanged { console: ours, bmc, console_random, bmc_random, guid, role };
        let ours = self.deriver(means).of_user(&exchanged);
        if !self.code_fits(means, ours.rakp2.expose(), code) {
            self.step.doubt(clock.now, Verdict::Failed(Failure::WrongPassword));
            return Err(Discard::BadCode);
        }
        self.step.answered(clock.now, clock.way);
        self.go_on(clock, Stage::Rakp3 { exchanged, code: ours.rakp3, sik: ours.sik });
        Ok(())
    }

    fn rakp4(
        &mut self,
        clock: &mut Clock<'_>,
        means: &Means<'_>,
        payload: &[u8],
    ) -> Result<Option<Established>, Discard> {
        let Stage::Rakp3 { exchanged, sik, .. } = &self.stage else {
            return Err(Discard::Unexpected);
        };
        let proof = Proof::parse(payload).map_err(|_| Discard::Malformed)?;
        if proof.tag != self.tag {
            return Err(Discard::NotOurs);
        }
        if proof.status != Status::OK {
            let verdict = match refused_rakp(proof.status) {
                // Some BMCs meet a repeated RAKP 3 with the status of a wrong one.
                Verdict::Failed(Failure::WrongPassword) if self.step.is_repeated() => {
                    Verdict::Forgotten
                }
                Verdict::Failed(Failure::WrongPassword) => Verdict::Failed(REPEAT_REFUSED),
                verdict => verdict,
            };
            self.step.doubt(clock.now, verdict);
            return Ok(None);
        }
        if proof.session != exchanged.console {
            return Err(Discard::NotOurs);
        }
        let ours = self.deriver(means).of_session(exchanged, sik);
        let len = self.check_value_len(means);
        // Some BMCs send a check value even for RAKP-none; there it means nothing.
        let none = matches!(self.suite.authentication, Authentication::None);
        if !none && !self.code_fits(means, ours.rakp4.truncated(len), proof.code) {
            self.step.doubt(clock.now, Verdict::Failed(Failure::WrongKg));
            return Err(Discard::BadCode);
        }
        self.step.answered(clock.now, clock.way);
        Ok(Some(self.established(exchanged, ours)))
    }

    fn sealed_rakp4(
        &mut self,
        clock: &mut Clock<'_>,
        means: &Means<'_>,
        bytes: &mut [u8],
    ) -> Result<Option<Established>, Discard> {
        let Some(mut established) = self.establish(means) else { return Err(Discard::NotOurs) };
        let opened = established.channel.open(means, bytes)?;
        if opened.kind != PayloadType::Rakp4 {
            return Err(Discard::Unexpected);
        }
        let end = opened.at.saturating_add(opened.len);
        let payload = bytes.get(opened.at..end).ok_or(Discard::Malformed)?;
        self.rakp4(clock, means, payload).map(|proved| proved.map(|_| established))
    }

    /// The session as it would be, if RAKP 3 has been sent. The channel is new at every call.
    pub(super) fn establish(&self, means: &Means<'_>) -> Option<Established> {
        let Stage::Rakp3 { exchanged, sik, .. } = &self.stage else { return None };
        Some(self.established(exchanged, self.deriver(means).of_session(exchanged, sik)))
    }

    fn established(&self, exchanged: &Exchanged, keys: OfSession) -> Established {
        let OfSession { k1, aes_key, .. } = keys;
        let channel = Channel::v20(exchanged.console, exchanged.bmc, self.suite, &k1, aes_key);
        Established { channel, guid: Guid(exchanged.guid) }
    }

    fn go_on(&mut self, clock: &Clock<'_>, stage: Stage) {
        self.stage = stage;
        self.tag = self.tag.wrapping_add(1);
        self.step = Step::new(clock.now, TIMES, self.wait.duration().max(clock.way.wait()));
    }

    fn deriver<'m>(&self, means: &Means<'m>) -> Deriver<'m> {
        Deriver { profile: means.profile, ring: means.ring, suite: self.suite }
    }

    fn check_value_len(&self, means: &Means<'_>) -> usize {
        if means.profile.workarounds.has(Workaround::Rakp4ByIntegrity) {
            return match self.suite.integrity {
                Integrity::None => 0,
                integrity => integrity.code_len(),
            };
        }
        self.suite.authentication.check_value_len()
    }

    fn code_fits(&self, means: &Means<'_>, ours: &[u8], theirs: &[u8]) -> bool {
        let long = means.profile.workarounds.has(Workaround::LongCodes);
        let theirs = if long { theirs.get(..ours.len()).unwrap_or(theirs) } else { theirs };
        codes_match(ours, theirs)
    }
}

impl Attempt for Login20 {
    fn step(&self) -> &Step {
        &self.step
    }

    fn step_mut(&mut self) -> &mut Step {
        &mut self.step
    }

    fn emit(&self, means: &Means<'_>, out: &mut [u8]) -> Result<usize, Full> {
        let profile = means.profile;
        let mut out = Writer::new(out);
        rmcp::Header::new(Class::Ipmi).emit(&mut out)?;
        match &self.stage {
            Stage::Open { console } => {
                outside(PayloadType::OpenSessionRequest, &mut out)?;
                let highest = profile.workarounds.has(Workaround::OpenHighest);
                let privilege = if highest { 0 } else { profile.privilege as u8 };
                let (tag, console) = (self.tag, *console);
                let algorithms = Algorithms::from(self.suite);
                OpenSessionRequest { tag, privilege, console, algorithms }.emit(&mut out)?;
            }
            Stage::Rakp1 { bmc, random, .. } => {
                outside(PayloadType::Rakp1, &mut out)?;
                let (tag, bmc, random, role) = (self.tag, *bmc, *random, role(means));
                let user = profile.user.as_bytes();
                Rakp1 { tag, bmc, random, role, user }.emit(&mut out)?;
            }
            Stage::Rakp3 { exchanged, code, .. } => {
                outside(PayloadType::Rakp3, &mut out)?;
                let (tag, session, code) = (self.tag, exchanged.bmc, code.expose());
                Proof { tag, status: Status::OK, session, code }.emit(&mut out)?;
            }
        }
        let packet = out.written_mut().get_mut(rmcp::HEADER_LEN..).ok_or(Full)?;
        session20::set_payload_len(packet)?;
        Ok(out.len())
    }
}

fn outside(payload_type: PayloadType, out: &mut Writer<'_>) -> Result<(), Full> {
    session20::Header::outside(payload_type).emit(out)
}

fn role(means: &Means<'_>) -> u8 {
    let privilege = means.profile.privilege as u8;
    match means.profile.workarounds.has(Workaround::NameAndPrivilege) {
        true => privilege,
        false => privilege | NAME_ONLY,
    }
}

/// At Open Session nothing but the proposal can be refused, so every code that BMCs are known to
/// use here means the suite.
const fn refused_open(status: Status) -> Verdict {
    match status {
        Status::NO_RESOURCES | Status::NO_RESOURCES_FOR_ROLE => Verdict::Busy,
        Status::INVALID_AUTHENTICATION
        | Status::INVALID_INTEGRITY
        | Status::INVALID_CONFIDENTIALITY
        | Status::NO_SUITE
        | Status::ILLEGAL_PARAMETER
        | Status::UNAUTHORIZED_ROLE
        | Status::UNAUTHORIZED_NAME => Verdict::NextSuite,
        Status(code) => Verdict::Failed(Failure::LoginRefused(code)),
    }
}

const fn refused_rakp(status: Status) -> Verdict {
    match status {
        // The BMC did not like a repeat, or has forgotten the session being set up.
        Status::INVALID_SESSION | Status::INACTIVE_SESSION => Verdict::Forgotten,
        Status::NO_RESOURCES | Status::NO_RESOURCES_FOR_ROLE => Verdict::Busy,
        Status::UNAUTHORIZED_NAME => Verdict::Failed(Failure::UnknownUser),
        Status::UNAUTHORIZED_ROLE | Status::INVALID_ROLE => {
            Verdict::Failed(Failure::PrivilegeTooLow)
        }
        Status::INVALID_CHECK_VALUE => Verdict::Failed(Failure::WrongPassword),
        Status::INVALID_AUTHENTICATION
        | Status::INVALID_INTEGRITY
        | Status::INVALID_CONFIDENTIALITY
        | Status::NO_SUITE => Verdict::NextSuite,
        Status(code) => Verdict::Failed(Failure::LoginRefused(code)),
    }
}
