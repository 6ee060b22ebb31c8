//! The appliance's real image, in an emulator, among real members and BMCs that are not ours.
//!
//! `./test appliance` builds the images, also the one that plays recordings, and names the folder
//! of what is built in `KOMAINU_APPLIANCE`; without that all of this is skipped. Needs root, for
//! the namespaces.

mod board;
mod cuts;
#[path = "../failover/disk.rs"]
mod disk;
mod figures;
mod image;
mod lease;
mod plans;
mod replay;
mod settings;
mod site;
mod stories;
mod wipe;

use std::env;
use std::path::Path;

use libtest_mimic::{Arguments, Completion, Trial};

/// The argument that makes this program a worker: then the disk, then the host.
const WORKER: &str = "--worker";

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    if let [worker, disk, host] = words.as_slice()
        && worker == WORKER
    {
        let error = disk::work(Path::new(disk), host);
        eprintln!("the worker ended: {error:?}");
        std::process::exit(1);
    }
    let mut arguments = Arguments::from_args();
    // Each site has the processors for itself: it runs a processor of its own.
    arguments.test_threads = Some(1);
    let trials = match env::var_os("KOMAINU_APPLIANCE") {
        Some(folder) => trials(Path::new(&folder)),
        None => {
            let why = "needs namespaces, an emulator and an image: ./test appliance";
            vec![Trial::ignorable_test("appliance", move || Ok(Completion::ignored_with(why)))]
        }
    };
    libtest_mimic::run(&arguments, trials).exit();
}

/// Everything, with the images in that folder.
fn trials(folder: &Path) -> Vec<Trial> {
    let replay = folder.join("thumbv7em-none-eabihf/release/komainu-replay");
    let mut trials = stories::trials(folder);
    let name = "recorded runs give the same actions on the board, byte for byte";
    trials.push(Trial::test(name, move || replay::runs(&replay)));
    trials
}
