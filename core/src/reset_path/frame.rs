//! Opening and sealing a datagram (section 2, *Frame*).

use super::{ClusterKeys, Identity};
use crate::counters::ResetDiscard;
use crate::crypto::{Hash, codes_match, hmac};
use crate::limits::CLUSTER_KEY_LEN;
use crate::secret::Secret;
use crate::wire::reset::{Envelope, Header, Message, TAG_LEN};
use crate::wire::{Full, Malformed, Writer};

/// An authentic datagram. Whether it is new, only the [`Dialogue`](super::Dialogue) knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its header.
    pub header: Header,
    body: &'a [u8],
}

impl Frame<'_> {
    /// What it says: the last of the checks, after the one of epoch and sequence.
    pub fn message(&self) -> Result<Message, ResetDiscard> {
        Message::parse(self.header.kind, self.body).map_err(|Malformed| ResetDiscard::Body)
    }
}

/// Holds a datagram against who we are and the cluster's keys; changes nothing.
///
/// The checks are those of section 2, in that order, up to the one that the sender is of a class
/// that may send this kind. What follows is the dialogue's.
pub fn open<'a>(
    identity: &Identity,
    keys: &ClusterKeys,
    datagram: &'a [u8],
) -> Result<Frame<'a>, ResetDiscard> {
    let envelope = Envelope::parse(datagram)?;
    if envelope.cluster != identity.cluster() {
        return Err(ResetDiscard::Cluster);
    }
    is_for(&envelope, identity)?;
    if envelope.sender == Some(identity.party()) {
        return Err(ResetDiscard::OwnSender);
    }
    let key = envelope.key_number.and_then(|number| keys.get(number)).ok_or(ResetDiscard::Key)?;
    if !codes_match(&tag(key, envelope.covered), envelope.tag) {
        return Err(ResetDiscard::Tag);
    }
    let sender = envelope.sender.ok_or(ResetDiscard::Sender)?;
    // All is named by now, but for the kind.
    let header = envelope.header().ok_or(ResetDiscard::Class)?;
    if !header.kind.is_sent_by(sender) || !header.kind.is_for(identity.party()) {
        return Err(ResetDiscard::Class);
    }
    Ok(Frame { header, body: envelope.body })
}

/// Without a destination a datagram is for all of the class that its kind is for.
fn is_for(envelope: &Envelope<'_>, identity: &Identity) -> Result<(), ResetDiscard> {
    match (envelope.destination, envelope.kind) {
        (Some(destination), _) if destination == identity.party() => Ok(()),
        (None, Some(kind)) if kind.may_lack_destination() => {
            if kind.is_for(identity.party()) {
                Ok(())
            } else {
                Err(ResetDiscard::Broadcast)
            }
        }
        (Some(_), _) | (None, _) => Err(ResetDiscard::Destination),
    }
}

/// Writes a datagram, and says how long it is; [`Full`] when `out` is too short. A buffer of
/// [`MAX_RESET_DATAGRAM`](crate::limits::MAX_RESET_DATAGRAM) takes every message.
///
/// The header is taken as it is; [`Dialogue::seal`](super::Dialogue::seal) makes the right one.
pub fn seal(
    key: &Secret<CLUSTER_KEY_LEN>,
    header: &Header,
    message: &Message,
    out: &mut [u8],
) -> Result<usize, Full> {
    let body_len = body_len(message, out)?;
    let mut writer = Writer::new(out);
    header.emit(body_len, &mut writer)?;
    message.emit(&mut writer)?;
    let tag = tag(key, writer.written());
    writer.bytes(&tag)?;
    Ok(writer.len())
}

/// The length of the body, which stands before it; `room` is written over.
fn body_len(message: &Message, room: &mut [u8]) -> Result<u16, Full> {
    let mut body = Writer::new(room);
    message.emit(&mut body)?;
    u16::try_from(body.len()).map_err(|_| Full)
}

fn tag(key: &Secret<CLUSTER_KEY_LEN>, covered: &[u8]) -> [u8; TAG_LEN] {
    let code = hmac(Hash::Sha256, key.expose(), &[covered]);
    code.expose().first_chunk().copied().unwrap_or_default()
}
