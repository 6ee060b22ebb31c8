//! All BMCs at the same time, in one thread.
//!
//! Each host has a session of the core and a job, which is a future that the engine polls by
//! hand. Datagrams find their host by the address they come from; deadlines are in one heap. A
//! host that is slow or dead costs the others nothing: there is nothing that waits for it.

mod gate;
mod line;
mod slot;
mod timers;

pub(crate) use line::{Bmc, Job, Line};

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use komainu_core::counters::Counters;
use komainu_core::limits::MAX_DATAGRAM;
use komainu_core::rng::Drbg;
use komainu_core::secret::{Key, KeyRing};
use komainu_core::session::{Context, Profile, Session};
use komainu_core::time::{Instant, earliest};

use crate::clock;
use crate::net::{Socket, Unsent};
use gate::Gate;
use line::Said;
use slot::{Polled, Slot, Stage};
use timers::Timers;

/// How long a session may take to be closed once the result of its host is told.
const CLOSING: Duration = Duration::from_millis(700);

/// A host: where it is, and who to be there.
pub(crate) struct Peer {
    /// Address of the BMC. No two hosts have the same one.
    pub(crate) address: SocketAddr,
    /// How to log in.
    pub(crate) profile: Profile,
    /// Time for the whole job; `None` leaves it to the job.
    pub(crate) timeout: Option<Duration>,
}

/// Who looks on while the engine runs.
pub(crate) trait Observer {
    /// Called before each wait, with how many hosts have their result. Answers when to be called
    /// again even if nothing happens.
    fn pause(&mut self, now: Instant, done: usize) -> Option<Instant>;
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The user has stopped it before every job had ended.
    pub(crate) interrupted: bool,
    /// Datagrams that were dropped: from elsewhere, forged, late or broken.
    pub(crate) dropped: u64,
}

/// Makes the job of a host when its turn comes.
pub(crate) type Start<'s, 'a> = dyn FnMut(usize, Bmc<'a>) -> Job<'a> + 's;

/// Runs the jobs of all `peers`. Answers when they have ended and their sessions are closed.
pub(crate) async fn run<'a>(
    peers: Vec<Peer>,
    keys: &'a [Key],
    line: &'a Line,
    start: &mut Start<'_, 'a>,
    observer: &mut dyn Observer,
) -> io::Result<Ended> {
    Engine::new(peers, keys, line)?.run(start, observer).await
}

struct Engine<'a> {
    line: &'a Line,
    slots: Vec<Slot<'a>>,
    timeouts: Vec<Option<Duration>>,
    /// Addresses in order, each with its host.
    index: Vec<(SocketAddr, u32)>,
    timers: Timers,
    v4: Option<Socket>,
    v6: Option<Socket>,
    drbg: Drbg,
    counters: Counters,
    keys: KeyRing<'a>,
    gate: Gate,
    /// Hosts whose result is told.
    done: usize,
    /// Hosts whose session is closed as well.
    gone: usize,
    /// Datagrams from addresses that are not ours.
    strays: u64,
    /// Hosts that something came for in the present batch.
    woken: Vec<usize>,
    /// Takes the datagrams that the kernel has no room for.
    scratch: Box<[u8; MAX_DATAGRAM]>,
    interrupted: bool,
}

impl<'a> Engine<'a> {
    fn new(peers: Vec<Peer>, keys: &'a [Key], line: &'a Line) -> io::Result<Self> {
        let hosts = peers.len();
        let any = |v6: bool| peers.iter().any(|peer| peer.address.is_ipv6() == v6);
        let v4 = any(false).then(|| Socket::open(false, hosts)).transpose()?;
        let v6 = any(true).then(|| Socket::open(true, hosts)).transpose()?;
        let window = [&v4, &v6].into_iter().flatten().map(Socket::window).min().unwrap_or(1);
        let mut index: Vec<_> = (0..).zip(&peers).map(|(at, peer)| (peer.address, at)).collect();
        index.sort_unstable();
        let timeouts = peers.iter().map(|peer| peer.timeout).collect();
        let slot = |peer: Peer| Slot::new(peer.address, Session::new(peer.profile));
        Ok(Self {
            line,
            slots: peers.into_iter().map(slot).collect(),
            timeouts,
            index,
            timers: Timers::new(hosts),
            v4,
            v6,
            drbg: clock::generator()?,
            counters: Counters::default(),
            keys: KeyRing::new(keys),
            gate: Gate::new(window, hosts),
            done: 0,
            gone: 0,
            strays: 0,
            woken: Vec::with_capacity(hosts.min(Socket::BATCH)),
            scratch: Box::new([0; MAX_DATAGRAM]),
            interrupted: false,
        })
    }

    async fn run(
        &mut self,
        start: &mut Start<'_, 'a>,
        observer: &mut dyn Observer,
    ) -> io::Result<Ended> {
        let stop = tokio::signal::ctrl_c();
        tokio::pin!(stop);
        loop {
            let now = clock::now();
            while let Some(host) = self.timers.due(now) {
                self.drive(host, now);
            }
            if !self.interrupted {
                self.admit(now, start);
            }
            self.flush();
            let again = observer.pause(now, self.done);
            if self.gone == self.slots.len() {
                return Ok(self.ended());
            }
            let gate = self.gate.deadline(self.slots.len()).filter(|_| !self.interrupted);
            let wake = earliest(earliest(again, self.timers.next()), gate);
            tokio::select! {
                biased;
                () = readable(&self.v4) => self.receive(false),
                () = readable(&self.v6) => self.receive(true),
                () = writable(&self.v4) => {}
                () = writable(&self.v6) => {}
                _ = &mut stop, if !self.interrupted => self.interrupt(clock::now()),
                () = sleep(wake) => {}
            }
        }
    }

    /// Begins the jobs of the hosts whose turn it is.
    fn admit(&mut self, now: Instant, start: &mut Start<'_, 'a>) {
        while let Some(host) = self.gate.enter(now, self.slots.len()) {
            let slot = &mut self.slots[host];
            let ends = self.timeouts[host].map(|timeout| now + timeout);
            slot.stage = Stage::Working(start(host, Bmc(self.line)), ends);
            self.tell(host, now, Said::Begin);
            self.drive(host, now);
        }
    }

    /// Polls the job of a host with what was said.
    fn tell(&mut self, host: usize, now: Instant, said: Said) {
        let slot = &mut self.slots[host];
        if slot.resume(self.line, now, said) {
            slot.stage = Stage::Closing(now + CLOSING);
            slot.session.close();
            self.done += 1;
        }
    }

    /// Does everything that a host wants done now.
    fn drive(&mut self, host: usize, now: Instant) {
        loop {
            let Self { slots, v4, v6, drbg, counters, keys, scratch, .. } = self;
            let slot = &mut slots[host];
            let socket = if slot.address.is_ipv6() { v6 } else { v4 };
            let Some(socket) = socket else { return };
            if socket.space().is_none() {
                flush(socket, slots);
            }
            let slot = &mut slots[host];
            let space = socket.space();
            let full = space.is_none();
            let out = space.unwrap_or(&mut scratch[..]);
            let mut cx = Context { now, chance: drbg, keys: *keys, counters };
            match slot.poll(&mut cx, out) {
                // Loss is normal: what the kernel does not take now is sent again in time.
                Polled::Transmit(_) if full => {}
                Polled::Transmit(len) => socket.post(host, slot.address, len),
                Polled::Said(said) => self.tell(host, now, said),
                Polled::Idle => break,
            }
        }
        self.settle(host, now);
    }

    /// Looks whether a host is done with, and when to look at it again.
    fn settle(&mut self, host: usize, now: Instant) {
        let slot = &mut self.slots[host];
        if let Stage::Closing(until) = slot.stage
            && (slot.session.is_cold() || now >= until)
        {
            slot.stage = Stage::Gone;
            self.gone += 1;
            self.gate.leave(host);
        }
        let deadline = self.slots[host].deadline();
        self.timers.set(host, deadline);
    }

    fn flush(&mut self) {
        for socket in [&mut self.v4, &mut self.v6].into_iter().flatten() {
            flush(socket, &mut self.slots);
        }
    }

    /// Takes in what has come on a socket, and does what follows from it.
    fn receive(&mut self, v6: bool) {
        let now = clock::now();
        let Some(mut socket) = (if v6 { self.v6.take() } else { self.v4.take() }) else { return };
        for at in 0..socket.receive() {
            let Some((from, datagram)) = socket.arrived(at) else { continue };
            match self.index.binary_search_by_key(&from, |(address, _)| *address) {
                Ok(at) => self.hear(self.index[at].1 as usize, now, datagram),
                Err(_) => self.strays += 1,
            }
        }
        *(if v6 { &mut self.v6 } else { &mut self.v4 }) = Some(socket);
        let mut woken = std::mem::take(&mut self.woken);
        for host in woken.drain(..) {
            self.drive(host, now);
        }
        self.woken = woken;
    }

    /// Takes in a datagram; what it causes to be sent waits until the whole batch is in.
    fn hear(&mut self, host: usize, now: Instant, datagram: &mut [u8]) {
        let Self { slots, drbg, counters, keys, line, woken, .. } = self;
        let mut cx = Context { now, chance: drbg, keys: *keys, counters };
        let said = slots[host].handle(&mut cx, line, datagram);
        woken.push(host);
        if let Some(said) = said {
            self.tell(host, now, said);
        }
    }

    fn ended(&self) -> Ended {
        let dropped = self.strays + u64::from(self.counters.total());
        Ended { interrupted: self.interrupted, dropped }
    }

    /// Gives everything up, and closes what is open.
    fn interrupt(&mut self, now: Instant) {
        self.interrupted = true;
        for host in 0..self.slots.len() {
            let slot = &mut self.slots[host];
            match slot.stage {
                Stage::Waiting => {
                    slot.stage = Stage::Gone;
                    self.gone += 1;
                }
                Stage::Working(..) => {
                    slot.errand = slot::Errand::None;
                    slot.stage = Stage::Closing(now + CLOSING);
                    slot.session.close();
                    self.drive(host, now);
                }
                Stage::Closing(_) | Stage::Gone => {}
            }
        }
    }
}

fn flush(socket: &mut Socket, slots: &mut [Slot<'_>]) {
    if socket.is_pending() {
        socket.flush(|Unsent { host, error }| slots[host].unsent = error.raw_os_error());
    }
}

async fn readable(socket: &Option<Socket>) {
    match socket {
        // An error is found again, and passed over, when the socket is read.
        Some(socket) => drop(socket.readable().await),
        None => std::future::pending().await,
    }
}

async fn writable(socket: &Option<Socket>) {
    match socket {
        Some(socket) if socket.is_pending() => drop(socket.writable().await),
        Some(_) | None => std::future::pending().await,
    }
}

async fn sleep(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep(until.since(clock::now())).await,
        None => std::future::pending().await,
    }
}
