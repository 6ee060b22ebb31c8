//! The first step of the login of RMCP+: Open Session (sections 13.17 and 13.18).

use std::net::SocketAddr;
use std::time::Duration;

use super::config::{OfferedSuite, Privilege};
use super::counters::Discard;
use super::packet::{self, Reader, payload};
use super::session::{Opening, Session, Stage};
use super::{Bmc, Sent};

/// RMCP+ status codes (table 13-15).
pub(super) mod status {
    pub(in crate::bmc) const SUCCESS: u8 = 0x00;
    pub(in crate::bmc) const NO_RESOURCES: u8 = 0x01;
    pub(in crate::bmc) const INVALID_SESSION_ID: u8 = 0x02;
    pub(in crate::bmc) const INVALID_AUTHENTICATION: u8 = 0x04;
    pub(in crate::bmc) const INVALID_INTEGRITY: u8 = 0x05;
    pub(in crate::bmc) const INVALID_ROLE: u8 = 0x09;
    pub(in crate::bmc) const UNAUTHORIZED_ROLE: u8 = 0x0a;
    pub(in crate::bmc) const INVALID_NAME_LENGTH: u8 = 0x0c;
    pub(in crate::bmc) const UNAUTHORIZED_NAME: u8 = 0x0d;
    pub(in crate::bmc) const INVALID_CHECK_VALUE: u8 = 0x0f;
    pub(in crate::bmc) const INVALID_CONFIDENTIALITY: u8 = 0x10;
    pub(in crate::bmc) const NO_MATCHING_SUITE: u8 = 0x11;
    pub(in crate::bmc) const ILLEGAL_PARAMETER: u8 = 0x12;
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
}
