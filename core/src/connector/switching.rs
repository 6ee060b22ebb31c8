//! What a plan has done to a server's power.
//!
//! It does not pass the arbiter, and is not durable as a fencing is: after a restart the plan
//! says anew what it wants, once it knows the mains. The rules of delivery are the same: what may
//! be under way is written down first, and one command travels in one session.

use crate::failure::Failure;
use crate::fence::{self, Course, Method, OrderEnd, Outcome, Proof, Sent};
use crate::power::{Switch, SwitchFailure};
use crate::types::{ChassisAction, PowerState, ResetMethod};

use super::at::At;
use super::plans::plan_for;
use super::server::Work;

impl At<'_> {
    /// Begins what a plan wants; what comes of it is told by [`Work::Switched`]. An error when it
    /// cannot be begun.
    pub(super) fn switch(&mut self, switch: Switch) -> Result<(), SwitchFailure> {
        if !self.server.work.is_free() {
            return Err(SwitchFailure::Busy);
        }
        if !self.view().acts() {
            return Err(SwitchFailure::Refused);
        }
        let now = self.now;
        let plan = |method| plan_for(method, &self.server.plan);
        self.server.work = match switch {
            Switch::Off => {
                Work::PlannedOff(Course::resumed(&plan(ResetMethod::Off), Sent::default(), now))
            }
            Switch::On => {
                let (plan, how) = (plan(ResetMethod::OffThenOn), fence::How::Method(Method::Off));
                Work::PlannedOn(Course::resumed_at_power_on(&plan, how, Sent::default(), now))
            }
            Switch::Soft => {
                let budgets = self.server.plan.budgets;
                let action = ChassisAction::SoftShutdown;
                Work::Soft(fence::Order::new(action, Proof::Word, budgets))
            }
        };
        // What is to be written is known before the next poll has it written.
        if switch != Switch::On {
            self.declare();
        }
        Ok(())
    }

    /// Notes how it has ended, once it has.
    pub(super) fn follow_plan(&mut self) {
        let end = match &self.server.work {
            Work::PlannedOff(course) => course.outcome().map(end_of),
            Work::PlannedOn(course) => course.outcome().map(|outcome| match course.power() {
                PowerState::On => Ok(()),
                PowerState::Off | PowerState::Unknown => Err(failure_of(outcome)),
            }),
            Work::Soft(order) => order.end().map(|end| match end {
                // Whoever has not answered may have heard it.
                OrderEnd::Accepted | OrderEnd::Proved { .. } | OrderEnd::Unproved { .. } => Ok(()),
                OrderEnd::Refused(_) => Err(SwitchFailure::Refused),
                OrderEnd::Failed(failure) => Err(SwitchFailure::Bmc(failure)),
            }),
            Work::Idle(_) | Work::Look(_) | Work::Fence(_) | Work::On(_) | Work::Switched(_) => {
                None
            }
        };
        if let Some(end) = end {
            self.server.work = Work::Switched(end);
        }
    }

    /// Takes how it has ended.
    pub(super) fn take_switched(&mut self) -> Option<Result<(), SwitchFailure>> {
        let Work::Switched(end) = self.server.work else { return None };
        self.server.work = Work::Idle(None);
        Some(end)
    }
}

fn end_of(outcome: Outcome) -> Result<(), SwitchFailure> {
    match outcome {
        Outcome::Fenced { .. } => Ok(()),
        other => Err(failure_of(other)),
    }
}

const fn failure_of(outcome: Outcome) -> SwitchFailure {
    match outcome {
        Outcome::Unreachable(failure) | Outcome::BadCredentials(failure) => {
            SwitchFailure::Bmc(failure)
        }
        Outcome::Refused(_) => SwitchFailure::Refused,
        Outcome::Fenced { power_on: Some(OrderEnd::Failed(failure)) } => {
            SwitchFailure::Bmc(failure)
        }
        Outcome::Fenced { power_on: Some(OrderEnd::Refused(_)) } => SwitchFailure::Refused,
        Outcome::Fenced { .. } | Outcome::Unconfirmed { .. } => {
            SwitchFailure::Bmc(Failure::Unanswered)
        }
    }
}
