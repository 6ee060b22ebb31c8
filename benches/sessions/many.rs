//! Many sessions side by side over one socket, many datagrams by one system call.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::Duration;

use komainu_benches::errand::{Errand, Lender, Standing};
use komainu_core::limits::MAX_DATAGRAM;
use komainu_core::time::Instant;
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, sendmmsg};
use rustix::net::sockopt::{Ipv4PathMtuDiscovery, set_ip_mtu_discover};

use super::Order;

/// Most datagrams of one system call.
const BATCH: usize = 64;
/// How long a call that receives waits; a repeat is due after 200 ms at the earliest.
const PATIENCE: Duration = Duration::from_millis(50);

/// What goes on with one BMC.
pub(crate) trait Talk {
    fn begin(suite: u8, now: Instant) -> Self;
    fn poll(&mut self, lender: &mut Lender, now: Instant, out: &mut [u8]) -> Standing;
    fn handle(&mut self, lender: &mut Lender, now: Instant, datagram: &mut [u8]);
}

impl Talk for Errand {
    fn begin(suite: u8, now: Instant) -> Self {
        Self::new(suite, now)
    }

    fn poll(&mut self, lender: &mut Lender, now: Instant, out: &mut [u8]) -> Standing {
        self.poll(lender, now, out)
    }

    fn handle(&mut self, lender: &mut Lender, now: Instant, datagram: &mut [u8]) {
        self.handle(lender, now, datagram);
    }
}

/// Datagrams that wait to be sent.
struct Outgoing {
    bytes: [[u8; MAX_DATAGRAM]; BATCH],
    lens: [usize; BATCH],
    to: [Option<SockaddrIn>; BATCH],
    len: usize,
    headers: MultiHeaders<SockaddrIn>,
}

/// One socket to many BMCs on consecutive addresses.
pub(crate) struct Lines<T> {
    socket: UdpSocket,
    suite: u8,
    lender: Lender,
    first: SocketAddrV4,
    talks: Vec<Option<T>>,
    outgoing: Box<Outgoing>,
    incoming: Box<[[u8; MAX_DATAGRAM]; BATCH]>,
    headers: MultiHeaders<SockaddrIn>,
    /// Sessions that are still to be begun.
    left: usize,
    running: usize,
    failed: usize,
}

impl<T: Talk> Lines<T> {
    pub(crate) fn open(order: &Order, bmcs: usize) -> io::Result<Self> {
        let socket = UdpSocket::bind("0.0.0.0:0")?;
        // As the command does: the kernel need not number the datagrams.
        set_ip_mtu_discover(&socket, Ipv4PathMtuDiscovery::DO)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let outgoing = Outgoing {
            bytes: [[0; MAX_DATAGRAM]; BATCH],
            lens: [0; BATCH],
            to: [None; BATCH],
            len: 0,
            headers: MultiHeaders::preallocate(BATCH, None),
        };
        Ok(Self {
            socket,
            suite: order.suite,
            lender: Lender::new(),
            first: order.address,
            talks: (0..bmcs).map(|_| None).collect(),
            outgoing: Box::new(outgoing),
            incoming: Box::new([[0; MAX_DATAGRAM]; BATCH]),
            headers: MultiHeaders::preallocate(BATCH, None),
            left: 0,
            running: 0,
            failed: 0,
        })
    }

    /// Runs so many sessions; returns how many failed.
    pub(crate) fn run(&mut self, sessions: usize) -> io::Result<usize> {
        self.left = sessions;
        let now = self.lender.now();
        for at in 0..self.talks.len() {
            self.begin(at, now);
            self.advance(at, now)?;
        }
        while self.running > 0 {
            self.flush()?;
            if !self.receive()? {
                // A datagram was lost: whatever is due is sent again.
                let now = self.lender.now();
                for at in 0..self.talks.len() {
                    self.advance(at, now)?;
                }
            }
        }
        Ok(self.failed)
    }

    fn begin(&mut self, at: usize, now: Instant) {
        self.talks[at] = None;
        if self.left > 0 {
            self.left -= 1;
            self.running += 1;
            self.talks[at] = Some(T::begin(self.suite, now));
        }
    }

    /// Does what is to be done for one BMC, until it waits or nothing is left to do.
    fn advance(&mut self, at: usize, now: Instant) -> io::Result<()> {
        loop {
            if self.outgoing.len == BATCH {
                self.flush()?;
            }
            let Some(talk) = &mut self.talks[at] else { return Ok(()) };
            let place = self.outgoing.len;
            match talk.poll(&mut self.lender, now, &mut self.outgoing.bytes[place]) {
                Standing::Wait => return Ok(()),
                Standing::Send(len) => {
                    let ip = Ipv4Addr::from_bits(self.first.ip().to_bits() + at as u32);
                    let to = SocketAddrV4::new(ip, self.first.port());
                    self.outgoing.lens[place] = len;
                    self.outgoing.to[place] = Some(to.into());
                    self.outgoing.len += 1;
                }
                Standing::Over(good) => {
                    self.failed += usize::from(!good);
                    self.running -= 1;
                    self.begin(at, now);
                }
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let Outgoing { bytes, lens, to, len, headers } = &mut *self.outgoing;
        let mut sent = 0;
        while sent < *len {
            let slices: [[IoSlice<'_>; 1]; BATCH] =
                std::array::from_fn(|at| [IoSlice::new(&bytes[at][..lens[at]])]);
            let socket = self.socket.as_raw_fd();
            let rest = sent..*len;
            let batch = (&slices[rest.clone()], &to[rest]);
            let results = sendmmsg(socket, headers, batch.0, batch.1, [], MsgFlags::empty())?;
            sent += results.count();
        }
        *len = 0;
        Ok(())
    }

    /// Takes what has arrived; false when nothing arrives for a while.
    fn receive(&mut self) -> io::Result<bool> {
        let mut came = [None; BATCH];
        let mut slices = self.incoming.each_mut().map(|bytes| [IoSliceMut::new(bytes)]);
        let socket = self.socket.as_raw_fd();
        let flags = MsgFlags::MSG_WAITFORONE;
        match recvmmsg(socket, &mut self.headers, &mut slices, flags, None) {
            Ok(messages) => {
                for (message, came) in messages.zip(&mut came) {
                    *came = message.address.map(|address| (address.ip(), message.bytes));
                }
            }
            Err(Errno::EAGAIN) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        // One look at the clock for all that came together.
        let now = self.lender.now();
        for (place, came) in came.iter().enumerate() {
            let Some((ip, len)) = *came else { break };
            let at = ip.to_bits().wrapping_sub(self.first.ip().to_bits()) as usize;
            let Some(Some(talk)) = self.talks.get_mut(at) else { continue };
            talk.handle(&mut self.lender, now, &mut self.incoming[place][..len]);
            self.advance(at, now)?;
        }
        Ok(true)
    }
}
