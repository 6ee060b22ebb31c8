//! The login of RMCP+: RAKP 1 to 4 (sections 13.20 to 13.24).

use std::net::SocketAddr;
use std::time::Duration;

use super::config::Privilege;
use super::counters::Discard;
use super::keys::{Code, Exchange};
use super::open::status;
use super::packet::{self, Reader, payload};
use super::session::{Active, Format, Opening, Rakp1, Stage};
use super::suite::Authentication;
use super::window::Window;
use super::{Bmc, Sent};

/// How far a sequence number may be from the highest one heard (section 6.12.12).
const WINDOW: u32 = 16;
/// RAKP 1: look the user up by name only.
const NAME_ONLY: u8 = 0x10;

impl Bmc {
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
    pub(super) fn exchange(&self, id: u32) -> Option<Exchange<'_>> {
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
        let (rakp3, keys) = (exchange.rakp3(), Box::new(exchange.keys()));
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
