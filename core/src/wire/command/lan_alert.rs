//! LAN configuration parameters for alerts (IPMI 2.0, table 23-4): who gets a platform event trap,
//! and how.
//!
//! Destination 0 is volatile and only for tests; alert policies name destinations from 1 up.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use nom::number::complete::u8;

use super::code::{bit, coded_enum};
use super::lan::MacAddress;
use super::parameter::Parameter;
use crate::wire::{Full, Malformed, Step, Writer, array, value};

/// Parameter 16: the SNMP community that traps carry, up to 18 characters, filled up with zeros.
///
/// It is the only secret of a trap, so it is not shown by `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Community([u8; 18]);

impl Community {
    /// A community of 1 to 18 printable ASCII characters.
    pub fn new(text: &str) -> Option<Self> {
        let printable = text.bytes().all(|byte| matches!(byte, 0x20..=0x7e));
        let mut bytes = [0; 18];
        let room = bytes.get_mut(..text.len())?;
        room.copy_from_slice(text.as_bytes());
        (printable && !text.is_empty()).then_some(Self(bytes))
    }

    /// The characters, without the zeros behind them.
    pub fn expose(&self) -> &[u8] {
        self.0.split(|&byte| byte == 0).next().unwrap_or_default()
    }
}

impl fmt::Debug for Community {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Community(..)")
    }
}

impl Parameter for Community {
    const SELECTOR: u8 = 16;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.bytes(&self.0)
    }

    fn parse(data: &[u8]) -> Result<Self, Malformed> {
        value(array(data)).map(Self)
    }
}

/// Parameter 17, read-only: how many destinations the channel has besides the volatile one.
///
/// 0 to 15; 0 means that the channel sends no alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DestinationCount(pub u8);

impl Parameter for DestinationCount {
    const SELECTOR: u8 = 17;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.0 & 0x0f)
    }

    fn parse(data: &[u8]) -> Result<Self, Malformed> {
        value(u8(data)).map(|count| Self(count & 0x0f))
    }
}

coded_enum! {
    /// What a destination is sent.
    pub enum AlertKind {
        /// A platform event trap: SNMP.
        Trap = 0, "platform event trap";
        /// The manufacturer's first kind.
        Oem1 = 6, "OEM 1";
        /// The manufacturer's second kind.
        Oem2 = 7, "OEM 2";
    }
}

/// Parameter 18: what a destination is sent, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Number of the destination, 0 to 15.
    pub number: u8,
    /// What it is sent.
    pub kind: AlertKind,
    /// It answers with PET Acknowledge; otherwise an alert counts as delivered once it is sent.
    pub acknowledged: bool,
    /// Time between tries, or until an acknowledgement is missed: 0 is one second, 255 is 256.
    pub interval: u8,
    /// Tries after the first one, 0 to 7.
    pub retries: u8,
}

impl Parameter for Destination {
    const SELECTOR: u8 = 18;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.number & 0x0f)?;
        out.u8(u8::from(self.acknowledged) << 7 | self.kind.code() & 0x07)?;
        out.bytes(&[self.interval, self.retries & 0x07])
    }

    fn parse(data: &[u8]) -> Result<Self, Malformed> {
        let [number, kind, interval, retries] = value(array(data))?;
        Ok(Self {
            number: number & 0x0f,
            kind: AlertKind::from_code(kind & 0x07),
            acknowledged: bit(kind, 7),
            interval,
            retries: retries & 0x07,
        })
    }
}

/// Parameter 19: where a destination is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DestinationAddress {
    /// Number of the destination, 0 to 15.
    pub number: u8,
    /// Its address.
    pub address: AlertAddress,
}

/// Address of a destination, by its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertAddress {
    /// Format 0.
    Ipv4 {
        /// Through the backup gateway instead of the default one.
        backup_gateway: bool,
        /// Address of the destination.
        ip: Ipv4Addr,
        /// Its Ethernet address, or that of the gateway; [`MacAddress::ZERO`] leaves it to ARP.
        mac: MacAddress,
    },
    /// Format 1.
    Ipv6(Ipv6Addr),
    /// A format that is not known, 2 to 15; its data is dropped.
    Other(u8),
}

impl Parameter for DestinationAddress {
    const SELECTOR: u8 = 19;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.number & 0x0f)?;
        match self.address {
            AlertAddress::Ipv4 { backup_gateway, ip, mac } => {
                out.bytes(&[0x00, u8::from(backup_gateway)])?;
                out.bytes(&ip.octets())?;
                out.bytes(&mac.0)
            }
            AlertAddress::Ipv6(ip) => {
                out.u8(0x10)?;
                out.bytes(&ip.octets())
            }
            AlertAddress::Other(format) => out.u8(format << 4),
        }
    }

    fn parse(data: &[u8]) -> Result<Self, Malformed> {
        value(destination_address(data))
    }
}

fn destination_address(input: &[u8]) -> Step<'_, DestinationAddress> {
    let (input, number) = u8(input)?;
    let (input, format) = u8(input)?;
    let (input, address) = match format >> 4 {
        0 => {
            let (input, gateway) = u8(input)?;
            let (input, ip) = array::<4>(input)?;
            let (input, mac) = array(input)?;
            let ip = Ipv4Addr::from(ip);
            let mac = MacAddress(mac);
            (input, AlertAddress::Ipv4 { backup_gateway: bit(gateway, 0), ip, mac })
        }
        1 => {
            let (input, ip) = array::<16>(input)?;
            (input, AlertAddress::Ipv6(Ipv6Addr::from(ip)))
        }
        format => (input, AlertAddress::Other(format)),
    };
    Ok((input, DestinationAddress { number: number & 0x0f, address }))
}
