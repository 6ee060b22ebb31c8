//! Power and chassis: Get Chassis Status (IPMI 2.0, section 28.2), Chassis Control (28.3) and
//! Chassis Identify (28.5).

use core::num::NonZeroU8;

use nom::Parser;
use nom::combinator::opt;
use nom::number::complete::u8;

use super::code::{bit, bits, coded_enum};
use super::restart::RestorePolicy;
use super::{Command, Delivery, NetFn, Privilege};
pub use crate::types::ChassisAction;
use crate::wire::{Full, Malformed, Step, Writer, value};

/// Get Chassis Status: power, and what happened to it last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetChassisStatus;

impl Command for GetChassisStatus {
    const NET_FN: NetFn = NetFn::CHASSIS;
    const CODE: u8 = 0x01;
    const PRIVILEGE: Privilege = Privilege::User;
    type Response = ChassisStatus;

    fn emit(&self, _: &mut Writer<'_>) -> Result<(), Full> {
        Ok(())
    }

    fn parse(data: &[u8]) -> Result<ChassisStatus, Malformed> {
        value(chassis_status(data))
    }
}

/// The answer to [`GetChassisStatus`] (table 28-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChassisStatus {
    /// The system's power is on (S0 or S1 as the BMC sees it).
    pub power_on: bool,
    /// Switched off by an overload of power.
    pub power_overload: bool,
    /// Switched off by a panel interlock.
    pub interlock: bool,
    /// The main power subsystem has a fault.
    pub power_fault: bool,
    /// The power could not be switched as it was asked for.
    pub power_control_fault: bool,
    /// What happens when mains power returns; `None` when the BMC does not know.
    pub restore_policy: Option<RestorePolicy>,
    /// What switched the power last.
    pub last_power_event: LastPowerEvent,
    /// The chassis is open.
    pub intrusion: bool,
    /// Buttons of the front panel are locked.
    pub front_panel_lockout: bool,
    /// A drive has a fault.
    pub drive_fault: bool,
    /// Cooling or a fan has a fault.
    pub cooling_fault: bool,
    /// The identify light; `None` when the BMC does not tell.
    pub identify: Option<IdentifyState>,
    /// Buttons of the front panel; `None` when the BMC does not tell.
    pub front_panel: Option<FrontPanel>,
}

/// Byte 2 of the answer. More than one may be set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastPowerEvent {
    /// Mains power failed.
    pub ac_failed: bool,
    /// Off by an overload.
    pub overload: bool,
    /// Off by an interlock.
    pub interlock: bool,
    /// Off by a power fault.
    pub fault: bool,
    /// On by an IPMI command.
    pub on_by_command: bool,
}

coded_enum! {
    /// State of the identify light.
    pub enum IdentifyState {
        /// Off.
        Off = 0, "off";
        /// On for a while.
        Timed = 1, "on for a time";
        /// On until it is switched off.
        Indefinite = 2, "on";
    }
}

/// Which buttons of the front panel are disabled, and which can be. Byte 4 of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrontPanel {
    /// Power button.
    pub power_off: Button,
    /// Reset button.
    pub reset: Button,
    /// Diagnostic interrupt button.
    pub diagnostic_interrupt: Button,
    /// Standby (sleep) button.
    pub standby: Button,
}

/// A button of the front panel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Button {
    /// It does nothing now.
    pub disabled: bool,
    /// It can be disabled.
    pub can_disable: bool,
}

impl FrontPanel {
    const fn from_byte(byte: u8) -> Self {
        const fn button(byte: u8, position: u8) -> Button {
            Button { disabled: bit(byte, position), can_disable: bit(byte, position + 4) }
        }
        Self {
            power_off: button(byte, 0),
            reset: button(byte, 1),
            diagnostic_interrupt: button(byte, 2),
            standby: button(byte, 3),
        }
    }

    fn byte(self) -> u8 {
        let buttons = [self.power_off, self.reset, self.diagnostic_interrupt, self.standby];
        bits(&buttons.map(|button| button.can_disable)) << 4
            | bits(&buttons.map(|button| button.disabled))
    }
}

fn chassis_status(input: &[u8]) -> Step<'_, ChassisStatus> {
    let (input, power) = u8(input)?;
    let (input, event) = u8(input)?;
    let (input, misc) = u8(input)?;
    let (input, panel) = opt(u8).parse(input)?;
    let status = ChassisStatus {
        power_on: bit(power, 0),
        power_overload: bit(power, 1),
        interlock: bit(power, 2),
        power_fault: bit(power, 3),
        power_control_fault: bit(power, 4),
        restore_policy: RestorePolicy::from_code(power >> 5 & 0x03),
        last_power_event: LastPowerEvent {
            ac_failed: bit(event, 0),
            overload: bit(event, 1),
            interlock: bit(event, 2),
            fault: bit(event, 3),
            on_by_command: bit(event, 4),
        },
        intrusion: bit(misc, 0),
        front_panel_lockout: bit(misc, 1),
        drive_fault: bit(misc, 2),
        cooling_fault: bit(misc, 3),
        identify: bit(misc, 6).then(|| IdentifyState::from_code(misc >> 4 & 0x03)),
        front_panel: panel.map(FrontPanel::from_byte),
    };
    Ok((input, status))
}

impl ChassisStatus {
    /// Writes the answer's data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        let power = bits(&[
            self.power_on,
            self.power_overload,
            self.interlock,
            self.power_fault,
            self.power_control_fault,
        ]);
        out.u8(self.restore_policy.map_or(3, |policy| policy as u8) << 5 | power)?;
        let event = self.last_power_event;
        out.u8(bits(&[
            event.ac_failed,
            event.overload,
            event.interlock,
            event.fault,
            event.on_by_command,
        ]))?;
        let faults =
            [self.intrusion, self.front_panel_lockout, self.drive_fault, self.cooling_fault];
        let identify = self.identify.map_or(0, |state| 0x40 | (state.code() & 0x03) << 4);
        out.u8(identify | bits(&faults))?;
        match self.front_panel {
            Some(panel) => out.u8(panel.byte()),
            None => Ok(()),
        }
    }
}

/// Chassis Control: acts on the power at once.
///
/// The BMC may answer before the power has changed, so the state is read afterwards; a cycle or a
/// reset while the power is off is answered with 0xd5 or does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChassisControl(pub ChassisAction);

impl Command for ChassisControl {
    const NET_FN: NetFn = NetFn::CHASSIS;
    const CODE: u8 = 0x02;
    const PRIVILEGE: Privilege = Privilege::Operator;
    const DELIVERY: Delivery = Delivery::Once;
    type Response = ();

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.0 as u8)
    }

    fn parse(_: &[u8]) -> Result<(), Malformed> {
        Ok(())
    }
}

/// Chassis Identify: the light, or whatever else shows which chassis it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChassisIdentify {
    /// On for the BMC's default, 15 seconds.
    Briefly,
    /// On for this many seconds.
    Seconds(NonZeroU8),
    /// On until told otherwise. BMCs of IPMI 1.5 do not know this.
    Indefinite,
    /// Off.
    Off,
}

impl Command for ChassisIdentify {
    const NET_FN: NetFn = NetFn::CHASSIS;
    const CODE: u8 = 0x04;
    const PRIVILEGE: Privilege = Privilege::Operator;
    type Response = ();

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        match self {
            Self::Briefly => Ok(()),
            Self::Seconds(seconds) => out.u8(seconds.get()),
            Self::Indefinite => out.bytes(&[0x00, 0x01]),
            Self::Off => out.u8(0x00),
        }
    }

    fn parse(_: &[u8]) -> Result<(), Malformed> {
        Ok(())
    }
}
