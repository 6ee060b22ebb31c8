//! Before keys are agreed: a forged datagram may cost time, but not the login.

use std::collections::BTreeSet;

use komainu_tests::recorded::{Datagram, End, Plan, Standstill, Vector, Walk, load_attempts};

use crate::attack::{flips, prefixes};
use crate::walk_to;

/// Goes on to the end, with the true answers.
pub(crate) fn end_of(walk: &mut Walk<'_>, end: End) -> Result<(), String> {
    let mut went = walk.finish().map(drop);
    if !matches!((&went, end), (Ok(()), End::Session { .. } | End::NoLogin)) {
        went = walk.recover();
        if went.is_ok() {
            went = walk.finish().map(drop);
        }
    }
    match (went, end) {
        (Ok(()), End::NoLogin) => Ok(()),
        (Ok(()), End::Session { answers, closed }) if walk.reached() == (answers, closed) => Ok(()),
        (Err(Standstill::Failed(failure)), End::Refused(want)) if failure == want => Ok(()),
        (went, end) => Err(format!("{went:?}, reached {:?}, not {end:?}", walk.reached())),
    }
}

/// Puts each datagram of `attacks` in front of every answer of the login, one to a walk.
fn attack(vector: &Vector, attacks: impl Fn(usize, &Datagram) -> Vec<Vec<u8>>) -> usize {
    let (mut count, end) = (0, Plan::of(vector).expect("a plan").end);
    for (number, answer) in vector.datagrams.iter().enumerate() {
        let mut walk = walk_to(vector, number);
        if answer.is_question() || !answer.is_login() || walk.peek().is_none() {
            continue;
        }
        for bytes in attacks(number, answer) {
            count += 1;
            let before = (walk.snapshot(), walk.deadline(), walk.counters.total() + 1);
            walk.inject(&bytes);
            if (walk.snapshot(), walk.deadline(), walk.counters.total()) == before {
                // It was counted and nothing has changed, so the walk serves for the next one.
                continue;
            }
            end_of(&mut walk, end).unwrap_or_else(|what| {
                panic!("{}, before line {}: {bytes:02x?}\n{what}", vector.case.name, number + 2)
            });
            walk = walk_to(vector, number);
        }
        end_of(&mut walk, end).unwrap_or_else(|what| panic!("{}: {what}", vector.case.name));
    }
    count
}

#[test]
fn prefixes_and_flipped_bits_of_answers_do_not_end_a_login() {
    let mut count = 0;
    for vector in load_attempts() {
        count += attack(&vector, |_, answer| {
            prefixes(&answer.bytes).chain(flips(&answer.bytes)).collect()
        });
    }
    println!("{count} prefixes and flipped bits");
    assert!(count > 0);
}

#[test]
fn replays_and_other_logins_do_not_end_a_login() {
    let all = load_attempts();
    let answers = all.iter().flat_map(|vector| &vector.datagrams).filter(|d| d.is_login());
    let answers: BTreeSet<&[u8]> = answers.map(|d| d.bytes.as_slice()).collect();
    let mut count = 0;
    for vector in &all {
        count += attack(vector, |number, answer| {
            let own = vector.datagrams[..number].iter().map(|d| d.bytes.clone());
            let others = answers.iter().filter(|bytes| **bytes != answer.bytes);
            own.chain(others.map(|bytes| bytes.to_vec())).collect()
        });
    }
    println!("{count} replays and datagrams of other logins");
    assert!(count > 0);
}
