//! RMCP header (ASF 2.0, section 3.2.2.2; IPMI 2.0, section 13.1).

use super::{Full, Malformed, Step, Writer, array, value};

/// Length of the header, in bytes.
pub const HEADER_LEN: usize = 4;

const VERSION: u8 = 0x06;
/// No RMCP acknowledge is wanted, which is always so for IPMI.
const NO_ACK: u8 = 0xff;

/// What the datagram carries behind the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Alert Standard Format: presence ping and pong.
    Asf,
    /// IPMI.
    Ipmi,
    /// Anything else.
    Unknown(u8),
}

impl Class {
    const fn number(self) -> u8 {
        match self {
            Self::Asf => 0x06,
            Self::Ipmi => 0x07,
            Self::Unknown(number) => number,
        }
    }
}

/// The header. An acknowledge (bit 7 of the class) is [`Class::Unknown`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// RMCP sequence number; 255 where no acknowledge is wanted.
    pub sequence: u8,
    /// What follows.
    pub class: Class,
}

impl Header {
    /// The header of a message of that class, without acknowledge.
    pub const fn new(class: Class) -> Self {
        Self { sequence: NO_ACK, class }
    }

    /// Reads the header; returns it with the bytes behind it.
    pub fn parse(input: &[u8]) -> Result<(Self, &[u8]), Malformed> {
        value(Self::step(input).map(|(rest, header)| (rest, (header, rest))))
    }

    fn step(input: &[u8]) -> Step<'_, Self> {
        let (rest, [version, _, sequence, class]) = array(input)?;
        if version != VERSION {
            return Err(nom::Err::Error(Malformed));
        }
        let class = match class {
            0x06 => Class::Asf,
            0x07 => Class::Ipmi,
            other => Class::Unknown(other),
        };
        Ok((rest, Self { sequence, class }))
    }

    /// Writes the header.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.bytes(&[VERSION, 0, self.sequence, self.class.number()])
    }
}
