//! Questions and answers, and what is not answered.

extern crate std;

use std::net::SocketAddr;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::block::ApplianceSite;
use crate::block::tests::{RESTORED, by_value, identity, seed};
use crate::rng::Seed;
use crate::secret::Secret;
use crate::time::Instant;

fn at(seconds: u64) -> Instant {
    Instant::from_micros(seconds * 1_000_000)
}

fn from(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], port))
}

struct Counter {
    desk: Desk,
    site: ApplianceSite,
}

impl Counter {
    fn new() -> Self {
        let site = ApplianceSite::new(by_value(), &seed(), RESTORED, at(0));
        Self { desk: Desk::new(&key(5)), site }
    }

    fn answer(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) -> Option<Vec<u8>> {
        let identity = identity();
        let introduction = Introduction { identity: &identity, release: "1.2.3", started: at(0) };
        let mut out = [0; MAX_INQUIRY];
        let Self { desk, site } = self;
        let len = desk.answer(now, site, &introduction, from, datagram, &mut out)?;
        assert!(len <= datagram.len(), "{len} bytes for {}", datagram.len());
        Some(out[..len].to_vec())
    }
}

fn key(byte: u8) -> Secret<32> {
    Secret::from([byte; 32])
}

fn question(asker: &Asker) -> Vec<u8> {
    let mut out = [0; MAX_INQUIRY];
    asker.question(&mut out).unwrap();
    out.to_vec()
}

#[test]
fn everything_is_told_in_a_few_answers() {
    let mut counter = Counter::new();
    let mut asker = Asker::new(&key(5), &Seed::new([1; 32]));
    let mut items = Vec::new();
    let mut rounds = 0;
    loop {
        let answer = counter.answer(at(2), from(9), &question(&asker)).unwrap();
        rounds += 1;
        match asker.handle(&answer, |item| items.push(item)) {
            Progress::More => {}
            Progress::All => break,
            Progress::Stray => panic!("a stray answer"),
        }
    }
    assert_eq!(rounds, 2, "a cookie, and one answer");
    let kinds: Vec<_> = items
        .iter()
        .map(|item| match item {
            Item::Itself(_) => 'i',
            Item::Cluster(_) => 'c',
            Item::Server(_) => 's',
            Item::Power(_) => 'p',
            Item::Ups(_) => 'u',
            Item::Planned(_) => 'l',
        })
        .collect();
    assert_eq!(kinds, ['i', 'c', 's', 's', 'c', 's', 's', 'p', 'u', 'l']);
    let Item::Itself(own) = &items[0] else { panic!("{items:?}") };
    assert_eq!((own.name.as_str(), own.release.as_str(), own.up_ms), ("guard", "1.2.3", 2000));
    let Item::Server(server) = &items[2] else { panic!("{items:?}") };
    assert_eq!(server.bmc_address, Some(SocketAddr::from(([10, 1, 0, 2], 623))));
}

#[test]
fn a_short_question_has_short_answers() {
    let mut counter = Counter::new();
    let asker = Asker::new(&key(5), &Seed::new([1; 32]));
    let mut short = question(&asker)[..MIN_INQUIRY - TAG_LEN].to_vec();
    let mac = HmacKey::new(crate::crypto::Hash::Sha256, &[5; 32]);
    short.extend(mac.code(&[&short]).truncated(TAG_LEN));
    // The helper holds that no answer is longer.
    assert!(counter.answer(at(2), from(9), &short).is_some());
    assert!(counter.answer(at(2), from(9), &short[..MIN_INQUIRY - 1]).is_none());
}

#[test]
fn who_has_no_key_is_not_answered() {
    let mut counter = Counter::new();
    let stranger = Asker::new(&key(6), &Seed::new([1; 32]));
    assert!(counter.answer(at(2), from(9), &question(&stranger)).is_none());
    assert!(counter.answer(at(2), from(9), b"hello").is_none());
    assert_eq!(counter.desk.dropped(), 2);
}

#[test]
fn a_captured_question_is_worth_nothing_later_or_elsewhere() {
    let mut counter = Counter::new();
    let mut asker = Asker::new(&key(5), &Seed::new([1; 32]));
    let cookie = counter.answer(at(2), from(9), &question(&asker)).unwrap();
    assert_eq!(asker.handle(&cookie, |_| panic!("no item without a cookie")), Progress::More);
    let good = question(&asker);
    let tells = |answer: Option<Vec<u8>>| answer.is_some_and(|answer| answer[5] == 2);
    assert!(tells(counter.answer(at(3), from(9), &good)));
    assert!(!tells(counter.answer(at(3), from(10), &good)), "from another port");
    assert!(!tells(counter.answer(at(60), from(9), &good)), "a minute later");
}

#[test]
fn an_answer_is_to_the_question_that_stands() {
    let mut counter = Counter::new();
    let mut asker = Asker::new(&key(5), &Seed::new([1; 32]));
    let first = counter.answer(at(2), from(9), &question(&asker)).unwrap();
    assert_eq!(asker.handle(&first, |_| {}), Progress::More);
    assert_eq!(asker.handle(&first, |_| {}), Progress::Stray, "again");
    let second = counter.answer(at(2), from(9), &question(&asker)).unwrap();
    for at in 0..second.len() {
        let mut forged = second.clone();
        forged[at] ^= 1;
        assert_eq!(asker.handle(&forged, |_| panic!("forged")), Progress::Stray, "{at}");
    }
    // A question is no answer.
    let own = question(&asker);
    assert_eq!(asker.handle(&own, |_| {}), Progress::Stray);
}

proptest! {
    #[test]
    fn any_bytes_are_taken(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Counter::new().answer(at(1), from(1), &bytes).is_none());
        let mut rest = &bytes[..];
        while let Some((_, behind)) = Item::parse(rest) {
            rest = behind;
        }
    }

    /// What is understood of any bytes is what would be written.
    #[test]
    fn what_is_understood_comes_back(
        kind in 1_u8..7,
        body in prop::collection::vec(any::<u8>(), 0..255),
    ) {
        let mut bytes = std::vec![kind, body.len() as u8];
        bytes.extend(body);
        if let Some((Some(item), _)) = Item::parse(&bytes) {
            let mut room = [0; 300];
            let mut out = Writer::new(&mut room);
            item.emit(0, &mut out).unwrap();
            prop_assert_eq!(Item::parse(out.written()), Some((Some(item), &[][..])));
        }
    }
}
