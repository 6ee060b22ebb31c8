//! One fencing, without the budgets, which whoever owns it keeps once.

mod cutting;

use crate::failure::Failure;
use crate::time::Instant;
use crate::types::{ChassisAction, PowerState};

use super::attempt::Attempt;
use super::plan::{Methods, POWER_ON_TRIES, WAKE};
use super::{
    Ask, Budgets, Fenced, How, Look, LookEnd, Method, OrderEnd, Outcome, Plan, Proof, Refusal,
    RefusalKind, Sent, Stage, Told,
};

enum State {
    Looking(Look),
    Working {
        order: Attempt,
        method: u8,
        tries: u8,
    },
    /// The outlets are to be switched off.
    CutDue {
        method: u8,
    },
    /// They are off until then, or until there is proof.
    Cutting {
        look: Look,
        until: Instant,
        method: u8,
    },
    PoweringOn {
        order: Attempt,
        tries: u8,
    },
    Over(Outcome),
}

/// A [`Fence`](super::Fence) without its budgets: for whoever keeps those of each server once.
pub struct Course {
    methods: Methods,
    power_on: bool,
    state: State,
    fenced: Option<Fenced>,
    /// The last reading of the power.
    power: PowerState,
    refusal: Option<Refusal>,
    failure: Option<Failure>,
    /// The method that looking goes on with.
    method: u8,
    /// How a server is off that looking finds off.
    found: How,
    /// What was sent before this machine was made; of that only off may be sent again.
    before: Sent,
    /// It has only looked, and once.
    may_look_again: bool,
    /// Off was read since the last command was due.
    went_off: bool,
}

impl Course {
    /// Goes on with a fencing that a restart has interrupted, after `sent` may have been sent:
    /// with a look, and then with what may be repeated or was not tried.
    pub fn resumed(plan: &Plan, sent: Sent, now: Instant) -> Self {
        Self {
            state: State::Looking(Look::new(&plan.budgets, now)),
            methods: plan.methods,
            power_on: plan.power_on,
            fenced: None,
            power: PowerState::Unknown,
            refusal: None,
            failure: None,
            method: 0,
            found: sent.method().map_or(How::AlreadyOff, How::Method),
            before: sent,
            may_look_again: true,
            went_off: false,
        }
    }

    /// Goes on after the confirmation of off: looks, and switches on again if that is still to be
    /// done.
    pub fn resumed_at_power_on(plan: &Plan, how: How, sent: Sent, now: Instant) -> Self {
        let fenced = Some(Fenced { how, at: now });
        let mut course = Self { fenced, found: how, ..Self::resumed(plan, sent, now) };
        if how == How::Method(Method::Outlet) {
            course.state = State::Looking(Look::between(&plan.budgets, now, now + WAKE));
        }
        course
    }

    /// The confirmed fencing, from the moment of its second reading of off on: whoever waits for
    /// it need not wait for the power-on.
    pub fn fenced(&self) -> Option<Fenced> {
        self.fenced
    }

    /// Whether it has but one method.
    pub fn is_single(&self) -> bool {
        self.methods.get(1).is_none()
    }

    /// How it ended, once it has.
    pub fn outcome(&self) -> Option<Outcome> {
        match &self.state {
            State::Over(outcome) => Some(*outcome),
            State::Looking(_)
            | State::Working { .. }
            | State::CutDue { .. }
            | State::Cutting { .. }
            | State::PoweringOn { .. } => None,
        }
    }

    /// What it is at.
    pub fn stage(&self) -> Stage {
        match &self.state {
            State::Looking(_) => Stage::Looking,
            State::Working { method, .. }
            | State::CutDue { method }
            | State::Cutting { method, .. } => {
                self.methods.get(*method).map_or(Stage::Looking, Stage::Working)
            }
            State::PoweringOn { .. } => Stage::PoweringOn,
            State::Over(_) => Stage::Over,
        }
    }

    /// The last reading of the power.
    pub fn power(&self) -> PowerState {
        self.power
    }

    /// The action that the next poll asks for: whoever has to write it down first does so before.
    pub fn due_action(&self) -> Option<ChassisAction> {
        match &self.state {
            State::Working { order, .. } | State::PoweringOn { order, .. } => {
                order.is_due().then(|| order.action())
            }
            State::Looking(_) | State::CutDue { .. } | State::Cutting { .. } | State::Over(_) => {
                None
            }
        }
    }

    /// Only readings of off that are asked for from now on confirm it.
    pub fn renew(&mut self) {
        match &mut self.state {
            State::Looking(look) | State::Cutting { look, .. } => look.renew(),
            State::Working { order, .. } => order.renew(),
            State::CutDue { .. } | State::PoweringOn { .. } | State::Over(_) => {}
        }
    }

    /// Leaves the server off once it is fenced. A power-on that was asked for is still watched.
    pub fn leave_off(&mut self) {
        self.power_on = false;
        let looks = self.fenced.is_some() && matches!(self.state, State::Looking(_));
        if looks || self.due_action() == Some(ChassisAction::On) {
            self.state = State::Over(Outcome::Fenced { power_on: None });
        }
    }

    /// The next question, if one is due. Each is answered by one [`Course::handle`].
    pub fn poll(&mut self, budgets: &Budgets, now: Instant) -> Option<Ask> {
        loop {
            let ask = match &mut self.state {
                State::Looking(look) | State::Cutting { look, .. } => look.poll(now),
                State::Working { order, .. } | State::PoweringOn { order, .. } => {
                    order.poll(budgets, now)
                }
                State::CutDue { .. } | State::Over(_) => None,
            };
            // What has ended by its time is followed by what may be due at once.
            if ask.is_some() || !self.follow(budgets, now) {
                return ask;
            }
        }
    }

    /// When to poll again; `None` while an answer is waited for, and at the end.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Looking(look) | State::Cutting { look, .. } => look.deadline(),
            State::Working { order, .. } | State::PoweringOn { order, .. } => order.deadline(),
            State::CutDue { .. } | State::Over(_) => None,
        }
    }

    /// What came of the question that [`Course::poll`] asked last.
    pub fn handle(&mut self, budgets: &Budgets, now: Instant, told: Told) {
        match told {
            Told::Power(power) => {
                self.power = power;
                self.went_off |= power == PowerState::Off;
            }
            Told::Refused(refusal) => self.refusal = Some(refusal),
            Told::Accepted => self.refusal = None,
            Told::Failed(failure) => {
                self.power = PowerState::Unknown;
                self.failure = Some(failure);
            }
        }
        match &mut self.state {
            State::Looking(look) | State::Cutting { look, .. } => look.handle(now, told),
            State::Working { order, .. } | State::PoweringOn { order, .. } => {
                order.handle(budgets, now, told);
            }
            State::CutDue { .. } | State::Over(_) => {}
        }
        self.follow(budgets, now);
    }

    fn looked(&mut self, now: Instant, end: LookEnd) {
        match (end, self.fenced) {
            // It is known as off for long; the power-on is what was interrupted.
            (LookEnd::Off, Some(_)) => self.power_on_if_wanted(),
            (_, Some(_)) => self.state = State::Over(Outcome::Fenced { power_on: None }),
            (LookEnd::Off, None) => self.confirmed(now, self.found),
            (LookEnd::On, None) => self.work(self.method, 0),
            (LookEnd::Failed(failure), None) => self.lose_bmc(Outcome::BadCredentials(failure)),
            (LookEnd::Unknown(_), None) => {
                self.give_up();
                if let State::Over(outcome) = self.state {
                    self.lose_bmc(outcome);
                }
            }
        }
    }

    /// Carries a method out for the `tries + 1`st time, or gives up when there is none left.
    fn work(&mut self, method: u8, tries: u8) {
        let Some(chosen) = self.methods.get(method) else {
            self.give_up();
            return;
        };
        let action = chosen.action();
        let before = action.is_some_and(|action| self.before.has(action));
        if chosen != Method::Off && before {
            return self.work(method + 1, 0);
        }
        self.method = method;
        (self.may_look_again, self.went_off) = (false, false);
        self.state = match action {
            Some(action) => {
                let order = Attempt::new(action, Proof::Off);
                State::Working { order, method, tries: tries + 1 }
            }
            None => State::CutDue { method },
        };
    }

    /// Goes on when what is being done has ended; says whether it had.
    fn follow(&mut self, budgets: &Budgets, now: Instant) -> bool {
        match &self.state {
            State::Looking(look) => match look.end() {
                Some(end) => self.looked(now, end),
                None => return false,
            },
            State::Working { order, method, tries } => match order.end() {
                Some(end) => self.worked(budgets, now, *method, *tries, end),
                None => return false,
            },
            State::Cutting { look, until, method } => match look.end() {
                Some(end) => self.cut_off(budgets, now, *method, *until, end),
                None => return false,
            },
            State::PoweringOn { order, tries } => match order.end() {
                Some(end) => self.powered(*tries, end),
                None => return false,
            },
            State::CutDue { .. } | State::Over(_) => return false,
        }
        true
    }

    fn worked(&mut self, budgets: &Budgets, now: Instant, method: u8, tries: u8, end: OrderEnd) {
        let Some(chosen) = self.methods.get(method) else { return };
        match end {
            OrderEnd::Proved { at } => self.confirmed(at, How::Method(chosen)),
            OrderEnd::Failed(failure) if failure.is_final() => {
                self.lose_bmc(Outcome::BadCredentials(failure));
            }
            OrderEnd::Refused(Refusal { kind: RefusalKind::WrongState, .. }) => {
                // It went off meanwhile, or the next method finds out why not.
                self.method = method + 1;
                self.found = How::Method(chosen);
                self.state = State::Looking(Look::new(budgets, now));
            }
            // It went off and came back between two readings, which proves nothing. But another
            // command would end a start that nobody has asked to be ended.
            OrderEnd::Unproved { .. } if self.went_off => self.give_up(),
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

    fn confirmed(&mut self, at: Instant, how: How) {
        self.fenced = Some(Fenced { how, at });
        self.power_on_if_wanted();
    }

    fn power_on_if_wanted(&mut self) {
        let how = self.fenced.map(|fenced| fenced.how);
        // A cycle switches on by itself, and what was off already stays as it was found.
        let by_us = matches!(how, Some(How::Method(Method::Off | Method::Outlet)));
        let wanted = self.power_on && by_us;
        if wanted && !self.before.has(ChassisAction::On) {
            self.power_on(0);
        } else {
            self.state = State::Over(Outcome::Fenced { power_on: None });
        }
    }

    fn power_on(&mut self, tries: u8) {
        let order = Attempt::new(ChassisAction::On, Proof::On);
        self.state = State::PoweringOn { order, tries: tries + 1 };
    }

    fn powered(&mut self, tries: u8, end: OrderEnd) {
        match end {
            OrderEnd::Proved { .. } | OrderEnd::Accepted => {}
            OrderEnd::Refused(_) | OrderEnd::Unproved { .. } | OrderEnd::Failed(_) => {
                if tries < POWER_ON_TRIES {
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
