//! Who the BMC is: Get Device ID (IPMI 2.0, section 20.1) and Get System GUID (section 22.14).

use core::fmt;

use nom::Parser;
use nom::combinator::opt;
use nom::number::complete::{le_u16, le_u24, u8};

use super::code::{bit, bits};
use super::{Command, NetFn, Privilege};
use crate::wire::{Full, Malformed, Step, Writer, array, value};

/// Get Device ID: what the management controller is, and which firmware it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetDeviceId;

impl Command for GetDeviceId {
    const NET_FN: NetFn = NetFn::APP;
    const CODE: u8 = 0x01;
    const PRIVILEGE: Privilege = Privilege::User;
    type Response = DeviceId;

    fn emit(&self, _: &mut Writer<'_>) -> Result<(), Full> {
        Ok(())
    }

    fn parse(data: &[u8]) -> Result<DeviceId, Malformed> {
        value(device_id(data))
    }
}

/// The answer to [`GetDeviceId`] (table 20-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceId {
    /// Number that the manufacturer gave to this kind of controller; 0 says nothing.
    pub device_id: u8,
    /// Revision of the hardware, 0 to 15.
    pub device_revision: u8,
    /// The controller answers for Device SDRs.
    pub provides_sdrs: bool,
    /// Firmware or SDRs are being updated; most commands do not work now.
    pub updating: bool,
    /// Revision of the firmware.
    pub firmware: FirmwareRevision,
    /// Version of IPMI that the controller follows.
    pub ipmi_version: IpmiVersion,
    /// What the controller can do besides answering.
    pub support: DeviceSupport,
    /// Who made it.
    pub manufacturer: Manufacturer,
    /// Number that the manufacturer gave to the product; 0 says nothing.
    pub product_id: u16,
    /// Further firmware revision, in a form of the manufacturer's own.
    pub auxiliary: Option<[u8; 4]>,
}

/// Revision of the firmware: shown as major.minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirmwareRevision {
    /// Major revision, binary, 0 to 127.
    pub major: u8,
    /// Minor revision as on the wire: two BCD digits. Some BMCs count in hexadecimal.
    pub minor: u8,
}

impl fmt::Display for FirmwareRevision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02x}", self.major, self.minor)
    }
}

/// Version of IPMI: 1.5 or 2.0 as a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpmiVersion {
    /// Major version, 0 to 15.
    pub major: u8,
    /// Minor version, 0 to 15.
    pub minor: u8,
}

impl fmt::Display for IpmiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Additional device support, byte 6 of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceSupport {
    /// Sensors.
    pub sensor: bool,
    /// Sensor data record repository.
    pub sdr_repository: bool,
    /// System event log.
    pub sel: bool,
    /// FRU inventory.
    pub fru_inventory: bool,
    /// Receives event messages from the IPMB.
    pub event_receiver: bool,
    /// Sends event messages to the IPMB.
    pub event_generator: bool,
    /// Bridges between channels.
    pub bridge: bool,
    /// Chassis commands.
    pub chassis: bool,
}

impl DeviceSupport {
    const fn from_byte(byte: u8) -> Self {
        Self {
            sensor: bit(byte, 0),
            sdr_repository: bit(byte, 1),
            sel: bit(byte, 2),
            fru_inventory: bit(byte, 3),
            event_receiver: bit(byte, 4),
            event_generator: bit(byte, 5),
            bridge: bit(byte, 6),
            chassis: bit(byte, 7),
        }
    }

    fn byte(self) -> u8 {
        bits(&[
            self.sensor,
            self.sdr_repository,
            self.sel,
            self.fru_inventory,
            self.event_receiver,
            self.event_generator,
            self.bridge,
            self.chassis,
        ])
    }
}

/// IANA enterprise number of a manufacturer, 20 bits; 0 says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manufacturer(u32);

impl Manufacturer {
    /// The manufacturer with the lower 20 bits of `number`; the four above are reserved.
    pub const fn new(number: u32) -> Self {
        Self(number & 0x000f_ffff)
    }

    /// The number.
    pub const fn number(self) -> u32 {
        self.0
    }
}

fn device_id(input: &[u8]) -> Step<'_, DeviceId> {
    let (input, device_id) = u8(input)?;
    let (input, revision) = u8(input)?;
    let (input, major) = u8(input)?;
    let (input, minor) = u8(input)?;
    let (input, version) = u8(input)?;
    let (input, support) = u8(input)?;
    let (input, manufacturer) = le_u24(input)?;
    let (input, product_id) = le_u16(input)?;
    let (input, auxiliary) = opt(array::<4>).parse(input)?;
    let answer = DeviceId {
        device_id,
        device_revision: revision & 0x0f,
        provides_sdrs: bit(revision, 7),
        updating: bit(major, 7),
        firmware: FirmwareRevision { major: major & 0x7f, minor },
        // BCD with the digits swapped: 0x51 is 1.5, 0x02 is 2.0.
        ipmi_version: IpmiVersion { major: version & 0x0f, minor: version >> 4 },
        support: DeviceSupport::from_byte(support),
        manufacturer: Manufacturer::new(manufacturer),
        product_id,
        auxiliary,
    };
    Ok((input, answer))
}

impl DeviceId {
    /// Writes the answer's data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.device_id)?;
        out.u8(u8::from(self.provides_sdrs) << 7 | self.device_revision & 0x0f)?;
        out.u8(u8::from(self.updating) << 7 | self.firmware.major & 0x7f)?;
        out.u8(self.firmware.minor)?;
        out.u8(self.ipmi_version.minor << 4 | self.ipmi_version.major & 0x0f)?;
        out.u8(self.support.byte())?;
        let [low, middle, high, _] = self.manufacturer.number().to_le_bytes();
        out.bytes(&[low, middle, high])?;
        out.u16_le(self.product_id)?;
        out.bytes(self.auxiliary.as_ref().map_or(&[], |revision| revision))
    }
}

/// Get System GUID: the same number over every channel and across restarts.
///
/// It is answered before a session too, but not by every BMC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetSystemGuid;

impl Command for GetSystemGuid {
    const NET_FN: NetFn = NetFn::APP;
    const CODE: u8 = 0x37;
    const PRIVILEGE: Privilege = Privilege::User;
    type Response = Guid;

    fn emit(&self, _: &mut Writer<'_>) -> Result<(), Full> {
        Ok(())
    }

    fn parse(data: &[u8]) -> Result<Guid, Malformed> {
        value(array(data)).map(Guid)
    }
}

/// A system's globally unique id: 16 bytes in the order of the wire, as RAKP 2 carries it too.
///
/// Shown in the order of section 20.8 (node first on the wire, least significant byte first), the
/// way FreeIPMI's `bmc-info` does. Many BMCs store the bytes in SMBIOS order instead; ipmitool
/// then guesses, so what it shows may be another permutation of the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// False for the values of a BMC that was never given an id: all bytes 0x00 or all 0xff.
    pub fn is_pinnable(&self) -> bool {
        self.0 != [0x00; 16] && self.0 != [0xff; 16]
    }

    /// Writes the answer's data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.bytes(&self.0)
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().rev().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}
