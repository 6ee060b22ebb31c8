//! A server: its power, its operating system, its guests, and the member that obeys.

use std::time::Duration;

/// What a server is like.
#[derive(Clone, Debug)]
pub struct Traits {
    /// The places of the UPSes that feed it.
    pub feeds: Vec<usize>,
    /// The group of their outlets that it hangs on, 1 to 3; 0 = none that is cut by itself.
    pub outlet: usize,
    /// So many of them are needed.
    pub needed: usize,
    /// Its operating system takes so long to go down, and to come up.
    pub stop: Duration,
    /// From power to a member that is heard.
    pub boot: Duration,
    /// Its services take so long to stop.
    pub services: Duration,
    /// Each guest takes so long to stop.
    pub guests: Vec<Duration>,
    /// It comes on when power comes.
    pub starts_with_mains: bool,
    /// It is off from the beginning.
    pub off_before: bool,
    /// So many orders to come on are taken by its BMC, and nothing is done.
    pub ignores_on: u32,
}

/// What may be wrong with a server, until everything heals.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// Nothing is heard of its member.
    pub deaf: bool,
    /// Its operating system never ends by itself.
    pub hangs: bool,
    /// Its BMC answers nothing.
    pub bmc: bool,
    /// One of its guests never ends by itself.
    pub guest: bool,
}

/// How far its operating system is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Os {
    /// It does not run.
    Off,
    /// It comes up.
    Booting,
    /// It runs, and a member with it.
    Up,
    /// It goes down.
    Stopping,
}

/// A server.
#[derive(Clone, Debug)]
pub(super) struct Server {
    /// What it is like.
    pub(super) traits: Traits,
    /// What is wrong with it.
    pub(super) faults: Faults,
    /// Its operating system.
    pub(super) os: Os,
    /// Its services run.
    pub(super) services: bool,
    /// Which guests run.
    pub(super) guests: Vec<bool>,
    /// Which of them its member has stopped: they start when it is told to start them, and not by
    /// themselves.
    pub(super) stopped: Vec<bool>,
    /// Its member was told last that they are to run: what was told before does not count any more.
    pub(super) wants_guests: bool,
    /// Its member's start.
    pub(super) epoch: u64,
    /// Counts changes of its power: what was under way before is void.
    pub(super) life: u64,
    /// Whether a plan holds it.
    pub(super) held: bool,
    /// Since when it runs with nothing that holds it.
    pub(super) free_since: Option<Duration>,
    /// It has come on because power came, and not because anybody wanted it.
    pub(super) by_itself: bool,
    /// Until when it is being fenced.
    pub(super) fencing: Option<Duration>,
    /// When its operating system was up last.
    pub(super) up_at: Duration,
    /// The run of the connector in which it was asked to go down since it came on.
    pub(super) asked_down: Option<u64>,
    /// It was switched on since it went off.
    pub(super) ordered_on: bool,
    /// Since when somebody asks for it to be fenced.
    pub(super) wanted: Option<Duration>,
    /// Since when all of its feeds have read off, and whether it was seen running after that.
    pub(super) reads_dark: Option<(Duration, bool)>,
    /// It was fenced, and is to be switched on when nothing holds it.
    pub(super) owed: bool,
}

impl Server {
    /// One that runs.
    pub(super) fn new(traits: Traits, faults: Faults) -> Self {
        let on = !traits.off_before;
        let guests = vec![on; traits.guests.len()];
        Self {
            traits,
            faults,
            os: if on { Os::Up } else { Os::Off },
            services: on,
            wants_guests: true,
            stopped: vec![false; guests.len()],
            guests,
            epoch: 1,
            life: 0,
            held: false,
            free_since: None,
            by_itself: false,
            fencing: None,
            up_at: Duration::ZERO,
            asked_down: None,
            ordered_on: false,
            wanted: None,
            reads_dark: None,
            owed: false,
        }
    }

    /// Whether it is switched on.
    pub(super) fn is_on(&self) -> bool {
        self.os != Os::Off
    }

    /// Whether a member answers.
    pub(super) fn answers(&self) -> bool {
        matches!(self.os, Os::Up) && !self.faults.deaf
    }

    /// Whether it runs, and guests that were stopped do not.
    pub(super) fn lacks_guests(&self) -> bool {
        self.answers() && self.stopped.contains(&true)
    }

    /// What starts by itself when nothing holds it.
    pub(super) fn start_all(&mut self) {
        self.services = true;
        for (on, stopped) in self.guests.iter_mut().zip(&self.stopped) {
            *on |= !stopped;
        }
    }

    /// Its member stops all guests, or starts them.
    pub(super) fn guests_are(&mut self, on: bool) {
        for (is, stopped) in self.guests.iter_mut().zip(&mut self.stopped) {
            *stopped = !on && (*is || *stopped);
            *is = on;
        }
    }

    /// It loses its power, or is switched off.
    pub(super) fn off(&mut self) {
        self.os = Os::Off;
        self.ordered_on = false;
        self.services = false;
        self.guests.fill(false);
        self.life += 1;
    }
}
