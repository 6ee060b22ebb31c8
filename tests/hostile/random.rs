//! A million datagrams of chance, from a fixed seed.

use komainu_core::suite::{Authentication, Suite};
use komainu_sim::rng::Rng;
use komainu_tests::recorded::{Auth, Datagram, Plan, Vector, load_attempts};

use crate::attack::{is_same, random};
use crate::inside::must_not_matter;
use crate::login::end_of;
use crate::{sealed, walk_to};

const INSIDE: usize = 800_000;
const LOGINS: usize = 200_000;
/// So many in front of one answer.
const BATCH: usize = 500;
const SEED: u64 = 0x006b_6f6d_6169_6e75;

#[test]
fn inside_a_session_nothing_of_chance_is_taken() {
    let (vectors, mut rng, mut count) = (sealed(), Rng::new(SEED), 0);
    for vector in vectors.iter().cycle() {
        let good: Vec<&[u8]> = vector.datagrams.iter().map(|d| d.bytes.as_slice()).collect();
        let inside = |d: &Datagram| d.is_inside() && !d.is_question();
        let answers: Vec<_> = vector.datagrams.iter().filter(|d| inside(d)).collect();
        let Some(answer) = answers.get(rng.below(answers.len() as u64) as usize) else { continue };
        let number = vector.datagrams.iter().position(|d| std::ptr::eq(d, *answer));
        let mut walk = walk_to(vector, number.expect("it is in there"));
        for _ in 0..BATCH {
            let bytes = random(&mut rng, &good);
            // Chance may hit upon a true datagram.
            if !good.iter().any(|good| is_same(good, &bytes)) {
                must_not_matter(&mut walk, &bytes, "chance");
                count += 1;
            }
        }
        walk.finish().unwrap_or_else(|e| panic!("{}: {e:?}", vector.case.name));
        if count >= INSIDE {
            break;
        }
    }
}

/// Whether the BMC proves in the login that it knows the user's key.
fn has_proof(vector: &Vector) -> bool {
    let suite = vector.case.suite.and_then(Suite::from_id);
    let by_suite = suite.is_none_or(|suite| suite.authentication != Authentication::None);
    by_suite && !matches!(vector.case.auth, Some(Auth::None | Auth::Password))
}

#[test]
fn chance_does_not_end_a_login() {
    let (mut vectors, mut rng, mut count) = (load_attempts(), Rng::new(SEED + 1), 0);
    // Without codes only checksums tell, and chance gets past those.
    vectors.retain(has_proof);
    for vector in vectors.iter().cycle() {
        let answers = vector.datagrams.iter().enumerate();
        let answers: Vec<_> = answers.filter(|(_, d)| !d.is_question() && d.is_login()).collect();
        let Some((number, _)) = answers.get(rng.below(answers.len() as u64) as usize) else {
            continue;
        };
        let good: Vec<&[u8]> = answers.iter().map(|(_, d)| d.bytes.as_slice()).collect();
        let mut walk = walk_to(vector, *number);
        for _ in 0..BATCH {
            walk.inject(&random(&mut rng, &good));
        }
        let end = Plan::of(vector).expect("a plan").end;
        end_of(&mut walk, end)
            .unwrap_or_else(|what| panic!("{}, at {count}: {what}", vector.case.name));
        count += BATCH;
        if count >= LOGINS {
            break;
        }
    }
}
