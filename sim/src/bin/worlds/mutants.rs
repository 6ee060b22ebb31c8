//! Shows that the checks bite: members without one of the laws break a promise.

use std::process::ExitCode;

use komainu_core::member::Laws;
use komainu_sim::checks::Violation;
use komainu_sim::search::stories;
use komainu_sim::world::World;

use crate::options::Options;
use crate::run;

const THREADS: usize = 2;
/// Most runs of the search of one story.
const MOST_RUNS: u64 = 5000;

/// Runs worlds of members without each law until one breaks a promise.
pub(crate) fn all(options: &Options) -> ExitCode {
    let mut missed = 0;
    for (name, take_away) in Laws::EACH {
        if options.mutant.as_ref().is_some_and(|wanted| !name.contains(wanted.as_str())) {
            continue;
        }
        let mut laws = Laws::ALL;
        take_away(&mut laws);
        match first_broken(options, laws) {
            Some((seed, broken)) => println!("{name}: seed {seed}: {broken}"),
            None => match found_by_search(laws) {
                Some(found) => println!("{name}: {found}"),
                None => {
                    println!("{name}: not caught");
                    missed += 1;
                }
            },
        }
    }
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn first_broken(options: &Options, laws: Laws) -> Option<(u64, Violation)> {
    options.seeds.clone().find_map(|seed| {
        run::set_seed(seed);
        let broken = broken(options, seed, laws)?;
        // With all laws nothing may be wrong, or the mutant proves nothing.
        self::broken(options, seed, Laws::ALL).is_none().then_some((seed, broken))
    })
}

/// What one or two things that go wrong in a small world bring to light.
fn found_by_search(laws: Laws) -> Option<String> {
    (1..=2).find_map(|twists| {
        stories().into_iter().find_map(|mut story| {
            story.scenario.laws = laws;
            story.twists = twists;
            let (twists, broken) = story.search(THREADS, MOST_RUNS).broken?;
            Some(format!("{}, {twists:?}: {broken}", story.name))
        })
    })
}

fn broken(options: &Options, seed: u64, laws: Laws) -> Option<Violation> {
    let mut scenario = options.scenario(seed);
    scenario.laws = laws;
    World::new(scenario, false).run().broken
}
