//! Records of the system event log (IPMI 2.0, sections 32.1 to 32.3).

use nom::number::complete::{le_u16, le_u24, le_u32, u8};

use super::code::bit;
use super::device::Manufacturer;
use super::sel::RecordId;
use crate::wire::{Full, Step, Writer, array};

/// Time of a record in seconds (section 37), by a clock that may never have been set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub u32);

/// What a [`Timestamp`] means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Seconds since the BMC started; its clock was not set yet.
    SinceStart(u32),
    /// Seconds since 1970-01-01 00:00, in the time zone of the BMC's clock.
    SinceEpoch(u32),
    /// The BMC does not know.
    Unspecified,
}

impl Timestamp {
    /// What the number means.
    pub const fn moment(self) -> Moment {
        match self.0 {
            0xffff_ffff => Moment::Unspecified,
            seconds @ 0..=0x2000_0000 => Moment::SinceStart(seconds),
            seconds => Moment::SinceEpoch(seconds),
        }
    }
}

/// A record of 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelRecord {
    /// Its id.
    pub id: RecordId,
    /// What it says.
    pub content: SelContent,
}

/// What a record says, by its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelContent {
    /// Type 0x02: an event of a sensor.
    SystemEvent(SystemEvent),
    /// Types 0xc0 to 0xdf: in a form of the manufacturer's own.
    OemTimestamped {
        /// Type of the record.
        record_type: u8,
        /// When.
        time: Timestamp,
        /// Whose form it is.
        manufacturer: Manufacturer,
        /// The rest.
        data: [u8; 6],
    },
    /// Types 0xe0 to 0xff (the manufacturer's own, without a time), and reserved types.
    Other {
        /// Type of the record.
        record_type: u8,
        /// The rest.
        data: [u8; 13],
    },
}

/// An event of a sensor (table 32-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemEvent {
    /// When.
    pub time: Timestamp,
    /// Who reports it.
    pub generator: Generator,
    /// Format of the event: 0x04 since IPMI 1.5, 0x03 in IPMI 1.0.
    pub format: u8,
    /// What the sensor measures (table 42-3).
    pub sensor_type: u8,
    /// Which sensor.
    pub sensor_number: u8,
    /// The state has ended; otherwise it has begun.
    pub deassertion: bool,
    /// How the data is to be read (table 42-1), 0 to 0x7f.
    pub event_type: u8,
    /// Event data 1 to 3; see [`SystemEvent::offset`].
    pub data: [u8; 3],
}

impl SystemEvent {
    /// Which state of the sensor the event is about, 0 to 15 (tables 42-2 and 42-3).
    pub const fn offset(&self) -> u8 {
        let [data_1, _, _] = self.data;
        data_1 & 0x0f
    }
}

/// Who reports an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generator {
    /// What it is.
    pub source: EventSource,
    /// Channel through which the event came, 0 to 15.
    pub channel: u8,
    /// Logical unit of the source, 0 to 3.
    pub lun: u8,
}

/// A device on the IPMB, or software of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventSource {
    /// Slave address of the device, with bit 0 clear; 0x20 is the BMC.
    Device(u8),
    /// Id of the software, 0 to 0x7f (table 5-4).
    Software(u8),
}

impl SelRecord {
    /// Reads a record.
    pub(super) fn parse(input: &[u8]) -> Step<'_, Self> {
        let (input, id) = le_u16(input)?;
        let (input, record_type) = u8(input)?;
        let (input, content) = match record_type {
            0x02 => system_event(input)?,
            0xc0..=0xdf => oem_timestamped(record_type, input)?,
            _ => {
                let (input, data) = array(input)?;
                (input, SelContent::Other { record_type, data })
            }
        };
        Ok((input, Self { id: RecordId(id), content }))
    }

    /// Writes the record.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u16_le(self.id.0)?;
        match &self.content {
            SelContent::SystemEvent(event) => emit_system_event(event, out),
            SelContent::OemTimestamped { record_type, time, manufacturer, data } => {
                out.u8(*record_type)?;
                out.u32_le(time.0)?;
                let [low, middle, high, _] = manufacturer.number().to_le_bytes();
                out.bytes(&[low, middle, high])?;
                out.bytes(data)
            }
            SelContent::Other { record_type, data } => {
                out.u8(*record_type)?;
                out.bytes(data)
            }
        }
    }
}

fn system_event(input: &[u8]) -> Step<'_, SelContent> {
    let (input, time) = le_u32(input)?;
    let (input, source) = u8(input)?;
    let (input, route) = u8(input)?;
    let (input, format) = u8(input)?;
    let (input, sensor_type) = u8(input)?;
    let (input, sensor_number) = u8(input)?;
    let (input, direction) = u8(input)?;
    let (input, data) = array(input)?;
    let source = match source & 1 {
        0 => EventSource::Device(source),
        _ => EventSource::Software(source >> 1),
    };
    let event = SystemEvent {
        time: Timestamp(time),
        generator: Generator { source, channel: route >> 4, lun: route & 0x03 },
        format,
        sensor_type,
        sensor_number,
        deassertion: bit(direction, 7),
        event_type: direction & 0x7f,
        data,
    };
    Ok((input, SelContent::SystemEvent(event)))
}

fn emit_system_event(event: &SystemEvent, out: &mut Writer<'_>) -> Result<(), Full> {
    out.u8(0x02)?;
    out.u32_le(event.time.0)?;
    out.u8(match event.generator.source {
        EventSource::Device(address) => address & 0xfe,
        EventSource::Software(id) => id << 1 | 1,
    })?;
    out.u8(event.generator.channel << 4 | event.generator.lun & 0x03)?;
    out.bytes(&[event.format, event.sensor_type, event.sensor_number])?;
    out.u8(u8::from(event.deassertion) << 7 | event.event_type & 0x7f)?;
    out.bytes(&event.data)
}

fn oem_timestamped(record_type: u8, input: &[u8]) -> Step<'_, SelContent> {
    let (input, time) = le_u32(input)?;
    let (input, manufacturer) = le_u24(input)?;
    let (input, data) = array(input)?;
    let content = SelContent::OemTimestamped {
        record_type,
        time: Timestamp(time),
        manufacturer: Manufacturer::new(manufacturer),
        data,
    };
    Ok((input, content))
}
