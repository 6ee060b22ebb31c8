//! Exhaustive search of small worlds: every way in which a few things go otherwise than usual.
//!
//! A story is a calm world in which one thing happens. Its usual course passes points: each
//! datagram that is sent, each step of a process. The search tries every twist at every point
//! within a window of time, then every pair of twists, and so on up to a bound; it is complete
//! within that bound. A run that comes to a state that was seen before with as many twists left
//! goes on as that one did, and is not followed any further.

mod stories;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::checks::Violation;
use crate::world::{Choices, Point, Scenario, Twist, World};

pub use stories::stories;

/// Machines are built on the stack.
const STACK: usize = 64 << 20;

/// What is searched.
#[derive(Clone, Debug)]
pub struct Story {
    /// Its name.
    pub name: &'static str,
    /// Its usual course.
    pub scenario: Scenario,
    /// When things may go otherwise.
    pub window: Range<Duration>,
    /// Most twists of a run.
    pub twists: usize,
    /// Which twists are tried.
    pub allowed: Vec<Twist>,
}

/// What a search has come to.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Runs, each from the world's start.
    pub runs: u64,
    /// Runs that came to a state that was known.
    pub merged: u64,
    /// States at points that are all different.
    pub states: u64,
    /// Points of the usual course.
    pub points: u64,
    /// The search was cut short.
    pub cut_short: bool,
    /// The first run that broke a promise, with its twists.
    pub broken: Option<(Vec<(u32, Twist)>, Violation)>,
}

/// One run.
struct Run {
    twists: Vec<(u32, Twist)>,
    /// Points after the last twist, with their numbers, that lead to states not seen before.
    fresh: Vec<(u32, Point, u64)>,
    points: u64,
    merged: bool,
    broken: Option<Violation>,
}

impl Story {
    /// Searches, with so many threads and at most so many runs.
    #[must_use]
    pub fn search(&self, threads: usize, most_runs: u64) -> Found {
        let mut found = Found::default();
        // How many twists were left at most when a state was seen.
        let mut seen: HashMap<u64, usize> = HashMap::new();
        let mut level = vec![Vec::new()];
        for used in 0..=self.twists {
            let left = self.twists - used;
            let room = most_runs.saturating_sub(found.runs) as usize;
            if level.len() > room {
                level.truncate(room);
                found.cut_short = true;
            }
            let runs = self.run_all(&level, left, &seen, threads);
            let mut next = Vec::new();
            for run in runs {
                found.runs += 1;
                found.merged += u64::from(run.merged);
                if used == 0 {
                    found.points = run.points;
                }
                if let Some(broken) = run.broken {
                    found.broken = Some((run.twists, broken));
                    return found;
                }
                for (at, point, state) in run.fresh {
                    if seen.get(&state).is_some_and(|had| *had >= left) {
                        continue;
                    }
                    seen.insert(state, left);
                    if left > 0 {
                        next.extend(self.twisted(&run.twists, at, point));
                    }
                }
            }
            level = next;
        }
        found.states = seen.len() as u64;
        found
    }

    fn twisted<'a>(
        &'a self,
        twists: &'a [(u32, Twist)],
        at: u32,
        point: Point,
    ) -> impl Iterator<Item = Vec<(u32, Twist)>> + 'a {
        let possible = point.twists().iter().filter(|twist| self.allowed.contains(twist));
        possible.map(move |twist| [twists, &[(at, *twist)]].concat())
    }

    /// All runs of a level, in order, whatever the number of threads.
    fn run_all(
        &self,
        level: &[Vec<(u32, Twist)>],
        left: usize,
        seen: &HashMap<u64, usize>,
        threads: usize,
    ) -> Vec<Run> {
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::with_capacity(level.len()));
        let work = || {
            while let Some(twists) = level.get(next.fetch_add(1, Ordering::Relaxed)) {
                let run = self.run(twists.clone(), left, seen);
                if run.broken.is_some() {
                    next.store(level.len(), Ordering::Relaxed);
                }
                done.lock().expect("no thread has panicked").push(run);
            }
        };
        thread::scope(|scope| {
            for _ in 0..threads {
                let spawned = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
                spawned.expect("the system gives threads");
            }
        });
        let mut done = done.into_inner().expect("no thread has panicked");
        done.sort_by(|a, b| a.twists.cmp(&b.twists));
        done
    }

    fn run(&self, twists: Vec<(u32, Twist)>, left: usize, seen: &HashMap<u64, usize>) -> Run {
        let processes = 2 * self.scenario.hosts + self.scenario.connectors;
        let choices = Choices::new(self.window.clone(), twists.clone(), processes);
        let mut world = World::with_choices(self.scenario.clone(), choices);
        let after_last = twists.last().map_or(0, |(at, _)| at + 1);
        let mut run = Run { twists, fresh: Vec::new(), points: 0, merged: false, broken: None };
        let mut looked = after_last as usize;
        while world.goes_on() {
            let passed = world.choices().map_or(&[][..], Choices::passed);
            for (at, passed) in passed.iter().enumerate().skip(looked) {
                if seen.get(&passed.state).is_some_and(|had| *had >= left) {
                    run.merged = true;
                    return run;
                }
                run.fresh.push((at as u32, passed.point, passed.state));
            }
            looked = looked.max(passed.len());
            run.points = passed.len() as u64;
        }
        run.broken = world.report().broken;
        run
    }

    /// Tells what happens in the run with these twists.
    #[must_use]
    pub fn tell(&self, twists: Vec<(u32, Twist)>) -> Vec<String> {
        let processes = 2 * self.scenario.hosts + self.scenario.connectors;
        let choices = Choices::new(self.window.clone(), twists, processes);
        let mut world = World::with_choices_in_words(self.scenario.clone(), choices);
        while world.goes_on() {}
        world.report().lines
    }
}
