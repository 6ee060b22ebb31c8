//! Anything may happen: a service never runs twice, and runs again once all is well.

use super::std::env;
use super::std::panic::{AssertUnwindSafe, catch_unwind};

use crate::member::{Laws, Order};
use crate::types::{Cause, Event, Mode, ServiceNumber};

use super::connector::Policy;
use super::world::{CONNECTOR, Chance, World, host, service};

const ONE: ServiceNumber = ServiceNumber(1);
/// Worlds that are gone through, unless the environment's KOMAINU_WORLDS says how many.
const WORLDS: u64 = 12;
/// Things that happen in one world.
const EVENTS: u64 = 60;

fn happen(world: &mut World, chance: &mut Chance) {
    let number = 1 + u16::try_from(chance.below(3)).expect("small");
    let other = 1 + u16::try_from(chance.below(3)).expect("small");
    let (power, alive) = (world.host(number).power, world.host(number).member.is_some());
    match chance.below(18) {
        0 if alive => world.host(number).kill(),
        1 if alive => world.power_off(number),
        0..=4 if !alive => world.boot(number),
        2 => world.connector.restart(),
        3 => world.connector.policy = Policy::Silent,
        4 => world.connector.policy = Policy::Fail(Cause::BmcSilent),
        5 => world.connector.policy = Policy::Refuse(Cause::TooFewLeft),
        6 | 7 => world.connector.policy = Policy::Fence,
        8 => world.cuts.push((number, other)),
        9 => world.cuts.push((number, CONNECTOR)),
        10 => world.cuts.push((CONNECTOR, number)),
        11 | 12 => world.cuts.clear(),
        13 if alive => world.order(number, 1, Order::Swap { service: ONE, to: None }),
        14 if alive => world.order(number, 2, Order::Activate { service: ONE }),
        15 if alive && !world.host(other).power => {
            world.order(number, 3, Order::ItIsOff { host: host(other) });
        }
        16 => world.connector.notice(number, Event::PowerOff, other),
        17 if power => {
            let broken = &mut world.host(number).broken;
            if broken.pop().is_none() {
                broken.push(ONE);
            }
        }
        _ => {
            let modes = [Mode::Normal, Mode::Normal, Mode::Plan];
            world.connector.mode = modes[usize::try_from(chance.below(3)).expect("small")];
        }
    }
}

fn live(seed: u64, laws: Laws) -> World {
    let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut world = World::under(3, &[service(1, &[1, 2, 3])], laws);
    world.chance = Some(Chance(seed | 1));
    for _ in 0..EVENTS {
        let pause = [5, 60, 400, 3_000, 9_000][usize::try_from(chance.below(5)).expect("small")];
        world.run(chance.below(pause));
        happen(&mut world, &mut chance);
    }
    world
}

/// Everything works again.
fn heal(world: &mut World) {
    world.chance = None;
    world.cuts.clear();
    world.connector.policy = Policy::Fence;
    world.connector.mode = Mode::Normal;
    for number in 1..=3 {
        world.host(number).broken.clear();
        if world.host(number).member.is_none() {
            world.boot(number);
        }
    }
}

#[test]
fn a_service_runs_once_at_most_and_again_in_the_end() {
    let worlds = env::var("KOMAINU_WORLDS").ok().and_then(|worlds| worlds.parse().ok());
    for seed in worlds.map_or(1..=WORLDS, |worlds: u64| 1..=worlds) {
        let mut world = live(seed, Laws::ALL);
        heal(&mut world);
        let runs = |world: &mut World| world.active(1).is_some();
        assert!(world.run_until(180_000, runs), "seed {seed}\n{}", world.story());
    }
}

/// Which laws a few worlds of chaos show to be needed; the simulator goes through far more.
#[test]
#[ignore = "a survey, takes minutes"]
fn survey_of_the_laws() {
    for (name, take_away) in Laws::EACH {
        let mut laws = Laws::ALL;
        take_away(&mut laws);
        let broken =
            |seed: &u64| catch_unwind(AssertUnwindSafe(|| drop(live(*seed, laws)))).is_err();
        let found = (1..=400).find(broken);
        super::std::println!("{name}: {found:?}");
    }
}
