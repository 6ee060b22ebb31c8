//! Komainu beside BMCs and clients that are not ours.
//!
//! `./test interop` installs the peers and sets `KOMAINU_INTEROP=1`; without it all of this is
//! skipped. A test whose peer is missing is skipped by name, and fails when `CI=true`.

mod commands;
mod fencing;
mod fixtures;
mod harness;
mod ours;
mod refused;
mod served;

use std::env;

use harness::Case;
use komainu_tests::suite::{self, AtOnce};

fn main() {
    let groups = [
        fixtures::cases(),
        served::cases(),
        refused::cases(),
        commands::cases(),
        fencing::cases(),
        ours::cases(),
    ];
    let trials = groups.into_iter().flatten().map(Case::trial).collect();
    let chosen = env::var_os("KOMAINU_INTEROP").map(|_| trials);
    // The peers mostly wait for one another, so more run at once than there are processors.
    suite::run("interop", "needs the peers: ./test interop", AtOnce::Up(8), chosen);
}
