//! One host of a list.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use super::{DEFAULT_PORT, Problem};

/// A host as it was named, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// As the list has it; results carry it.
    pub(crate) name: Box<str>,
    /// Where it is.
    pub(crate) place: Place,
}

/// Where a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// At an address: no resolver is asked.
    Address(SocketAddr),
    /// Wherever the resolver says that the first `len` bytes of the name are.
    Name {
        /// Bytes of the name without its port.
        len: u16,
        /// UDP port.
        port: u16,
    },
}

impl Target {
    /// A host by its text, ranges being expanded.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let name = text.into();
        if let Some(rest) = text.strip_prefix('[') {
            let (address, rest) = rest.split_once(']').ok_or(Problem::Bracket)?;
            let address = address.parse::<Ipv6Addr>().map_err(|_| Problem::Address)?;
            let port = match rest.strip_prefix(':') {
                Some(digits) => port(digits)?,
                None if rest.is_empty() => DEFAULT_PORT,
                None => return Err(Problem::Character),
            };
            return Ok(Self { name, place: Place::Address((address, port).into()) });
        }
        if text.matches(':').nth(1).is_some() {
            let address = text.parse::<Ipv6Addr>().map_err(|_| Problem::Address)?;
            return Ok(Self { name, place: Place::Address((address, DEFAULT_PORT).into()) });
        }
        let (host, port) = match text.split_once(':') {
            Some((host, digits)) => (host, port(digits)?),
            None => (text, DEFAULT_PORT),
        };
        Ok(Self { name, place: place(host, port)? })
    }

    /// The name to be looked up; `None` for an address.
    pub(crate) fn lookup(&self) -> Option<(&str, u16)> {
        match self.place {
            Place::Address(_) => None,
            Place::Name { len, port } => Some((self.name.get(..usize::from(len))?, port)),
        }
    }
}

fn place(host: &str, port: u16) -> Result<Place, Problem> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(Place::Address((address, port).into()));
    }
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    match host.len() {
        0 => Err(Problem::Empty),
        _ if !host.chars().all(named) => Err(Problem::Character),
        len @ 1..=253 => Ok(Place::Name { len: len as u16, port }),
        _ => Err(Problem::Long),
    }
}

fn port(digits: &str) -> Result<u16, Problem> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|port| plain && *port != 0).ok_or(Problem::Port)
}
