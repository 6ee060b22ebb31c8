//! Komainu's NUT client against a real `upsd`, and its NUT server with real clients.
//!
//! `./test nut` installs the packages `nut-server`, `nut-client` and `libnss3-tools` and sets
//! `KOMAINU_NUT=1`; without it all of this is skipped. Needs root: NUT keeps pid files in
//! folders of the system.

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

use komainu_tests::suite::{self, AtOnce};
use libtest_mimic::Trial;

/// A test by its name.
type Case = (&'static str, fn());

fn main() {
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
    let trials = groups.into_iter().flatten().copied().map(trial).collect();
    let chosen = env::var_os("KOMAINU_NUT").map(|_| trials);
    // The peers mostly wait. One `upsmon` runs at a time: see there.
    suite::run("nut", "needs NUT: ./test nut", AtOnce::Up(4), chosen);
}

fn trial((name, case): Case) -> Trial {
    Trial::test(name, move || {
        case();
        Ok(())
    })
}
