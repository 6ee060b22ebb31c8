//! Serves any number of simulated BMCs on real UDP sockets, from one thread of its own.

mod door;
#[cfg(target_os = "linux")]
mod one_socket;
mod port;
mod service;
#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::bmc::{Bmc, BmcConfig, ChassisEvent};
use crate::net::Faults;
use crate::rng::Rng;
use door::Sockets;
use port::Port;
use service::{Service, Shared};

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
    /// One socket for all BMCs in place of one for each, on Linux and over IPv4: it costs a BMC
    /// half the time and no open file, but takes the port on every address of the machine.
    /// Default false.
    pub one_socket: bool,
}

/// Running BMCs; they stop when it is dropped.
pub struct Server {
    shared: Arc<Shared>,
    addresses: Vec<SocketAddr>,
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
/// As [`spawn`]; and when one socket is asked for that the system or the addresses do not allow.
pub fn spawn_with(
    bmcs: Vec<(SocketAddr, BmcConfig)>,
    seed: u64,
    options: Options,
) -> io::Result<Server> {
    let started = Instant::now();
    let (wanted, configs): (Vec<_>, Vec<_>) = bmcs.into_iter().unzip();
    let (mut sockets, addresses) = Sockets::open(&wanted, options.one_socket)?;
    let mut seeds = Rng::new(seed);
    let port = |(address, config)| Mutex::new(Port::new(address, config, &options, &mut seeds));
    let ports = addresses.iter().copied().zip(configs).map(port).collect();
    let (service, shared) = Service::new(&mut sockets, ports, started)?;
    let thread = std::thread::Builder::new().name("bmc-sim".into());
    let thread = thread.spawn(move || service.run(sockets))?;
    Ok(Server { shared, addresses, thread: Some(thread) })
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
        let result = work(&mut self.shared.port(index).bmc, self.shared.now());
        self.shared.changed(index);
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
        self.shared.stop();
        if let Some(thread) = self.thread.take() {
            // A panic of the serving thread was already printed by it.
            let _ = thread.join();
        }
    }
}
