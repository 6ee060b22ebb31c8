//! Runs sites that lose their mains by their seeds, and says which of them break a promise.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::Parser;
use komainu_sim::many::{Many, name_seed_on_panic};
use komainu_sim::outage::{Crash, Report, Scenario, World, measure};

#[cfg(feature = "mutants")]
mod mutants;

/// Runs sites that lose their mains, each made of one seed, and checks every step of them.
#[derive(Debug, Parser)]
#[command(name = "outages", version)]
struct Options {
    #[command(flatten)]
    many: Many,
    /// Tell the story of this seed.
    #[arg(long, value_name = "SEED")]
    trace: Option<u64>,
    /// Have the connector crash at each single wish of each world, one after the other.
    #[arg(long)]
    crashes: bool,
    /// With `--trace`: have it crash before that wish, or, with a minus, right after it.
    #[arg(long, value_name = "WISH", allow_hyphen_values = true, requires = "trace")]
    crash: Option<String>,
    /// With rarer troubles besides: outlets, lying feeds, refused cancels, a disk that fails.
    #[arg(long)]
    rare: bool,
    /// Measure how long a whole site takes to stop.
    #[arg(long)]
    measure: bool,
    /// Run machines without one of their laws, until each has broken a promise.
    #[cfg(feature = "mutants")]
    #[arg(long)]
    mutants: bool,
}

impl Options {
    fn world(&self, seed: u64) -> Scenario {
        if self.rare { Scenario::rare(seed) } else { Scenario::new(seed) }
    }
}

/// What came of many worlds.
#[derive(Debug, Default)]
struct Summary {
    worlds: u64,
    simulated: Duration,
    steps: u64,
    downs: u64,
    broken: BTreeMap<u64, String>,
}

impl Summary {
    fn add(&mut self, seed: u64, crash: Option<&str>, report: &Report, differs: bool) {
        self.worlds += 1;
        self.simulated += report.simulated;
        self.steps += report.steps;
        self.downs += report.downs;
        if let Some(broken) = &report.broken {
            let crash = crash.map_or(String::new(), |at| format!("with --crash {at}: "));
            eprintln!("seed {seed}: {crash}{broken}");
            self.broken.insert(seed, format!("{crash}{broken}"));
        }
        if differs {
            self.broken.insert(seed, "the same seed gave two stories".into());
        }
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    name_seed_on_panic();
    if options.measure {
        return measure();
    }
    if let Some(seed) = options.trace {
        return trace(options.world(seed), options.crash.as_deref());
    }
    #[cfg(feature = "mutants")]
    if options.mutants {
        return mutants::all(options.many.seeds);
    }
    let begun = Instant::now();
    let summary = all(&options);
    println!(
        "{} worlds, {:.1} simulated hours in {:.1} s, {} steps, {} servers went down",
        summary.worlds,
        summary.simulated.as_secs_f64() / 3600.0,
        begun.elapsed().as_secs_f64(),
        summary.steps,
        summary.downs,
    );
    for (seed, broken) in &summary.broken {
        println!("seed {seed}: {broken}");
    }
    if !summary.broken.is_empty() {
        return ExitCode::FAILURE;
    }
    println!("no promise was broken");
    ExitCode::SUCCESS
}

/// A whole shutdown, against its critical path and against waits of a fixed length.
fn measure() -> ExitCode {
    println!("| 16 hosts with 8 guests each | critical path | took | over it | fixed waits |");
    println!("|---|---|---|---|---|");
    let mut good = true;
    for stages in [1, 2, 4] {
        let Some(measured) = measure::measure(stages) else {
            println!("| {stages} stages | did not stop as a whole |");
            return ExitCode::FAILURE;
        };
        println!("| {stages} stages | {measured} |");
        good &= measured.took <= measured.critical * 105 / 100;
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Tells one world's story.
fn trace(mut scenario: Scenario, crash: Option<&str>) -> ExitCode {
    if let Some(text) = crash {
        let (at, before) = text.strip_prefix('-').map_or((text, true), |at| (at, false));
        let Ok(at) = at.parse() else {
            eprintln!("{text} is no number of a wish");
            return ExitCode::FAILURE;
        };
        scenario.crash = Some(crash_at(at, before));
    }
    println!("{scenario:#?}");
    let report = World::new(scenario, true).run();
    for line in &report.lines {
        println!("{line}");
    }
    match report.broken {
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

fn all(options: &Options) -> Summary {
    let many = &options.many;
    let until =
        many.minutes.map(|minutes| Instant::now() + Duration::from_secs_f64(minutes * 60.0));
    let summary = Mutex::new(Summary::default());
    many.run(
        |seed| {
            let report = World::new(options.world(seed), false).run();
            if options.crashes {
                crash_everywhere((seed, options), report.acted, until, &summary);
            }
            let differs = many.is_run_twice(seed)
                && World::new(options.world(seed), true).run().hash != report.hash;
            let mut summary = summary.lock().expect("no thread has panicked");
            summary.add(seed, None, &report, differs);
            !summary.broken.contains_key(&seed)
        },
        || {},
    );
    summary.into_inner().expect("no thread has panicked")
}
/// The connector dies there, and is away for up to half a minute.
const fn crash_at(at: u64, before: bool) -> Crash {
    Crash { at, before, wait: Duration::from_millis(500 + at * 7919 % 30_000) }
}

/// The world of a seed, again and again, with a crash at each of its wishes.
fn crash_everywhere(
    (seed, options): (u64, &Options),
    wishes: u64,
    until: Option<Instant>,
    summary: &Mutex<Summary>,
) {
    for (at, before) in (0..wishes).flat_map(|at| [(at, true), (at, false)]) {
        if until.is_some_and(|until| Instant::now() >= until) {
            return;
        }
        let mut scenario = options.world(seed);
        scenario.crash = Some(crash_at(at, before));
        let report = World::new(scenario, false).run();
        let mut summary = summary.lock().expect("no thread has panicked");
        let crash = if before { format!("{at}") } else { format!("-{at}") };
        summary.add(seed, Some(&crash), &report, false);
    }
}
