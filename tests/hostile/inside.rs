//! Inside a sealed session: every prefix, every flipped bit and every replay.

use std::collections::BTreeSet;

use komainu_tests::recorded::{Datagram, Vector, Walk, load_attempts};

use crate::attack::{flips, prefixes};
use crate::sealed;

/// Hands the session a datagram that it must not take, at a moment when it waits for an answer.
pub(crate) fn must_not_matter(walk: &mut Walk<'_>, bytes: &[u8], what: &str) {
    let before = (walk.snapshot(), walk.deadline(), walk.reached());
    let counted = walk.counters.total();
    let taken = walk.inject(bytes);
    let after = (walk.snapshot(), walk.deadline(), walk.reached());
    assert!(!taken && before == after, "{what} was taken: {bytes:02x?}");
    assert_eq!(walk.counters.total(), counted + 1, "{what} is not counted: {bytes:02x?}");
}

/// Walks through, and at every answer inside the session lets `attack` do its worst first.
fn under_attack(vector: &Vector, mut attack: impl FnMut(&mut Walk<'_>, &Datagram)) {
    let plan = komainu_tests::recorded::Plan::of(vector).expect("a plan");
    let mut walk = Walk::new(vector, plan);
    while let Some(next) = walk.peek() {
        if next.is_inside() && !next.is_question() {
            attack(&mut walk, next);
        }
        let name = &vector.case.name;
        walk.step().unwrap_or_else(|e| panic!("{name}: {e:?}"));
    }
}

#[test]
fn no_prefix_and_no_flipped_bit_of_an_answer_is_taken() {
    let mut count = 0;
    for vector in sealed() {
        under_attack(&vector, |walk, answer| {
            for bytes in prefixes(&answer.bytes) {
                must_not_matter(walk, &bytes, "a prefix");
                count += 1;
            }
            for bytes in flips(&answer.bytes) {
                must_not_matter(walk, &bytes, "a flipped bit");
                count += 1;
            }
        });
    }
    println!("{count} prefixes and flipped bits");
    assert!(count > 0);
}

#[test]
fn nothing_that_was_said_before_is_taken_again() {
    let mut count = 0;
    for vector in sealed() {
        let mut earlier = Vec::new();
        under_attack(&vector, |walk, answer| {
            let passed = vector.datagrams.iter().take_while(|other| !std::ptr::eq(*other, answer));
            earlier.clear();
            earlier.extend(passed);
            for datagram in &earlier {
                must_not_matter(walk, &datagram.bytes, "a replay");
                count += 1;
            }
        });
    }
    println!("{count} replays");
    assert!(count > 0);
}

#[test]
fn nothing_from_another_session_is_taken() {
    let all = load_attempts();
    let mut count = 0;
    for vector in sealed() {
        let own: BTreeSet<&[u8]> = vector.datagrams.iter().map(|d| d.bytes.as_slice()).collect();
        let others = all.iter().flat_map(|other| &other.datagrams).map(|d| d.bytes.as_slice());
        let others: BTreeSet<&[u8]> = others.filter(|bytes| !own.contains(bytes)).collect();
        under_attack(&vector, |walk, _| {
            for bytes in &others {
                must_not_matter(walk, bytes, "a datagram of another session");
                count += 1;
            }
        });
    }
    println!("{count} datagrams of other sessions");
    assert!(count > 0);
}
