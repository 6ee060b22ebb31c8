//! Bad input at the port of a running connector: counted, told once, and in nobody's way.
//!
//! The connector is the program as it is shipped, its BMCs are simulated, and the members are
//! written here, on the reset path's own sealing. `KOMAINU_FLOOD` sets how many forged datagrams a
//! second the flood has; default 20,000, which leaves a shared machine some air.

mod flood;
mod member;
mod site;
mod stories;

use komainu_tests::site::komainu;
use komainu_tests::suite::{self, AtOnce};

fn main() {
    let trials = komainu().map(|_| stories::trials());
    // The flood has a machine's processors for itself.
    suite::run("badinput", "needs the program: cargo build -p komainu", AtOnce::One, trials);
}
