//! An address in less room, which counts where every server has two.

use core::net::{IpAddr, SocketAddr, SocketAddrV6};

/// A [`SocketAddr`] without flow label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    ip: IpAddr,
    port: u16,
    /// The interface of a link-local address.
    scope: u32,
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        let scope = match address {
            SocketAddr::V4(_) => 0,
            SocketAddr::V6(address) => address.scope_id(),
        };
        Self { ip: address.ip(), port: address.port(), scope }
    }
}

impl From<Address> for SocketAddr {
    fn from(Address { ip, port, scope }: Address) -> Self {
        match ip {
            IpAddr::V4(ip) => (ip, port).into(),
            IpAddr::V6(ip) => SocketAddrV6::new(ip, port, 0, scope).into(),
        }
    }
}

const _: () = assert!(size_of::<Option<Address>>() <= 24);
