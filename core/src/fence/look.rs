//! Reading the power until it is known: off by two readings, or on by one.

use core::time::Duration;

use crate::failure::Failure;
use crate::time::{Instant, Millis};
use crate::types::PowerState;

use super::{Ask, Budgets, Told};

/// What a look has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum LookEnd {
    /// Two readings of off, [`Budgets::confirm_gap`] apart, with nothing else between them.
    Off,
    /// One reading of on.
    On,
    /// It will not be known: the login fails for a reason that stays.
    Failed(Failure),
    /// It was not known in time; why not, where there was no answer.
    Unknown(Option<Failure>),
}

/// How long a look in vain goes on when every feed of the server reads off: the hold-up time of
/// 10 s, and a reading before and after it.
const WAIT: Duration = Duration::from_secs(15);

/// A look at the power: it does nothing to it.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    until: Instant,
    next: Instant,
    asked: Option<Instant>,
    off_at: Option<Instant>,
    /// The reading under way was asked for too early to count.
    early: bool,
    gap: Millis,
    interval: Millis,
    failure: Option<Failure>,
    end: Option<LookEnd>,
    /// It goes on after another one in vain.
    again: bool,
}

impl Look {
    /// A look from now on, within [`Budgets::look`].
    pub fn new(budgets: &Budgets, now: Instant) -> Self {
        Self {
            until: now + budgets.look,
            next: now,
            asked: None,
            off_at: None,
            early: false,
            gap: budgets.confirm_gap,
            interval: budgets.look_interval,
            failure: None,
            end: None,
            again: false,
        }
    }

    /// A look after one in vain, while another proof of off is waited for.
    pub fn again(budgets: &Budgets, now: Instant) -> Self {
        Self { until: now + WAIT, again: true, ..Self::new(budgets, now) }
    }

    /// A look from `next` to `until`.
    pub fn between(budgets: &Budgets, next: Instant, until: Instant) -> Self {
        Self { until, next, ..Self::new(budgets, next) }
    }

    /// Whether it goes on after another one in vain.
    pub const fn is_again(&self) -> bool {
        self.again
    }

    /// What it has found, once it has.
    pub const fn end(&self) -> Option<LookEnd> {
        self.end
    }

    /// Only readings that are asked for from now on count.
    pub fn renew(&mut self) {
        self.off_at = None;
        self.early = self.asked.is_some();
    }

    /// The next question, if one is due. Each is answered by one [`Look::handle`].
    pub fn poll(&mut self, now: Instant) -> Option<Ask> {
        if self.end.is_some() || self.asked.is_some() || now < self.next {
            return None;
        }
        if now >= self.until {
            self.end = Some(LookEnd::Unknown(self.failure));
            return None;
        }
        self.asked = Some(now);
        Some(Ask::Look { budget: self.until.since(now) })
    }

    /// When to poll again; `None` while an answer is waited for, and at the end.
    pub const fn deadline(&self) -> Option<Instant> {
        match (self.end, self.asked) {
            (None, None) => Some(self.next),
            (Some(_), _) | (_, Some(_)) => None,
        }
    }

    /// What came of the question that [`Look::poll`] asked last.
    pub fn handle(&mut self, now: Instant, told: Told) {
        let Some(asked_at) = self.asked.take() else { return };
        let early = core::mem::take(&mut self.early);
        match told {
            Told::Power(PowerState::Off) if early => self.next = now,
            Told::Power(PowerState::Off) => self.off(now, asked_at),
            Told::Power(PowerState::On) => self.end = Some(LookEnd::On),
            Told::Failed(failure) if failure.is_final() => {
                self.end = Some(LookEnd::Failed(failure));
            }
            Told::Failed(failure) => self.unknown(now, Some(failure)),
            Told::Power(PowerState::Unknown) | Told::Accepted | Told::Refused(_) => {
                self.unknown(now, None);
            }
        }
    }

    fn off(&mut self, now: Instant, asked_at: Instant) {
        match self.off_at {
            Some(first) if asked_at >= first + self.gap => {
                self.end = Some(LookEnd::Off);
            }
            first => self.next = *self.off_at.insert(first.unwrap_or(now)) + self.gap,
        }
    }

    fn unknown(&mut self, now: Instant, failure: Option<Failure>) {
        self.failure = failure.or(self.failure);
        self.off_at = None;
        self.next = now + self.interval;
        if self.next >= self.until {
            self.end = Some(LookEnd::Unknown(self.failure));
        }
    }
}
