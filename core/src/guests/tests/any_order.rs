//! Whatever is ordered whenever, and whatever the guests do, these hold.

use super::std::vec::Vec;

use proptest::collection;
use proptest::prelude::*;

use super::world::{Real, World, guest};
use crate::guests::{GuestConfig, GuestIndex, LastResort, Work};

#[derive(Clone, Copy, Debug)]
enum Step {
    Stop(Option<u64>),
    Start,
    Wait(u64),
    Crash,
    /// The host loses its power; the plan goes on with a start, or with a stop.
    PowerLoss(bool),
    Disk(bool),
    Hypervisor(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => proptest::option::of(20..200_u64).prop_map(Step::Stop),
        3 => Just(Step::Start),
        6 => (0..40_000_u64).prop_map(Step::Wait),
        1 => Just(Step::Wait(400_000)),
        1 => Just(Step::Crash),
        1 => any::<bool>().prop_map(Step::PowerLoss),
        1 => any::<bool>().prop_map(Step::Disk),
        1 => any::<bool>().prop_map(Step::Hypervisor),
    ]
}

/// Guests that need only such as come before them.
fn guests() -> impl Strategy<Value = Vec<(GuestConfig, Real)>> {
    let one = (any::<u8>(), any::<bool>(), 0..4_u8, any::<(bool, bool)>(), 0..60_000_u64);
    collection::vec(one, 1..7).prop_map(|all| {
        let one =
            |(at, (after, ready, kind, (on, resort), millis)): (usize, (u8, bool, u8, _, _))| {
                let after: Vec<u8> =
                    (0..8).filter(|n| *n < at && after >> n & 1 == 1).map(small).collect();
                let last_resort = if resort { LastResort::Off } else { LastResort::Save };
                let config = GuestConfig { ready, last_resort, ..guest(small(at), &after) };
                let stops_in = (kind > 0).then_some(millis);
                let killed_in = (kind != 1).then_some(millis / 10);
                (config, Real { on, stops_in, killed_in, boots_in: Some(millis), ..Real::ON })
            };
        all.into_iter().enumerate().map(one).collect()
    })
}

fn small(at: usize) -> u8 {
    u8::try_from(at).expect("small")
}

/// Nobody is asked to stop while one that needs it was asked and has not gone, unless time ran out;
/// and nobody is started that was off when all of it began.
fn check(world: &World, was_on: &[bool]) {
    for (_, work) in &world.log {
        if let Work::Start(GuestIndex(at)) = work {
            assert!(was_on[usize::from(*at)], "{at} was off: {:?}", world.log);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_started_that_was_off_and_all_others_are(
        all in guests(), steps in collection::vec(step(), 1..12)
    ) {
        let (configs, real): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        let was_on: Vec<bool> = real.iter().map(|real| real.on).collect();
        let mut world = World::new(&configs, &real);
        for step in steps {
            match step {
                Step::Stop(seconds) => { world.stop("", seconds); }
                Step::Start => { world.start(""); }
                Step::Wait(millis) => world.run(millis),
                Step::Crash => world.restart(),
                Step::PowerLoss(returns) => {
                    world.lose_power();
                    if returns { world.start("") } else { world.stop("", None) };
                }
                Step::Disk(works) => world.disk_works = works,
                Step::Hypervisor(works) => world.hypervisor_works = works,
            }
            check(&world, &was_on);
        }
        (world.disk_works, world.hypervisor_works) = (true, true);
        // Mains are back for good: in the end each is what it was.
        world.run(1);
        let scope = world.start("");
        world.run_until(4_000_000, |world| !world.started(scope).working);
        world.run(900_000);
        check(&world, &was_on);
        prop_assert_eq!(world.are_on(), was_on);
    }

    #[test]
    fn a_stop_keeps_the_order_and_waits_only_for_evidence(all in guests()) {
        let (configs, real): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        let mut world = World::new(&configs, &real);
        let scope = world.stop("", None);
        world.run_until(4_000_000, |world| !world.stopped(scope).working);
        let asked = |guest: GuestIndex| {
            world.log.iter().find(|(_, work)| *work == Work::Stop(guest)).map(|(at, _)| *at)
        };
        let ended = |guest: GuestIndex| {
            world.events.iter().rev().find(|(_, of, _)| *of == guest).map(|(at, ..)| *at)
        };
        for (at, config) in configs.iter().enumerate().filter(|(at, _)| real[*at].on) {
            let own = GuestIndex(small(at));
            let needing: Vec<GuestIndex> = (0..configs.len())
                .filter(|other| real[*other].on && configs[*other].after.contains(own))
                .map(|other| GuestIndex(small(other)))
                .collect();
            let free = needing.iter().filter_map(|other| ended(*other)).max();
            let asked = asked(own).expect("each is asked");
            prop_assert!(free.is_none_or(|free| asked == free), "the moment that it may be");
            let limit = config.stop_limit.duration() * 2 + core::time::Duration::from_secs(20);
            prop_assert!(ended(own).expect("each ends").since(asked) <= limit);
        }
    }
}
