//! Real members fail over through a real connector and BMCs that are not ours.
//!
//! Every host is a process tree in namespaces of its own, with a BMC of OpenIPMI that holds its
//! power; cables can be pulled. A program that is no part of Komainu writes to a disk that all
//! hosts share, and from the outside it is checked that two never wrote at once.
//!
//! Needs root, for the namespaces. `./test failover` sets `KOMAINU_FAILOVER=1`; without it all of
//! this is skipped.

mod cases;
mod settings;
mod site;

use std::env;

use komainu_tests::site::disk::work_if_asked;
use komainu_tests::suite::{self, AtOnce};

fn main() {
    work_if_asked();
    let trials = env::var_os("KOMAINU_FAILOVER").map(|_| cases::trials());
    // Each site has the processors for itself: what is measured is the time of a takeover.
    suite::run("failover", "needs namespaces and a BMC: ./test failover", AtOnce::One, trials);
}
