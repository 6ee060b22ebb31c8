//! One datagram in one system call, for systems without a call for many.

use std::io;
use std::net::SocketAddr;

use komainu_core::limits::MAX_DATAGRAM;
use socket2::Socket as Raw;
use tokio::net::UdpSocket;

use super::{Letter, ROOM};

/// Nothing is prepared for a batch.
pub(super) type Headers = ();

/// Nothing is prepared for a batch.
pub(super) fn headers(_: usize) -> Headers {}

/// The system has no way around its limit.
pub(super) fn force_receive_buffer(_: &Raw, _: usize) {}

/// Sends the first letter.
pub(super) fn send(
    udp: &UdpSocket,
    (): &mut Headers,
    bytes: &[[u8; MAX_DATAGRAM]],
    letters: &[Letter],
) -> io::Result<usize> {
    let (Some(bytes), Some(letter)) = (bytes.first(), letters.first()) else { return Ok(0) };
    udp.try_send_to(&bytes[..letter.len], letter.to).map(|_| 1)
}

/// Takes in what has come, at most one batch.
pub(super) fn receive(
    udp: &UdpSocket,
    (): &mut Headers,
    buffers: &mut [[u8; ROOM]],
    arrived: &mut Vec<(usize, SocketAddr)>,
) -> io::Result<()> {
    for buffer in buffers {
        arrived.push(udp.try_recv_from(buffer)?);
    }
    Ok(())
}
