//! The IPMI message inside a LAN payload (IPMI 2.0, section 13.8): IPMB's frame with two
//! checksums.

use nom::bytes::complete::take;

use super::{Full, Malformed, Step, Writer, array, value};

/// Slave address of the BMC.
pub const BMC: u8 = 0x20;
/// Software id of a remote console.
pub const CONSOLE: u8 = 0x81;
/// The highest sequence number of a request; the field has six bits.
pub const MAX_SEQUENCE: u8 = 0x3f;
/// Shortest answer: both addresses, both checksums, sequence, command and completion code.
pub const MIN_RESPONSE: usize = 8;

/// A request or an answer; `data` of an answer begins with the completion code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Whom it is for: [`BMC`] for a request, [`CONSOLE`] for an answer.
    pub to: u8,
    /// Network function, odd in an answer.
    pub net_fn: u8,
    /// Logical unit of the receiver.
    pub to_lun: u8,
    /// Whom it is from.
    pub from: u8,
    /// Sequence number of the request, 0 to [`MAX_SEQUENCE`].
    pub sequence: u8,
    /// Logical unit of the sender.
    pub from_lun: u8,
    /// Command number.
    pub command: u8,
    /// What belongs to the command.
    pub data: &'a [u8],
    /// Whether both checksums were right; what is emitted always carries right ones.
    pub sums: Checksums,
}

/// Whether the two checksums of a message fit its bytes.
///
/// A wrong one is not refused here: some BMCs send wrong sums inside a trailer that verifies, and
/// only the session knows about that trailer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksums {
    /// Both fit.
    Good,
    /// At least one does not.
    Bad,
}

impl<'a> Message<'a> {
    /// Reads a whole message.
    pub fn parse(input: &'a [u8]) -> Result<Self, Malformed> {
        value(Self::step(input))
    }

    fn step(input: &'a [u8]) -> Step<'a, Self> {
        let whole = input;
        let (input, [to, net_fn, head_sum]) = array(input)?;
        let (input, [from, sequence, command]) = array(input)?;
        let (input, data) = take(input.len().saturating_sub(1))(input)?;
        let (input, [tail_sum]) = array(input)?;
        let body = whole.get(3..whole.len() - 1).unwrap_or_default();
        let good = head_sum == checksum(&[to, net_fn]) && tail_sum == checksum(body);
        Ok((
            input,
            Self {
                to,
                net_fn: net_fn >> 2,
                to_lun: net_fn & 3,
                from,
                sequence: sequence >> 2,
                from_lun: sequence & 3,
                command,
                data,
                sums: if good { Checksums::Good } else { Checksums::Bad },
            },
        ))
    }

    /// Writes the message with its checksums.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        let head = [self.to, self.net_fn << 2 | self.to_lun & 3];
        let body = [self.from, self.sequence << 2 | self.from_lun & 3, self.command];
        out.bytes(&head)?;
        out.u8(checksum(&head))?;
        out.bytes(&body)?;
        out.bytes(self.data)?;
        out.u8(checksum(&body).wrapping_add(checksum(self.data)))
    }
}

/// The two's complement of the sum of all bytes (IPMB 1.0, section 2).
fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum: u8, byte| sum.wrapping_sub(*byte))
}
