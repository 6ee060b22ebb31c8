//! One BMC: the session with it, kept warm, and what its request in flight is for.

use core::time::Duration;

use crate::counters::Counters;
use crate::failure::Failure;
use crate::fence::{Ask, Told};
use crate::rng::Chance;
use crate::secret::{Key, KeyRing};
use crate::session::{Context, Effect, Heard, Session, Standing};
use crate::time::{Instant, earliest};
use crate::types::{BmcState, ChassisAction, PowerState, Source};
use crate::wire::command::device::Guid;

use super::address::Address;
use super::route;

/// How long a reading that the connector takes by itself may take, a login included.
const PROBE: Duration = Duration::from_secs(10);
/// Pause after one that was in vain. The session goes on trying by itself meanwhile.
const PROBE_PAUSE: Duration = Duration::from_secs(10);
/// Pause after one that will be in vain again: less could lock the user out.
const REFUSED_PAUSE: Duration = Duration::from_secs(60);

/// Who asked for what is in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// What is being done to the server.
    Work,
    /// The power watch.
    Watch(Source),
}

/// What a BMC has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// So many bytes are to be sent to it.
    Transmit(usize),
    /// What came of a question.
    Told(Outcome),
}

/// What came of a question, or of a reading that the session took by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) asker: Asker,
    /// No earlier than it was asked for.
    pub(super) asked: Instant,
    /// The question was for the power.
    pub(super) look: bool,
    pub(super) told: Told,
}

/// The action that a question was about; `None` = a look.
type Act = Option<ChassisAction>;

/// Whether the BMC is the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pin {
    /// It has shown no id so far, or none that tells it from others.
    None,
    /// It is the one that showed its id first, or that the operator accepted.
    Pinned,
    /// Another server's BMC has the same id: neither is trusted before the operator says so.
    Doubled,
}

/// What a session is lent.
pub(super) struct Lent<'a> {
    pub(super) now: Instant,
    pub(super) chance: &'a mut dyn Chance,
    pub(super) counters: &'a mut Counters,
}

/// A BMC.
pub(super) struct Bmc {
    address: Address,
    /// The password and Kg.
    keys: [Key; 2],
    session: Session,
    asked: Option<(Asker, Act, Instant)>,
    /// When the last answer came: what the session reads by itself is asked for later.
    heard: Instant,
    state: BmcState,
    pin: Pin,
    /// Somebody says that the power has changed.
    hint: Option<Source>,
    /// While no session is up, the next reading is tried then.
    probe_at: Instant,
    /// The session is being closed, to be opened anew.
    recycling: bool,
    stopping: bool,
    stopped: bool,
}

impl Bmc {
    pub(super) fn new(address: Address, keys: [Key; 2], session: Session, pin: Pin) -> Self {
        Self {
            address,
            keys,
            session,
            asked: None,
            heard: Instant::from_micros(0),
            state: BmcState::Unknown,
            pin,
            hint: None,
            probe_at: Instant::from_micros(0),
            recycling: false,
            stopping: false,
            stopped: false,
        }
    }

    pub(super) const fn address(&self) -> Address {
        self.address
    }

    pub(super) const fn session(&self) -> &Session {
        &self.session
    }

    /// Whether these are its password and Kg.
    pub(super) fn has_keys(&self, password: &Key, kg: Option<&Key>) -> bool {
        let [own_password, own_kg] = &self.keys;
        let same_kg = kg.is_none_or(|kg| own_kg.ct_eq(kg));
        own_password.ct_eq(password) && same_kg
    }

    pub(super) const fn pin(&self) -> Pin {
        self.pin
    }

    /// How it behaves.
    pub(super) const fn state(&self) -> BmcState {
        match self.pin {
            Pin::Doubled => BmcState::NotPinned,
            Pin::None | Pin::Pinned => self.state,
        }
    }

    /// Whether what it says counts.
    pub(super) const fn is_trusted(&self) -> bool {
        !matches!(self.pin, Pin::Doubled)
    }

    /// The id that it is known by.
    pub(super) fn guid(&self) -> Option<Guid> {
        self.session.guid().filter(|_| self.pin != Pin::None)
    }

    /// The id that it shows, if it is to be pinned.
    pub(super) fn unpinned(&self) -> Option<Guid> {
        match self.pin {
            Pin::None if self.state == BmcState::Answers => self.session.guid(),
            Pin::None | Pin::Pinned | Pin::Doubled => None,
        }
    }

    pub(super) const fn set_pin(&mut self, pin: Pin) {
        self.pin = pin;
    }

    /// The BMC that answers next is the right one.
    pub(super) fn accept_any(&mut self) {
        self.pin = Pin::None;
        self.session.accept_any();
        self.probe_at = Instant::from_micros(0);
    }

    /// Reads the power as soon as that is possible.
    pub(super) fn hint(&mut self, source: Source) {
        self.hint = Some(source);
    }

    /// Closes the session for good.
    pub(super) fn stop(&mut self) {
        self.stopping = true;
        self.asked = None;
        self.session.close();
    }

    /// Whether it has just been left for good.
    pub(super) fn note_stopped(&mut self) -> bool {
        let left = self.stopping && !self.stopped && self.session.is_cold();
        self.stopped |= left;
        left
    }

    /// Whether a question can be put to it now.
    pub(super) const fn is_free(&self) -> bool {
        self.asked.is_none() && !self.stopping
    }

    /// Puts a question to it; what comes of it is told to `asker`.
    pub(super) fn ask(&mut self, now: Instant, asker: Asker, ask: Ask) {
        let submitted = match route::request_of(ask) {
            Ok((request, budget)) => self.session.submit(now, request, budget).is_ok(),
            Err(_) => false,
        };
        // Both are certain: the question is short, and the session is asked by nobody else.
        debug_assert!(submitted, "one question at a time");
        let act = match ask {
            Ask::Act { action, .. } => Some(action),
            Ask::Look { .. } => None,
        };
        self.asked = Some((asker, act, now));
        self.recycling = false;
    }

    /// Reads the power by itself, if that is due.
    pub(super) fn watch(&mut self, now: Instant) -> bool {
        let due = self.watch_due().is_some_and(|due| due <= now);
        if due {
            let source = self.hint.take().unwrap_or(Source::Poll);
            self.ask(now, Asker::Watch(source), Ask::Look { budget: PROBE });
        }
        due
    }

    fn watch_due(&self) -> Option<Instant> {
        if !self.is_free() {
            return None;
        }
        if self.hint.is_some() {
            return Some(Instant::from_micros(0));
        }
        let up = self.session.snapshot().standing == Standing::Warm;
        (!up && !self.recycling).then_some(self.probe_at)
    }

    /// Leaves the session that has carried a power command, and opens another one. An earlier one
    /// that may still be open ends by itself: leaving this one as well would not help.
    pub(super) fn recycle(&mut self, now: Instant) {
        let up = self.session.snapshot().standing == Standing::Warm;
        let spent = up && self.session.id().is_none();
        if self.is_free() && spent && self.session.carries_command(now) {
            self.session.close();
            self.recycling = true;
        }
    }

    /// The next thing to do; a datagram is written to `out`.
    pub(super) fn poll(&mut self, lent: Lent<'_>, out: &mut [u8]) -> Option<Said> {
        let now = lent.now;
        let mut cx = Context {
            now,
            chance: lent.chance,
            keys: KeyRing::new(&self.keys),
            counters: lent.counters,
        };
        let said = match self.session.poll(&mut cx, out) {
            Some(Effect::Transmit(len)) => Some(Said::Transmit(len)),
            Some(Effect::Failed(failure)) => self.failed(now, failure),
            None => None,
        };
        if self.recycling && self.session.is_cold() {
            self.recycling = false;
            self.probe_at = now;
        }
        said
    }

    fn failed(&mut self, now: Instant, failure: Failure) -> Option<Said> {
        let (asker, act, asked) = self.asked.take()?;
        self.state = match failure {
            Failure::WrongBmc => BmcState::NotPinned,
            failure if failure.is_final() => BmcState::RefusesLogin,
            Failure::Unanswered | Failure::Held => self.state,
            _ => BmcState::Silent,
        };
        let pause = if failure.is_final() { REFUSED_PAUSE } else { PROBE_PAUSE };
        self.probe_at = now + pause;
        let (look, told) = (act.is_none(), Told::Failed(failure));
        Some(Said::Told(Outcome { asker, asked, look, told }))
    }

    /// Takes a datagram from its address.
    pub(super) fn handle(&mut self, lent: Lent<'_>, datagram: &mut [u8]) -> Option<Outcome> {
        let now = lent.now;
        let mut cx = Context {
            now,
            chance: lent.chance,
            keys: KeyRing::new(&self.keys),
            counters: lent.counters,
        };
        let outcome = match self.session.handle(&mut cx, datagram)? {
            Heard::Answer(answer) => {
                let (asker, act, asked) = self.asked.take()?;
                let ask = question(act);
                Outcome { asker, asked, look: act.is_none(), told: route::told(ask, &answer) }
            }
            Heard::Reading(status) => {
                let power = if status.power_on { PowerState::On } else { PowerState::Off };
                let (asker, told) = (Asker::Watch(Source::Poll), Told::Power(power));
                Outcome { asker, asked: self.heard, look: true, told }
            }
        };
        self.heard = now;
        self.state = BmcState::Answers;
        self.probe_at = now;
        Some(outcome)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        earliest(self.session.deadline(), self.watch_due())
    }
}

/// A question that was asked, without its budget, which is over.
fn question(act: Act) -> Ask {
    let budget = Duration::ZERO;
    match act {
        Some(action) => Ask::Act { action, budget },
        None => Ask::Look { budget },
    }
}

#[cfg(test)]
impl Bmc {
    /// The question in flight.
    pub(super) fn question(&self) -> Option<Ask> {
        self.asked.map(|(_, act, _)| question(act))
    }

    /// Has the question in flight answered without a session.
    pub(super) fn answer(&mut self, now: Instant, told: Told) -> Option<Outcome> {
        let (asker, act, asked) = self.asked.take()?;
        self.session.close();
        self.state = BmcState::Answers;
        self.probe_at = now + REFUSED_PAUSE;
        Some(Outcome { asker, asked, look: act.is_none(), told })
    }
}
