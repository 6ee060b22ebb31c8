//! Power commands: none is carried out twice by one request, whatever the network does.

use std::time::Duration;

use komainu_core::failure::Failure;
use komainu_core::session::{Profile, Version};
use komainu_core::types::ChassisAction;
use komainu_core::wire::command::Request;
use komainu_core::wire::command::chassis::{ChassisControl, GetChassisStatus};
use komainu_sim::bmc::{BmcConfig, ChassisEvent, Origin, PowerConfig};
use komainu_sim::rng::Rng;
use komainu_tests::world::{Event, World, profile};

use crate::{bad_network, seeds};

const SEEDS: u64 = 1000;
/// The same for each other kind of BMC.
const FEW_SEEDS: u64 = 250;
/// Power commands of a run.
const COMMANDS: usize = 5;
const BUDGET: Duration = Duration::from_secs(20);
const ACTIONS: [ChassisAction; 4] =
    [ChassisAction::Off, ChassisAction::On, ChassisAction::Cycle, ChassisAction::Reset];

/// A power command that was handed in.
#[derive(Clone, Copy, Debug)]
struct Ordered {
    action: ChassisAction,
    at: Duration,
    /// When its request had come to something.
    until: Duration,
    answered: bool,
}

/// What became of all commands of a row.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    answered: usize,
    unanswered: usize,
    held: usize,
    other: usize,
    carried_out: usize,
}

fn run(name: &str, quirks: &str, version: Version, powers: PowerConfig, count: u64) {
    let mut tally = Tally::default();
    for seed in seeds(count) {
        let config = BmcConfig {
            quirks: quirks.parse().expect("quirks that exist"),
            power: powers,
            ..BmcConfig::default()
        };
        let profile = Profile { version, ..profile() };
        let mut world = World::new(config, profile, &["password"], bad_network(), seed);
        let ordered = order(&mut world, &mut Rng::new(seed), &mut tally);
        // Everything that is still under way arrives.
        world.close();
        world.run(world.now() + Duration::from_secs(2));
        let log = world.bmc.chassis_log();
        tally.carried_out += log.len();
        if let Err(what) = judge(&ordered, log) {
            panic!("{name}, seed {seed}: {what}\n ordered {ordered:#?}\n done {log:#?}");
        }
    }
    println!("{name}: {tally:?}");
    // Seven in ten arrive, if the session gets that far.
    let all = tally.answered + tally.unanswered + tally.held + tally.other;
    assert!(tally.carried_out * 3 > all, "{name}: too few are carried out");
}

/// Hands in one command after the other; where one is not answered, the power is read first.
///
/// The same command never follows itself, so that one that is done twice is told from two.
fn order(world: &mut World, rng: &mut Rng, tally: &mut Tally) -> Vec<Ordered> {
    let mut ordered: Vec<Ordered> = Vec::new();
    while ordered.len() < COMMANDS {
        let action = ACTIONS[rng.below(ACTIONS.len() as u64) as usize];
        if ordered.last().is_some_and(|last| last.action == action) {
            continue;
        }
        let request = Request::of(&ChassisControl(action)).expect("one byte fits");
        let at = world.now();
        let event = world.ask(request, BUDGET);
        let answered = match event {
            Event::Answer { code, .. } => code.is_success(),
            Event::Reading(_) | Event::Failed(_) => false,
        };
        ordered.push(Ordered { action, at, until: world.now(), answered });
        match event {
            Event::Answer { .. } => tally.answered += 1,
            Event::Failed(Failure::Unanswered) => tally.unanswered += 1,
            Event::Failed(Failure::Held) => tally.held += 1,
            Event::Reading(_) | Event::Failed(_) => tally.other += 1,
        }
        if !answered {
            let status = Request::of(&GetChassisStatus).expect("no data fits");
            world.ask(status, BUDGET);
        }
    }
    ordered
}

/// Longest time that a datagram is under way.
const UNDER_WAY: Duration = Duration::from_millis(200);

/// What was done follows from what was ordered: in that order, each at most once, each in a
/// session that nothing else was done in, and nothing later than a datagram may be under way.
fn judge(ordered: &[Ordered], log: &[ChassisEvent]) -> Result<(), String> {
    let mut done_by = vec![None; ordered.len()];
    let (mut sessions, mut last) = (Vec::new(), 0);
    for done in log {
        let Origin::Request(identity) = done.origin else {
            return Err("somebody else did it".into());
        };
        if sessions.contains(&identity.session_id) {
            return Err(format!("two in session {:#x}", identity.session_id));
        }
        sessions.push(identity.session_id);
        let order = ordered.iter().rposition(|one| {
            one.action as u8 == done.action as u8
                && one.at <= done.at
                && done.at <= one.until + if one.answered { Duration::ZERO } else { UNDER_WAY }
        });
        let order = order.ok_or_else(|| format!("nobody ordered {done:?}"))?;
        if let Some(twice) = done_by[order].replace(done) {
            return Err(format!("twice by one request: {twice:?} and {done:?}"));
        }
        if order < last {
            return Err(format!("{done:?} after what was ordered later"));
        }
        last = order;
    }
    match ordered.iter().zip(&done_by).find(|(one, by)| one.answered && by.is_none()) {
        Some((one, _)) => Err(format!("answered, but not done: {one:?}")),
        None => Ok(()),
    }
}

#[test]
fn no_command_is_carried_out_twice() {
    run("2.0", "", Version::Auto, PowerConfig::default(), SEEDS);
    run("1.5", "", Version::V15, PowerConfig::default(), SEEDS);
}

#[test]
fn nor_by_bmcs_that_are_slow_or_silent_afterwards() {
    let slow = PowerConfig { off_delay: Duration::from_secs(4), ..PowerConfig::default() };
    for quirks in [
        "late=900",
        "twice",
        "power-unanswered",
        "silent-after-power=5000",
        "close-silent",
        "busy=2",
        "rakp-repeat-refused",
    ] {
        run(quirks, quirks, Version::Auto, slow, FEW_SEEDS);
    }
}

/// A judge that finds nothing wrong proves nothing.
#[test]
fn the_judge_sees_what_is_wrong() {
    let second = Duration::from_secs;
    let one = |action, at, answered| Ordered { action, at, until: at + second(1), answered };
    let from = ([127, 0, 0, 1], 1).into();
    let done = |action, at, session_id| ChassisEvent {
        at,
        action,
        origin: Origin::Request(komainu_sim::bmc::RequestIdentity {
            from,
            session_id,
            sequence: 1,
            rq_seq: 1,
        }),
    };
    use komainu_sim::bmc::ChassisAction as Did;
    let ordered =
        [one(ChassisAction::Off, second(1), true), one(ChassisAction::On, second(9), false)];
    let off = done(Did::Off, second(1), 1);
    assert_eq!(judge(&ordered, &[off]), Ok(()));
    assert_eq!(judge(&ordered, &[off, done(Did::On, second(9), 2)]), Ok(()));
    for wrong in [
        &[][..],
        &[off, off][..],
        &[off, done(Did::Off, second(2), 2)],
        &[off, done(Did::On, second(9), 1)],
        &[off, done(Did::On, second(3), 2)],
        &[done(Did::On, second(9), 2), off],
    ] {
        assert!(judge(&ordered, wrong).is_err(), "{wrong:?}");
    }
}
