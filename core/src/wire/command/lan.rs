//! LAN configuration: Set LAN Configuration Parameters (IPMI 2.0, section 23.1) and Get LAN
//! Configuration Parameters (23.2), with the parameters that show the BMC's own address (table
//! 23-4). Those for alerts are in [`lan_alert`](super::lan_alert).

use core::fmt;
use core::marker::PhantomData;
use core::net::Ipv4Addr;

use nom::number::complete::u8;

use super::code::coded_enum;
use super::lan_alert::{Community, Destination, DestinationAddress, DestinationCount};
use super::parameter::{Parameter, Reading, SetInProgress};
use super::{Command, NetFn, Privilege};
use crate::wire::{Full, Malformed, Writer, array, value};

/// A parameter of the LAN configuration.
pub trait LanParameter: Parameter {}

impl LanParameter for SetInProgress {}
impl LanParameter for IpAddress {}
impl LanParameter for AddressSource {}
impl LanParameter for MacAddress {}
impl LanParameter for SubnetMask {}
impl LanParameter for DefaultGateway {}
impl LanParameter for Community {}
impl LanParameter for DestinationCount {}
impl LanParameter for Destination {}
impl LanParameter for DestinationAddress {}

/// Set LAN Configuration Parameters: writes one parameter of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetLanConfiguration<P> {
    /// Channel number, 0 to 15.
    pub channel: u8,
    /// The parameter.
    pub parameter: P,
}

impl<P: LanParameter> Command for SetLanConfiguration<P> {
    const NET_FN: NetFn = NetFn::TRANSPORT;
    const CODE: u8 = 0x01;
    const PRIVILEGE: Privilege = Privilege::Administrator;
    type Response = ();

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.bytes(&[self.channel & 0x0f, P::SELECTOR])?;
        self.parameter.emit(out)
    }

    fn parse(_: &[u8]) -> Result<(), Malformed> {
        Ok(())
    }
}

/// Get LAN Configuration Parameters: reads one parameter of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetLanConfiguration<P> {
    channel: u8,
    set: u8,
    parameter: PhantomData<P>,
}

impl<P: LanParameter> GetLanConfiguration<P> {
    /// Reads the parameter `P` of `channel`, 0 to 15.
    pub const fn new(channel: u8) -> Self {
        Self::of_destination(channel, 0)
    }

    /// Reads the parameter `P` of a destination, 0 to 15; 0 is the volatile one.
    pub const fn of_destination(channel: u8, destination: u8) -> Self {
        Self { channel, set: destination, parameter: PhantomData }
    }
}

impl<P: LanParameter> Command for GetLanConfiguration<P> {
    const NET_FN: NetFn = NetFn::TRANSPORT;
    const CODE: u8 = 0x02;
    const PRIVILEGE: Privilege = Privilege::Operator;
    type Response = Reading<P>;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.bytes(&[self.channel & 0x0f, P::SELECTOR, self.set, 0x00])
    }

    fn parse(data: &[u8]) -> Result<Reading<P>, Malformed> {
        Reading::parse(data)
    }
}

/// Defines parameters that are an IPv4 address, most significant byte first.
macro_rules! address_parameters {
    ($($(#[$doc:meta])* $name:ident = $selector:literal;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $name(pub Ipv4Addr);

            impl Parameter for $name {
                const SELECTOR: u8 = $selector;

                fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
                    out.bytes(&self.0.octets())
                }

                fn parse(data: &[u8]) -> Result<Self, Malformed> {
                    value(array::<4>(data)).map(|octets| Self(Ipv4Addr::from(octets)))
                }
            }
        )+
    };
}

address_parameters! {
    /// Parameter 3: the address of the BMC. Read-only in effect unless the source is static.
    IpAddress = 3;
    /// Parameter 6: the subnet mask.
    SubnetMask = 6;
    /// Parameter 12: the default gateway.
    DefaultGateway = 12;
}

coded_enum! {
    /// Parameter 4: where the BMC's address comes from.
    pub enum AddressSource {
        /// Not known.
        Unspecified = 0, "unspecified";
        /// It is set by hand.
        Static = 1, "static";
        /// DHCP.
        Dhcp = 2, "DHCP";
        /// BIOS or system software loads it.
        System = 3, "BIOS or system software";
        /// Another protocol.
        OtherProtocol = 4, "other protocol";
    }
}

impl Parameter for AddressSource {
    const SELECTOR: u8 = 4;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.code() & 0x0f)
    }

    fn parse(data: &[u8]) -> Result<Self, Malformed> {
        value(u8(data)).map(|source| Self::from_code(source & 0x0f))
    }
}

/// Parameter 5: the Ethernet address of the BMC, or of a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MacAddress(pub [u8; 6]);

impl MacAddress {
    /// All zeros: the BMC resolves the address by ARP.
    pub const ZERO: Self = Self([0; 6]);
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl Parameter for MacAddress {
    const SELECTOR: u8 = 5;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.bytes(&self.0)
    }

    fn parse(data: &[u8]) -> Result<Self, Malformed> {
        value(array(data)).map(Self)
    }
}
