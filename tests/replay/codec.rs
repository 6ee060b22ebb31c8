//! Every recorded datagram is read, and written again from its fields byte for byte.

use std::fmt::Debug;

use komainu_core::wire::command::Command;
use komainu_core::wire::command::channel::GetChannelAuthenticationCapabilities;
use komainu_core::wire::command::session::{ActivateSession, GetSessionChallenge};
use komainu_core::wire::rakp::{
    OpenSessionRequest, OpenSessionResponse, Proof, Rakp1, Rakp2, Status,
};
use komainu_core::wire::rmcp::{Class, HEADER_LEN, Header};
use komainu_core::wire::session20::{self, PayloadType};
use komainu_core::wire::{Full, Writer, asf, ipmb};
use komainu_tests::recorded::{Datagram, Kind, Packet, load_all};

/// Where what is written may differ from what was read, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Exception {
    /// IPMI 1.5: one byte behind the message, which early network controllers needed (section
    /// 13.6, note 1). It is read over and never written.
    LegacyPad,
    /// A refusing Open Session Response or RAKP message has all its fields or only the first
    /// ones, as the BMC likes. What is behind the status is not read, and not written.
    LongRefusal,
}

type Written = Result<Vec<u8>, String>;

fn wrong(what: &dyn Debug) -> String {
    format!("{what:?}")
}

/// What `emit` writes.
fn written(emit: impl FnOnce(&mut Writer<'_>) -> Result<(), Full>) -> Written {
    let mut buffer = [0; 512];
    let mut out = Writer::new(&mut buffer);
    emit(&mut out).map_err(|e| wrong(&e))?;
    Ok(out.written().to_vec())
}

fn rewritten(datagram: &Datagram) -> Written {
    let (header, rest) = Header::parse(&datagram.bytes).map_err(|e| wrong(&e))?;
    let mut bytes = written(|out| header.emit(out))?;
    bytes.extend(match header.class {
        Class::Asf => {
            let message = asf::Message::parse(rest).map_err(|e| wrong(&e))?;
            written(|out| message.emit(out))?
        }
        Class::Ipmi => match Packet::parse(&datagram.bytes).map_err(|e| wrong(&e))? {
            Packet::V15(mut packet) => {
                let message = rewritten_message(datagram, packet.message)?;
                packet.message = &message;
                written(|out| packet.emit(out))?
            }
            Packet::V20(packet) => rewritten_v20(datagram, &packet)?,
        },
        Class::Unknown(class) => return Err(format!("RMCP class {class}")),
    });
    Ok(bytes)
}

/// A packet of 2.0 anew: the header, the payload, pad and next-header byte of the trailer. Only
/// the code and an encrypted payload are copied; the walks of our session compute those.
fn rewritten_v20(datagram: &Datagram, packet: &session20::Packet<'_>) -> Written {
    let payload = match packet.header.encrypted {
        false => rewritten_payload(datagram, packet.header.payload_type, packet.payload)?,
        true => {
            let plain = datagram.message.as_deref().ok_or("no decrypted message")?;
            if rewritten_message(datagram, plain)? != plain {
                return Err("the decrypted message differs".into());
            }
            packet.payload.to_vec()
        }
    };
    let mut buffer = [0; 512];
    let mut out = Writer::new(&mut buffer);
    let emit = |out: &mut Writer<'_>| {
        packet.header.emit(out)?;
        out.bytes(&payload)?;
        session20::set_payload_len(out.written_mut())?;
        if packet.header.authenticated {
            session20::emit_trailer(out, 0)?;
            let head = out.len() - packet.payload_at - packet.payload.len();
            out.bytes(packet.trailer.get(head..).unwrap_or_default())?;
        }
        Ok(())
    };
    emit(&mut out).map_err(|e: Full| wrong(&e))?;
    Ok(out.written().to_vec())
}

fn rewritten_payload(datagram: &Datagram, kind: PayloadType, bytes: &[u8]) -> Written {
    match kind {
        PayloadType::Ipmi => rewritten_message(datagram, bytes),
        PayloadType::OpenSessionRequest => {
            let message = OpenSessionRequest::parse(bytes).map_err(|e| wrong(&e))?;
            written(|out| message.emit(out))
        }
        PayloadType::OpenSessionResponse => {
            let message = OpenSessionResponse::parse(bytes).map_err(|e| wrong(&e))?;
            written(|out| message.emit(out))
        }
        PayloadType::Rakp1 => {
            let message = Rakp1::parse(bytes).map_err(|e| wrong(&e))?;
            written(|out| message.emit(out))
        }
        PayloadType::Rakp2 => {
            let message = Rakp2::parse(bytes).map_err(|e| wrong(&e))?;
            written(|out| message.emit(out))
        }
        PayloadType::Rakp3 | PayloadType::Rakp4 => {
            let message = Proof::parse(bytes).map_err(|e| wrong(&e))?;
            written(|out| message.emit(out))
        }
        PayloadType::Unknown(number) => Err(format!("payload type {number:#x}")),
    }
}

/// An IPMI message anew; the data of a login's messages too.
fn rewritten_message(datagram: &Datagram, bytes: &[u8]) -> Written {
    let message = ipmb::Message::parse(bytes).map_err(|e| wrong(&e))?;
    let data = match (datagram.is_question(), message.data) {
        (false, [0, data @ ..]) => {
            let mut answer = vec![0];
            answer.extend(rewritten_answer(datagram.kind, data)?);
            answer
        }
        (_, data) => data.to_vec(),
    };
    let message = ipmb::Message { data: &data, ..message };
    written(|out| message.emit(out))
}

fn rewritten_answer(kind: Kind, data: &[u8]) -> Written {
    match kind {
        Kind::Capabilities => {
            let answer = GetChannelAuthenticationCapabilities::parse(data);
            let answer = answer.map_err(|e| wrong(&e))?;
            written(|out| answer.emit(out))
        }
        Kind::Challenge => {
            let answer = GetSessionChallenge::parse(data).map_err(|e| wrong(&e))?;
            written(|out| answer.emit(out))
        }
        Kind::Activate => {
            let answer = ActivateSession::parse(data).map_err(|e| wrong(&e))?;
            written(|out| answer.emit(out))
        }
        _ => Ok(data.to_vec()),
    }
}

/// The exception that explains the difference, if one does.
fn exception(datagram: &Datagram, written: &[u8]) -> Option<Exception> {
    let behind = datagram.bytes.strip_prefix(written);
    let v15 = matches!(Packet::parse(&datagram.bytes), Ok(Packet::V15(_)));
    if v15 && behind.is_some_and(|pad| pad == [0]) {
        return Some(Exception::LegacyPad);
    }
    let payload = datagram.payload();
    let refusal = payload.get(1).is_some_and(|status| Status(*status) != Status::OK);
    // Behind the headers, the tag and the status; the payload's length follows from what is there.
    let at = HEADER_LEN + session20::HEADER_LEN;
    let same = written.get(at..at + 2) == payload.get(..2);
    (refusal && same && written.len() < datagram.bytes.len()).then_some(Exception::LongRefusal)
}

#[test]
fn every_datagram_is_written_again_from_its_fields() {
    let (mut same, mut excepted, mut wrong) = (0, Vec::new(), Vec::new());
    for vector in load_all() {
        for (number, datagram) in vector.datagrams.iter().enumerate() {
            let place = format!("{}, line {}", vector.case.name, number + 2);
            match rewritten(datagram) {
                Ok(bytes) if bytes == datagram.bytes => same += 1,
                Ok(bytes) => match exception(datagram, &bytes) {
                    Some(exception) => excepted.push((exception, place)),
                    None => wrong.push(format!(
                        "{place}:\n read    {:02x?}\n written {bytes:02x?}",
                        datagram.bytes
                    )),
                },
                Err(what) => wrong.push(format!("{place}: {what}")),
            }
        }
    }
    println!("{same} datagrams byte for byte; with an exception: {excepted:?}");
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert!(same > 0, "no datagram was compared");
}
