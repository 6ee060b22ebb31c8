//! Event filters of PEF (IPMI 2.0, section 17.7 and table 17-2): which events do what.

use nom::number::complete::{le_u16, u8};

use super::code::{bit, coded_enum};
use super::event_text::{ACPI_POWER_STATE, POWER_UNIT, SENSOR_SPECIFIC, WATCHDOG_2};
use super::parameter::Parameter;
use super::pef::PefActions;
use crate::wire::{Full, Malformed, Step, Writer, array, value};

/// Parameter 5, read-only: number of entries of the filter table, 0 to 127.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventFilterCount(pub u8);

impl Parameter for EventFilterCount {
    const SELECTOR: u8 = 5;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.0 & 0x7f)
    }

    fn parse(data: &[u8]) -> Result<Self, Malformed> {
        value(u8(data)).map(|count| Self(count & 0x7f))
    }
}

coded_enum! {
    /// Who configures a filter.
    pub enum FilterOrigin {
        /// Software: the filter is free to be used.
        Software = 0, "software";
        /// The manufacturer: only the enable bit may be changed.
        Manufacturer = 2, "manufacturer";
    }
}

coded_enum! {
    /// How severe an event of a filter is; a trap carries it.
    pub enum Severity {
        /// Not said.
        Unspecified = 0x00, "unspecified";
        /// Monitor.
        Monitor = 0x01, "monitor";
        /// Information.
        Information = 0x02, "information";
        /// Back to normal.
        Ok = 0x04, "OK";
        /// Non-critical.
        NonCritical = 0x08, "non-critical";
        /// Critical.
        Critical = 0x10, "critical";
        /// Not recoverable.
        NonRecoverable = 0x20, "non-recoverable";
    }
}

/// How one byte of event data is compared; all zeros matches any byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DataMatch {
    /// Bits that are looked at.
    pub mask: u8,
    /// Of those, bits that must be equal each; of the others, one equal bit is enough.
    pub exact: u8,
    /// What they are compared with.
    pub expected: u8,
}

/// Parameter 6: an entry of the event filter table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventFilter {
    /// Number of the entry, 1 to 127.
    pub number: u8,
    /// It is in force.
    pub enabled: bool,
    /// Who configures it.
    pub origin: FilterOrigin,
    /// What an event does that passes it.
    pub actions: PefActions,
    /// It controls a group of systems too (table 17-2, "group control operation").
    pub group_control: bool,
    /// Selector of the group, 0 to 7.
    pub group: u8,
    /// The alert policy, 1 to 15.
    pub policy: u8,
    /// Severity of such an event.
    pub severity: Severity,
    /// Slave address or software id of the event's source, as in a record; `None` for any.
    pub source: Option<u8>,
    /// Channel and logical unit of the source, as in a record; `None` for any.
    pub source_route: Option<u8>,
    /// Type of the sensor (table 42-3); `None` for any.
    pub sensor_type: Option<u8>,
    /// Number of the sensor; `None` for any.
    pub sensor_number: Option<u8>,
    /// Direction and type of the event, as in a record; `None` for any.
    pub trigger: Option<u8>,
    /// Offsets of the event that pass: bit n for offset n.
    pub offsets: u16,
    /// Comparisons of event data 1 to 3.
    pub data: [DataMatch; 3],
}

impl EventFilter {
    /// A filter for sensor-specific events of any sensor of a type, which does nothing but alert.
    pub const fn alert(number: u8, sensor_type: u8, offsets: u16, policy: u8) -> Self {
        Self {
            number,
            enabled: true,
            origin: FilterOrigin::Software,
            actions: PefActions::ALERT,
            group_control: false,
            group: 0,
            policy,
            severity: Severity::Critical,
            source: None,
            source_route: None,
            sensor_type: Some(sensor_type),
            sensor_number: None,
            trigger: Some(SENSOR_SPECIFIC),
            offsets,
            data: [DataMatch { mask: 0, exact: 0, expected: 0 }; 3],
        }
    }

    /// Filters that alert when the system goes off, numbered from `first` up.
    ///
    /// BMCs differ in the sensor that tells: the power unit (off), the ACPI power state (soft off,
    /// mechanical off, off by override, legacy off) or the watchdog (power down).
    pub const fn power_off_alerts(first: u8, policy: u8) -> [Self; 3] {
        [
            Self::alert(first, POWER_UNIT, 1 << 0x0, policy),
            Self::alert(
                first.saturating_add(1),
                ACPI_POWER_STATE,
                1 << 0x5 | 1 << 0x6 | 1 << 0x7 | 1 << 0xa | 1 << 0xc,
                policy,
            ),
            Self::alert(first.saturating_add(2), WATCHDOG_2, 1 << 0x2, policy),
        ]
    }
}

/// 0xff matches anything.
const fn unless_any(byte: u8) -> Option<u8> {
    if byte == 0xff { None } else { Some(byte) }
}

impl Parameter for EventFilter {
    const SELECTOR: u8 = 6;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.number & 0x7f)?;
        out.u8(u8::from(self.enabled) << 7 | (self.origin.code() & 0x03) << 5)?;
        out.u8(u8::from(self.group_control) << 6 | self.actions.byte())?;
        out.u8((self.group & 0x07) << 4 | self.policy & 0x0f)?;
        out.u8(self.severity.code())?;
        let conditions =
            [self.source, self.source_route, self.sensor_type, self.sensor_number, self.trigger];
        out.bytes(&conditions.map(|condition| condition.unwrap_or(0xff)))?;
        out.u16_le(self.offsets)?;
        for data in self.data {
            out.bytes(&[data.mask, data.exact, data.expected])?;
        }
        Ok(())
    }

    fn parse(data: &[u8]) -> Result<Self, Malformed> {
        value(event_filter(data))
    }
}

fn event_filter(input: &[u8]) -> Step<'_, EventFilter> {
    let (input, number) = u8(input)?;
    let (input, [configuration, actions, policy, severity]) = array(input)?;
    let (input, conditions) = array::<5>(input)?;
    let (input, offsets) = le_u16(input)?;
    let (input, data_1) = data_match(input)?;
    let (input, data_2) = data_match(input)?;
    let (input, data_3) = data_match(input)?;
    let [source, source_route, sensor_type, sensor_number, trigger] = conditions.map(unless_any);
    let filter = EventFilter {
        number: number & 0x7f,
        enabled: bit(configuration, 7),
        origin: FilterOrigin::from_code(configuration >> 5 & 0x03),
        actions: PefActions::from_byte(actions),
        group_control: bit(actions, 6),
        group: policy >> 4 & 0x07,
        policy: policy & 0x0f,
        severity: Severity::from_code(severity),
        source,
        source_route,
        sensor_type,
        sensor_number,
        trigger,
        offsets,
        data: [data_1, data_2, data_3],
    };
    Ok((input, filter))
}

fn data_match(input: &[u8]) -> Step<'_, DataMatch> {
    let (input, [mask, exact, expected]) = array(input)?;
    Ok((input, DataMatch { mask, exact, expected }))
}
