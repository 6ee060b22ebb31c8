//! Komainu beside BMCs and clients that are not ours.
//!
//! `./test interop` installs the peers and sets `KOMAINU_INTEROP=1`; without it every test is
//! listed as skipped. A test whose peer is missing is skipped by name, and fails when `CI=true`.

mod commands;
mod fencing;
mod fixtures;
mod harness;
mod refused;
mod served;

use harness::Case;
use libtest_mimic::Arguments;

/// The peers mostly wait for one another, so more run at once than there are processors.
const THREADS: usize = 8;

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    let groups =
        [fixtures::cases(), served::cases(), refused::cases(), commands::cases(), fencing::cases()];
    let trials = groups.into_iter().flatten().map(Case::trial).collect();
    libtest_mimic::run(&arguments, trials).exit();
}
