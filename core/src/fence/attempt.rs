//! One action and the readings after it, without the budgets, which whoever owns it keeps once.

use core::time::Duration;

use crate::failure::Failure;
use crate::time::{Instant, Millis};
use crate::types::{ChassisAction, PowerState};

use super::{Ask, Budgets, OrderEnd, Proof, Told};

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
    since: Instant,
    /// When the readings end that say the wrong thing.
    until: Instant,
    next: Instant,
    asked: Option<Instant>,
    /// The reading under way was asked for too early to count.
    early: bool,
    /// When the first reading of off came.
    off_at: Option<Instant>,
    /// The time was stretched once, for the second reading of off.
    stretched: bool,
    power: PowerState,
}

/// An [`Order`](super::Order) without its budgets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    action: ChassisAction,
    proof: Proof,
    state: State,
}

impl Attempt {
    pub(super) const fn new(action: ChassisAction, proof: Proof) -> Self {
        Self { action, proof, state: State::Due }
    }

    /// The action.
    pub(super) const fn action(&self) -> ChassisAction {
        self.action
    }

    /// How it ended, once it has.
    pub(super) const fn end(&self) -> Option<OrderEnd> {
        match self.state {
            State::Over(end) => Some(end),
            State::Due | State::Acting | State::Watching(_) => None,
        }
    }

    /// Whether the action is still to be asked for.
    pub(super) const fn is_due(&self) -> bool {
        matches!(self.state, State::Due)
    }

    /// Only readings of off that are asked for from now on prove it.
    pub(super) const fn renew(&mut self) {
        if let State::Watching(watch) = &mut self.state {
            watch.off_at = None;
            watch.early = watch.asked.is_some();
        }
    }

    /// The next question, if one is due. Each is answered by one [`Self::handle`].
    pub(super) fn poll(&mut self, budgets: &Budgets, now: Instant) -> Option<Ask> {
        let watched = self.watch_time(budgets);
        match &mut self.state {
            State::Due => {
                self.state = State::Acting;
                Some(Ask::Act { action: self.action, budget: budgets.act.duration() })
            }
            State::Watching(watch) => {
                if watch.asked.is_some() || now < watch.next {
                    return None;
                }
                let end = watch.end(budgets, watched);
                if now >= end {
                    let (power, accepted) = (watch.power, watch.accepted);
                    self.state = State::Over(OrderEnd::Unproved { power, accepted });
                    return None;
                }
                watch.asked = Some(now);
                Some(Ask::Look { budget: end.since(now).min(LOOK) })
            }
            State::Acting | State::Over(_) => None,
        }
    }

    /// When to poll again; `None` while an answer is waited for, and at the end.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Watching(watch) if watch.asked.is_none() => Some(watch.next),
            // Due at the next poll, whenever that is: at once.
            State::Due => Some(Instant::from_micros(0)),
            State::Watching(_) | State::Acting | State::Over(_) => None,
        }
    }

    /// What came of the question that [`Self::poll`] asked last.
    pub(super) fn handle(&mut self, budgets: &Budgets, now: Instant, told: Told) {
        let watched = self.watch_time(budgets);
        match &mut self.state {
            State::Acting => self.acted(budgets, now, told),
            State::Watching(watch) => {
                let over = watch.looked(self.proof, budgets, now, told);
                // No pause between two readings puts the end off.
                watch.next = watch.next.min(watch.end(budgets, watched));
                if let Some(end) = over {
                    self.state = State::Over(end);
                }
            }
            State::Due | State::Over(_) => {}
        }
    }

    fn acted(&mut self, budgets: &Budgets, now: Instant, told: Told) {
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
            true => self.watch_time(budgets),
            false => self.watch_time(budgets).min(UNANSWERED),
        };
        self.state = match (self.proof, accepted) {
            (Proof::Word, true) => State::Over(OrderEnd::Accepted),
            _ => State::Watching(Watch {
                accepted,
                since: now,
                until: now + watch,
                next: now,
                asked: None,
                early: false,
                off_at: None,
                stretched: false,
                power: PowerState::Unknown,
            }),
        };
    }

    fn watch_time(&self, budgets: &Budgets) -> Millis {
        match self.action {
            ChassisAction::Off => budgets.off,
            ChassisAction::On => budgets.on,
            ChassisAction::SoftShutdown => budgets.soft,
            ChassisAction::Cycle | ChassisAction::Reset | ChassisAction::DiagnosticInterrupt => {
                budgets.pulse
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
    fn end(&self, budgets: &Budgets, watched: Millis) -> Instant {
        match self.power {
            PowerState::Unknown => self.since + budgets.silence.max(watched),
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
        match (proof, self.power) {
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
        }
    }

    /// The next reading follows at once, as long as the action is young: a BMC that answers slowly
    /// sets the pace by itself.
    fn read_quickly(&mut self, now: Instant, asked_at: Instant) {
        if now < self.since + QUICK {
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
