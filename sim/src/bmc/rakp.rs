//! The login of RMCP+: Open Session and RAKP (sections 13.17 to 13.24).

use std::net::SocketAddr;
use std::time::Duration;

use super::config::{OfferedSuite, Privilege};
use super::counters::Discard;
use super::keys::{Authentication, Code, Exchange};
use super::packet::{self, Reader, payload};
use super::session::{Active, Format, Opening, Rakp1, Session, Stage};
use super::window::Window;
use super::{Bmc, Sent};

/// How far a sequence number may be from the highest one heard (section 6.12.12).
const WINDOW: u32 = 16;
/// RAKP 1: look the user up by name only.
const NAME_ONLY: u8 = 0x10;

/// RMCP+ status codes (table 13-15).
mod status {
    pub(super) const SUCCESS: u8 = 0x00;
    pub(super) const NO_RESOURCES: u8 = 0x01;
    pub(super) const INVALID_SESSION_ID: u8 = 0x02;
    pub(super) const INVALID_AUTHENTICATION: u8 = 0x04;
    pub(super) const INVALID_INTEGRITY: u8 = 0x05;
    pub(super) const INVALID_ROLE: u8 = 0x09;
    pub(super) const UNAUTHORIZED_ROLE: u8 = 0x0a;
    pub(super) const INVALID_NAME_LENGTH: u8 = 0x0c;
    pub(super) const UNAUTHORIZED_NAME: u8 = 0x0d;
    pub(super) const INVALID_CHECK_VALUE: u8 = 0x0f;
    pub(super) const INVALID_CONFIDENTIALITY: u8 = 0x10;
    pub(super) const NO_MATCHING_SUITE: u8 = 0x11;
    pub(super) const ILLEGAL_PARAMETER: u8 = 0x12;
}

/// An Open Session Request: each algorithm, or `None` to let the BMC choose.
struct OpenRequest {
    tag: u8,
    asked: u8,
    console_id: [u8; 4],
    algorithms: [Option<u8>; 3],
}

impl OpenRequest {
    fn parse(bytes: &[u8]) -> Result<Self, Discard> {
        let mut reader = Reader(bytes);
        let [tag, asked, _, _] = reader.array()?;
        let console_id = reader.array()?;
        let mut algorithms = [None; 3];
        for (at, algorithm) in algorithms.iter_mut().enumerate() {
            let [kind, _, _, len, number, ..] = reader.array::<8>()?;
            if usize::from(kind) != at {
                return Err(Discard::Malformed);
            }
            // Length 0 is the null field: whatever the BMC likes.
            *algorithm = (len != 0).then_some(number & 0x3f);
        }
        Ok(Self { tag, asked: asked & 0x0f, console_id, algorithms })
    }
}

impl Bmc {
    /// Answers Open Session (section 13.17).
    pub(super) fn open_session(
        &mut self,
        now: Duration,
        from: SocketAddr,
        bytes: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Sent, Discard> {
        let request = OpenRequest::parse(bytes)?;
        packet::begin_v20(payload::OPEN_RESPONSE, [0; 4], 0, out);
        match self.open(now, from, &request) {
            Ok((id, opening)) => {
                let OpenRequest { tag, asked, console_id, .. } = request;
                let echo = self.config.quirks.open_privilege_echo;
                let level = if echo { asked } else { opening.limit as u8 };
                out.extend_from_slice(&[tag, status::SUCCESS, level, 0]);
                out.extend_from_slice(&console_id);
                out.extend_from_slice(&id.to_le_bytes());
                let suite = opening.suite;
                let algorithms = [
                    suite.authentication as u8,
                    suite.integrity as u8,
                    suite.confidentiality as u8,
                ];
                for (kind, algorithm) in (0..).zip(algorithms) {
                    out.extend_from_slice(&[kind, 0, 0, 8, algorithm, 0, 0, 0]);
                }
            }
            Err(status) => {
                out.extend_from_slice(&[request.tag, status]);
                if !self.config.quirks.open_error_short {
                    out.extend_from_slice(&[0, 0]);
                    out.extend_from_slice(&request.console_id);
                }
            }
        }
        packet::end_v20(out);
        Ok(Sent::OutsideSession)
    }

    fn open(
        &mut self,
        now: Duration,
        from: SocketAddr,
        request: &OpenRequest,
    ) -> Result<(u32, Opening), u8> {
        let offered = self.choose_suite(request)?;
        let asked = match request.asked {
            0 => None,
            number => Some(Privilege::from_number(number).ok_or(status::INVALID_ROLE)?),
        };
        let opening = Opening {
            tag: request.tag,
            console_id: request.console_id,
            suite: offered.suite,
            asked: request.asked,
            limit: asked.unwrap_or(offered.limit),
            rakp1: None,
        };
        if let Some(id) = self.repeated_open(from, &opening) {
            return Ok((id, opening));
        }
        if !self.sessions.make_room(self.config.quirks.half_open_held) {
            return Err(status::NO_RESOURCES);
        }
        let stage = Stage::Opened(opening.clone());
        Ok((self.sessions.add(now, from, stage, &mut self.rng), opening))
    }

    /// The half-open session that an earlier copy of this request began.
    fn repeated_open(&self, from: SocketAddr, wanted: &Opening) -> Option<u32> {
        let same = |session: &&Session| match &session.stage {
            Stage::Opened(open) => {
                session.peer == from
                    && open.rakp1.is_none()
                    && (open.tag, open.console_id, open.suite, open.asked)
                        == (wanted.tag, wanted.console_id, wanted.suite, wanted.asked)
            }
            Stage::Challenged(_) | Stage::Active(_) => false,
        };
        self.sessions.iter().find(same).map(|session| session.id)
    }

    fn choose_suite(&self, request: &OpenRequest) -> Result<OfferedSuite, u8> {
        let [authentication, integrity, confidentiality] = request.algorithms;
        let fits = |wanted: Option<u8>, number: u8| wanted.is_none_or(|wanted| wanted == number);
        let by_authentication =
            |o: &&OfferedSuite| fits(authentication, o.suite.authentication as u8);
        let by_integrity = |o: &&OfferedSuite| fits(integrity, o.suite.integrity as u8);
        let by_confidentiality =
            |o: &&OfferedSuite| fits(confidentiality, o.suite.confidentiality as u8);
        let offered = &self.config.suites;
        if let Some(forced) = self.config.quirks.suite_forced {
            let found = offered.iter().find(|offered| offered.suite.number == forced);
            return found.copied().ok_or(status::NO_MATCHING_SUITE);
        }
        let chosen = offered
            .iter()
            .filter(by_authentication)
            .filter(by_integrity)
            .filter(by_confidentiality)
            .find(|offered| request.asked <= offered.limit as u8);
        if let Some((number, status)) = self.config.quirks.suite_refused
            && chosen.is_some_and(|offered| offered.suite.number == number)
        {
            return Err(status);
        }
        chosen.copied().ok_or_else(|| {
            if !offered.iter().any(|o| by_authentication(&o)) {
                status::INVALID_AUTHENTICATION
            } else if !offered.iter().any(|o| by_integrity(&o)) {
                status::INVALID_INTEGRITY
            } else if !offered.iter().any(|o| by_confidentiality(&o)) {
                status::INVALID_CONFIDENTIALITY
            } else {
                status::NO_MATCHING_SUITE
            }
        })
    }

    /// Answers RAKP 1 with RAKP 2 (sections 13.20 and 13.21).
    pub(super) fn rakp1(
        &mut self,
        now: Duration,
        bytes: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Sent, Discard> {
        let mut reader = Reader(bytes);
        let [tag, _, _, _] = reader.array()?;
        let id = u32::from_le_bytes(reader.array()?);
        let console_random = reader.array()?;
        let [role, _, _, name_len] = reader.array()?;
        let console_id = match self.sessions.find(id).map(|session| &session.stage) {
            Some(Stage::Opened(open)) => open.console_id,
            // A late copy of the one that led to this session.
            Some(Stage::Active(_)) => return Err(Discard::Repeated),
            Some(Stage::Challenged(_)) | None => {
                return Ok(refuse(payload::RAKP2, tag, status::INVALID_SESSION_ID, [0; 4], out));
            }
        };
        let name = if name_len > 16 {
            Err(status::INVALID_NAME_LENGTH)
        } else {
            reader.take(usize::from(name_len)).map_err(|_| status::ILLEGAL_PARAMETER)
        };
        let accepted = name.and_then(|name| self.accept_rakp1(now, id, console_random, role, name));
        match accepted {
            Ok((code, bmc_random)) => {
                packet::begin_v20(payload::RAKP2, [0; 4], 0, out);
                out.extend_from_slice(&[tag, status::SUCCESS, 0, 0]);
                out.extend_from_slice(&console_id);
                out.extend_from_slice(&bmc_random);
                out.extend_from_slice(&self.guid);
                out.extend_from_slice(code.as_bytes());
                if self.config.quirks.rakp2_extra_byte {
                    out.push(0);
                }
                packet::end_v20(out);
                Ok(Sent::OutsideSession)
            }
            Err(status) => {
                if status != status::INVALID_SESSION_ID {
                    self.sessions.remove(id);
                }
                if status == status::UNAUTHORIZED_NAME && self.config.quirks.credentials_silent {
                    return Err(Discard::Quirk);
                }
                Ok(refuse(payload::RAKP2, tag, status, console_id, out))
            }
        }
    }

    /// Notes what RAKP 1 says: the code and the random number of the answer, or its status.
    fn accept_rakp1(
        &mut self,
        now: Duration,
        id: u32,
        console_random: [u8; 16],
        role: u8,
        name: &[u8],
    ) -> Result<(Code, [u8; 16]), u8> {
        let level = Privilege::from_number(role & 0x0f).ok_or(status::INVALID_ROLE)?;
        if role & NAME_ONLY != 0 && self.config.quirks.name_bit_refused {
            return Err(status::INVALID_ROLE);
        }
        let user = self.find_user_for_role(name, role).ok_or(status::UNAUTHORIZED_NAME)?;
        let ignored = self.config.quirks.limit_ignored;
        let allowed = ignored || level <= self.config.users[user].limit;
        let fresh = self.rng.bytes();
        let session = self.sessions.find_mut(id).ok_or(status::INVALID_SESSION_ID)?;
        let Stage::Opened(opening) = &mut session.stage else {
            return Err(status::INVALID_SESSION_ID);
        };
        if !allowed || level > opening.limit {
            return Err(status::UNAUTHORIZED_ROLE);
        }
        let before = opening.rakp1.take();
        if before.is_some() && self.config.quirks.rakp_repeat_refused {
            opening.rakp1 = before;
            return Err(status::INVALID_SESSION_ID);
        }
        let same = |b: &Rakp1| {
            (b.console_random, b.role, b.name.as_slice()) == (console_random, role, name)
        };
        // A copy gets the same answer: the console may have heard the first one.
        let bmc_random = before.filter(same).map_or(fresh, |before| before.bmc_random);
        let name = name.to_vec();
        opening.rakp1 = Some(Rakp1 { console_random, role, name, user, limit: level, bmc_random });
        session.heard_at = now;
        let exchange = self.exchange(id).ok_or(status::INVALID_SESSION_ID)?;
        Ok((exchange.rakp2(), bmc_random))
    }

    /// Everything the keys of a half-open session depend on, once RAKP 1 was heard.
    fn exchange(&self, id: u32) -> Option<Exchange<'_>> {
        let Stage::Opened(opening) = &self.sessions.find(id)?.stage else { return None };
        let rakp1 = opening.rakp1.as_ref()?;
        Some(Exchange {
            suite: opening.suite,
            console_id: opening.console_id,
            bmc_id: id.to_le_bytes(),
            console_random: rakp1.console_random,
            bmc_random: rakp1.bmc_random,
            guid: self.guid,
            role: rakp1.role,
            open_privilege: opening.asked,
            name: &rakp1.name,
            password: self.config.users[rakp1.user].password.expose(),
            kg: self.config.kg.as_ref().map(|kg| kg.expose()),
            quirks: &self.config.quirks,
        })
    }

    /// Answers RAKP 3 with RAKP 4 (sections 13.22 and 13.23).
    pub(super) fn rakp3(
        &mut self,
        now: Duration,
        from: SocketAddr,
        bytes: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Sent, Discard> {
        let mut reader = Reader(bytes);
        let [tag, console_status, _, _] = reader.array()?;
        let id = u32::from_le_bytes(reader.array()?);
        let code = reader.0;
        let Some(session) = self.sessions.find(id) else {
            return Ok(refuse(payload::RAKP4, tag, status::INVALID_SESSION_ID, [0; 4], out));
        };
        let console_id = match &session.stage {
            Stage::Active(_) => return self.repeated_rakp3(id, tag, code, out),
            Stage::Opened(opening) if opening.rakp1.is_some() => opening.console_id,
            Stage::Opened(_) | Stage::Challenged(_) => {
                return Ok(refuse(payload::RAKP4, tag, status::INVALID_SESSION_ID, [0; 4], out));
            }
        };
        // The console gives up; nobody waits for an answer.
        if console_status != status::SUCCESS {
            self.sessions.remove(id);
            return Err(Discard::Unsupported);
        }
        let exchange = self.exchange(id).ok_or(Discard::UnknownSession)?;
        let (rakp3, keys) = (exchange.rakp3(), exchange.keys());
        if rakp3.as_bytes() != code && exchange.suite.authentication != Authentication::None {
            self.sessions.remove(id);
            if self.config.quirks.credentials_silent {
                return Err(Discard::Quirk);
            }
            return Ok(refuse(payload::RAKP4, tag, status::INVALID_CHECK_VALUE, console_id, out));
        }
        write_rakp4(tag, console_id, keys.rakp4(), out);
        let session = self.sessions.find_mut(id).ok_or(Discard::UnknownSession)?;
        let Stage::Opened(Opening { rakp1: Some(rakp1), .. }) = &session.stage else {
            return Err(Discard::UnknownSession);
        };
        session.stage = Stage::Active(Box::new(Active {
            limit: rakp1.limit,
            privilege: rakp1.limit.min(Privilege::User),
            user: rakp1.user,
            inbound: Window::new(0, WINDOW),
            outbound: 1,
            repeat_first: self.config.quirks.first_sequence_twice,
            format: Format::V20 { keys, console_id, rakp3 },
        }));
        session.heard_at = now;
        session.peer = from;
        Ok(Sent::OutsideSession)
    }

    /// A copy of the RAKP 3 that led to this session: its answer may have been lost.
    fn repeated_rakp3(
        &mut self,
        id: u32,
        tag: u8,
        code: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Sent, Discard> {
        let active = self.sessions.active(id).ok_or(Discard::UnknownSession)?;
        let Format::V20 { keys, console_id, rakp3 } = &active.format else {
            return Err(Discard::UnknownSession);
        };
        let (rakp4, console_id) = (keys.rakp4(), *console_id);
        if rakp3.as_bytes() != code {
            return Err(Discard::BadCode);
        }
        if self.config.quirks.rakp_repeat_refused {
            return Ok(refuse(payload::RAKP4, tag, status::INVALID_CHECK_VALUE, console_id, out));
        }
        if !self.config.quirks.rakp4_repeat_sealed {
            write_rakp4(tag, console_id, rakp4, out);
            return Ok(Sent::OutsideSession);
        }
        let mut plain = vec![tag, status::SUCCESS, 0, 0];
        plain.extend_from_slice(&console_id);
        plain.extend_from_slice(rakp4.as_bytes());
        self.seal_v20(id, payload::RAKP4, &plain, out);
        Ok(Sent::InSession)
    }

    /// The user that RAKP 1 means: by name, and without the name-only bit by level as well.
    fn find_user_for_role(&self, name: &[u8], role: u8) -> Option<usize> {
        let trimmed = name.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let name = &name[..trimmed];
        if role & NAME_ONLY != 0 {
            return self.find_user(name);
        }
        let level = role & 0x0f;
        let users = self.config.users.iter();
        let exact = users
            .clone()
            .position(|user| user.enabled && user.name == name && user.limit as u8 == level);
        exact.or_else(|| self.find_user(name))
    }
}

fn write_rakp4(tag: u8, console_id: [u8; 4], code: Code, out: &mut Vec<u8>) {
    packet::begin_v20(payload::RAKP4, [0; 4], 0, out);
    out.extend_from_slice(&[tag, status::SUCCESS, 0, 0]);
    out.extend_from_slice(&console_id);
    out.extend_from_slice(code.as_bytes());
    packet::end_v20(out);
}

fn refuse(kind: u8, tag: u8, status: u8, console_id: [u8; 4], out: &mut Vec<u8>) -> Sent {
    packet::begin_v20(kind, [0; 4], 0, out);
    out.extend_from_slice(&[tag, status, 0, 0]);
    out.extend_from_slice(&console_id);
    packet::end_v20(out);
    Sent::OutsideSession
}
