//! The package for Windows, and the services that it installs, under wine.
//!
//! The connector runs as a service of wine's; the members and the BMCs around it are those of the
//! failover tests, in network namespaces. What wine cannot show is in `docs/windows.md`.
//!
//! Needs root, for the namespaces. `./test wine` sets `KOMAINU_WINE` to the program to pack, and
//! `KOMAINU_WINE_TESTS` to the unit tests that run there, too; without them all is skipped.

mod cases;
mod package;
mod settings;
mod site;
mod snapshot;
mod wine;

use std::env;
use std::path::Path;

use komainu_tests::site::disk::work_if_asked;
use komainu_tests::suite::{self, AtOnce};

/// Names the program for Windows.
const PROGRAM: &str = "KOMAINU_WINE";
/// Names programs of unit tests, with colons between them.
const TESTS: &str = "KOMAINU_WINE_TESTS";

fn main() {
    work_if_asked();
    let trials = env::var_os(PROGRAM).map(|program| {
        let tests: Vec<_> = env::var_os(TESTS).iter().flat_map(env::split_paths).collect();
        cases::trials(Path::new(&program), &tests)
    });
    // There is one Windows, and each test leaves it as it was.
    suite::run("windows", "needs wine and namespaces: ./test wine", AtOnce::One, trials);
}
