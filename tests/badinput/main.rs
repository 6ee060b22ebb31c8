//! Bad input at the port of a running connector: counted, told once, and in nobody's way.
//!
//! The connector is the program as it is shipped, its BMCs are simulated, and the members are
//! written here, on the reset path's own sealing. `KOMAINU_FLOOD` sets how many forged datagrams a
//! second the flood has; default 20,000, which leaves a shared machine some air.

mod flood;
mod member;
mod site;
mod stories;

use std::path::PathBuf;

use libtest_mimic::{Arguments, Completion, Trial};

fn main() {
    let mut arguments = Arguments::from_args();
    // The flood has a machine's processors for itself.
    arguments.test_threads = Some(1);
    let trials = if komainu().is_some() {
        stories::trials()
    } else {
        let why = "needs the program: cargo build -p komainu";
        vec![Trial::ignorable_test("badinput", move || Ok(Completion::ignored_with(why)))]
    };
    libtest_mimic::run(&arguments, trials).exit();
}

/// Where our program was built.
fn komainu() -> Option<PathBuf> {
    let folder = std::env::current_exe().ok()?.parent()?.parent()?.to_owned();
    Some(folder.join("komainu")).filter(|path| path.is_file())
}
