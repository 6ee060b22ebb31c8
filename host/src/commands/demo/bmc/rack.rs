//! The rack of the demo: simulated BMCs, no two of the first alike, and an address without one.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use komainu_core::rng::Chance;
use komainu_sim::bmc::{BmcConfig, PowerConfig, Versions};
use komainu_sim::serve;

use crate::clock;

/// User of every simulated BMC.
pub(super) const USER: &str = "admin";
/// The user's password; the servers do not exist.
pub(super) const PASSWORD: &str = "password";

/// A server of the rack.
pub(super) struct Server {
    pub(super) name: String,
    pub(super) address: SocketAddr,
    pub(super) what: &'static str,
}

/// The rack. Its BMCs stop when it is dropped.
pub(super) struct Rack {
    servers: Vec<Server>,
    _bmcs: serve::Server,
    /// Takes datagrams and never answers.
    _silent: UdpSocket,
}

impl Rack {
    /// Starts so many BMCs on free ports of this machine, and one more that never answers.
    pub(super) fn start(bmcs: usize) -> io::Result<Self> {
        let mut seed = [0; 8];
        clock::generator()?.fill(&mut seed);
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let kinds: Vec<_> = (0..bmcs).map(kind).collect();
        let configs = kinds.iter().map(|(_, config)| (any, config.clone())).collect();
        let running = serve::spawn(configs, u64::from_le_bytes(seed))?;
        let silent = UdpSocket::bind(any)?;
        let addresses = running.addresses().iter().copied();
        let named = (1..).zip(addresses.zip(kinds));
        let mut servers: Vec<_> = named
            .map(|(number, (address, (what, _)))| Server {
                name: format!("node{number:02}"),
                address,
                what,
            })
            .collect();
        servers.push(Server {
            name: format!("node{:02}", bmcs + 1),
            address: silent.local_addr()?,
            what: "its BMC is dead: it never answers",
        });
        Ok(Self { servers, _bmcs: running, _silent: silent })
    }

    /// Every server, in order.
    pub(super) fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// The one that is fenced: the second, whose power takes time.
    pub(super) fn victim(&self) -> &Server {
        &self.servers[1]
    }
}

/// What the server at this place is like.
fn kind(place: usize) -> (&'static str, BmcConfig) {
    let usual = BmcConfig::default();
    let power = |power| BmcConfig { power, ..BmcConfig::default() };
    match place {
        1 => (
            "takes 0.8 s to go off and 0.5 s to come on",
            power(PowerConfig {
                off_delay: Duration::from_millis(800),
                on_delay: Duration::from_millis(500),
                ..PowerConfig::default()
            }),
        ),
        2 => ("an old one: IPMI 1.5 only", BmcConfig { versions: Versions::V15, ..usual }),
        3 => ("switched off", power(PowerConfig { on: false, ..PowerConfig::default() })),
        4 => (
            "a slow BMC: each answer takes 150 ms",
            BmcConfig { answer_delay: Duration::from_millis(150), ..usual },
        ),
        _ => ("IPMI 2.0 and 1.5", usual),
    }
}
