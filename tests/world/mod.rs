//! One BMC, one session with it, and the network between them, on one clock.
//!
//! Everything follows from the seed. The session is held to its contract at every step: a drain
//! ends, another one does nothing, its deadline then lies in the future, and it never goes back to
//! a session that it has left.

use std::net::SocketAddr;
use std::time::Duration;

use komainu_core::counters::Counters;
use komainu_core::failure::Failure;
use komainu_core::limits::MAX_DATAGRAM;
use komainu_core::rng::{Drbg, Seed};
use komainu_core::secret::{Key, KeyId, KeyRing};
use komainu_core::session::{Busy, Context, Effect, Heard, Profile, Session, UserName};
use komainu_core::time::Instant;
use komainu_core::wire::command::chassis::ChassisStatus;
use komainu_core::wire::command::{CompletionCode, Request};
use komainu_sim::bmc::{Bmc, BmcConfig};
use komainu_sim::net::{Faults, Network};

use crate::recorded::Packet;

/// Where the BMC listens.
pub const BMC: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 623);
/// Where the session speaks from.
pub const CONSOLE: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 50_000);

/// Most effects of one drain; more means that it does not end.
const MOST_EFFECTS: usize = 16;

/// What came of a request, or by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The answer to the request.
    Answer {
        /// Whether the BMC did it.
        code: CompletionCode,
        /// What it said.
        data: Vec<u8>,
    },
    /// A reading that the session took by itself.
    Reading(ChassisStatus),
    /// The request has no answer.
    Failed(Failure),
}

/// The world of one session.
pub struct World {
    /// The BMC, to be looked at and interfered with.
    pub bmc: Bmc,
    /// The network.
    pub net: Network,
    /// The session under test.
    pub session: Session,
    now: Duration,
    counters: Counters,
    chance: Drbg,
    keys: Vec<Key>,
    /// The server's true power, by the moments of its changes.
    truth: Vec<(Duration, bool)>,
    /// The BMC's ids of the sessions that were spoken in, in order.
    spoken_in: Vec<u32>,
    most_sessions: usize,
}

/// A profile of the simulated BMC's administrator, whose password is key 0.
pub fn profile() -> Profile {
    let name = UserName::new("admin").expect("the name is short");
    let mut profile = Profile::new(name, Some(KeyId(0)));
    profile.privilege = komainu_core::wire::command::Privilege::Administrator;
    profile
}

/// A network that takes one millisecond each way.
pub fn good_network() -> Faults {
    let way = Duration::from_millis(1);
    Faults { delay_min: way, delay_max: way, ..Faults::default() }
}

/// The moment in the core's words.
pub fn instant(now: Duration) -> Instant {
    Instant::from_micros(u64::try_from(now.as_micros()).expect("virtual time is short"))
}

fn moment(instant: Instant) -> Duration {
    Duration::from_micros(instant.as_micros())
}

/// The core's clock counts whole microseconds, and so does the world's.
fn whole(moment: Duration) -> Duration {
    Duration::from_micros(u64::try_from(moment.as_nanos().div_ceil(1000)).expect("it is short"))
}

impl World {
    /// A world at moment zero, with `passwords` as the keys 0, 1 and so on.
    pub fn new(
        config: BmcConfig,
        profile: Profile,
        passwords: &[&str],
        faults: Faults,
        seed: u64,
    ) -> Self {
        let key = |word: &&str| Key::new(word.as_bytes()).expect("the password is short");
        let mut drawn = komainu_sim::rng::Rng::new(seed);
        let mut bmc = Bmc::new(config, drawn.next_u64());
        let truth = vec![(Duration::ZERO, bmc.power(Duration::ZERO))];
        Self {
            bmc,
            net: Network::new(faults, drawn.next_u64()),
            session: Session::new(profile),
            now: Duration::ZERO,
            counters: Counters::default(),
            chance: Drbg::new(&Seed::new(drawn.bytes())),
            keys: passwords.iter().map(key).collect(),
            truth,
            spoken_in: Vec::new(),
            most_sessions: 0,
        }
    }

    /// A BMC and a profile that fit, on a [`good_network`].
    pub fn plain(config: BmcConfig, seed: u64) -> Self {
        Self::new(config, profile(), &["password"], good_network(), seed)
    }

    /// Now.
    pub fn now(&self) -> Duration {
        self.now
    }

    /// What the session dropped.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Hands a request in.
    pub fn submit(&mut self, request: Request, budget: Duration) -> Result<(), Busy> {
        self.session.submit(instant(self.now), request, budget)
    }

    /// Lets the world go on until something comes of a request, or until `until`.
    pub fn run(&mut self, until: Duration) -> Option<Event> {
        loop {
            if let Some(event) = self.settle() {
                return Some(event);
            }
            let session = self.session.deadline().map(moment);
            let next = [session, self.net.deadline(), self.bmc.deadline()];
            match next.into_iter().flatten().map(whole).min() {
                Some(next) if next <= until => self.now = self.now.max(next),
                _ => {
                    self.now = self.now.max(until);
                    return None;
                }
            }
        }
    }

    /// Hands a request in and waits for what comes of it.
    pub fn ask(&mut self, request: Request, budget: Duration) -> Event {
        self.submit(request, budget).expect("one request at a time");
        let end = self.now + budget;
        loop {
            match self.run(end) {
                Some(Event::Reading(_)) => {}
                Some(event) => return event,
                None => panic!("no answer and no failure within the budget of {budget:?}"),
            }
        }
    }

    /// Closes the session and waits until it is cold; whether that came within a minute.
    pub fn close(&mut self) -> bool {
        self.session.close();
        let end = self.now + Duration::from_secs(60);
        while self.run(end).is_some() {}
        self.session.is_cold()
    }

    /// Whether the server was off at some moment from `from` to `to`, whatever the BMC said.
    pub fn was_off(&self, from: Duration, to: Duration) -> bool {
        let ends = self.truth.iter().skip(1).map(|(at, _)| *at).chain([Duration::MAX]);
        self.truth.iter().zip(ends).any(|((at, on), end)| !on && *at <= to && end > from)
    }

    /// The BMC's ids of the sessions that were spoken in, in order.
    pub fn spoken_in(&self) -> &[u32] {
        &self.spoken_in
    }

    /// Most sessions that were up at the BMC at once.
    pub fn most_sessions(&self) -> usize {
        self.most_sessions
    }

    /// Does everything that is due now.
    fn settle(&mut self) -> Option<Event> {
        let now = self.now;
        loop {
            self.bmc.poll(now, &mut |to, bytes| self.net.send(now, BMC, to, bytes));
            self.witness();
            match self.net.deliver(now) {
                Some((from, to, bytes)) if to == BMC => {
                    let answer = &mut |to, bytes: &[u8]| self.net.send(now, BMC, to, bytes);
                    self.bmc.handle(now, from, &bytes, answer);
                    self.witness();
                }
                Some((_, _, mut bytes)) => {
                    if let Some(event) = self.hear(&mut bytes) {
                        return Some(event);
                    }
                }
                None => match self.drain() {
                    Some(event) => return Some(event),
                    // What was sent may have arrived already.
                    None if self.net.deadline().is_some_and(|at| at <= now) => {}
                    None => return None,
                },
            }
        }
    }

    /// Notes a change of the true power.
    fn witness(&mut self) {
        self.most_sessions = self.most_sessions.max(self.bmc.open_sessions());
        let on = self.bmc.power(self.now);
        if self.truth.last().is_none_or(|(_, was)| *was != on) {
            self.truth.push((self.now, on));
        }
    }

    fn hear(&mut self, bytes: &mut [u8]) -> Option<Event> {
        let (session, mut context) = self.parts();
        session.handle(&mut context, bytes).map(|heard| match heard {
            Heard::Answer(answer) => Event::Answer { code: answer.code, data: answer.data.into() },
            Heard::Reading(status) => Event::Reading(status),
        })
    }

    /// Polls the session until it has nothing more to do.
    fn drain(&mut self) -> Option<Event> {
        let mut out = [0; MAX_DATAGRAM];
        for _ in 0..MOST_EFFECTS {
            let (session, mut context) = self.parts();
            match session.poll(&mut context, &mut out) {
                Some(Effect::Transmit(len)) => {
                    one_after_the_other(&mut self.spoken_in, &out[..len]);
                    self.net.send(self.now, CONSOLE, BMC, &out[..len]);
                }
                Some(Effect::Failed(failure)) => return Some(Event::Failed(failure)),
                None => {
                    assert_eq!(session.poll(&mut context, &mut out), None, "it is not quiescent");
                    let due = self.session.deadline();
                    assert!(
                        due.is_none_or(|due| due > instant(self.now)),
                        "the session has nothing to do, but is due at {due:?}; now {:?}",
                        self.now
                    );
                    return None;
                }
            }
        }
        panic!("a drain of the session does not end at {:?}", self.now);
    }

    fn parts(&mut self) -> (&mut Session, Context<'_>) {
        let context = Context {
            now: instant(self.now),
            chance: &mut self.chance,
            keys: KeyRing::new(&self.keys),
            counters: &mut self.counters,
        };
        (&mut self.session, context)
    }
}

/// Once another session is spoken in, nothing more is said in the one before.
fn one_after_the_other(spoken_in: &mut Vec<u32>, datagram: &[u8]) {
    let id = match Packet::parse(datagram).expect("IPMI") {
        Packet::V15(packet) => packet.session,
        Packet::V20(packet) => packet.header.session,
    };
    if id != 0 && spoken_in.last() != Some(&id) {
        assert!(!spoken_in.contains(&id), "back in session {id:#x} of {spoken_in:x?}");
        spoken_in.push(id);
    }
}
