//! Watchdog commands.

use core::time::Duration;

use super::super::Command;
use super::super::watchdog::*;
use super::{answers_survive_emission, assert_answer, assert_request, written};

answers_survive_emission! {
    watchdog_timer: GetWatchdogTimer;
}

/// Power cycle after a minute, diagnostic interrupt five seconds before.
fn setting() -> WatchdogSetting {
    WatchdogSetting {
        timer_use: TimerUse::SmsOs,
        dont_log: false,
        action: TimeoutAction::PowerCycle,
        pre_timeout: PreTimeoutInterrupt::Diagnostic,
        pre_timeout_s: 5,
        initial: Countdown::from_duration(Duration::from_secs(60)).expect("in range"),
    }
}

#[test]
fn set_as_ipmitool_does() {
    // Sent by ipmitool: "timeout=60 action=cycle use=sms pretimeout=5 int=nmi".
    let set =
        SetWatchdogTimer { setting: setting(), dont_stop: false, clear: Expirations::default() };
    assert_request(&set, 0x06, 0x24, &[0x04, 0x23, 0x05, 0x00, 0x58, 0x02]);
    // Table 27-6, the remaining fields.
    let set = SetWatchdogTimer {
        setting: WatchdogSetting { dont_log: true, ..setting() },
        dont_stop: true,
        clear: Expirations::default().with(TimerUse::BiosFrb2).with(TimerUse::Oem),
    };
    assert_request(&set, 0x06, 0x24, &[0xc4, 0x23, 0x05, 0x22, 0x58, 0x02]);
    assert_request(&ResetWatchdogTimer, 0x06, 0x22, &[]);
}

#[test]
fn get_tells_the_setting_and_the_state() {
    assert_request(&GetWatchdogTimer, 0x06, 0x25, &[]);
    // Table 27-7: running, 1.5 s left, run out before in SMS/OS use.
    let timer = WatchdogTimer {
        setting: setting(),
        running: true,
        expired: Expirations::default().with(TimerUse::SmsOs),
        present: Some(Countdown::from_ticks(15)),
    };
    let bytes = [0x44, 0x23, 0x05, 0x10, 0x58, 0x02, 0x0f, 0x00];
    assert_answer!(GetWatchdogTimer, bytes, timer);
    assert!(timer.expired.contains(TimerUse::SmsOs) && !timer.expired.contains(TimerUse::Oem));
    assert_eq!(timer.present.map(Countdown::duration), Some(Duration::from_millis(1500)));
    // Sent by ipmi_sim, whose timer was never set.
    let unset = GetWatchdogTimer::parse(&[0; 6]).expect("without the time left");
    assert_eq!((unset.setting.timer_use, unset.present), (TimerUse::Other(0), None));
    assert!(GetWatchdogTimer::parse(&[0; 5]).is_err());
}

#[test]
fn countdowns_round_up_and_have_an_end() {
    let of = |millis| Countdown::from_duration(Duration::from_millis(millis));
    assert_eq!(of(0), Some(Countdown::from_ticks(0)));
    assert_eq!(of(1), Some(Countdown::from_ticks(1)));
    assert_eq!(of(6_553_500), Some(Countdown::from_ticks(0xffff)));
    assert_eq!(of(6_553_501), None);
    assert_eq!(Countdown::from_duration(Duration::MAX), None);
}

#[test]
fn reserved_uses_are_in_no_set() {
    let none = Expirations::default();
    assert_eq!(none.with(TimerUse::Other(0)).with(TimerUse::Other(7)), none);
    assert!(!Expirations::ALL.contains(TimerUse::Other(0)));
    assert!(Expirations::ALL.contains(TimerUse::OsLoad));
}
