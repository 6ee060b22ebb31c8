//! The loop of a service: what came in, then what is to be done, then wait.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use komainu_core::time::{Instant, earliest};
use komainu_core::types::Source;
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

use super::handle::Request;
use super::hands::{Event, Hands};
use super::machine::{Around, Effect, Machine};
use super::message::{Code, Message};
use super::orders::{Hint, Hinted};
use super::platform::{Phase, Signal};
use super::timer::Timer;
use crate::clock;
use crate::tell::NoticesSetup;

/// Most datagrams that are taken in before what is due is done.
const BURST: usize = 512;
/// Most things that are done in one turn. A machine that wants more is polled again after a look
/// at what came in meanwhile.
const TURN: usize = 4096;
/// Room for a datagram that a machine writes.
const OUT: usize = 1024;
/// Between two looks at the network interfaces.
const LOOK_AROUND: Duration = Duration::from_secs(2);

/// What is asked of the loop.
pub(crate) type RequestOf<M> =
    Request<<M as Machine>::Order, <M as Machine>::Answer, <M as Machine>::Status>;

/// Reads the configuration again: the settings, and whom the service tells what happens.
pub(crate) type Reread<M> =
    Box<dyn FnMut() -> Result<(<M as Machine>::Settings, NoticesSetup), String>>;

/// A running service.
pub(crate) struct Driver<M: Machine> {
    machine: M,
    hands: Hands,
    requests: mpsc::Receiver<RequestOf<M>>,
    events: mpsc::UnboundedReceiver<Event>,
    reread: Reread<M>,
    open: HashMap<u64, oneshot::Sender<M::Answer>>,
    tickets: u64,
    timer: Timer,
    began: Instant,
    look_around: Instant,
    alive: Option<(Duration, Instant)>,
    /// Ends at that moment, whatever is still open.
    ends: Option<Instant>,
}

/// What woke the loop.
enum Woken<M: Machine> {
    /// Time, or a socket: the next turn finds out.
    Nothing,
    Event(Event),
    Request(RequestOf<M>),
}

impl<M: Machine> Driver<M> {
    /// A service around a machine. Its sockets are opened here.
    pub(crate) fn new(
        mut machine: M,
        mut hands: Hands,
        requests: mpsc::Receiver<RequestOf<M>>,
        events: mpsc::UnboundedReceiver<Event>,
        reread: Reread<M>,
    ) -> io::Result<Self> {
        hands.listen(machine.listeners())?;
        if let Some(equipment) = machine.equipment() {
            hands.equip(equipment);
        }
        hands.look_around();
        let now = clock::now();
        let half = hands.platform().watchdog().map(|period| period / 2);
        Ok(Self {
            machine,
            hands,
            requests,
            events,
            reread,
            open: HashMap::new(),
            tickets: 0,
            timer: Timer::new()?,
            began: now,
            look_around: now + LOOK_AROUND,
            alive: half.map(|half| (half, now)),
            ends: None,
        })
    }

    /// Runs until it is told to stop and has done so.
    pub(crate) async fn run(mut self) -> io::Result<()> {
        self.hands.say(&Message::new(Code::Started, "the service runs"));
        self.hands.platform().notify(Phase::Ready);
        loop {
            let more = self.turn();
            if self.is_over() {
                break;
            }
            let woken = if more { self.glance().await } else { self.wait().await? };
            self.woken(woken);
            // A flood of datagrams wakes it each time; it must not hide what else has happened.
            while let Ok(event) = self.events.try_recv() {
                self.event(event);
            }
        }
        let end = if self.machine.is_stopped() {
            Message::new(Code::Stopped, "the service has ended")
        } else {
            Message::new(Code::CutShort, "the service has ended before it was done with stopping")
        };
        self.hands.say(&end);
        self.hands.finish().await;
        Ok(())
    }

    fn woken(&mut self, woken: Woken<M>) {
        match woken {
            Woken::Nothing => {
                if let Ok(request) = self.requests.try_recv() {
                    self.request(request);
                }
            }
            Woken::Event(event) => self.event(event),
            Woken::Request(request) => self.request(request),
        }
    }

    /// Takes in what came and does what is due; whether there may be more of either.
    fn turn(&mut self) -> bool {
        let now = clock::now();
        let Self { machine, hands, .. } = self;
        let came = hands.net.drain(BURST, |line, from, bytes| {
            machine.datagram(now, line, from, bytes);
        });
        self.housekeeping(now);
        let mut out = [0; OUT];
        let mut done = 0;
        while done < TURN
            && let Some(effect) = self.machine.poll(now, &mut out)
        {
            self.carry_out(now, effect, &out);
            done += 1;
        }
        came >= BURST || done >= TURN
    }

    fn carry_out(&mut self, now: Instant, effect: Effect<M::Answer>, out: &[u8]) {
        match effect {
            Effect::Send { line, to, len } => {
                self.hands.send(now, line, to, out.get(..len).unwrap_or(out));
            }
            Effect::Broadcast { line, len } => {
                self.hands.broadcast(line, out.get(..len).unwrap_or(out));
            }
            Effect::Persist { generation } => {
                self.hands.store.write(generation, self.machine.record());
            }
            Effect::Answer { ticket, answer } => self.answer(ticket, answer),
            Effect::Run(run) => self.hands.run(run),
            Effect::HostDown { why } => self.hands.host_down(&why),
            Effect::ShutDown => self.hands.shut_down(),
            Effect::Guests(action) => self.hands.guests(action),
            Effect::Power(effect) => self.hands.power(effect),
            Effect::Tell(message) => self.hands.say(&message),
        }
    }

    fn answer(&mut self, ticket: u64, answer: M::Answer) {
        let text = format!("order {ticket} was answered: {}", words(&answer));
        self.hands.say(&Message::new(Code::OrderEnded, text));
        if let Some(to) = self.open.remove(&ticket) {
            // Whoever has stopped waiting finds it in the history.
            let _ = to.send(answer);
        }
    }

    /// What is due besides the machine.
    fn housekeeping(&mut self, now: Instant) {
        if self.look_around <= now {
            self.hands.look_around();
            self.look_around = now + LOOK_AROUND;
        }
        if let Some((half, due)) = &mut self.alive
            && *due <= now
        {
            self.hands.platform().notify(Phase::Alive);
            *due = now + *half;
        }
    }

    /// Lets others have their turn, without waiting for anything.
    async fn glance(&mut self) -> Woken<M> {
        tokio::task::yield_now().await;
        Woken::Nothing
    }

    async fn wait(&mut self) -> io::Result<Woken<M>> {
        let due = earliest(self.machine.deadline(), Some(self.look_around));
        let due = earliest(due, self.alive.map(|(_, due)| due));
        self.timer.set(earliest(due, self.ends))?;
        let Self { hands, timer, events, requests, .. } = self;
        tokio::select! {
            biased;
            () = hands.net.readable() => Ok(Woken::Nothing),
            rung = timer.rings() => rung.map(|()| Woken::Nothing),
            Some(event) = events.recv() => Ok(Woken::Event(event)),
            Some(request) = requests.recv() => Ok(Woken::Request(request)),
        }
    }

    fn event(&mut self, event: Event) {
        let now = clock::now();
        match event {
            Event::Stored(stored) => {
                if let Some(generation) = self.hands.stored(stored) {
                    self.machine.persisted(now, generation);
                }
            }
            Event::Ended(ended) => {
                self.hands.ended(&ended);
                self.machine.finished(now, ended.run, ended.end);
            }
            Event::Power(event) => {
                if self.hands.happened(&event) {
                    self.machine.power(now, event);
                }
            }
            Event::Untold(trouble) => self.hands.untold(&trouble),
            Event::Guests(event) => {
                self.hands.guests_ended(&event);
                self.machine.guests(now, event);
            }
            Event::Signal(Signal::Stop) => self.stop(now),
            // Its outcome is in the log.
            Event::Signal(Signal::Reload) => drop(self.reload(now)),
            Event::HistoryFailed(text) => self.hands.say(&Message::new(Code::NoHistory, text)),
        }
    }

    fn stop(&mut self, now: Instant) {
        match &mut self.ends {
            // Asked twice: at once.
            Some(ends) => *ends = now,
            None => {
                self.hands.say(&Message::new(Code::Stopping, "the service is ending"));
                self.hands.platform().notify(Phase::Stopping);
                self.ends = Some(now + self.machine.stop_limit());
                self.machine.stop(now);
            }
        }
    }

    fn is_over(&self) -> bool {
        self.ends.is_some_and(|ends| self.machine.is_stopped() || ends <= clock::now())
    }

    fn request(&mut self, request: RequestOf<M>) {
        let now = clock::now();
        // Whoever asked may have gone meanwhile, which changes nothing.
        match request {
            Request::Order(order, to) => self.order(now, &order, to),
            Request::Status(to) => {
                let up = now.since(self.began);
                let around = Around { up, interfaces: self.hands.interfaces() };
                let _ = to.send(self.machine.status(now, &around));
            }
            Request::Hint(hint, to) => {
                let _ = to.send(self.hint(now, &hint));
            }
            Request::Reload(to) => {
                let _ = to.send(self.reload(now));
            }
        }
    }

    fn order(&mut self, now: Instant, order: &M::Order, to: oneshot::Sender<M::Answer>) {
        self.tickets += 1;
        let ticket = self.tickets;
        let text = format!("an operator gives order {ticket}: {}", words(order));
        self.hands.say(&Message::new(Code::Order, text));
        self.open.insert(ticket, to);
        if let Some(answer) = self.machine.order(now, ticket, order) {
            self.answer(ticket, answer);
        }
    }

    fn hint(&mut self, now: Instant, hint: &Hint) -> bool {
        let known = self.machine.hint(now, hint);
        let whose = known.clone().unwrap_or_else(|| format!("unknown: {:?}", hint.of));
        let said = if hint.said.is_empty() { "" } else { ": " };
        let (code, what) = match hint.source {
            Source::AlertCommand => (Code::AlertReceived, "Alert Power Off Alert Transfer Receive"),
            _ => (Code::TrapReceived, "a trap came"),
        };
        let (kind, name) = match hint.of {
            Hinted::Server(_) | Hinted::Address(_) => ("server", "server"),
            Hinted::Ups(_) => ("UPS", "ups"),
        };
        let text = format!("{what}: {kind} {whose}{said}{}", hint.said);
        self.hands.say(&Message::new(code, text).about(name, whose));
        known.is_some()
    }

    fn reload(&mut self, now: Instant) -> Result<(), String> {
        if self.ends.is_some() {
            // Ready would take back that it is ending.
            let text = "the service is ending".to_owned();
            self.hands.say(&Message::new(Code::ReloadRefused, text.clone()));
            return Err(text);
        }
        self.hands.platform().notify(Phase::Reloading);
        let reloaded = (self.reread)().and_then(|(settings, notices)| {
            let teller = self.hands.teller(notices)?;
            self.machine.reload(now, settings)?;
            teller.into_iter().for_each(|teller| self.hands.tell_by(teller));
            Ok(())
        });
        if let Some(equipment) = reloaded.is_ok().then(|| self.machine.equipment()).flatten() {
            self.hands.equip(equipment);
        }
        let listening = reloaded.and_then(|()| {
            self.hands.listen(self.machine.listeners()).map_err(|error| error.to_string())
        });
        self.hands.say(&match &listening {
            Ok(()) => Message::new(Code::Reloaded, "the configuration was read again"),
            Err(text) => Message::new(Code::ReloadRefused, text.clone()),
        });
        self.hands.platform().notify(Phase::Ready);
        listening
    }
}

/// An order or an answer as it stands on the control socket.
fn words(of: &impl Serialize) -> String {
    // These types hold text and numbers alone, which cannot fail.
    serde_json::to_string(of).unwrap_or_default()
}

#[cfg(all(test, unix))]
mod tests;
