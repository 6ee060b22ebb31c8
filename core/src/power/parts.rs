//! The machine at work: which of its parts has something to do.

use core::cell::Cell;
use core::time::Duration;

use crate::time::{Instant, Millis, earliest};
use crate::types::{Directed, Epoch, UpsIndex};

use super::adapters::Software;
use super::chain::{At, Chain};
use super::cutting::Output;
use super::plan::Plan;
use super::shared::Shared;
use super::supply::Line;
use super::tell::Tell;
use super::view::{Site, View};
use super::words::{Action, Job, RunId, Servers, Switch};

/// So often at most each part moves for one poll, without wanting anything done.
const MOVES: usize = 64;
/// When it is looked at again after that.
const SOON: Duration = Duration::from_secs(1);

/// The machine, whatever its capacity, with the facts of servers at one moment.
pub(super) struct Parts<'a> {
    pub(super) site: Site<'a>,
    pub(super) shared: &'a mut Shared,
    pub(super) lines: &'a mut [Line],
    pub(super) chains: &'a mut [Chain],
    pub(super) outputs: &'a mut [Output],
    pub(super) software: &'a mut [Software],
    pub(super) servers: &'a dyn Servers,
    pub(super) now: Instant,
    pub(super) next: Cell<Option<Instant>>,
}

/// What came of looking at a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It has nothing to do now.
    Still,
    /// It has changed; others may have to follow.
    Moved,
    /// It wants something done, and counts that as begun.
    Act(Action),
}

impl Turn {
    /// This one, or what the next part has to do.
    pub(super) fn or(self, next: impl FnOnce() -> Self) -> Self {
        if self == Self::Still { next() } else { self }
    }
}

impl Parts<'_> {
    pub(super) fn view(&self) -> View<'_> {
        View {
            site: self.site,
            shared: self.shared,
            lines: self.lines,
            chains: self.chains,
            outputs: self.outputs,
            software: self.software,
            servers: self.servers,
            now: self.now,
            next: &self.next,
        }
    }

    /// The next thing to do.
    pub(super) fn poll(&mut self) -> Option<Action> {
        self.watch();
        let parts = self.chains.len() + self.outputs.len() + self.software.len() + 1;
        for _ in 0..parts.saturating_mul(MOVES) {
            self.next.set(None);
            match self.turn() {
                Turn::Act(action) => return Some(action),
                Turn::Moved => {}
                Turn::Still => return self.rests(),
            }
        }
        // Two parts that move one another for ever would be a fault: time may resolve it.
        debug_assert!(false, "parts move one another without end");
        self.due_soon();
        self.rests()
    }

    fn due_soon(&self) {
        let soon = self.now + SOON;
        self.next.set(earliest(self.next.get(), Some(soon)));
    }

    /// Nothing more is to be done now.
    fn rests(&mut self) -> Option<Action> {
        let lines = self.lines.iter().zip(self.site.ups);
        let line = lines.filter_map(|(line, config)| line.deadline(config)).min();
        self.shared.next = earliest(self.next.get(), line);
        self.shared.stirred = false;
        None
    }

    fn turn(&mut self) -> Turn {
        let first = self.turn_answers();
        let first = first.or(|| self.turn_journal()).or(|| self.turn_lines());
        let first = first.or(|| self.turn_proofs());
        if first != Turn::Still {
            return first;
        }
        let tally = self.view().tally();
        let turn = self.turn_orders().or(|| self.turn_plan(&tally));
        let turn = turn.or(|| self.turn_servers(&tally)).or(|| self.turn_software());
        let turn = turn.or(|| self.turn_outputs(&tally)).or(|| self.turn_own(&tally));
        turn.or(|| self.turn_fit())
    }

    fn turn_answers(&mut self) -> Turn {
        let ready = |mark| self.shared.is_stored(mark);
        let Some(at) = self.shared.answers.iter().position(|(_, _, mark)| ready(*mark)) else {
            return Turn::Still;
        };
        let (ticket, answer, _) = self.shared.answers.remove(at);
        Turn::Act(Action::Answer { ticket, answer })
    }

    fn turn_journal(&mut self) -> Turn {
        match self.shared.journal.write() {
            Some(generation) => Turn::Act(Action::Persist { generation }),
            None => Turn::Still,
        }
    }

    fn turn_lines(&mut self) -> Turn {
        let now = self.now;
        for ((line, config), ups) in self.lines.iter_mut().zip(self.site.ups).zip(0u16..) {
            let ups = UpsIndex(ups);
            if line.takes_hint(now) {
                return Turn::Act(Action::Read(ups));
            }
            if let Some(tell) = line.next_tell(ups, config, now) {
                return Turn::Act(Action::Tell(tell));
            }
        }
        Turn::Still
    }

    /// Looks at one server after the other, from the one after the last that moved.
    fn turn_servers(&mut self, tally: &super::view::Tally) -> Turn {
        let count = self.site.servers.len();
        let first = self.shared.cursor;
        for step in 0..count {
            let at = (first + step) % count;
            let turn = self.turn_server(at, tally);
            if turn != Turn::Still {
                self.shared.cursor = at;
                return turn;
            }
        }
        Turn::Still
    }

    fn turn_server(&mut self, at: usize, tally: &super::view::Tally) -> Turn {
        let Some(chain) = self.chains.get(at) else { return Turn::Still };
        match chain.at {
            At::Free => self.turn_free(at),
            At::Late(of) => self.turn_late(at, of),
            At::Up | At::Freezing | At::Guests(_) | At::Services | At::ShuttingDown(_) => {
                self.turn_down(at, tally)
            }
            At::Forcing | At::Off | At::NotProved | At::Last => self.turn_down(at, tally),
            At::Waiting | At::Starting | At::Booting => self.turn_up(at, tally),
            At::ServicesBack | At::GuestsBack(_) | At::Leaving | At::Dropped => {
                self.turn_up(at, tally)
            }
        }
    }

    /// Has a server go over to another step, which is durable from the record of that mark on.
    pub(super) fn go(&mut self, at: usize, to: At) {
        let mark = self.shared.journal.change();
        let now = self.now;
        if let Some(chain) = self.chains.get_mut(at) {
            chain.go(to, now, mark);
        }
    }

    /// The plan that runs.
    pub(super) const fn plan(&self) -> Option<Plan> {
        self.shared.plan
    }

    /// A directive to the member of a server.
    pub(super) fn direct(
        &mut self,
        at: usize,
        to: Option<Epoch>,
        action: Directed,
        seconds: u32,
        group: Option<u8>,
    ) -> Turn {
        let now = self.now;
        let (Some(config), Some(chain)) = (self.site.servers.get(at), self.chains.get_mut(at))
        else {
            return Turn::Still;
        };
        chain.sent(now, to, None);
        let stops = matches!(action, Directed::StopGuests | Directed::StopServices);
        let goes = stops || action == Directed::ShutDown;
        chain.owed |= goes;
        // Whoever is told to go and speaks under the same start later has not come back since. One
        // that was silent when the plan came to it is the one that tells when it is back.
        chain.member = if goes { to.or(chain.member) } else { chain.member.or(to) };
        Turn::Act(Action::Direct { server: config.server, action, seconds, group })
    }

    /// An order to the BMC of a server.
    pub(super) fn switch(&mut self, at: usize, switch: Switch) -> Turn {
        let now = self.now;
        let (Some(config), Some(chain)) = (self.site.servers.get(at), self.chains.get_mut(at))
        else {
            return Turn::Still;
        };
        chain.sent(now, None, None);
        Turn::Act(Action::Switch { server: config.server, switch })
    }

    /// A job.
    pub(super) fn run(&mut self, job: Job, limit: Millis) -> (RunId, Turn) {
        let run = self.shared.next_run();
        (run, Turn::Act(Action::Run { run, job, limit }))
    }

    /// Whether the plan fits the batteries, while no plan runs and the mains are there.
    fn turn_fit(&mut self) -> Turn {
        if self.shared.plan.is_some() || !self.view().is_peaceful() {
            return Turn::Still;
        }
        let balance = self.view().balance();
        match self.shared.fit.judge(balance) {
            Some(true) => Turn::Act(Action::Tell(Tell::Fits)),
            Some(false) => {
                let Some(balance) = balance else { return Turn::Still };
                let needed = Millis::of(balance.needed);
                let runtime = Millis::of(balance.left);
                Turn::Act(Action::Tell(Tell::DoesNotFit { needed, runtime }))
            }
            None => Turn::Still,
        }
    }
}
