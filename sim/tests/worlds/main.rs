//! Worlds of real members and connectors, a few of each topology. The binary `worlds` runs many.

use std::thread;

use komainu_sim::search::stories;
use komainu_sim::world::{Report, Scenario, Topology, World};

/// Configurations and machines are built on the stack.
const STACK: usize = 64 << 20;

fn on_a_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let spawned = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        spawned.expect("the system gives a thread").join().expect("it does not panic")
    })
}

fn run(seed: u64, topology: Topology, words: bool) -> Report {
    on_a_large_stack(|| World::new(Scenario::new(seed, Some(topology)), words).run())
}

fn assert_well(topology: Topology) {
    for seed in 0..6 {
        let report = run(seed, topology, false);
        assert_eq!(report.broken, None, "worlds --topology {topology} --trace {seed} tells more");
    }
}

#[test]
fn one_to_one() {
    assert_well(Topology::OneToOne);
}

#[test]
fn mutual() {
    assert_well(Topology::Mutual);
}

#[test]
fn n_to_one() {
    assert_well(Topology::NToOne);
}

#[test]
fn one_to_n() {
    assert_well(Topology::OneToN);
}

#[test]
fn two_connectors() {
    assert_well(Topology::TwoConnectors);
}

#[test]
fn outages() {
    for seed in 0..20 {
        let report = on_a_large_stack(|| World::new(Scenario::outage(seed, None), false).run());
        assert_eq!(report.broken, None, "worlds --outages --trace {seed} tells more");
    }
}

#[test]
fn one_seed_tells_one_story() {
    let told = run(3, Topology::Mutual, true);
    let again = run(3, Topology::Mutual, true);
    assert_eq!((told.hash, &told.lines), (again.hash, &again.lines));
    assert_eq!(run(3, Topology::Mutual, false).hash, told.hash, "words change nothing");
    assert_ne!(run(4, Topology::Mutual, false).hash, told.hash);
}

#[test]
fn a_quiet_world_starts_its_service_and_shoots_nobody() {
    let report =
        on_a_large_stack(|| World::new(Scenario::quiet(1, Topology::OneToOne), false).run());
    assert_eq!((report.broken, report.shot), (None, 0));
    assert!(report.starts > 0);
}

/// A search of a world in which what its name says does not happen proves nothing.
#[test]
fn the_stories_that_are_searched_do_happen() {
    let told = |scenario: &Scenario| {
        let scenario = scenario.clone();
        on_a_large_stack(|| World::new(scenario, true).run())
    };
    for story in stories() {
        let report = told(&story.scenario);
        assert_eq!(report.broken, None, "{}", story.name);
        let crashes = ["crashes", "in a reset", "with a fencing"];
        let shots = match story.name {
            "three hosts shoot at one another" => 2,
            name if name.contains("shoot") => 1,
            name => usize::from(crashes.iter().any(|crash| name.contains(crash))),
        };
        assert_eq!(report.shot, shots, "{}", story.name);
        let active = |line: &&String| line.contains("host 1 tells") && line.contains("Active");
        assert!(report.lines.iter().any(|line| active(&line)), "{}: the first serves", story.name);
        let moved = |line: &&String| {
            let starts = line.contains("Starting") && !line.contains("host 1 tells");
            let at = line.split_whitespace().next().and_then(|at| at.parse::<f64>().ok());
            starts && at.is_some_and(|at| at > 20.0)
        };
        let stays = story.name.contains("member restarts") || story.name.contains("shoot");
        assert!(stays || report.lines.iter().any(|line| moved(&line)), "{}: it moves", story.name);
    }
}

#[test]
fn a_planned_swap_survives_what_may_go_wrong_once() {
    let mut story = stories().into_iter().find(|story| story.name.contains("swap"));
    let story = story.as_mut().expect("there is a story of a swap");
    story.twists = 1;
    // As far as an unoptimised build gets; the binary searches all of it.
    let found = story.search(2, 40);
    assert_eq!(found.broken.map(|(twists, what)| (twists, what.to_string())), None);
    assert!(found.runs == 40 && found.states > 1000, "{} states", found.states);
}
