//! Whatever arrives: no panic, no change of state, and the cause is counted.
//!
//! Inside a session whose packets carry codes this holds for every datagram but the true answer.
//! Before keys are agreed a forged datagram cannot always be told from a true one: a wrong session
//! id of the BMC looks as good as the right one. There the law is that the login, once true
//! answers come, still ends as it would have, and never with other keys.

mod attack;
mod bmc;
mod inside;
mod login;
mod random;

use komainu_core::suite::{Integrity, Suite};
use komainu_tests::recorded::{Auth, Kind, Plan, Vector, Walk, load_attempts};

/// A walk that stands in front of the datagram with that number.
fn walk_to(vector: &Vector, number: usize) -> Walk<'_> {
    let mut walk = Walk::new(vector, Plan::of(vector).expect("a plan"));
    while walk.peek().is_some_and(|next| !std::ptr::eq(next, &vector.datagrams[number])) {
        walk.step().expect("the walk as recorded");
    }
    walk
}

/// Whether every packet inside the session carries a code over all of it.
fn is_sealed(vector: &Vector) -> bool {
    if let Some(suite) = vector.case.suite.and_then(Suite::from_id) {
        return suite.integrity != Integrity::None;
    }
    let activated = vector.datagrams.iter().find(|d| !d.is_question() && d.kind == Kind::Activate);
    // 0 says that the packets that follow carry none.
    let coded = activated.is_some_and(|d| d.ipmi().data.get(1).is_some_and(|auth| *auth != 0));
    coded && matches!(vector.case.auth, Some(Auth::Md2 | Auth::Md5))
}

/// Those with a session that is sealed.
fn sealed() -> Vec<Vector> {
    let mut vectors = load_attempts();
    vectors.retain(|v| is_sealed(v) && v.datagrams.iter().any(|d| d.is_inside()));
    assert!(!vectors.is_empty(), "no exchange has a sealed session");
    vectors
}
