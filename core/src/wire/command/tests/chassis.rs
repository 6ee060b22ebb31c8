//! Chassis commands.

use core::num::NonZeroU8;

use super::super::Command;
use super::super::chassis::*;
use super::super::restart::*;
use super::{answers_survive_emission, assert_answer, assert_request, written};

answers_survive_emission! {
    chassis_status: GetChassisStatus;
    restore_policies: SetPowerRestorePolicy;
    restart_cause: GetSystemRestartCause;
}

/// A chassis in which nothing is wrong, with the power off.
const QUIET: ChassisStatus = ChassisStatus {
    power_on: false,
    power_overload: false,
    interlock: false,
    power_fault: false,
    power_control_fault: false,
    restore_policy: Some(RestorePolicy::StayOff),
    last_power_event: LastPowerEvent {
        ac_failed: false,
        overload: false,
        interlock: false,
        fault: false,
        on_by_command: false,
    },
    intrusion: false,
    front_panel_lockout: false,
    drive_fault: false,
    cooling_fault: false,
    identify: None,
    front_panel: None,
};

#[test]
fn status_of_a_capture() {
    assert_request(&GetChassisStatus, 0x00, 0x01, &[]);
    // Captured: v20-c3-many, power off and then on.
    assert_answer!(GetChassisStatus, [0x00, 0x00, 0x00], QUIET);
    assert_answer!(GetChassisStatus, [0x01, 0x00, 0x00], ChassisStatus { power_on: true, ..QUIET });
    assert!(GetChassisStatus::parse(&[0x01, 0x00]).is_err());
}

#[test]
fn status_bits_are_those_of_table_28_3() {
    let event = LastPowerEvent::default();
    let with_event = |last_power_event| ChassisStatus { last_power_event, ..QUIET };
    let cases = [
        ([0x02, 0, 0], ChassisStatus { power_overload: true, ..QUIET }),
        ([0x04, 0, 0], ChassisStatus { interlock: true, ..QUIET }),
        ([0x08, 0, 0], ChassisStatus { power_fault: true, ..QUIET }),
        ([0x10, 0, 0], ChassisStatus { power_control_fault: true, ..QUIET }),
        ([0x20, 0, 0], ChassisStatus { restore_policy: Some(RestorePolicy::Previous), ..QUIET }),
        ([0x40, 0, 0], ChassisStatus { restore_policy: Some(RestorePolicy::PowerUp), ..QUIET }),
        ([0x60, 0, 0], ChassisStatus { restore_policy: None, ..QUIET }),
        ([0, 0x01, 0], with_event(LastPowerEvent { ac_failed: true, ..event })),
        ([0, 0x02, 0], with_event(LastPowerEvent { overload: true, ..event })),
        ([0, 0x04, 0], with_event(LastPowerEvent { interlock: true, ..event })),
        ([0, 0x08, 0], with_event(LastPowerEvent { fault: true, ..event })),
        ([0, 0x10, 0], with_event(LastPowerEvent { on_by_command: true, ..event })),
        ([0, 0, 0x01], ChassisStatus { intrusion: true, ..QUIET }),
        ([0, 0, 0x02], ChassisStatus { front_panel_lockout: true, ..QUIET }),
        ([0, 0, 0x04], ChassisStatus { drive_fault: true, ..QUIET }),
        ([0, 0, 0x08], ChassisStatus { cooling_fault: true, ..QUIET }),
        ([0, 0, 0x40], ChassisStatus { identify: Some(IdentifyState::Off), ..QUIET }),
        ([0, 0, 0x50], ChassisStatus { identify: Some(IdentifyState::Timed), ..QUIET }),
        ([0, 0, 0x60], ChassisStatus { identify: Some(IdentifyState::Indefinite), ..QUIET }),
    ];
    for (bytes, status) in cases {
        assert_answer!(GetChassisStatus, bytes, status);
    }
}

#[test]
fn front_panel_is_optional() {
    // Power off can be disabled, reset is and can be, standby is.
    let panel = FrontPanel {
        power_off: Button { disabled: false, can_disable: true },
        reset: Button { disabled: true, can_disable: true },
        diagnostic_interrupt: Button::default(),
        standby: Button { disabled: true, can_disable: false },
    };
    let status = ChassisStatus { front_panel: Some(panel), ..QUIET };
    assert_answer!(GetChassisStatus, [0x00, 0x00, 0x00, 0x3a], status);
}

#[test]
fn control_writes_the_number_of_the_action() {
    // Captured: v15-md5-many (0 and 3) and v15-denied (1); the rest from table 28-4.
    for (action, number) in ChassisAction::ALL.into_iter().zip(0..) {
        assert_request(&ChassisControl(action), 0x00, 0x02, &[number]);
    }
    assert_eq!(ChassisControl::parse(&[]), Ok(()));
}

#[test]
fn identify_takes_none_one_or_two_bytes() {
    // Sent by ipmitool: ten seconds and "force".
    let ten = NonZeroU8::new(10).expect("ten");
    assert_request(&ChassisIdentify::Briefly, 0x00, 0x04, &[]);
    assert_request(&ChassisIdentify::Seconds(ten), 0x00, 0x04, &[0x0a]);
    assert_request(&ChassisIdentify::Indefinite, 0x00, 0x04, &[0x00, 0x01]);
    assert_request(&ChassisIdentify::Off, 0x00, 0x04, &[0x00]);
}

#[test]
fn restore_policy_is_set_or_only_listed() {
    // Sent by ipmitool: "always-on" and "list".
    let set = |policy| SetPowerRestorePolicy { policy };
    assert_request(&set(Some(RestorePolicy::StayOff)), 0x00, 0x06, &[0x00]);
    assert_request(&set(Some(RestorePolicy::Previous)), 0x00, 0x06, &[0x01]);
    assert_request(&set(Some(RestorePolicy::PowerUp)), 0x00, 0x06, &[0x02]);
    assert_request(&set(None), 0x00, 0x06, &[0x03]);
    let answer = SupportedRestorePolicies { stay_off: true, previous: false, power_up: true };
    assert_answer!(SetPowerRestorePolicy, [0x05], answer);
}

#[test]
fn restart_cause_keeps_codes_that_are_not_known() {
    assert_request(&GetSystemRestartCause, 0x00, 0x07, &[]);
    let command = SystemRestart { cause: RestartCause::Command, channel: 1 };
    assert_answer!(GetSystemRestartCause, [0x01, 0x01], command);
    let cycled = SystemRestart { cause: RestartCause::PefCycle, channel: 0 };
    assert_answer!(GetSystemRestartCause, [0x09, 0x00], cycled);
    let reserved = SystemRestart { cause: RestartCause::Other(0x0f), channel: 0 };
    assert_answer!(GetSystemRestartCause, [0x0f, 0x00], reserved);
}
