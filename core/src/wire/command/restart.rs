//! What happens when power returns, and what made the system start: Set Power Restore Policy
//! (IPMI 2.0, section 28.8) and Get System Restart Cause (28.11).

use core::fmt;

use nom::number::complete::u8;

use super::code::{bit, bits, coded_enum};
use super::{Command, NetFn, Privilege};
use crate::wire::{Full, Malformed, Step, Writer, value};

/// What the chassis does when mains power returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum RestorePolicy {
    /// It stays off.
    StayOff = 0,
    /// It goes back to the state it was in when power was lost.
    Previous = 1,
    /// It always powers up.
    PowerUp = 2,
}

impl RestorePolicy {
    /// The policy of a code; `None` for "unknown" and reserved codes.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::StayOff),
            1 => Some(Self::Previous),
            2 => Some(Self::PowerUp),
            _ => None,
        }
    }
}

impl fmt::Display for RestorePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StayOff => "stay off",
            Self::Previous => "previous state",
            Self::PowerUp => "power up",
        })
    }
}

/// Set Power Restore Policy. The present policy is part of the chassis status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetPowerRestorePolicy {
    /// The policy to set; `None` changes nothing and only asks which ones there are.
    pub policy: Option<RestorePolicy>,
}

impl Command for SetPowerRestorePolicy {
    const NET_FN: NetFn = NetFn::CHASSIS;
    const CODE: u8 = 0x06;
    const PRIVILEGE: Privilege = Privilege::Operator;
    type Response = SupportedRestorePolicies;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.policy.map_or(3, |policy| policy as u8))
    }

    fn parse(data: &[u8]) -> Result<SupportedRestorePolicies, Malformed> {
        let policies = value(u8(data))?;
        Ok(SupportedRestorePolicies {
            stay_off: bit(policies, 0),
            previous: bit(policies, 1),
            power_up: bit(policies, 2),
        })
    }
}

/// The answer to [`SetPowerRestorePolicy`]: which policies the chassis supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SupportedRestorePolicies {
    /// [`RestorePolicy::StayOff`].
    pub stay_off: bool,
    /// [`RestorePolicy::Previous`].
    pub previous: bool,
    /// [`RestorePolicy::PowerUp`].
    pub power_up: bool,
}

impl SupportedRestorePolicies {
    /// Writes the answer's data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(bits(&[self.stay_off, self.previous, self.power_up]))
    }
}

/// Get System Restart Cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetSystemRestartCause;

impl Command for GetSystemRestartCause {
    const NET_FN: NetFn = NetFn::CHASSIS;
    const CODE: u8 = 0x07;
    const PRIVILEGE: Privilege = Privilege::User;
    type Response = SystemRestart;

    fn emit(&self, _: &mut Writer<'_>) -> Result<(), Full> {
        Ok(())
    }

    fn parse(data: &[u8]) -> Result<SystemRestart, Malformed> {
        value(system_restart(data))
    }
}

/// The answer to [`GetSystemRestartCause`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemRestart {
    /// Why the system started or was reset last.
    pub cause: RestartCause,
    /// Channel on which the command came, 0 to 15; meaningful for [`RestartCause::Command`].
    pub channel: u8,
}

coded_enum! {
    /// Why a system started (table 28-11).
    pub enum RestartCause {
        /// Not known: it started, but nobody saw why.
        Unknown = 0x0, "unknown";
        /// Chassis Control.
        Command = 0x1, "chassis control command";
        /// Reset button.
        ResetButton = 0x2, "reset button";
        /// Power button.
        PowerButton = 0x3, "power button";
        /// The watchdog ran out.
        Watchdog = 0x4, "watchdog";
        /// Defined by the manufacturer.
        Oem = 0x5, "OEM";
        /// Mains power returned, and the policy is to power up always.
        PowerUpPolicy = 0x6, "mains returned, policy: power up";
        /// Mains power returned, and the policy is to restore the state before.
        PreviousPolicy = 0x7, "mains returned, policy: previous state";
        /// Reset by platform event filtering.
        PefReset = 0x8, "reset by event filter";
        /// Power cycle by platform event filtering.
        PefCycle = 0x9, "power cycle by event filter";
        /// Soft reset, such as by the keyboard.
        SoftReset = 0xa, "soft reset";
        /// Wake-up by the real-time clock.
        ClockWake = 0xb, "real-time clock";
    }
}

impl SystemRestart {
    /// Writes the answer's data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.cause.code() & 0x0f)?;
        out.u8(self.channel & 0x0f)
    }
}

fn system_restart(input: &[u8]) -> Step<'_, SystemRestart> {
    let (input, cause) = u8(input)?;
    let (input, channel) = u8(input)?;
    let answer =
        SystemRestart { cause: RestartCause::from_code(cause & 0x0f), channel: channel & 0x0f };
    Ok((input, answer))
}
