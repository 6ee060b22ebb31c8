//! Komainu beside BMCs and clients that are not ours.
//!
//! `./test interop` installs the peers and sets `KOMAINU_INTEROP=1`; without it all of this is
//! skipped. A test whose peer is missing is skipped by name, and fails when `CI=true`.

mod commands;
mod fencing;
mod fixtures;
mod harness;
mod ours;
mod refused;
mod served;

use std::env;

use harness::Case;
use libtest_mimic::{Arguments, Completion, Trial};

/// The peers mostly wait for one another, so more run at once than there are processors.
const THREADS: usize = 8;

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    let groups = [
        fixtures::cases(),
        served::cases(),
        refused::cases(),
        commands::cases(),
        fencing::cases(),
        ours::cases(),
    ];
    let cases = groups.into_iter().flatten();
    let trials = if env::var_os("KOMAINU_INTEROP").is_some() {
        cases.map(Case::trial).collect()
    } else {
        vec![skipped(cases.count())]
    };
    libtest_mimic::run(&arguments, trials).exit();
}

/// One line for all of them.
fn skipped(count: usize) -> Trial {
    Trial::ignorable_test("interop", move || {
        Ok(Completion::ignored_with(format!("{count} tests need the peers: ./test interop")))
    })
}
