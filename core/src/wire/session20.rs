//! Session header and trailer of IPMI 2.0 (RMCP+; sections 13.6 and 13.28.4, table 13-8).

use nom::bytes::complete::take;
use nom::number::complete::{le_u16, le_u32};

use super::{Full, Malformed, Step, Writer, array, value};

/// The first byte of the header, where IPMI 1.5 has its authentication type.
pub const FORMAT: u8 = 0x06;
/// Length of the header, in bytes, without OEM payload fields.
pub const HEADER_LEN: usize = 12;

/// Next-header byte of every trailer: reserved, always 7.
const NEXT_HEADER: u8 = 0x07;
const PAD: u8 = 0xff;
const ENCRYPTED: u8 = 0x80;
const AUTHENTICATED: u8 = 0x40;

/// What a payload is (table 13-16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadType {
    /// An IPMI message.
    Ipmi,
    /// RMCP+ Open Session Request.
    OpenSessionRequest,
    /// RMCP+ Open Session Response.
    OpenSessionResponse,
    /// RAKP message 1.
    Rakp1,
    /// RAKP message 2.
    Rakp2,
    /// RAKP message 3.
    Rakp3,
    /// RAKP message 4.
    Rakp4,
    /// Serial over LAN, OEM and reserved ones.
    Unknown(u8),
}

impl PayloadType {
    const fn from_number(number: u8) -> Self {
        match number {
            0x00 => Self::Ipmi,
            0x10 => Self::OpenSessionRequest,
            0x11 => Self::OpenSessionResponse,
            0x12 => Self::Rakp1,
            0x13 => Self::Rakp2,
            0x14 => Self::Rakp3,
            0x15 => Self::Rakp4,
            other => Self::Unknown(other),
        }
    }

    const fn number(self) -> u8 {
        match self {
            Self::Ipmi => 0x00,
            Self::OpenSessionRequest => 0x10,
            Self::OpenSessionResponse => 0x11,
            Self::Rakp1 => 0x12,
            Self::Rakp2 => 0x13,
            Self::Rakp3 => 0x14,
            Self::Rakp4 => 0x15,
            Self::Unknown(number) => number,
        }
    }
}

/// The payload type of OEM payloads, whose header has six bytes more.
const OEM_EXPLICIT: u8 = 0x02;

/// The header, without the payload length that follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The payload is encrypted.
    pub encrypted: bool,
    /// The packet ends with a trailer.
    pub authenticated: bool,
    /// What the payload is.
    pub payload_type: PayloadType,
    /// Session id of the receiver; 0 outside a session.
    pub session: u32,
    /// Session sequence number; 0 outside a session.
    pub sequence: u32,
}

impl Header {
    /// The header of a packet outside a session.
    pub const fn outside(payload_type: PayloadType) -> Self {
        Self { encrypted: false, authenticated: false, payload_type, session: 0, sequence: 0 }
    }

    /// Writes the header with a payload length of 0; [`set_payload_len`] puts the real one in.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        let flags = if self.encrypted { ENCRYPTED } else { 0 }
            | if self.authenticated { AUTHENTICATED } else { 0 };
        out.bytes(&[FORMAT, flags | self.payload_type.number() & 0x3f])?;
        out.u32_le(self.session)?;
        out.u32_le(self.sequence)?;
        out.bytes(&[0, 0])
    }
}

/// Puts the payload's length into the header at the start of `packet`, which ends with the payload.
pub fn set_payload_len(packet: &mut [u8]) -> Result<(), Full> {
    let len = packet.len().checked_sub(HEADER_LEN).ok_or(Full)?;
    let bytes = u16::try_from(len).map_err(|_| Full)?.to_le_bytes();
    packet.get_mut(HEADER_LEN - 2..HEADER_LEN).ok_or(Full)?.copy_from_slice(&bytes);
    Ok(())
}

/// A packet of IPMI 2.0, behind the RMCP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Its header.
    pub header: Header,
    /// Where the payload begins, counted from the start of the header.
    pub payload_at: usize,
    /// The payload, as it came: encrypted if the header says so.
    pub payload: &'a [u8],
    /// What follows the payload: the trailer, if the header says so.
    pub trailer: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads what follows the RMCP header.
    pub fn parse(input: &'a [u8]) -> Result<Self, Malformed> {
        value(Self::step(input))
    }

    fn step(input: &'a [u8]) -> Step<'a, Self> {
        let whole = input;
        let (input, [format, kind]) = array(input)?;
        if format & 0x0f != FORMAT {
            return Err(nom::Err::Error(Malformed));
        }
        let number = kind & 0x3f;
        let (input, _oem) = take(if number == OEM_EXPLICIT { 6usize } else { 0 })(input)?;
        let (input, session) = le_u32(input)?;
        let (input, sequence) = le_u32(input)?;
        let (input, len) = le_u16(input)?;
        let payload_at = whole.len() - input.len();
        let (trailer, payload) = take(usize::from(len))(input)?;
        let header = Header {
            encrypted: kind & ENCRYPTED != 0,
            authenticated: kind & AUTHENTICATED != 0,
            payload_type: PayloadType::from_number(number),
            session,
            sequence,
        };
        Ok((&[], Self { header, payload_at, payload, trailer }))
    }
}

/// Pads `packet`, which begins with the session header, and writes the trailer up to its code.
///
/// Everything from the header to the next-header byte becomes a multiple of four bytes long; that
/// is what the code is computed over.
pub fn emit_trailer(packet: &mut Writer<'_>, start: usize) -> Result<(), Full> {
    let covered = packet.len().saturating_sub(start) + 2;
    let pad = covered.next_multiple_of(4) - covered;
    packet.bytes([PAD; 3].get(..pad).unwrap_or_default())?;
    packet.bytes(&[u8::try_from(pad).map_err(|_| Full)?, NEXT_HEADER])
}
