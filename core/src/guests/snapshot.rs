//! A picture of the guests, for displays.

use super::guest::{Fit, Goal, Outcome, Start, StopStep, Task};
use super::set::GuestIndex;
use super::words::{Event, Power};
use super::{Guests, Way, index};

/// What is being done with a guest, or was last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Doing {
    /// Nothing.
    Nothing,
    /// Finding out whether it runs.
    Finding,
    /// It is to stop, and waits for those that need it.
    WaitingToStop,
    /// It was asked to stop.
    Stopping,
    /// Its last resort is used.
    LastResort,
    /// It has stopped.
    Stopped,
    /// It is to start, and waits for those that it needs.
    WaitingToStart,
    /// It is being started.
    Starting,
    /// It is on, and not ready yet.
    Booting,
    /// It was started, and is ready.
    Started,
    /// It was to be stopped, and then not.
    Kept,
    /// It could not be stopped.
    StopFailed,
    /// It could not be started.
    StartFailed,
}

/// A guest, as it is at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestSnapshot {
    /// Which.
    pub guest: GuestIndex,
    /// Who starts and stops it.
    pub way: Way,
    /// What the hypervisor last showed of it; none = nothing yet.
    pub power: Option<Power>,
    /// Whether the hypervisor starts it by itself, if that is known.
    pub auto: Option<bool>,
    /// What is done with it.
    pub doing: Doing,
    /// It is to be started again.
    pub fallen: bool,
    /// What is wrong with who starts it: [`Event::BothWays`], [`Event::NoWay`] or
    /// [`Event::Missing`].
    pub wrong: Option<Event>,
}

impl Guests {
    /// Each guest.
    pub fn snapshot(&self) -> impl Iterator<Item = GuestSnapshot> {
        self.guests.iter().enumerate().map(|(at, guest)| GuestSnapshot {
            guest: index(at),
            way: guest.config.way,
            power: guest.power,
            auto: guest.auto,
            doing: doing(guest.task),
            fallen: guest.fallen,
            wrong: match guest.fits {
                Fit::Wrong(event) => Some(event),
                Fit::Unknown | Fit::Right => None,
            },
        })
    }
}

fn doing(task: Task) -> Doing {
    match task {
        Task::Rest(Outcome::Idle) => Doing::Nothing,
        Task::Rest(Outcome::Gone) => Doing::Stopped,
        Task::Rest(Outcome::Up) => Doing::Started,
        Task::Rest(Outcome::Kept) => Doing::Kept,
        Task::Rest(Outcome::StopFailed) => Doing::StopFailed,
        Task::Rest(Outcome::StartFailed) => Doing::StartFailed,
        Task::Look { goal: Goal::Down { .. } | Goal::Up, .. } => Doing::Finding,
        Task::Stop(stop) => match stop.step {
            StopStep::Waiting => Doing::WaitingToStop,
            StopStep::Asked { .. } => Doing::Stopping,
            StopStep::Resorted { .. } => Doing::LastResort,
        },
        Task::Start(Start::Waiting) => Doing::WaitingToStart,
        Task::Start(Start::Asked { .. }) => Doing::Starting,
        Task::Start(Start::Booting { .. }) => Doing::Booting,
    }
}
