//! The sockets behind which BMCs are.

use std::io;
#[cfg(target_os = "linux")]
use std::net::Ipv4Addr;
use std::net::SocketAddr;

use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};

use crate::bmc::Send;

/// The longest datagram that a BMC has use for.
pub(super) const DATAGRAM: usize = 1024;
/// Most datagrams that are taken before another door has its turn.
pub(super) const BATCH: usize = 64;

/// Takes a datagram: for which BMC, from where, its bytes, and the way for answers.
pub(super) type Take<'a> = dyn FnMut(usize, SocketAddr, &[u8], &mut Send<'_>) + 'a;

/// A socket with one BMC or several behind it.
pub(super) trait Door {
    /// Takes in what has come, at most a batch; whether more may wait.
    fn receive(&mut self, take: &mut Take<'_>) -> bool;

    /// Sends what comes from a BMC.
    fn transmit(&self, bmc: usize, to: SocketAddr, datagram: &[u8]);
}

/// The sockets of some BMCs, of which the thread that serves makes doors.
pub(super) enum Sockets {
    /// One for each BMC.
    Own(Vec<UdpSocket>),
    /// One for all, at these addresses.
    #[cfg(target_os = "linux")]
    One(UdpSocket, Vec<Ipv4Addr>),
}

impl Sockets {
    /// Opens the sockets of BMCs at these addresses. With their real addresses.
    pub(super) fn open(
        wanted: &[SocketAddr],
        one_socket: bool,
    ) -> io::Result<(Self, Vec<SocketAddr>)> {
        if one_socket {
            return open_one(wanted);
        }
        raise_socket_limit();
        let sockets =
            wanted.iter().map(|address| bind(*address)).collect::<io::Result<Vec<_>>>()?;
        let addresses = sockets.iter().map(UdpSocket::local_addr).collect::<io::Result<_>>()?;
        Ok((Self::Own(sockets), addresses))
    }

    /// Has each socket watched under its number.
    pub(super) fn watch(&mut self, registry: &Registry) -> io::Result<()> {
        let sockets = match self {
            Self::Own(sockets) => sockets.as_mut_slice(),
            #[cfg(target_os = "linux")]
            Self::One(socket, _) => std::slice::from_mut(socket),
        };
        for (number, socket) in sockets.iter_mut().enumerate() {
            registry.register(socket, Token(number), Interest::READABLE)?;
        }
        Ok(())
    }

    /// The doors, in the order of the sockets.
    pub(super) fn into_doors(self) -> Vec<Box<dyn Door>> {
        match self {
            Self::Own(sockets) => {
                let doors = sockets.into_iter().enumerate();
                doors.map(|(bmc, socket)| Box::new(Own { socket, bmc }) as Box<dyn Door>).collect()
            }
            #[cfg(target_os = "linux")]
            Self::One(socket, addresses) => {
                vec![Box::new(super::one_socket::OneSocket::new(socket, addresses))]
            }
        }
    }
}

#[cfg(target_os = "linux")]
fn open_one(wanted: &[SocketAddr]) -> io::Result<(Sockets, Vec<SocketAddr>)> {
    let (socket, addresses) = super::one_socket::open(wanted)?;
    let port = socket.local_addr()?.port();
    let real = addresses.iter().map(|ip| SocketAddr::from((*ip, port))).collect();
    Ok((Sockets::One(socket, addresses), real))
}

#[cfg(not(target_os = "linux"))]
fn open_one(_: &[SocketAddr]) -> io::Result<(Sockets, Vec<SocketAddr>)> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "one socket for all BMCs takes Linux"))
}

/// A socket at an address; the error names it.
pub(super) fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{address}: {error}"));
    let socket = UdpSocket::bind(address).map_err(named)?;
    #[cfg(target_os = "linux")]
    if address.is_ipv4() {
        use rustix::net::sockopt::{Ipv4PathMtuDiscovery, set_ip_mtu_discover};
        // Answers are never cut in pieces, so the kernel need not number them.
        set_ip_mtu_discover(&socket, Ipv4PathMtuDiscovery::DO)?;
    }
    Ok(socket)
}

/// Lets the process open as many files as it is allowed to; each BMC has a socket.
#[cfg(unix)]
fn raise_socket_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Where this fails, the bind that exceeds the limit says so.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

#[cfg(not(unix))]
fn raise_socket_limit() {}

/// The socket of one BMC.
struct Own {
    socket: UdpSocket,
    bmc: usize,
}

impl Door for Own {
    fn receive(&mut self, take: &mut Take<'_>) -> bool {
        let mut datagram = [0; DATAGRAM];
        let mut transmit = |to, bytes: &[u8]| self.transmit(self.bmc, to, bytes);
        for _ in 0..BATCH {
            match self.socket.recv_from(&mut datagram) {
                Ok((len, from)) => take(self.bmc, from, &datagram[..len], &mut transmit),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                // An old datagram that did not arrive (some systems tell so).
                Err(_) => {}
            }
        }
        true
    }

    fn transmit(&self, _: usize, to: SocketAddr, datagram: &[u8]) {
        // A full send buffer loses the datagram, as a network would.
        let _ = self.socket.send_to(datagram, to);
    }
}
