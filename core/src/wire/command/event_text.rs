//! Names of sensor types and of the events that concern power (IPMI 2.0, tables 42-1 to 42-3).

/// Event type: the offsets mean what the sensor type says (table 42-1).
pub const SENSOR_SPECIFIC: u8 = 0x6f;
/// Event type: a threshold was crossed.
pub const THRESHOLD: u8 = 0x01;
/// Sensor type: power supply.
pub const POWER_SUPPLY: u8 = 0x08;
/// Sensor type: power unit.
pub const POWER_UNIT: u8 = 0x09;
/// Sensor type: event logging.
pub const EVENT_LOGGING: u8 = 0x10;
/// Sensor type: operating system stop and shutdown.
pub const OS_STOP: u8 = 0x20;
/// Sensor type: ACPI power state of the system.
pub const ACPI_POWER_STATE: u8 = 0x22;
/// Sensor type: the watchdog of section 27.
pub const WATCHDOG_2: u8 = 0x23;

/// Name of a sensor type; `None` for reserved types and those of the manufacturer.
pub fn sensor_type_name(sensor_type: u8) -> Option<&'static str> {
    SENSOR_TYPES.get(usize::from(sensor_type).checked_sub(1)?).copied()
}

/// Sensor types from 0x01 up.
const SENSOR_TYPES: [&str; 0x2c] = [
    "Temperature",
    "Voltage",
    "Current",
    "Fan",
    "Physical Security",
    "Platform Security",
    "Processor",
    "Power Supply",
    "Power Unit",
    "Cooling Device",
    "Other Units-based Sensor",
    "Memory",
    "Drive Slot",
    "POST Memory Resize",
    "System Firmware Progress",
    "Event Logging",
    "Watchdog 1",
    "System Event",
    "Critical Interrupt",
    "Button",
    "Module",
    "Microcontroller",
    "Add-in Card",
    "Chassis",
    "Chip Set",
    "Other FRU",
    "Cable",
    "Terminator",
    "System Boot Initiated",
    "Boot Error",
    "OS Boot",
    "OS Stop",
    "Slot",
    "ACPI Power State",
    "Watchdog 2",
    "Platform Alert",
    "Entity Presence",
    "Monitor",
    "LAN",
    "Management Subsystem Health",
    "Battery",
    "Session Audit",
    "Version Change",
    "FRU State",
];

/// What an event says, for thresholds and for the sensors that tell of power; `None` otherwise.
///
/// `event_type` and `sensor_type` as in a record, `offset` from 0 to 15. Whether the state began
/// or ended is not part of it.
pub fn event_text(event_type: u8, sensor_type: u8, offset: u8) -> Option<&'static str> {
    let texts: &[&str] = match (event_type, sensor_type) {
        (THRESHOLD, _) => &THRESHOLD_TEXTS,
        (SENSOR_SPECIFIC, POWER_SUPPLY) => &POWER_SUPPLY_TEXTS,
        (SENSOR_SPECIFIC, POWER_UNIT) => &POWER_UNIT_TEXTS,
        (SENSOR_SPECIFIC, EVENT_LOGGING) => &EVENT_LOGGING_TEXTS,
        (SENSOR_SPECIFIC, OS_STOP) => &OS_STOP_TEXTS,
        (SENSOR_SPECIFIC, ACPI_POWER_STATE) => &ACPI_TEXTS,
        (SENSOR_SPECIFIC, WATCHDOG_2) => &WATCHDOG_TEXTS,
        _ => return None,
    };
    texts.get(usize::from(offset)).copied().filter(|text| !text.is_empty())
}

const THRESHOLD_TEXTS: [&str; 12] = [
    "lower non-critical, going low",
    "lower non-critical, going high",
    "lower critical, going low",
    "lower critical, going high",
    "lower non-recoverable, going low",
    "lower non-recoverable, going high",
    "upper non-critical, going low",
    "upper non-critical, going high",
    "upper critical, going low",
    "upper critical, going high",
    "upper non-recoverable, going low",
    "upper non-recoverable, going high",
];

const POWER_SUPPLY_TEXTS: [&str; 8] = [
    "present",
    "failure",
    "failure predicted",
    "input lost",
    "input lost or out of range",
    "input out of range",
    "configuration error",
    "inactive",
];

const POWER_UNIT_TEXTS: [&str; 8] = [
    "power off",
    "power cycle",
    "240 VA power down",
    "interlock power down",
    "AC lost",
    "soft power control failure",
    "failure",
    "failure predicted",
];

const EVENT_LOGGING_TEXTS: [&str; 7] = [
    "correctable memory error logging disabled",
    "event type logging disabled",
    "log cleared",
    "all logging disabled",
    "log full",
    "log almost full",
    "machine check logging disabled",
];

const OS_STOP_TEXTS: [&str; 6] = [
    "critical stop while loading",
    "critical stop",
    "graceful stop",
    "graceful shutdown",
    "soft shutdown by event filter",
    "agent not responding",
];

/// Offset 0xd is not defined.
const ACPI_TEXTS: [&str; 15] = [
    "S0, working",
    "S1, sleeping",
    "S2, sleeping",
    "S3, sleeping",
    "S4, suspended to disk",
    "S5, soft off",
    "S4 or S5, soft off",
    "mechanical off",
    "sleeping (S1 to S3)",
    "sleeping (S1 to S4)",
    "S5, off by override",
    "legacy on",
    "legacy off",
    "",
    "unknown",
];

/// Offsets 4 to 7 are reserved.
const WATCHDOG_TEXTS: [&str; 9] =
    ["timer expired", "hard reset", "power down", "power cycle", "", "", "", "", "timer interrupt"];
