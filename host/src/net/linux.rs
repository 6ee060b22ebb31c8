//! Many datagrams in one system call: recvmmsg and sendmmsg.

use std::array;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;

use komainu_core::limits::MAX_DATAGRAM;
use nix::errno::Errno;
use nix::sys::socket::{
    self, MsgFlags, MultiHeaders, SockaddrLike, SockaddrStorage, recvmmsg, sendmmsg, sockopt,
};
use socket2::Socket as Raw;
use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::{BATCH, Letter, ROOM};

/// The headers of a batch, reused from call to call, but never for both directions: sending puts
/// pointers to the addresses of the call into them, which receiving would write through.
pub(super) type Headers = MultiHeaders<SockaddrStorage>;

/// Headers for a batch of that size.
pub(super) fn headers(batch: usize) -> Headers {
    MultiHeaders::preallocate(batch, None)
}

/// A larger buffer than the system's limit, where this process is allowed that.
pub(super) fn force_receive_buffer(raw: &Raw, bytes: usize) {
    // Without the right to, the limit stays.
    let _ = socket::setsockopt(raw, sockopt::RcvBufForce, &bytes);
}

/// Sends the first letters; how many were sent.
pub(super) fn send(
    udp: &UdpSocket,
    headers: &mut Headers,
    bytes: &[[u8; MAX_DATAGRAM]],
    letters: &[Letter],
) -> io::Result<usize> {
    let count = letters.len().min(BATCH);
    let slices: [[IoSlice<'_>; 1]; BATCH] = array::from_fn(|at| {
        let letter = letters.get(at).zip(bytes.get(at));
        [IoSlice::new(letter.map_or(&[], |(letter, bytes)| &bytes[..letter.len]))]
    });
    let to: [Option<SockaddrStorage>; BATCH] =
        array::from_fn(|at| letters.get(at).map(|letter| letter.to.into()));
    let flags = MsgFlags::MSG_DONTWAIT;
    // Past the readiness that the runtime keeps, which knows nothing before its first wait.
    match sendmmsg(udp.as_raw_fd(), headers, &slices[..count], &to[..count], [], flags) {
        Ok(sent) => Ok(sent.count()),
        Err(Errno::EAGAIN) => {
            // So that the next wait is for a change.
            udp.try_io(Interest::WRITABLE, || Err(io::ErrorKind::WouldBlock.into()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes in what has come, at most one batch.
pub(super) fn receive(
    udp: &UdpSocket,
    headers: &mut Headers,
    buffers: &mut [[u8; ROOM]],
    arrived: &mut Vec<(usize, SocketAddr)>,
) -> io::Result<()> {
    let batch = buffers.len().min(BATCH);
    let mut buffers = buffers.iter_mut();
    let mut slices: [[IoSliceMut<'_>; 1]; BATCH] = array::from_fn(|_| {
        let buffer = buffers.next();
        [IoSliceMut::new(buffer.map_or(&mut [], <[u8; ROOM]>::as_mut_slice))]
    });
    udp.try_io(Interest::READABLE, || {
        let flags = MsgFlags::MSG_DONTWAIT;
        let slices = slices.iter_mut().take(batch);
        for message in recvmmsg(udp.as_raw_fd(), headers, slices, flags, None)? {
            // A datagram without an address does not exist; it would match no host.
            let from = message.address.as_ref().and_then(address);
            arrived.push((message.bytes, from.unwrap_or(([0, 0, 0, 0], 0).into())));
        }
        // A batch that is not full has emptied the socket. Saying so spares one more call.
        if arrived.len() < batch { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
    })
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    match storage.family()? {
        socket::AddressFamily::Inet => {
            let address = storage.as_sockaddr_in()?;
            Some((address.ip(), address.port()).into())
        }
        socket::AddressFamily::Inet6 => {
            let address = storage.as_sockaddr_in6()?;
            Some((address.ip(), address.port()).into())
        }
        _ => None,
    }
}
