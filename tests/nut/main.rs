//! Komainu's NUT client against a real `upsd`, and its NUT server with real clients.
//!
//! `./test nut` installs the packages `nut-server`, `nut-client` and `libnss3-tools` and sets
//! `KOMAINU_NUT=1`; without it all of this is skipped. Needs root: NUT keeps pid files in
//! folders of the system.

mod driver;
mod fake;
mod liars;
mod misled;
mod monitor;
mod orders;
mod reading;
mod serving;
mod site;
mod tls;
mod trouble;
mod upsd;
mod watch;

use std::env;

use libtest_mimic::{Arguments, Completion, Trial};

/// A test by its name.
type Case = (&'static str, fn());

fn main() {
    let mut arguments = Arguments::from_args();
    // The peers mostly wait. One `upsmon` runs at a time: see there.
    arguments.test_threads.get_or_insert(4);
    let groups = [
        reading::CASES,
        fake::CASES,
        orders::CASES,
        tls::CASES,
        serving::CASES,
        site::CASES,
        trouble::CASES,
        liars::CASES,
        misled::CASES,
    ];
    let cases: Vec<Case> = groups.into_iter().flatten().copied().collect();
    let trials = if env::var_os("KOMAINU_NUT").is_some() {
        cases
            .into_iter()
            .map(|(name, case)| {
                Trial::test(name, move || {
                    case();
                    Ok(())
                })
            })
            .collect()
    } else {
        let why = format!("{} tests need NUT: ./test nut", cases.len());
        vec![Trial::ignorable_test("nut", move || Ok(Completion::ignored_with(why)))]
    };
    libtest_mimic::run(&arguments, trials).exit();
}
