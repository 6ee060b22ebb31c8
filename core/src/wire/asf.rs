//! ASF presence ping and pong (ASF 2.0, sections 3.2.4.2 and 3.2.4.3; IPMI 2.0, section 13.2).

use nom::number::complete::be_u32;

use super::{Full, Malformed, Step, Writer, array, value};

/// The enterprise number of ASF itself, in every presence message.
const ASF_ENTERPRISE: u32 = 4542;
const PING: u8 = 0x80;
const PONG: u8 = 0x40;
const PONG_DATA_LEN: u8 = 16;

/// A message of ASF, behind the RMCP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// Asks who is there.
    Ping {
        /// Repeated by the pong.
        tag: u8,
    },
    /// Answers a ping.
    Pong(Pong),
    /// Another type of message.
    Unknown {
        /// Its number.
        kind: u8,
    },
}

/// What a machine says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pong {
    /// The tag of the ping.
    pub tag: u8,
    /// IANA enterprise number; 4542 (ASF) when no OEM capabilities follow.
    pub enterprise: u32,
    /// Defined by that enterprise.
    pub oem: u32,
    /// Bit 7: IPMI is supported. Bits 3 to 0: version of ASF.
    pub entities: u8,
    /// Bit 7: RMCP security extensions. Bit 5: DASH.
    pub interactions: u8,
}

impl Pong {
    /// Whether the machine says that it speaks IPMI.
    pub const fn speaks_ipmi(self) -> bool {
        self.entities & 0x80 != 0
    }
}

impl Message {
    /// Reads what follows the RMCP header.
    pub fn parse(input: &[u8]) -> Result<Self, Malformed> {
        value(Self::step(input))
    }

    fn step(input: &[u8]) -> Step<'_, Self> {
        let (input, enterprise) = be_u32(input)?;
        if enterprise != ASF_ENTERPRISE {
            return Err(nom::Err::Error(Malformed));
        }
        let (input, [kind, tag, _, len]) = array(input)?;
        match kind {
            PING => Ok((input, Self::Ping { tag })),
            PONG if len >= PONG_DATA_LEN => {
                let (input, enterprise) = be_u32(input)?;
                let (input, oem) = be_u32(input)?;
                let (input, [entities, interactions]) = array(input)?;
                let pong = Pong { tag, enterprise, oem, entities, interactions };
                Ok((input, Self::Pong(pong)))
            }
            PONG => Err(nom::Err::Error(Malformed)),
            kind => Ok((input, Self::Unknown { kind })),
        }
    }

    /// Writes the message. [`Message::Unknown`] is written without data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u32_be(ASF_ENTERPRISE)?;
        match self {
            Self::Ping { tag } => out.bytes(&[PING, *tag, 0, 0]),
            Self::Unknown { kind } => out.bytes(&[*kind, 0, 0, 0]),
            Self::Pong(pong) => {
                out.bytes(&[PONG, pong.tag, 0, PONG_DATA_LEN])?;
                out.u32_be(pong.enterprise)?;
                out.u32_be(pong.oem)?;
                out.bytes(&[pong.entities, pong.interactions, 0, 0, 0, 0, 0, 0])
            }
        }
    }
}
