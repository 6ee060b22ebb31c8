//! Fencing one server: from the first look to a confirmed result.
//!
//! The machine looks first, since a server that is off already needs no command. It goes through
//! the methods of its [`Plan`] in order, and believes a result only when the BMC reads *off* twice
//! (`confirm_gap` apart, both readings asked for after the command). Silence is never off.
//!
//! It knows no bytes: it asks for a look or an action and is told what came of it. Who drives it
//! carries one question at a time to the BMC's session, which keeps the rules of delivery: an
//! action is sent once, and no two of them travel in one BMC session.

mod order;
mod plan;
#[cfg(test)]
mod tests;
mod words;

pub use order::{Order, OrderEnd, Proof};
pub use plan::{Budgets, Method, Plan, PlanStep, WorstCase};
pub use words::{Ask, Fenced, How, Outcome, Refusal, RefusalKind, Stage, Told};

use crate::failure::Failure;
use crate::time::Instant;
use crate::types::{ChassisAction, PowerState};

enum State {
    Looking { until: Instant, next: Instant, off_at: Option<Instant>, asked: Option<Instant> },
    Working { order: Order, method: usize, tries: u8 },
    PoweringOn { order: Order, tries: u8 },
    Over(Outcome),
}

/// One fencing.
pub struct Fence {
    plan: Plan,
    state: State,
    fenced: Option<Fenced>,
    /// The last reading of the power.
    power: PowerState,
    refusal: Option<Refusal>,
    failure: Option<Failure>,
    /// The method that looking goes on with.
    method: usize,
}

impl Fence {
    /// A fencing by `plan`, beginning with a look.
    pub fn new(plan: Plan, now: Instant) -> Self {
        let state = Self::looking(&plan, now);
        Self {
            plan,
            state,
            fenced: None,
            power: PowerState::Unknown,
            refusal: None,
            failure: None,
            method: 0,
        }
    }

    fn looking(plan: &Plan, now: Instant) -> State {
        let until = now + plan.budgets.look;
        State::Looking { until, next: now, off_at: None, asked: None }
    }

    /// The confirmed fencing, from the moment of its second reading of off on: whoever waits for
    /// it need not wait for the power-on.
    pub fn fenced(&self) -> Option<Fenced> {
        self.fenced
    }

    /// How it ended, once it has.
    pub fn outcome(&self) -> Option<Outcome> {
        match &self.state {
            State::Over(outcome) => Some(*outcome),
            State::Looking { .. } | State::Working { .. } | State::PoweringOn { .. } => None,
        }
    }

    /// What it is at.
    pub fn stage(&self) -> Stage {
        match &self.state {
            State::Looking { .. } => Stage::Looking,
            State::Working { method, .. } => {
                self.plan.method(*method).map_or(Stage::Looking, Stage::Working)
            }
            State::PoweringOn { .. } => Stage::PoweringOn,
            State::Over(_) => Stage::Over,
        }
    }

    /// The last reading of the power.
    pub fn power(&self) -> PowerState {
        self.power
    }

    /// The next question, if one is due. Each is answered by one [`Fence::handle`].
    pub fn poll(&mut self, now: Instant) -> Option<Ask> {
        loop {
            match &mut self.state {
                State::Looking { .. } => return self.look(now),
                State::Working { order, .. } | State::PoweringOn { order, .. } => {
                    let ask = order.poll(now);
                    if ask.is_some() || order.end().is_none() {
                        return ask;
                    }
                    // The order has ended by its time; what follows it may be due at once.
                    self.follow(now);
                }
                State::Over(_) => return None,
            }
        }
    }

    fn look(&mut self, now: Instant) -> Option<Ask> {
        let State::Looking { until, next, asked, .. } = &mut self.state else { return None };
        if asked.is_some() || now < *next {
            return None;
        }
        if now >= *until {
            self.give_up();
            return None;
        }
        *asked = Some(now);
        Some(Ask::Look { budget: until.since(now) })
    }

    /// When to poll again; `None` while an answer is waited for, and at the end.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Looking { asked: Some(_), .. } | State::Over(_) => None,
            State::Looking { next, .. } => Some(*next),
            State::Working { order, .. } | State::PoweringOn { order, .. } => order.deadline(),
        }
    }

    /// What came of the question that [`Fence::poll`] asked last.
    pub fn handle(&mut self, now: Instant, told: Told) {
        match told {
            Told::Power(power) => self.power = power,
            Told::Refused(refusal) => self.refusal = Some(refusal),
            Told::Accepted => self.refusal = None,
            Told::Failed(failure) => {
                self.power = PowerState::Unknown;
                self.failure = Some(failure);
            }
        }
        match &mut self.state {
            State::Looking { .. } => self.looked(now, told),
            State::Working { order, .. } | State::PoweringOn { order, .. } => {
                order.handle(now, told);
                self.follow(now);
            }
            State::Over(_) => {}
        }
    }

    fn looked(&mut self, now: Instant, told: Told) {
        let gap = self.plan.budgets.confirm_gap;
        let State::Looking { until, next, off_at, asked } = &mut self.state else { return };
        let Some(asked_at) = asked.take() else { return };
        match told {
            Told::Power(PowerState::Off) => match off_at {
                Some(first) if asked_at >= *first + gap => {
                    let how = match self.method {
                        0 => Some(How::AlreadyOff),
                        tried => self.plan.method(tried - 1).map(How::Method),
                    };
                    self.confirmed(now, how.unwrap_or(How::AlreadyOff));
                }
                first => {
                    let first = *first.get_or_insert(now);
                    *next = first + gap;
                }
            },
            Told::Power(PowerState::On) => self.work(self.method, 0),
            Told::Failed(failure) if failure.is_final() => {
                self.state = State::Over(Outcome::BadCredentials(failure));
            }
            Told::Power(PowerState::Unknown)
            | Told::Accepted
            | Told::Refused(_)
            | Told::Failed(_) => {
                *off_at = None;
                *next = now + self.plan.budgets.look_interval;
                if *next >= *until {
                    self.give_up();
                }
            }
        }
    }

    /// Carries a method out for the `tries + 1`st time, or gives up when there is none left.
    fn work(&mut self, method: usize, tries: u8) {
        let Some(chosen) = self.plan.method(method) else {
            self.give_up();
            return;
        };
        self.method = method;
        let order = Order::new(chosen.action(), Proof::Off, self.plan.budgets);
        self.state = State::Working { order, method, tries: tries + 1 };
    }

    /// Goes on when the order of the moment has ended.
    fn follow(&mut self, now: Instant) {
        match &self.state {
            State::Working { order, method, tries } => {
                if let Some(end) = order.end() {
                    self.worked(now, *method, *tries, end);
                }
            }
            State::PoweringOn { order, tries } => {
                if let Some(end) = order.end() {
                    self.powered(*tries, end);
                }
            }
            State::Looking { .. } | State::Over(_) => {}
        }
    }

    fn worked(&mut self, now: Instant, method: usize, tries: u8, end: OrderEnd) {
        let Some(chosen) = self.plan.method(method) else { return };
        match end {
            OrderEnd::Proved { .. } => self.confirmed(now, How::Method(chosen)),
            OrderEnd::Failed(failure) if failure.is_final() => {
                self.state = State::Over(Outcome::BadCredentials(failure));
            }
            OrderEnd::Refused(Refusal { kind: RefusalKind::WrongState, .. }) => {
                // It went off meanwhile, or the next method finds out why not.
                self.method = method + 1;
                self.state = Self::looking(&self.plan, now);
            }
            OrderEnd::Refused(Refusal { kind: RefusalKind::Busy, .. })
            | OrderEnd::Unproved { .. }
            | OrderEnd::Failed(_)
                if tries < chosen.tries() =>
            {
                self.work(method, tries);
            }
            OrderEnd::Refused(_)
            | OrderEnd::Unproved { .. }
            | OrderEnd::Failed(_)
            | OrderEnd::Accepted => self.work(method + 1, 0),
        }
    }

    fn confirmed(&mut self, now: Instant, how: How) {
        self.fenced = Some(Fenced { how, at: now });
        // A cycle switches on by itself, and what was off already stays as it was found.
        let wanted = self.plan.power_on && how == How::Method(Method::Off);
        if wanted {
            self.power_on(0);
        } else {
            self.state = State::Over(Outcome::Fenced { power_on: None });
        }
    }

    fn power_on(&mut self, tries: u8) {
        let order = Order::new(ChassisAction::On, Proof::On, self.plan.budgets);
        self.state = State::PoweringOn { order, tries: tries + 1 };
    }

    fn powered(&mut self, tries: u8, end: OrderEnd) {
        match end {
            OrderEnd::Proved { .. } | OrderEnd::Accepted => {}
            OrderEnd::Refused(_) | OrderEnd::Unproved { .. } | OrderEnd::Failed(_) => {
                if tries < plan::POWER_ON_TRIES {
                    return self.power_on(tries);
                }
            }
        }
        self.state = State::Over(Outcome::Fenced { power_on: Some(end) });
    }

    fn give_up(&mut self) {
        let outcome = match (self.power, self.refusal, self.failure) {
            (PowerState::Unknown, None, Some(failure)) => Outcome::Unreachable(failure),
            (_, Some(refusal), _) => Outcome::Refused(refusal),
            (power, None, _) => Outcome::Unconfirmed { power },
        };
        self.state = State::Over(outcome);
    }
}
