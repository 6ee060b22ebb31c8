//! Carries the questions of a fencing to the session, and writes down what happens.

use std::time::Duration;

use komainu_core::connector::route::{request_of, told};
use komainu_core::fence::{Ask, Fence, Fenced, Outcome, Plan, Told};
use komainu_core::session::Answer;
use komainu_core::types::ChassisAction;
use komainu_tests::world::{Event, World, instant};

/// A question, what came of it, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) asked: Duration,
    pub(crate) ask: Ask,
    pub(crate) told_at: Duration,
    pub(crate) told: Told,
}

impl Entry {
    pub(crate) fn action(&self) -> Option<ChassisAction> {
        match self.ask {
            Ask::Act { action, .. } => Some(action),
            Ask::Look { .. } => None,
        }
    }
}

/// A fencing that is over.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) outcome: Outcome,
    pub(crate) fenced: Option<Fenced>,
    pub(crate) entries: Vec<Entry>,
    /// From its start to its confirmation, or to its end when there was none.
    pub(crate) took: Duration,
}

impl Record {
    /// The actions that were asked for, in order.
    pub(crate) fn actions(&self) -> Vec<ChassisAction> {
        self.entries.iter().filter_map(Entry::action).collect()
    }
}

/// How the questions reach the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Courier {
    /// Each one once.
    Honest,
    /// Asks again for an action that was not answered: the mistake that the rules are against.
    Resending,
}

/// Longer than any plan's worst case.
const FOREVER: Duration = Duration::from_secs(3600);

/// Fences the server of `world` by `plan`, to the end.
pub(crate) fn fence(world: &mut World, plan: Plan, courier: Courier) -> Record {
    let start = world.now();
    let mut fence = Fence::new(plan, instant(start));
    let mut entries = Vec::new();
    let mut confirmed = None;
    while fence.outcome().is_none() {
        assert!(world.now() - start < FOREVER, "the fencing does not end: {entries:?}");
        match fence.poll(instant(world.now())) {
            Some(ask) => {
                let asked = world.now();
                let told = carry(world, ask, courier);
                entries.push(Entry { asked, ask, told_at: world.now(), told });
                fence.handle(instant(world.now()), told);
            }
            None if fence.outcome().is_none() => wait(world, &fence),
            None => {}
        }
        if fence.fenced().is_some() {
            confirmed.get_or_insert(world.now());
        }
    }
    assert_eq!(fence.poll(instant(world.now())), None, "what is over asks nothing");
    assert_eq!(fence.deadline(), None, "what is over waits for nothing");
    let (outcome, took) = (fence.outcome(), confirmed.unwrap_or(world.now()) - start);
    let outcome = outcome.expect("the loop ended with it");
    Record { outcome, fenced: fence.fenced(), entries, took }
}

fn wait(world: &mut World, fence: &Fence) {
    let due = fence.deadline().expect("a fencing that is not over waits for something");
    assert!(due > instant(world.now()), "nothing to ask, but due at {due:?}");
    let due = Duration::from_micros(due.as_micros());
    // The session may have something to say of itself meanwhile.
    while world.run(due).is_some() {}
}

fn carry(world: &mut World, ask: Ask, courier: Courier) -> Told {
    let told = carry_once(world, ask);
    match (ask, told, courier) {
        (Ask::Act { .. }, Told::Failed(_), Courier::Resending) => carry_once(world, ask),
        _ => told,
    }
}

fn carry_once(world: &mut World, ask: Ask) -> Told {
    let (request, budget) = request_of(ask).expect("the request is short");
    match world.ask(request, budget) {
        Event::Answer { code, data } => told(ask, &Answer { code, data: &data }),
        Event::Failed(failure) => Told::Failed(failure),
        Event::Reading(_) => unreachable!("the world waits for the answer"),
    }
}
