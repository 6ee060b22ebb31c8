//! The host's power: it follows commands after a while.

use std::collections::VecDeque;
use std::time::Duration;

use super::config::PowerConfig;

/// The host's power supply.
#[derive(Clone, Debug)]
pub(super) struct Power {
    config: PowerConfig,
    on: bool,
    changed_at: Option<Duration>,
    /// What is still to happen, in order of time.
    pending: VecDeque<Change>,
}

/// A change of the power state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) at: Duration,
    pub(super) on: bool,
}

impl Power {
    pub(super) fn new(config: PowerConfig) -> Self {
        Self { config, on: config.on, changed_at: None, pending: VecDeque::new() }
    }

    /// The true state.
    pub(super) fn on(&self) -> bool {
        self.on
    }

    /// The state as the BMC reports it: late by `lag`.
    pub(super) fn reported(&self, now: Duration, lag: Duration) -> bool {
        match self.changed_at {
            Some(at) if now < at + lag => !self.on,
            _ => self.on,
        }
    }

    /// Sets the state at once and forgets what was pending.
    pub(super) fn set(&mut self, now: Duration, on: bool) {
        self.pending.clear();
        self.change(Change { at: now, on });
    }

    /// Off after the configured delay; a newer command replaces what an older one has pending.
    pub(super) fn switch_off(&mut self, now: Duration) {
        self.replace([Change { at: now + self.config.off_delay, on: false }]);
    }

    /// On after the configured delay.
    pub(super) fn switch_on(&mut self, now: Duration) {
        self.replace([Change { at: now + self.config.on_delay, on: true }]);
    }

    /// Off, and on again after the interval.
    pub(super) fn cycle(&mut self, now: Duration) {
        let off = now + self.config.off_delay;
        let on = off + self.config.cycle_interval + self.config.on_delay;
        self.replace([Change { at: off, on: false }, Change { at: on, on: true }]);
    }

    /// Off when the operating system has shut down, if it does.
    pub(super) fn soften(&mut self, now: Duration) {
        if let Some(delay) = self.config.soft_delay {
            self.replace([Change { at: now + delay, on: false }]);
        }
    }

    /// When the next change is due.
    pub(super) fn next_at(&self) -> Option<Duration> {
        self.pending.front().map(|change| change.at)
    }

    /// Carries out the next change due at `now`; `None` when there is none.
    pub(super) fn advance(&mut self, now: Duration) -> Option<Change> {
        while let Some(change) = self.pending.pop_front_if(|change| change.at <= now) {
            if change.on != self.on {
                self.change(change);
                return Some(change);
            }
        }
        None
    }

    fn replace<const N: usize>(&mut self, changes: [Change; N]) {
        self.pending.clear();
        self.pending.extend(changes);
    }

    fn change(&mut self, change: Change) {
        if self.on != change.on {
            self.on = change.on;
            self.changed_at = Some(change.at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn slow() -> Power {
        Power::new(PowerConfig { off_delay: ms(10), on_delay: ms(20), ..PowerConfig::default() })
    }

    #[test]
    fn cycle_goes_off_and_comes_back() {
        let mut power = slow();
        power.cycle(ms(0));
        assert_eq!(power.next_at(), Some(ms(10)));
        assert_eq!(power.advance(ms(9)), None);
        assert_eq!(power.advance(ms(5000)), Some(Change { at: ms(10), on: false }));
        assert_eq!(power.advance(ms(5000)), Some(Change { at: ms(1030), on: true }));
        assert_eq!(power.advance(ms(5000)), None);
        assert!(power.on());
    }

    #[test]
    fn the_newest_command_wins() {
        let mut power = slow();
        power.cycle(ms(0));
        power.switch_off(ms(5));
        assert_eq!(power.advance(ms(5000)), Some(Change { at: ms(15), on: false }));
        assert_eq!(power.advance(ms(5000)), None);
        assert!(!power.on());
    }

    #[test]
    fn the_report_lags_behind_the_state() {
        let mut power = slow();
        power.set(ms(100), false);
        assert!(!power.on());
        assert!(power.reported(ms(149), ms(50)));
        assert!(!power.reported(ms(150), ms(50)));
        assert!(!power.reported(ms(100), ms(0)));
    }
}
