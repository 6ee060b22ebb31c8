//! Software that is put into maintenance before what it looks after is stopped, and out of it last.
//!
//! Only what was set here is released: that it was is durable. Entering that was interrupted by a
//! restart is done again; if it shows maintenance then, nobody knows who has set it, and it stays.

use core::time::Duration;

use crate::journal::Mark;
use crate::time::Instant;

use super::chain::At;
use super::config::{PlannedServer, StartBy};
use super::parts::{Parts, Turn};
use super::tell::Tell;
use super::view::{Planned, View};
use super::words::{Action, Job, RunEnd, RunId};

/// The first pause after leaving in vain; each is twice as long as the last.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// One adapter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Software {
    pub(super) state: State,
    pub(super) mark: Mark,
    /// How often leaving was tried in vain.
    pub(super) tries: u8,
    /// The end of a job that is to be told.
    pub(super) tell: Option<(bool, RunEnd)>,
}

/// Whether it is in maintenance for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Not by us.
    Out,
    /// It is to be entered, or being entered by that run since that moment.
    Entering(Option<(RunId, Instant)>),
    /// We have set it, or a part of it.
    Ours,
    /// Somebody else has.
    NotOurs,
    /// It is being left, by that run since that moment.
    Leaving(RunId, Instant),
    /// It could not be left, and is tried again at that moment.
    LeaveAgain(Instant),
}

impl Software {
    pub(super) const NONE: Self =
        Self { state: State::Out, mark: Mark::STORED, tries: 0, tell: None };

    /// Whether entering it is still to be done, or to end.
    pub(super) const fn is_to_be_entered(&self) -> bool {
        matches!(self.state, State::Out | State::Entering(_))
    }

    /// Whether it is in maintenance for us, and leaving it was not tried in vain.
    pub(super) const fn is_to_be_left(&self) -> bool {
        matches!(self.state, State::Ours | State::Entering(_) | State::Leaving(..))
            && self.tries == 0
    }

    /// What became of the job that it waits for.
    pub(super) fn ran(&mut self, end: RunEnd, now: Instant, change: impl FnOnce() -> Mark) {
        match self.state {
            State::Entering(_) => {
                self.state = match end {
                    // What failed, or did not end in time, may well be set in part.
                    RunEnd::Done | RunEnd::TimedOut | RunEnd::Failed => State::Ours,
                    RunEnd::Already => State::NotOurs,
                };
                self.tell = Some((true, end));
            }
            State::Leaving(..) => {
                let left = matches!(end, RunEnd::Done | RunEnd::Already);
                let pause = FIRST_PAUSE.saturating_mul(1 << self.tries.min(5)).min(LONGEST_PAUSE);
                self.tries = if left { 0 } else { self.tries.saturating_add(1) };
                self.state = if left { State::Out } else { State::LeaveAgain(now + pause) };
                // It is tried again for as long as it takes: the first failure is told.
                self.tell = (left || self.tries == 1).then_some((false, end));
            }
            State::Out | State::Ours | State::NotOurs | State::LeaveAgain(_) => return,
        }
        self.mark = change();
    }

    /// The run that it waits for.
    pub(super) const fn run(&self) -> Option<RunId> {
        match self.state {
            State::Entering(Some((run, _))) | State::Leaving(run, _) => Some(run),
            State::Entering(None) | State::Out | State::Ours => None,
            State::NotOurs | State::LeaveAgain(_) => None,
        }
    }
}

/// Whether that adapter covers a server.
pub(super) const fn covers(config: &PlannedServer, adapter: usize) -> bool {
    adapter < 16 && config.adapters & (1 << adapter) != 0
}

impl View<'_> {
    /// Whether maintenance that covers a server is still being entered.
    pub(super) fn is_entering(&self, planned: Planned<'_>) -> bool {
        let mut all = self.software.iter().zip(self.site.adapters).enumerate();
        all.any(|(n, (software, adapter))| {
            covers(planned.config, n)
                && match software.state {
                    State::Out => true,
                    // The job is ended at its limit; who owns the machine may be late with that.
                    State::Entering(since) => {
                        let since = since.map_or(planned.chain.since, |(_, since)| since);
                        !self.due(since + adapter.enter)
                    }
                    State::Leaving(_, since) => !self.due(since + adapter.leave),
                    State::Ours | State::NotOurs | State::LeaveAgain(_) => false,
                }
        })
    }

    /// Whether a server that it covers goes down, is down, or is not back.
    fn is_needed(&self, adapter: usize) -> bool {
        let covered = |one: &Planned<'_>| covers(one.config, adapter);
        let mut all = self.all().filter(covered);
        match self.shared.laws.leaves_when_back() {
            true => all.any(|one| self.keeps(one)),
            false => all.all(|one| self.keeps(one)),
        }
    }

    fn keeps(&self, planned: Planned<'_>) -> bool {
        let waits_up = planned.chain.at == At::Up;
        // One that was off before and stays off keeps nobody in maintenance for long: it leaves
        // with the others.
        !planned.chain.is_back() && !waits_up || self.may_boot(planned)
    }

    /// Whether one that has come on, and that has no member to tell, may still be booting.
    fn may_boot(&self, planned: Planned<'_>) -> bool {
        let (chain, config) = (planned.chain, planned.config);
        let came_on = chain.at == At::Leaving && chain.fell && chain.was_on;
        came_on
            && config.start_by != StartBy::Hand
            && !self.has_member(planned)
            && !self.due(chain.since + config.boot)
    }
}

impl Parts<'_> {
    /// Enters and leaves maintenance.
    pub(super) fn turn_software(&mut self) -> Turn {
        for at in 0..self.software.len() {
            let turn = self.turn_adapter(at);
            if turn != Turn::Still {
                return turn;
            }
        }
        Turn::Still
    }

    fn turn_adapter(&mut self, at: usize) -> Turn {
        let needed = self.view().is_needed(at);
        let again = self.software.get(at).is_some_and(|software| match software.state {
            State::LeaveAgain(from) => self.view().due(from),
            _ => true,
        });
        let (Some(software), Some(config)) =
            (self.software.get_mut(at), self.site.adapters.get(at))
        else {
            return Turn::Still;
        };
        // There are 16 at most.
        let adapter = at as u8;
        if let Some((enter, end)) = software.tell.take() {
            return Turn::Act(Action::Tell(Tell::Maintenance { enter, adapter, end }));
        }
        match software.state {
            State::Out if needed => {
                software.mark = self.shared.journal.change();
                software.state = State::Entering(None);
                software.tries = 0;
                Turn::Moved
            }
            State::Entering(None) if self.shared.is_stored(software.mark) => {
                let (run, turn) = self.run(Job::EnterMaintenance(adapter), config.enter);
                let _ = self.set(at, State::Entering(Some((run, self.now))));
                turn
            }
            State::NotOurs if !needed => {
                software.state = match self.shared.laws.releases_only_ours() {
                    true => State::Out,
                    false => State::Ours,
                };
                software.mark = self.shared.journal.change();
                Turn::Moved
            }
            State::LeaveAgain(_) if needed => self.set(at, State::Ours),
            State::LeaveAgain(_) if !again => Turn::Still,
            State::Ours | State::LeaveAgain(_) if !needed => {
                let (run, turn) = self.run(Job::LeaveMaintenance(adapter), config.leave);
                let _ = self.set(at, State::Leaving(run, self.now));
                turn
            }
            State::Out | State::Entering(_) | State::Ours => Turn::Still,
            State::NotOurs | State::Leaving(..) | State::LeaveAgain(_) => Turn::Still,
        }
    }

    fn set(&mut self, at: usize, state: State) -> Turn {
        if let Some(software) = self.software.get_mut(at) {
            software.state = state;
        }
        Turn::Moved
    }
}
