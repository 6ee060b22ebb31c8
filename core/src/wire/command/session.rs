//! Session commands: Get Session Challenge (IPMI 2.0, section 22.16), Activate Session (22.17),
//! Set Session Privilege Level (22.18), Close Session (22.19) and Get Session Info (22.20).

use nom::number::complete::{le_u32, u8};

use super::code::coded_enum;
use super::{Command, CompletionCode, NetFn, Privilege};
use crate::wire::{Full, Malformed, Step, Writer, array, value};

coded_enum! {
    /// Authentication type of IPMI 1.5 (table 13-8).
    pub enum AuthType {
        /// No authentication code.
        None = 0x00, "none";
        /// MD2 over password and packet.
        Md2 = 0x01, "MD2";
        /// MD5 over password and packet.
        Md5 = 0x02, "MD5";
        /// The password itself, in the clear.
        Straight = 0x04, "straight password";
        /// Defined by the manufacturer.
        Oem = 0x05, "OEM";
        /// Not a type of 1.5: the packet has the session header of IPMI 2.0.
        RmcpPlus = 0x06, "RMCP+";
    }
}

impl AuthType {
    /// The types of IPMI 1.5 sessions, the strongest first.
    pub const BY_STRENGTH: [Self; 5] =
        [Self::Md5, Self::Md2, Self::Straight, Self::Oem, Self::None];
}

/// Get Session Challenge: the first step of a 1.5 login, sent outside a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetSessionChallenge {
    /// Authentication type that the session shall use.
    pub auth_type: AuthType,
    /// User name, filled up with zeros; all zeros is the null user.
    pub user_name: [u8; 16],
}

impl GetSessionChallenge {
    /// No such user, or it is disabled.
    pub const INVALID_USER: CompletionCode = CompletionCode(0x81);
    /// The null user is not enabled.
    pub const NULL_USER_DISABLED: CompletionCode = CompletionCode(0x82);
}

impl Command for GetSessionChallenge {
    const NET_FN: NetFn = NetFn::APP;
    const CODE: u8 = 0x39;
    const PRIVILEGE: Privilege = Privilege::Callback;
    type Response = SessionChallenge;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.auth_type.code() & 0x0f)?;
        out.bytes(&self.user_name)
    }

    fn parse(data: &[u8]) -> Result<SessionChallenge, Malformed> {
        value(session_challenge(data))
    }
}

/// The answer to [`GetSessionChallenge`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionChallenge {
    /// Session id that the Activate Session request is sent under.
    pub temporary_id: u32,
    /// To be given back in the Activate Session request.
    pub challenge: [u8; 16],
}

impl SessionChallenge {
    /// Writes the answer's data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u32_le(self.temporary_id)?;
        out.bytes(&self.challenge)
    }
}

fn session_challenge(input: &[u8]) -> Step<'_, SessionChallenge> {
    let (input, temporary_id) = le_u32(input)?;
    let (input, challenge) = array(input)?;
    Ok((input, SessionChallenge { temporary_id, challenge }))
}

/// Activate Session: the second step of a 1.5 login, sent under the temporary session id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivateSession {
    /// Authentication type that was asked for in the challenge.
    pub auth_type: AuthType,
    /// Highest level that the session may be raised to.
    pub privilege: Privilege,
    /// The challenge of the BMC.
    pub challenge: [u8; 16],
    /// First sequence number of the BMC's packets; not 0.
    pub outbound_sequence: u32,
}

impl ActivateSession {
    /// Every session of the BMC is taken.
    pub const NO_SLOT: CompletionCode = CompletionCode(0x81);
    /// Every session of this user is taken.
    pub const NO_SLOT_FOR_USER: CompletionCode = CompletionCode(0x82);
    /// Every session of this privilege is taken.
    pub const NO_SLOT_FOR_PRIVILEGE: CompletionCode = CompletionCode(0x83);
    /// The sequence number is out of range.
    pub const SEQUENCE_OUT_OF_RANGE: CompletionCode = CompletionCode(0x84);
    /// The temporary session id is not known.
    pub const INVALID_SESSION_ID: CompletionCode = CompletionCode(0x85);
    /// The user, or the channel, is limited to a lower privilege.
    pub const PRIVILEGE_LIMIT: CompletionCode = CompletionCode(0x86);
}

impl Command for ActivateSession {
    const NET_FN: NetFn = NetFn::APP;
    const CODE: u8 = 0x3a;
    const PRIVILEGE: Privilege = Privilege::Callback;
    type Response = ActivatedSession;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.auth_type.code() & 0x0f)?;
        out.u8(self.privilege as u8)?;
        out.bytes(&self.challenge)?;
        out.u32_le(self.outbound_sequence)
    }

    fn parse(data: &[u8]) -> Result<ActivatedSession, Malformed> {
        value(activated_session(data))
    }
}

/// The answer to [`ActivateSession`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivatedSession {
    /// Authentication type for the rest of the session; [`AuthType::None`] when per-message
    /// authentication is off.
    pub auth_type: AuthType,
    /// Id of the session.
    pub session_id: u32,
    /// First sequence number of the console's packets.
    pub inbound_sequence: u32,
    /// Highest level that the session may be raised to.
    pub limit: PrivilegeLevel,
}

impl ActivatedSession {
    /// Writes the answer's data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.auth_type.code() & 0x0f)?;
        out.u32_le(self.session_id)?;
        out.u32_le(self.inbound_sequence)?;
        self.limit.emit(out)
    }
}

fn activated_session(input: &[u8]) -> Step<'_, ActivatedSession> {
    let (input, auth_type) = u8(input)?;
    let (input, session_id) = le_u32(input)?;
    let (input, inbound_sequence) = le_u32(input)?;
    let (input, limit) = u8(input)?;
    let answer = ActivatedSession {
        auth_type: AuthType::from_code(auth_type & 0x0f),
        session_id,
        inbound_sequence,
        limit: PrivilegeLevel::from_code(limit),
    };
    Ok((input, answer))
}

/// Set Session Privilege Level: a session starts at User level and is raised by this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetSessionPrivilegeLevel {
    /// The level to change to; `None` only asks for the present one.
    pub level: Option<Privilege>,
}

impl SetSessionPrivilegeLevel {
    /// The user does not have the level.
    pub const NOT_FOR_USER: CompletionCode = CompletionCode(0x80);
    /// The level exceeds what the session was opened with, or the channel's limit.
    pub const EXCEEDS_LIMIT: CompletionCode = CompletionCode(0x81);
    /// User level authentication cannot be disabled.
    pub const USER_LEVEL_NEEDED: CompletionCode = CompletionCode(0x82);
}

impl Command for SetSessionPrivilegeLevel {
    const NET_FN: NetFn = NetFn::APP;
    const CODE: u8 = 0x3b;
    const PRIVILEGE: Privilege = Privilege::User;
    type Response = PrivilegeLevel;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.level.map_or(0, |level| level as u8))
    }

    fn parse(data: &[u8]) -> Result<PrivilegeLevel, Malformed> {
        value(u8(data)).map(PrivilegeLevel::from_code)
    }
}

/// A privilege level as a BMC reports it, 0 to 15; not all of them are defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivilegeLevel(u8);

impl PrivilegeLevel {
    /// The level of a byte, whose upper half is reserved.
    pub const fn from_code(code: u8) -> Self {
        Self(code & 0x0f)
    }

    /// The number.
    pub const fn code(self) -> u8 {
        self.0
    }

    /// The level, if it is a defined one.
    pub const fn privilege(self) -> Option<Privilege> {
        Privilege::from_code(self.0)
    }

    /// Writes the answer's data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.0)
    }
}

impl From<Privilege> for PrivilegeLevel {
    fn from(privilege: Privilege) -> Self {
        Self(privilege as u8)
    }
}

/// Close Session: ends this session, or with Administrator privilege another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseSession {
    /// The BMC's id of the session; not 0.
    pub session_id: u32,
}

impl CloseSession {
    /// There is no such session.
    pub const INVALID_SESSION_ID: CompletionCode = CompletionCode(0x87);
}

impl Command for CloseSession {
    const NET_FN: NetFn = NetFn::APP;
    const CODE: u8 = 0x3c;
    const PRIVILEGE: Privilege = Privilege::Callback;
    type Response = ();

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u32_le(self.session_id)
    }

    fn parse(_: &[u8]) -> Result<(), Malformed> {
        Ok(())
    }
}

/// Get Session Info: what the BMC knows of one session, found by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetSessionInfo {
    /// The BMC's id of the session; not 0.
    pub session_id: u32,
}

impl GetSessionInfo {
    /// A session is looked up by its id, which follows.
    const BY_ID: u8 = 0xff;
}

impl Command for GetSessionInfo {
    const NET_FN: NetFn = NetFn::APP;
    const CODE: u8 = 0x3d;
    const PRIVILEGE: Privilege = Privilege::User;
    type Response = SessionInfo;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(Self::BY_ID)?;
        out.u32_le(self.session_id)
    }

    fn parse(data: &[u8]) -> Result<SessionInfo, Malformed> {
        value(array(data)).map(|[handle, possible, active]| {
            let handle = Some(handle).filter(|handle| *handle != 0);
            SessionInfo { handle, possible: possible & 0x3f, active: active & 0x3f }
        })
    }
}

/// The answer to [`GetSessionInfo`], without the details of a session that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionInfo {
    /// The handle of the session; `None` when no such session is open.
    pub handle: Option<u8>,
    /// How many sessions the BMC can hold, 0 to 63.
    pub possible: u8,
    /// How many are open, 0 to 63.
    pub active: u8,
}

impl SessionInfo {
    /// Writes the answer's data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.bytes(&[self.handle.unwrap_or(0), self.possible & 0x3f, self.active & 0x3f])
    }
}
