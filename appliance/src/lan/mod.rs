//! The network: datagrams without queues, and connections.
//!
//! Datagrams are taken out of their frames and handed over at once, and written straight into
//! frames; who is silent holds nobody up. ARP answers, ping, DHCP and TCP are the IP stack's.

mod frame;
mod neighbours;
mod port;
#[cfg(test)]
mod tests;

use core::mem::MaybeUninit;
use core::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use core::ops::Range;

use heapless::Vec;
use komainu_core::time::{Instant, Millis, earliest};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet, SocketStorage};
use smoltcp::socket::{dhcpv4, tcp};
use smoltcp::time::Instant as StackInstant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpCidr, Ipv4Cidr};

use crate::hardware::Nic;
use frame::Ends;
use neighbours::Neighbours;
use port::Port;

/// Most ports that are listened on.
pub const PORTS: usize = 10;
/// Most NUT servers that are connected to.
pub const STREAMS: usize = 2;
/// Room for what a server sends and was not taken yet, in bytes.
const STREAM_IN: usize = 1024;
/// Room for what it has not confirmed yet.
const STREAM_OUT: usize = komainu_core::ups::MAX_SEND;

/// Where this machine is on the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Its address.
    pub ip: Ipv4Addr,
    /// So many bits of it are the network's: 0 to 32.
    pub prefix: u8,
    /// Who leads out of the network, if anybody does.
    pub gateway: Option<Ipv4Addr>,
}

impl Address {
    fn cidr(&self) -> Ipv4Cidr {
        Ipv4Cidr::new(self.ip, self.prefix.min(32))
    }

    /// Who is next on the way to `to`.
    fn next(&self, to: Ipv4Addr) -> Option<Ipv4Addr> {
        if self.cidr().contains_addr(&to) { Some(to) } else { self.gateway }
    }
}

/// How an address is come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressing {
    /// It is given.
    Static(Address),
    /// It is asked for by DHCP.
    Dhcp,
}

/// Memory that connections live in.
pub struct Streams {
    sockets: MaybeUninit<[SocketStorage<'static>; STREAMS + 1]>,
    rooms: [([u8; STREAM_IN], [u8; STREAM_OUT]); STREAMS],
}

impl Streams {
    /// Nothing is connected.
    pub const fn new() -> Self {
        Self { sockets: MaybeUninit::uninit(), rooms: [([0; STREAM_IN], [0; STREAM_OUT]); STREAMS] }
    }
}

impl Default for Streams {
    fn default() -> Self {
        Self::new()
    }
}

/// What came.
#[derive(Debug)]
pub enum Came<'a> {
    /// A datagram.
    Datagram {
        /// On which port, by its place in the list.
        place: usize,
        /// From whom.
        from: SocketAddr,
        /// Its bytes; scratch afterwards.
        payload: &'a mut [u8],
    },
    /// Something that was dealt with.
    Other,
}

/// The network.
pub struct Lan<N> {
    port: Port<N>,
    stack: Interface,
    sockets: SocketSet<'static>,
    streams: Vec<SocketHandle, STREAMS>,
    dhcp: Option<SocketHandle>,
    address: Option<Address>,
    mac: [u8; 6],
    ports: Vec<u16, PORTS>,
    neighbours: Neighbours,
    /// Local port of the next connection.
    next_port: u16,
    due: Option<Instant>,
}

impl<N: Nic> Lan<N> {
    /// The network as seen from `nic`. `seed` is anything that differs with each start; `ports`
    /// are those that datagrams are taken on.
    pub fn new(
        nic: N,
        addressing: Addressing,
        seed: u64,
        ports: &[u16],
        streams: &'static mut Streams,
        now: Instant,
    ) -> Self {
        let mac = nic.address();
        let mut port = Port::new(nic);
        let mut config = Config::new(HardwareAddress::Ethernet(EthernetAddress(mac)));
        config.random_seed = seed;
        let stack = Interface::new(config, &mut port, stack_time(now));
        let places = streams.sockets.write([SocketStorage::EMPTY; STREAMS + 1]);
        let mut sockets = SocketSet::new(&mut places[..]);
        let handles = streams.rooms.iter_mut().map(|(incoming, outgoing)| {
            let incoming = tcp::SocketBuffer::new(&mut incoming[..]);
            let outgoing = tcp::SocketBuffer::new(&mut outgoing[..]);
            sockets.add(tcp::Socket::new(incoming, outgoing))
        });
        let streams = handles.collect();
        let dhcp =
            matches!(addressing, Addressing::Dhcp).then(|| sockets.add(dhcpv4::Socket::new()));
        let ports = ports.iter().copied().take(PORTS).collect();
        let mut lan = Self {
            port,
            stack,
            sockets,
            streams,
            dhcp,
            address: None,
            mac,
            ports,
            neighbours: Neighbours::default(),
            next_port: 49_152 + (seed % 8192) as u16,
            due: Some(now),
        };
        if let Addressing::Static(address) = addressing {
            lan.move_to(Some(address));
        }
        lan
    }

    /// Where this machine is, once it knows.
    pub const fn address(&self) -> Option<Address> {
        self.address
    }

    /// Takes the next frame in.
    pub fn receive(&mut self, now: Instant) -> Option<Came<'_>> {
        if !self.port.fetch() {
            return None;
        }
        if let Some((place, from, payload)) = self.ours() {
            let payload = self.port.frame_mut().get_mut(payload).unwrap_or_default();
            return Some(Came::Datagram { place, from, payload });
        }
        if let Some((ip, mac)) = frame::teller(self.port.frame())
            && self.neighbours.learn(now, ip, mac)
        {
            self.release(now, ip, mac);
        }
        let (stack, sockets) = (&mut self.stack, &mut self.sockets);
        let _ = stack.poll_ingress_single(stack_time(now), &mut self.port, sockets);
        self.due = Some(now);
        Some(Came::Other)
    }

    /// The datagram that has come, if it is for one of our ports.
    fn ours(&self) -> Option<(usize, SocketAddr, Range<usize>)> {
        let came = frame::datagram(self.port.frame())?;
        let own = self.address?;
        let everybody = [Ipv4Addr::BROADCAST].into_iter().chain(own.cidr().broadcast());
        if came.to != own.ip && !everybody.into_iter().any(|all| all == came.to) {
            return None;
        }
        let place = self.ports.iter().position(|port| *port == came.port)?;
        Some((place, came.from.into(), came.payload))
    }

    /// Sends a datagram from the port at that place. It may be lost, as on any network.
    pub fn send(&mut self, now: Instant, place: usize, to: SocketAddr, payload: &[u8]) {
        let (Some(own), SocketAddr::V4(to)) = (self.address, to) else { return };
        let Some(port) = self.ports.get(place).copied() else { return };
        let Some(next) = own.next(*to.ip()) else { return };
        let way = self.neighbours.way(now, next);
        if way.ask {
            let mac = self.mac;
            let write = |frame: &mut [u8]| frame::write_question(frame, mac, own.ip, next);
            self.port.send(frame::QUESTION, write);
        }
        match way.mac {
            Some(mac) => self.transmit(mac, port, to, payload),
            None => {
                let target = (*to.ip(), (port, to.port()));
                self.neighbours.wait(now, next, target, payload);
            }
        }
    }

    /// Sends a datagram to everybody on the network, on the port that it is from.
    pub fn broadcast(&mut self, place: usize, payload: &[u8]) {
        let (Some(own), Some(port)) = (self.address, self.ports.get(place).copied()) else {
            return;
        };
        let all = own.cidr().broadcast().unwrap_or(Ipv4Addr::BROADCAST);
        self.transmit(frame::EVERYBODY, port, SocketAddrV4::new(all, port), payload);
    }

    fn transmit(&mut self, mac: [u8; 6], port: u16, to: SocketAddrV4, payload: &[u8]) {
        let Some(own) = self.address else { return };
        let from = SocketAddrV4::new(own.ip, port);
        let ends = Ends { own_mac: self.mac, mac, from, to };
        let len = frame::len_of(payload.len());
        self.port.send(len, |frame| frame::write_datagram(frame, ends, payload));
    }

    /// Sends what has waited for that address.
    fn release(&mut self, now: Instant, ip: Ipv4Addr, mac: [u8; 6]) {
        while let Some(waiting) = self.neighbours.ready(now, ip) {
            let (port, to) = waiting.ports;
            self.transmit(mac, port, SocketAddrV4::new(waiting.to, to), &waiting.payload);
        }
    }

    /// Does what the stack has to do by now; whether this machine has another address.
    pub fn turn(&mut self, now: Instant) -> bool {
        if self.due.is_none_or(|due| due > now) {
            return false;
        }
        let at = stack_time(now);
        self.stack.poll_maintenance(at);
        let _ = self.stack.poll_egress(at, &mut self.port, &mut self.sockets);
        let moved = self.ask_dhcp();
        let due = self.stack.poll_at(at, &self.sockets);
        self.due = due.map(|due| {
            let due = Instant::from_micros(u64::try_from(due.total_micros()).unwrap_or(0));
            // What could not be sent is tried again, but not at once and for ever.
            due.max(now + Millis::new(1))
        });
        moved
    }

    fn ask_dhcp(&mut self) -> bool {
        let Some(handle) = self.dhcp else { return false };
        let address = match self.sockets.get_mut::<dhcpv4::Socket<'_>>(handle).poll() {
            None => return false,
            Some(dhcpv4::Event::Deconfigured) => None,
            Some(dhcpv4::Event::Configured(config)) => Some(Address {
                ip: config.address.address(),
                prefix: config.address.prefix_len(),
                gateway: config.router,
            }),
        };
        self.move_to(address);
        true
    }

    fn move_to(&mut self, address: Option<Address>) {
        self.address = address;
        self.neighbours.clear();
        self.stack.update_ip_addrs(|addresses| {
            addresses.clear();
            // There is room for one.
            let _ = addresses.extend_from_slice(
                &address
                    .map(|address| IpCidr::Ipv4(address.cidr()))
                    .into_iter()
                    .collect::<Vec<_, 1>>(),
            );
        });
        let routes = self.stack.routes_mut();
        routes.remove_default_ipv4_route();
        if let Some(gateway) = address.and_then(|address| address.gateway) {
            // There is room for one.
            let _ = routes.add_default_ipv4_route(gateway);
        }
    }

    /// When to come back if nothing comes.
    pub fn deadline(&self) -> Option<Instant> {
        earliest(self.due, None)
    }

    /// The connection of that number.
    pub fn stream(&mut self, number: usize) -> Option<&mut tcp::Socket<'static>> {
        // What is done with it may be due at once.
        self.due = Some(Instant::from_micros(0));
        Some(self.sockets.get_mut(*self.streams.get(number)?))
    }

    /// Begins to connect; whether it could.
    pub fn connect(&mut self, number: usize, to: SocketAddrV4) -> bool {
        let Some(handle) = self.streams.get(number) else { return false };
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(*handle);
        socket.abort();
        self.next_port = if self.next_port == u16::MAX { 49_152 } else { self.next_port + 1 };
        self.due = Some(Instant::from_micros(0));
        let context = self.stack.context();
        self.address.is_some() && socket.connect(context, to, self.next_port).is_ok()
    }
}

fn stack_time(now: Instant) -> StackInstant {
    StackInstant::from_micros(i64::try_from(now.as_micros()).unwrap_or(i64::MAX))
}
