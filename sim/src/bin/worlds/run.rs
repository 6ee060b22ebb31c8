//! Runs many worlds at the same time, and sums up.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use komainu_sim::checks::Violation;
use komainu_sim::world::{Report, World};

use crate::options::Options;

/// What came of many worlds.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    worlds: u64,
    simulated: Duration,
    /// Of all threads together.
    spent: Duration,
    steps: u64,
    datagrams: u64,
    shot: u64,
    starts: u64,
    elapsed: Duration,
    /// By seed.
    pub(crate) broken: BTreeMap<u64, String>,
}

impl Summary {
    fn add(&mut self, seed: u64, report: &Report, spent: Duration) {
        self.worlds += 1;
        self.simulated += report.simulated;
        self.spent += spent;
        self.steps += report.steps;
        self.datagrams += report.datagrams;
        self.shot += report.shot as u64;
        self.starts += report.starts;
        if let Some(broken) = &report.broken {
            self.break_(seed, broken);
        }
    }

    fn break_(&mut self, seed: u64, broken: &Violation) {
        eprintln!("seed {seed}: {broken}");
        self.broken.insert(seed, broken.to_string());
    }

    /// Simulated time per time of one processor.
    fn speed(&self) -> f64 {
        self.simulated.as_secs_f64() / self.spent.as_secs_f64().max(1e-9)
    }

    /// The summary for programs.
    pub(crate) fn json(&self) -> String {
        let broken: Vec<_> = self.broken.keys().map(u64::to_string).collect();
        format!(
            "{{\"worlds\":{},\"simulated_s\":{:.0},\"elapsed_s\":{:.1},\"speed_per_core\":{:.0},\
             \"steps\":{},\"datagrams\":{},\"shot\":{},\"starts\":{},\"broken\":[{}]}}",
            self.worlds,
            self.simulated.as_secs_f64(),
            self.elapsed.as_secs_f64(),
            self.speed(),
            self.steps,
            self.datagrams,
            self.shot,
            self.starts,
            broken.join(",")
        )
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} worlds, {:.1} simulated hours in {:.1} s: {:.0} times as fast as life on each \
             processor",
            self.worlds,
            self.simulated.as_secs_f64() / 3600.0,
            self.elapsed.as_secs_f64(),
            self.speed()
        )?;
        writeln!(
            f,
            "{} steps, {} datagrams, {} starts of services, {} hosts shot",
            self.steps, self.datagrams, self.starts, self.shot
        )?;
        if self.broken.is_empty() {
            return writeln!(f, "no promise was broken");
        }
        for (seed, what) in &self.broken {
            writeln!(f, "seed {seed}: {what}")?;
        }
        Ok(())
    }
}

/// Runs all worlds that the options name.
pub(crate) fn all(options: &Options) -> Summary {
    let begun = Instant::now();
    let summary = Mutex::new(Summary::default());
    let many = &options.many;
    let count = many.seeds.end - many.seeds.start;
    many.run(
        |seed| world(options, seed, &summary),
        || {
            let summary = summary.lock().expect("no thread has panicked");
            if !options.json {
                eprintln!("{} of {count} worlds, {:.0}x", summary.worlds, summary.speed());
            }
        },
    );
    let mut summary = summary.into_inner().expect("no thread has panicked");
    summary.elapsed = begun.elapsed();
    summary
}

/// Whether a world went well.
fn world(options: &Options, seed: u64, summary: &Mutex<Summary>) -> bool {
    let begun = Instant::now();
    let report = World::new(options.scenario(seed), false).run();
    let spent = begun.elapsed();
    let differs = options.many.is_run_twice(seed)
        && World::new(options.scenario(seed), true).run().hash != report.hash;
    let mut summary = summary.lock().expect("no thread has panicked");
    summary.add(seed, &report, spent);
    if differs {
        summary.broken.insert(seed, "the same seed gave two stories".into());
    }
    !summary.broken.contains_key(&seed)
}
