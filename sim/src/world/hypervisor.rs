//! The guests of a host, and the hypervisor that its member asks about them.

use std::time::Duration;

use komainu_core::guests::{Action, End, GuestIndex, GuestRun, Input, Power, Sight, Work};

use super::outage::GuestTraits;
use super::{Event, Given, World, tell};
use crate::checks::Invariant;

/// A guest that goes though nobody waits for it any more is missed after so long at the latest.
const MISSED: Duration = Duration::from_secs(10);

/// A guest.
#[derive(Clone, Debug)]
pub(super) struct Guest {
    traits: GuestTraits,
    pub(super) on: bool,
    ready_at: Duration,
    /// Counts its starts.
    starts: u32,
    /// Which life of its member has asked it to stop.
    asked_by: u32,
    /// It is gone because an earlier life has asked it to: so long it may take until that is seen.
    missed_until: Duration,
}

impl Guest {
    pub(super) const fn new(traits: GuestTraits) -> Self {
        Self {
            traits,
            on: false,
            ready_at: Duration::ZERO,
            starts: 0,
            asked_by: 0,
            missed_until: Duration::ZERO,
        }
    }

    /// It comes on, to be ready after that time.
    pub(super) fn start(&mut self, now: Duration, boots: Duration) {
        if !self.on {
            (self.on, self.ready_at) = (true, now + boots);
            self.starts += 1;
        }
    }

    /// Whether it is on, or is not yet to be.
    pub(super) fn is_as_wanted(&self, now: Duration) -> bool {
        self.on || now < self.missed_until
    }

    fn is_ready(&self, now: Duration) -> bool {
        self.on && (now >= self.ready_at || !self.traits.says_ready)
    }
}

/// What has become of some work on guests.
#[derive(Clone, Debug)]
pub(super) enum Worked {
    Seen { run: GuestRun, sights: Vec<Sight> },
    Ended { run: GuestRun, end: End },
}

impl Worked {
    pub(super) fn input(&self) -> Input<'_> {
        match self {
            Self::Seen { run, sights } => Input::Seen { run: *run, sights },
            Self::Ended { run, end } => Input::Ended { run: *run, end: *end },
        }
    }
}

impl World {
    /// A member wants something done about its guests.
    pub(super) fn work_on_guests(&mut self, host: usize, action: Action) {
        self.trace.number(action.run.0);
        if !matches!(action.work, Work::List | Work::Ready(_)) {
            tell!(self, "host {}: {:?}", host + 1, action.work);
        }
        match action.work {
            Work::List | Work::Ready(_) => {}
            Work::Stop(GuestIndex(at)) => self.guest_stops(host, at.into()),
            Work::Kill(GuestIndex(at)) | Work::Save(GuestIndex(at)) => {
                let judgement = Err(format!("guest {at} of host {} is killed", host + 1));
                self.judge(Invariant::Order, judgement);
            }
            Work::Start(GuestIndex(at)) => self.guest_starts(host, at.into()),
        }
        let starts = self.servers[host].member.starts;
        let after = Duration::from_millis(1 + self.rng.below(40));
        self.later(after, Event::GuestWork { host, starts, action });
    }

    fn guest_stops(&mut self, host: usize, at: usize) {
        let guests = &self.servers[host].guests;
        let needs = |guest: &Guest| guest.on && guest.traits.after == Some(at);
        if let Some(other) = guests.iter().position(needs) {
            let what = format!("guest {at} of host {} stops, which {other} needs", host + 1);
            self.judge(Invariant::Order, Err(what));
        }
        let life = self.servers[host].member.starts;
        let guest = &mut self.servers[host].guests[at];
        if guest.on {
            guest.asked_by = life;
            let (after, starts) = (guest.traits.stops, guest.starts);
            self.later(after, Event::GuestGone { host, guest: at, starts });
        }
    }

    fn guest_starts(&mut self, host: usize, at: usize) {
        let now = self.now;
        let guests = &self.servers[host].guests;
        if let Some(other) = guests[at].traits.after.filter(|other| !guests[*other].is_ready(now)) {
            let what = format!("guest {at} of host {} starts before {other}", host + 1);
            self.judge(Invariant::Order, Err(what));
        }
        self.check_start_in_plan(host, "a guest");
        let boots = self.servers[host].guests[at].traits.boots;
        self.servers[host].guests[at].start(now, boots);
    }

    pub(super) fn guest_gone(&mut self, host: usize, at: usize, starts: u32) {
        let life = self.servers[host].member.starts;
        let guest = &mut self.servers[host].guests[at];
        if guest.starts == starts && guest.on {
            guest.on = false;
            if guest.asked_by != life {
                guest.missed_until = self.now + MISSED;
            }
            tell!(self, "guest {at} of host {} is gone", host + 1);
        }
    }

    pub(super) fn guest_work_ends(&mut self, host: usize, starts: u32, action: Action) {
        let server = &self.servers[host];
        if server.member.starts != starts {
            return;
        }
        let (now, run) = (self.now, action.run);
        let ended = |end| Worked::Ended { run, end };
        let worked = match action.work {
            Work::List => {
                let power = |guest: &Guest| if guest.on { Power::On } else { Power::Off };
                let sight = |(at, guest): (u8, &Guest)| Sight {
                    guest: GuestIndex(at),
                    power: power(guest),
                    auto: Some(false),
                };
                Worked::Seen { run, sights: (0..).zip(&server.guests).map(sight).collect() }
            }
            Work::Ready(GuestIndex(at)) if !server.guests[usize::from(at)].is_ready(now) => {
                ended(End::Failed)
            }
            _ => ended(End::Done),
        };
        self.give_member(host, Given::Guests(worked));
    }
}
