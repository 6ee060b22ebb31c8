//! Bytes to values, without a key and without a session.

use std::hint::black_box;

use komainu_core::wire::command::Command;
use komainu_core::wire::command::chassis::{ChassisStatus, GetChassisStatus};
use komainu_core::wire::rakp::{OpenSessionResponse, Proof, Rakp2};
use komainu_core::wire::session20::{self, PayloadType};
use komainu_core::wire::{Malformed, ipmb, rmcp};

use super::exchange::Pair;
use super::measured;

/// Signed, but not encrypted, so that every answer can be read without a key.
const SUITE: u8 = 2;

/// Parses the answers of a session so many times.
pub(crate) fn run(times: usize) {
    let mut pair = Pair::new();
    pair.converse(SUITE, |_| false);
    let answers = pair.answers;
    for _ in 0..times {
        let mut status = None;
        measured(&mut || {
            for answer in &answers {
                status = read(black_box(answer)).expect("the BMC is well-formed").or(status);
            }
        });
        assert!(status.is_some_and(|status: ChassisStatus| status.power_on));
    }
}

/// Reads one datagram; the chassis status if it holds one.
fn read(datagram: &[u8]) -> Result<Option<ChassisStatus>, Malformed> {
    let (_, packet) = rmcp::Header::parse(datagram)?;
    let packet = session20::Packet::parse(packet)?;
    match packet.header.payload_type {
        PayloadType::OpenSessionResponse => {
            black_box(OpenSessionResponse::parse(packet.payload)?);
        }
        PayloadType::Rakp2 => {
            black_box(Rakp2::parse(packet.payload)?);
        }
        PayloadType::Rakp4 => {
            black_box(Proof::parse(packet.payload)?);
        }
        PayloadType::Ipmi => {
            let message = ipmb::Message::parse(packet.payload)?;
            if message.command == GetChassisStatus::CODE
                && let [_, data @ ..] = message.data
            {
                return GetChassisStatus::parse(data).map(Some);
            }
        }
        PayloadType::OpenSessionRequest
        | PayloadType::Rakp1
        | PayloadType::Rakp3
        | PayloadType::Unknown(_) => return Err(Malformed),
    }
    Ok(None)
}
