//! The package for Windows, and the services that it installs, under wine.
//!
//! The connector runs as a service of wine's; the members and the BMCs around it are those of the
//! failover tests, in network namespaces. What wine cannot show is in `docs/windows.md`.
//!
//! Needs root, for the namespaces. `./test wine` sets `KOMAINU_WINE` to the program to pack;
//! without it all of this is skipped.

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
        Some(program) => cases::trials(Path::new(&program)),
        None => {
            let why = "needs wine and namespaces: ./test wine";
            vec![Trial::ignorable_test("windows", move || Ok(Completion::ignored_with(why)))]
        }
    };
    libtest_mimic::run(&arguments, trials).exit();
}
