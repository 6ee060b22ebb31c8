//! One server with all that its doings are lent.

use crate::cluster::{Cluster, Host, HostIndex, Phase, Reading, Slot, View};
use crate::counters::Counters;
use crate::failure::Failure;
use crate::fence::{self, Look, LookEnd, Told};
use crate::journal::Generations;
use crate::rng::Drbg;
use crate::time::{Instant, earliest};
use crate::types::{Cause, PowerState, ServerIndex, Source};

use super::bmc::{Asker, Lent, Outcome, Said};
use super::line::Line;
use super::parts::Answers;
use super::plans::cause_of_failure;
use super::server::{Carried, Server, Work};
use super::words::{Action, How};

/// How often it is looked whether a session that has carried a power command is gone.
const GONE_INTERVAL: core::time::Duration = core::time::Duration::from_secs(1);

/// A server, for the length of a call.
pub(super) struct At<'a> {
    pub(super) now: Instant,
    pub(super) index: ServerIndex,
    pub(super) of: HostIndex,
    pub(super) server: &'a mut Server,
    pub(super) line: &'a mut Line,
    pub(super) cluster: &'a mut Cluster,
    pub(super) hosts: &'a mut [Host],
    pub(super) slots: &'a mut [Slot],
    pub(super) journal: &'a mut Generations,
    pub(super) chance: &'a mut Drbg,
    pub(super) counters: &'a mut Counters,
    pub(super) answers: &'a mut Answers,
}

impl At<'_> {
    pub(super) fn view(&mut self) -> View<'_> {
        View::new(self.cluster, self.hosts, self.slots, self.journal)
    }

    pub(super) fn host(&self) -> Option<&Host> {
        self.hosts.get(usize::from(self.of.0))
    }

    pub(super) fn phase(&self) -> Phase {
        self.host().map(Host::phase).unwrap_or_default()
    }

    /// The next datagram for the BMC, after all that comes before it.
    pub(super) fn poll(&mut self, out: &mut [u8]) -> Option<Action> {
        let (now, of) = (self.now, self.of);
        self.view().tick(now, of);
        self.sync();
        loop {
            let lent = Lent { now, chance: self.chance, counters: self.counters };
            match self.server.bmc.poll(lent, out) {
                Some(Said::Transmit(len)) => {
                    return Some(Action::Bmc { to: self.server.bmc.address().into(), len });
                }
                Some(Said::Told(outcome)) => self.told(outcome),
                None if self.ask() => {}
                None => break,
            }
        }
        self.leave_session();
        None
    }

    /// Puts the question to the BMC that matters most, if it is free and one is due.
    pub(super) fn ask(&mut self) -> bool {
        self.server.bmc.is_free()
            && (self.ask_work() || self.ask_look() || self.server.bmc.watch(self.now))
    }

    /// Takes in what came of a question.
    pub(super) fn told(&mut self, outcome: Outcome) {
        let (now, of) = (self.now, self.of);
        let told = match self.server.bmc.is_trusted() {
            true => outcome.told,
            false => Told::Failed(Failure::WrongBmc),
        };
        if outcome.look {
            let power = match told {
                Told::Power(power) => power,
                Told::Accepted | Told::Refused(_) | Told::Failed(_) => PowerState::Unknown,
            };
            let source = match (outcome.asker, &self.server.work) {
                (Asker::Watch(source), _) => source,
                (Asker::Work, Work::Idle(_) | Work::Look(_)) => Source::Poll,
                (Asker::Work, Work::Fence(_) | Work::On(_)) => Source::Fence,
                (
                    Asker::Work,
                    Work::PlannedOff(_) | Work::PlannedOn(_) | Work::Soft(_) | Work::Switched(_),
                ) => Source::Plan,
            };
            let seen = matches!(source, Source::Poll | Source::Trap | Source::AlertCommand);
            let planned = seen && self.host().is_some_and(Host::in_plan);
            let source = if planned { Source::Plan } else { source };
            self.server.source = source;
            let gap = self.server.plan.budgets.confirm_gap;
            let reading = Reading { power, asked: outcome.asked, gap, source };
            self.view().reading(now, of, reading);
            self.line.stir = true;
        }
        self.order_told(outcome.asked, told);
        match outcome.asker {
            Asker::Work => self.work_told(told),
            Asker::Watch(_) => {}
        }
    }

    /// Begins to read the power for whoever waits for it.
    fn ask_look(&mut self) -> bool {
        let (now, of) = (self.now, self.of);
        let ordered = self.server.order.is_some_and(|pending| pending.want.is_look());
        // What else is being done reads the power too, and settles what waits for it.
        let idle = matches!(self.server.work, Work::Idle(_));
        if !idle || !(ordered || self.view().wants_look(of)) {
            return false;
        }
        self.server.work = Work::Look(Look::new(&self.server.plan.budgets, now));
        self.ask_work()
    }

    pub(super) fn looked(&mut self, look: Look, end: LookEnd) {
        let (now, of) = (self.now, self.of);
        let silent = matches!(end, LookEnd::Unknown(_));
        if silent && self.server.dark && !look.is_again() {
            self.server.work = Work::Look(Look::again(&self.server.plan.budgets, now));
            return;
        }
        self.server.work = Work::Idle(None);
        let failed = match end {
            // What was read has settled what waited for it.
            LookEnd::Off => {
                self.server.how = How::Read(fence::How::AlreadyOff);
                None
            }
            LookEnd::On => None,
            LookEnd::Failed(failure) | LookEnd::Unknown(Some(failure)) => {
                Some(cause_of_failure(failure))
            }
            LookEnd::Unknown(None) => Some(Cause::Unconfirmed),
        };
        if let Some(cause) = failed {
            self.view().look_failed(now, of, cause);
        }
        self.line.stir = true;
        self.order_looked(end);
    }

    /// Once nothing more is done to the server, the session that carried a power command is left,
    /// so that its end is known.
    fn leave_session(&mut self) {
        let (now, of) = (self.now, self.of);
        if self.server.carried == Carried::No || !matches!(self.server.work, Work::Idle(_)) {
            return;
        }
        self.server.bmc.recycle(now);
        if !self.server.bmc.session().carries_command(now) {
            self.server.carried = Carried::No;
            self.server.declared = self.journal.change();
            self.view().session_ended(of);
        }
    }

    /// When to come back if nothing arrives.
    pub(super) fn deadline(&mut self) -> Option<Instant> {
        let (now, of) = (self.now, self.of);
        let mut due = earliest(self.server.bmc.deadline(), self.view().deadline(of));
        due = earliest(due, self.view().asked_anew_by(of).filter(|by| *by > now));
        let server = &*self.server;
        if server.bmc.is_free() {
            let work = server.work.deadline().filter(|_| !server.waits);
            let held = server.bmc.session().held_until(now).filter(|_| server.waits);
            due = earliest(due, earliest(work, held));
        }
        if server.carried != Carried::No && matches!(server.work, Work::Idle(_)) {
            due = earliest(due, Some(now + GONE_INTERVAL));
        }
        due
    }
}
