//! The network interfaces.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use komainu_host::platform::{Interface, InterfaceAddress};
use nix::ifaddrs::getifaddrs;
use nix::net::if_::{InterfaceFlags, if_nametoindex};
use nix::sys::socket::SockaddrStorage;

/// The interfaces that are up. Parts of a bridge or a bond have no addresses of their own and
/// are left out.
pub(super) fn up() -> io::Result<Vec<Interface>> {
    let mut found = BTreeMap::<String, Interface>::new();
    for entry in getifaddrs()? {
        if !entry.flags.contains(InterfaceFlags::IFF_UP) || is_part(&entry.interface_name) {
            continue;
        }
        let name = entry.interface_name;
        let interface = found.entry(name.clone()).or_insert_with(|| Interface {
            // One that has gone since has no number, and no addresses either.
            index: if_nametoindex(name.as_str()).unwrap_or(0),
            loopback: entry.flags.contains(InterfaceFlags::IFF_LOOPBACK),
            addresses: Vec::new(),
            name,
        });
        if let Some(ip) = entry.address.as_ref().and_then(ip_of) {
            let prefix = entry.netmask.as_ref().and_then(ip_of).map_or(0, prefix);
            let broadcast = entry.broadcast.as_ref().and_then(ip_of).and_then(v4);
            interface.addresses.push(InterfaceAddress { ip, broadcast, prefix });
        }
    }
    Ok(found.into_values().collect())
}

fn is_part(name: &str) -> bool {
    Path::new("/sys/class/net").join(name).join("master").exists()
}

fn ip_of(address: &SockaddrStorage) -> Option<IpAddr> {
    let v4 = address.as_sockaddr_in().map(|v4| v4.ip().into());
    v4.or_else(|| address.as_sockaddr_in6().map(|v6| v6.ip().into()))
}

fn prefix(mask: IpAddr) -> u8 {
    let ones = match mask {
        IpAddr::V4(mask) => mask.to_bits().leading_ones(),
        IpAddr::V6(mask) => mask.to_bits().leading_ones(),
    };
    u8::try_from(ones).unwrap_or(u8::MAX)
}

fn v4(ip: IpAddr) -> Option<Ipv4Addr> {
    match ip {
        IpAddr::V4(ip) => Some(ip),
        IpAddr::V6(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_loopback() {
        let found = up().expect("interfaces");
        let loopback = found.iter().find(|one| one.loopback).expect("a loopback");
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let address = loopback.addresses.iter().find(|one| one.ip == local).expect("127.0.0.1");
        assert_eq!((address.prefix, loopback.index > 0), (8, true));
        assert!(address.reaches(Ipv4Addr::new(127, 3, 2, 1).into()));
    }
}
