//! The questions for resets and what came of them (section 3.1).
//!
//! A question under which a command may have gone out is held for [`RESULTS_FOR`], so that no
//! repeat of it, however late, causes a second reset. Others may be forgotten when room is
//! needed, the oldest first: asked again they are judged again, which harms nobody. So may one
//! whose asker has asked anew about the same host since: it has dropped the id, and a copy that
//! comes late is overtaken. When every slot holds another one the next question is refused as one
//! too many.

use super::host::Phase;
use super::moment::Moment;
use super::{Asker, HostIndex, View};
use crate::time::{Instant, Millis};
use crate::types::{Cause, Epoch, PowerState, Reason, RequestId, ResetMethod, ResetState, Token};

/// How many slots a cluster has for each of its hosts.
pub const RESULTS_PER_HOST: usize = 3;

/// For how long a result is held after its question was answered.
pub const RESULTS_FOR: Millis = Millis::from_secs(600);

/// Room for one question.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slot(pub(super) Option<Held>);

impl Slot {
    /// Nothing is held.
    pub const EMPTY: Self = Self(None);

    /// When a question about that host came that proof of off would still settle.
    pub fn wanted_since(&self, now: Instant, of: HostIndex) -> Option<Instant> {
        let held = self.0.as_ref().filter(|held| held.target == of && held.is_unsettled())?;
        (!held.is_expired(now)).then_some(held.arrived)
    }

    /// The slot when hosts have changed their places: `to` says whereto, or that one is gone.
    #[must_use]
    pub fn moved(self, to: impl Fn(HostIndex) -> Option<HostIndex>) -> Self {
        let moved = |mut held: Held| {
            if let Asker::Host(asker) = held.asker {
                held.asker = Asker::Host(to(asker)?);
            }
            held.target = to(held.target)?;
            Some(held)
        };
        Self(self.0.and_then(moved))
    }
}

/// A question and how far it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) id: RequestId,
    /// Enough of it to tell one from another.
    target_epoch: u32,
    pub(super) arrived: Instant,
    /// From the arrival to the answer; to its last copy, while there is none.
    took: Millis,
    pub(super) asker: Asker,
    pub(super) target: HostIndex,
    pub(super) method: ResetMethod,
    /// Rule 5 may hold it back.
    pub(super) for_silence: bool,
    pub(super) state: State,
    /// The target was read off twice, both asked for after the question, with nothing else
    /// between.
    pub(super) proved: bool,
    /// A command may have been sent for it.
    pub(super) acted: bool,
    said: Said,
}

/// What the asker was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Nothing,
    /// Something, and there is more to say.
    Less,
    /// Of the present state.
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Waits for the end of the target's fencing, or, with a cause, for a look: the cause is that
    /// of the refusal should the target be on.
    Open {
        look: Option<Cause>,
        off_at: Moment,
    },
    Fenced {
        token: Token,
        cause: Cause,
    },
    Refused(Cause),
    /// In vain so far; proof may still come.
    Failed {
        cause: Cause,
        off_at: Moment,
    },
}

impl State {
    const fn is_open(self) -> bool {
        matches!(self, Self::Open { .. })
    }
}

impl Held {
    pub(super) const fn new(
        now: Instant,
        request: &super::Request,
        target: HostIndex,
        look: Option<Cause>,
    ) -> Self {
        Self {
            id: request.id,
            target_epoch: cut(request.target_epoch),
            arrived: now,
            took: Millis::new(0),
            asker: request.asker,
            target,
            method: request.method,
            for_silence: matches!(request.reason, Reason::HeartbeatLost),
            state: State::Open { look, off_at: Moment::NONE },
            proved: false,
            acted: false,
            said: Said::Nothing,
        }
    }

    /// Whether the question was about that epoch of the target.
    pub(super) const fn is_about(&self, epoch: Epoch) -> bool {
        self.target_epoch == cut(epoch)
    }

    pub(super) fn repeat(&mut self, now: Instant) {
        if self.state.is_open() {
            self.took = span(self.arrived, now);
        }
        self.owe();
    }

    /// When the last copy of an open question came.
    pub(super) fn repeated(&self) -> Instant {
        self.arrived + self.took
    }

    pub(super) fn settle(&mut self, now: Instant, state: State) {
        self.state = state;
        self.owe();
        self.took = span(self.arrived, now);
    }

    fn owe(&mut self) {
        if self.said == Said::All {
            self.said = Said::Less;
        }
    }

    /// Whether proof of off would still change the answer.
    pub(super) const fn is_unsettled(&self) -> bool {
        matches!(self.state, State::Open { .. } | State::Failed { .. })
    }

    fn is_expired(&self, now: Instant) -> bool {
        !self.state.is_open() && now >= self.arrived + self.took + RESULTS_FOR
    }

    /// Whether nobody asks another one any more, since this one was asked instead.
    fn overtakes(&self, other: &Self) -> bool {
        let same = self.asker == other.asker && self.target == other.target;
        same && self.arrived > other.arrived && !other.state.is_open()
    }

    fn may_be_forgotten(&self, now: Instant) -> bool {
        !self.state.is_open() && self.said == Said::All && !self.acted || self.is_expired(now)
    }
}

fn span(from: Instant, to: Instant) -> Millis {
    Millis::of(to.since(from))
}

/// The last 32 bits: 65 s of the clock, and the random ones.
const fn cut(epoch: Epoch) -> u32 {
    epoch.0 as u32
}

/// What is to be told to whoever asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Answer {
    /// Who asked.
    pub to: Asker,
    /// Under which id.
    pub id: RequestId,
    /// About whom; `None` for a refusal that is not held.
    pub target: Option<HostIndex>,
    /// How far it is.
    pub state: ResetState,
    /// Why.
    pub cause: Cause,
    /// The target's power by the last reading.
    pub power: PowerState,
    /// Since the question arrived.
    pub elapsed: Millis,
    /// The proof; 0 unless fenced.
    pub token: Token,
}

impl View<'_> {
    /// The next answer that is due: to a repeat, or of a state that the asker was not told of.
    /// *Accepted* is not due before the fencing is durable, *fenced* not before it is durable that
    /// no more commands follow. The answer to an order of our own operator comes once.
    pub fn next_answer(&mut self, now: Instant) -> Option<Answer> {
        if !self.cluster.answers {
            return None;
        }
        let answer = self.next_refusal().or_else(|| self.next_result(now));
        self.cluster.answers = answer.is_some();
        answer
    }

    fn next_refusal(&mut self) -> Option<Answer> {
        for (host, index) in self.hosts.iter_mut().zip(0..) {
            if let Some((id, cause)) = host.refusal.take() {
                return Some(Answer {
                    to: Asker::Host(HostIndex(index)),
                    id,
                    target: None,
                    state: ResetState::Refused,
                    cause,
                    power: PowerState::Unknown,
                    elapsed: Millis::new(0),
                    token: Token::default(),
                });
            }
        }
        None
    }

    fn next_result(&mut self, now: Instant) -> Option<Answer> {
        let acts = self.acts();
        for slot in self.slots.iter_mut() {
            let Some(held) = slot.0.as_mut().filter(|held| held.said != Said::All) else {
                continue;
            };
            let host = self.hosts.get(usize::from(held.target.0))?;
            let durable = self.journal.is_stored(host.fencing.mark);
            let depends = match held.state {
                State::Open { look: None, .. } => self.cluster.laws.durable_before_accepted(),
                State::Fenced { .. } => self.cluster.laws.durable_before_fenced(),
                State::Open { .. } | State::Refused(_) | State::Failed { .. } => false,
            };
            let waits = depends && !durable;
            let operator = held.asker == Asker::Operator;
            if !acts && !operator || waits {
                continue;
            }
            let answer = answer(held, now, host.power);
            held.said = Said::All;
            if operator && !held.state.is_open() {
                *slot = Slot::EMPTY;
            }
            return Some(answer);
        }
        None
    }

    pub(super) fn find(&mut self, asker: Asker, id: RequestId) -> Option<&mut Held> {
        let held = self.slots.iter_mut().filter_map(|slot| slot.0.as_mut());
        held.into_iter().find(|held| held.asker == asker && held.id == id)
    }

    /// Holds a question; gives it back when there is no room.
    pub(super) fn hold(&mut self, now: Instant, held: Held) -> Result<(), Held> {
        let at = self.room(|old| old.may_be_forgotten(now)).or_else(|| {
            let others = || self.slots.iter().filter_map(|slot| slot.0.as_ref());
            self.room(|old| others().chain([&held]).any(|newer| newer.overtakes(old)))
        });
        let Some(slot) = at.and_then(|at| self.slots.get_mut(at)) else { return Err(held) };
        slot.0 = Some(held);
        self.cluster.answers = true;
        if let Some(host) = self.host_mut(held.target) {
            host.wanted |= held.is_unsettled();
        }
        Ok(())
    }

    /// The place of a slot that is empty, or else of the oldest question that goes.
    fn room(&self, goes: impl Fn(&Held) -> bool) -> Option<usize> {
        let slots = self.slots.iter().enumerate();
        let free = slots.filter(|(_, slot)| slot.0.as_ref().is_none_or(&goes));
        let oldest = free.min_by_key(|(_, slot)| slot.0.as_ref().map(|held| held.arrived));
        oldest.map(|(at, _)| at)
    }

    /// Refuses without holding it.
    pub(super) fn refuse(&mut self, asker: Asker, id: RequestId, cause: Cause) {
        if let Asker::Host(asker) = asker
            && let Some(host) = self.host_mut(asker)
        {
            host.refusal = Some((id, cause));
            self.cluster.answers = true;
        }
    }

    /// Goes over the questions about a host that proof would still settle; `settled` says to what,
    /// if to anything.
    pub(super) fn settle(
        &mut self,
        now: Instant,
        of: HostIndex,
        mut settled: impl FnMut(&mut Held) -> Option<State>,
    ) {
        let mut wanted = false;
        for at in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(at) else { break };
            let about = |held: &&mut Held| held.target == of && held.is_unsettled();
            let Some(held) = slot.0.as_mut().filter(about) else { continue };
            match settled(held) {
                Some(State::Refused(cause)) if is_dropped(held, cause) => {
                    let (asker, id) = (held.asker, held.id);
                    *slot = Slot::EMPTY;
                    self.refuse(asker, id, cause);
                }
                Some(state) => {
                    held.settle(now, state);
                    wanted |= held.is_unsettled();
                    self.cluster.answers = true;
                }
                None => wanted = true,
            }
        }
        if let Some(host) = self.host_mut(of) {
            host.wanted = wanted;
        }
    }

    /// Whether a look at a host is asked for that has not ended.
    pub fn wants_look(&self, of: HostIndex) -> bool {
        let wanted = self.host(of).is_some_and(|host| host.wanted);
        wanted
            && self.slots.iter().filter_map(|slot| slot.0.as_ref()).any(|held| {
                let looks = matches!(held.state, State::Open { look: Some(_), .. });
                held.target == of && looks && !held.proved
            })
    }

    /// How many hosts are being fenced: off is not confirmed.
    pub fn in_flight(&self) -> usize {
        self.hosts.iter().filter(|host| host.fencing.phase == Phase::Fencing).count()
    }
}

/// Whether a refusal that ends a look is not held. The operator's own orders are told of it.
fn is_dropped(held: &Held, cause: Cause) -> bool {
    cause.is_passing() && held.asker != Asker::Operator
}

fn answer(held: &Held, now: Instant, power: PowerState) -> Answer {
    let (state, cause, token) = match held.state {
        State::Open { .. } if held.said != Said::Nothing => {
            (ResetState::Working, Cause::None, Token(0))
        }
        State::Open { .. } => (ResetState::Accepted, Cause::None, Token(0)),
        State::Fenced { token, cause } => (ResetState::Fenced, cause, token),
        State::Refused(cause) => (ResetState::Refused, cause, Token(0)),
        State::Failed { cause, .. } => (ResetState::Failed, cause, Token(0)),
    };
    let elapsed = if held.state.is_open() { span(held.arrived, now) } else { held.took };
    let target = Some(held.target);
    Answer { to: held.asker, id: held.id, target, state, cause, power, elapsed, token }
}
