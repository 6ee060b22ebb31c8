//! Servers in the order of their addresses, names and GUIDs: found in log n.

use core::cmp::Ordering;

use heapless::Vec;

use crate::types::SystemName;
use crate::wire::command::device::Guid;

use super::address::Address;
use super::server::Server;

/// Places of servers, sorted by what they are looked for by.
#[derive(Debug, Default)]
pub(super) struct Index<const N: usize> {
    by_bmc: Vec<u16, N>,
    by_name: Vec<u16, N>,
    /// Only those that have shown a GUID.
    by_guid: Vec<u16, N>,
}

impl<const N: usize> Index<N> {
    pub(super) fn new(servers: &[Server]) -> Self {
        let mut index = Self { by_bmc: Vec::new(), by_name: Vec::new(), by_guid: Vec::new() };
        for (server, at) in servers.iter().zip(0..) {
            // There is room: no more servers than places.
            let _ = index.by_bmc.push(at);
            let _ = index.by_name.push(at);
            if server.bmc.guid().is_some() {
                let _ = index.by_guid.push(at);
            }
        }
        let of = |at: u16| servers.get(usize::from(at));
        let bmc = |at| of(at).map(|server| server.bmc.address());
        let name = |at| of(at).map(|server| &server.name);
        let guid = |at| of(at).and_then(guid);
        sort(&mut index.by_bmc, &|a, b| bmc(a).cmp(&bmc(b)));
        sort(&mut index.by_name, &|a, b| name(a).cmp(&name(b)));
        sort(&mut index.by_guid, &|a, b| guid(a).cmp(&guid(b)));
        index
    }

    /// The orders by BMC, by name and by GUID.
    pub(super) fn parts(&mut self) -> (&[u16], &[u16], &mut dyn Guids) {
        (&self.by_bmc, &self.by_name, &mut self.by_guid)
    }
}

/// One for all orders: a sort of its own for each takes kilobytes of a small machine.
fn sort(order: &mut [u16], compare: &dyn Fn(u16, u16) -> Ordering) {
    order.sort_unstable_by(|a, b| compare(*a, *b));
}

fn guid(server: &Server) -> Option<[u8; 16]> {
    server.bmc.guid().map(|guid| guid.0)
}

fn find(order: &[u16], servers: &[Server], by: impl Fn(&Server) -> Ordering) -> Option<u16> {
    let cmp = |at: &u16| servers.get(usize::from(*at)).map_or(Ordering::Greater, &by);
    order.binary_search_by(cmp).ok().and_then(|place| order.get(place)).copied()
}

/// The server whose BMC has that address.
pub(super) fn by_bmc(order: &[u16], servers: &[Server], bmc: Address) -> Option<u16> {
    find(order, servers, |server| server.bmc.address().cmp(&bmc))
}

/// A server of that name, in whatever cluster.
pub(super) fn by_name(order: &[u16], servers: &[Server], name: &SystemName) -> Option<u16> {
    find(order, servers, |server| server.name.cmp(name))
}

/// The order by GUID, whatever its capacity.
pub(super) trait Guids {
    /// A server whose BMC has shown that GUID; otherwise `server` takes that place.
    fn claim(&mut self, servers: &[Server], guid: Guid, server: u16) -> Option<u16>;
    /// The server shows no GUID for now.
    fn release(&mut self, server: u16);
}

impl<const N: usize> Guids for Vec<u16, N> {
    fn claim(&mut self, servers: &[Server], claimed: Guid, server: u16) -> Option<u16> {
        let of = |at: &u16| servers.get(usize::from(*at)).and_then(guid);
        match self.binary_search_by_key(&Some(claimed.0), of) {
            Ok(place) => self.get(place).copied(),
            Err(place) => {
                // There is room: each server is in it once at most.
                let _ = self.insert(place, server);
                None
            }
        }
    }

    fn release(&mut self, server: u16) {
        // Only when the operator accepts another BMC.
        self.retain(|other| *other != server);
    }
}
