//! Packets of IPMI 1.5 sessions (sections 6.11, 6.12 and 13.6): opened, answered and sealed.

use std::net::SocketAddr;
use std::time::Duration;

use super::call::{Call, RequestIdentity};
use super::config::Privilege;
use super::counters::Discard;
use super::keys::AuthType;
use super::packet::{self, Request, V15};
use super::session::{Format, Stage};
use super::window::Place;
use super::{Bmc, Sent};

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
        let user_level = super::dispatch::entry(request.net_fn, request.command)
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
        let sequence = self.outbound_bytes(number);
        let session_id = if quirks.session_id_zero { 0 } else { id }.to_le_bytes();
        let code = match used {
            AuthType::None => None,
            _ if quirks.empty_codes => Some([0; 16]),
            used => Some(used.code(password, session_id, answer, sequence)),
        };
        packet::write_v15(used as u8, sequence, session_id, code, answer, out);
    }

    /// An answer's sequence number on the wire.
    pub(super) fn outbound_bytes(&self, number: u32) -> [u8; 4] {
        if self.config.quirks.sequence_swapped {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
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
