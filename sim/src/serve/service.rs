//! The thread that serves: waits for all doors and for what is due.

use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token, Waker};

use super::door::{Door, Sockets};
use super::port::Port;

/// What wakes the thread up other than a door.
const WAKE: Token = Token(usize::MAX);
/// Most doors that one wait tells of.
const EVENTS: usize = 256;

/// What the thread and the server's owner share.
pub(super) struct Shared {
    ports: Vec<Mutex<Port>>,
    started: Instant,
    /// BMCs that somebody has laid hands on.
    changed: Mutex<Vec<usize>>,
    stop: AtomicBool,
    waker: Waker,
}

impl Shared {
    /// A BMC.
    ///
    /// # Panics
    /// When there is no such BMC.
    pub(super) fn port(&self, bmc: usize) -> MutexGuard<'_, Port> {
        locked(&self.ports[bmc])
    }

    /// The BMCs' time.
    pub(super) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Has a BMC polled: something about it was changed from outside.
    pub(super) fn changed(&self, bmc: usize) {
        locked(&self.changed).push(bmc);
        self.wake();
    }

    /// Ends the thread.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        self.wake();
    }

    fn wake(&self) {
        // Only a full counter refuses, and then the thread is about to wake.
        let _ = self.waker.wake();
    }
}

/// A panic of whoever held it leaves a BMC that can still be looked at.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the thread alone has.
pub(super) struct Service {
    poll: Poll,
    shared: Arc<Shared>,
    /// Doors behind which something may wait.
    ready: VecDeque<usize>,
    timers: Timers,
}

impl Service {
    /// A service of BMCs behind these sockets.
    pub(super) fn new(
        sockets: &mut Sockets,
        ports: Vec<Mutex<Port>>,
        started: Instant,
    ) -> io::Result<(Self, Arc<Shared>)> {
        let poll = Poll::new()?;
        sockets.watch(poll.registry())?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let timers = Timers::new(ports.len());
        let (changed, stop) = (Mutex::default(), AtomicBool::new(false));
        let shared = Arc::new(Shared { ports, started, changed, stop, waker });
        let ready = VecDeque::with_capacity(EVENTS);
        Ok((Self { poll, shared: Arc::clone(&shared), ready, timers }, shared))
    }

    /// Serves until it is stopped.
    pub(super) fn run(mut self, sockets: Sockets) {
        let mut doors = sockets.into_doors();
        let mut events = Events::with_capacity(EVENTS);
        while !self.shared.stop.load(Ordering::Acquire) {
            // A signal ends a wait early, and nothing else does.
            let _ = self.poll.poll(&mut events, self.patience());
            let tokens = events.iter().map(|event| event.token()).filter(|token| *token != WAKE);
            self.ready.extend(tokens.map(|token| token.0));
            let now = self.shared.now();
            for _ in 0..self.ready.len() {
                self.receive(&mut doors, now);
            }
            let changed = std::mem::take(&mut *locked(&self.shared.changed));
            changed.into_iter().for_each(|bmc| self.poll_bmc(&doors, bmc, now));
            while let Some(bmc) = self.timers.due(now) {
                self.poll_bmc(&doors, bmc, now);
            }
        }
    }

    /// How long nothing has to be done.
    fn patience(&self) -> Option<Duration> {
        match self.ready.is_empty() {
            true => self.timers.next().map(|at| at.saturating_sub(self.shared.now())),
            false => Some(Duration::ZERO),
        }
    }

    /// Takes what waits behind the next door.
    fn receive(&mut self, doors: &mut [Box<dyn Door>], now: Duration) {
        let Some(number) = self.ready.pop_front() else { return };
        let Self { shared, timers, .. } = self;
        let more = doors[number].receive(&mut |bmc, from, datagram, send| {
            let mut port = shared.port(bmc);
            port.receive(now, from, datagram, send);
            timers.arm(bmc, port.deadline());
        });
        if more {
            self.ready.push_back(number);
        }
    }

    /// Does what is due at a BMC.
    fn poll_bmc(&mut self, doors: &[Box<dyn Door>], bmc: usize, now: Duration) {
        // One each, or one for all.
        let door = &doors[bmc.min(doors.len() - 1)];
        let mut port = self.shared.port(bmc);
        port.poll(now, &mut |to, bytes| door.transmit(bmc, to, bytes));
        self.timers.arm(bmc, port.deadline());
    }
}

/// When each BMC is to be polled. One that is polled too early costs a poll; moving a time that
/// gets later with every datagram would cost more.
struct Timers {
    order: BTreeSet<(Duration, usize)>,
    /// The time of each BMC.
    armed: Vec<Option<Duration>>,
}

impl Timers {
    fn new(bmcs: usize) -> Self {
        Self { order: BTreeSet::new(), armed: vec![None; bmcs] }
    }

    fn next(&self) -> Option<Duration> {
        self.order.first().map(|(at, _)| *at)
    }

    /// Sees to it that a BMC is polled by then.
    fn arm(&mut self, bmc: usize, deadline: Option<Duration>) {
        let Some(at) = deadline else { return };
        if let Some(armed) = self.armed[bmc] {
            if armed <= at {
                return;
            }
            self.order.remove(&(armed, bmc));
        }
        self.armed[bmc] = Some(at);
        self.order.insert((at, bmc));
    }

    /// A BMC whose time has come; it has none after that.
    fn due(&mut self, now: Duration) -> Option<usize> {
        let (at, bmc) = self.order.first().copied().filter(|(at, _)| *at <= now)?;
        self.order.remove(&(at, bmc));
        debug_assert_eq!(self.armed[bmc], Some(at), "one time each");
        self.armed[bmc] = None;
        Some(bmc)
    }
}
