//! The network interfaces.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::platform::{Interface, InterfaceAddress};
use windows_sys::Win32::Foundation::{ERROR_BUFFER_OVERFLOW, ERROR_NO_DATA};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GAA_FLAG_SKIP_ANYCAST, GAA_FLAG_SKIP_DNS_SERVER, GAA_FLAG_SKIP_MULTICAST, GetAdaptersAddresses,
    IF_TYPE_SOFTWARE_LOOPBACK, IP_ADAPTER_ADDRESSES_LH, IP_ADAPTER_UNICAST_ADDRESS_LH,
};
use windows_sys::Win32::NetworkManagement::Ndis::IfOperStatusUp;
use windows_sys::Win32::Networking::WinSock::{
    AF_INET, AF_INET6, AF_UNSPEC, IpDadStateDeprecated, IpDadStatePreferred, SOCKADDR_IN,
    SOCKADDR_IN6, SOCKET_ADDRESS,
};

/// Room for the answer at first, in 8-byte words; it says when it wants more.
const ROOM: usize = 2048;
/// How often more room is given: adapters may come in between.
const TRIES: usize = 4;

/// The interfaces that are up.
///
/// # Errors
/// When the system does not tell.
pub fn up() -> io::Result<Vec<Interface>> {
    let mut answer = vec![0_u64; ROOM];
    for _ in 0..TRIES {
        let mut size = u32::try_from(answer.len() * 8).map_err(io::Error::other)?;
        let first = answer.as_mut_ptr().cast::<IP_ADAPTER_ADDRESSES_LH>();
        let flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;
        // SAFETY: the answer has that much room, at a place that its structures may have.
        let error = unsafe {
            GetAdaptersAddresses(AF_UNSPEC.into(), flags, std::ptr::null(), first, &raw mut size)
        };
        match error {
            0 => return Ok(list(first)),
            ERROR_NO_DATA => return Ok(Vec::new()),
            ERROR_BUFFER_OVERFLOW => answer.resize(size as usize / 8 + 1, 0),
            error => return Err(io::Error::from_raw_os_error(error.cast_signed())),
        }
    }
    Err(io::ErrorKind::Interrupted.into())
}

fn list(first: *const IP_ADAPTER_ADDRESSES_LH) -> Vec<Interface> {
    let mut found = Vec::new();
    let mut next = first;
    // SAFETY: each points to the next one in the same answer, the last one nowhere.
    while let Some(adapter) = unsafe { next.as_ref() } {
        next = adapter.Next;
        if adapter.OperStatus != IfOperStatusUp {
            continue;
        }
        // SAFETY: this variant has the number; the other only its bytes for alignment.
        let v4 = unsafe { adapter.Anonymous1.Anonymous.IfIndex };
        found.push(Interface {
            name: text(adapter.FriendlyName),
            index: if adapter.Ipv6IfIndex == 0 { v4 } else { adapter.Ipv6IfIndex },
            loopback: adapter.IfType == IF_TYPE_SOFTWARE_LOOPBACK,
            addresses: addresses(adapter.FirstUnicastAddress),
        });
    }
    found
}

fn addresses(first: *const IP_ADAPTER_UNICAST_ADDRESS_LH) -> Vec<InterfaceAddress> {
    let mut found = Vec::new();
    let mut next = first;
    // SAFETY: each points to the next one in the same answer, the last one nowhere.
    while let Some(address) = unsafe { next.as_ref() } {
        next = address.Next;
        // One that is still looked for elsewhere may not be used yet.
        let usable = [IpDadStatePreferred, IpDadStateDeprecated].contains(&address.DadState);
        if let Some(ip) = ip_of(&address.Address).filter(|_| usable) {
            let prefix = address.OnLinkPrefixLength;
            found.push(InterfaceAddress { ip, broadcast: broadcast(ip, prefix), prefix });
        }
    }
    found
}

fn ip_of(address: &SOCKET_ADDRESS) -> Option<IpAddr> {
    // SAFETY: an address begins with its family.
    let family = unsafe { address.lpSockaddr.as_ref() }?.sa_family;
    match family {
        AF_INET => {
            let v4 = address.lpSockaddr.cast::<SOCKADDR_IN>();
            // SAFETY: that is what one of this family is.
            let number = unsafe { (*v4).sin_addr.S_un.S_addr };
            // Its bytes are in the network's order.
            Some(Ipv4Addr::from(number.to_ne_bytes()).into())
        }
        AF_INET6 => {
            // SAFETY: that is what one of this family is.
            let bytes = unsafe { (*address.lpSockaddr.cast::<SOCKADDR_IN6>()).sin6_addr.u.Byte };
            Some(Ipv6Addr::from(bytes).into())
        }
        _ => None,
    }
}

/// Where all of the network are reached: there is none in those of one or two addresses.
fn broadcast(ip: IpAddr, prefix: u8) -> Option<Ipv4Addr> {
    match ip {
        IpAddr::V4(ip) if prefix < 31 => Some((ip.to_bits() | u32::MAX >> prefix).into()),
        IpAddr::V4(_) | IpAddr::V6(_) => None,
    }
}

fn text(units: *const u16) -> String {
    // SAFETY: the text is part of the answer, and ends with 0, where this ends too.
    let units = (0..).map(|at| unsafe { *units.add(at) }).take_while(|unit| *unit != 0);
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_loopback() {
        let found = up().expect("interfaces");
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let has = |one: &&Interface| one.addresses.iter().any(|address| address.ip == local);
        let loopback = found.iter().find(has).expect("127.0.0.1");
        assert!(loopback.loopback, "{loopback:?}");
    }

    #[test]
    fn a_broadcast_is_the_last_address_of_a_network() {
        let of = |ip: &str, prefix| broadcast(ip.parse().expect("an address"), prefix);
        assert_eq!(of("10.0.1.7", 24), Some(Ipv4Addr::new(10, 0, 1, 255)));
        assert_eq!(of("10.0.1.7", 0), Some(Ipv4Addr::BROADCAST));
        assert_eq!(of("10.0.1.7", 30), Some(Ipv4Addr::new(10, 0, 1, 7)));
        assert_eq!(of("10.0.1.7", 31), None);
        assert_eq!(of("fd00::1", 64), None);
    }
}
