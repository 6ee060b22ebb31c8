//! The sockets: one for all BMCs of a family of addresses, many datagrams in one system call.

#[cfg(target_os = "linux")]
#[path = "net/linux.rs"]
mod system;
#[cfg(not(target_os = "linux"))]
#[path = "net/portable.rs"]
mod system;

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use komainu_core::limits::MAX_DATAGRAM;
use socket2::{Domain, Protocol, Socket as Raw, Type};

/// Most datagrams in one system call.
const BATCH: usize = 64;
/// Room for a datagram that came. One that fills it is longer than any of ours.
const ROOM: usize = MAX_DATAGRAM + 1;
/// Receive buffer that is asked for, in bytes: 1,024 answers at once, with room to spare.
const RECEIVE_BUFFER: usize = 4 << 20;
/// What a small datagram takes of it with all that the kernel keeps beside it, doubled, since a
/// BMC may repeat itself.
const DATAGRAM_COST: usize = 2048;

/// A datagram that waits to be sent.
#[derive(Clone, Copy, Debug)]
struct Letter {
    to: SocketAddr,
    len: usize,
    host: u32,
}

/// A datagram that could not be sent.
#[derive(Debug)]
pub(crate) struct Unsent {
    /// To which host.
    pub(crate) host: usize,
    /// Why.
    pub(crate) error: io::Error,
}

/// One socket with its buffers.
pub(crate) struct Socket {
    udp: system::Udp,
    /// Apart from those for receiving: sending leaves addresses in them that end with the call.
    send_headers: system::Headers,
    receive_headers: system::Headers,
    outgoing: Box<[[u8; MAX_DATAGRAM]]>,
    letters: Vec<Letter>,
    incoming: Box<[[u8; ROOM]]>,
    arrived: Vec<(usize, SocketAddr)>,
    window: usize,
}

impl Socket {
    /// Most datagrams that are received at once.
    pub(crate) const BATCH: usize = BATCH;

    /// A socket for IPv6 or IPv4, with buffers for so many hosts.
    pub(crate) fn open(v6: bool, hosts: usize) -> io::Result<Self> {
        let domain = if v6 { Domain::IPV6 } else { Domain::IPV4 };
        let raw = Raw::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
        raw.set_nonblocking(true)?;
        if v6 {
            raw.set_only_v6(true)?;
            raw.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)).into())?;
        } else {
            raw.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)).into())?;
        }
        // Room for more than can come at once: a batch that is not full has emptied the socket.
        let batch = (hosts + 2).min(BATCH);
        if hosts > BATCH {
            // Less than was asked for only makes the window smaller.
            let _ = raw.set_recv_buffer_size(RECEIVE_BUFFER);
            system::force_receive_buffer(&raw, RECEIVE_BUFFER);
        }
        let window = (raw.recv_buffer_size()? / DATAGRAM_COST).max(BATCH);
        Ok(Self {
            udp: system::Udp::new(raw)?,
            send_headers: system::headers(batch),
            receive_headers: system::headers(batch),
            outgoing: vec![[0; MAX_DATAGRAM]; batch].into(),
            letters: Vec::with_capacity(batch),
            incoming: vec![[0; ROOM]; batch].into(),
            arrived: Vec::with_capacity(batch),
            window,
        })
    }

    /// How many answers the kernel can keep for us.
    pub(crate) fn window(&self) -> usize {
        self.window
    }

    /// Where the next datagram is written; `None` while everything waits to be sent.
    pub(crate) fn space(&mut self) -> Option<&mut [u8]> {
        self.outgoing.get_mut(self.letters.len()).map(<[u8; MAX_DATAGRAM]>::as_mut_slice)
    }

    /// Takes the first `len` bytes of the space as a datagram.
    pub(crate) fn post(&mut self, host: usize, to: SocketAddr, len: usize) {
        self.letters.push(Letter { to, len, host: host as u32 });
    }

    /// Whether something waits to be sent.
    pub(crate) fn is_pending(&self) -> bool {
        !self.letters.is_empty()
    }

    /// Sends what waits, as far as the kernel takes it now. Tells what it will not send at all.
    pub(crate) fn flush(&mut self, mut unsent: impl FnMut(Unsent)) {
        let mut from = 0;
        while from < self.letters.len() {
            let Self { udp, send_headers, outgoing, letters, .. } = self;
            match system::send(udp, send_headers, &outgoing[from..], &letters[from..]) {
                Ok(count) => from += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    unsent(Unsent { host: letters[from].host as usize, error });
                    from += 1;
                }
            }
        }
        self.drop_first(from);
    }

    fn drop_first(&mut self, count: usize) {
        if count > 0 && count < self.letters.len() {
            self.outgoing.rotate_left(count);
        }
        self.letters.drain(..count);
    }

    /// Waits until something may have come.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.udp.readable().await
    }

    /// Waits until something may be sent.
    pub(crate) async fn writable(&self) -> io::Result<()> {
        self.udp.writable().await
    }

    /// Takes in what has come, at most one batch; how many there are.
    pub(crate) fn receive(&mut self) -> usize {
        self.arrived.clear();
        let Self { udp, receive_headers, incoming, arrived, .. } = self;
        // An error is a report about an earlier datagram. It proves nothing about a BMC, and
        // whoever waits for an answer has a deadline.
        let _ = system::receive(udp, receive_headers, incoming, arrived);
        self.arrived.len()
    }

    /// The `at`th datagram of the batch and where it came from; `None` when it is too long.
    pub(crate) fn arrived(&mut self, at: usize) -> Option<(SocketAddr, &mut [u8])> {
        let (len, from) = *self.arrived.get(at)?;
        let bytes = self.incoming.get_mut(at)?.get_mut(..len)?;
        (len < ROOM).then_some((from, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends `count` datagrams through one socket to another, in batches.
    async fn passes(v6: bool, count: usize) -> Vec<u8> {
        let mut a = Socket::open(v6, 1024).expect("a socket");
        let mut b = Socket::open(v6, 1024).expect("a socket");
        let mut to = b.udp.local_addr().expect("an address");
        let local = if v6 { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() };
        to.set_ip(local);
        let mut heard = Vec::new();
        for number in 0..count {
            if a.space().is_none() {
                a.flush(|unsent| panic!("{unsent:?}"));
            }
            a.space().expect("space")[..2].copy_from_slice(&[number as u8, 0xff]);
            a.post(number, to, 2);
        }
        a.flush(|unsent| panic!("{unsent:?}"));
        assert!(!a.is_pending());
        while heard.len() < count {
            b.readable().await.expect("readable");
            for at in 0..b.receive() {
                let (from, bytes) = b.arrived(at).expect("short enough");
                assert_eq!((from.ip(), bytes.len(), bytes[1]), (local, 2, 0xff));
                heard.push(bytes[0]);
            }
        }
        heard
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().expect("a runtime").block_on(future)
    }

    #[test]
    fn datagrams_pass_in_batches() {
        for v6 in [false, true] {
            let heard = run(passes(v6, 200));
            assert_eq!(heard, (0..200).collect::<Vec<u8>>());
        }
    }

    #[test]
    fn what_cannot_be_sent_is_told_and_stops_nothing_else() {
        run(async {
            let mut socket = Socket::open(false, 8).expect("a socket");
            let local = socket.udp.local_addr().expect("an address").port();
            // A broadcast without permission is refused; port 0 is refused too.
            for (host, to) in ["255.255.255.255:623".to_owned(), format!("127.0.0.1:{local}")]
                .into_iter()
                .enumerate()
            {
                socket.space().expect("space")[0] = 7;
                socket.post(host, to.parse().expect("an address"), 1);
            }
            let mut unsent = Vec::new();
            socket.flush(|one| unsent.push(one.host));
            assert_eq!(unsent, [0]);
            socket.readable().await.expect("readable");
            assert_eq!(socket.receive(), 1);
        });
    }

    #[test]
    fn a_socket_that_has_sent_still_knows_where_datagrams_come_from() {
        run(async {
            let mut socket = Socket::open(false, 8).expect("a socket");
            let other = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
            let to = other.local_addr().expect("an address");
            for _ in 0..3 {
                socket.post(0, to, 1);
                socket.flush(|unsent| panic!("{unsent:?}"));
                let (_, back) = other.recv_from(&mut [0; 8]).expect("received");
                other.send_to(&[1, 2, 3], back).expect("sent");
                socket.readable().await.expect("readable");
                assert_eq!(socket.receive(), 1);
                assert_eq!(
                    socket.arrived(0).map(|(from, bytes)| (from, bytes.len())),
                    Some((to, 3))
                );
            }
        });
    }

    #[test]
    fn what_is_too_long_is_dropped() {
        run(async {
            let mut socket = Socket::open(false, 8).expect("a socket");
            let port = socket.udp.local_addr().expect("an address").port();
            let other = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
            other.send_to(&[0; MAX_DATAGRAM + 1], ("127.0.0.1", port)).expect("sent");
            socket.readable().await.expect("readable");
            assert_eq!(socket.receive(), 1);
            assert!(socket.arrived(0).is_none());
        });
    }
}
