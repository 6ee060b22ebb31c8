//! The time that a plan takes, and the energy that it needs.
//!
//! Stages go one after the other, the servers of a stage side by side, the steps of a server one
//! after the other. A step is reckoned with what it took before; one that was never measured, or
//! that takes longer than ever now, with its limit.

use core::cmp::Reverse;
use core::time::Duration;

use crate::limits::{MAX_GROUPS, MAX_STAGES};
use crate::time::Instant;

use super::config::{PlannedServer, Timing, UpsConfig};
use super::supply::Line;

/// How many steps of a server are measured.
pub(super) const STEPS: usize = MAX_GROUPS + 5;

/// The stage of this machine itself: after all others.
pub(super) const OWN_STAGE: u8 = MAX_STAGES as u8;

/// After so long on mains a battery is as full as it becomes.
const RECHARGED: Duration = Duration::from_secs(8 * 3600);
/// Percent of charge that is as good as full.
const FULL: u8 = 90;
/// Percent of charge that suffices while nothing is known of what the servers draw.
const HALF: u8 = 50;

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

impl Step {
    fn index(self) -> usize {
        match self {
            Self::Freeze => 0,
            Self::Guests(group) => 1 + usize::from(group).min(MAX_GROUPS - 1),
            Self::Services => MAX_GROUPS + 1,
            Self::ShutDown => MAX_GROUPS + 2,
            Self::Force => MAX_GROUPS + 3,
            Self::Boot => MAX_GROUPS + 4,
        }
    }

    /// Only a member takes it.
    const fn is_directed(self) -> bool {
        matches!(self, Self::Guests(_) | Self::Services)
    }
}

/// How long something took so far. Durable.
///
/// It grows to a longer measurement at once, since a plan that is too short costs a crash, and
/// falls slowly, by an eighth of the difference, since one that is too long costs only battery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Measured(u16);

impl Measured {
    /// Takes one more measurement.
    pub(super) fn note(&mut self, took: Duration) {
        let secs = took.as_millis().div_ceil(1000).max(1);
        let secs = u16::try_from(secs).unwrap_or(u16::MAX);
        self.0 = match self.0.checked_sub(secs) {
            Some(less) => self.0 - less.div_ceil(8),
            None => secs,
        };
    }

    /// What to reckon with: the measurement, or the limit where there is none or it is longer.
    pub(super) fn reckoned(self, limit: Duration) -> Duration {
        match self.0 {
            0 => limit,
            secs => Duration::from_secs(u64::from(secs)).min(limit),
        }
    }

    /// As it is kept: whole seconds up to 18 hours, 0 = never measured.
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
        if let Some(measured) = self.0.get_mut(step.index()) {
            measured.note(took);
        }
    }

    /// What was measured of a step.
    pub(super) fn of(&self, step: Step) -> Measured {
        self.0.get(step.index()).copied().unwrap_or_default()
    }

    /// All of them, to be kept.
    pub(super) const fn to_raw(self) -> [Measured; STEPS] {
        self.0
    }

    /// Those that were kept.
    pub(super) const fn from_raw(all: [Measured; STEPS]) -> Self {
        Self(all)
    }
}

/// Where a server is on its way down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The step that runs, or comes next. There is no way down from [`Step::Boot`].
    pub(super) step: Step,
    /// Since when it runs; `None` = it has not begun.
    pub(super) since: Option<Instant>,
    /// A member is there to be directed; without one its guests and services are not stopped
    /// before it shuts down.
    pub(super) member: bool,
}

/// How long a server takes until it is off, as far as was measured. `entering` is what its
/// maintenance software takes.
pub(super) fn expected(
    server: &PlannedServer,
    steps: &Steps,
    entering: Duration,
    place: Place,
    now: Instant,
) -> Duration {
    let forced = place.step == Step::Force;
    let way = way_down(server, place).filter(|step| forced || *step != Step::Force);
    way.map(|step| {
        let limit = limit(server, entering, step);
        let spent = spent(place, step, now);
        let expected = steps.of(step).reckoned(limit);
        // What takes longer than ever before may take until its limit.
        let expected = if spent < expected { expected } else { limit };
        expected.saturating_sub(spent)
    })
    .sum()
}

/// How long a server takes at most until it is off, forced off included.
pub(super) fn worst(
    server: &PlannedServer,
    entering: Duration,
    place: Place,
    now: Instant,
) -> Duration {
    way_down(server, place)
        .map(|step| limit(server, entering, step).saturating_sub(spent(place, step, now)))
        .sum()
}

/// The steps that lie before a server, the present one first.
fn way_down(server: &PlannedServer, place: Place) -> impl Iterator<Item = Step> {
    let groups = (0..server.groups.len() as u8).map(Step::Guests);
    core::iter::once(Step::Freeze)
        .chain(groups)
        .chain([Step::Services, Step::ShutDown, Step::Force])
        .filter(move |step| *step >= place.step && (place.member || !step.is_directed()))
}

fn limit(server: &PlannedServer, entering: Duration, step: Step) -> Duration {
    match step {
        Step::Freeze => server.freeze.duration().max(entering),
        Step::Guests(_) => server.guests.duration(),
        Step::Services => server.services.duration(),
        Step::ShutDown => server.shutdown.duration(),
        Step::Force => server.force.duration(),
        Step::Boot => server.boot.duration(),
    }
}

/// How much of that step is over.
fn spent(place: Place, step: Step, now: Instant) -> Duration {
    let since = place.since.filter(|_| place.step == step);
    since.map_or(Duration::ZERO, |since| now.since(since))
}

/// One server in the reckoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Load {
    /// Its stage; [`OWN_STAGE`] for this machine.
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
    /// What is too much, or how little is missing: the least comes first.
    fn slack(&self) -> (Duration, Reverse<Duration>) {
        let (over, under) =
            (self.left.saturating_sub(self.needed), self.needed.saturating_sub(self.left));
        (over, Reverse(under))
    }
}

/// What the stages take, each counted from the begin of the first.
struct Stages([Duration; MAX_STAGES + 1]);

impl Stages {
    fn of(loads: impl Iterator<Item = Load>) -> Self {
        let mut stages = [Duration::ZERO; MAX_STAGES + 1];
        for load in loads {
            if let Some(longest) = stages.get_mut(usize::from(load.stage.min(OWN_STAGE))) {
                *longest = load.takes.max(*longest);
            }
        }
        let mut sum = Duration::ZERO;
        for stage in &mut stages {
            sum = sum.saturating_add(*stage);
            *stage = sum;
        }
        Self(stages)
    }

    fn until(&self, stage: u8) -> Duration {
        self.0.get(usize::from(stage.min(OWN_STAGE))).copied().unwrap_or_default()
    }
}

/// What all of them take, stages one after the other and the servers of a stage side by side.
pub(super) fn time_needed(loads: impl Iterator<Item = Load>) -> Duration {
    Stages::of(loads).until(OWN_STAGE)
}

/// With margin and reserve; nothing needs neither.
pub(super) fn with_margin(time: Duration, timing: &Timing) -> Duration {
    if time.is_zero() {
        return time;
    }
    let margin = time.saturating_mul(u32::from(timing.margin)) / 100;
    time.saturating_add(margin).saturating_add(timing.reserve.duration())
}

/// The server for which it is tightest; `None` if no end is in sight for any.
pub(super) fn tightest(
    loads: impl Iterator<Item = Load> + Clone,
    timing: &Timing,
) -> Option<Balance> {
    let stages = Stages::of(loads.clone());
    let balance = |load: Load| {
        Some(Balance { needed: with_margin(stages.until(load.stage), timing), left: load.left? })
    };
    loads.filter_map(balance).min_by_key(Balance::slack)
}

/// Whether the plan fits the batteries, in peace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fit {
    short: bool,
}

impl Fit {
    /// Judges anew; says so when the judgement changes: `Some(true)` = it fits again. It does once
    /// there is a tenth more than is needed, so that a runtime that sways is not told each time.
    pub(super) fn judge(&mut self, balance: Option<Balance>) -> Option<bool> {
        let Balance { needed, left } = balance?;
        let enough = if self.short { needed.saturating_add(needed / 10) } else { needed };
        let short = left < enough;
        let changed = short != self.short;
        self.short = short;
        changed.then_some(!short)
    }
}

/// Whether a UPS may be loaded again: it could carry one more complete shutdown, which takes
/// `needed` with margin and reserve, or has the charge that is configured.
///
/// While the servers are off a UPS tells the runtime of an idle load, hours on an empty battery.
/// So what its charge was worth before the outage counts, if that is known, and otherwise half a
/// charge is wanted besides. A full battery suffices in any case, and so do eight hours on mains:
/// it does not become fuller, and nothing stays down for good. One that tells neither charge nor
/// runtime is not waited for.
pub(super) fn may_start(line: &Line, config: &UpsConfig, needed: Duration) -> bool {
    let Some(reading) = line.reading() else { return false };
    if line.on_mains_for().is_some_and(|span| span >= RECHARGED) {
        return true;
    }
    match (config.floor, reading.charge, line.worth(), line.told_runtime()) {
        (Some(floor), Some(charge), _, _) => charge >= floor,
        (None, Some(charge), _, _) if charge >= FULL => true,
        (None, Some(charge), Some(worth), _) => worth.duration() * u32::from(charge) >= needed,
        (None, Some(charge), None, told) => {
            charge >= HALF && told.is_none_or(|told| told.duration() >= needed)
        }
        (_, None, _, told) => told.is_none_or(|told| told.duration() >= needed),
    }
}

#[cfg(test)]
mod tests;
