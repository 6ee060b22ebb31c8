//! A real Pacemaker fences its nodes through `fence_komainu`, a connector and BMCs that are not
//! ours.
//!
//! Pacemaker and Corosync are the distribution's, on hosts of `komainu_tests::site`.
//!
//! Needs root, for the namespaces. `./test pacemaker` sets `KOMAINU_PACEMAKER=1`; without it all
//! of this is skipped.

mod cases;
mod cluster;
mod log;
mod settings;

use std::env;

use libtest_mimic::{Arguments, Completion, Trial};

fn main() {
    let mut arguments = Arguments::from_args();
    // Each cluster has the processors for itself: what is measured is the time of a fencing.
    arguments.test_threads = Some(1);
    let trials = if env::var_os("KOMAINU_PACEMAKER").is_some() {
        cases::trials()
    } else {
        let why = "needs namespaces, Pacemaker and a BMC: ./test pacemaker";
        vec![Trial::ignorable_test("pacemaker", move || Ok(Completion::ignored_with(why)))]
    };
    libtest_mimic::run(&arguments, trials).exit();
}
