//! Every transition of a session, against a BMC that does as it is told.
//!
//! The codes and keys of both sides are this crate's own: the recorded exchanges prove those.

extern crate std;

mod fake;
mod login;
mod once;
mod warm;

use core::time::Duration;
use std::vec::Vec;

use fake::Fake;

use super::*;
use crate::limits::MAX_DATAGRAM;
use crate::rng::{Drbg, Seed};
use crate::secret::{Key, KeyId};
use crate::types::ChassisAction;
use crate::wire::command::chassis::{ChassisControl, GetChassisStatus};
use crate::wire::command::device::GetDeviceId;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// How long a datagram takes, each way.
const WAY: Duration = ms(1);
const BUDGET: Duration = Duration::from_secs(20);

/// What a session said, with the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Answer(CompletionCode, Vec<u8>),
    Reading(ChassisStatus),
    Failed(Failure),
}

/// A session and its clock. Every drain is held to the contract.
struct Bench {
    session: Session,
    now: Instant,
    chance: Drbg,
    keys: Vec<Key>,
    counters: Counters,
    said: Vec<(Instant, Said)>,
    /// Every datagram that was sent, with its moment.
    sent: Vec<(Instant, Vec<u8>)>,
    /// Those that are still to reach the BMC of [`Bench::run`].
    under_way: Vec<Vec<u8>>,
}

fn profile() -> Profile {
    let mut profile = Profile::new(UserName::new("admin").unwrap(), Some(KeyId(0)));
    profile.version = Version::V20;
    profile.privilege = crate::wire::command::Privilege::Administrator;
    profile
}

fn keys() -> Vec<Key> {
    ["password", "wrong", "a key of the BMC"].map(|key| Key::new(key.as_bytes()).unwrap()).into()
}

fn status() -> Request {
    Request::of(&GetChassisStatus).unwrap()
}

fn control(action: ChassisAction) -> Request {
    Request::of(&ChassisControl(action)).unwrap()
}

impl Bench {
    fn new(profile: Profile) -> Self {
        Self {
            session: Session::new(profile),
            now: Instant::from_micros(1_000_000_000),
            chance: Drbg::new(&Seed::new([7; 32])),
            keys: keys(),
            counters: Counters::default(),
            said: Vec::new(),
            sent: Vec::new(),
            under_way: Vec::new(),
        }
    }

    fn submit(&mut self, request: Request) {
        self.session.submit(self.now, request, BUDGET).unwrap();
    }

    /// Polls until there is nothing more to do; what is to be sent.
    fn drain(&mut self) -> Vec<Vec<u8>> {
        let (mut out, mut drained) = ([0; MAX_DATAGRAM], Vec::new());
        let mut cx = Context {
            now: self.now,
            chance: &mut self.chance,
            keys: KeyRing::new(&self.keys),
            counters: &mut self.counters,
        };
        while let Some(effect) = self.session.poll(&mut cx, &mut out) {
            match effect {
                Effect::Transmit(len) => {
                    drained.push(out[..len].to_vec());
                    self.sent.push((self.now, out[..len].to_vec()));
                }
                Effect::Failed(failure) => self.said.push((self.now, Said::Failed(failure))),
            }
            assert!(drained.len() < 8, "a drain ends");
        }
        assert_eq!(self.session.poll(&mut cx, &mut out), None, "quiescent");
        assert!(self.session.deadline().is_none_or(|at| at > self.now), "nothing is overdue");
        drained
    }

    fn hear(&mut self, datagram: &[u8]) {
        let mut bytes = datagram.to_vec();
        let mut cx = Context {
            now: self.now,
            chance: &mut self.chance,
            keys: KeyRing::new(&self.keys),
            counters: &mut self.counters,
        };
        let said = match self.session.handle(&mut cx, &mut bytes) {
            Some(Heard::Answer(Answer { code, data })) => Said::Answer(code, data.to_vec()),
            Some(Heard::Reading(status)) => Said::Reading(status),
            None => return,
        };
        self.said.push((self.now, said));
    }

    /// Lets time pass until the session wants to be polled, then drains it. Nothing is answered.
    fn wait(&mut self) -> Vec<Vec<u8>> {
        self.now = self.session.deadline().expect("something is to come");
        self.drain()
    }

    /// Lets `bmc` answer everything until `end`, or until the session has said something.
    fn run(&mut self, bmc: &mut Fake, end: Instant) -> Option<Said> {
        let before = self.said.len();
        loop {
            let drained = self.drain();
            self.under_way.extend(drained);
            if self.said.len() > before {
                return Some(self.said[before].1.clone());
            }
            if self.under_way.is_empty() {
                match self.session.deadline() {
                    Some(deadline) if deadline <= end => self.now = deadline,
                    _ => {
                        self.now = end;
                        return None;
                    }
                }
                continue;
            }
            self.now = self.now + WAY + WAY;
            for datagram in core::mem::take(&mut self.under_way) {
                if let Some(answer) = bmc.answer(&datagram) {
                    self.hear(&answer);
                }
            }
        }
    }

    /// Puts a request and runs until something comes of it.
    fn ask(&mut self, bmc: &mut Fake, request: Request) -> Said {
        self.submit(request);
        loop {
            match self.run(bmc, self.now + BUDGET + WAY) {
                Some(Said::Reading(_)) => {}
                said => return said.expect("a request ends"),
            }
        }
    }

    fn is_warm(&self) -> bool {
        self.session.snapshot().standing == Standing::Warm
    }

    /// The pauses between the last datagrams sent, in milliseconds.
    fn pauses(&self) -> Vec<u128> {
        let ats = self.sent.iter().map(|(at, _)| *at);
        ats.clone().zip(ats.skip(1)).map(|(a, b)| b.since(a).as_millis()).collect()
    }
}

fn is_success(said: &Said) -> bool {
    matches!(said, Said::Answer(CompletionCode::SUCCESS, _))
}

#[test]
fn the_same_seed_and_answers_give_the_same_datagrams() {
    let run = || {
        let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
        bench.ask(&mut bmc, status());
        bench.ask(&mut bmc, control(ChassisAction::Off));
        bench.ask(&mut bmc, control(ChassisAction::On));
        bench.session.close();
        bench.run(&mut bmc, bench.now + BUDGET);
        bench.sent
    };
    assert_eq!(run(), run());
}

#[test]
fn one_request_at_a_time() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    bench.submit(status());
    assert_eq!(bench.session.submit(bench.now, status(), BUDGET), Err(Busy));
    assert!(is_success(&bench.run(&mut bmc, bench.now + BUDGET).unwrap()));
    assert_eq!(bench.session.submit(bench.now, status(), BUDGET), Ok(()));
}

#[test]
fn the_level_is_raised_only_as_far_as_a_request_wants() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    bench.ask(&mut bmc, Request::of(&GetDeviceId).unwrap());
    assert_eq!(bmc.commands(), [fake::DEVICE_ID]);
    bench.ask(&mut bmc, control(ChassisAction::Reset));
    assert_eq!(bmc.commands(), [fake::DEVICE_ID, fake::RAISE, fake::CONTROL]);
    assert_eq!(bmc.log[1].data, [3], "Operator, though more is allowed");
}
