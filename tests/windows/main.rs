//! The package for Windows, and the services that it installs, under wine.
//!
//! The connector runs as a service of wine's; the members and the BMCs around it are those of the
//! failover tests, in network namespaces. What wine cannot show is in `docs/windows.md`.
//!
//! Needs root, for the namespaces. `./test wine` sets `KOMAINU_WINE` to the program to pack, and
//! `KOMAINU_WINE_TESTS` to the unit tests that run there, too; without them all is skipped.

mod cases;
#[path = "../failover/disk.rs"]
mod disk;
mod package;
mod settings;
mod site;
mod snapshot;
mod wine;

use std::env;
use std::path::Path;

use libtest_mimic::{Arguments, Completion, Trial};

/// The argument that makes this program a worker: then the disk, then the host.
const WORKER: &str = "--worker";
/// Names the program for Windows.
const PROGRAM: &str = "KOMAINU_WINE";
/// Names programs of unit tests, with colons between them.
const TESTS: &str = "KOMAINU_WINE_TESTS";

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    if let [worker, disk, host] = words.as_slice()
        && worker == WORKER
    {
        let error = disk::work(Path::new(disk), host);
        eprintln!("the worker ended: {error:?}");
        std::process::exit(1);
    }
    let mut arguments = Arguments::from_args();
    // There is one Windows, and each test leaves it as it was.
    arguments.test_threads = Some(1);
    let trials = match env::var_os(PROGRAM) {
        Some(program) => {
            let tests: Vec<_> = env::var_os(TESTS).iter().flat_map(env::split_paths).collect();
            cases::trials(Path::new(&program), &tests)
        }
        None => {
            let why = "needs wine and namespaces: ./test wine";
            vec![Trial::ignorable_test("windows", move || Ok(Completion::ignored_with(why)))]
        }
    };
    libtest_mimic::run(&arguments, trials).exit();
}
