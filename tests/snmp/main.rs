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

use libtest_mimic::{Arguments, Completion, Failed, Trial};

/// A test: it fails by an error or by a panic.
type Case = fn() -> Result<(), Failed>;

fn main() {
    let mut arguments = Arguments::from_args();
    // Times are measured, and the agents share two processors with everything else.
    arguments.test_threads.get_or_insert(2);
    let chosen = env::var_os("KOMAINU_SNMP").is_some();
    let cases = [reading::CASES, ordering::CASES, traps::CASES, service::CASES].concat();
    let mut trials: Vec<Trial> = cases.into_iter().map(|(name, case)| trial(name, case)).collect();
    trials.push(apcupsd::trial());
    if !chosen {
        let why = "needs net-snmp: ./test snmp";
        let ignored = move || Ok(Completion::ignored_with(why));
        trials = vec![Trial::ignorable_test("snmp", ignored)];
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn trial(name: &'static str, case: Case) -> Trial {
    Trial::test(name, case)
}
