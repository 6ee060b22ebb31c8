//! Runs sites that lose their mains by their seeds, and says which of them break a promise.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::ops::Range;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use komainu_sim::outage::{Report, Scenario, World, measure};

#[cfg(feature = "mutants")]
mod mutants;

/// Configurations and machines are built on the stack.
const STACK: usize = 16 << 20;

/// Runs sites that lose their mains, each made of one seed, and checks every step of them.
#[derive(Debug, Parser)]
#[command(name = "outages", version)]
struct Options {
    /// Which seeds, from..to.
    #[arg(long, value_parser = seeds, default_value = "0..100000")]
    seeds: Range<u64>,
    /// Stop after so many minutes.
    #[arg(long)]
    minutes: Option<f64>,
    /// How many worlds run at the same time; by default as many as there are processors.
    #[arg(long)]
    threads: Option<usize>,
    /// Tell the story of this seed.
    #[arg(long, value_name = "SEED")]
    trace: Option<u64>,
    /// Measure how long a whole site takes to stop.
    #[arg(long)]
    measure: bool,
    /// Every so many seeds one world is run twice and must be the same.
    #[arg(long, default_value_t = 100)]
    twice: u64,
    /// Run machines without one of their laws, until each has broken a promise.
    #[cfg(feature = "mutants")]
    #[arg(long)]
    mutants: bool,
    /// Go on after so many broken worlds.
    #[arg(long, default_value_t = 10)]
    most: usize,
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let number = |text: &str| text.trim().parse::<u64>().map_err(|error| error.to_string());
    match text.split_once("..") {
        Some((from, to)) => Ok(number(from)?..number(to)?),
        None => number(text).map(|seed| seed..seed + 1),
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
    fn add(&mut self, seed: u64, report: &Report, differs: bool) {
        self.worlds += 1;
        self.simulated += report.simulated;
        self.steps += report.steps;
        self.downs += report.downs;
        if let Some(broken) = &report.broken {
            eprintln!("seed {seed}: {broken}");
            self.broken.insert(seed, broken.to_string());
        }
        if differs {
            self.broken.insert(seed, "the same seed gave two stories".into());
        }
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    if options.measure {
        return measure();
    }
    if let Some(seed) = options.trace {
        return trace(seed);
    }
    #[cfg(feature = "mutants")]
    if options.mutants {
        return mutants::all(options.seeds);
    }
    let begun = Instant::now();
    let summary = all(&options, begun);
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
fn trace(seed: u64) -> ExitCode {
    let scenario = Scenario::new(seed);
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

fn all(options: &Options, begun: Instant) -> Summary {
    let until = options.minutes.map(|minutes| begun + Duration::from_secs_f64(minutes * 60.0));
    let next = AtomicU64::new(options.seeds.start);
    let summary = Mutex::new(Summary::default());
    let threads =
        options.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get));
    thread::scope(|scope| {
        for _ in 0..threads {
            let work = || work(options, until, &next, &summary);
            let spawned = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
            spawned.expect("the system gives threads");
        }
    });
    summary.into_inner().expect("no thread has panicked")
}

fn work(options: &Options, until: Option<Instant>, next: &AtomicU64, summary: &Mutex<Summary>) {
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= options.seeds.end || until.is_some_and(|until| Instant::now() >= until) {
            return;
        }
        let report = World::new(Scenario::new(seed), false).run();
        let again = seed.is_multiple_of(options.twice);
        let differs = again && World::new(Scenario::new(seed), true).run().hash != report.hash;
        let mut summary = summary.lock().expect("no thread has panicked");
        summary.add(seed, &report, differs);
        if summary.broken.len() >= options.most {
            next.store(options.seeds.end, Ordering::Relaxed);
        }
    }
}
