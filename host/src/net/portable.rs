//! One datagram in one system call, for systems without a call for many.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use komainu_core::limits::MAX_DATAGRAM;
use socket2::Socket as Raw;
use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::{Letter, ROOM};

/// What Windows says where others cut a datagram that is longer than the buffer (WSAEMSGSIZE).
const TOO_LONG: i32 = 10040;
/// It does not say whose that was.
const NOBODY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// A socket that the runtime watches.
pub(super) struct Udp {
    watched: UdpSocket,
    /// The same socket, past the readiness that the runtime keeps: that knows nothing before its
    /// first wait.
    direct: std::net::UdpSocket,
}

impl Udp {
    /// Watches a socket.
    pub(super) fn new(raw: Raw) -> io::Result<Self> {
        let direct = raw.try_clone()?.into();
        Ok(Self { watched: UdpSocket::from_std(raw.into())?, direct })
    }

    /// Where it listens.
    #[cfg(test)]
    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.watched.local_addr()
    }

    /// Waits until something may have come.
    pub(super) async fn readable(&self) -> io::Result<()> {
        self.watched.readable().await
    }

    /// Waits until something may be sent.
    pub(super) async fn writable(&self) -> io::Result<()> {
        self.watched.writable().await
    }

    /// Does it now. Only what the runtime has seen fail does it wait for.
    fn try_io<T>(
        &self,
        interest: Interest,
        mut act: impl FnMut(&std::net::UdpSocket) -> io::Result<T>,
    ) -> io::Result<T> {
        match self.watched.try_io(interest, || act(&self.direct)) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => act(&self.direct),
            done => done,
        }
    }
}

/// Nothing is prepared for a batch.
pub(super) type Headers = ();

/// Nothing is prepared for a batch.
pub(super) fn headers(_: usize) -> Headers {}

/// The system has no way around its limit.
pub(super) fn force_receive_buffer(_: &Raw, _: usize) {}

/// Sends the first letter.
pub(super) fn send(
    udp: &Udp,
    (): &mut Headers,
    bytes: &[[u8; MAX_DATAGRAM]],
    letters: &[Letter],
) -> io::Result<usize> {
    let (Some(bytes), Some(letter)) = (bytes.first(), letters.first()) else { return Ok(0) };
    let bytes = &bytes[..letter.len];
    udp.try_io(Interest::WRITABLE, |socket| socket.send_to(bytes, letter.to)).map(|_| 1)
}

/// Takes in what has come, at most one batch.
pub(super) fn receive(
    udp: &Udp,
    (): &mut Headers,
    buffers: &mut [[u8; ROOM]],
    arrived: &mut Vec<(usize, SocketAddr)>,
) -> io::Result<()> {
    for buffer in buffers {
        arrived.push(match udp.try_io(Interest::READABLE, |socket| socket.recv_from(buffer)) {
            Err(error) if error.raw_os_error() == Some(TOO_LONG) => (ROOM, NOBODY),
            received => received?,
        });
    }
    Ok(())
}
