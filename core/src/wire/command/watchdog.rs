//! The BMC's watchdog: Reset Watchdog Timer (IPMI 2.0, section 27.5), Set Watchdog Timer (27.6)
//! and Get Watchdog Timer (27.7).

use core::time::Duration;

use nom::Parser;
use nom::combinator::opt;
use nom::number::complete::{le_u16, u8};

use super::code::{bit, bits, coded_enum};
use super::{Command, CompletionCode, NetFn, Privilege};
use crate::wire::{Full, Malformed, Step, Writer, value};

/// Reset Watchdog Timer: starts it, or starts it over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResetWatchdogTimer;

impl ResetWatchdogTimer {
    /// It was never set since the BMC started.
    pub const NOT_SET: CompletionCode = CompletionCode(0x80);
}

impl Command for ResetWatchdogTimer {
    const NET_FN: NetFn = NetFn::APP;
    const CODE: u8 = 0x22;
    const PRIVILEGE: Privilege = Privilege::Operator;
    type Response = ();

    fn emit(&self, _: &mut Writer<'_>) -> Result<(), Full> {
        Ok(())
    }

    fn parse(_: &[u8]) -> Result<(), Malformed> {
        Ok(())
    }
}

coded_enum! {
    /// Who uses the timer; numbers 0, 6 and 7 are reserved.
    pub enum TimerUse {
        /// Fault resilient booting, level 2, of the BIOS.
        BiosFrb2 = 1, "BIOS FRB2";
        /// BIOS or POST.
        BiosPost = 2, "BIOS/POST";
        /// Loading of the operating system.
        OsLoad = 3, "OS load";
        /// The operating system, or system management software.
        SmsOs = 4, "SMS/OS";
        /// The manufacturer's.
        Oem = 5, "OEM";
    }
}

coded_enum! {
    /// What happens when the time is over.
    pub enum TimeoutAction {
        /// Nothing.
        None = 0, "none";
        /// Hard reset.
        Reset = 1, "hard reset";
        /// Power off.
        PowerOff = 2, "power off";
        /// Power cycle.
        PowerCycle = 3, "power cycle";
    }
}

coded_enum! {
    /// What happens some time before.
    pub enum PreTimeoutInterrupt {
        /// Nothing.
        None = 0, "none";
        /// System management interrupt.
        Smi = 1, "SMI";
        /// Diagnostic interrupt (NMI).
        Diagnostic = 2, "diagnostic interrupt";
        /// The interrupt of the messages between BMC and system.
        Messaging = 3, "messaging interrupt";
    }
}

/// A time that the timer counts down: 0 to 6553.5 seconds, in steps of 100 ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Countdown(u16);

impl Countdown {
    /// The countdown of so many steps of 100 ms.
    pub const fn from_ticks(ticks: u16) -> Self {
        Self(ticks)
    }

    /// The countdown of `time`, rounded up to the next step; `None` above 6553.5 s.
    pub fn from_duration(time: Duration) -> Option<Self> {
        u16::try_from(time.as_millis().div_ceil(100)).ok().map(Self)
    }

    /// The time.
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0 as u64 * 100)
    }
}

/// A set of timer uses, in which the timer has run out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expirations(u8);

impl Expirations {
    /// Bits of the uses 1 to 5.
    const DEFINED: u8 = 0x3e;

    /// Every use.
    pub const ALL: Self = Self(Self::DEFINED);

    /// This set with `timer_use` added; reserved uses are not added.
    pub const fn with(self, timer_use: TimerUse) -> Self {
        Self((self.0 | 1 << (timer_use.code() & 0x07)) & Self::DEFINED)
    }

    /// True when `timer_use` is in the set.
    pub const fn contains(self, timer_use: TimerUse) -> bool {
        bit(self.0, timer_use.code() & 0x07)
    }
}

/// What the timer is set to, part of both Set and Get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchdogSetting {
    /// Who uses it.
    pub timer_use: TimerUse,
    /// Make no entry in the system event log when the time is over.
    pub dont_log: bool,
    /// What happens when the time is over.
    pub action: TimeoutAction,
    /// What happens before.
    pub pre_timeout: PreTimeoutInterrupt,
    /// How long before, in seconds; 0 is together with the action.
    pub pre_timeout_s: u8,
    /// Where the countdown starts.
    pub initial: Countdown,
}

/// Set Watchdog Timer: sets and stops it; only [`ResetWatchdogTimer`] starts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetWatchdogTimer {
    /// What to set it to.
    pub setting: WatchdogSetting,
    /// Let a running timer run on with the new setting.
    pub dont_stop: bool,
    /// Expirations to forget.
    pub clear: Expirations,
}

impl Command for SetWatchdogTimer {
    const NET_FN: NetFn = NetFn::APP;
    const CODE: u8 = 0x24;
    const PRIVILEGE: Privilege = Privilege::Operator;
    type Response = ();

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        emit_setting(&self.setting, self.dont_stop, self.clear, out)
    }

    fn parse(_: &[u8]) -> Result<(), Malformed> {
        Ok(())
    }
}

/// Get Watchdog Timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetWatchdogTimer;

impl Command for GetWatchdogTimer {
    const NET_FN: NetFn = NetFn::APP;
    const CODE: u8 = 0x25;
    const PRIVILEGE: Privilege = Privilege::User;
    type Response = WatchdogTimer;

    fn emit(&self, _: &mut Writer<'_>) -> Result<(), Full> {
        Ok(())
    }

    fn parse(data: &[u8]) -> Result<WatchdogTimer, Malformed> {
        value(watchdog_timer(data))
    }
}

/// The answer to [`GetWatchdogTimer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchdogTimer {
    /// What it is set to.
    pub setting: WatchdogSetting,
    /// It counts down.
    pub running: bool,
    /// The uses in which it has run out.
    pub expired: Expirations,
    /// Time left; meaningful while it runs. `ipmi_sim` leaves it out of its answer.
    pub present: Option<Countdown>,
}

impl WatchdogTimer {
    /// Writes the answer's data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        emit_setting(&self.setting, self.running, self.expired, out)?;
        match self.present {
            Some(present) => out.u16_le(present.0),
            None => Ok(()),
        }
    }
}

fn emit_setting(
    setting: &WatchdogSetting,
    bit_6: bool,
    flags: Expirations,
    out: &mut Writer<'_>,
) -> Result<(), Full> {
    out.u8(bits(&[bit_6, setting.dont_log]) << 6 | setting.timer_use.code() & 0x07)?;
    out.u8((setting.pre_timeout.code() & 0x07) << 4 | setting.action.code() & 0x07)?;
    out.u8(setting.pre_timeout_s)?;
    out.u8(flags.0)?;
    out.u16_le(setting.initial.0)
}

fn watchdog_timer(input: &[u8]) -> Step<'_, WatchdogTimer> {
    let (input, timer_use) = u8(input)?;
    let (input, actions) = u8(input)?;
    let (input, pre_timeout_s) = u8(input)?;
    let (input, expired) = u8(input)?;
    let (input, initial) = le_u16(input)?;
    let (input, present) = opt(le_u16).parse(input)?;
    let timer = WatchdogTimer {
        setting: WatchdogSetting {
            timer_use: TimerUse::from_code(timer_use & 0x07),
            dont_log: bit(timer_use, 7),
            action: TimeoutAction::from_code(actions & 0x07),
            pre_timeout: PreTimeoutInterrupt::from_code(actions >> 4 & 0x07),
            pre_timeout_s,
            initial: Countdown(initial),
        },
        running: bit(timer_use, 6),
        expired: Expirations(expired & Expirations::DEFINED),
        present: present.map(Countdown),
    };
    Ok((input, timer))
}
