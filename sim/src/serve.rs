//! Serves any number of simulated BMCs on real UDP sockets, from one thread of its own.

#[cfg(test)]
mod tests;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::runtime::Builder;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep_until};

use crate::bmc::{Bmc, BmcConfig, ChassisEvent};
use crate::net::{Faults, Network};
use crate::rng::Rng;

/// The longest datagram that a BMC has use for.
const DATAGRAM: usize = 1024;
/// How long the timer sleeps when nothing is due.
const IDLE: Duration = Duration::from_secs(3600);

/// Something to tell about a BMC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// A chassis action was carried out.
    Chassis(ChassisEvent),
    /// The host's power is now on (true) or off.
    Power(bool),
}

/// Is told what happens at the BMC with this address, from the serving thread.
pub type Observer = dyn Fn(SocketAddr, Report) + Send + Sync;

/// How to serve.
#[derive(Default)]
pub struct Options {
    /// Faults between the sockets and the BMCs, both ways; default none.
    pub faults: Option<Faults>,
    /// Default none.
    pub observer: Option<Arc<Observer>>,
}

/// A BMC behind its socket.
struct Port {
    bmc: Bmc,
    address: SocketAddr,
    network: Option<Network>,
    observer: Option<Arc<Observer>>,
    /// What the observer has been told: chassis events, and the power state.
    told: (usize, bool),
}

/// What the serving thread and the [`Server`] share about one BMC.
struct Shared {
    port: Mutex<Port>,
    changed: Notify,
    started: Instant,
}

/// Running BMCs; they stop when it is dropped.
pub struct Server {
    shared: Vec<Arc<Shared>>,
    addresses: Vec<SocketAddr>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Serves each BMC on its address (port 0 takes a free one).
///
/// # Errors
/// When an address cannot be bound, or the process may not open that many sockets.
pub fn spawn(bmcs: Vec<(SocketAddr, BmcConfig)>, seed: u64) -> io::Result<Server> {
    spawn_with(bmcs, seed, Options::default())
}

/// As [`spawn`], with options.
///
/// # Errors
/// As [`spawn`].
pub fn spawn_with(
    bmcs: Vec<(SocketAddr, BmcConfig)>,
    seed: u64,
    options: Options,
) -> io::Result<Server> {
    let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
    let started = Instant::now();
    raise_socket_limit();
    let mut seeds = Rng::new(seed);
    let (mut shared, mut addresses) = (Vec::new(), Vec::new());
    for (wanted, config) in bmcs {
        let socket = bind(wanted)?;
        let address = socket.local_addr()?;
        let port = Port::new(address, config, &options, &mut seeds);
        let port = Arc::new(Shared { port: Mutex::new(port), changed: Notify::new(), started });
        let _guard = runtime.enter();
        runtime.spawn(serve(Arc::clone(&port), UdpSocket::from_std(socket)?));
        shared.push(port);
        addresses.push(address);
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let thread = std::thread::Builder::new().name("bmc-sim".into()).spawn(move || {
        // Either way of ending, a message or a dropped sender, means stop.
        let _ = runtime.block_on(stopped);
    })?;
    Ok(Server { shared, addresses, stop: Some(stop), thread: Some(thread) })
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

fn bind(address: SocketAddr) -> io::Result<std::net::UdpSocket> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{address}: {error}"));
    let socket = std::net::UdpSocket::bind(address).map_err(named)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

impl Server {
    /// The addresses, in the order in which the BMCs were given.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Runs `work` on a BMC (by its place in [`Self::addresses`]) with its present time.
    ///
    /// # Panics
    /// When there is no such BMC.
    pub fn with<T>(&self, index: usize, work: impl FnOnce(&mut Bmc, Duration) -> T) -> T {
        let shared = &self.shared[index];
        let result = work(&mut shared.lock().bmc, shared.now());
        shared.changed.notify_one();
        result
    }

    /// Whether the BMC's host is truly on.
    ///
    /// # Panics
    /// When there is no such BMC.
    #[must_use]
    pub fn power(&self, index: usize) -> bool {
        self.with(index, |bmc, now| bmc.power(now))
    }

    /// Sets the power of the BMC's host at once.
    ///
    /// # Panics
    /// When there is no such BMC.
    pub fn set_power(&self, index: usize, on: bool) {
        self.with(index, |bmc, now| bmc.set_power(now, on));
    }

    /// Every chassis action that the BMC has carried out.
    ///
    /// # Panics
    /// When there is no such BMC.
    #[must_use]
    pub fn chassis_log(&self, index: usize) -> Vec<ChassisEvent> {
        self.with(index, |bmc, _| bmc.chassis_log().to_vec())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the serving thread was already printed by it.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Port> {
        self.port.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }
}

impl Port {
    fn new(address: SocketAddr, mut config: BmcConfig, options: &Options, seeds: &mut Rng) -> Self {
        if let IpAddr::V4(ip) = address.ip() {
            config.lan_address = ip;
        }
        let on = config.power.on;
        let network = options.faults.clone().map(|f| Network::new(f, seeds.next_u64()));
        Self {
            bmc: Bmc::new(config, seeds.next_u64()),
            address,
            network,
            observer: options.observer.clone(),
            told: (0, on),
        }
    }

    /// Takes a datagram from the socket.
    fn receive(&mut self, now: Duration, from: SocketAddr, datagram: &[u8], socket: &UdpSocket) {
        match &mut self.network {
            Some(network) => {
                network.send(now, from, self.address, datagram);
                self.poll(now, socket);
            }
            None => {
                self.bmc.handle(now, from, datagram, &mut |to, bytes| transmit(socket, to, bytes));
                self.report(now);
            }
        }
    }

    /// Does what is due.
    fn poll(&mut self, now: Duration, socket: &UdpSocket) {
        let address = self.address;
        match &mut self.network {
            Some(network) => {
                self.bmc.poll(now, &mut |to, bytes| network.send(now, address, to, bytes));
                while let Some((from, to, datagram)) = network.deliver(now) {
                    if to == address {
                        self.bmc.handle(now, from, &datagram, &mut |to, bytes| {
                            network.send(now, address, to, bytes);
                        });
                    } else {
                        transmit(socket, to, &datagram);
                    }
                }
            }
            None => self.bmc.poll(now, &mut |to, bytes| transmit(socket, to, bytes)),
        }
        self.report(now);
    }

    fn deadline(&self) -> Option<Duration> {
        let network = self.network.as_ref().and_then(Network::deadline);
        [self.bmc.deadline(), network].into_iter().flatten().min()
    }

    /// Tells the observer what it does not know yet.
    fn report(&mut self, now: Duration) {
        let Some(observer) = &self.observer else { return };
        for event in &self.bmc.chassis_log()[self.told.0..] {
            observer(self.address, Report::Chassis(*event));
        }
        let on = self.bmc.power(now);
        if on != self.told.1 {
            observer(self.address, Report::Power(on));
        }
        self.told = (self.bmc.chassis_log().len(), on);
    }
}

/// A full send buffer loses the datagram, as a network would.
fn transmit(socket: &UdpSocket, to: SocketAddr, datagram: &[u8]) {
    let _ = socket.try_send_to(datagram, to);
}

async fn serve(shared: Arc<Shared>, socket: UdpSocket) {
    // Sending never waits, so the socket must have been seen writable before the first answer.
    let _ = socket.writable().await;
    let mut datagram = [0; DATAGRAM];
    let mut armed = Instant::now() + IDLE;
    let mut timer = pin!(sleep_until(armed));
    loop {
        let due = shared.lock().deadline().map(|at| shared.started + at);
        // A timer that is too early only costs one poll; moving it for every datagram costs more.
        if let Some(due) = due.filter(|due| *due < armed) {
            armed = due;
            timer.as_mut().reset(armed);
        }
        tokio::select! {
            biased;
            received = socket.recv_from(&mut datagram) => {
                // An error is an old datagram that did not arrive (some systems tell so).
                if let Ok((len, from)) = received {
                    shared.lock().receive(shared.now(), from, &datagram[..len], &socket);
                }
            }
            () = &mut timer => {
                shared.lock().poll(shared.now(), &socket);
                armed = Instant::now() + IDLE;
                timer.as_mut().reset(armed);
            }
            () = shared.changed.notified() => shared.lock().poll(shared.now(), &socket),
        }
    }
}
