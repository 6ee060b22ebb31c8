//! Our session in the client's place: it is given the recorded numbers, asked for the recorded
//! requests and told the recorded answers.

use std::time::Duration;

use komainu_core::counters::Counters;
use komainu_core::failure::Failure;
use komainu_core::limits::{MAX_DATAGRAM, MAX_REQUEST_DATA};
use komainu_core::secret::{Key, KeyRing};
use komainu_core::session::{Context, Effect, Heard, Session, Snapshot, Standing};
use komainu_core::time::Instant;
use komainu_core::wire::command::{NetFn, Privilege, Request};
use komainu_core::wire::{Writer, ipmb};

use crate::recorded::beside::{Marks, astray, compare};
use crate::recorded::datagram::TAG_AT;
use crate::recorded::numbers::Numbers;
use crate::recorded::{Datagram, Kind, Plan, Sent, Vector};

/// Why a walk cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standstill {
    /// The session gave the request up.
    Failed(Failure),
    /// It did something other than recorded.
    Astray(String),
}

impl From<String> for Standstill {
    fn from(what: String) -> Self {
        Self::Astray(what)
    }
}

/// A walk through one recording.
pub struct Walk<'v> {
    vector: &'v Vector,
    /// Where in the recording it is.
    at: usize,
    session: Session,
    keys: Vec<Key>,
    numbers: Numbers,
    /// What the session dropped.
    pub counters: Counters,
    now: Instant,
    /// What tells our questions from the recorded ones.
    marks: Marks,
    /// What the BMC speaks was told.
    discovered: bool,
    /// Requester's and session sequence number of our next message in the session.
    next: Option<(u8, u32)>,
    /// The request in flight: its sequence and command number.
    asked: Option<(u8, u8)>,
    answers: usize,
    closed: bool,
}

/// Longer than any walk lasts.
const BUDGET: Duration = Duration::from_secs(3600);
/// Close Session.
const CLOSE: u8 = 0x3c;

impl<'v> Walk<'v> {
    /// A walk that stands in front of the first datagram.
    #[must_use]
    pub fn new(vector: &'v Vector, plan: Plan) -> Self {
        let mut walk = Self {
            vector,
            at: 0,
            session: Session::new(plan.profile),
            keys: plan.keys,
            numbers: Numbers::default(),
            counters: Counters::default(),
            now: Instant::from_micros(1_000_000),
            marks: Marks::default(),
            discovered: false,
            next: None,
            asked: None,
            answers: 0,
            closed: false,
        };
        walk.submit(placeholder());
        walk
    }

    /// The datagram that comes next, if the session has anything to do with it.
    #[must_use]
    pub fn peek(&self) -> Option<&'v Datagram> {
        let told = |kind| self.discovered && kind == Kind::Capabilities;
        let mut rest = self.vector.datagrams[self.at..].iter();
        rest.find(|datagram| is_ours(datagram) && !told(datagram.kind))
    }

    /// How the session stands.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.session.snapshot()
    }

    /// When the session wants to be polled.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.session.deadline()
    }

    /// So many requests were answered, and whether the session was closed.
    #[must_use]
    pub fn reached(&self) -> (usize, bool) {
        (self.answers, self.closed)
    }

    /// Takes the next datagram: ours is compared with it, or it is told to the session. `None`
    /// when the recording is over.
    ///
    /// # Errors
    /// When the session gave up or did something else.
    pub fn step(&mut self) -> Result<Option<Option<Sent>>, Standstill> {
        let Some(datagram) = self.peek() else { return Ok(None) };
        if datagram.is_question() {
            self.prepare();
            let sent = self.ask(datagram)?;
            self.pass(datagram);
            return Ok(Some(Some(sent)));
        }
        self.pass(datagram);
        self.discovered |= datagram.kind == Kind::Capabilities;
        let bytes = self.translated(datagram);
        self.tell(datagram, bytes)?;
        Ok(Some(None))
    }

    fn pass(&mut self, datagram: &Datagram) {
        let mut rest = self.vector.datagrams[self.at..].iter();
        self.at += rest.position(|other| std::ptr::eq(other, datagram)).map_or(0, |at| at + 1);
    }

    /// The answer as the session is told it: with the marks of the session's own question.
    #[must_use]
    pub fn translated(&self, datagram: &Datagram) -> Vec<u8> {
        let mut bytes = datagram.bytes.clone();
        match datagram.kind {
            Kind::Open | Kind::Rakp12 | Kind::Rakp34 if bytes[TAG_AT] == self.marks.tag.0 => {
                bytes[TAG_AT] = self.marks.tag.1;
            }
            Kind::Capabilities => {
                let at = bytes.len() - datagram.message.as_ref().map_or(0, Vec::len);
                let sequence = self.marks.capabilities;
                let message = ipmb::Message { sequence, ..datagram.ipmi() };
                message.emit(&mut Writer::new(&mut bytes[at..])).expect("the same length");
            }
            _ => {}
        }
        bytes
    }

    /// Hands the session any datagram; whether it took it for an answer or a reading.
    pub fn inject(&mut self, bytes: &[u8]) -> bool {
        self.prepare();
        self.hear(bytes).is_some()
    }

    fn hear(&mut self, bytes: &[u8]) -> Option<(u8, Vec<u8>)> {
        let mut bytes = bytes.to_vec();
        let mut cx = Context {
            now: self.now,
            chance: &mut self.numbers,
            keys: KeyRing::new(&self.keys),
            counters: &mut self.counters,
        };
        let was_up = self.session.snapshot().standing == Standing::Warm;
        let heard = match self.session.handle(&mut cx, &mut bytes) {
            Some(Heard::Answer(answer)) => Some((answer.code.0, answer.data.to_vec())),
            Some(Heard::Reading(_)) => Some((0, Vec::new())),
            None => None,
        };
        if !was_up && self.session.snapshot().standing == Standing::Warm {
            self.next = Some((self.numbers.one & ipmb::MAX_SEQUENCE, self.first_sequence()));
        }
        heard
    }

    fn poll(&mut self, out: &mut [u8]) -> Option<Effect> {
        let mut cx = Context {
            now: self.now,
            chance: &mut self.numbers,
            keys: KeyRing::new(&self.keys),
            counters: &mut self.counters,
        };
        self.session.poll(&mut cx, out)
    }

    fn submit(&mut self, request: Request) {
        self.session.submit(self.now, request, BUDGET).expect("no request is in flight");
    }

    /// Draws for the session what was drawn for the next datagram of the client.
    fn prepare(&mut self) {
        let rest = &self.vector.datagrams[self.at..];
        if let Some(next) = rest.iter().find(|next| next.is_question() && is_ours(next)) {
            self.prepare_for(next);
        }
    }

    fn prepare_for(&mut self, next: &Datagram) {
        match next.kind {
            Kind::Capabilities | Kind::Challenge => self.numbers.one = next.ipmi().sequence,
            Kind::Activate => {
                self.numbers.four = next.ipmi().data.last_chunk().copied().unwrap_or_default();
            }
            Kind::Open => {
                let payload = next.payload();
                self.numbers.five[0] = payload[0];
                self.numbers.five[1..].copy_from_slice(&payload[4..8]);
            }
            Kind::Rakp12 => self.numbers.sixteen.copy_from_slice(&next.payload()[8..24]),
            Kind::Inside { sequence, rq_seq, .. } => {
                self.numbers.sixteen = next.vector().unwrap_or_default();
                if self.next.is_none() {
                    // The number before the one of our first message, which comes after those
                    // that are spent to reach the client's first session sequence number.
                    let spent = sequence.wrapping_sub(self.first_sequence()) as u8;
                    self.numbers.one = rq_seq.wrapping_sub(1).wrapping_sub(spent);
                }
            }
            Kind::Ping | Kind::Rakp34 | Kind::Other => {}
        }
    }

    /// The session sequence number that the BMC expects first.
    fn first_sequence(&self) -> u32 {
        let activated =
            self.vector.datagrams.iter().find(|d| !d.is_question() && d.kind == Kind::Activate);
        let bytes = activated.and_then(|d| d.ipmi().data.get(6..10)?.first_chunk().copied());
        bytes.map_or(1, u32::from_le_bytes)
    }

    fn ask(&mut self, datagram: &Datagram) -> Result<Sent, Standstill> {
        if let Kind::Inside { sequence, rq_seq, command } = datagram.kind {
            return self.ask_inside(datagram, sequence, (rq_seq, command));
        }
        if self.snapshot().standing == Standing::Warm {
            return Err(String::from("the session is up already").into());
        }
        let sent = self.transmit()?;
        Ok(compare(datagram, &sent, &mut self.marks)?)
    }

    fn ask_inside(
        &mut self,
        datagram: &Datagram,
        sequence: u32,
        asked: (u8, u8),
    ) -> Result<Sent, Standstill> {
        if self.asked != Some(asked) {
            self.meet(sequence, asked.0)?;
            let message = datagram.ipmi();
            match asked.1 {
                CLOSE => self.session.close(),
                _ => self.submit(request(&message)?),
            }
            self.asked = Some(asked);
        }
        let sent = self.transmit()?;
        self.next = self.next.map(|(_, sequence)| (asked.0, sequence.wrapping_add(1)));
        match sent == datagram.bytes {
            true => Ok(Sent::Same),
            false => Err(astray(&datagram.bytes, &sent).into()),
        }
    }

    /// Spends numbers that the client had used for messages outside the walk, or left out: one
    /// request each, which does not leave. Without room for it, it costs no session sequence
    /// number.
    fn meet(&mut self, sequence: u32, rq_seq: u8) -> Result<(), Standstill> {
        let standing = self.snapshot().standing;
        let up = self.next.filter(|_| standing == Standing::Warm);
        let (mut last, mut next) = up.ok_or_else(|| format!("no session, but {standing:?}"))?;
        // What may still be in flight, unanswered, was given up by the client.
        self.session.close();
        let (mut whole, mut none) = ([0; MAX_DATAGRAM], [0; 0]);
        while next != sequence || (last + 1) & ipmb::MAX_SEQUENCE != rq_seq {
            let room: &mut [u8] = if next == sequence { &mut none } else { &mut whole };
            self.submit(placeholder());
            let polled = self.poll(room);
            next = next.wrapping_add(u32::from(polled.is_some()));
            last = (last + 1) & ipmb::MAX_SEQUENCE;
            self.session.close();
            if next.wrapping_sub(sequence) as i32 > 0 {
                return Err(format!("session sequence number {next}, not {sequence}").into());
            }
        }
        self.next = Some((last, next));
        Ok(())
    }

    /// The session's next datagram; lets time pass until there is one.
    fn transmit(&mut self) -> Result<Vec<u8>, Standstill> {
        let mut out = [0; MAX_DATAGRAM];
        loop {
            match self.poll(&mut out) {
                Some(Effect::Transmit(len)) => return Ok(out[..len].to_vec()),
                Some(Effect::Failed(failure)) => return Err(Standstill::Failed(failure)),
                None => match self.session.deadline() {
                    Some(deadline) if deadline > self.now => self.now = deadline,
                    other => return Err(format!("nothing to send, and {other:?} next").into()),
                },
            }
        }
    }

    fn tell(&mut self, datagram: &Datagram, bytes: Vec<u8>) -> Result<(), Standstill> {
        self.prepare();
        let dropped = self.counters.total();
        let heard = self.hear(&bytes);
        let dropped = self.counters.total() - dropped;
        let Kind::Inside { rq_seq, command, .. } = datagram.kind else { return Ok(()) };
        if self.asked != Some((rq_seq, command)) {
            return match (heard, dropped) {
                (None, 1) => Ok(()),
                other => Err(format!("late answer taken: {other:?}").into()),
            };
        }
        self.asked = None;
        let message = datagram.ipmi();
        match (heard, command) {
            (None, CLOSE) if dropped == 0 && self.session.is_cold() => self.closed = true,
            (Some((code, data)), _) if dropped == 0 => {
                if message.data.split_first() != Some((&code, &data)) {
                    return Err(format!("heard {code:02x} {data:02x?}").into());
                }
                self.answers += 1;
            }
            (heard, _) => {
                return Err(format!("{heard:?}, dropped for {:?}", self.counters).into());
            }
        }
        Ok(())
    }

    /// Walks to the end of the recording.
    ///
    /// # Errors
    /// As [`Walk::step`].
    pub fn finish(&mut self) -> Result<Vec<Sent>, Standstill> {
        let mut sent = Vec::new();
        while let Some(step) = self.step()? {
            sent.extend(step);
        }
        Ok(sent)
    }

    /// Lets the session log in as it likes, against the recorded answers to whatever it asks
    /// that was asked in the recording, until it is up or gives the request up. The walk then
    /// stands in front of the first datagram inside the session.
    ///
    /// # Errors
    /// The failure that the session ended with.
    pub fn recover(&mut self) -> Result<(), Standstill> {
        let first =
            self.vector.datagrams.iter().find(|d| d.is_question() && d.kind == Kind::Challenge);
        for _ in 0..10_000 {
            if self.snapshot().standing == Standing::Warm {
                let inside = self.vector.datagrams.iter().position(Datagram::is_inside);
                self.at = inside.unwrap_or(self.vector.datagrams.len());
                return Ok(());
            }
            if let Some(challenge) = first {
                self.prepare_for(challenge);
            }
            let sent = self.transmit()?;
            self.reply(&sent);
        }
        Err(format!("no end: {:?}", self.snapshot()).into())
    }

    /// Tells the session what the recording answers to `sent`, if it holds such a question.
    fn reply(&mut self, sent: &[u8]) {
        let datagrams = &self.vector.datagrams;
        let mut marks = self.marks;
        let same =
            |d: &Datagram| d.is_question() && d.is_login() && compare(d, sent, &mut marks).is_ok();
        let Some(question) = datagrams.iter().position(same) else { return };
        self.marks = marks;
        let kind = datagrams[question].kind;
        let answer = datagrams.iter().position(|d| !d.is_question() && d.kind == kind);
        let Some(answer) = answer else { return };
        self.at = answer + 1;
        let bytes = self.translated(&datagrams[answer]);
        self.prepare();
        self.hear(&bytes);
    }
}

/// Whether a session has anything to do with the datagram.
fn is_ours(datagram: &Datagram) -> bool {
    datagram.is_login() || datagram.is_inside()
}

/// A request that is never answered.
fn placeholder() -> Request {
    let request = Request::raw(NetFn::APP, 0, 0x01, &[], Privilege::Callback);
    request.expect("no data fits").repeated()
}

/// The request of a recorded message. It asks for no privilege, since the client's own requests
/// for it are in the recording.
fn request(message: &ipmb::Message<'_>) -> Result<Request, String> {
    let net_fn = NetFn::new(message.net_fn).ok_or("the network function of an answer")?;
    let (lun, code) = (message.to_lun, message.command);
    Request::raw(net_fn, lun, code, message.data, Privilege::Callback)
        .map(Request::repeated)
        .map_err(|_| format!("more than {MAX_REQUEST_DATA} bytes of data"))
}
