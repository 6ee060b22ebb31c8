//! The time that a plan takes, and the energy that it needs.

use core::time::Duration;

use crate::limits::MAX_GROUPS;
use crate::time::{Instant, Millis};

use super::config::{PlannedServer, Timing, UpsConfig};
use super::supply::Line;

/// How many steps of a server are measured.
pub(super) const STEPS: usize = MAX_GROUPS + 5;

/// A step of a server on its way down, or up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Its services are held where they are, its maintenance software entered.
    Freeze,
    /// That group of guests stops.
    Guests(u8),
    /// Its services stop.
    Services,
    /// It shuts down, until it reads off.
    ShutDown,
    /// It is forced off.
    Force,
    /// It boots.
    Boot,
}

/// How long something took so far. Durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Measured(u16);

impl Measured {
    /// Takes one more measurement.
    pub(super) fn note(&mut self, took: Duration) {
        let _ = took;
    }

    /// What to reckon with: the measurement, or the limit where there is none or it is longer.
    pub(super) fn expect(self, limit: Millis) -> Duration {
        limit.duration()
    }

    /// As it is kept: whole seconds, 0 = never measured.
    pub(super) const fn to_raw(self) -> u16 {
        self.0
    }

    /// What was kept.
    pub(super) const fn from_raw(seconds: u16) -> Self {
        Self(seconds)
    }
}

/// The measured steps of one server. Durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Steps([Measured; STEPS]);

impl Steps {
    /// Takes one more measurement of a step.
    pub(super) fn note(&mut self, step: Step, took: Duration) {
        let _ = (step, took);
    }

    /// All of them, to be kept.
    pub(super) const fn all(&self) -> &[Measured; STEPS] {
        &self.0
    }

    /// Those that were kept.
    pub(super) const fn of(all: [Measured; STEPS]) -> Self {
        Self(all)
    }
}

/// Where a server is on its way down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The step that runs, or comes next. [`Step::Boot`] = it has no way down before it.
    pub(super) step: Step,
    /// Since when it runs; `None` = it has not begun.
    pub(super) since: Option<Instant>,
}

/// How long a server takes until it is off, as far as was measured.
///
/// `entering` is what its maintenance software takes.
pub(super) fn expected(
    server: &PlannedServer,
    steps: &Steps,
    entering: Duration,
    place: Place,
    now: Instant,
) -> Duration {
    let _ = (server, steps, entering, place, now);
    Duration::ZERO
}

/// How long a server takes at most until it is off, forced off included.
pub(super) fn worst(
    server: &PlannedServer,
    entering: Duration,
    place: Place,
    now: Instant,
) -> Duration {
    let _ = (server, entering, place, now);
    Duration::ZERO
}

/// One server in the reckoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Load {
    /// Its stage.
    pub(super) stage: u8,
    /// What it takes by itself.
    pub(super) takes: Duration,
    /// What its feeds give; `None` = no end in sight, or not known.
    pub(super) left: Option<Duration>,
}

/// What a server needs against what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Balance {
    /// What the plan needs up to its stage, with margin and reserve.
    pub(super) needed: Duration,
    /// What its feeds give.
    pub(super) left: Duration,
}

impl Balance {
    /// Whether it just suffices, or no more: the last safe moment has come.
    pub(super) fn is_due(&self) -> bool {
        self.left <= self.needed
    }
}

/// What all of them take, stages one after the other and the servers of a stage side by side.
pub(super) fn time_needed(loads: impl Iterator<Item = Load>) -> Duration {
    let _ = loads;
    Duration::ZERO
}

/// With margin and reserve.
pub(super) fn with_margin(time: Duration, timing: &Timing) -> Duration {
    let _ = timing;
    time
}

/// The server for which it is tightest; `None` if no end is in sight for any.
pub(super) fn tightest(
    loads: impl Iterator<Item = Load> + Clone,
    timing: &Timing,
) -> Option<Balance> {
    let _ = (loads, timing);
    None
}

/// Whether the plan fits the batteries, in peace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fit {
    short: bool,
}

impl Fit {
    /// Judges anew; says so when the judgement changes: `Some(true)` = it fits again.
    pub(super) fn judge(&mut self, balance: Option<Balance>) -> Option<bool> {
        let _ = balance;
        None
    }

    /// Whether it was last judged too short.
    pub(super) const fn is_short(self) -> bool {
        self.short
    }
}

/// Whether a UPS may be loaded again: it could carry one more complete shutdown, which takes
/// `needed` with margin and reserve.
pub(super) fn may_start(line: &Line, config: &UpsConfig, needed: Duration, now: Instant) -> bool {
    let _ = (line, config, needed, now);
    true
}
