//! `watchdog`: the timer of the BMC.

use komainu_core::wire::command::watchdog::{
    Countdown, Expirations, GetWatchdogTimer, PreTimeoutInterrupt, ResetWatchdogTimer,
    SetWatchdogTimer, TimerUse, WatchdogSetting,
};
use serde::Serialize;

use crate::cli::WatchdogSet;
use crate::engine::Bmc;
use crate::output::{Report, Text};
use crate::problem::Problem;

/// The timer.
#[derive(Debug, Serialize)]
pub(super) struct Watchdog {
    running: bool,
    timer_use: String,
    action: String,
    initial_seconds: f64,
    /// `None` from a BMC that does not tell.
    left_seconds: Option<f64>,
    logs: bool,
}

impl Report for Watchdog {
    fn text(&self) -> Text {
        let initial = self.initial_seconds;
        let state = match (self.running, self.left_seconds) {
            (true, Some(left)) => format!("running, {left:.1} s of {initial:.1} s left"),
            (true, None) => format!("running, of {initial:.1} s"),
            (false, _) => format!("stopped at {initial:.1} s"),
        };
        Text::Line(format!("{state}, then {}; use: {}", self.action, self.timer_use))
    }
}

/// Reads the timer.
pub(super) async fn show(bmc: Bmc<'_>) -> Result<Watchdog, Problem> {
    let timer = bmc.ask(&GetWatchdogTimer).await?;
    Ok(Watchdog {
        running: timer.running,
        timer_use: timer.setting.timer_use.to_string(),
        action: timer.setting.action.to_string(),
        initial_seconds: timer.setting.initial.duration().as_secs_f64(),
        left_seconds: timer.present.map(|left| left.duration().as_secs_f64()),
        logs: !timer.setting.dont_log,
    })
}

/// Sets the timer, starts it if that is wanted, and reads it back.
pub(super) async fn set(bmc: Bmc<'_>, set: WatchdogSet) -> Result<Watchdog, Problem> {
    let initial = Countdown::from_duration(set.time).ok_or(Problem::TooLarge)?;
    let setting = WatchdogSetting {
        timer_use: TimerUse::SmsOs,
        dont_log: set.no_log,
        action: set.action.into(),
        pre_timeout: PreTimeoutInterrupt::None,
        pre_timeout_s: 0,
        initial,
    };
    let clear = Expirations::default().with(TimerUse::SmsOs);
    bmc.ask(&SetWatchdogTimer { setting, dont_stop: false, clear }).await?;
    if set.start {
        bmc.ask(&ResetWatchdogTimer).await?;
    }
    show(bmc).await
}

/// Stops the timer: it is set to what it is set to, which stops it.
pub(super) async fn stop(bmc: Bmc<'_>) -> Result<Watchdog, Problem> {
    let mut setting = bmc.ask(&GetWatchdogTimer).await?.setting;
    // A timer that was never set has a use that may not be set.
    if let TimerUse::Other(_) = setting.timer_use {
        setting.timer_use = TimerUse::SmsOs;
    }
    let clear = Expirations::default();
    bmc.ask(&SetWatchdogTimer { setting, dont_stop: false, clear }).await?;
    show(bmc).await
}

/// Starts the timer, or starts it over.
pub(super) async fn reset(bmc: Bmc<'_>) -> Result<Watchdog, Problem> {
    bmc.ask(&ResetWatchdogTimer).await?;
    show(bmc).await
}
