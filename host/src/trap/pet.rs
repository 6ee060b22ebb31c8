//! What a Platform Event Trap says (Platform Event Trap Format 1.0): which sensor of which machine
//! has changed, and how.

use komainu_core::wire::command::device::Guid;

use super::ber::Trap;

/// 1.3.6.1.4.1.3183.1.1, whose traps these are.
const ENTERPRISE: [u8; 9] = [0x2b, 6, 1, 4, 1, 0x98, 0x6f, 1, 1];
/// The variable below it that holds everything else.
const VARIABLE: u8 = 1;
/// The generic kind of traps that only their enterprise explains.
const SPECIFIC: u32 = 6;
/// Length of the fields that every such trap has, in bytes.
const FIXED: usize = 46;
/// Where the number of the sensor stands in them.
const SENSOR: usize = 28;

/// An event that is about a machine's power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pet {
    /// The machine, as its BMC knows it.
    pub(super) guid: Guid,
    /// What happened, for the log.
    pub(super) event: &'static str,
    /// What it says of an input of the machine's supplies.
    pub(super) input: Option<SupplyInput>,
}

/// An input of a supply, by the sensor that watches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SupplyInput {
    /// The number of the sensor.
    pub(super) sensor: u8,
    /// It has lost the mains, or has them again.
    pub(super) lost: bool,
}

impl Pet {
    /// What a trap says of a machine's power; `None` when it is about something else.
    pub(super) fn of(trap: &Trap<'_>) -> Option<Self> {
        if trap.enterprise != ENTERPRISE || trap.generic != SPECIFIC {
            return None;
        }
        let (object, fields) = trap.first?;
        if object.strip_prefix(&ENTERPRISE) != Some(&[VARIABLE]) || fields.len() < FIXED {
            return None;
        }
        let guid = Guid(*fields.first_chunk()?);
        let sensor = *fields.get(SENSOR)?;
        let input = input(trap.specific).map(|lost| SupplyInput { sensor, lost });
        Some(Self { guid, event: event(trap.specific)?, input })
    }
}

/// Whether a specific kind says that an input is without mains, or has them again.
const fn input(specific: u32) -> Option<bool> {
    match specific {
        0x09_6f_04 | 0x08_6f_03 => Some(true),
        0x09_6f_84 | 0x08_6f_83 => Some(false),
        _ => None,
    }
}

/// What a specific kind says of the power: sensor type, event type, and in the last byte the
/// offset, with the highest bit set when it is over (IPMI 2.0, tables 42-2 and 42-3).
const fn event(specific: u32) -> Option<&'static str> {
    Some(match specific {
        0x09_6f_00 => "power unit off",
        0x09_6f_01 => "power cycle",
        0x09_6f_04 => "power unit without mains",
        0x09_6f_05 => "power unit did not follow an order",
        0x09_6f_80 => "power unit on again",
        0x09_6f_84 => "power unit with mains again",
        0x08_6f_03 => "a supply without mains",
        0x08_6f_83 => "a supply with mains again",
        0x22_6f_00 => "ACPI working",
        0x22_6f_05 => "ACPI soft off",
        0x22_6f_06 => "ACPI S4 or S5",
        0x22_6f_07 => "ACPI mechanical off",
        0x22_6f_0a => "ACPI override to off",
        0x22_6f_0c => "ACPI legacy off",
        0x23_6f_02 => "the watchdog switched off",
        0x23_6f_03 => "the watchdog cycled the power",
        _ => return None,
    })
}
