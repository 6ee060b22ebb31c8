//! The networks of a world, and who has which address on them.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::Node;
use crate::net::{Datagram, Faults, Network};
use crate::rng::Rng;

/// The network of the reset path.
pub const RESET_LAN: usize = 0;
/// The network of the BMCs.
pub const BMC_LAN: usize = 1;
/// The first monitoring network; monitoring path 1 runs over it.
pub const MONITORING: usize = 2;

/// The port of the cluster, which is its number as well.
pub const CLUSTER_PORT: u16 = 7001;
const BMC_PORT: u16 = 623;
const CONSOLE_PORT: u16 = 40_000;
const FIRST_CONNECTOR: u8 = 101;

/// Where a node is on a network.
#[must_use]
pub fn address(lan: usize, node: Node) -> SocketAddr {
    let (last, port) = match node {
        Node::Host(at) => (at as u8 + 1, CLUSTER_PORT),
        Node::Bmc(at) => (at as u8 + 1, BMC_PORT),
        Node::Connector(at) if lan == BMC_LAN => (at as u8 + FIRST_CONNECTOR, CONSOLE_PORT),
        Node::Connector(at) => (at as u8 + FIRST_CONNECTOR, CLUSTER_PORT),
    };
    SocketAddr::from(([10, 0, lan as u8, last], port))
}

/// On which network an address is, and whose it is.
#[must_use]
pub fn owner(address: SocketAddr) -> Option<(usize, Node)> {
    let IpAddr::V4(ip) = address.ip() else { return None };
    let [10, 0, lan, last] = ip.octets() else { return None };
    if last == 0 {
        return None;
    }
    let node = match (address.port(), last) {
        (CONSOLE_PORT | CLUSTER_PORT, FIRST_CONNECTOR..) => {
            Node::Connector(usize::from(last - FIRST_CONNECTOR))
        }
        (CLUSTER_PORT, _) => Node::Host(usize::from(last - 1)),
        (BMC_PORT, _) => Node::Bmc(usize::from(last - 1)),
        _ => return None,
    };
    Some((usize::from(lan), node))
}

/// All networks.
#[derive(Clone, Debug)]
pub(super) struct Lans(Vec<Network>);

impl Lans {
    /// Networks with these faults.
    pub(super) fn new(faults: &[Faults], rng: &mut Rng) -> Self {
        Self(faults.iter().map(|faults| Network::new(faults.clone(), rng.next_u64())).collect())
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The network of that number; there is always one.
    pub(super) fn lan(&mut self, lan: usize) -> &mut Network {
        let last = self.0.len() - 1;
        &mut self.0[lan.min(last)]
    }

    /// When the next datagram arrives anywhere.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.0.iter().filter_map(Network::deadline).min()
    }

    /// The next datagram that has arrived.
    pub(super) fn deliver(&mut self, now: Duration) -> Option<Datagram> {
        self.0.iter_mut().find_map(|lan| lan.deliver(now))
    }

    /// Cuts or mends the way from one node to another.
    pub(super) fn set_way(&mut self, lan: usize, from: Node, to: Node, open: bool) {
        let (from, to) = (address(lan, from), address(lan, to));
        let lan = self.lan(lan);
        if open { lan.mend(from, to) } else { lan.cut(from, to) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_has_its_owner() {
        for lan in 0..4 {
            for at in 0..4 {
                for node in [Node::Host(at), Node::Connector(at)] {
                    assert_eq!(owner(address(lan, node)), Some((lan, node)));
                }
            }
        }
        assert_eq!(owner(address(BMC_LAN, Node::Bmc(2))), Some((BMC_LAN, Node::Bmc(2))));
        assert_eq!(owner(SocketAddr::from(([10, 0, 0, 0], CLUSTER_PORT))), None);
        assert_eq!(owner(SocketAddr::from(([10, 0, 0, 1], 1))), None);
    }
}
