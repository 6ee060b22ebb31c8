//! One action and the evidence for it.

use crate::failure::Failure;
use crate::time::Instant;
use crate::types::{ChassisAction, PowerState};

use super::attempt::Attempt;
use super::{Ask, Budgets, Refusal, Told};

/// What shows that an action was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Proof {
    /// The BMC's word is enough.
    Word,
    /// Two readings of off, [`Budgets::confirm_gap`] apart, with none of on between them.
    Off,
    /// One reading of on.
    On,
}

/// How an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum OrderEnd {
    /// The power was read as it should be.
    Proved {
        /// When.
        at: Instant,
    },
    /// The BMC has accepted it, and no proof was asked for.
    Accepted,
    /// It was sent, and the proof did not come in time.
    Unproved {
        /// The last reading since; unknown when there was none.
        power: PowerState,
        /// Whether the BMC has accepted the action.
        accepted: bool,
    },
    /// The BMC refuses.
    Refused(Refusal),
    /// It was not sent.
    Failed(Failure),
}

/// One action on a server's power: sent once, then proved by reading.
///
/// An action that was sent and not answered may have been carried out, so it is watched like one
/// that was accepted. It is never sent again; who wants it again makes a new order.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    attempt: Attempt,
    budgets: Budgets,
}

impl Order {
    /// An order, to be given at once.
    pub const fn new(action: ChassisAction, proof: Proof, budgets: Budgets) -> Self {
        Self { attempt: Attempt::new(action, proof), budgets }
    }

    /// The action.
    pub const fn action(&self) -> ChassisAction {
        self.attempt.action()
    }

    /// How it ended, once it has.
    pub const fn end(&self) -> Option<OrderEnd> {
        self.attempt.end()
    }

    /// Whether the action is still to be asked for.
    pub const fn is_due(&self) -> bool {
        self.attempt.is_due()
    }

    /// The next question, if one is due. Each is answered by one [`Order::handle`].
    pub fn poll(&mut self, now: Instant) -> Option<Ask> {
        self.attempt.poll(&self.budgets, now)
    }

    /// When to poll again; `None` while an answer is waited for, and at the end.
    pub fn deadline(&self) -> Option<Instant> {
        self.attempt.deadline()
    }

    /// What came of the question that [`Order::poll`] asked last.
    pub fn handle(&mut self, now: Instant, told: Told) {
        self.attempt.handle(&self.budgets, now, told);
    }
}
