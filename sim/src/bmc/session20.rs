//! Packets of IPMI 2.0 sessions (section 13.6): opened, answered and sealed.

use std::net::SocketAddr;
use std::time::Duration;

use super::call::{Call, RequestIdentity};
use super::counters::Discard;
use super::keys::SessionKeys;
use super::packet::{self, Request, V20, payload};
use super::session::{Format, Stage};
use super::window::Place;
use super::{Bmc, Sent};

const ENCRYPTED: u8 = 0x80;
const AUTHENTICATED: u8 = 0x40;

impl Bmc {
    /// Answers an RMCP+ packet into `out`.
    pub(super) fn handle_v20(
        &mut self,
        now: Duration,
        from: SocketAddr,
        packet: &V20<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Sent, Discard> {
        if !self.config.versions.v20() {
            return Err(Discard::Unsupported);
        }
        let id = u32::from_le_bytes(packet.session_id);
        match (id, packet.payload_type) {
            (0, payload::OPEN_REQUEST) => self.open_session(now, from, packet.payload, out),
            (0, payload::RAKP1) => self.rakp1(now, packet.payload, out),
            (0, payload::RAKP3) => self.rakp3(now, from, packet.payload, out),
            (0, payload::IPMI) => self.outside_v20(now, from, packet, out),
            (_, payload::IPMI) => self.inside_v20(now, from, id, packet, out),
            _ => Err(Discard::Unsupported),
        }
    }

    fn outside_v20(
        &mut self,
        now: Duration,
        from: SocketAddr,
        packet: &V20<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Sent, Discard> {
        if packet.authenticated || packet.encrypted {
            return Err(Discard::UnknownSession);
        }
        let request = Request::parse(packet.payload)?;
        let mut answer = std::mem::take(&mut self.answer);
        let result = self.execute_sessionless(now, from, &request, &mut answer);
        packet::begin_v20(payload::IPMI, [0; 4], 0, out);
        out.extend_from_slice(&answer);
        packet::end_v20(out);
        self.answer = answer;
        result.map(|()| Sent::OutsideSession)
    }

    fn inside_v20(
        &mut self,
        now: Duration,
        from: SocketAddr,
        id: u32,
        packet: &V20<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Sent, Discard> {
        let session = self.sessions.find_mut(id).ok_or(Discard::UnknownSession)?;
        let Stage::Active(active) = &mut session.stage else {
            return Err(Discard::UnknownSession);
        };
        let Format::V20 { keys, .. } = &active.format else {
            return Err(Discard::UnknownSession);
        };
        check_trailer(packet, keys)?;
        match active.inbound.take(packet.sequence) {
            Place::New => {}
            Place::Seen => return Err(Discard::Repeated),
            Place::Outside => return Err(Discard::OutsideWindow),
        }
        session.heard_at = now;
        session.peer = from;
        let privilege = active.privilege;
        let mut plain = std::mem::take(&mut self.plain);
        let opened = keys.decrypt(packet.payload, &mut plain);
        let sent = if opened {
            self.answer_v20(now, from, privilege, id, packet.sequence, &plain, out)
        } else {
            Err(Discard::BadPadding)
        };
        self.plain = plain;
        self.reap(id);
        sent
    }

    #[expect(clippy::too_many_arguments, reason = "one call site; each says where a datum is from")]
    fn answer_v20(
        &mut self,
        now: Duration,
        from: SocketAddr,
        privilege: super::config::Privilege,
        id: u32,
        sequence: u32,
        message: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Sent, Discard> {
        let request = Request::parse(message)?;
        let identity = RequestIdentity { from, session_id: id, sequence, rq_seq: request.rq_seq };
        let mut answer = std::mem::take(&mut self.answer);
        let sent = self.execute(&Call { now, request, identity }, privilege, &mut answer);
        if sent.is_ok() {
            self.seal_v20(id, payload::IPMI, &answer, out);
        }
        self.answer = answer;
        sent
    }

    /// Writes a payload of the session: encrypted and with a trailer as its suite says.
    pub(super) fn seal_v20(&mut self, id: u32, kind: u8, message: &[u8], out: &mut Vec<u8>) {
        let vector = self.rng.bytes();
        let quirks = &self.config.quirks;
        let Some(active) = self.sessions.active_mut(id) else { return };
        let number = active.next_outbound(quirks.sequence_skips);
        let Format::V20 { keys, console_id, .. } = &active.format else { return };
        let encrypted = if keys.encrypts() { ENCRYPTED } else { 0 };
        let authenticated = if keys.trailer_len() > 0 { AUTHENTICATED } else { 0 };
        packet::begin_v20(kind | encrypted | authenticated, *console_id, number, out);
        keys.encrypt(vector, message, out);
        packet::end_v20(out);
        if authenticated != 0 {
            packet::pad_v20(out);
            let code = keys.trailer(&out[4..]);
            out.extend_from_slice(code.as_bytes());
        }
    }
}

/// Whether the packet is protected as its session demands, and its code is right.
fn check_trailer(packet: &V20<'_>, keys: &SessionKeys) -> Result<(), Discard> {
    const NEXT_HEADER: u8 = 0x07;
    let code_len = keys.trailer_len();
    if packet.authenticated != (code_len > 0) || packet.encrypted != keys.encrypts() {
        return Err(Discard::Unprotected);
    }
    if code_len == 0 {
        return Ok(());
    }
    let covered = packet.sealed.len().checked_sub(code_len).ok_or(Discard::Malformed)?;
    let (covered, code) = packet.sealed.split_at(covered);
    if keys.trailer(covered).as_bytes() != code {
        return Err(Discard::BadCode);
    }
    match covered.get(packet.head_len..) {
        Some([pad @ .., pad_len, NEXT_HEADER]) if pad.len() == usize::from(*pad_len) => Ok(()),
        _ => Err(Discard::Malformed),
    }
}
