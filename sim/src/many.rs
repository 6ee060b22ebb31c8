//! Many worlds at the same time, each by its seed.

use std::cell::Cell;
use std::num::NonZero;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Configurations and machines are built on the stack.
const STACK: usize = 64 << 20;
/// Between two looks at the progress.
const PROGRESS: Duration = Duration::from_secs(10);

thread_local! {
    static SEED: Cell<Option<u64>> = const { Cell::new(None) };
}

/// A panic names the seed of the world that it happened in.
pub fn name_seed_on_panic() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if let Some(seed) = SEED.get() {
            eprintln!("seed {seed} panics:");
        }
        usual(panic);
    }));
}

/// This thread runs that world from now on.
pub fn set_seed(seed: u64) {
    SEED.set(Some(seed));
}

/// Which worlds are run.
#[derive(Clone, Debug, clap::Args)]
pub struct Many {
    /// Which seeds, from..to.
    #[arg(long, value_parser = seeds, default_value = "0..100000")]
    pub seeds: Range<u64>,
    /// Stop after so many minutes.
    #[arg(long)]
    pub minutes: Option<f64>,
    /// How many worlds run at the same time; by default as many as there are processors.
    #[arg(long)]
    pub threads: Option<usize>,
    /// Every so many seeds one world is run twice and must be the same.
    #[arg(long, default_value_t = 100)]
    pub twice: u64,
    /// Go on after so many broken worlds.
    #[arg(long, default_value_t = 10)]
    pub most: usize,
}

impl Many {
    /// How many run at the same time.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get))
    }

    /// Whether a seed's world is run twice.
    #[must_use]
    pub const fn is_run_twice(&self, seed: u64) -> bool {
        seed.is_multiple_of(self.twice)
    }

    /// Runs the world of each seed, which says whether it went well; and `progress` now and then.
    ///
    /// # Panics
    /// When a world does, or the system gives no threads.
    pub fn run(&self, world: impl Fn(u64) -> bool + Sync, progress: impl Fn()) {
        let begun = Instant::now();
        let until = self.minutes.map(|minutes| begun + Duration::from_secs_f64(minutes * 60.0));
        let next = AtomicU64::new(self.seeds.start);
        let broken = AtomicUsize::new(0);
        let end = || next.store(self.seeds.end, Ordering::Relaxed);
        let work = || {
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if until.is_some_and(|until| Instant::now() >= until) {
                    end();
                    return;
                }
                if seed >= self.seeds.end {
                    return;
                }
                set_seed(seed);
                if !world(seed) && broken.fetch_add(1, Ordering::Relaxed) + 1 >= self.most {
                    end();
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..self.threads() {
                let spawned = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
                spawned.expect("the system gives threads");
            }
            let mut last = begun;
            while next.load(Ordering::Relaxed) < self.seeds.end {
                thread::sleep(Duration::from_millis(50));
                if last.elapsed() >= PROGRESS {
                    last = Instant::now();
                    progress();
                }
            }
        });
    }
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let number = |text: &str| text.trim().parse::<u64>().map_err(|error| error.to_string());
    match text.split_once("..") {
        Some((from, to)) => Ok(number(from)?..number(to)?),
        None => number(text).map(|seed| seed..seed + 1),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Mutex;

    use super::*;

    fn run(most: usize, bad: u64) -> BTreeSet<u64> {
        let many = Many { seeds: 3..50, minutes: None, threads: Some(3), twice: 10, most };
        let seen = Mutex::new(BTreeSet::new());
        many.run(
            |seed| {
                assert!(seen.lock().unwrap().insert(seed), "{seed} is run twice");
                !seed.is_multiple_of(bad)
            },
            || {},
        );
        seen.into_inner().unwrap()
    }

    #[test]
    fn each_seed_is_run_once() {
        assert_eq!(run(1, 1000), (3..50).collect());
    }

    #[test]
    fn too_many_broken_worlds_end_it() {
        let seen = run(2, 4);
        assert!(seen.contains(&4) && seen.contains(&8) && seen.len() < 20, "{seen:?}");
    }

    #[test]
    fn seeds_are_a_range_or_one() {
        assert_eq!(seeds("3..7"), Ok(3..7));
        assert_eq!(seeds("9"), Ok(9..10));
        assert!(seeds("9..").is_err());
    }
}
