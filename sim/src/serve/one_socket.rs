//! All BMCs behind one socket, which hears on every address of the machine: the kernel tells each
//! datagram's destination, and answers leave from there. Many datagrams come in one system call.

use std::collections::{HashMap, HashSet};
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::AsRawFd;

use mio::net::UdpSocket;
use nix::errno::Errno;
use nix::libc::{in_addr, in_pktinfo};
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, MultiHeaders, RecvMsg, SockaddrIn, recvmmsg,
    sendmsg, setsockopt, sockopt,
};

use super::door::{BATCH, DATAGRAM, Door, Take, bind};

/// Receive buffer that is asked for, in bytes: a question for each of some thousand BMCs.
const RECEIVE_BUFFER: usize = 4 << 20;

/// The socket.
pub(super) struct OneSocket {
    socket: UdpSocket,
    /// The address of each BMC.
    addresses: Vec<Ipv4Addr>,
    /// Which BMC has an address.
    index: HashMap<Ipv4Addr, usize>,
    headers: MultiHeaders<SockaddrIn>,
    buffers: Box<[[u8; DATAGRAM]]>,
    arrived: Vec<Arrived>,
}

/// A datagram in the buffer of the same place.
struct Arrived {
    to: Ipv4Addr,
    from: SocketAddr,
    len: usize,
}

/// Opens a socket for BMCs at these addresses, which must have one port; with the addresses.
pub(super) fn open(wanted: &[SocketAddr]) -> io::Result<(UdpSocket, Vec<Ipv4Addr>)> {
    let port = wanted.first().map_or(0, SocketAddr::port);
    let ip = |address: &SocketAddr| match address {
        SocketAddr::V4(address) if address.port() == port => Ok(*address.ip()),
        SocketAddr::V4(_) | SocketAddr::V6(_) => {
            let text = format!("{address}: one socket takes IPv4 addresses with one port");
            Err(io::Error::new(io::ErrorKind::InvalidInput, text))
        }
    };
    let addresses = wanted.iter().map(ip).collect::<io::Result<Vec<_>>>()?;
    let mut seen = HashSet::new();
    if let Some(twice) = addresses.iter().find(|address| !seen.insert(**address)) {
        return Err(io::Error::new(io::ErrorKind::AddrInUse, format!("{twice}: is there twice")));
    }
    let socket = bind(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port).into())?;
    setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?;
    // Past the system's limit where this process is allowed that, else up to it.
    if setsockopt(&socket, sockopt::RcvBufForce, &RECEIVE_BUFFER).is_err() {
        setsockopt(&socket, sockopt::RcvBuf, &RECEIVE_BUFFER)?;
    }
    Ok((socket, addresses))
}

impl OneSocket {
    /// The door to the BMCs at these addresses.
    pub(super) fn new(socket: UdpSocket, addresses: Vec<Ipv4Addr>) -> Self {
        Self {
            socket,
            index: addresses.iter().copied().zip(0..).collect(),
            addresses,
            headers: MultiHeaders::preallocate(BATCH, Some(nix::cmsg_space!(in_pktinfo))),
            buffers: vec![[0; DATAGRAM]; BATCH].into(),
            arrived: Vec::with_capacity(BATCH),
        }
    }

    /// Fills the buffers as far as something has come.
    fn fill(&mut self) -> nix::Result<()> {
        self.arrived.clear();
        let mut slices: Vec<_> =
            self.buffers.iter_mut().map(|buffer| [IoSliceMut::new(buffer)]).collect();
        let flags = MsgFlags::MSG_DONTWAIT;
        let socket = self.socket.as_raw_fd();
        for message in recvmmsg(socket, &mut self.headers, &mut slices, flags, None)? {
            self.arrived.push(arrived(&message)?);
        }
        Ok(())
    }
}

/// Where a datagram came from and went to.
fn arrived(message: &RecvMsg<'_, '_, SockaddrIn>) -> nix::Result<Arrived> {
    let to = message.cmsgs()?.find_map(|told| match told {
        ControlMessageOwned::Ipv4PacketInfo(info) => Some(address(info.ipi_addr)),
        _ => None,
    });
    // Without either it would match no BMC.
    let to = to.unwrap_or(Ipv4Addr::UNSPECIFIED);
    let from = message.address.map_or(SocketAddrV4::new(to, 0), SocketAddrV4::from);
    Ok(Arrived { to, from: from.into(), len: message.bytes })
}

fn address(network: in_addr) -> Ipv4Addr {
    Ipv4Addr::from(network.s_addr.to_ne_bytes())
}

/// A full send buffer loses the datagram, as a network would.
fn send_from(socket: &UdpSocket, from: Ipv4Addr, to: SocketAddr, datagram: &[u8]) {
    let SocketAddr::V4(to) = to else { return };
    let nowhere = in_addr { s_addr: 0 };
    let source = in_addr { s_addr: u32::from_ne_bytes(from.octets()) };
    let info = in_pktinfo { ipi_ifindex: 0, ipi_spec_dst: source, ipi_addr: nowhere };
    let (bytes, told) = ([IoSlice::new(datagram)], [ControlMessage::Ipv4PacketInfo(&info)]);
    let flags = MsgFlags::MSG_DONTWAIT;
    let _ = sendmsg(socket.as_raw_fd(), &bytes, &told, flags, Some(&SockaddrIn::from(to)));
}

impl Door for OneSocket {
    fn receive(&mut self, take: &mut Take<'_>) -> bool {
        match self.fill() {
            Ok(()) => {}
            Err(Errno::EAGAIN) => return false,
            // An old datagram that did not arrive.
            Err(_) => return true,
        }
        for (arrived, buffer) in self.arrived.iter().zip(&self.buffers) {
            let Some(bmc) = self.index.get(&arrived.to) else { continue };
            let mut transmit = |to, bytes: &[u8]| send_from(&self.socket, arrived.to, to, bytes);
            take(*bmc, arrived.from, &buffer[..arrived.len], &mut transmit);
        }
        // A batch that is not full has emptied the socket.
        self.arrived.len() == BATCH
    }

    fn transmit(&self, bmc: usize, to: SocketAddr, datagram: &[u8]) {
        send_from(&self.socket, self.addresses[bmc], to, datagram);
    }
}
