//! What is being done to a server, one question to its BMC at a time.

use crate::cluster::{Host, LetBe, Permit, Phase};
use crate::failure::Failure;
use crate::fence::{self, Course, Method, OrderEnd, Outcome, Refusal, RefusalKind, Stage, Told};
use crate::power::SwitchFailure;
use crate::types::{Cause, ChassisAction};
use crate::wire::command::CompletionCode;

use super::at::At;
use super::bmc::Asker;
use super::plans::{cause_of, plan_for};
use super::server::{Carried, InVain, Work};
use super::words::How;

/// Whether a power command may leave.
enum May {
    Go,
    /// Not yet.
    Wait,
    /// Never; the next method may.
    Skip,
    /// Never, and nothing else either.
    Stop,
}

impl At<'_> {
    /// Does what the arbiter has decided meanwhile.
    pub(super) fn sync(&mut self) {
        let phase = self.phase();
        match (&mut self.server.work, phase) {
            (Work::Idle(_) | Work::Look(_), Phase::Fencing) => self.begin(),
            (Work::Idle(_) | Work::Look(_), Phase::PowerOnDue) => self.begin_power_on(),
            (Work::Fence(fence), Phase::OffConfirmed) => {
                fence.leave_off();
                self.follow();
            }
            (Work::Fence(_), Phase::Free | Phase::Fenced | Phase::Failed) => {
                self.server.work = Work::Idle(None);
            }
            (Work::On(_), Phase::Fencing) => {
                self.end_order_to_switch_on(Cause::TooMany);
                self.begin();
            }
            // The plan asks again when it is over.
            (Work::PlannedOff(_) | Work::PlannedOn(_) | Work::Soft(_), Phase::Fencing) => {
                self.server.work = Work::Switched(Err(SwitchFailure::Busy));
            }
            (Work::Fence(_), Phase::Fencing | Phase::PowerOnDue)
            | (Work::Idle(_) | Work::Look(_) | Work::On(_), _)
            | (Work::PlannedOff(_) | Work::PlannedOn(_) | Work::Soft(_), _)
            | (Work::Switched(_), _) => {}
        }
    }

    fn begin(&mut self) {
        let method = self.host().map(Host::method).unwrap_or(crate::types::ResetMethod::LookOnly);
        let plan = plan_for(method, &self.server.plan);
        let earlier = core::mem::take(&mut self.server.earlier);
        self.server.work = Work::Fence(Course::resumed(&plan, earlier, self.now));
        // A look may end it before it has done anything.
        self.server.how = How::Read(fence::How::AlreadyOff);
        self.declare();
    }

    fn begin_power_on(&mut self) {
        let (now, of) = (self.now, self.of);
        let sent = self.host().is_some_and(|host| host.was_sent(ChassisAction::On));
        if sent {
            self.server.work = Work::Idle(None);
            // By an earlier run: it is not repeated.
            self.view().power_on_ended(now, of);
            return;
        }
        let mut plan = plan_for(crate::types::ResetMethod::OffThenOn, &self.server.plan);
        plan.power_on = true;
        let cut = self.host().is_some_and(Host::was_cut);
        let how = fence::How::Method(if cut { Method::Outlet } else { Method::Off });
        let earlier = core::mem::take(&mut self.server.earlier);
        self.server.work = Work::Fence(Course::resumed_at_power_on(&plan, how, earlier, now));
    }

    /// Puts the next question of what is being done.
    pub(super) fn ask_work(&mut self) -> bool {
        let now = self.now;
        if matches!(self.server.work, Work::Idle(_) | Work::Switched(_)) {
            return false;
        }
        self.server.waits = false;
        match self.server.work.due_action().map_or(May::Go, |action| self.may(action)) {
            May::Go => {}
            May::Wait => {
                self.server.waits = true;
                return false;
            }
            May::Skip => {
                self.skip();
                return true;
            }
            May::Stop => {
                self.stop_work();
                return false;
            }
        }
        let ask = self.server.work.poll(&self.server.plan.budgets, now);
        if let Some(ask) = ask {
            self.server.bmc.ask(now, Asker::Work, ask);
        }
        self.follow();
        ask.is_some()
    }

    fn may(&mut self, action: ChassisAction) -> May {
        let (now, of) = (self.now, self.of);
        if !self.server.bmc.is_trusted() {
            return May::Skip;
        }
        if self.server.bmc.session().held_until(now).is_some() {
            return May::Wait;
        }
        let declared = self.declare() || !self.view().commands_wait();
        if !matches!(self.server.work, Work::Fence(_)) {
            // The operator's order needs no arbiter, and a plan has its own record.
            let ordered = matches!(self.server.work, Work::On(_));
            if !ordered && !self.view().acts() {
                return May::Stop;
            }
            if !declared {
                return May::Wait;
            }
            if action == ChassisAction::On {
                self.view().switched_on(now, of);
            }
            return May::Go;
        }
        let noted = self.host().is_some_and(|host| host.was_sent(action));
        if noted && !declared {
            return May::Wait;
        }
        // What is noted now is written together with what was declared.
        match self.view().permit(now, of, action) {
            Permit::Granted => May::Go,
            Permit::Waiting => May::Wait,
            Permit::Spent => May::Skip,
            Permit::Denied => May::Stop,
            Permit::LetBe(why) => {
                self.let_be(why);
                May::Stop
            }
        }
    }

    /// The fencing is over before anything of it has left in this run.
    pub(super) fn let_be(&mut self, why: LetBe) {
        self.server.in_vain = why.into();
        self.server.work = Work::Idle(None);
        self.line.stir = true;
    }

    /// Has it written down that a power command may be under way in the present session; says
    /// whether that is durable.
    pub(super) fn declare(&mut self) -> bool {
        let session = self.server.bmc.session().id();
        let carried = match (self.server.carried, session) {
            (Carried::No, Some(id)) => Carried::In(id),
            (Carried::In(known), Some(id)) if known == id => Carried::In(id),
            (Carried::No | Carried::In(_) | Carried::Somewhere, _) => Carried::Somewhere,
        };
        if carried != self.server.carried {
            self.server.carried = carried;
            self.server.declared = self.journal.change();
        }
        self.journal.is_stored(self.server.declared)
    }

    /// Goes on as if the BMC had refused the command.
    fn skip(&mut self) {
        let now = self.now;
        let trusted = self.server.bmc.is_trusted();
        let refusal =
            Refusal { code: CompletionCode::NOT_IN_THIS_STATE.0, kind: RefusalKind::Other };
        let told = if trusted { Told::Refused(refusal) } else { Told::Failed(Failure::WrongBmc) };
        let budgets = &self.server.plan.budgets;
        let _ = self.server.work.poll(budgets, now);
        self.server.work.handle(budgets, now, told);
        self.follow();
    }

    /// The arbiter does not let the next command leave.
    fn stop_work(&mut self) {
        let (now, of) = (self.now, self.of);
        if !matches!(self.server.work, Work::Fence(_)) {
            self.server.work = Work::Switched(Err(SwitchFailure::Refused));
            return;
        }
        match self.phase() {
            Phase::Fencing => {
                // One that may have been said to be over is not carried on.
                let acts = self.view().acts();
                let cause = if acts { Cause::Unconfirmed } else { Cause::NotActing };
                self.server.work = Work::Idle(None);
                self.server.in_vain = InVain::Failed(cause);
                self.view().failed(now, of, cause);
            }
            Phase::PowerOnDue => {
                self.server.work = Work::Idle(None);
                self.view().power_on_ended(now, of);
            }
            Phase::OffConfirmed => self.sync(),
            Phase::Free | Phase::Fenced | Phase::Failed => self.server.work = Work::Idle(None),
        }
        self.line.stir = true;
    }

    pub(super) fn work_told(&mut self, told: Told) {
        self.server.work.handle(&self.server.plan.budgets, self.now, told);
        self.follow();
    }

    /// Tells the arbiter how far a fencing is.
    pub(super) fn follow(&mut self) {
        let (now, of) = (self.now, self.of);
        let phase = self.phase();
        let (fenced, powers_on, outcome) = match &self.server.work {
            Work::Idle(_) | Work::Switched(_) => return,
            Work::Look(look) => {
                let look = *look;
                return look.end().map_or((), |end| self.looked(look, end));
            }
            Work::On(order) => {
                let end = order.end();
                return self.switched_on(end);
            }
            Work::PlannedOff(_) | Work::PlannedOn(_) | Work::Soft(_) => return self.follow_plan(),
            Work::Fence(fence) => {
                (fence.fenced(), fence.stage() == Stage::PoweringOn, fence.outcome())
            }
        };
        if let Some(fenced) = fenced.filter(|_| phase == Phase::Fencing) {
            self.server.how = How::Read(fenced.how);
            self.view().confirmed(now, of, powers_on);
            self.line.stir = true;
        }
        if let Some(outcome) = outcome {
            self.over(outcome);
        }
    }

    fn over(&mut self, outcome: Outcome) {
        let (now, of) = (self.now, self.of);
        let Work::Fence(fence) = &mut self.server.work else { return };
        if self.server.dark && fence.look_again(&self.server.plan.budgets, now) {
            return;
        }
        let cause = cause_of(outcome, fence.is_single());
        self.server.work = Work::Idle(None);
        match outcome {
            Outcome::Fenced { .. } if self.phase() == Phase::PowerOnDue => {
                self.view().power_on_ended(now, of);
            }
            Outcome::Fenced { .. } => {}
            Outcome::Unreachable(_)
            | Outcome::BadCredentials(_)
            | Outcome::Refused(_)
            | Outcome::Unconfirmed { .. } => {
                self.server.in_vain = InVain::Failed(cause);
                self.server.work = Work::Idle(Some(outcome));
                self.view().failed(now, of, cause);
            }
        }
        self.line.stir = true;
    }

    fn switched_on(&mut self, end: Option<OrderEnd>) {
        let Some(end) = end else { return };
        let cause = match end {
            OrderEnd::Proved { .. } | OrderEnd::Accepted => Cause::None,
            OrderEnd::Unproved { .. } => Cause::Unconfirmed,
            OrderEnd::Refused(_) => Cause::CommandRefused,
            OrderEnd::Failed(failure) => super::plans::cause_of_failure(failure),
        };
        self.end_order_to_switch_on(cause);
    }
}
