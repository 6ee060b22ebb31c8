//! One order from the list of commands to its answer.

use core::time::Duration;

use heapless::{String, Vec};

use super::client::{Client, Expect, Waiting};
use super::order::{Delay, OrderId, Way, digits, ways};
use crate::time::Instant;
use crate::types::{UpsAnswer, UpsFailure};
use crate::wire::Writer;
use crate::wire::nut::{Done, Get, List, Refusal, Request, Response, TrackingState, Word};

/// Longest time for an order, all steps taken together.
const LIMIT: Duration = Duration::from_secs(15);
/// From one question after what became of an order to the next.
const AGAIN: Duration = Duration::from_millis(100);
/// Longest number of an order, in bytes. Those of NUT have 36.
const MAX_NUMBER: usize = 64;

/// An order that is being given.
#[derive(Debug)]
pub(super) struct Active {
    id: OrderId,
    ups: usize,
    ways: Vec<Way, 2>,
    step: Step,
    /// The request of the step is sent, and its answer is awaited.
    asked: bool,
    /// The command itself was sent.
    given: bool,
    limit: Instant,
}

/// What is being done.
#[derive(Clone, Debug)]
enum Step {
    /// Which commands the UPS has; the best so far, once the list has begun.
    List { begun: bool, best: Option<usize> },
    /// The variable with the delay is set.
    Set(Way),
    /// The command is given.
    Command(Way),
    /// What became of it: of the variable, or without a way of the command.
    Follow { number: String<MAX_NUMBER>, set: Option<Way>, at: Instant },
}

/// What follows from an answer.
enum Next {
    /// More of the same answer.
    More,
    /// Another step.
    Step(Step),
    /// The end.
    End(UpsAnswer),
}

impl Active {
    fn new(waiting: &Waiting, now: Instant) -> Self {
        Self {
            id: waiting.id,
            ups: waiting.ups,
            ways: ways(waiting.order),
            step: Step::List { begun: false, best: None },
            asked: false,
            given: false,
            limit: now + LIMIT,
        }
    }

    pub(super) const fn id(&self) -> OrderId {
        self.id
    }

    /// What is to be said when the connection is lost.
    pub(super) const fn lost(&self, why: UpsFailure) -> UpsAnswer {
        if self.given { UpsAnswer::Unknown } else { UpsAnswer::Failed(why) }
    }

    pub(super) const fn is_listing(&self) -> bool {
        matches!(self.step, Step::List { begun: true, .. })
    }

    /// When something is due if nothing comes.
    pub(super) fn deadline(&self) -> Instant {
        match &self.step {
            Step::Follow { at, .. } if !self.asked => self.limit.min(*at),
            _ => self.limit,
        }
    }

    /// Writes the request of the step, if that is due.
    fn write(&mut self, ups: Word<'_>, now: Instant, out: &mut Writer<'_>) -> Option<()> {
        if self.asked || matches!(&self.step, Step::Follow { at, .. } if now < *at) {
            return None;
        }
        match &self.step {
            Step::List { .. } => Request::List(List::Cmd(ups)).emit(out),
            Step::Set(Way { delay: Delay::Variable(name, seconds), .. }) => {
                let value = digits(*seconds);
                Request::SetVar { ups, name: word(name), value: word(&value) }.emit(out)
            }
            Step::Set(way) | Step::Command(way) => {
                self.given = true;
                let value = match way.delay {
                    Delay::Value(seconds) => Some(digits(seconds)),
                    Delay::None | Delay::Variable(..) => None,
                };
                let value = value.as_deref().map(word);
                Request::Command { ups, name: word(&way.command), value }.emit(out)
            }
            Step::Follow { number, .. } => {
                Request::Get(Get::Tracking(Some(word(number)))).emit(out)
            }
        }
        .ok()?;
        self.asked = true;
        Some(())
    }

    fn hear(
        &mut self,
        now: Instant,
        delay: Option<u32>,
        said: Response<'_>,
    ) -> Result<Next, UpsFailure> {
        match (&mut self.step, said) {
            (Step::List { begun: begun @ false, .. }, Response::Begin(List::Cmd(_))) => {
                *begun = true;
                Ok(Next::More)
            }
            (Step::List { begun: true, best }, Response::Cmd(_, name)) => {
                let found = self.ways.iter().position(|way| name.is(&way.command));
                *best = [*best, found].into_iter().flatten().min();
                Ok(Next::More)
            }
            (Step::List { begun: true, best }, Response::End(List::Cmd(_))) => {
                let way = best.and_then(|best| self.ways.get(best));
                Ok(way.map_or(unsupported(), |way| chosen(way, delay)))
            }
            (Step::Set(way), Response::Ok(done)) => Ok(taken(done, Some(way.clone()), now)),
            (Step::Command(_), Response::Ok(done)) => Ok(taken(done, None, now)),
            (Step::Follow { set, .. }, Response::Tracking(TrackingState::Success)) => Ok(set
                .take()
                .map_or(Next::End(UpsAnswer::Accepted), |way| Next::Step(Step::Command(way)))),
            (Step::Follow { number, set, .. }, Response::Tracking(TrackingState::Pending)) => {
                let (number, set) = (number.clone(), set.take());
                Ok(Next::Step(Step::Follow { number, set, at: now + AGAIN }))
            }
            (Step::Set(way) | Step::Follow { set: Some(way), .. }, Response::Err(why)) => {
                Ok(not_set(way, delay, why))
            }
            (Step::Follow { set: None, .. }, Response::Err(Refusal::Unknown)) => {
                Ok(Next::End(UpsAnswer::Unknown))
            }
            (
                Step::List { begun: false, .. } | Step::Command(_) | Step::Follow { .. },
                Response::Err(why),
            ) => Ok(Next::End(UpsAnswer::Failed(why.failure()))),
            (_, Response::UnknownErr(_)) => Ok(Next::End(UpsAnswer::Failed(UpsFailure::Refused))),
            _ => Err(UpsFailure::Garbled),
        }
    }
}

/// The first step of a way: the variable, unless it has that value already.
fn chosen(way: &Way, delay: Option<u32>) -> Next {
    Next::Step(match &way.delay {
        Delay::Variable(_, seconds) if delay != Some(*seconds) => Step::Set(way.clone()),
        Delay::None | Delay::Variable(..) | Delay::Value(_) => Step::Command(way.clone()),
    })
}

fn unsupported() -> Next {
    Next::End(UpsAnswer::Failed(UpsFailure::Unsupported))
}

/// A delay that cannot be set is good enough when it is fixed at more than that.
fn not_set(way: &Way, delay: Option<u32>, why: Refusal) -> Next {
    let enough = match (&way.delay, delay) {
        (Delay::Variable(_, seconds), Some(fixed)) => fixed >= *seconds,
        _ => false,
    };
    if enough && why.failure() == UpsFailure::Unsupported {
        Next::Step(Step::Command(way.clone()))
    } else {
        Next::End(UpsAnswer::Failed(why.failure()))
    }
}

fn taken(done: Done<'_>, set: Option<Way>, now: Instant) -> Next {
    let number = match done {
        Done::Tracking(number) => number.text().and_then(|number| String::try_from(number).ok()),
        _ => None,
    };
    match (number, set) {
        (Some(number), set) => Next::Step(Step::Follow { number, set, at: now }),
        (None, Some(way)) => Next::Step(Step::Command(way)),
        (None, None) => Next::End(UpsAnswer::Accepted),
    }
}

/// A name that was read or made here has no line end.
fn word(name: &str) -> Word<'_> {
    Word::new(name.as_bytes()).unwrap_or_default()
}

impl Client {
    /// Writes what the order under way wants, or begins the next.
    pub(super) fn write_order(&mut self, now: Instant, out: &mut Writer<'_>) -> Option<()> {
        if self.active.is_none() {
            self.active = self.next_order().map(|waiting| Active::new(&waiting, now));
        }
        let active = self.active.as_mut()?;
        let from = self.config.upses.get(active.ups)?;
        active.write(from.name.word(), now, out)?;
        self.expected.push_back(Expect::Order).ok()
    }

    pub(super) fn hear_order(
        &mut self,
        now: Instant,
        said: Response<'_>,
    ) -> Result<bool, UpsFailure> {
        let active = self.active.as_mut().ok_or(UpsFailure::Garbled)?;
        // The delay of an outlet group is not among the variables that are read.
        let whole = active.ways.iter().all(|way| !way.command.starts_with("outlet."));
        let delay = self.upses.get(active.ups).filter(|_| whole).and_then(|seen| seen.delay);
        match active.hear(now, delay, said)? {
            Next::More => return Ok(false),
            Next::Step(step) => {
                active.step = step;
                active.asked = false;
            }
            Next::End(answer) => {
                let id = active.id;
                self.active = None;
                self.answer(id, answer);
                // What it has changed shows in the next reading.
                self.read_now(now);
            }
        }
        Ok(true)
    }

    /// Ends an order that has taken too long.
    pub(super) fn check_order(&mut self, now: Instant) {
        let Some(active) = self.active.as_ref().filter(|active| active.limit <= now) else {
            return;
        };
        if active.asked {
            return self.give_up(now, UpsFailure::Silent);
        }
        let (id, answer) = (active.id, active.lost(UpsFailure::Silent));
        self.active = None;
        self.answer(id, answer);
    }
}
