//! What our session sent, beside what the recorded client had sent.

use komainu_core::wire::ipmb;

use crate::recorded::datagram::TAG_AT;
use crate::recorded::{Datagram, Direction, Kind};

/// Where a datagram of ours may differ from the recorded client's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// RAKP message tag: ours counts up from the first one drawn, ipmitool's is always 0. No key
    /// or code depends on it.
    Tag,
    /// Get Channel Authentication Capabilities: ours asks for the data of 2.0 and for the level
    /// that it will log in with. It is outside the session.
    Capabilities,
}

/// What our session sent, beside what the client had sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Byte for byte the same.
    Same,
    /// The same but for one field.
    But(Difference),
}

/// Fields of our last login question that the answer has to repeat, and that no code covers.
#[derive(Clone, Copy, Default)]
pub(super) struct Marks {
    /// RAKP message tag, recorded and ours.
    pub(super) tag: (u8, u8),
    /// Sequence number of the question for capabilities.
    pub(super) capabilities: u8,
}

/// Whether `sent` is the recorded question, for all that matters to the BMC; notes its tag.
pub(super) fn compare(recorded: &Datagram, sent: &[u8], marks: &mut Marks) -> Result<Sent, String> {
    let mut expected = recorded.bytes.clone();
    let tagged = matches!(recorded.kind, Kind::Open | Kind::Rakp12 | Kind::Rakp34);
    if let (true, Some(ours)) = (tagged, sent.get(TAG_AT)) {
        let theirs = std::mem::replace(&mut expected[TAG_AT], *ours);
        if expected == sent {
            marks.tag = (theirs, *ours);
        }
    }
    if expected == sent && recorded.kind != Kind::Capabilities {
        let same = sent == recorded.bytes;
        return Ok(if same { Sent::Same } else { Sent::But(Difference::Tag) });
    }
    let capabilities = (recorded.kind == Kind::Capabilities)
        .then(|| capabilities_of(&recorded.ipmi(), sent))
        .flatten();
    if let Some(sequence) = capabilities {
        marks.capabilities = sequence;
        let same = sent == recorded.bytes;
        return Ok(if same { Sent::Same } else { Sent::But(Difference::Capabilities) });
    }
    Err(astray(&recorded.bytes, sent))
}

/// The sequence number of `sent`, if it asks what `recorded` asks, apart from that number, the
/// level and the data of 2.0.
fn capabilities_of(recorded: &ipmb::Message<'_>, sent: &[u8]) -> Option<u8> {
    let sent = Datagram::new(Direction::ToBmc, sent.to_vec(), None).ok()?;
    if sent.kind != Kind::Capabilities {
        return None;
    }
    let (theirs, ours) = (recorded.data.first()?, sent.ipmi());
    let [channel, _] = ours.data else { return None };
    ((theirs ^ channel) & 0x7f == 0).then_some(ours.sequence)
}

/// How two datagrams differ.
pub(super) fn astray(recorded: &[u8], ours: &[u8]) -> String {
    format!("\n recorded {recorded:02x?}\n ours     {ours:02x?}")
}
