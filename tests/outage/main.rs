//! Mains fail, and come back: real members, services and guests go down in order and come up
//! again, driven by a real connector through UPSes behind NUT and net-snmp and BMCs of OpenIPMI.
//!
//! Every host is a process tree in namespaces of its own, and one has guests under QEMU. What
//! happened is judged from outside: by what the scripts of the site wrote down, by the power of the
//! process trees, by what BMCs and UPSes were ordered, and by how libvirt shows its guests.
//!
//! Needs root, for the namespaces. `./test outage` sets `KOMAINU_OUTAGE=1`; without it all of this
//! is skipped. `KOMAINU_GUEST_IMAGE` says where the kernel of a guest is (`tests/guests`).

mod cases;
mod everybody;
mod libvirt;
mod phases;
mod printer;
mod settings;
mod site;
mod supply;

use std::env;

use libtest_mimic::{Arguments, Completion, Trial};

fn main() {
    let mut arguments = Arguments::from_args();
    // A site mostly waits.
    arguments.test_threads.get_or_insert(4);
    let trials = if env::var_os("KOMAINU_OUTAGE").is_some() {
        cases::trials()
    } else {
        let why = "needs namespaces, BMCs and UPSes: ./test outage";
        vec![Trial::ignorable_test("outage", move || Ok(Completion::ignored_with(why)))]
    };
    libtest_mimic::run(&arguments, trials).exit();
}
