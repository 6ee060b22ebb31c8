//! Sessions of IPMI 1.5 (sections 6.11, 6.12, 22.16 and 22.17).

use std::net::SocketAddr;
use std::time::Duration;

use super::call::{Call, Outcome, Refusal, RequestIdentity};
use super::config::Privilege;
use super::counters::Discard;
use super::keys::AuthType;
use super::packet::{self, Request, V15};
use super::session::{Activation, Active, Challenge, Format, Stage};
use super::window::{Place, Window};
use super::{Bmc, Sent};

/// How far a sequence number may be from the highest one heard (section 6.12.13).
const WINDOW: u32 = 8;
const APP: u8 = 0x06;
const GET_SESSION_CHALLENGE: u8 = 0x39;
const ACTIVATE_SESSION: u8 = 0x3a;

impl Bmc {
    /// Answers an IPMI 1.5 packet into `out`.
    pub(super) fn handle_v15(
        &mut self,
        now: Duration,
        from: SocketAddr,
        packet: &V15<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Sent, Discard> {
        let request = Request::parse(packet.message)?;
        let id = u32::from_le_bytes(packet.session_id);
        if id == 0 {
            return self.outside_v15(now, from, packet, &request, out);
        }
        if !self.config.versions.v15() {
            return Err(Discard::Unsupported);
        }
        if (request.net_fn, request.command) == (APP, ACTIVATE_SESSION) {
            return self.activate(now, from, packet, &request, out);
        }
        self.inside_v15(now, from, packet, request, out)
    }

    fn outside_v15(
        &mut self,
        now: Duration,
        from: SocketAddr,
        packet: &V15<'_>,
        request: &Request<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Sent, Discard> {
        if packet.auth_type != 0 {
            return Err(Discard::UnknownSession);
        }
        let mut answer = std::mem::take(&mut self.answer);
        answer.clear();
        let result = if (request.net_fn, request.command) == (APP, GET_SESSION_CHALLENGE) {
            request.begin_answer(0, &mut answer);
            let outcome = self.challenge(now, from, request, &mut answer);
            self.end(outcome, &mut answer);
            Ok(())
        } else {
            self.execute_sessionless(now, from, request, &mut answer)
        };
        packet::write_v15(0, [0; 4], [0; 4], None, &answer, out);
        self.answer = answer;
        result.map(|()| Sent::OutsideSession)
    }

    /// Get Session Challenge (section 22.16).
    fn challenge(
        &mut self,
        now: Duration,
        from: SocketAddr,
        request: &Request<'_>,
        answer: &mut Vec<u8>,
    ) -> Outcome {
        let data: [u8; 17] = request.data.try_into().map_err(|_| Refusal::WrongLength)?;
        let (auth_type, name) = (data[0] & 0x0f, &data[1..]);
        let offered = self.config.versions.v15()
            && self.config.auth_types.bits() & 1u8.checked_shl(auth_type.into()).unwrap_or(0) != 0;
        let auth_type = AuthType::from_number(auth_type).filter(|_| offered);
        let auth_type = auth_type.ok_or(Refusal::InvalidField)?;
        let name_len = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
        let unknown = if name_len == 0 { 0x82 } else { 0x81 };
        let user = self.find_user(&name[..name_len]).ok_or(Refusal::Specific(unknown))?;
        let challenge: [u8; 16] = self.rng.bytes();
        let stage = Stage::Challenged(Challenge { user, auth_type, challenge });
        let id = self.sessions.add(now, from, stage, &mut self.rng);
        answer.extend_from_slice(&id.to_le_bytes());
        answer.extend_from_slice(&challenge);
        Ok(())
    }

    /// Activate Session (section 22.17).
    fn activate(
        &mut self,
        now: Duration,
        from: SocketAddr,
        packet: &V15<'_>,
        request: &Request<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Sent, Discard> {
        let id = u32::from_le_bytes(packet.session_id);
        if let Some(again) = self.repeated_activation(id, request) {
            out.extend_from_slice(&again);
            return Ok(Sent::OutsideSession);
        }
        let session = self.sessions.find(id).ok_or(Discard::UnknownSession)?;
        let Stage::Challenged(challenge) = session.stage.clone() else {
            return Err(Discard::UnknownSession);
        };
        let user = &self.config.users[challenge.user];
        let password = user.password.expose_v15(self.config.quirks.password_cut);
        let password = password.ok_or(Discard::BadCode)?;
        let code =
            challenge.auth_type.code(&password, packet.session_id, packet.message, packet.sequence);
        if packet.auth_type != challenge.auth_type as u8 || packet.code != code {
            return Err(Discard::BadCode);
        }
        let mut answer = Vec::new();
        request.begin_answer(0, &mut answer);
        let started = self.start(now, from, id, &challenge, password, request.data);
        let outcome = started.map(|(active_id, inbound, limit)| {
            let remaining =
                if self.announced_per_message() { challenge.auth_type as u8 } else { 0 };
            answer.push(remaining);
            answer.extend_from_slice(&active_id.to_le_bytes());
            answer.extend_from_slice(&inbound.to_le_bytes());
            answer.push(limit as u8);
            active_id
        });
        let active_id = outcome.ok();
        self.end(outcome.map(|_| ()), &mut answer);
        // The answer still belongs to the temporary session, and has the first sequence number.
        let first = request.data.last_chunk().copied().unwrap_or_default();
        let code = challenge.auth_type.code(&password, packet.session_id, &answer, first);
        let code = (packet.auth_type != 0).then_some(code);
        packet::write_v15(packet.auth_type, first, packet.session_id, code, &answer, out);
        if let Some(active_id) = active_id {
            self.remember_activation(active_id, id, challenge.challenge, out);
        }
        Ok(Sent::OutsideSession)
    }

    /// Turns a challenge into a session: its id, first inbound sequence number and limit.
    fn start(
        &mut self,
        now: Duration,
        from: SocketAddr,
        temporary_id: u32,
        challenge: &Challenge,
        password: [u8; 16],
        data: &[u8],
    ) -> Result<(u32, u32, Privilege), Refusal> {
        const NO_SLOT: Refusal = Refusal::Specific(0x81);
        const BAD_SEQUENCE: Refusal = Refusal::Specific(0x84);
        const EXCEEDS: Refusal = Refusal::Specific(0x86);
        let data: [u8; 22] = data.try_into().map_err(|_| Refusal::WrongLength)?;
        let asked = Privilege::from_number(data[1] & 0x0f).ok_or(Refusal::InvalidField)?;
        if data[0] & 0x0f != challenge.auth_type as u8 || data[2..18] != challenge.challenge {
            return Err(Refusal::InvalidField);
        }
        if asked > self.config.users[challenge.user].limit {
            return Err(EXCEEDS);
        }
        let first = data.last_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        if first == 0 {
            return Err(BAD_SEQUENCE);
        }
        if !self.sessions.make_room(self.config.quirks.half_open_held) {
            return Err(NO_SLOT);
        }
        let inbound = self.rng.next_u32().max(1);
        // The answer to Activate Session uses the first number.
        let twice = self.config.quirks.first_sequence_twice;
        let active = Active {
            limit: asked,
            privilege: asked.min(Privilege::User),
            user: challenge.user,
            inbound: Window::new(inbound.wrapping_sub(1), WINDOW),
            outbound: if twice { first } else { first.wrapping_add(1).max(1) },
            repeat_first: false,
            format: Format::V15 { auth_type: challenge.auth_type, password, activation: None },
        };
        self.sessions.remove(temporary_id);
        let stage = Stage::Active(Box::new(active));
        let id = self.sessions.add(now, from, stage, &mut self.rng);
        Ok((id, inbound, asked))
    }

    fn remember_activation(
        &mut self,
        id: u32,
        temporary_id: u32,
        challenge: [u8; 16],
        answer: &[u8],
    ) {
        if let Some(Active { format: Format::V15 { activation, .. }, .. }) =
            self.sessions.active_mut(id)
        {
            *activation = Some(Activation { temporary_id, challenge, answer: answer.to_vec() });
        }
    }

    /// The answer to an Activate Session that was answered before.
    fn repeated_activation(&self, id: u32, request: &Request<'_>) -> Option<Vec<u8>> {
        let asked = request.data.get(2..18)?;
        self.sessions.iter().find_map(|session| match &session.stage {
            Stage::Active(active) => match &active.format {
                Format::V15 { activation: Some(begun), .. }
                    if begun.temporary_id == id && begun.challenge == asked =>
                {
                    Some(begun.answer.clone())
                }
                Format::V15 { .. } | Format::V20 { .. } => None,
            },
            Stage::Challenged(_) | Stage::Opened(_) => None,
        })
    }

    /// What the BMC says about per-message authentication.
    fn announced_per_message(&self) -> bool {
        self.config.per_message_authentication && !self.config.quirks.per_message_lie
    }

    fn inside_v15(
        &mut self,
        now: Duration,
        from: SocketAddr,
        packet: &V15<'_>,
        request: Request<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Sent, Discard> {
        let id = u32::from_le_bytes(packet.session_id);
        let sequence = u32::from_le_bytes(packet.sequence);
        let code_needed = self.code_needed(&request);
        let session = self.sessions.find_mut(id).ok_or(Discard::UnknownSession)?;
        let Stage::Active(active) = &mut session.stage else {
            return Err(Discard::UnknownSession);
        };
        let Format::V15 { auth_type, password, activation } = &mut active.format else {
            return Err(Discard::UnknownSession);
        };
        let used = check_code(packet, *auth_type, password, code_needed)?;
        // Packets without authentication may go without sequence numbers (section 13.6).
        let place = match (used, sequence) {
            (AuthType::None, 0) => Place::New,
            _ => active.inbound.take(sequence),
        };
        match place {
            Place::New => {}
            Place::Seen => return Err(Discard::Repeated),
            Place::Outside => return Err(Discard::OutsideWindow),
        }
        *activation = None;
        let (privilege, password) = (active.privilege, *password);
        session.heard_at = now;
        session.peer = from;
        let identity = RequestIdentity { from, session_id: id, sequence, rq_seq: request.rq_seq };
        let call = Call { now, request, identity };
        let mut answer = std::mem::take(&mut self.answer);
        let sent = self.execute(&call, privilege, &mut answer);
        if sent.is_ok() {
            self.seal_v15(id, used, &password, &answer, out);
        }
        self.answer = answer;
        self.reap(id);
        sent
    }

    /// Whether a session with authentication demands a code for this request.
    fn code_needed(&self, request: &Request<'_>) -> bool {
        let config = &self.config;
        if !config.per_message_authentication {
            return config.quirks.per_message_lie;
        }
        let user_level = super::entry(request.net_fn, request.command)
            .is_some_and(|(needed, _)| needed <= Privilege::User);
        config.user_level_authentication || !user_level
    }

    fn seal_v15(
        &mut self,
        id: u32,
        used: AuthType,
        password: &[u8; 16],
        answer: &[u8],
        out: &mut Vec<u8>,
    ) {
        let quirks = &self.config.quirks;
        let Some(active) = self.sessions.active_mut(id) else { return };
        let number = active.next_outbound(quirks.sequence_skips);
        let sequence =
            if quirks.sequence_swapped { number.to_be_bytes() } else { number.to_le_bytes() };
        let session_id = if quirks.session_id_zero { 0 } else { id }.to_le_bytes();
        let code = match used {
            AuthType::None => None,
            _ if quirks.empty_codes => Some([0; 16]),
            used => Some(used.code(password, session_id, answer, sequence)),
        };
        packet::write_v15(used as u8, sequence, session_id, code, answer, out);
    }
}

/// The authentication type that the packet was sent with, when its code is right.
fn check_code(
    packet: &V15<'_>,
    auth_type: AuthType,
    password: &[u8; 16],
    needed: bool,
) -> Result<AuthType, Discard> {
    if packet.auth_type == 0 && (!needed || auth_type == AuthType::None) {
        return Ok(AuthType::None);
    }
    if packet.auth_type != auth_type as u8 {
        return Err(Discard::Unprotected);
    }
    let code = auth_type.code(password, packet.session_id, packet.message, packet.sequence);
    (packet.code == code).then_some(auth_type).ok_or(Discard::BadCode)
}
