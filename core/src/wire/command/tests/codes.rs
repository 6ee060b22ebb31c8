//! Every code of the enumerations, every bit of the bit fields, and reserved bits.

extern crate std;

use std::string::ToString;

use super::super::alert_policy::*;
use super::super::boot::*;
use super::super::boot_flags::*;
use super::super::channel::*;
use super::super::chassis::*;
use super::super::device::*;
use super::super::event_filter::*;
use super::super::lan::*;
use super::super::lan_alert::*;
use super::super::parameter::*;
use super::super::pef::*;
use super::super::restart::*;
use super::super::sel::*;
use super::super::session::*;
use super::super::watchdog::*;
use super::super::{Command, CompletionCode, NetFn, Privilege};
use super::written;

/// Asserts the names of codes, and that one which has none stays what it is.
macro_rules! assert_codes {
    ($name:ident: $($code:literal $text:literal),+) => {
        $(
            assert_eq!($name::from_code($code).to_string(), $text);
            assert_eq!($name::from_code($code).code(), $code);
        )+
        assert_eq!($name::from_code(0xee), $name::Other(0xee));
        assert_eq!($name::Other(0xee).code(), 0xee);
        assert_eq!($name::Other(0xee).to_string(), "code 0xee");
    };
}

#[test]
fn codes_of_sessions_and_chassis() {
    assert_codes!(AuthType: 0 "none", 1 "MD2", 2 "MD5", 4 "straight password", 5 "OEM", 6 "RMCP+");
    assert_codes!(IdentifyState: 0 "off", 1 "on for a time", 2 "on");
    assert_codes!(RestartCause:
        0 "unknown", 1 "chassis control command", 2 "reset button", 3 "power button",
        4 "watchdog", 5 "OEM", 6 "mains returned, policy: power up",
        7 "mains returned, policy: previous state", 8 "reset by event filter",
        9 "power cycle by event filter", 10 "soft reset", 11 "real-time clock");
    for (code, text) in (0..).zip(["stay off", "previous state", "power up"]) {
        let policy = RestorePolicy::from_code(code).expect("defined");
        assert_eq!((policy as u8, policy.to_string().as_str()), (code, text));
    }
    assert_eq!(RestorePolicy::from_code(3), None);
    let actions = [
        "power off",
        "power on",
        "power cycle",
        "hard reset",
        "diagnostic interrupt",
        "soft shutdown",
    ];
    assert!(ChassisAction::ALL.iter().map(ToString::to_string).eq(actions));
}

#[test]
fn codes_of_boot_options_and_watchdog() {
    assert_codes!(SetInProgress: 0 "set complete", 1 "set in progress", 2 "commit write");
    assert_codes!(BootDevice:
        0 "none", 1 "PXE", 2 "disk", 3 "disk in safe mode", 4 "diagnostic partition", 5 "CD/DVD",
        6 "BIOS setup", 7 "remote floppy", 8 "remote CD/DVD", 9 "remote media", 11 "remote disk",
        15 "floppy");
    assert_codes!(FirmwareVerbosity: 0 "default", 1 "quiet", 2 "verbose");
    assert_codes!(ConsoleRedirection: 0 "default", 1 "suppressed", 2 "enabled");
    assert_codes!(TimerUse: 1 "BIOS FRB2", 2 "BIOS/POST", 3 "OS load", 4 "SMS/OS", 5 "OEM");
    assert_codes!(TimeoutAction: 0 "none", 1 "hard reset", 2 "power off", 3 "power cycle");
    assert_codes!(PreTimeoutInterrupt:
        0 "none", 1 "SMI", 2 "diagnostic interrupt", 3 "messaging interrupt");
    assert_codes!(ErasureProgress: 0 "in progress", 1 "complete");
}

#[test]
fn codes_of_alerts() {
    assert_codes!(AddressSource:
        0 "unspecified", 1 "static", 2 "DHCP", 3 "BIOS or system software", 4 "other protocol");
    assert_codes!(AlertKind: 0 "platform event trap", 6 "OEM 1", 7 "OEM 2");
    assert_codes!(FilterOrigin: 0 "software", 2 "manufacturer");
    assert_codes!(Severity:
        0x00 "unspecified", 0x01 "monitor", 0x02 "information", 0x04 "OK", 0x08 "non-critical",
        0x10 "critical", 0x20 "non-recoverable");
    assert_codes!(AlertRule:
        0 "always", 1 "unless delivered, then next", 2 "unless delivered, then stop",
        3 "unless delivered, then next channel", 4 "unless delivered, then next kind");
}

#[test]
fn privileges_and_network_functions_have_numbers() {
    for level in 1..=5 {
        let privilege = Privilege::from_code(level).expect("defined");
        assert_eq!(privilege as u8, level);
    }
    assert_eq!((Privilege::from_code(0), Privilege::from_code(6)), (None, None));
    assert!(Privilege::Callback < Privilege::User && Privilege::Operator < Privilege::Oem);
    assert_eq!(NetFn::new(0x3e).map(NetFn::response), Some(0x3f));
    assert_eq!(NetFn::new(0x06), Some(NetFn::APP));
    assert_eq!((NetFn::new(0x3f), NetFn::new(0x07), NetFn::new(0x40)), (None, None, None));
}

#[test]
fn completion_codes_are_those_of_table_5_2() {
    let temporary: std::vec::Vec<u8> =
        (0..=0xff).filter(|&code| CompletionCode(code).is_temporary()).collect();
    assert_eq!(temporary, [0xc0, 0xc3, 0xcf, 0xd0, 0xd1, 0xd2]);
    assert!(CompletionCode::SUCCESS.is_success() && !CompletionCode::NODE_BUSY.is_success());
    for (code, text) in [
        (CompletionCode::SUCCESS, "0x00 (success)"),
        (CompletionCode(0x7e), "0x7e (code of the manufacturer)"),
        (CompletionCode(0x81), "0x81 (code of this command)"),
        (CompletionCode(0xbf), "0xbf (reserved code)"),
        (CompletionCode::NODE_BUSY, "0xc0 (node busy)"),
        (CompletionCode::INVALID_COMMAND, "0xc1 (command not known)"),
        (CompletionCode::TIMEOUT, "0xc3 (timeout in the BMC)"),
        (CompletionCode::RESERVATION_CANCELLED, "0xc5 (reservation cancelled)"),
        (CompletionCode::REQUEST_LENGTH, "0xc7 (wrong request length)"),
        (CompletionCode::OUT_OF_RANGE, "0xc9 (parameter out of range)"),
        (CompletionCode::NOT_PRESENT, "0xcb (record or sensor not present)"),
        (CompletionCode::INVALID_FIELD, "0xcc (invalid field in the request)"),
        (CompletionCode::UPDATE_MODE, "0xd1 (firmware in update mode)"),
        (CompletionCode::INITIALIZING, "0xd2 (BMC is starting)"),
        (CompletionCode::INSUFFICIENT_PRIVILEGE, "0xd4 (insufficient privilege)"),
        (CompletionCode::NOT_IN_THIS_STATE, "0xd5 (not possible in the present state)"),
        (CompletionCode::UNSPECIFIED, "0xff (unspecified error)"),
    ] {
        assert_eq!(code.to_string(), text);
    }
}

#[test]
fn each_kind_of_device_support_has_its_bit() {
    let none = DeviceSupport::default();
    for (bit, support) in (0..).zip([
        DeviceSupport { sensor: true, ..none },
        DeviceSupport { sdr_repository: true, ..none },
        DeviceSupport { sel: true, ..none },
        DeviceSupport { fru_inventory: true, ..none },
        DeviceSupport { event_receiver: true, ..none },
        DeviceSupport { event_generator: true, ..none },
        DeviceSupport { bridge: true, ..none },
        DeviceSupport { chassis: true, ..none },
    ]) {
        let answer = GetDeviceId::parse(&[0, 0, 0, 0, 0, 1 << bit, 0, 0, 0, 0, 0]);
        assert_eq!(answer.map(|device| device.support), Ok(support));
    }
}

#[test]
fn each_party_and_each_event_that_keeps_boot_flags_has_its_bit() {
    let none = BootParties::default();
    for (bit, pending) in (0..).zip([
        BootParties { bios: true, ..none },
        BootParties { os_loader: true, ..none },
        BootParties { service_partition: true, ..none },
        BootParties { sms: true, ..none },
        BootParties { oem: true, ..none },
    ]) {
        let found = BootInfoAcknowledge::parse(&[0x00, 1 << bit]);
        assert_eq!(found, Ok(BootInfoAcknowledge { written: none, pending }));
    }
    let none = BootFlagClearing::default();
    for (bit, keep) in (0..).zip([
        BootFlagClearing { keep_on_power_button: true, ..none },
        BootFlagClearing { keep_on_reset_button: true, ..none },
        BootFlagClearing { keep_on_watchdog: true, ..none },
        BootFlagClearing { keep_on_timeout: true, ..none },
        BootFlagClearing { keep_on_pef: true, ..none },
    ]) {
        assert_eq!(BootFlagClearing::parse(&[1 << bit]), Ok(keep));
    }
}

#[test]
fn each_bit_of_pef_control_and_actions() {
    let none = PefControl::default();
    for (bit, control) in (0..).zip([
        PefControl { enabled: true, ..none },
        PefControl { log_actions: true, ..none },
        PefControl { startup_delay: true, ..none },
        PefControl { alert_startup_delay: true, ..none },
    ]) {
        assert_eq!(PefControl::parse(&[1 << bit]), Ok(control));
    }
    let none = PefActions::default();
    for (bit, actions) in (0..).zip([
        PefActions { alert: true, ..none },
        PefActions { power_off: true, ..none },
        PefActions { reset: true, ..none },
        PefActions { power_cycle: true, ..none },
        PefActions { oem: true, ..none },
        PefActions { diagnostic_interrupt: true, ..none },
    ]) {
        assert_eq!(PefActionControl::parse(&[1 << bit]), Ok(PefActionControl(actions)));
    }
}

/// Asserts what is left of all ones: everything but reserved bits, which are written as zero.
macro_rules! assert_ones {
    ($parameter:ty, $expected:expr) => {{
        let expected: &[u8] = &$expected;
        let ones = [0xff; 32];
        let ones = ones.get(..expected.len()).expect("long enough");
        let value = <$parameter>::parse(ones).expect("any bits are well formed");
        assert_eq!(written(|out| value.emit(out)).as_slice(), expected);
    }};
}

#[test]
fn reserved_bits_are_dropped() {
    assert_ones!(
        GetDeviceId,
        [0xff, 0x8f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
    );
    assert_ones!(
        GetChannelAuthenticationCapabilities,
        [0x0f, 0xb7, 0x3f, 0x03, 0xff, 0xff, 0xff, 0xff]
    );
    assert_ones!(ActivateSession, [0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    assert_ones!(SetSessionPrivilegeLevel, [0x0f]);
    assert_ones!(GetChassisStatus, [0x7f, 0x1f, 0x7f, 0xff]);
    assert_ones!(SetPowerRestorePolicy, [0x07]);
    assert_ones!(GetSystemRestartCause, [0x0f, 0x0f]);
    assert_ones!(GetWatchdogTimer, [0xc7, 0x77, 0xff, 0x3e, 0xff, 0xff, 0xff, 0xff]);
    assert_ones!(ClearSel, [0x0f]);
    assert_ones!(SetInProgress, [0x03]);
    assert_ones!(BootFlagClearing, [0x1f]);
    assert_ones!(BootInfoAcknowledge, [0x1f, 0x1f]);
    assert_ones!(BootFlags, [0xe0, 0xff, 0xff, 0x0f, 0x1f]);
    assert_ones!(AddressSource, [0x0f]);
    assert_ones!(DestinationCount, [0x0f]);
    assert_ones!(Destination, [0x0f, 0x87, 0xff, 0x07]);
    assert_ones!(DestinationAddress, [0x0f, 0xf0]);
    assert_ones!(PefControl, [0x0f]);
    assert_ones!(PefActionControl, [0x3f]);
    assert_ones!(GetPefCapabilities, [0xff, 0xbf, 0xff]);
    assert_ones!(EventFilterCount, [0x7f]);
    assert_ones!(AlertPolicyCount, [0x7f]);
    assert_ones!(AlertPolicyEntry, [0x7f, 0xff, 0xff, 0xff]);
    assert_ones!(
        EventFilter,
        [
            0x7f, 0xe0, 0x7f, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
        ]
    );
}
