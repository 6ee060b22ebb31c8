//! Round trips of the envelope, bytes of the specification, and parsers that survive anything.
//! Recorded datagrams of other implementations are replayed in the workspace's tests.

extern crate std;

use std::vec::Vec;

use proptest::prelude::*;

use super::asf::{Message as Asf, Pong};
use super::command::session::AuthType;
use super::ipmb::{Checksums, Message};
use super::rakp::*;
use super::rmcp::{Class, Header as Rmcp};
use super::session20::{Header, PayloadType};
use super::{Full, Writer, ipmb, session15, session20};

fn emitted(emit: impl FnOnce(&mut Writer<'_>) -> Result<(), Full>) -> Vec<u8> {
    let mut buffer = [0; 512];
    let mut out = Writer::new(&mut buffer);
    emit(&mut out).expect("room");
    out.written().to_vec()
}

#[test]
fn a_presence_ping_is_the_datagram_of_the_standard() {
    let ping = emitted(|out| {
        Rmcp::new(Class::Asf).emit(out)?;
        Asf::Ping { tag: 0x2a }.emit(out)
    });
    assert_eq!(ping, [6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x80, 0x2a, 0, 0]);
}

#[test]
fn a_writer_never_passes_its_end() {
    let mut room = [0; 3];
    let mut out = Writer::new(&mut room);
    assert_eq!(out.u32_le(1), Err(Full));
    assert_eq!(out.u16_le(1), Ok(()));
    assert_eq!(out.u16_le(2), Err(Full));
    assert_eq!(out.written(), [1, 0]);
}

#[test]
fn a_trailer_makes_the_covered_bytes_a_multiple_of_four() {
    for len in 0..9 {
        let packet = emitted(|out| {
            out.bytes(&[0; 4])?;
            out.bytes(&[0; 9][..len])?;
            session20::emit_trailer(out, 4)
        });
        assert_eq!((packet.len() - 4) % 4, 0, "{len}");
        let pad = usize::from(packet[packet.len() - 2]);
        assert_eq!(packet.len(), 4 + len + pad + 2);
    }
}

fn any_class() -> impl Strategy<Value = Class> {
    any::<u8>().prop_map(|number| {
        let (header, _) = Rmcp::parse(&[6, 0, 0xff, number]).expect("a header");
        header.class
    })
}

fn algorithms() -> impl Strategy<Value = Algorithms> {
    (0..0x40u8, 0..0x40u8, 0..0x40u8).prop_map(|(authentication, integrity, confidentiality)| {
        Algorithms { authentication, integrity, confidentiality }
    })
}

proptest! {
    #[test]
    fn rmcp_headers_come_back(sequence: u8, class in any_class()) {
        let header = Rmcp { sequence, class };
        let bytes = emitted(|out| header.emit(out));
        prop_assert_eq!(Rmcp::parse(&bytes), Ok((header, &[][..])));
    }

    #[test]
    fn asf_messages_come_back(tag: u8, enterprise: u32, oem: u32, entities: u8, interactions: u8) {
        let pong = Pong { tag, enterprise, oem, entities, interactions };
        for message in [Asf::Ping { tag }, Asf::Pong(pong), Asf::Unknown { kind: tag & 0x3f }] {
            let bytes = emitted(|out| message.emit(out));
            prop_assert_eq!(Asf::parse(&bytes), Ok(message));
        }
    }

    #[test]
    fn messages_come_back(
        (to, from, command) in any::<(u8, u8, u8)>(),
        (net_fn, sequence) in (0..0x40u8, 0..=ipmb::MAX_SEQUENCE),
        (to_lun, from_lun) in (0..4u8, 0..4u8),
        data in prop::collection::vec(any::<u8>(), 0..200),
        flip in 0..8u32,
        at: prop::sample::Index,
    ) {
        let (data, sums) = (&data[..], Checksums::Good);
        let message = Message { to, net_fn, to_lun, from, sequence, from_lun, command, data, sums };
        let mut bytes = emitted(|out| message.emit(out));
        prop_assert_eq!(Message::parse(&bytes), Ok(message));
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << flip;
        prop_assert_eq!(Message::parse(&bytes).map(|message| message.sums), Ok(Checksums::Bad));
    }

    #[test]
    fn packets_of_1_5_come_back(
        kind in 0..16u8,
        sequence: u32,
        session: u32,
        code: [u8; 16],
        message in prop::collection::vec(any::<u8>(), 0..=255),
    ) {
        let auth_type = AuthType::from_code(kind);
        let code = (auth_type != AuthType::None).then_some(code);
        let packet = session15::Packet { auth_type, sequence, session, code, message: &message };
        let bytes = emitted(|out| packet.emit(out));
        prop_assert_eq!(session15::Packet::parse(&bytes), Ok(packet));
    }

    #[test]
    fn packets_of_2_0_come_back(
        flags: [bool; 2],
        number in 0..0x40u8,
        session: u32,
        sequence: u32,
        payload in prop::collection::vec(any::<u8>(), 0..300),
        trailer in prop::collection::vec(any::<u8>(), 0..24),
    ) {
        let [encrypted, authenticated] = flags;
        let payload_type = match number {
            // An OEM payload has a longer header, which is read but never written.
            0x02 => PayloadType::Ipmi,
            number => session20::Packet::parse(&[6, number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
                .expect("a packet").header.payload_type,
        };
        let header = Header { encrypted, authenticated, payload_type, session, sequence };
        let mut bytes = emitted(|out| {
            header.emit(out)?;
            out.bytes(&payload)
        });
        session20::set_payload_len(&mut bytes).expect("a header");
        bytes.extend(&trailer);
        let packet = session20::Packet::parse(&bytes).expect("a packet");
        prop_assert_eq!(packet.header, header);
        prop_assert_eq!(packet.payload, payload);
        prop_assert_eq!(packet.trailer, trailer);
    }

    #[test]
    fn opening_a_session_comes_back(
        tag: u8, level in 0..16u8, console: u32, bmc: u32, algorithms in algorithms(),
        status in 1u8..,
    ) {
        let request = OpenSessionRequest { tag, privilege: level, console, algorithms };
        let bytes = emitted(|out| request.emit(out));
        prop_assert_eq!(OpenSessionRequest::parse(&bytes), Ok(request));
        let opened =
            OpenSessionResponse::Opened { tag, privilege: level, console, bmc, algorithms };
        let refused = OpenSessionResponse::Refused { tag, status: Status(status) };
        for response in [opened, refused] {
            let bytes = emitted(|out| response.emit(out));
            prop_assert_eq!(OpenSessionResponse::parse(&bytes), Ok(response));
        }
    }

    #[test]
    fn rakp_comes_back(
        tag: u8, console: u32, random: [u8; 16], guid: [u8; 16], role: u8, status in 1u8..,
        user in prop::collection::vec(any::<u8>(), 0..=16),
        code in prop::collection::vec(any::<u8>(), 0..=32),
    ) {
        let first = Rakp1 { tag, bmc: console, random, role, user: &user };
        let bytes = emitted(|out| first.emit(out));
        prop_assert_eq!(Rakp1::parse(&bytes), Ok(first));
        let accepted = Rakp2::Accepted { tag, console, random, guid, code: &code };
        let refused = Rakp2::Refused { tag, status: Status(status), console };
        for second in [accepted, refused] {
            let bytes = emitted(|out| second.emit(out));
            prop_assert_eq!(Rakp2::parse(&bytes), Ok(second));
        }
        let proof = Proof { tag, status: Status(status), session: console, code: &code };
        let bytes = emitted(|out| proof.emit(out));
        prop_assert_eq!(Proof::parse(&bytes), Ok(proof));
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let _ = Rmcp::parse(&bytes);
        let _ = Asf::parse(&bytes);
        let _ = Message::parse(&bytes);
        let _ = session15::Packet::parse(&bytes);
        let _ = session20::Packet::parse(&bytes);
        let _ = OpenSessionRequest::parse(&bytes);
        let _ = OpenSessionResponse::parse(&bytes);
        let _ = Rakp1::parse(&bytes);
        let _ = Rakp2::parse(&bytes);
        let _ = Proof::parse(&bytes);
    }
}
