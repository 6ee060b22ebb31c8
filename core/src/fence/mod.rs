//! Fencing one server: from the first look to a confirmed result.
//!
//! The machine looks first, since a server that is off already needs no command. It goes through
//! the methods of its [`Plan`] in order, and believes a result only when the BMC reads *off* twice
//! (`confirm_gap` apart, both readings asked for after the command). Silence is never off.
//!
//! It knows no bytes: it asks for a look or an action and is told what came of it. Who drives it
//! carries one question at a time to the BMC's session, which keeps the rules of delivery: an
//! action is sent once, and no two of them travel in one BMC session.

mod attempt;
mod course;
mod look;
mod order;
mod plan;
#[cfg(test)]
mod tests;
mod words;

pub use course::Course;
pub use look::{Look, LookEnd};
pub use order::{Order, OrderEnd, Proof};
pub use plan::{Budgets, Method, Plan, PlanStep, WorstCase};
pub use words::{Ask, Fenced, How, Outcome, Refusal, RefusalKind, Sent, Stage, Told};

use crate::time::Instant;
use crate::types::PowerState;

/// One fencing.
pub struct Fence {
    course: Course,
    budgets: Budgets,
}

impl Fence {
    /// A fencing by `plan`, beginning with a look.
    pub fn new(plan: Plan, now: Instant) -> Self {
        Self { course: Course::resumed(&plan, Sent::default(), now), budgets: plan.budgets }
    }

    /// The confirmed fencing, from the moment of its second reading of off on: whoever waits for
    /// it need not wait for the power-on.
    pub fn fenced(&self) -> Option<Fenced> {
        self.course.fenced()
    }

    /// How it ended, once it has.
    pub fn outcome(&self) -> Option<Outcome> {
        self.course.outcome()
    }

    /// What it is at.
    pub fn stage(&self) -> Stage {
        self.course.stage()
    }

    /// The last reading of the power.
    pub fn power(&self) -> PowerState {
        self.course.power()
    }

    /// The next question, if one is due. Each is answered by one [`Fence::handle`].
    pub fn poll(&mut self, now: Instant) -> Option<Ask> {
        self.course.poll(&self.budgets, now)
    }

    /// When to poll again; `None` while an answer is waited for, and at the end.
    pub fn deadline(&self) -> Option<Instant> {
        self.course.deadline()
    }

    /// What came of the question that [`Fence::poll`] asked last.
    pub fn handle(&mut self, now: Instant, told: Told) {
        self.course.handle(&self.budgets, now, told);
    }
}
