//! Session header of IPMI 1.5 (IPMI 2.0, section 13.6, table 13-8).

use nom::bytes::complete::take;
use nom::number::complete::le_u32;

use super::command::session::AuthType;
use super::{Full, Malformed, Step, Writer, array, value};

/// Length of the authentication code, when there is one.
pub const CODE_LEN: usize = 16;

/// A packet of IPMI 1.5, behind the RMCP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// How it is authenticated.
    pub auth_type: AuthType,
    /// Session sequence number; 0 outside a session.
    pub sequence: u32,
    /// Session id; 0 outside a session.
    pub session: u32,
    /// Authentication code; present unless `auth_type` is [`AuthType::None`].
    pub code: Option<[u8; CODE_LEN]>,
    /// The IPMI message.
    pub message: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads what follows the RMCP header.
    ///
    /// Bytes behind the message are ignored: they are the legacy pad (section 13.6, note 1).
    pub fn parse(input: &'a [u8]) -> Result<Self, Malformed> {
        value(Self::step(input))
    }

    fn step(input: &'a [u8]) -> Step<'a, Self> {
        let (input, [auth_type]) = array(input)?;
        let auth_type = AuthType::from_code(auth_type & 0x0f);
        let (input, sequence) = le_u32(input)?;
        let (input, session) = le_u32(input)?;
        let (input, code) = match auth_type {
            AuthType::None => (input, None),
            _ => array(input).map(|(rest, code)| (rest, Some(code)))?,
        };
        let (input, [len]) = array(input)?;
        let (input, message) = take(usize::from(len))(input)?;
        Ok((input, Self { auth_type, sequence, session, code, message }))
    }

    /// Writes the packet. [`Full`] also when the message is longer than 255 bytes.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.auth_type.code())?;
        out.u32_le(self.sequence)?;
        out.u32_le(self.session)?;
        if let Some(code) = &self.code {
            out.bytes(code)?;
        }
        out.u8(u8::try_from(self.message.len()).map_err(|_| Full)?)?;
        out.bytes(self.message)
    }
}
