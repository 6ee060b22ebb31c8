//! The watchdog timer (section 27).

use std::time::Duration;

use super::Bmc;
use super::call::{Call, Entry, Outcome, Refusal};
use super::chassis::{ChassisAction, Origin};
use super::config::Privilege;
use super::sel::Event;

/// The timer counts in steps of 100 ms.
const TICK: Duration = Duration::from_millis(100);
const DO_NOT_LOG: u8 = 0x80;
const DO_NOT_STOP: u8 = 0x40;
/// Reset Watchdog Timer before any Set Watchdog Timer.
const UNINITIALIZED: Refusal = Refusal::Specific(0x80);

/// The timer's settings and state.
#[derive(Clone, Debug, Default)]
pub(super) struct Watchdog {
    /// `None` until it is set for the first time.
    settings: Option<Settings>,
    expires_at: Option<Duration>,
    /// One bit for each use that has expired.
    expired: u8,
}

#[derive(Clone, Copy, Debug)]
struct Settings {
    timer_use: u8,
    actions: u8,
    pre_timeout: u8,
    ticks: u16,
}

impl Watchdog {
    /// The timer stops when the host goes off.
    pub(super) fn stop(&mut self) {
        self.expires_at = None;
    }

    /// When it expires, if it runs.
    pub(super) fn next_at(&self) -> Option<Duration> {
        self.expires_at
    }

    fn start(&mut self, now: Duration) {
        let ticks = self.settings.map_or(0, |settings| settings.ticks);
        self.expires_at = Some(now + TICK * u32::from(ticks));
    }
}

impl Bmc {
    /// Acts when the timer has expired.
    pub(super) fn advance_watchdog(&mut self, now: Duration) {
        let Some(at) = self.watchdog.expires_at.filter(|at| *at <= now) else { return };
        let Some(settings) = self.watchdog.settings else { return };
        self.watchdog.expires_at = None;
        self.watchdog.expired |= 1 << (settings.timer_use & 0x07);
        let action = match settings.actions & 0x07 {
            1 => Some(ChassisAction::HardReset),
            2 => Some(ChassisAction::Off),
            3 => Some(ChassisAction::Cycle),
            _ => None,
        };
        if settings.timer_use & DO_NOT_LOG == 0 {
            let offset = settings.actions & 0x03;
            self.sel.log(at, Event::Watchdog(offset, settings.timer_use & 0x07));
        }
        if let Some(action) = action.filter(|_| self.power.on()) {
            self.act(at, action, Origin::Watchdog);
        }
    }
}

pub(super) fn entry(command: u8) -> Entry {
    Some(match command {
        0x22 => (Privilege::Operator, reset),
        0x24 => (Privilege::Operator, set),
        0x25 => (Privilege::User, get),
        _ => return None,
    })
}

fn reset(bmc: &mut Bmc, call: &Call<'_>, _: &mut Vec<u8>) -> Outcome {
    call.data::<0>()?;
    bmc.watchdog.settings.ok_or(UNINITIALIZED)?;
    bmc.watchdog.start(call.now);
    Ok(())
}

fn set(bmc: &mut Bmc, call: &Call<'_>, _: &mut Vec<u8>) -> Outcome {
    let [timer_use, actions, pre_timeout, clear, low, high] = call.data()?;
    if !(1..=5).contains(&(timer_use & 0x07)) || actions & 0x07 > 3 {
        return Err(Refusal::InvalidField);
    }
    let ticks = u16::from_le_bytes([low, high]);
    let watchdog = &mut bmc.watchdog;
    let ran = watchdog.expires_at.is_some();
    watchdog.settings = Some(Settings { timer_use, actions, pre_timeout, ticks });
    watchdog.expired &= !clear;
    watchdog.expires_at = None;
    if ran && timer_use & DO_NOT_STOP != 0 {
        watchdog.start(call.now);
    }
    Ok(())
}

fn get(bmc: &mut Bmc, call: &Call<'_>, out: &mut Vec<u8>) -> Outcome {
    call.data::<0>()?;
    let watchdog = &bmc.watchdog;
    let unset = Settings { timer_use: 0, actions: 0, pre_timeout: 0, ticks: 0 };
    let settings = watchdog.settings.unwrap_or(unset);
    let left = match watchdog.expires_at {
        Some(at) => (at.saturating_sub(call.now).as_millis() / TICK.as_millis()) as u16,
        None => settings.ticks,
    };
    let runs = u8::from(watchdog.expires_at.is_some()) << 6;
    let timer_use = (settings.timer_use & !DO_NOT_STOP) | runs;
    out.extend_from_slice(&[timer_use, settings.actions, settings.pre_timeout, watchdog.expired]);
    out.extend_from_slice(&settings.ticks.to_le_bytes());
    out.extend_from_slice(&left.to_le_bytes());
    Ok(())
}
