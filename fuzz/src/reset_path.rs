//! A host, a connector, and a network between them that keeps what it sees, changes it, repeats it
//! and, as one who has the key, makes up its own.

use std::collections::BTreeSet;
use std::num::NonZeroU64;
use std::time::Duration;

use komainu_core::counters::ResetDiscard;
use komainu_core::crypto::{Hash, hmac};
use komainu_core::limits::MAX_RESET_DATAGRAM;
use komainu_core::reset_path::{
    ClusterKeys, Dialogue, Freshness, Identity, NONCE_VALID, ToMany, open,
};
use komainu_core::rng::{Drbg, Seed};
use komainu_core::secret::Secret;
use komainu_core::time::Instant;
use komainu_core::types::{
    ConfigDigest, ConnectorNumber, Epoch, Event, HostAddress, HostState, KeyNumber, Mode, NoticeId,
    Party, Reason, RequestId, ResetMethod, Source, SystemName, Term, Token,
};
use komainu_core::wire::Writer;
use komainu_core::wire::reset::{
    HEADER_LEN, Kind, Message, Notice, PathCheck, PathStatus, ResetRequest, Services, TAG_LEN,
};

use crate::tape::Tape;

const KEY: [u8; 32] = [0x5A; 32];
const CLUSTER: u16 = 27001;
const PATROL: Duration = Duration::from_secs(1);
const GUARD: Party = Party::Connector(ConnectorNumber(0));
/// More than an input says: it bounds an input of zeros.
const MOST_STEPS: usize = 4096;

/// One start of a party, and its dialogue with the other.
struct End {
    identity: Identity,
    keys: ClusterKeys,
    dialogue: Dialogue,
    to_many: ToMany,
    /// Places of the datagrams that it has accepted.
    heard: BTreeSet<usize>,
    /// Its nonces that may be known to others, and when each was sent last.
    nonces: Vec<(u64, Instant)>,
}

impl End {
    fn new(party: Party, peer: Party, epoch: u64) -> Self {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&epoch.to_be_bytes());
        seed[8..10].copy_from_slice(&party.code().to_be_bytes());
        let mut chance = Drbg::new(&Seed::new(seed));
        let number = KeyNumber::new(1).expect("not 0");
        Self {
            identity: Identity::new(party, CLUSTER, Epoch(epoch), PATROL, &mut chance),
            keys: ClusterKeys::new(number, Secret::from(KEY)),
            dialogue: Dialogue::new(peer, 0),
            to_many: ToMany::new(),
            heard: BTreeSet::new(),
            nonces: Vec::new(),
        }
    }

    fn says(&mut self, now: Instant, many: bool, out: &mut [u8]) -> usize {
        let peer = (!many).then_some(self.dialogue.peer());
        self.nonces.push((self.identity.nonce(now, peer, 0), now));
        let Self { identity, keys, dialogue, to_many, .. } = self;
        let len = match (identity.party(), many) {
            (Party::Host(_), true) => {
                to_many.seal_path_check(identity, keys, now, path_check(), true, out)
            }
            (Party::Connector(_), true) => to_many.seal_notice(identity, keys, notice(), out),
            (Party::Host(_), false) => dialogue.seal(identity, keys, now, &request(), out),
            (Party::Connector(_), false) => dialogue.seal(identity, keys, now, &status(), out),
        };
        len.expect("room")
    }

    /// What is refused before the body leaves no trace.
    fn hears(&mut self, now: Instant, datagram: &[u8]) -> Result<(Kind, Freshness), ResetDiscard> {
        let before = format!("{:?}", self.dialogue);
        let heard = open(&self.identity, &self.keys, datagram).and_then(|frame| {
            let freshness = self.dialogue.accept(&self.identity, now, &frame.header)?;
            if let Ok(message) = frame.message() {
                comes_back(&message);
            }
            if let Some(made) = freshness.echo {
                assert!(now.since(made) <= NONCE_VALID, "an old echo counts");
                let ours = |nonce: &(u64, Instant)| nonce.0 == frame.header.echo;
                assert!(self.nonces.iter().any(ours), "an echo of what was never sent counts");
            }
            Ok((frame.header.kind, freshness))
        });
        if heard.is_err() {
            assert_eq!(format!("{:?}", self.dialogue), before, "{heard:?}");
        }
        heard
    }
}

fn comes_back(message: &Message) {
    let mut body = [0; MAX_RESET_DATAGRAM - HEADER_LEN - TAG_LEN];
    let mut out = Writer::new(&mut body);
    message.emit(&mut out).expect("a body that was read is short enough");
    assert_eq!(Message::parse(message.kind(), out.written()).as_ref(), Ok(message));
}

fn host() -> Party {
    Party::Host(HostAddress::new(17).expect("a host's number"))
}

fn name() -> SystemName {
    SystemName::new("db-1").expect("a name")
}

fn path_check() -> PathCheck {
    PathCheck {
        resume: false,
        term: Term(1),
        token: Token(0),
        keys: [KeyNumber::new(1), None],
        digest: ConfigDigest(0),
        state: HostState::Running,
        name: name(),
        services: Services::new(),
    }
}

fn status() -> Message {
    Message::PathStatus(PathStatus {
        term: Term(1),
        mode: Mode::Normal,
        digest: ConfigDigest(0),
        key: KeyNumber::new(1).expect("not 0"),
        name: name(),
        systems: Default::default(),
    })
}

fn request() -> Message {
    Message::ResetRequest(ResetRequest {
        id: RequestId(NonZeroU64::MIN),
        term: Term(1),
        method: ResetMethod::AsConfigured,
        reason: Reason::HeartbeatLost,
        target_epoch: None,
        target: name(),
    })
}

fn notice() -> Notice {
    Notice {
        id: NoticeId(NonZeroU64::MIN),
        event: Event::PowerOff,
        source: Source::Poll,
        host: None,
        unix_ms: 0,
        token: Token(0),
    }
}

/// A datagram that somebody sent, to the connector or to the host, and when.
struct Sent {
    at: Instant,
    to_guard: bool,
    bytes: Vec<u8>,
}

struct World {
    now: Instant,
    host: End,
    guard: End,
    starts: u64,
    sent: Vec<Sent>,
    /// Whether somebody has the key who is no party. He can echo what was made just now, and so
    /// take an epoch back and forth.
    insider: bool,
}

impl World {
    fn end(&mut self, guard: bool) -> &mut End {
        if guard { &mut self.guard } else { &mut self.host }
    }

    fn says(&mut self, guard: bool, many: bool) {
        let (at, mut out) = (self.now, [0; MAX_RESET_DATAGRAM]);
        let len = self.end(guard).says(at, many, &mut out);
        self.sent.push(Sent { at, to_guard: !guard, bytes: out[..len].to_vec() });
    }

    /// What was sent by a party arrives: once at most, and it counts only while it is fresh.
    fn arrives(&mut self, which: usize) {
        let Some(index) = which.checked_rem(self.sent.len()) else { return };
        let Sent { at, to_guard, ref bytes } = self.sent[index];
        let (now, bytes) = (self.now, bytes.clone());
        let Ok((kind, freshness)) = self.end(to_guard).hears(now, &bytes) else { return };
        let first = self.end(to_guard).heard.insert(index);
        assert!(first || self.insider, "heard twice");
        if kind == Kind::ResetRequest && freshness.check(kind).is_ok() {
            assert!(now.since(at) <= NONCE_VALID, "a request of {at:?} counts at {now:?}");
        }
    }

    /// The clock of whoever starts anew may have gone back; no start has the epoch of another.
    fn restarts(&mut self, guard: bool, clock: u8) {
        self.starts += 1;
        let epoch = u64::from(clock) << 32 | self.starts;
        let end = self.end(guard);
        *end = End::new(end.identity.party(), end.dialogue.peer(), epoch);
    }

    /// A datagram that was sent arrives with one byte changed: nobody takes it.
    fn is_changed(&mut self, which: usize, at: usize, by: u8) {
        let Some(index) = which.checked_rem(self.sent.len()) else { return };
        let Sent { to_guard, ref bytes, .. } = self.sent[index];
        let (now, mut bytes) = (self.now, bytes.clone());
        let at = at % bytes.len();
        bytes[at] ^= by.max(1);
        assert!(self.end(to_guard).hears(now, &bytes).is_err(), "a changed datagram is taken");
    }
}

/// A datagram that says what it likes, under a good tag. The first choices are what it takes to be
/// looked at further.
fn made_up(tape: &mut Tape<'_>, to: &End, now: Instant) -> Vec<u8> {
    let peer = to.dialogue.peer();
    let nonce = to.identity.nonce(now, Some(peer), 0);
    let known = to.nonces.last().map_or(0, |nonce| nonce.0);
    let epoch = to.dialogue.epoch().unwrap_or_default().0;
    let highest = to.dialogue.highest_sequence();
    let mut datagram = b"RPP1".to_vec();
    datagram.extend([tape.byte(), tape.byte()]);
    datagram.extend(CLUSTER.to_be_bytes());
    datagram.extend(tape.pick(&[peer.code(), 0, 18, 0xFF01]).to_be_bytes());
    datagram.extend(tape.pick(&[to.identity.party().code(), 0, 18]).to_be_bytes());
    datagram.extend([0, 0, tape.pick(&[1, 1, 1, 0, 2]), tape.pick(&[0, 0, 0, 1])]);
    let numbers: [&[u64]; 4] = [
        &[epoch, epoch.wrapping_add(1), epoch.wrapping_sub(1), u64::MAX, 0],
        &[highest.wrapping_add(1), highest, highest.wrapping_sub(63), highest / 2, u64::MAX, 0],
        &[known, nonce, 0, nonce ^ 1, to.nonces.first().map_or(0, |nonce| nonce.0)],
        &[1, 0, u64::MAX],
    ];
    for choices in numbers {
        datagram.extend(tape.pick(choices).to_be_bytes());
    }
    let body = tape.piece();
    datagram[12..14].copy_from_slice(&(body.len() as u16).to_be_bytes());
    datagram.extend(body);
    let tag = hmac(Hash::Sha256, &KEY, &[&datagram]);
    datagram.extend(tag.truncated(TAG_LEN));
    datagram
}

/// Lets `bytes` say what happens between a host and a connector.
pub fn run(bytes: &[u8]) {
    let mut tape = Tape::new(bytes);
    let (host, guard) = (End::new(host(), GUARD, 1000), End::new(GUARD, host(), 2000));
    let now = Instant::from_micros(0);
    let insider = tape.byte() & 1 == 1;
    let mut world = World { now, host, guard, starts: 0, sent: Vec::new(), insider };
    for _ in 0..MOST_STEPS {
        if tape.is_over() {
            break;
        }
        let step = tape.byte();
        let (guard, how) = (step & 1 == 1, step >> 4);
        match step >> 1 & 7 {
            0 | 1 => world.says(guard, how == 15),
            2 | 3 => world.arrives(world.sent.len().wrapping_sub(1 + usize::from(how))),
            4 => world.arrives(usize::from(tape.byte())),
            5 => world.now = world.now + Duration::from_millis(u64::from(tape.byte()) << (how & 7)),
            6 if insider => {
                let now = world.now;
                let to = world.end(guard);
                let datagram = made_up(&mut tape, to, now);
                to.nonces.push((to.identity.nonce(now, Some(to.dialogue.peer()), 0), now));
                let _ = to.hears(now, &datagram);
            }
            6 => world.is_changed(usize::from(tape.byte()), usize::from(tape.byte()), how),
            _ if how == 0 => world.restarts(guard, tape.byte()),
            _ => {
                let (now, piece) = (world.now, tape.piece());
                assert!(world.end(guard).hears(now, piece).is_err(), "made without the key");
            }
        }
    }
}
