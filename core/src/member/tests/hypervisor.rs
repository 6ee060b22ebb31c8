//! A host's guests: each goes so long after it was asked, and is on at once when it is started.

use super::std::vec::Vec;

use crate::guests::{self, Action, End, GuestIndex, GuestRun, Power, Sight, Work};
use crate::member::{Input, Member};
use crate::time::{Instant, Millis};

/// What a command of the hypervisor takes.
const COMMAND: Millis = Millis::new(20);

#[derive(Default)]
pub(super) struct Hypervisor {
    pub(super) guests: Vec<Guest>,
    runs: Vec<(Instant, GuestRun, Work)>,
    /// What was done to which guest.
    pub(super) log: Vec<Work>,
}

#[derive(Clone, Copy)]
pub(super) struct Guest {
    pub(super) on: bool,
    pub(super) goes_in: Millis,
    goes: Option<Instant>,
}

impl Guest {
    pub(super) const fn new(on: bool, goes_in: Millis) -> Self {
        Self { on, goes_in, goes: None }
    }
}

impl Hypervisor {
    /// Nobody waits for what it does any more.
    pub(super) fn forget(&mut self) {
        self.runs.clear();
    }

    pub(super) fn power_off(&mut self) {
        for guest in &mut self.guests {
            (guest.on, guest.goes) = (false, None);
        }
    }

    pub(super) fn next(&self) -> Option<Instant> {
        let goes = self.guests.iter().filter_map(|guest| guest.goes);
        self.runs.iter().map(|run| run.0).chain(goes).min()
    }

    pub(super) fn begin(&mut self, now: Instant, action: Action) {
        let Action { run, work, .. } = action;
        self.runs.push((now + COMMAND, run, work));
        let mut touch = |at: GuestIndex, change: &dyn Fn(&mut Guest)| {
            self.log.push(work);
            change(self.guests.get_mut(usize::from(at.0)).expect("a guest"));
        };
        match work {
            Work::List | Work::Ready(_) => {}
            Work::Stop(at) => touch(at, &|guest| guest.goes = Some(now + guest.goes_in)),
            Work::Kill(at) | Work::Save(at) => touch(at, &|guest| guest.on = false),
            Work::Start(at) => touch(at, &|guest| guest.on = true),
        }
    }

    pub(super) fn end_runs(&mut self, now: Instant, member: &mut Member) {
        for guest in &mut self.guests {
            if guest.goes.take_if(|at| *at <= now).is_some() {
                guest.on = false;
            }
        }
        let over = |run: &(Instant, GuestRun, Work)| run.0 <= now;
        let (due, later) = core::mem::take(&mut self.runs).into_iter().partition(over);
        self.runs = later;
        let due: Vec<_> = due;
        for (_, run, work) in due {
            let sights: Vec<Sight> = self.guests.iter().zip(0..).map(sight).collect();
            let input = match work {
                Work::List => guests::Input::Seen { run, sights: &sights },
                _ => guests::Input::Ended { run, end: End::Done },
            };
            member.handle(now, Input::Guests(input));
        }
    }
}

fn sight((guest, at): (&Guest, u8)) -> Sight {
    let power = if guest.on { Power::On } else { Power::Off };
    Sight { guest: GuestIndex(at), power, auto: Some(false) }
}
