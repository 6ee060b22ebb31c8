//! Setting up a session of IPMI 2.0: RMCP+ Open Session and RAKP 1 to 4 (sections 13.17 to 13.24).
//!
//! Session ids are written least significant byte first. The codes are checked by the session,
//! which knows the keys; here they are only bytes.

use core::fmt;

use nom::bytes::complete::take;
use nom::number::complete::le_u32;

use super::{Full, Malformed, Step, Writer, array, value};
use crate::limits::MAX_USER_NAME;
use crate::suite::Suite;

/// RMCP+ and RAKP status (table 13-15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u8);

impl Status {
    /// No errors.
    pub const OK: Self = Self(0x00);
    /// No session slot is free.
    pub const NO_RESOURCES: Self = Self(0x01);
    /// The session id is not one that is being set up.
    pub const INVALID_SESSION: Self = Self(0x02);
    /// Invalid authentication algorithm.
    pub const INVALID_AUTHENTICATION: Self = Self(0x04);
    /// Invalid integrity algorithm.
    pub const INVALID_INTEGRITY: Self = Self(0x05);
    /// The session id is not active.
    pub const INACTIVE_SESSION: Self = Self(0x08);
    /// Invalid role.
    pub const INVALID_ROLE: Self = Self(0x09);
    /// The user may not have that role or privilege.
    pub const UNAUTHORIZED_ROLE: Self = Self(0x0a);
    /// The requested role is not available at the moment.
    pub const NO_RESOURCES_FOR_ROLE: Self = Self(0x0b);
    /// No such user.
    pub const UNAUTHORIZED_NAME: Self = Self(0x0d);
    /// A code or check value is wrong.
    pub const INVALID_CHECK_VALUE: Self = Self(0x0f);
    /// Invalid confidentiality algorithm.
    pub const INVALID_CONFIDENTIALITY: Self = Self(0x10);
    /// No cipher suite matches the proposed algorithms.
    pub const NO_SUITE: Self = Self(0x11);
    /// A parameter is illegal.
    pub const ILLEGAL_PARAMETER: Self = Self(0x12);
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.0 {
            0x00 => "no errors",
            0x01 => "no free session",
            0x02 => "invalid session id",
            0x03 => "invalid payload type",
            0x04 => "invalid authentication algorithm",
            0x05 => "invalid integrity algorithm",
            0x06 => "no matching authentication payload",
            0x07 => "no matching integrity payload",
            0x08 => "inactive session id",
            0x09 => "invalid role",
            0x0a => "unauthorized role or privilege",
            0x0b => "no free session for this role",
            0x0c => "invalid name length",
            0x0d => "unauthorized name",
            0x0e => "unauthorized GUID",
            0x0f => "invalid integrity check value",
            0x10 => "invalid confidentiality algorithm",
            0x11 => "no matching cipher suite",
            0x12 => "illegal parameter",
            _ => "reserved status",
        };
        write!(f, "0x{:02x} ({text})", self.0)
    }
}

/// Length of the random numbers, and of the GUID.
pub const RANDOM_LEN: usize = 16;

/// The three algorithms of a proposal or an answer, by number: a BMC may name ones that Komainu
/// does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Algorithms {
    /// Authentication algorithm, table 13-17.
    pub authentication: u8,
    /// Integrity algorithm, table 13-18.
    pub integrity: u8,
    /// Confidentiality algorithm, table 13-19.
    pub confidentiality: u8,
}

impl From<Suite> for Algorithms {
    fn from(suite: Suite) -> Self {
        Self {
            authentication: suite.authentication as u8,
            integrity: suite.integrity as u8,
            confidentiality: suite.confidentiality as u8,
        }
    }
}

/// Length of one algorithm payload; shorter ones are not accepted.
const ALGORITHM_LEN: u8 = 8;

impl Algorithms {
    fn parse(input: &[u8]) -> Step<'_, Self> {
        let (input, authentication) = algorithm(input)?;
        let (input, integrity) = algorithm(input)?;
        let (input, confidentiality) = algorithm(input)?;
        Ok((input, Self { authentication, integrity, confidentiality }))
    }

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        for (kind, number) in
            [self.authentication, self.integrity, self.confidentiality].into_iter().enumerate()
        {
            let kind = u8::try_from(kind).map_err(|_| Full)?;
            out.bytes(&[kind, 0, 0, ALGORITHM_LEN, number & 0x3f, 0, 0, 0])?;
        }
        Ok(())
    }
}

fn algorithm(input: &[u8]) -> Step<'_, u8> {
    let (input, [_kind, _, _, _len, number, _, _, _]) = array(input)?;
    Ok((input, number & 0x3f))
}

/// RMCP+ Open Session Request (table 13-9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenSessionRequest {
    /// Repeated by the answer.
    pub tag: u8,
    /// Highest privilege of the session; 0 = the highest that the user has.
    pub privilege: u8,
    /// Our session id.
    pub console: u32,
    /// What is proposed.
    pub algorithms: Algorithms,
}

impl OpenSessionRequest {
    /// Reads the payload.
    pub fn parse(input: &[u8]) -> Result<Self, Malformed> {
        value(Self::step(input))
    }

    fn step(input: &[u8]) -> Step<'_, Self> {
        let (input, [tag, privilege, _, _]) = array(input)?;
        let (input, console) = le_u32(input)?;
        let (input, algorithms) = Algorithms::parse(input)?;
        Ok((input, Self { tag, privilege: privilege & 0x0f, console, algorithms }))
    }

    /// Writes the payload.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.bytes(&[self.tag, self.privilege, 0, 0])?;
        out.u32_le(self.console)?;
        self.algorithms.emit(out)
    }
}

/// RMCP+ Open Session Response (table 13-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenSessionResponse {
    /// The session may be set up.
    Opened {
        /// The tag of the request.
        tag: u8,
        /// Highest privilege that the BMC allows; some BMCs answer 0 whatever was asked.
        privilege: u8,
        /// Our session id.
        console: u32,
        /// The BMC's session id.
        bmc: u32,
        /// What the BMC chose.
        algorithms: Algorithms,
    },
    /// It may not. Only tag and status count: some BMCs send nothing else.
    Refused {
        /// The tag of the request.
        tag: u8,
        /// Why.
        status: Status,
    },
}

impl OpenSessionResponse {
    /// Reads the payload.
    pub fn parse(input: &[u8]) -> Result<Self, Malformed> {
        value(Self::step(input))
    }

    fn step(input: &[u8]) -> Step<'_, Self> {
        let (input, [tag, status]) = array(input)?;
        if Status(status) != Status::OK {
            return Ok((input, Self::Refused { tag, status: Status(status) }));
        }
        let (input, [privilege, _]) = array(input)?;
        let (input, console) = le_u32(input)?;
        let (input, bmc) = le_u32(input)?;
        let (input, algorithms) = Algorithms::parse(input)?;
        let privilege = privilege & 0x0f;
        Ok((input, Self::Opened { tag, privilege, console, bmc, algorithms }))
    }

    /// Writes the payload.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        match *self {
            Self::Refused { tag, status } => out.bytes(&[tag, status.0]),
            Self::Opened { tag, privilege, console, bmc, algorithms } => {
                out.bytes(&[tag, Status::OK.0, privilege, 0])?;
                out.u32_le(console)?;
                out.u32_le(bmc)?;
                algorithms.emit(out)
            }
        }
    }
}

/// RAKP message 1 (table 13-11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rakp1<'a> {
    /// Repeated by RAKP 2.
    pub tag: u8,
    /// The BMC's session id.
    pub bmc: u32,
    /// Our random number.
    pub random: [u8; RANDOM_LEN],
    /// Bits 3 to 0: privilege asked for. Bit 4: look the user up by name alone.
    pub role: u8,
    /// User name, at most 16 bytes; empty = the null user.
    pub user: &'a [u8],
}

impl<'a> Rakp1<'a> {
    /// Reads the payload.
    pub fn parse(input: &'a [u8]) -> Result<Self, Malformed> {
        value(Self::step(input))
    }

    fn step(input: &'a [u8]) -> Step<'a, Self> {
        let (input, [tag, _, _, _]) = array(input)?;
        let (input, bmc) = le_u32(input)?;
        let (input, random) = array(input)?;
        let (input, [role, _, _, len]) = array(input)?;
        let (input, user) = take(usize::from(len).min(MAX_USER_NAME))(input)?;
        Ok((input, Self { tag, bmc, random, role, user }))
    }

    /// Writes the payload.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.bytes(&[self.tag, 0, 0, 0])?;
        out.u32_le(self.bmc)?;
        out.bytes(&self.random)?;
        let len = u8::try_from(self.user.len()).map_err(|_| Full)?;
        out.bytes(&[self.role, 0, 0, len])?;
        out.bytes(self.user)
    }
}

/// RAKP message 2 (table 13-12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rakp2<'a> {
    /// The BMC knows the user.
    Accepted {
        /// The tag of RAKP 1.
        tag: u8,
        /// Our session id.
        console: u32,
        /// The BMC's random number.
        random: [u8; RANDOM_LEN],
        /// The BMC's GUID, in its order on the wire.
        guid: [u8; RANDOM_LEN],
        /// Proves that the BMC knows the user's key.
        code: &'a [u8],
    },
    /// It refuses.
    Refused {
        /// The tag of RAKP 1.
        tag: u8,
        /// Why.
        status: Status,
        /// Our session id.
        console: u32,
    },
}

impl<'a> Rakp2<'a> {
    /// Reads the payload.
    pub fn parse(input: &'a [u8]) -> Result<Self, Malformed> {
        value(Self::step(input))
    }

    fn step(input: &'a [u8]) -> Step<'a, Self> {
        let (input, [tag, status, _, _]) = array(input)?;
        let (input, console) = le_u32(input)?;
        if Status(status) != Status::OK {
            return Ok((input, Self::Refused { tag, status: Status(status), console }));
        }
        let (input, random) = array(input)?;
        let (code, guid) = array(input)?;
        Ok((&[], Self::Accepted { tag, console, random, guid, code }))
    }

    /// Writes the payload.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        match *self {
            Self::Refused { tag, status, console } => {
                out.bytes(&[tag, status.0, 0, 0])?;
                out.u32_le(console)
            }
            Self::Accepted { tag, console, random, guid, code } => {
                out.bytes(&[tag, Status::OK.0, 0, 0])?;
                out.u32_le(console)?;
                out.bytes(&random)?;
                out.bytes(&guid)?;
                out.bytes(code)
            }
        }
    }
}

/// RAKP message 3 (table 13-13) and RAKP message 4 (table 13-14): the same frame, with the
/// receiver's session id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof<'a> {
    /// RAKP 4 repeats the tag of RAKP 3.
    pub tag: u8,
    /// Whether the sender goes on.
    pub status: Status,
    /// The receiver's session id.
    pub session: u32,
    /// RAKP 3: the code over our side. RAKP 4: the integrity check value.
    pub code: &'a [u8],
}

impl<'a> Proof<'a> {
    /// Reads the payload.
    pub fn parse(input: &'a [u8]) -> Result<Self, Malformed> {
        value(Self::step(input))
    }

    fn step(input: &'a [u8]) -> Step<'a, Self> {
        let (input, [tag, status, _, _]) = array(input)?;
        let (code, session) = le_u32(input)?;
        Ok((&[], Self { tag, status: Status(status), session, code }))
    }

    /// Writes the payload.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.bytes(&[self.tag, self.status.0, 0, 0])?;
        out.u32_le(self.session)?;
        out.bytes(self.code)
    }
}
