//! The sockets of a service: one for each port and address that it listens on.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::task::Poll;

use socket2::{Domain, Protocol, Socket as Raw, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::platform::Interface;

/// Room for a datagram that came. One of the reset path that is too long still fits, so that the
/// core can count it.
const ROOM: usize = 1024;
/// Receive buffer of a socket, in bytes: keeps what comes while the process waits for its turn.
const RECEIVE_BUFFER: usize = 4 << 20;
/// Most datagrams that are taken from a socket in one go, so that a flood on one port does not
/// keep the others waiting.
const BURST: usize = 64;

/// What a socket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Line {
    /// The reset path of the cluster at that place; 0 on a member.
    ResetPath(u16),
    /// The monitoring path of that number.
    Monitoring(u8),
    /// The BMCs.
    Bmc,
}

/// Where a service listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listener {
    /// For what.
    pub(crate) line: Line,
    /// On which address; unspecified = all.
    pub(crate) local: SocketAddr,
}

impl Listener {
    /// On every address of this machine, of both families.
    pub(crate) fn everywhere(line: Line, port: u16) -> [Self; 2] {
        let at = |ip: IpAddr| Self { line, local: (ip, port).into() };
        [at(Ipv4Addr::UNSPECIFIED.into()), at(Ipv6Addr::UNSPECIFIED.into())]
    }
}

/// A socket that is open.
struct Open {
    listener: Listener,
    /// Tells when something has come.
    udp: UdpSocket,
    /// The same socket, past the readiness that the runtime keeps: that knows nothing before its
    /// first wait, and nothing of what came since the last one.
    direct: std::net::UdpSocket,
}

/// The sockets.
pub(crate) struct Net {
    open: Vec<Open>,
    /// Those whose address no interface has.
    waiting: Vec<Listener>,
    /// Ask the kernel for every datagram that it has, and not only when it has said so: what was
    /// sent before the last moment counts before anything is done.
    thorough: bool,
    /// Where to go on, so that no socket is always the last.
    turn: usize,
    buffer: Box<[u8; ROOM]>,
}

impl Net {
    /// No sockets yet. A thorough one is for few sockets.
    pub(crate) fn new(thorough: bool) -> Self {
        let buffer = Box::new([0; ROOM]);
        Self { open: Vec::new(), waiting: Vec::new(), thorough, turn: 0, buffer }
    }

    /// Listens there and nowhere else. Sockets whose address stays are kept with what waits in
    /// them. Answers which addresses no interface has; they are for [`Net::retry`].
    pub(crate) fn listen(&mut self, wanted: &[Listener]) -> io::Result<Vec<SocketAddr>> {
        let mut before = std::mem::take(&mut self.open);
        self.waiting.clear();
        for listener in wanted {
            let keeps = |open: &Open| {
                open.listener.local == listener.local
                    && (listener.local.port() != 0 || open.listener.line == listener.line)
            };
            match before.iter().position(keeps) {
                Some(at) => {
                    let kept = before.swap_remove(at);
                    self.open.push(Open { listener: *listener, ..kept });
                }
                None => self.add(*listener)?,
            }
        }
        Ok(self.waiting.iter().map(|one| one.local).collect())
    }

    /// Tries again where no interface had the address; those that have one now.
    pub(crate) fn retry(&mut self) -> Vec<SocketAddr> {
        let waiting = std::mem::take(&mut self.waiting);
        let before = self.open.len();
        for listener in waiting {
            if self.add(listener).is_err() {
                self.waiting.push(listener);
            }
        }
        self.open[before..].iter().map(|open| open.listener.local).collect()
    }

    fn add(&mut self, listener: Listener) -> io::Result<()> {
        match bind(listener) {
            Ok(open) => self.open.push(open),
            Err(error) if is_dispensable(listener.local, &error) => {}
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
                self.waiting.push(listener);
            }
            Err(error) => {
                let text = format!("{}: {error}", listener.local);
                return Err(io::Error::new(error.kind(), text));
            }
        }
        Ok(())
    }

    /// Sends a datagram. What cannot be sent now is lost, as in any network.
    pub(crate) fn send(
        &self,
        line: Line,
        to: SocketAddr,
        bytes: &[u8],
        interfaces: &[Interface],
    ) -> io::Result<()> {
        let mut fitting = self.open.iter().filter(|open| {
            open.listener.line == line && open.listener.local.is_ipv4() == to.is_ipv4()
        });
        let first = fitting.next().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let near = |open: &&Open| {
            let ip = open.listener.local.ip();
            let own = interfaces.iter().flat_map(|one| &one.addresses).filter(|own| own.ip == ip);
            own.into_iter().any(|own| own.reaches(to.ip()))
        };
        let several = fitting.clone().next().is_some();
        let open =
            if several && !near(&first) { fitting.find(near).unwrap_or(first) } else { first };
        open.direct.send_to(bytes, to).map(|_| ())
    }

    /// Sends a datagram to everybody: to the broadcast address of each interface with an IPv4
    /// address, and to all nodes of each that has only IPv6. How many interfaces took it.
    pub(crate) fn broadcast(&self, line: Line, bytes: &[u8], interfaces: &[Interface]) -> usize {
        let mut sent = 0;
        for open in self.open.iter().filter(|open| open.listener.line == line) {
            let local = open.listener.local;
            for to in interfaces.iter().flat_map(|one| everybody(one, local)) {
                sent += usize::from(open.direct.send_to(bytes, to).is_ok());
            }
        }
        sent
    }

    /// Hands over what has come, at most `most` datagrams. How many there were.
    pub(crate) fn drain(
        &mut self,
        most: usize,
        mut take: impl FnMut(Line, SocketAddr, &mut [u8]),
    ) -> usize {
        let (mut total, mut idle) = (0, 0);
        while total < most && idle < self.open.len() {
            self.turn = (self.turn + 1) % self.open.len();
            let open = &self.open[self.turn];
            let mut count = 0;
            while count < BURST {
                match receive(open, &mut self.buffer[..], self.thorough) {
                    Some((len, from)) => {
                        count += 1;
                        if let Some(bytes) = self.buffer.get_mut(..len) {
                            take(open.listener.line, from, bytes);
                        }
                    }
                    None => break,
                }
            }
            total += count;
            idle = if count == 0 { idle + 1 } else { 0 };
        }
        total
    }

    /// Waits until something may have come.
    pub(crate) async fn readable(&self) {
        std::future::poll_fn(|context| {
            let mut ready = false;
            for open in &self.open {
                // All are asked, so that each wakes us. An error is found by the next receive.
                ready |= open.udp.poll_recv_ready(context).is_ready();
            }
            if ready { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Where the sockets of a line are bound; what port 0 became is here.
    #[cfg(test)]
    fn locals(&self, line: Line) -> Vec<SocketAddr> {
        let of = self.open.iter().filter(|open| open.listener.line == line);
        of.filter_map(|open| open.udp.local_addr().ok()).collect()
    }
}

fn bind(listener: Listener) -> io::Result<Open> {
    let local = listener.local;
    let raw = Raw::new(Domain::for_address(local), Type::DGRAM, Some(Protocol::UDP))?;
    raw.set_nonblocking(true)?;
    if local.is_ipv6() {
        raw.set_only_v6(true)?;
    } else {
        raw.set_broadcast(true)?;
    }
    // Less than was asked for only makes a flood cost more.
    let _ = raw.set_recv_buffer_size(RECEIVE_BUFFER);
    raw.bind(&local.into())?;
    let direct = raw.try_clone()?.into();
    Ok(Open { listener, udp: UdpSocket::from_std(raw.into())?, direct })
}

/// Whether this is a system without IPv6, which does with IPv4.
fn is_dispensable(local: SocketAddr, error: &io::Error) -> bool {
    local.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED)
        && !matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
}

/// The next datagram; its length is that of the buffer when it was longer.
fn receive(open: &Open, buffer: &mut [u8], thorough: bool) -> Option<(usize, SocketAddr)> {
    for _ in 0..BURST {
        let known = open.udp.try_io(Interest::READABLE, || open.direct.recv_from(buffer));
        let result = match known {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && thorough => {
                open.direct.recv_from(buffer)
            }
            result => result,
        };
        match result {
            Ok(found) => return Some(found),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
            // A report about an earlier datagram proves nothing about anybody. There is at most
            // one for each that was sent, unless the network itself is out of order: others have
            // their turn then.
            Err(_) => {}
        }
    }
    None
}

/// Where all nodes behind an interface are reached from a socket that is bound to `local`.
fn everybody(interface: &Interface, local: SocketAddr) -> Option<SocketAddr> {
    if interface.loopback {
        return None;
    }
    let mine = |ip: IpAddr| local.ip().is_unspecified() || local.ip() == ip;
    let v4 = || interface.addresses.iter().filter(|address| address.ip.is_ipv4());
    if local.is_ipv4() {
        let broadcast = v4().filter(|address| mine(address.ip)).find_map(|one| one.broadcast)?;
        return Some((broadcast, local.port()).into());
    }
    let only_v6 = v4().next().is_none();
    let some = interface.addresses.iter().any(|address| mine(address.ip));
    let all_nodes = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
    (only_v6 && some).then(|| SocketAddrV6::new(all_nodes, local.port(), 0, interface.index).into())
}

#[cfg(test)]
mod tests;
