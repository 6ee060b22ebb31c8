//! The appliance's real image, in an emulator, among real members and BMCs that are not ours.
//!
//! `./test appliance` builds the images, also the one that plays recordings, and names the folder
//! of what is built in `KOMAINU_APPLIANCE`; without that all of this is skipped. Needs root, for
//! the namespaces.

mod board;
mod cuts;
mod figures;
mod image;
mod lease;
mod orders;
mod plans;
mod replay;
mod settings;
mod site;
mod stories;
mod wipe;

use std::env;
use std::path::Path;

use komainu_tests::site::disk::work_if_asked;
use komainu_tests::suite::{self, AtOnce};
use libtest_mimic::Trial;

fn main() {
    work_if_asked();
    let trials = env::var_os("KOMAINU_APPLIANCE").map(|folder| trials(Path::new(&folder)));
    let needs = "needs namespaces, an emulator and an image: ./test appliance";
    // Each site has the processors for itself: it runs a processor of its own.
    suite::run("appliance", needs, AtOnce::One, trials);
}

/// Everything, with the images in that folder.
fn trials(folder: &Path) -> Vec<Trial> {
    let replay = folder.join("thumbv7em-none-eabihf/release/komainu-replay");
    let mut trials = stories::trials(folder);
    let name = "recorded runs give the same actions on the board, byte for byte";
    trials.push(Trial::test(name, move || replay::runs(&replay)));
    trials
}
