//! Real members fail over through a real connector and BMCs that are not ours.
//!
//! Every host is a process tree in namespaces of its own, with a BMC of OpenIPMI that holds its
//! power; cables can be pulled. A program that is no part of Komainu writes to a disk that all
//! hosts share, and from the outside it is checked that two never wrote at once.
//!
//! Needs root, for the namespaces. `./test failover` sets `KOMAINU_FAILOVER=1`; without it all of
//! this is skipped.

mod cases;
mod disk;
mod settings;
mod site;

use std::env;
use std::path::Path;

use libtest_mimic::{Arguments, Completion, Trial};

/// The argument that makes this program a worker: then the disk, then the host.
const WORKER: &str = "--worker";

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
    // Each site has the processors for itself: what is measured is the time of a takeover.
    arguments.test_threads = Some(1);
    let trials = if env::var_os("KOMAINU_FAILOVER").is_some() {
        cases::trials()
    } else {
        let why = "needs namespaces and a BMC: ./test failover";
        vec![Trial::ignorable_test("failover", move || Ok(Completion::ignored_with(why)))]
    };
    libtest_mimic::run(&arguments, trials).exit();
}
