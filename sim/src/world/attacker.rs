//! Somebody on the networks who has no key: records, sends again, forges.

use std::collections::VecDeque;
use std::net::SocketAddr;

use super::lans::address;
use super::{Node, RESET_LAN, World, tell};
use crate::net::Datagram;
use crate::rng::Rng;

/// Most datagrams that are kept.
const MOST: usize = 512;
/// Where the kind of a message is.
const KIND: usize = 4;

/// The attacker.
#[derive(Clone, Debug)]
pub(super) struct Attacker {
    active: bool,
    rng: Rng,
    recorded: VecDeque<Datagram>,
}

impl Attacker {
    pub(super) fn new(active: bool, seed: u64) -> Self {
        Self { active, rng: Rng::new(seed), recorded: VecDeque::new() }
    }

    /// Listens.
    pub(super) fn record(&mut self, heard: (SocketAddr, SocketAddr, &[u8])) {
        if !self.active {
            return;
        }
        let (from, to, bytes) = heard;
        // Requests, results, directives and handovers are rare, and worth more.
        let rare = bytes.starts_with(b"RPP1") && matches!(bytes.get(KIND), Some(3 | 4 | 5 | 6 | 9));
        if !rare && !self.rng.percent(10.0) {
            return;
        }
        if self.recorded.len() >= MOST {
            let oldest = self.rng.below(MOST as u64) as usize;
            self.recorded.swap_remove_back(oldest);
        }
        self.recorded.push_back((from, to, bytes.to_vec()));
    }

    /// Something that was heard, to be sent once more.
    fn again(&mut self) -> Option<Datagram> {
        let at = self.rng.below(self.recorded.len() as u64) as usize;
        self.recorded.get(at).cloned()
    }

    /// Something that nobody has sent.
    fn forge(&mut self, hosts: usize) -> Datagram {
        if let Some((from, to, mut bytes)) = self.again().filter(|_| self.rng.percent(70.0)) {
            let at = self.rng.below(bytes.len() as u64) as usize;
            match self.rng.below(3) {
                0 => bytes[at] ^= 1 << self.rng.below(8),
                1 => bytes.truncate(at),
                _ => bytes.extend_from_slice(&[0; 9]),
            }
            return (from, to, bytes);
        }
        let mut bytes = vec![0; self.rng.below(1100) as usize];
        self.rng.fill(&mut bytes);
        let host = self.rng.below(hosts as u64) as usize;
        let from = address(RESET_LAN, Node::Host(host));
        (from, address(RESET_LAN, Node::Connector(0)), bytes)
    }
}

impl World {
    /// The attacker sends recorded datagrams again.
    pub(super) fn replay(&mut self, count: u32) {
        for _ in 0..count {
            let Some(datagram) = self.attacker.again() else { return };
            self.inject(datagram);
        }
        tell!(self, "{count} datagrams are replayed");
    }

    /// The attacker sends forged datagrams.
    pub(super) fn forge(&mut self, count: u32) {
        for _ in 0..count {
            let datagram = self.attacker.forge(self.servers.len());
            self.inject(datagram);
        }
    }

    fn inject(&mut self, (from, to, bytes): Datagram) {
        if let Some((lan, _)) = super::owner(to).filter(|(lan, _)| *lan < self.lans.count()) {
            self.lans.lan(lan).send(self.now, from, to, &bytes);
        }
    }
}
