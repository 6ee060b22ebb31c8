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

use komainu_tests::suite::{self, AtOnce};

fn main() {
    let trials = env::var_os("KOMAINU_OUTAGE").map(|_| cases::trials());
    let needs = "needs namespaces, BMCs and UPSes: ./test outage";
    // A site mostly waits.
    suite::run("outage", needs, AtOnce::Up(4), trials);
}
