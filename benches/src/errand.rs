//! One whole conversation with a BMC, as it is measured: log in, ask for the power, close.

use std::time::{Duration, Instant as Clock};

use komainu_core::counters::Counters;
use komainu_core::rng::{Drbg, Seed};
use komainu_core::secret::{Key, KeyId, KeyRing};
use komainu_core::session::{
    Context, Effect, Heard, Profile, Session, Standing as Progress, Suites, UserName, Version,
};
use komainu_core::time::Instant;
use komainu_core::wire::command::Request;
use komainu_core::wire::command::chassis::GetChassisStatus;

/// Who logs in; the simulated BMCs know this administrator.
const USER: &str = "admin";
const PASSWORD: &[u8] = b"password";

/// By when an errand has to be done.
const BUDGET: Duration = Duration::from_secs(10);

/// What sessions are lent: keys, chance, counters and a clock, one of each for all of them.
pub struct Lender {
    keys: [Key; 1],
    chance: Drbg,
    counters: Counters,
    started: Clock,
}

impl Lender {
    /// Chance follows from a fixed seed, so that every run does the same work.
    #[must_use]
    pub fn new() -> Self {
        let password = Key::new(PASSWORD).expect("the password fits");
        Self {
            keys: [password],
            chance: Drbg::new(&Seed::new([7; 32])),
            counters: Counters::default(),
            started: Clock::now(),
        }
    }

    /// The time since the start.
    #[must_use]
    pub fn now(&self) -> Instant {
        let micros = self.started.elapsed().as_micros();
        Instant::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }

    fn lend(&mut self, now: Instant) -> Context<'_> {
        let keys = KeyRing::new(&self.keys);
        Context { now, chance: &mut self.chance, keys, counters: &mut self.counters }
    }
}

impl Default for Lender {
    fn default() -> Self {
        Self::new()
    }
}

/// How an errand stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Send the first so many bytes of the buffer.
    Send(usize),
    /// Nothing to do before something arrives, or its wait is over.
    Wait,
    /// The session is closed; true when the power was told.
    Over(bool),
}

/// The conversation.
pub struct Errand {
    session: Session,
    answered: bool,
}

impl Errand {
    /// To log in with this cipher suite, as the peers do: version 2.0 without asking first.
    ///
    /// # Panics
    /// When there is no such suite.
    #[must_use]
    pub fn new(suite: u8, now: Instant) -> Self {
        let user = UserName::new(USER).expect("the name fits");
        let mut profile = Profile::new(user, Some(KeyId(0)));
        profile.version = Version::V20;
        profile.suites = Suites::new(&[suite]).expect("a suite that is spoken");
        let mut session = Session::new(profile);
        let request = Request::of(&GetChassisStatus).expect("the request fits");
        session.submit(now, request, BUDGET).expect("a new session is not busy");
        Self { session, answered: false }
    }

    /// What to do now; a datagram is written to the start of `out`.
    pub fn poll(&mut self, lender: &mut Lender, now: Instant, out: &mut [u8]) -> Standing {
        match self.session.poll(&mut lender.lend(now), out) {
            Some(Effect::Transmit(len)) => Standing::Send(len),
            Some(Effect::Failed(_)) => Standing::Over(false),
            None if self.answered && self.session.is_cold() => Standing::Over(true),
            None => Standing::Wait,
        }
    }

    /// Takes a datagram from the BMC.
    pub fn handle(&mut self, lender: &mut Lender, now: Instant, datagram: &mut [u8]) {
        let heard = self.session.handle(&mut lender.lend(now), datagram);
        if let Some(Heard::Answer(answer)) = heard
            && answer.code.is_success()
        {
            self.answered = true;
            self.session.close();
        }
    }

    /// Whether a session is up.
    #[must_use]
    pub fn is_logged_in(&self) -> bool {
        matches!(self.session.snapshot().standing, Progress::Warm | Progress::Closing)
    }

    /// Whether the power was told.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.answered
    }
}
