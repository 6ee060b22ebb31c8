//! What a fencing does when its BMC does nothing: it waits for another proof of off, or has the
//! outlets switched off.

use crate::fence::plan::{OUTLET, WAKE};
use crate::fence::{Budgets, Fenced, How, Look, LookEnd, Method, Outcome};
use crate::time::Instant;

use super::{Course, State};

impl Course {
    /// Looks on, once, when it has ended with the first look because the BMC does not answer:
    /// another proof of off is waited for. Says whether it does.
    pub fn look_again(&mut self, budgets: &Budgets, now: Instant) -> bool {
        let silent = matches!(self.state, State::Over(Outcome::Unreachable(_)));
        let looks = silent && core::mem::take(&mut self.may_look_again);
        if looks {
            self.state = State::Looking(Look::again(budgets, now));
        }
        looks
    }

    /// Whether the outlets are to be switched off next, which [`Course::cut`] begins.
    pub fn wants_cut(&self) -> bool {
        matches!(self.state, State::CutDue { .. })
    }

    /// Whether they are to be off now.
    pub fn is_cutting(&self) -> bool {
        matches!(self.state, State::Cutting { .. })
    }

    /// The outlets are switched off from now on.
    pub fn cut(&mut self, budgets: &Budgets, now: Instant) {
        if let State::CutDue { method } = self.state {
            let until = now + OUTLET;
            self.state = State::Cutting { look: Look::between(budgets, now, until), until, method };
        }
    }

    /// They cannot be: goes on with the next method.
    pub fn skip_cut(&mut self) {
        if let State::CutDue { method } | State::Cutting { method, .. } = self.state {
            self.work(method + 1, 0);
        }
    }

    /// Whether the server is switched on again once it is fenced.
    pub fn powers_on(&self) -> bool {
        self.power_on
    }

    /// Every feed of the server reads off, and that is proof.
    pub fn proved_by_feed(&mut self, budgets: &Budgets, now: Instant) {
        let cut = self.is_cutting();
        let how = if cut { How::Method(Method::Outlet) } else { self.found };
        self.fenced.get_or_insert(Fenced { how, at: now });
        self.state = match cut && self.power_on {
            true => State::Looking(Look::between(budgets, now, now + WAKE)),
            false => State::Over(Outcome::Fenced { power_on: None }),
        };
    }

    /// The BMC can do nothing: goes on with the method that needs none, or ends so.
    pub(super) fn lose_bmc(&mut self, outcome: Outcome) {
        let mut left = (self.method..).map_while(|at| Some((at, self.methods.get(at)?)));
        match left.find(|(_, method)| method.action().is_none()) {
            Some((at, _)) => self.work(at, 0),
            None => self.state = State::Over(outcome),
        }
    }

    /// A look while the outlets are off has ended.
    pub(super) fn cut_off(
        &mut self,
        budgets: &Budgets,
        now: Instant,
        method: u8,
        until: Instant,
        end: LookEnd,
    ) {
        let next = match end {
            LookEnd::Off => return self.confirmed(now, How::Method(Method::Outlet)),
            LookEnd::On => now + budgets.look_interval,
            LookEnd::Unknown(_) if now < until => now + budgets.look_interval,
            // The readings of the outlets may yet prove it.
            LookEnd::Failed(_) if now < until => until,
            LookEnd::Failed(_) | LookEnd::Unknown(_) => return self.work(method + 1, 0),
        };
        let look = Look::between(budgets, next, until);
        self.state = State::Cutting { look, until, method };
    }
}
