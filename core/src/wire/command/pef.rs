//! Platform event filtering: Get PEF Capabilities (IPMI 2.0, section 30.1), Set PEF Configuration
//! Parameters (30.3) and Get PEF Configuration Parameters (30.4), as far as alerts need them.
//!
//! An event that passes a filter ([`EventFilter`]) whose action is an alert goes to every
//! destination of the filter's alert policy ([`AlertPolicyEntry`]), if [`PefControl`] and
//! [`PefActionControl`] let it.

use core::marker::PhantomData;

use nom::number::complete::u8;

use super::alert_policy::{AlertPolicyCount, AlertPolicyEntry};
use super::code::{bit, bits};
use super::event_filter::{EventFilter, EventFilterCount};
use super::parameter::{Parameter, Reading, SetInProgress};
use super::{Command, NetFn, Privilege};
use crate::wire::{Full, Malformed, Writer, array, value};

/// What a filter can make the BMC do; also what it is able or allowed to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PefActions {
    /// Send an alert by the filter's policy.
    pub alert: bool,
    /// Power off.
    pub power_off: bool,
    /// Reset.
    pub reset: bool,
    /// Power cycle.
    pub power_cycle: bool,
    /// The manufacturer's action.
    pub oem: bool,
    /// Diagnostic interrupt.
    pub diagnostic_interrupt: bool,
}

impl PefActions {
    /// Only an alert.
    pub const ALERT: Self = Self::from_byte(0x01);

    pub(super) const fn from_byte(byte: u8) -> Self {
        Self {
            alert: bit(byte, 0),
            power_off: bit(byte, 1),
            reset: bit(byte, 2),
            power_cycle: bit(byte, 3),
            oem: bit(byte, 4),
            diagnostic_interrupt: bit(byte, 5),
        }
    }

    pub(super) fn byte(self) -> u8 {
        bits(&[
            self.alert,
            self.power_off,
            self.reset,
            self.power_cycle,
            self.oem,
            self.diagnostic_interrupt,
        ])
    }
}

/// Get PEF Capabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetPefCapabilities;

impl Command for GetPefCapabilities {
    const NET_FN: NetFn = NetFn::SENSOR_EVENT;
    const CODE: u8 = 0x10;
    const PRIVILEGE: Privilege = Privilege::User;
    type Response = PefCapabilities;

    fn emit(&self, _: &mut Writer<'_>) -> Result<(), Full> {
        Ok(())
    }

    fn parse(data: &[u8]) -> Result<PefCapabilities, Malformed> {
        let [version, actions, filters] = value(array(data))?;
        Ok(PefCapabilities {
            version,
            actions: PefActions::from_byte(actions),
            filters_oem_records: bit(actions, 7),
            filters,
        })
    }
}

/// The answer to [`GetPefCapabilities`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PefCapabilities {
    /// Version of PEF: 0x51 for 1.5.
    pub version: u8,
    /// The actions that are supported.
    pub actions: PefActions,
    /// Filters can look at the manufacturer's own records too.
    pub filters_oem_records: bool,
    /// Number of entries of the filter table.
    pub filters: u8,
}

impl PefCapabilities {
    /// Writes the answer's data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        let actions = u8::from(self.filters_oem_records) << 7 | self.actions.byte();
        out.bytes(&[self.version, actions, self.filters])
    }
}

/// A parameter of the PEF configuration.
pub trait PefParameter: Parameter {}

impl PefParameter for SetInProgress {}
impl PefParameter for PefControl {}
impl PefParameter for PefActionControl {}
impl PefParameter for EventFilterCount {}
impl PefParameter for EventFilter {}
impl PefParameter for AlertPolicyCount {}
impl PefParameter for AlertPolicyEntry {}

/// Set PEF Configuration Parameters: writes one parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetPefConfiguration<P>(pub P);

impl<P: PefParameter> Command for SetPefConfiguration<P> {
    const NET_FN: NetFn = NetFn::SENSOR_EVENT;
    const CODE: u8 = 0x12;
    const PRIVILEGE: Privilege = Privilege::Administrator;
    type Response = ();

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(P::SELECTOR)?;
        self.0.emit(out)
    }

    fn parse(_: &[u8]) -> Result<(), Malformed> {
        Ok(())
    }
}

/// Get PEF Configuration Parameters: reads one parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GetPefConfiguration<P> {
    set: u8,
    parameter: PhantomData<P>,
}

impl<P: PefParameter> GetPefConfiguration<P> {
    /// Reads the parameter `P`.
    pub const fn new() -> Self {
        Self::of_entry(0)
    }

    /// Reads an entry of the table `P`; entries count from 1.
    pub const fn of_entry(number: u8) -> Self {
        Self { set: number, parameter: PhantomData }
    }
}

impl<P: PefParameter> Command for GetPefConfiguration<P> {
    const NET_FN: NetFn = NetFn::SENSOR_EVENT;
    const CODE: u8 = 0x13;
    const PRIVILEGE: Privilege = Privilege::Operator;
    type Response = Reading<P>;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.bytes(&[P::SELECTOR, self.set, 0x00])
    }

    fn parse(data: &[u8]) -> Result<Reading<P>, Malformed> {
        Reading::parse(data)
    }
}

/// Parameter 1: PEF as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PefControl {
    /// Events are filtered.
    pub enabled: bool,
    /// Actions are events themselves, and logged.
    pub log_actions: bool,
    /// After a power-up or a reset, PEF waits before it acts.
    pub startup_delay: bool,
    /// After a power-up or a reset, PEF waits before it sends alerts.
    pub alert_startup_delay: bool,
}

impl Parameter for PefControl {
    const SELECTOR: u8 = 1;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(bits(&[
            self.enabled,
            self.log_actions,
            self.startup_delay,
            self.alert_startup_delay,
        ]))
    }

    fn parse(data: &[u8]) -> Result<Self, Malformed> {
        let control = value(u8(data))?;
        Ok(Self {
            enabled: bit(control, 0),
            log_actions: bit(control, 1),
            startup_delay: bit(control, 2),
            alert_startup_delay: bit(control, 3),
        })
    }
}

/// Parameter 2: the actions that filters may trigger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PefActionControl(pub PefActions);

impl Parameter for PefActionControl {
    const SELECTOR: u8 = 2;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.0.byte())
    }

    fn parse(data: &[u8]) -> Result<Self, Malformed> {
        value(u8(data)).map(|actions| Self(PefActions::from_byte(actions)))
    }
}
