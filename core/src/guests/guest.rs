//! One guest: what is known of it, and what is being done with it.

use core::time::Duration;

use crate::journal::{Generations, Mark};
use crate::time::{Instant, Millis};

use super::config::{GuestConfig, Way};
pub(super) use super::words::Power;
use super::words::{Event, GuestRun, Work};

/// How a guest is, and what is done with it.
#[derive(Debug)]
pub(super) struct Guest {
    pub(super) config: GuestConfig,
    /// What was last seen of it.
    pub(super) power: Option<Power>,
    /// Whether the hypervisor starts it by itself, as last seen.
    pub(super) auto: Option<bool>,
    /// What was found out before is of no use.
    pub(super) fresh: Instant,
    /// The command that runs for it.
    pub(super) run: Option<(GuestRun, Work)>,
    pub(super) task: Task,
    /// It was stopped, or ran when that was ordered, and is to be started again.
    pub(super) fallen: bool,
    /// It ran when it was last seen, or it may have gone with its host.
    pub(super) ran: bool,
    /// Until then one that ran, and was not seen since the start, is taken to have gone so.
    pub(super) missed: Instant,
    /// Since when that is durable, and that it is kept.
    pub(super) mark: Mark,
    /// Until then it may still go because it was asked to, though it is not to any more.
    pub(super) doubt: Instant,
    pub(super) stops: Took,
    pub(super) starts: Took,
    pub(super) events: Events,
    /// How its ways fitted when that was last told.
    pub(super) fits: Fit,
}

/// What is being done with a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Nothing.
    Rest(Outcome),
    /// Finding out whether it runs: a listing from `since` on tells.
    Look {
        goal: Goal,
        since: Instant,
    },
    Stop(Stop),
    Start(Start),
}

/// What came of what was done last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nothing was to be done.
    Idle,
    /// It has stopped.
    Gone,
    /// It runs again, and is ready.
    Up,
    /// It was to be stopped, and then not.
    Kept,
    /// It has not stopped in time.
    StopFailed,
    /// It was not ready in time.
    StartFailed,
}

/// What a guest is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    Down { until: Option<Instant> },
    Up,
}

/// A guest is being stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    /// Since when it is to stop.
    pub(super) since: Instant,
    /// When all is to be over, with last resorts.
    pub(super) until: Option<Instant>,
    pub(super) step: StopStep,
    /// It is started again as soon as it has stopped.
    pub(super) back: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StopStep {
    /// It waits for those that need it.
    Waiting,
    /// It was asked at that moment for the first time, and is asked again at the other.
    Asked { at: Instant, again: Option<Instant> },
    /// The last resort is used since then, and once more from the other moment on.
    Resorted { asked: Instant, at: Instant, again: Instant },
}

/// A guest is being started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// It waits for those that it needs.
    Waiting,
    /// Its start was ordered at that moment for the first time, and is again at the other.
    Asked { at: Instant, again: Instant },
    /// It is on since its start was ordered at that moment, or it was seen on then, and is asked
    /// at the other whether it is ready.
    Booting { at: Instant, check: Instant, ours: bool },
}

impl Guest {
    pub(super) fn new(config: GuestConfig, now: Instant) -> Self {
        Self {
            config,
            power: None,
            auto: None,
            fresh: now,
            run: None,
            task: Task::Rest(Outcome::Idle),
            fallen: false,
            ran: false,
            missed: now,
            mark: Mark::STORED,
            doubt: now,
            stops: Took::default(),
            starts: Took::default(),
            events: Events::default(),
            fits: Fit::Unknown,
        }
    }

    pub(super) fn is_ours(&self) -> bool {
        self.config.way == Way::Komainu
    }

    pub(super) fn is_off(&self) -> bool {
        matches!(self.power, Some(Power::Off | Power::Missing))
    }

    /// Whether it went with its host, and nobody was told: it is started like those that were
    /// stopped here.
    pub(super) fn is_missed(&self) -> bool {
        self.ran && self.power != Some(Power::On)
    }

    /// It is to be started again, and that is to be durable.
    pub(super) fn fall(&mut self, generations: &mut Generations) {
        self.fallen = true;
        self.mark = generations.change();
    }

    /// Whether something is being done with it.
    pub(super) fn is_busy(&self) -> bool {
        !matches!(self.task, Task::Rest(_))
    }

    /// Whether it was asked to stop, and is to be started again if it does.
    pub(super) fn is_watched(&self) -> bool {
        self.task == Task::Rest(Outcome::Kept) && self.fallen
    }

    /// Whether it is still to be stopped, so that what it needs must stay.
    pub(super) fn goes_down(&self) -> bool {
        matches!(self.task, Task::Stop(_) | Task::Look { goal: Goal::Down { .. }, .. })
    }

    /// Whether it is still to come up, so that what needs it must wait.
    pub(super) fn comes_up(&self) -> bool {
        match self.task {
            Task::Start(_) | Task::Look { goal: Goal::Up, .. } => true,
            Task::Stop(stop) => stop.back,
            Task::Look { goal: Goal::Down { .. }, .. } | Task::Rest(_) => false,
        }
    }

    /// Whether hypervisor and configuration agree on who starts it.
    pub(super) fn fit(&self) -> Fit {
        match (self.power, self.auto, self.config.way) {
            (None, _, _) => Fit::Unknown,
            (Some(Power::Missing), _, _) if self.fallen || self.is_busy() => self.fits,
            (Some(Power::Missing), _, _) => Fit::Wrong(Event::Missing),
            (Some(_), Some(true), Way::Komainu) => Fit::Wrong(Event::BothWays),
            (Some(_), Some(false), Way::Hypervisor) => Fit::Wrong(Event::NoWay),
            (Some(_), Some(_) | None, _) => Fit::Right,
        }
    }
}

/// Whether a guest is started by exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// Not known yet.
    Unknown,
    Right,
    Wrong(Event),
}

/// How long something took, as far as it was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Took {
    /// Milliseconds; 0 = never measured.
    pub(super) millis: u32,
}

impl Took {
    /// Takes a measurement in. The longest counts, and is forgotten slowly.
    pub(super) fn note(&mut self, took: Duration) {
        let took = Millis::of(took).get().max(1);
        let before = self.millis / 8 * 7;
        let mean = before.saturating_add(took / 8);
        self.millis = took.max(mean);
    }

    pub(super) fn span(self) -> Option<Duration> {
        (self.millis > 0).then_some(Duration::from_millis(u64::from(self.millis)))
    }
}

/// What is to be told of a guest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Events(u16);

impl Events {
    const fn bit(event: Event) -> u16 {
        1 << event as u16
    }

    pub(super) const fn add(&mut self, event: Event) {
        self.0 |= Self::bit(event);
    }

    pub(super) fn take(&mut self) -> Option<Event> {
        let event = Event::ALL.into_iter().find(|event| self.0 & Self::bit(*event) != 0)?;
        self.0 &= !Self::bit(event);
        Some(event)
    }
}
