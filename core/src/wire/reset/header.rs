//! The frame around every message (section 2): 48 bytes before the body, 16 behind it.

use nom::bytes::complete::take;
use nom::number::complete::{be_u8, be_u16, be_u64};

use super::Kind;
use crate::counters::ResetDiscard;
use crate::limits::MAX_RESET_DATAGRAM;
use crate::types::{Epoch, KeyNumber, Party};
use crate::wire::{Full, Malformed, Step, Writer, whole};

/// "RPP1".
const MAGIC: [u8; 4] = *b"RPP1";
const TO_MANY: u8 = 0x01;

/// Bytes before the body.
pub const HEADER_LEN: usize = 48;

/// Bytes behind the body: HMAC-SHA-256 over all before it, cut to its first 16 bytes.
pub const TAG_LEN: usize = 16;

/// What stands before the body, but for the body's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the body is.
    pub kind: Kind,
    /// Whether the datagram went to many at once.
    pub many: bool,
    /// Cluster number.
    pub cluster: u16,
    /// Who sends it.
    pub sender: Party,
    /// Who it is for; `None` = many, or not yet known.
    pub destination: Option<Party>,
    /// Which of the cluster's keys made the tag.
    pub key_number: KeyNumber,
    /// 0 = reset path, 1 to 255 = that monitoring path.
    pub path: u8,
    /// The sender's start.
    pub epoch: Epoch,
    /// 1, 2, 3 ... within the epoch, one count per destination and path.
    pub sequence: u64,
    /// The last nonce that the sender received from this destination on this path; 0 = none yet.
    pub echo: u64,
    /// The sender's present nonce for this destination and path; 0 = none.
    pub nonce: u64,
}

impl Header {
    /// Writes the header of a body of `body_len` bytes.
    pub fn emit(&self, body_len: u16, out: &mut Writer<'_>) -> Result<(), Full> {
        out.bytes(&MAGIC)?;
        out.u8(self.kind.code())?;
        out.u8(if self.many { TO_MANY } else { 0 })?;
        out.u16_be(self.cluster)?;
        out.u16_be(self.sender.code())?;
        out.u16_be(self.destination.map_or(0, Party::code))?;
        out.u16_be(body_len)?;
        out.u8(self.key_number.get())?;
        out.u8(self.path)?;
        out.u64_be(self.epoch.0)?;
        out.u64_be(self.sequence)?;
        out.u64_be(self.echo)?;
        out.u64_be(self.nonce)
    }
}

/// A datagram taken apart, of which nothing is proved yet. Numbers that name nothing are `None`:
/// each has its place among the checks of whoever opens it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// What the body is; `None` for a kind that is not listed.
    pub kind: Option<Kind>,
    /// Whether the datagram went to many at once.
    pub many: bool,
    /// Cluster number.
    pub cluster: u16,
    /// Who sends it; `None` for 0.
    pub sender: Option<Party>,
    /// Who it is for; `None` for 0.
    pub destination: Option<Party>,
    /// Which key made the tag; `None` for 0.
    pub key_number: Option<KeyNumber>,
    /// The path.
    pub path: u8,
    /// The sender's start.
    pub epoch: Epoch,
    /// Sequence.
    pub sequence: u64,
    /// Echo.
    pub echo: u64,
    /// Nonce.
    pub nonce: u64,
    /// What the tag covers.
    pub covered: &'a [u8],
    /// The body.
    pub body: &'a [u8],
    /// The tag.
    pub tag: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Takes a datagram apart; fails with the first of length, magic and length of the body that
    /// is wrong. Flags but for *sent to many* are ignored.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, ResetDiscard> {
        let lengths = HEADER_LEN + TAG_LEN..=MAX_RESET_DATAGRAM;
        if !lengths.contains(&datagram.len()) {
            return Err(ResetDiscard::Length);
        }
        let rest = datagram.strip_prefix(&MAGIC).ok_or(ResetDiscard::Magic)?;
        let (covered, _) = datagram.split_at(datagram.len() - TAG_LEN);
        whole(Self::step(covered, rest)).map_err(|Malformed| ResetDiscard::BodyLength)
    }

    fn step(covered: &'a [u8], input: &'a [u8]) -> Step<'a, Self> {
        let (input, kind) = be_u8(input)?;
        let (input, flags) = be_u8(input)?;
        let (input, cluster) = be_u16(input)?;
        let (input, sender) = be_u16(input)?;
        let (input, destination) = be_u16(input)?;
        let (input, body_len) = be_u16(input)?;
        let (input, key_number) = be_u8(input)?;
        let (input, path) = be_u8(input)?;
        let (input, epoch) = be_u64(input)?;
        let (input, sequence) = be_u64(input)?;
        let (input, echo) = be_u64(input)?;
        let (input, nonce) = be_u64(input)?;
        let (input, body) = take(body_len)(input)?;
        let (input, tag) = take(TAG_LEN)(input)?;
        let envelope = Self {
            kind: Kind::of(kind),
            many: flags & TO_MANY != 0,
            cluster,
            sender: Party::of(sender),
            destination: Party::of(destination),
            key_number: KeyNumber::new(key_number),
            path,
            epoch: Epoch(epoch),
            sequence,
            echo,
            nonce,
            covered,
            body,
            tag,
        };
        Ok((input, envelope))
    }

    /// The header, when every number in it names something.
    pub fn header(&self) -> Option<Header> {
        Some(Header {
            kind: self.kind?,
            many: self.many,
            cluster: self.cluster,
            sender: self.sender?,
            destination: self.destination,
            key_number: self.key_number?,
            path: self.path,
            epoch: self.epoch,
            sequence: self.sequence,
            echo: self.echo,
            nonce: self.nonce,
        })
    }
}
