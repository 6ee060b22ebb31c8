//! Shows that the checks bite: machines without one of their laws break a promise.

use std::process::ExitCode;
use std::sync::Mutex;

use komainu_sim::many::Many;
use komainu_sim::mutants::{Caught, MUTANTS, Mutant, Side};
use komainu_sim::world::{Scenario, World};

use crate::options::Options;

/// Prints for each law what is broken without it, and how that was noticed.
pub(crate) fn all(options: &Options) -> ExitCode {
    let mut missed = 0;
    println!("{:<8} {:<32} {:<24} caught by", "side", "without the law", "breaks");
    for mutant in MUTANTS {
        if options.mutant.as_ref().is_some_and(|wanted| !mutant.name.contains(wanted.as_str())) {
            continue;
        }
        let side = if mutant.side == Side::Member { "member" } else { "arbiter" };
        let found = caught(options, mutant);
        let by = found.as_deref().unwrap_or("NOTHING");
        println!("{side:<8} {:<32} {:<24} {by}", mutant.name, mutant.breaks.to_string());
        missed += usize::from(found.is_none());
    }
    println!("{missed} not caught");
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn caught(options: &Options, mutant: &Mutant) -> Option<String> {
    match mutant.caught {
        Caught::Worlds | Caught::Outages => first_broken(options, mutant),
        Caught::Story(module) => Some(format!("the unit tests of {module}::tests::laws")),
    }
}

/// The first of the seeds whose world breaks that promise without the law, and none with it.
fn first_broken(options: &Options, mutant: &Mutant) -> Option<String> {
    let found = Mutex::new(None);
    // The first one is enough.
    let many = Many { most: 1, ..options.many.clone() };
    many.run(
        |seed| {
            let broken = breaks(options, seed, mutant);
            if broken {
                found.lock().expect("no thread has panicked").get_or_insert(seed);
            }
            !broken
        },
        || {},
    );
    let found = found.into_inner().expect("no thread has panicked");
    found.map(|seed| format!("the world of seed {seed}"))
}

fn breaks(options: &Options, seed: u64, mutant: &Mutant) -> bool {
    let whole = |seed| match mutant.caught {
        Caught::Outages => Scenario::outage(seed, options.topology),
        Caught::Worlds | Caught::Story(_) => options.scenario(seed),
    };
    let mut scenario = whole(seed);
    let broken = mutant.infect(&mut scenario).then(|| World::new(scenario, false).run().broken);
    let as_told = broken.flatten().is_some_and(|broken| broken.invariant == mutant.breaks);
    as_told && World::new(whole(seed), false).run().broken.is_none()
}
