//! Power, as read and as ordered.

use core::fmt;

/// What is known of a server's power. Silence is never "off".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum PowerState {
    /// The BMC says that it is on.
    On,
    /// The BMC says that it is off.
    Off,
    /// Nobody has said.
    Unknown,
}

impl fmt::Display for PowerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Unknown => "unknown",
        })
    }
}

/// What Chassis Control does (table 28-4, which reserves all other numbers).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum ChassisAction {
    /// Power off at once, without asking the operating system.
    Off = 0,
    /// Power on.
    On = 1,
    /// Off, at least one second without power, on. Optional.
    Cycle = 2,
    /// Hard reset.
    Reset = 3,
    /// Pulse the diagnostic interrupt, which makes many systems write a dump. Optional.
    DiagnosticInterrupt = 4,
    /// Ask the operating system through ACPI to shut down. Optional.
    SoftShutdown = 5,
}

impl ChassisAction {
    /// Every action.
    pub const ALL: [Self; 6] = [
        Self::Off,
        Self::On,
        Self::Cycle,
        Self::Reset,
        Self::DiagnosticInterrupt,
        Self::SoftShutdown,
    ];
}

impl fmt::Display for ChassisAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "power off",
            Self::On => "power on",
            Self::Cycle => "power cycle",
            Self::Reset => "hard reset",
            Self::DiagnosticInterrupt => "diagnostic interrupt",
            Self::SoftShutdown => "soft shutdown",
        })
    }
}
