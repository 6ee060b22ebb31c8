//! UPSes of others: a network card, which is net-snmp's agent before a UPS of ours, and apcupsd.
//!
//! `./test snmp` sets `KOMAINU_SNMP=1` and brings the programs; without it all of this is
//! skipped. apcupsd conflicts with other packages and so is unpacked, not installed; where it is,
//! `KOMAINU_APCUPSD` says.

mod agent;
mod apcupsd;
mod ordering;
mod reading;
mod service;
mod traps;

use std::env;

use komainu_tests::suite::{self, AtOnce};
use libtest_mimic::{Failed, Trial};

/// A test: it fails by an error or by a panic.
type Case = fn() -> Result<(), Failed>;

fn main() {
    let cases = [reading::CASES, ordering::CASES, traps::CASES, service::CASES].concat();
    let mut trials: Vec<Trial> = cases.into_iter().map(|(name, case)| trial(name, case)).collect();
    trials.push(apcupsd::trial());
    let chosen = env::var_os("KOMAINU_SNMP").map(|_| trials);
    // Times are measured, and the agents share two processors with everything else.
    suite::run("snmp", "needs net-snmp: ./test snmp", AtOnce::Up(2), chosen);
}

fn trial(name: &'static str, case: Case) -> Trial {
    Trial::test(name, case)
}
