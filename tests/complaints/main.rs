//! What people complain about elsewhere (`docs/power.md`), each as a story of a simulated site.
//!
//! Each is told with its rule, and where the rule can be configured away, without it: then it has
//! to go wrong. Where the rule is a law of the machine, `outages --mutants` tells them without it;
//! where it lies in the configuration, the program has to tell.

mod clear;

use komainu_sim::outage::complaints::{COMPLAINTS, Without};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let trials = COMPLAINTS.iter().map(|complaint| {
        let name = format!("{:>2}: {}", complaint.row, complaint.name);
        Trial::test(name, move || {
            complaint.told()?;
            match complaint.without {
                Without::Rule(_) if complaint.told_without().is_ok() => {
                    Err(Failed::from("it goes well without the rule, too"))
                }
                Without::Rule(_) | Without::Law(_) => Ok(()),
            }
        })
    });
    let trials = trials.chain(clear::trials()).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
