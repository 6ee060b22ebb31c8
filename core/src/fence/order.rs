//! One action and the evidence for it.

use core::time::Duration;

use crate::failure::Failure;
use crate::time::{Instant, Millis};
use crate::types::{ChassisAction, PowerState};

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

#[derive(Clone, Copy, Debug)]
enum State {
    /// To be asked for.
    Due,
    /// Asked for; not answered yet.
    Acting,
    /// Sent. The proof is being looked for.
    Watching(Watch),
    Over(OrderEnd),
}

#[derive(Clone, Copy, Debug)]
struct Watch {
    accepted: bool,
    /// When the readings end that say the wrong thing.
    until: Instant,
    /// When silence ends the watch.
    silent_until: Instant,
    next: Instant,
    /// Until then readings follow one another quickly.
    quick_until: Instant,
    asked: Option<Instant>,
    /// The reading under way was asked for too early to count.
    early: bool,
    /// When the first reading of off came.
    off_at: Option<Instant>,
    /// The time was stretched once, for the second reading of off.
    stretched: bool,
    power: PowerState,
}

/// One action on a server's power: sent once, then proved by reading.
///
/// An action that was sent and not answered may have been carried out, so it is watched like one
/// that was accepted. It is never sent again; who wants it again makes a new order.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    action: ChassisAction,
    proof: Proof,
    budgets: Budgets,
    state: State,
}

impl Order {
    /// An order, to be given at once.
    pub const fn new(action: ChassisAction, proof: Proof, budgets: Budgets) -> Self {
        Self { action, proof, budgets, state: State::Due }
    }

    /// The action.
    pub const fn action(&self) -> ChassisAction {
        self.action
    }

    /// How it ended, once it has.
    pub const fn end(&self) -> Option<OrderEnd> {
        match self.state {
            State::Over(end) => Some(end),
            State::Due | State::Acting | State::Watching(_) => None,
        }
    }

    /// Whether the action is still to be asked for.
    pub const fn is_due(&self) -> bool {
        matches!(self.state, State::Due)
    }

    /// Only readings of off that are asked for from now on prove it.
    pub const fn renew(&mut self) {
        if let State::Watching(watch) = &mut self.state {
            watch.off_at = None;
            watch.early = watch.asked.is_some();
        }
    }

    /// The next question, if one is due. Each is answered by one [`Order::handle`].
    pub fn poll(&mut self, now: Instant) -> Option<Ask> {
        match &mut self.state {
            State::Due => {
                self.state = State::Acting;
                Some(Ask::Act { action: self.action, budget: self.budgets.act.duration() })
            }
            State::Watching(watch) => {
                if watch.asked.is_some() || now < watch.next {
                    return None;
                }
                if now >= watch.end() {
                    let (power, accepted) = (watch.power, watch.accepted);
                    self.state = State::Over(OrderEnd::Unproved { power, accepted });
                    return None;
                }
                watch.asked = Some(now);
                Some(Ask::Look { budget: watch.end().since(now).min(LOOK) })
            }
            State::Acting | State::Over(_) => None,
        }
    }

    /// When to poll again; `None` while an answer is waited for, and at the end.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Watching(watch) if watch.asked.is_none() => Some(watch.next),
            // Due at the next poll, whenever that is: at once.
            State::Due => Some(Instant::from_micros(0)),
            State::Watching(_) | State::Acting | State::Over(_) => None,
        }
    }

    /// What came of the question that [`Order::poll`] asked last.
    pub fn handle(&mut self, now: Instant, told: Told) {
        match &mut self.state {
            State::Acting => self.acted(now, told),
            State::Watching(watch) => {
                if let Some(end) = watch.looked(self.proof, &self.budgets, now, told) {
                    self.state = State::Over(end);
                }
            }
            State::Due | State::Over(_) => {}
        }
    }

    fn acted(&mut self, now: Instant, told: Told) {
        let accepted = match told {
            Told::Accepted | Told::Power(_) => true,
            Told::Failed(Failure::Unanswered) => false,
            Told::Refused(refusal) => {
                self.state = State::Over(OrderEnd::Refused(refusal));
                return;
            }
            Told::Failed(failure) => {
                self.state = State::Over(OrderEnd::Failed(failure));
                return;
            }
        };
        let watch = match accepted {
            true => self.watch_time(),
            false => self.watch_time().min(UNANSWERED),
        };
        self.state = match (self.proof, accepted) {
            (Proof::Word, true) => State::Over(OrderEnd::Accepted),
            _ => State::Watching(Watch {
                accepted,
                until: now + watch,
                silent_until: now + self.budgets.silence.max(self.watch_time()),
                next: now,
                quick_until: now + QUICK,
                asked: None,
                early: false,
                off_at: None,
                stretched: false,
                power: PowerState::Unknown,
            }),
        };
    }

    fn watch_time(&self) -> Millis {
        match self.action {
            ChassisAction::Off => self.budgets.off,
            ChassisAction::On => self.budgets.on,
            ChassisAction::SoftShutdown => self.budgets.soft,
            ChassisAction::Cycle | ChassisAction::Reset | ChassisAction::DiagnosticInterrupt => {
                self.budgets.pulse
            }
        }
    }
}

/// How long a BMC that answers is watched after an action that it has not answered: most likely
/// the action was lost.
const UNANSWERED: Millis = Millis::from_secs(5);

/// Longest that one reading may take while a proof is waited for: a session that was lost with
/// the BMC's network port is given up in that time, and a new one opened.
pub(super) const LOOK: Duration = Duration::from_secs(5);

/// For so long after an action that is to end the server readings follow one another quickly:
/// most servers are off in that time, and somebody waits for it.
const QUICK: Duration = Duration::from_secs(2);
/// Shortest time between two quick readings.
const QUICK_INTERVAL: Duration = Duration::from_millis(5);

impl Watch {
    /// While the BMC is silent its port may be renegotiating; that is waited out longer.
    fn end(&self) -> Instant {
        match self.power {
            PowerState::Unknown => self.silent_until,
            PowerState::On | PowerState::Off => self.until,
        }
    }

    fn looked(
        &mut self,
        proof: Proof,
        budgets: &Budgets,
        now: Instant,
        told: Told,
    ) -> Option<OrderEnd> {
        let asked_at = self.asked.take()?;
        let early = core::mem::take(&mut self.early);
        self.next = now + budgets.look_interval;
        match told {
            Told::Power(power) => self.power = power,
            Told::Failed(failure) if failure.is_final() => {
                return Some(OrderEnd::Failed(failure));
            }
            Told::Accepted | Told::Refused(_) | Told::Failed(_) => {
                self.power = PowerState::Unknown;
            }
        }
        let over = match (proof, self.power) {
            (Proof::On, PowerState::On) => Some(OrderEnd::Proved { at: now }),
            // An action without proof was sent and not answered: the power says what it can.
            (Proof::Word, PowerState::On | PowerState::Off) => {
                Some(OrderEnd::Unproved { power: self.power, accepted: self.accepted })
            }
            (Proof::Off, PowerState::Off) if early => {
                self.next = now;
                None
            }
            (Proof::Off, PowerState::Off) => self.off(budgets, now, asked_at),
            (Proof::Off, PowerState::On) => {
                self.off_at = None;
                self.read_quickly(now, asked_at);
                None
            }
            (_, PowerState::Unknown) | (Proof::On, PowerState::Off) => None,
        };
        // No pause between two readings puts the end off.
        self.next = self.next.min(self.end());
        over
    }

    /// The next reading follows at once, as long as the action is young: a BMC that answers slowly
    /// sets the pace by itself.
    fn read_quickly(&mut self, now: Instant, asked_at: Instant) {
        if now < self.quick_until {
            self.next = self.next.min(now.max(asked_at + QUICK_INTERVAL));
        }
    }

    fn off(&mut self, budgets: &Budgets, now: Instant, asked_at: Instant) -> Option<OrderEnd> {
        let first = match self.off_at {
            Some(first) if asked_at >= first + budgets.confirm_gap => {
                return Some(OrderEnd::Proved { at: now });
            }
            first => *self.off_at.insert(first.unwrap_or(now)),
        };
        // The second reading counts wherever it falls, so it is asked for as soon as it may be. A
        // power that comes and goes cannot put the end off for ever.
        self.next = first + budgets.confirm_gap;
        let end = self.next + LOOK;
        if end > self.until && !self.stretched {
            self.stretched = true;
            self.until = end;
        }
        None
    }
}
