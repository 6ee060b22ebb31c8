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
