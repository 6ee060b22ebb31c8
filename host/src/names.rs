//! IPMI's own names of commands, for messages.

use komainu_core::wire::command::NetFn;

/// The name of a command (IPMI 2.0, appendix G); `None` for one that Komainu has no type for.
pub(crate) fn command_name(net_fn: NetFn, code: u8) -> Option<&'static str> {
    Some(match (net_fn, code) {
        (NetFn::CHASSIS, 0x01) => "Get Chassis Status",
        (NetFn::CHASSIS, 0x02) => "Chassis Control",
        (NetFn::CHASSIS, 0x04) => "Chassis Identify",
        (NetFn::CHASSIS, 0x06) => "Set Power Restore Policy",
        (NetFn::CHASSIS, 0x07) => "Get System Restart Cause",
        (NetFn::CHASSIS, 0x08) => "Set System Boot Options",
        (NetFn::CHASSIS, 0x09) => "Get System Boot Options",
        (NetFn::SENSOR_EVENT, 0x10) => "Get PEF Capabilities",
        (NetFn::SENSOR_EVENT, 0x12) => "Set PEF Configuration Parameters",
        (NetFn::SENSOR_EVENT, 0x13) => "Get PEF Configuration Parameters",
        (NetFn::APP, 0x01) => "Get Device ID",
        (NetFn::APP, 0x22) => "Reset Watchdog Timer",
        (NetFn::APP, 0x24) => "Set Watchdog Timer",
        (NetFn::APP, 0x25) => "Get Watchdog Timer",
        (NetFn::APP, 0x37) => "Get System GUID",
        (NetFn::APP, 0x38) => "Get Channel Authentication Capabilities",
        (NetFn::APP, 0x3b) => "Set Session Privilege Level",
        (NetFn::APP, 0x54) => "Get Channel Cipher Suites",
        (NetFn::STORAGE, 0x40) => "Get SEL Info",
        (NetFn::STORAGE, 0x42) => "Reserve SEL",
        (NetFn::STORAGE, 0x43) => "Get SEL Entry",
        (NetFn::STORAGE, 0x47) => "Clear SEL",
        (NetFn::TRANSPORT, 0x01) => "Set LAN Configuration Parameters",
        (NetFn::TRANSPORT, 0x02) => "Get LAN Configuration Parameters",
        _ => return None,
    })
}
