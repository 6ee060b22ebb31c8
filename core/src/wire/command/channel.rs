//! What a channel allows before a session: Get Channel Authentication Capabilities (IPMI 2.0,
//! section 22.13).

use nom::number::complete::{le_u24, u8};

use super::code::{bit, bits};
use super::session::AuthType;
use super::{Command, NetFn, Privilege};
use crate::wire::{Full, Malformed, Step, Writer, value};

/// The channel that a request arrives on, whatever its number (section 6.3).
pub const THIS_CHANNEL: u8 = 0x0e;

/// Get Channel Authentication Capabilities, which needs no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetChannelAuthenticationCapabilities {
    /// Channel number, 0 to 15; [`THIS_CHANNEL`] as a rule.
    pub channel: u8,
    /// Ask for the data of IPMI 2.0 too. Some BMCs of IPMI 1.5 refuse this with 0xcc.
    pub extended: bool,
    /// Level that the session shall reach; authentication types may differ by level.
    pub privilege: Privilege,
}

impl Command for GetChannelAuthenticationCapabilities {
    const NET_FN: NetFn = NetFn::APP;
    const CODE: u8 = 0x38;
    const PRIVILEGE: Privilege = Privilege::Callback;
    type Response = AuthenticationCapabilities;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(u8::from(self.extended) << 7 | self.channel & 0x0f)?;
        out.u8(self.privilege as u8)
    }

    fn parse(data: &[u8]) -> Result<AuthenticationCapabilities, Malformed> {
        value(capabilities(data))
    }
}

/// The answer to [`GetChannelAuthenticationCapabilities`] (table 22-15).
///
/// Several BMCs lie about user names, authentication types and Kg: tell, but do not gate on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthenticationCapabilities {
    /// Channel that the answer is about, 0 to 15.
    pub channel: u8,
    /// Authentication types of IPMI 1.5 that are enabled for the level asked for.
    pub types: AuthTypes,
    /// Kg is set to something other than zeros, so "two-key" logins need it.
    pub kg_set: bool,
    /// Packets inside a 1.5 session are authenticated one by one.
    pub per_message: bool,
    /// Commands of User level are authenticated inside a 1.5 session.
    pub user_level: bool,
    /// Users with a name are enabled.
    pub named_users: bool,
    /// A user with an empty name and a password is enabled.
    pub null_user: bool,
    /// A user with an empty name and an empty password is enabled.
    pub anonymous: bool,
    /// Session protocols of the channel; `None` from a BMC that gives no 2.0 data.
    pub protocols: Option<Protocols>,
    /// IANA number that says what the OEM authentication type is; 0 without one. 24 bits.
    pub oem: u32,
    /// Data of the OEM authentication type.
    pub oem_data: u8,
}

/// Which session protocols a channel speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocols {
    /// IPMI 1.5 sessions.
    pub ipmi_1_5: bool,
    /// IPMI 2.0 sessions (RMCP+).
    pub ipmi_2_0: bool,
}

impl AuthenticationCapabilities {
    /// True when the channel says that it opens IPMI 2.0 sessions.
    pub fn offers_2_0(&self) -> bool {
        self.protocols.is_some_and(|protocols| protocols.ipmi_2_0)
    }

    /// True when the channel opens IPMI 1.5 sessions; a BMC without 2.0 data knows nothing else.
    pub fn offers_1_5(&self) -> bool {
        self.protocols.is_none_or(|protocols| protocols.ipmi_1_5)
    }

    /// Writes the answer's data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.channel & 0x0f)?;
        out.u8(u8::from(self.protocols.is_some()) << 7 | self.types.0)?;
        out.u8(bits(&[
            self.anonymous,
            self.null_user,
            self.named_users,
            !self.user_level,
            !self.per_message,
            self.kg_set,
        ]))?;
        out.u8(self.protocols.map_or(0, |of| bits(&[of.ipmi_1_5, of.ipmi_2_0])))?;
        let [low, middle, high, _] = self.oem.to_le_bytes();
        out.bytes(&[low, middle, high, self.oem_data])
    }
}

fn capabilities(input: &[u8]) -> Step<'_, AuthenticationCapabilities> {
    let (input, channel) = u8(input)?;
    let (input, types) = u8(input)?;
    let (input, status) = u8(input)?;
    let (input, protocols) = u8(input)?;
    let (input, oem) = le_u24(input)?;
    let (input, oem_data) = u8(input)?;
    let extended = bit(types, 7)
        .then(|| Protocols { ipmi_1_5: bit(protocols, 0), ipmi_2_0: bit(protocols, 1) });
    let answer = AuthenticationCapabilities {
        channel: channel & 0x0f,
        types: AuthTypes::from_bits(types),
        kg_set: bit(status, 5),
        // These two bits say "disabled".
        per_message: !bit(status, 4),
        user_level: !bit(status, 3),
        named_users: bit(status, 2),
        null_user: bit(status, 1),
        anonymous: bit(status, 0),
        protocols: extended,
        oem,
        oem_data,
    };
    Ok((input, answer))
}

/// A set of authentication types of IPMI 1.5: bit n stands for type n.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuthTypes(u8);

impl AuthTypes {
    /// Bits of the types that are defined: none, MD2, MD5, straight password, OEM.
    const DEFINED: u8 = 0b0011_0111;

    /// The set of a byte; reserved bits are dropped.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & Self::DEFINED)
    }

    /// The byte of the set.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// This set with `auth_type` added; reserved types are not added.
    pub const fn with(self, auth_type: AuthType) -> Self {
        match 1u8.checked_shl(auth_type.code() as u32) {
            Some(mask) => Self::from_bits(self.0 | mask),
            None => self,
        }
    }

    /// True when `auth_type` is in the set.
    pub const fn contains(self, auth_type: AuthType) -> bool {
        match 1u8.checked_shl(auth_type.code() as u32) {
            Some(mask) => self.0 & mask != 0,
            None => false,
        }
    }

    /// The types of the set, the strongest first.
    pub fn iter(self) -> impl Iterator<Item = AuthType> {
        AuthType::BY_STRENGTH.into_iter().filter(move |&auth_type| self.contains(auth_type))
    }
}
