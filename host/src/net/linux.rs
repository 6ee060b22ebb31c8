//! Many datagrams in one system call: recvmmsg and sendmmsg.

use std::array;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::time::Duration;

use komainu_core::limits::MAX_DATAGRAM;
use nix::sys::socket::{
    self, MsgFlags, MultiHeaders, SockaddrLike, SockaddrStorage, recvmmsg, sendmmsg, sockopt,
};
use rustix::net::sockopt::{Ipv4PathMtuDiscovery, set_ip_mtu_discover};
use socket2::{Domain, Socket as Raw};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::{BATCH, Letter, ROOM};

/// How long a full send buffer gets to drain.
const DRAIN: Duration = Duration::from_millis(1);

/// A socket of which only arrivals are watched. Watching for room to send costs a wakeup for
/// every datagram that has left, and the kernel's room is hardly ever short.
pub(super) struct Udp(AsyncFd<Raw>);

impl Udp {
    /// Watches a socket.
    pub(super) fn new(raw: Raw) -> io::Result<Self> {
        if raw.domain()? == Domain::IPV4 {
            // Datagrams as short as ours need never be cut in pieces, so the kernel need not
            // number them, which it does in one place for all of its processors.
            set_ip_mtu_discover(&raw, Ipv4PathMtuDiscovery::DO)?;
        }
        // SAFETY: a socket's descriptor is open and the same until it is dropped, which the
        // watch outlives by nothing: it owns the socket, and lends it out only behind `&`.
        let watched = unsafe { AsyncFd::register_with_interest(raw, Interest::READABLE) };
        Ok(Self(watched?))
    }

    /// Where it listens.
    #[cfg(test)]
    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        let local = self.0.get_ref().local_addr()?;
        local.as_socket().ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// Waits until something may have come.
    pub(super) async fn readable(&self) -> io::Result<()> {
        self.0.readable().await.map(|mut ready| ready.retain_ready())
    }

    /// Waits until something may be sent.
    pub(super) async fn writable(&self) -> io::Result<()> {
        tokio::time::sleep(DRAIN).await;
        Ok(())
    }
}

/// The headers of a batch, reused from call to call, but never for both directions: sending puts
/// pointers to the addresses of the call into them, which receiving would write through.
pub(super) struct Headers {
    multi: MultiHeaders<SockaddrStorage>,
    to: Vec<Option<SockaddrStorage>>,
}

/// Headers for a batch of that size.
pub(super) fn headers(batch: usize) -> Headers {
    Headers { multi: MultiHeaders::preallocate(batch, None), to: Vec::new() }
}

/// A larger buffer than the system's limit, where this process is allowed that.
pub(super) fn force_receive_buffer(raw: &Raw, bytes: usize) {
    // Without the right to, the limit stays.
    let _ = socket::setsockopt(raw, sockopt::RcvBufForce, &bytes);
}

/// Sends the first letters; how many were sent.
pub(super) fn send(
    udp: &Udp,
    headers: &mut Headers,
    bytes: &[[u8; MAX_DATAGRAM]],
    letters: &[Letter],
) -> io::Result<usize> {
    let count = letters.len().min(BATCH);
    let slices: [[IoSlice<'_>; 1]; BATCH] = array::from_fn(|at| {
        let letter = letters.get(at).zip(bytes.get(at));
        [IoSlice::new(letter.map_or(&[], |(letter, bytes)| &bytes[..letter.len]))]
    });
    let Headers { multi, to } = headers;
    to.clear();
    to.extend(letters.iter().take(count).map(|letter| Some(letter.to.into())));
    let flags = MsgFlags::MSG_DONTWAIT;
    let sent = sendmmsg(udp.0.as_raw_fd(), multi, &slices[..count], to, [], flags)?;
    Ok(sent.count())
}

/// Takes in what has come, at most one batch.
pub(super) fn receive(
    udp: &Udp,
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
    udp.0.try_io(Interest::READABLE, |raw| {
        let flags = MsgFlags::MSG_DONTWAIT;
        let slices = slices.iter_mut().take(batch);
        for message in recvmmsg(raw.as_raw_fd(), &mut headers.multi, slices, flags, None)? {
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
