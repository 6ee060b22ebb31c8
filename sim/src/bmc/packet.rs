//! Packets on the wire: RMCP and ASF (section 13.1, ASF 2.0 section 3.2.4), session headers of
//! IPMI 1.5 and 2.0 (section 13.6), messages (section 13.8).

use super::counters::Discard;

/// ASF's enterprise number.
const ASF_IANA: [u8; 4] = 4542u32.to_be_bytes();
const RMCP_IPMI: [u8; 4] = [0x06, 0x00, 0xff, 0x07];
const RMCP_ASF: [u8; 4] = [0x06, 0x00, 0xff, 0x06];
/// The BMC's slave address, the only one that requests may name.
const BMC_ADDRESS: u8 = 0x20;
/// The authentication type that stands for the RMCP+ format.
const RMCP_PLUS: u8 = 0x06;

/// A datagram by its class.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Packet<'a> {
    /// An ASF presence ping with this tag.
    Ping(u8),
    V15(V15<'a>),
    V20(V20<'a>),
}

/// An IPMI 1.5 packet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct V15<'a> {
    pub(super) auth_type: u8,
    pub(super) sequence: [u8; 4],
    pub(super) session_id: [u8; 4],
    /// All zero when the authentication type is none.
    pub(super) code: [u8; 16],
    pub(super) message: &'a [u8],
}

/// An RMCP+ packet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct V20<'a> {
    pub(super) encrypted: bool,
    pub(super) authenticated: bool,
    /// Without the two bits above.
    pub(super) payload_type: u8,
    pub(super) session_id: [u8; 4],
    pub(super) sequence: u32,
    pub(super) payload: &'a [u8],
    /// From the authentication type to the end: what the trailer's code covers, and the code.
    pub(super) sealed: &'a [u8],
    /// Length of what precedes the integrity pad in `sealed`.
    pub(super) head_len: usize,
}

/// The payload types used here (table 13-16).
pub(super) mod payload {
    pub(in crate::bmc) const IPMI: u8 = 0x00;
    pub(in crate::bmc) const OPEN_REQUEST: u8 = 0x10;
    pub(in crate::bmc) const OPEN_RESPONSE: u8 = 0x11;
    pub(in crate::bmc) const RAKP1: u8 = 0x12;
    pub(in crate::bmc) const RAKP2: u8 = 0x13;
    pub(in crate::bmc) const RAKP3: u8 = 0x14;
    pub(in crate::bmc) const RAKP4: u8 = 0x15;
}

impl<'a> Packet<'a> {
    /// Reads a datagram; the error is why it is not for a BMC.
    pub(super) fn parse(datagram: &'a [u8]) -> Result<Self, Discard> {
        let (rmcp, rest) = datagram.split_first_chunk::<4>().ok_or(Discard::Malformed)?;
        // The sequence number (third byte) only matters to those who ask for an RMCP ACK.
        match [rmcp[0], rmcp[3]] {
            [0x06, 0x06] => parse_ping(rest),
            [0x06, 0x07] if rest.first() == Some(&RMCP_PLUS) => parse_v20(rest),
            [0x06, 0x07] => parse_v15(rest),
            _ => Err(Discard::Malformed),
        }
    }
}

fn parse_ping(rest: &[u8]) -> Result<Packet<'_>, Discard> {
    match rest {
        [a, b, c, d, 0x80, tag, ..] if [*a, *b, *c, *d] == ASF_IANA => Ok(Packet::Ping(*tag)),
        _ => Err(Discard::Malformed),
    }
}

fn parse_v15(rest: &[u8]) -> Result<Packet<'_>, Discard> {
    let mut reader = Reader(rest);
    let auth_type = reader.byte()?;
    let sequence = reader.array()?;
    let session_id = reader.array()?;
    let code = if auth_type == 0 { [0; 16] } else { reader.array()? };
    let len = reader.byte()?;
    let message = reader.take(usize::from(len))?;
    // One byte may follow: the legacy pad against sizes some network chips cannot take.
    if reader.0.len() > 1 {
        return Err(Discard::Malformed);
    }
    Ok(Packet::V15(V15 { auth_type, sequence, session_id, code, message }))
}

fn parse_v20(rest: &[u8]) -> Result<Packet<'_>, Discard> {
    let mut reader = Reader(rest);
    reader.byte()?;
    let kind = reader.byte()?;
    let session_id = reader.array()?;
    let sequence = u32::from_le_bytes(reader.array()?);
    let len = u16::from_le_bytes(reader.array()?);
    let payload = reader.take(usize::from(len))?;
    Ok(Packet::V20(V20 {
        encrypted: kind & 0x80 != 0,
        authenticated: kind & 0x40 != 0,
        payload_type: kind & 0x3f,
        session_id,
        sequence,
        payload,
        sealed: rest,
        head_len: rest.len() - reader.0.len(),
    }))
}

/// Takes bytes off the front.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn byte(&mut self) -> Result<u8, Discard> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Discard> {
        let (head, rest) = self.0.split_first_chunk().ok_or(Discard::Malformed)?;
        self.0 = rest;
        Ok(*head)
    }

    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], Discard> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(Discard::Malformed)?;
        self.0 = rest;
        Ok(head)
    }
}

/// Writes an ASF presence pong: IPMI supported, ASF 1.0.
pub(super) fn write_pong(tag: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&RMCP_ASF);
    out.extend_from_slice(&ASF_IANA);
    out.extend_from_slice(&[0x40, tag, 0, 16]);
    out.extend_from_slice(&ASF_IANA);
    out.extend_from_slice(&[0, 0, 0, 0, 0x81, 0, 0, 0, 0, 0, 0, 0]);
}

/// Writes an IPMI 1.5 packet; no code for authentication type none.
pub(super) fn write_v15(
    auth_type: u8,
    sequence: [u8; 4],
    session_id: [u8; 4],
    code: Option<[u8; 16]>,
    message: &[u8],
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(&RMCP_IPMI);
    out.push(auth_type);
    out.extend_from_slice(&sequence);
    out.extend_from_slice(&session_id);
    if let Some(code) = code {
        out.extend_from_slice(&code);
    }
    out.push(message.len() as u8);
    out.extend_from_slice(message);
}

/// Writes the header of an RMCP+ packet with an empty payload; [`end_v20`] sets its length.
pub(super) fn begin_v20(kind: u8, session_id: [u8; 4], sequence: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&RMCP_IPMI);
    out.extend_from_slice(&[RMCP_PLUS, kind]);
    out.extend_from_slice(&session_id);
    out.extend_from_slice(&sequence.to_le_bytes());
    out.extend_from_slice(&[0, 0]);
}

/// Where the payload begins after [`begin_v20`] in an empty buffer.
const V20_PAYLOAD: usize = 16;

/// Sets the payload length of the packet that [`begin_v20`] began.
pub(super) fn end_v20(out: &mut [u8]) {
    let len = (out.len() - V20_PAYLOAD) as u16;
    out[V20_PAYLOAD - 2..V20_PAYLOAD].copy_from_slice(&len.to_le_bytes());
}

/// Appends integrity pad, pad length and next header (table 13-8): what the code covers becomes
/// a multiple of four bytes.
pub(super) fn pad_v20(out: &mut Vec<u8>) {
    let covered = out.len() - RMCP_IPMI.len() + 2;
    let pad = covered.next_multiple_of(4) - covered;
    out.extend_from_slice(&[0xff; 3][..pad]);
    out.extend_from_slice(&[pad as u8, 0x07]);
}

/// A request in the form of section 13.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Request<'a> {
    pub(super) responder: u8,
    pub(super) net_fn: u8,
    pub(super) responder_lun: u8,
    pub(super) requester: u8,
    pub(super) rq_seq: u8,
    pub(super) requester_lun: u8,
    pub(super) command: u8,
    pub(super) data: &'a [u8],
}

impl<'a> Request<'a> {
    pub(super) fn parse(message: &'a [u8]) -> Result<Self, Discard> {
        let (body, [check2]) = message.split_last_chunk::<1>().ok_or(Discard::Message)?;
        let [responder, net_fn, check1, requester, seq, command, data @ ..] = body else {
            return Err(Discard::Message);
        };
        if *responder != BMC_ADDRESS {
            return Err(Discard::Message);
        }
        let right = checksum(&[*responder, *net_fn]) == *check1 && checksum(&body[3..]) == *check2;
        // An odd network function is an answer, which nobody owes the BMC.
        if !right || net_fn & 0x04 != 0 {
            return Err(Discard::Message);
        }
        Ok(Self {
            responder: *responder,
            net_fn: net_fn >> 2,
            responder_lun: net_fn & 0x03,
            requester: *requester,
            rq_seq: seq >> 2,
            requester_lun: seq & 0x03,
            command: *command,
            data,
        })
    }

    /// Begins the answer with its completion code; data follows, then [`end_answer`].
    pub(super) fn begin_answer(&self, completion: u8, out: &mut Vec<u8>) {
        let head = [self.requester, (self.net_fn | 1) << 2 | self.requester_lun];
        out.extend_from_slice(&head);
        out.push(checksum(&head));
        out.push(self.responder);
        out.extend_from_slice(&[self.rq_seq << 2 | self.responder_lun, self.command, completion]);
    }
}

/// Where the completion code stands in an answer.
pub(super) const COMPLETION_AT: usize = 6;

/// Appends the second checksum.
pub(super) fn end_answer(out: &mut Vec<u8>) {
    let check = checksum(&out[3..]);
    out.push(check);
}

/// The two's complement checksum of section 13.8.
pub(super) fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0u8, |sum, byte| sum.wrapping_sub(*byte))
}
