//! What a datagram of the reset path says, read at the offsets of the protocol's page.
//!
//! Written apart from the core's codec, so that a shared mistake cannot cancel out.

use std::collections::BTreeMap;

/// Length of the header.
const HEADER: usize = 48;
/// Numbers of connectors begin here.
const CONNECTORS: u16 = 0xff00;

/// What the checks need of a datagram that a party has handed to the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said<'b> {
    /// Who sent it, as on the wire.
    pub sender: u16,
    /// For whom.
    pub destination: u16,
    /// The sender's epoch.
    pub epoch: u64,
    /// The sender's count within the epoch.
    pub sequence: u64,
    /// Over which path.
    pub path: u8,
    /// What it says.
    pub message: Message<'b>,
}

/// The newest that came, by sender, destination and path.
#[derive(Clone, Debug, Default)]
pub struct Newest(BTreeMap<(u16, u16, u8), (u64, u64)>);

impl Newest {
    /// Whether something that was sent later came before this. What an attacker made up may count
    /// as later, too.
    pub fn overtook(&mut self, said: &Said<'_>) -> bool {
        let newest = self.0.entry((said.sender, said.destination, said.path)).or_default();
        let this = (said.epoch, said.sequence);
        let overtaken = this < *newest;
        *newest = this.max(*newest);
        overtaken
    }
}

/// The messages that the checks look into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'b> {
    /// A host asks for a reset.
    ResetRequest {
        /// Which question.
        id: u64,
        /// How; 5 is look only.
        method: u8,
        /// Why; 1 is heartbeat loss.
        reason: u8,
        /// The target's name.
        target: &'b [u8],
    },
    /// A connector answers.
    ResetResult {
        /// Which question.
        id: u64,
        /// 1 accepted, 2 working, 3 fenced, 4 refused, 5 failed.
        state: u8,
        /// Why.
        cause: u8,
        /// The proof.
        token: u64,
    },
    /// A connector tells everybody.
    Notice {
        /// What; 2 is fenced.
        event: u8,
        /// How it knows; 6 is the operator.
        source: u8,
        /// About which host.
        host: u16,
        /// The proof.
        token: u64,
    },
    /// Anything else.
    Other,
}

impl<'b> Said<'b> {
    /// Reads a datagram; `None` for what no party of the reset path would send.
    #[must_use]
    pub fn read(datagram: &'b [u8]) -> Option<Self> {
        let magic: [u8; 4] = bytes(datagram, 0)?;
        if magic != *b"RPP1" {
            return None;
        }
        let message = match datagram.get(4)? {
            3 => Message::ResetRequest {
                id: long(datagram, HEADER)?,
                method: *datagram.get(HEADER + 10)?,
                reason: *datagram.get(HEADER + 11)?,
                target: name(datagram, HEADER + 20)?,
            },
            4 => Message::ResetResult {
                id: long(datagram, HEADER)?,
                state: *datagram.get(HEADER + 8)?,
                cause: *datagram.get(HEADER + 9)?,
                token: long(datagram, HEADER + 15)?,
            },
            5 => Message::Notice {
                event: *datagram.get(HEADER + 8)?,
                source: *datagram.get(HEADER + 9)?,
                host: short(datagram, HEADER + 10)?,
                token: long(datagram, HEADER + 20)?,
            },
            _ => Message::Other,
        };
        Some(Self {
            sender: short(datagram, 8)?,
            destination: short(datagram, 10)?,
            path: *datagram.get(15)?,
            epoch: long(datagram, 16)?,
            sequence: long(datagram, 24)?,
            message,
        })
    }

    /// Whether a connector sent it.
    #[must_use]
    pub fn is_from_connector(&self) -> bool {
        self.sender >= CONNECTORS
    }
}

fn bytes<const N: usize>(datagram: &[u8], at: usize) -> Option<[u8; N]> {
    datagram.get(at..)?.first_chunk().copied()
}

fn short(datagram: &[u8], at: usize) -> Option<u16> {
    bytes(datagram, at).map(u16::from_be_bytes)
}

fn long(datagram: &[u8], at: usize) -> Option<u64> {
    bytes(datagram, at).map(u64::from_be_bytes)
}

fn name(datagram: &[u8], at: usize) -> Option<&[u8]> {
    let len = usize::from(*datagram.get(at)?);
    datagram.get(at + 1..at + 1 + len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_at_the_offsets_of_the_page() {
        let mut datagram = b"RPP1".to_vec();
        datagram.extend([3, 0, 0x1b, 0x59, 0, 2, 0xff, 1, 0, 23, 1, 0]);
        for number in [7_u64, 8, 9, 10] {
            datagram.extend(number.to_be_bytes());
        }
        datagram.extend(0x0102_0304_u64.to_be_bytes());
        datagram.extend([0, 1, 4, 1]);
        datagram.extend(99_u64.to_be_bytes());
        datagram.extend([2, b'h', b'1']);
        datagram.extend([0; 16]);
        let request =
            Message::ResetRequest { id: 0x0102_0304, method: 4, reason: 1, target: b"h1" };
        let said = Said::read(&datagram).unwrap();
        assert_eq!(said.message, request);
        assert_eq!((said.sender, said.destination), (2, 0xff01));
        assert_eq!((said.epoch, said.sequence, said.path), (7, 8, 0));
        assert!((0..71).all(|len| Said::read(&datagram[..len]).is_none()));
    }
}
