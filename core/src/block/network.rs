//! Who the appliance is: its address, its number and name, and who may look at it.

use core::net::Ipv4Addr;

use super::Fault;
use super::fields::{Fields, Put};
use crate::limits::STATUS_KEY_LEN;
use crate::secret::Secret;
use crate::types::{ConnectorNumber, SystemName};
use crate::wire::{Full, Writer};

/// The appliance's own address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// The address of its network card; `None` = the one that the card has.
    pub mac: Option<[u8; 6]>,
    /// How it comes to its address.
    pub addressing: Addressing,
}

/// How an appliance comes to its address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Addressing {
    /// It asks for one.
    #[default]
    Dhcp,
    /// It has this one.
    Static {
        /// Its address.
        address: Ipv4Addr,
        /// Bits of it that name the network, 1 to 30.
        prefix: u8,
        /// Who leads to other networks.
        gateway: Option<Ipv4Addr>,
    },
}

impl Addressing {
    /// A fixed address. `None` unless it is one host's within a network of 1 to 30 bits, and the
    /// gateway is another one of that network.
    pub fn fixed(address: Ipv4Addr, prefix: u8, gateway: Option<Ipv4Addr>) -> Option<Self> {
        let host = u32::MAX.checked_shr(prefix.into()).filter(|_| (1..=30).contains(&prefix))?;
        let is_host = |ip: Ipv4Addr| {
            let own = ip.to_bits() & host;
            own != 0 && own != host && !ip.is_loopback() && !ip.is_multicast()
        };
        let beside = |gateway: Ipv4Addr| {
            let same = (gateway.to_bits() ^ address.to_bits()) & !host == 0;
            same && is_host(gateway) && gateway != address
        };
        (is_host(address) && gateway.is_none_or(beside)).then_some(Self::Static {
            address,
            prefix,
            gateway,
        })
    }
}

impl Network {
    pub(super) fn parse(fields: &mut Fields<'_>) -> Result<Self, Fault> {
        let mac = fields.maybe("MAC address", |fields| {
            let mac: [u8; 6] = fields.array("MAC address")?;
            // One card's, not a group's.
            let own = mac.first().is_some_and(|first| first & 1 == 0) && mac != [0; 6];
            fields.valid("MAC address", own.then_some(mac))
        })?;
        let fixed = fields.maybe("address", |fields| {
            let address = fields.ip("address")?;
            let prefix = fields.u8("prefix")?;
            let gateway = fields.maybe("gateway", |fields| fields.ip("gateway"))?;
            fields.valid("address", Addressing::fixed(address, prefix, gateway))
        })?;
        Ok(Self { mac, addressing: fixed.unwrap_or(Addressing::Dhcp) })
    }

    pub(super) fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.flag(self.mac.is_some())?;
        if let Some(mac) = &self.mac {
            out.bytes(mac)?;
        }
        match self.addressing {
            Addressing::Dhcp => out.flag(false),
            Addressing::Static { address, prefix, gateway } => {
                out.flag(true)?;
                out.bytes(&address.octets())?;
                out.u8(prefix)?;
                out.flag(gateway.is_some())?;
                gateway.map_or(Ok(()), |gateway| out.bytes(&gateway.octets()))
            }
        }
    }
}

/// Which connector the appliance is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its number.
    pub number: ConnectorNumber,
    /// Its name, which is its host name as well.
    pub name: SystemName,
}

impl Identity {
    pub(super) fn parse(fields: &mut Fields<'_>) -> Result<Self, Fault> {
        let number = ConnectorNumber(fields.u8("number")?);
        Ok(Self { number, name: fields.name("name")? })
    }

    pub(super) fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.number.0)?;
        out.counted(self.name.as_str().as_bytes())
    }
}

/// Who may look at the appliance.
#[derive(Debug)]
pub struct Status {
    /// UDP port on which it is asked.
    pub port: u16,
    /// The key of who may ask.
    pub key: Secret<STATUS_KEY_LEN>,
}

impl Status {
    pub(super) fn parse(fields: &mut Fields<'_>) -> Result<Self, Fault> {
        let port = fields.u16("port")?;
        let port = fields.valid("port", (port != 0).then_some(port))?;
        Ok(Self { port, key: Secret::from(fields.array::<STATUS_KEY_LEN>("key")?) })
    }

    pub(super) fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u16_be(self.port)?;
        out.bytes(self.key.expose_padded())
    }
}
