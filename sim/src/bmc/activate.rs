//! The login of IPMI 1.5: Get Session Challenge and Activate Session (sections 22.16 and 22.17).

use std::net::SocketAddr;
use std::time::Duration;

use super::call::{Outcome, Refusal};
use super::config::Privilege;
use super::counters::Discard;
use super::keys::AuthType;
use super::packet::{self, Request, V15};
use super::session::{Activation, Active, Challenge, Format, Stage, Started};
use super::window::Window;
use super::{Bmc, Sent};

/// How far a sequence number may be from the highest one heard (section 6.12.13).
const WINDOW: u32 = 8;

/// Activate Session's data.
#[derive(Clone, Copy)]
struct Wish {
    auth_type: u8,
    privilege: u8,
    challenge: [u8; 16],
    /// The first outbound sequence number.
    outbound: [u8; 4],
}

impl Wish {
    fn parse(data: &[u8]) -> Option<Self> {
        let ([auth_type, privilege], rest) = data.split_first_chunk()?;
        let (challenge, outbound) = rest.split_first_chunk()?;
        Some(Self {
            auth_type: auth_type & 0x0f,
            privilege: privilege & 0x0f,
            challenge: *challenge,
            outbound: outbound.try_into().ok()?,
        })
    }
}

impl Bmc {
    /// Answers Get Session Challenge.
    pub(super) fn challenge(
        &mut self,
        now: Duration,
        from: SocketAddr,
        request: &Request<'_>,
        answer: &mut Vec<u8>,
    ) -> Outcome {
        const UNKNOWN_NAME: Refusal = Refusal::Specific(0x81);
        const NO_NULL_NAME: Refusal = Refusal::Specific(0x82);
        let data: [u8; 17] = request.data.try_into().map_err(|_| Refusal::WrongLength)?;
        let (auth_type, name) = (AuthType::from_number(data[0] & 0x0f), &data[1..]);
        let offered = |wanted: &AuthType| {
            self.config.versions.v15()
                && self.config.auth_types.bits() & (1 << (*wanted as u8)) != 0
        };
        let auth_type = auth_type.filter(offered).ok_or(Refusal::InvalidField)?;
        let name_len = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
        let unknown = if name_len == 0 { NO_NULL_NAME } else { UNKNOWN_NAME };
        let user = self.find_user(&name[..name_len]).ok_or(unknown)?;
        let challenge: [u8; 16] = self.rng.bytes();
        let stage = Stage::Challenged(Challenge { user, auth_type, challenge });
        let id = self.sessions.add(now, from, stage, &mut self.rng);
        answer.extend_from_slice(&id.to_le_bytes());
        answer.extend_from_slice(&challenge);
        Ok(())
    }

    /// Answers Activate Session; a wrong code is met with silence.
    pub(super) fn activate(
        &mut self,
        now: Duration,
        from: SocketAddr,
        packet: &V15<'_>,
        request: &Request<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Sent, Discard> {
        let temporary_id = u32::from_le_bytes(packet.session_id);
        let (challenge, before) = self.challenged(temporary_id).ok_or(Discard::UnknownSession)?;
        let password = self.config.users[challenge.user].password;
        let password = password.expose_v15(self.config.quirks.password_cut);
        let password = password.ok_or(Discard::BadCode)?;
        let code = |message: &[u8], sequence| {
            challenge.auth_type.code(&password, packet.session_id, message, sequence)
        };
        let right = packet.auth_type == challenge.auth_type as u8
            && packet.code == code(packet.message, packet.sequence);
        if !right {
            return Err(Discard::BadCode);
        }
        let mut answer = std::mem::take(&mut self.answer);
        answer.clear();
        request.begin_answer(0, &mut answer);
        let wish = Wish::parse(request.data);
        let started = match (before, wish) {
            (_, None) => Err(Refusal::WrongLength),
            (Some(started), Some(_)) => Ok(started),
            (None, Some(wish)) => self.start(now, from, temporary_id, &challenge, password, wish),
        };
        let outcome = started.map(|started| self.tell(started, challenge.auth_type, &mut answer));
        self.end(outcome, &mut answer);
        // The answer still belongs to the temporary session, and has the first sequence number.
        let first = wish.map_or(0, |wish| u32::from_le_bytes(wish.outbound));
        let first = self.outbound_bytes(first);
        let code = (packet.auth_type != 0).then(|| code(&answer, first));
        packet::write_v15(packet.auth_type, first, packet.session_id, code, &answer, out);
        self.answer = answer;
        Ok(Sent::OutsideSession)
    }

    fn tell(&self, started: Started, auth_type: AuthType, answer: &mut Vec<u8>) {
        let config = &self.config;
        let codes = config.per_message_authentication && !config.quirks.per_message_lie;
        answer.push(if codes { auth_type as u8 } else { 0 });
        answer.extend_from_slice(&started.id.to_le_bytes());
        answer.extend_from_slice(&started.inbound.to_le_bytes());
        answer.push(started.limit as u8);
    }

    /// The challenge behind a temporary id, with the session that it has led to: the answer to an
    /// earlier Activate Session may have been lost.
    fn challenged(&self, temporary_id: u32) -> Option<(Challenge, Option<Started>)> {
        self.sessions.iter().find_map(|session| match &session.stage {
            Stage::Challenged(challenge) if session.id == temporary_id => {
                Some((challenge.clone(), None))
            }
            Stage::Active(active) => match &active.format {
                Format::V15 { activation: Some(begun), .. }
                    if begun.temporary_id == temporary_id =>
                {
                    Some((begun.challenge.clone(), Some(begun.started)))
                }
                Format::V15 { .. } | Format::V20 { .. } => None,
            },
            Stage::Challenged(_) | Stage::Opened(_) => None,
        })
    }

    /// Turns a challenge into a session.
    fn start(
        &mut self,
        now: Duration,
        from: SocketAddr,
        temporary_id: u32,
        challenge: &Challenge,
        password: [u8; 16],
        wish: Wish,
    ) -> Result<Started, Refusal> {
        const NO_SLOT: Refusal = Refusal::Specific(0x81);
        const BAD_SEQUENCE: Refusal = Refusal::Specific(0x84);
        const EXCEEDS: Refusal = Refusal::Specific(0x86);
        let limit = Privilege::from_number(wish.privilege).ok_or(Refusal::InvalidField)?;
        if wish.auth_type != challenge.auth_type as u8 || wish.challenge != challenge.challenge {
            return Err(Refusal::InvalidField);
        }
        if limit > self.config.users[challenge.user].limit {
            return Err(EXCEEDS);
        }
        let first = u32::from_le_bytes(wish.outbound);
        if first == 0 {
            return Err(BAD_SEQUENCE);
        }
        if !self.sessions.make_room(self.config.quirks.half_open_held) {
            return Err(NO_SLOT);
        }
        let started = Started {
            id: self.sessions.free_id(&mut self.rng),
            inbound: self.rng.next_u32().max(1),
            limit,
        };
        let challenge = challenge.clone();
        let auth_type = challenge.auth_type;
        // The answer to Activate Session uses the first number.
        let twice = self.config.quirks.first_sequence_twice;
        let active = Active {
            limit,
            privilege: limit.min(Privilege::User),
            user: challenge.user,
            inbound: Window::new(started.inbound.wrapping_sub(1), WINDOW),
            outbound: if twice { first } else { first.wrapping_add(1).max(1) },
            repeat_first: false,
            format: Format::V15 {
                auth_type,
                password,
                activation: Some(Activation { temporary_id, challenge, started }),
            },
        };
        self.sessions.remove(temporary_id);
        self.sessions.put(started.id, now, from, Stage::Active(Box::new(active)));
        Ok(started)
    }
}
