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

use komainu_tests::suite::{self, AtOnce};

fn main() {
    let trials = env::var_os("KOMAINU_PACEMAKER").map(|_| cases::trials());
    let needs = "needs namespaces, Pacemaker and a BMC: ./test pacemaker";
    // Each cluster has the processors for itself: what is measured is the time of a fencing.
    suite::run("pacemaker", needs, AtOnce::One, trials);
}
