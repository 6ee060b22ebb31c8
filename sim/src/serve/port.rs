//! A BMC between its socket and whoever watches it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use super::{Observer, Options, Report};
use crate::bmc::{Bmc, BmcConfig, Send};
use crate::net::Network;
use crate::rng::Rng;

/// A BMC with the network in front of it.
pub(super) struct Port {
    pub(super) bmc: Bmc,
    address: SocketAddr,
    network: Option<Network>,
    observer: Option<Arc<Observer>>,
    /// What the observer has been told: chassis events, and the power state.
    told: (usize, bool),
}

impl Port {
    /// A BMC at this address, which also stands in its LAN configuration.
    pub(super) fn new(
        address: SocketAddr,
        mut config: BmcConfig,
        options: &Options,
        seeds: &mut Rng,
    ) -> Self {
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

    /// Takes a datagram and sends what it is answered with.
    pub(super) fn receive(
        &mut self,
        now: Duration,
        from: SocketAddr,
        datagram: &[u8],
        send: &mut Send<'_>,
    ) {
        match &mut self.network {
            Some(network) => {
                network.send(now, from, self.address, datagram);
                self.poll(now, send);
            }
            None => {
                self.bmc.handle(now, from, datagram, send);
                self.report(now);
            }
        }
    }

    /// Does what is due.
    pub(super) fn poll(&mut self, now: Duration, send: &mut Send<'_>) {
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
                        send(to, &datagram);
                    }
                }
            }
            None => self.bmc.poll(now, send),
        }
        self.report(now);
    }

    /// When to poll again if nothing arrives.
    pub(super) fn deadline(&self) -> Option<Duration> {
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
