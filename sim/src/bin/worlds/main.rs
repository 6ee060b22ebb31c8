//! Runs simulated worlds by their seeds, and says which of them break a promise.

#[cfg(feature = "mutants")]
mod mutants;
mod options;
mod run;
mod search;

use std::process::ExitCode;

use clap::Parser;
use komainu_sim::many::{name_seed_on_panic, set_seed};
use komainu_sim::world::{Report, Scenario, World, shrink};

use options::Options;

fn main() -> ExitCode {
    let options = Options::parse();
    name_seed_on_panic();
    if let Some(seed) = options.trace {
        return trace(&options, seed);
    }
    #[cfg(feature = "mutants")]
    if options.mutants {
        return mutants::all(&options);
    }
    if options.search {
        return search::all(&options);
    }
    let summary = run::all(&options);
    if options.json {
        println!("{}", summary.json());
    } else {
        print!("{summary}");
    }
    if summary.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Tells one world's story, twice, to see that it is the same.
fn trace(options: &Options, seed: u64) -> ExitCode {
    set_seed(seed);
    let scenario = options.scenario(seed);
    let again = World::new(scenario.clone(), false).run();
    let shrunk = options.shrink.then(|| shrink(scenario.clone())).flatten();
    let (scenario, report) = match shrunk {
        Some((scenario, report)) => (scenario, report),
        None => {
            let report = World::new(scenario.clone(), true).run();
            if report.hash != again.hash {
                println!("THE SAME SEED GAVE TWO STORIES");
            }
            (scenario, report)
        }
    };
    describe(&scenario);
    for line in &report.lines {
        println!("{line}");
    }
    conclude(&report)
}

fn describe(scenario: &Scenario) {
    println!(
        "seed {} ({}), {} disturbances",
        scenario.seed,
        scenario.topology,
        scenario.script.len()
    );
    println!("{:?}", scenario.spans);
    println!("{:?}, heals at {:?}", scenario.services, scenario.heals_at);
    println!("{:?}", scenario.faults);
}

fn conclude(report: &Report) -> ExitCode {
    println!(
        "{} steps, {:.3} s, hash {:016x}",
        report.steps,
        report.simulated.as_secs_f64(),
        report.hash
    );
    match &report.broken {
        Some(broken) => {
            println!("{broken}");
            ExitCode::FAILURE
        }
        None => {
            println!("no promise was broken");
            ExitCode::SUCCESS
        }
    }
}
