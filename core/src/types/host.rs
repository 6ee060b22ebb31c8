//! Who is who on the reset path: hosts, connectors, names.

use core::fmt;
use core::num::NonZeroU16;

use heapless::String;

use super::coded;
use crate::limits::MAX_SYSTEM_NAME;

/// A host's number in its cluster, 1 to 65279. It also orders the hosts, the lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HostAddress(NonZeroU16);

impl HostAddress {
    /// The highest address; those above name connectors.
    pub const MAX: u16 = 0xFEFF;

    /// The host of that number; `None` outside 1 to 65279.
    pub const fn new(number: u16) -> Option<Self> {
        match NonZeroU16::new(number) {
            Some(number) if number.get() <= Self::MAX => Some(Self(number)),
            _ => None,
        }
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0.get()
    }
}

impl fmt::Display for HostAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A connector's number, 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ConnectorNumber(pub u8);

/// A managed server's place in a connector's configuration. Those of a cluster are contiguous.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ServerIndex(pub u16);

impl ServerIndex {
    /// The place as an index.
    pub const fn at(self) -> usize {
        self.0 as usize
    }
}

/// Who sends a message, or gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Party {
    /// A managed server.
    Host(HostAddress),
    /// A connector.
    Connector(ConnectorNumber),
}

impl Party {
    /// The number on the wire: the host address, or `FF00` and the connector's number.
    pub const fn code(self) -> u16 {
        match self {
            Self::Host(address) => address.get(),
            Self::Connector(ConnectorNumber(number)) => 0xFF00 | number as u16,
        }
    }

    /// Who that number names; `None` for 0.
    pub const fn of(code: u16) -> Option<Self> {
        match (HostAddress::new(code), code) {
            (Some(address), _) => Some(Self::Host(address)),
            (None, 0) => None,
            (None, _) => Some(Self::Connector(ConnectorNumber((code & 0xFF) as u8))),
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(address) => write!(f, "host {address}"),
            Self::Connector(ConnectorNumber(number)) => write!(f, "connector {number}"),
        }
    }
}

/// The name of a host, or of a connector, on the reset path.
///
/// 1 to 31 characters `A-Z a-z 0-9 - _`, the first alphanumeric.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SystemName(String<MAX_SYSTEM_NAME>);

impl SystemName {
    /// That name. [`NameError`] tells what is wrong with one that is none.
    pub fn new(name: &str) -> Result<Self, NameError> {
        let first = name.bytes().next().ok_or(NameError::Empty)?;
        let may = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if !first.is_ascii_alphanumeric() || !name.bytes().all(may) {
            return Err(NameError::Character);
        }
        let name = String::try_from(name).map_err(|_| NameError::TooLong)?;
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SystemName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// There is nothing.
    Empty,
    /// There are more characters than allowed.
    TooLong,
    /// A character other than `A-Z a-z 0-9 - _`, or a first one that is not alphanumeric.
    Character,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a name has at least one character"),
            Self::TooLong => write!(f, "a name has at most {MAX_SYSTEM_NAME} characters"),
            Self::Character => f.write_str(
                "a name has letters, digits, - and _, and begins with a letter or digit",
            ),
        }
    }
}

impl core::error::Error for NameError {}

coded! {
    /// How far a host is.
    HostState {
        /// It finds out what runs where, and starts nothing yet.
        Starting = 1,
        /// It takes part.
        Running = 2,
        /// It is being stopped as planned.
        Leaving = 3,
        /// The operator has taken it out of automatic failover.
        Maintenance = 4,
    }
}
