//! A server of the story: its power, its guests, and a member that obeys.

use std::time::Duration;

use komainu_core::time::Instant;
use komainu_core::types::{Directed, PowerState};

/// How long its operating system takes to go down.
const STOP: Duration = Duration::from_secs(25);
/// And to come up, until its member is heard.
const BOOT: Duration = Duration::from_secs(45);

/// What a server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// It runs, and its member is heard.
    Up,
    /// It goes down until then.
    Stopping(Instant),
    /// It is off.
    Off,
    /// It comes up until then.
    Booting(Instant),
}

/// A server.
pub(super) struct Server {
    /// What it does.
    pub(super) doing: Doing,
    /// So many guests run.
    pub(super) guests: u16,
    /// Guests that run when all do.
    pub(super) all_guests: u16,
    /// Counts its starts.
    pub(super) epoch: u64,
    /// It was off once.
    pub(super) fell: bool,
    /// It lost its power while it was on.
    pub(super) crashed: bool,
}

impl Server {
    /// One that runs, with its guests.
    pub(super) const fn new(guests: u16) -> Self {
        let all_guests = guests;
        Self { doing: Doing::Up, guests, all_guests, epoch: 1, fell: false, crashed: false }
    }

    /// Its power, as its BMC reads it.
    pub(super) const fn power(&self) -> PowerState {
        match self.doing {
            Doing::Off => PowerState::Off,
            Doing::Up | Doing::Stopping(_) | Doing::Booting(_) => PowerState::On,
        }
    }

    /// Does what has become due. Whether that is a change.
    pub(super) fn pass(&mut self, now: Instant, fed: bool) -> bool {
        match self.doing {
            Doing::Up | Doing::Stopping(_) | Doing::Booting(_) if !fed => {
                (self.doing, self.fell, self.crashed) = (Doing::Off, true, true);
                true
            }
            Doing::Stopping(until) if until <= now => {
                (self.doing, self.fell, self.guests) = (Doing::Off, true, 0);
                true
            }
            Doing::Booting(until) if until <= now => {
                self.doing = Doing::Up;
                self.epoch += 1;
                true
            }
            Doing::Up | Doing::Stopping(_) | Doing::Booting(_) | Doing::Off => false,
        }
    }

    /// It begins to shut down.
    pub(super) fn stop(&mut self, now: Instant) {
        if self.doing == Doing::Up {
            self.doing = Doing::Stopping(now + STOP);
        }
    }

    /// It is switched off at once.
    pub(super) fn off(&mut self) {
        (self.doing, self.fell, self.guests) = (Doing::Off, true, 0);
    }

    /// It is switched on.
    pub(super) fn on(&mut self, now: Instant) {
        if self.doing == Doing::Off {
            self.doing = Doing::Booting(now + BOOT);
        }
    }

    /// How long it takes to do that, and how many of how many guests are done then.
    pub(super) fn takes(&self, directed: Directed) -> (Duration, u16) {
        match directed {
            Directed::StopGuests => (Duration::from_secs(18), self.guests),
            Directed::StartGuests => (Duration::from_secs(12), self.all_guests),
            Directed::StopServices | Directed::StartServices => (Duration::from_secs(4), 0),
            Directed::Freeze
            | Directed::Thaw
            | Directed::ShutDown
            | Directed::EnterMaintenance
            | Directed::LeaveMaintenance => (Duration::from_millis(200), 0),
        }
    }

    /// It has done that.
    pub(super) fn done(&mut self, directed: Directed) {
        match directed {
            Directed::StopGuests => self.guests = 0,
            Directed::StartGuests => self.guests = self.all_guests,
            Directed::StopServices
            | Directed::StartServices
            | Directed::Freeze
            | Directed::Thaw
            | Directed::ShutDown
            | Directed::EnterMaintenance
            | Directed::LeaveMaintenance => {}
        }
    }
}
