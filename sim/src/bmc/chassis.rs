//! Chassis commands (section 28).

use std::net::SocketAddr;
use std::time::Duration;

use super::Bmc;
use super::boot::BootOptions;
use super::call::{Call, Entry, Outcome, Refusal, RequestIdentity};
use super::config::Privilege;
use super::sel::Event;

/// What Chassis Control does (section 28.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ChassisAction {
    /// Off at once.
    Off = 0,
    /// On.
    On = 1,
    /// Off and on again.
    Cycle = 2,
    /// Reset without loss of power.
    HardReset = 3,
    /// A diagnostic interrupt to the operating system.
    DiagnosticInterrupt = 4,
    /// A shutdown asked of the operating system.
    SoftShutdown = 5,
}

impl ChassisAction {
    /// All actions, by number.
    pub const ALL: [Self; 6] = [
        Self::Off,
        Self::On,
        Self::Cycle,
        Self::HardReset,
        Self::DiagnosticInterrupt,
        Self::SoftShutdown,
    ];

    fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// Who caused a chassis action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A Chassis Control request.
    Request(RequestIdentity),
    /// The watchdog's expiry.
    Watchdog,
}

impl Origin {
    /// The console's address, if a console caused it.
    #[must_use]
    pub fn from(&self) -> Option<SocketAddr> {
        match self {
            Self::Request(identity) => Some(identity.from),
            Self::Watchdog => None,
        }
    }
}

/// A chassis action that was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChassisEvent {
    /// When it was accepted; the power may follow later.
    pub at: Duration,
    /// What was done.
    pub action: ChassisAction,
    /// Who caused it.
    pub origin: Origin,
}

/// The chassis' own state.
#[derive(Clone, Debug, Default)]
pub(super) struct Chassis {
    pub(super) log: Vec<ChassisEvent>,
    pub(super) boot: BootOptions,
    identify: Identify,
    restore_policy: u8,
    restart_cause: u8,
    last_on_by_command: bool,
}

#[derive(Clone, Copy, Debug, Default)]
enum Identify {
    #[default]
    Off,
    Until(Duration),
    On,
}

/// Restart causes of table 28-11.
mod cause {
    pub(super) const CHASSIS_CONTROL: u8 = 1;
    pub(super) const WATCHDOG: u8 = 4;
}

pub(super) fn entry(command: u8) -> Entry {
    Some(match command {
        0x00 => (Privilege::User, capabilities),
        0x01 => (Privilege::User, status),
        0x02 => (Privilege::Operator, control),
        0x04 => (Privilege::Operator, identify),
        0x06 => (Privilege::Operator, set_restore_policy),
        0x07 => (Privilege::User, restart_cause),
        0x08 => (Privilege::Operator, super::boot::set),
        0x09 => (Privilege::Operator, super::boot::get),
        0x0f => (Privilege::User, power_on_hours),
        _ => return None,
    })
}

fn capabilities(_: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    call.data::<0>()?;
    out.extend_from_slice(&[0x00, 0x20, 0x20, 0x20, 0x20, 0x20]);
    Ok(())
}

fn status(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    call.data::<0>()?;
    let lag = bmc.config.quirks.status_lag.unwrap_or_default();
    let on = bmc.power.reported(call.now, lag);
    let last_event = u8::from(bmc.chassis.last_on_by_command) << 4;
    let identify = match bmc.chassis.identify {
        Identify::Until(end) if call.now < end => 0x50,
        Identify::On => 0x60,
        Identify::Off | Identify::Until(_) => 0x40,
    };
    out.extend_from_slice(&[u8::from(on) | bmc.chassis.restore_policy << 5, last_event, identify]);
    Ok(())
}

fn control(bmc: &mut Bmc, call: &Call<'_>, _: &mut Vec<u8>) -> Outcome {
    let [number] = call.data()?;
    let action = ChassisAction::from_number(number & 0x0f).ok_or(Refusal::InvalidField)?;
    let quirks = &bmc.config.quirks;
    match action {
        ChassisAction::SoftShutdown if quirks.no_soft => return Err(Refusal::InvalidField),
        ChassisAction::DiagnosticInterrupt if quirks.no_diag => return Err(Refusal::InvalidField),
        ChassisAction::Cycle if quirks.cycle_on => {}
        ChassisAction::Cycle
        | ChassisAction::HardReset
        | ChassisAction::DiagnosticInterrupt
        | ChassisAction::SoftShutdown
            if !bmc.power.on() =>
        {
            return Err(Refusal::NotInThisState);
        }
        _ => {}
    }
    if !quirks.power_stuck {
        let silence = quirks.silent_after_power;
        bmc.act(call.now, action, Origin::Request(call.identity));
        bmc.silent_until = silence.map(|span| call.now + span);
    }
    Ok(())
}

impl Bmc {
    /// Carries out a chassis action and logs it.
    pub(super) fn act(&mut self, now: Duration, action: ChassisAction, origin: Origin) {
        self.chassis.log.push(ChassisEvent { at: now, action, origin });
        let by = match origin {
            Origin::Request(_) => cause::CHASSIS_CONTROL,
            Origin::Watchdog => cause::WATCHDOG,
        };
        let was_on = self.power.on();
        match action {
            ChassisAction::Off => self.power.switch_off(now),
            ChassisAction::On => self.power.switch_on(now),
            ChassisAction::Cycle if was_on => {
                self.sel.log(now, Event::PowerCycle);
                self.power.cycle(now);
            }
            ChassisAction::Cycle => self.power.switch_on(now),
            ChassisAction::HardReset => {
                self.sel.log(now, Event::HardReset);
                self.chassis.boot.consume();
            }
            ChassisAction::DiagnosticInterrupt => self.sel.log(now, Event::DiagnosticInterrupt),
            ChassisAction::SoftShutdown => self.power.soften(now),
        }
        if matches!(action, ChassisAction::On | ChassisAction::Cycle | ChassisAction::HardReset) {
            self.chassis.restart_cause = by;
        }
    }

    /// Lets the power follow what was ordered up to `now`.
    pub(super) fn advance_power(&mut self, now: Duration) {
        while let Some(change) = self.power.advance(now) {
            if change.on {
                self.sel.log(change.at, Event::PowerOn);
                self.chassis.boot.consume();
                self.chassis.last_on_by_command = true;
            } else {
                self.sel.log(change.at, Event::PowerOff);
                self.watchdog.stop();
            }
        }
    }
}

fn identify(bmc: &mut Bmc, call: &Call<'_>, _: &mut Vec<u8>) -> Outcome {
    /// How long without a first byte (section 28.5).
    const DEFAULT_SECONDS: u8 = 15;
    let [seconds, force] = call.data_from(0)?;
    let seconds = if call.request.data.is_empty() { DEFAULT_SECONDS } else { seconds };
    bmc.chassis.identify = match (force & 1, seconds) {
        (1, _) => Identify::On,
        (_, 0) => Identify::Off,
        _ => Identify::Until(call.now + Duration::from_secs(u64::from(seconds))),
    };
    Ok(())
}

fn set_restore_policy(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    /// Stay off, last state, always on: all are supported.
    const SUPPORTED: u8 = 0x07;
    /// Changes nothing, only asks what is supported.
    const NO_CHANGE: u8 = 3;
    let [policy] = call.data()?;
    match policy & 0x07 {
        NO_CHANGE => {}
        policy @ 0..=2 => bmc.chassis.restore_policy = policy,
        _ => return Err(Refusal::InvalidField),
    }
    out.push(SUPPORTED);
    Ok(())
}

fn restart_cause(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    call.data::<0>()?;
    out.extend_from_slice(&[bmc.chassis.restart_cause, super::CHANNEL]);
    Ok(())
}

fn power_on_hours(_: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    call.data::<0>()?;
    let hours = (call.now.as_secs() / 3600) as u32;
    out.push(60);
    out.extend_from_slice(&hours.to_le_bytes());
    Ok(())
}
