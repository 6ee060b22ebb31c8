//! One recorded datagram, and what it is.

use komainu_core::wire::command::session::AuthType;
use komainu_core::wire::rakp::{OpenSessionRequest, OpenSessionResponse, Proof, Rakp1, Rakp2};
use komainu_core::wire::rmcp::{Class, HEADER_LEN, Header};
use komainu_core::wire::session20::PayloadType;
use komainu_core::wire::{Malformed, ipmb, session15, session20};
use serde::Deserialize;

/// Who sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Direction {
    /// Client to BMC.
    #[serde(rename = "c")]
    ToBmc,
    /// BMC to client.
    #[serde(rename = "b")]
    ToClient,
}

/// A datagram.
#[derive(Clone, Debug)]
pub struct Datagram {
    /// Who sent it.
    pub direction: Direction,
    /// The UDP payload.
    pub bytes: Vec<u8>,
    /// The IPMI message in it: decrypted where the payload is encrypted.
    pub message: Option<Vec<u8>>,
    /// What it is.
    pub kind: Kind,
}

/// What a datagram is in its exchange; question and answer have the same kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Presence ping or pong.
    Ping,
    /// Get Channel Authentication Capabilities, outside a session.
    Capabilities,
    /// Get Session Challenge.
    Challenge,
    /// Activate Session.
    Activate,
    /// RMCP+ Open Session.
    Open,
    /// RAKP 1 or 2.
    Rakp12,
    /// RAKP 3 or 4.
    Rakp34,
    /// A message inside a session.
    Inside {
        /// Session sequence number.
        sequence: u32,
        /// The requester's sequence number.
        rq_seq: u8,
        /// Command number.
        command: u8,
    },
    /// Something else outside a session, which a session of ours neither asks nor hears.
    Other,
}

/// The packet behind the RMCP header.
pub enum Packet<'a> {
    /// IPMI 1.5.
    V15(session15::Packet<'a>),
    /// IPMI 2.0.
    V20(session20::Packet<'a>),
}

impl<'a> Packet<'a> {
    /// Reads the packet of a whole datagram.
    ///
    /// # Errors
    /// [`Malformed`] when it is none of IPMI.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, Malformed> {
        let (_, packet) = Header::parse(datagram)?;
        match packet.first() {
            Some(&session20::FORMAT) => session20::Packet::parse(packet).map(Self::V20),
            _ => session15::Packet::parse(packet).map(Self::V15),
        }
    }
}

/// Where the RAKP message tag of a login datagram is.
pub(super) const TAG_AT: usize = HEADER_LEN + session20::HEADER_LEN;
/// Length of the vector in front of an encrypted payload.
const VECTOR_LEN: usize = 16;

impl Datagram {
    /// A datagram with what it is found out; `plain` is the decrypted message.
    ///
    /// # Errors
    /// [`Malformed`] when it cannot be read.
    pub fn new(
        direction: Direction,
        bytes: Vec<u8>,
        plain: Option<Vec<u8>>,
    ) -> Result<Self, Malformed> {
        let (header, _) = Header::parse(&bytes)?;
        if header.class != Class::Ipmi {
            return Ok(Self { direction, bytes, message: None, kind: Kind::Ping });
        }
        let (kind, message) = match Packet::parse(&bytes)? {
            Packet::V15(packet) => kind_v15(&packet)?,
            Packet::V20(packet) => kind_v20(&packet, plain)?,
        };
        Ok(Self { direction, bytes, message, kind })
    }

    /// Its IPMI message.
    ///
    /// Panics when it has none; [`Datagram::new`] has parsed it.
    #[must_use]
    pub fn ipmi(&self) -> ipmb::Message<'_> {
        let message = self.message.as_deref().expect("a datagram with a message");
        ipmb::Message::parse(message).expect("parsed before")
    }

    /// Whether it was sent by the client.
    #[must_use]
    pub fn is_question(&self) -> bool {
        self.direction == Direction::ToBmc
    }

    /// Whether it lies inside a session.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        matches!(self.kind, Kind::Inside { .. })
    }

    /// Whether it is a part of a login.
    #[must_use]
    pub fn is_login(&self) -> bool {
        use Kind::{Activate, Capabilities, Challenge, Open, Rakp12, Rakp34};
        matches!(self.kind, Capabilities | Challenge | Activate | Open | Rakp12 | Rakp34)
    }

    /// The vector in front of its encrypted payload.
    #[must_use]
    pub fn vector(&self) -> Option<[u8; VECTOR_LEN]> {
        match Packet::parse(&self.bytes).ok()? {
            Packet::V20(packet) if packet.header.encrypted => packet.payload.first_chunk().copied(),
            Packet::V15(_) | Packet::V20(_) => None,
        }
    }

    /// The payload of RMCP+.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        match Packet::parse(&self.bytes) {
            Ok(Packet::V20(packet)) => packet.payload,
            Ok(Packet::V15(_)) | Err(_) => &[],
        }
    }
}

fn kind_v15(packet: &session15::Packet<'_>) -> Result<(Kind, Option<Vec<u8>>), Malformed> {
    let message = ipmb::Message::parse(packet.message)?;
    let app = message.net_fn & 0x3e == 0x06;
    let outside = packet.session == 0 && packet.auth_type == AuthType::None;
    let kind = match message.command {
        0x38 if app && outside => Kind::Capabilities,
        0x39 if app && outside => Kind::Challenge,
        0x3a if app => Kind::Activate,
        _ if outside => Kind::Other,
        command => Kind::Inside { sequence: packet.sequence, rq_seq: message.sequence, command },
    };
    Ok((kind, Some(packet.message.to_vec())))
}

fn kind_v20(
    packet: &session20::Packet<'_>,
    plain: Option<Vec<u8>>,
) -> Result<(Kind, Option<Vec<u8>>), Malformed> {
    let payload = packet.payload;
    let kind = match packet.header.payload_type {
        PayloadType::OpenSessionRequest => {
            OpenSessionRequest::parse(payload).map(|_| Kind::Open)?
        }
        PayloadType::OpenSessionResponse => {
            OpenSessionResponse::parse(payload).map(|_| Kind::Open)?
        }
        PayloadType::Rakp1 => Rakp1::parse(payload).map(|_| Kind::Rakp12)?,
        PayloadType::Rakp2 => Rakp2::parse(payload).map(|_| Kind::Rakp12)?,
        PayloadType::Rakp3 | PayloadType::Rakp4 => Proof::parse(payload).map(|_| Kind::Rakp34)?,
        PayloadType::Ipmi => {
            let message = match (packet.header.encrypted, plain) {
                (true, plain) => plain.ok_or(Malformed)?,
                (false, _) => payload.to_vec(),
            };
            let parsed = ipmb::Message::parse(&message)?;
            let (sequence, rq_seq) = (packet.header.sequence, parsed.sequence);
            let kind = match packet.header.session {
                0 => Kind::Other,
                _ => Kind::Inside { sequence, rq_seq, command: parsed.command },
            };
            return Ok((kind, Some(message)));
        }
        PayloadType::Unknown(_) => Kind::Other,
    };
    Ok((kind, None))
}
