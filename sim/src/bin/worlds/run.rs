//! Runs many worlds at the same time, and sums up.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use komainu_sim::checks::Violation;
use komainu_sim::world::{Report, World};

use crate::options::Options;

/// Configurations and machines are built on the stack.
const STACK: usize = 64 << 20;
/// Between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(10);

thread_local! {
    static SEED: Cell<Option<u64>> = const { Cell::new(None) };
}

/// A panic names the seed of the world that it happened in.
pub(crate) fn name_seed_on_panic() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if let Some(seed) = SEED.get() {
            eprintln!("seed {seed} panics:");
        }
        usual(panic);
    }));
}

/// This thread runs that world from now on.
pub(crate) fn set_seed(seed: u64) {
    SEED.set(Some(seed));
}

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
        if !options.json {
            progress(options, begun, &next, &summary);
        }
    });
    let mut summary = summary.into_inner().expect("no thread has panicked");
    summary.elapsed = begun.elapsed();
    summary
}

fn work(options: &Options, until: Option<Instant>, next: &AtomicU64, summary: &Mutex<Summary>) {
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        let late = until.is_some_and(|until| Instant::now() >= until);
        if late {
            next.store(options.seeds.end, Ordering::Relaxed);
        }
        if late || seed >= options.seeds.end {
            return;
        }
        set_seed(seed);
        let begun = Instant::now();
        let report = World::new(options.scenario(seed), false).run();
        let spent = begun.elapsed();
        let differs = seed.is_multiple_of(options.twice)
            && World::new(options.scenario(seed), true).run().hash != report.hash;
        let mut summary = summary.lock().expect("no thread has panicked");
        summary.add(seed, &report, spent);
        if differs {
            summary.broken.insert(seed, "the same seed gave two stories".into());
        }
        if summary.broken.len() >= options.most {
            next.store(options.seeds.end, Ordering::Relaxed);
        }
    }
}

fn progress(options: &Options, begun: Instant, next: &AtomicU64, summary: &Mutex<Summary>) {
    let mut last = begun;
    let count = options.seeds.end - options.seeds.start;
    while next.load(Ordering::Relaxed) < options.seeds.end {
        thread::sleep(Duration::from_millis(50));
        if last.elapsed() >= PROGRESS {
            last = Instant::now();
            let summary = summary.lock().expect("no thread has panicked");
            eprintln!("{} of {count} worlds, {:.0}x", summary.worlds, summary.speed());
        }
    }
}
