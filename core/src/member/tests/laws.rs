//! Each law is needed: what goes wrong without it, and not with it.

use super::std::string::String;
use super::std::vec::Vec;

use crate::member::{Laws, Order, ServiceConfig};
use crate::types::{Cause, Event, HandoverStep, Mode, ResetMethod, ServiceNumber};

use super::connector::Policy;
use super::world::{World, host, service};

const ONE: ServiceNumber = ServiceNumber(1);

fn world(hosts: u16, config: &ServiceConfig, laws: Laws) -> World {
    let mut world = World::under(hosts, core::slice::from_ref(config), laws);
    world.looks_for_wrongs = true;
    world
}

fn running(hosts: u16, laws: Laws) -> World {
    let order: Vec<u16> = (1..=hosts).collect();
    let mut world = world(hosts, &service(1, &order), laws);
    world.run(5_000);
    assert_eq!(world.active(1), Some(1));
    world
}

/// The story ends well under all laws, and goes wrong, so, without one.
fn bites(take_away: impl Fn(&mut Laws), wrong: &str, story: impl Fn(Laws) -> World) {
    let told = |laws| -> Vec<String> { story(laws).wrongs };
    assert_eq!(told(Laws::ALL), Vec::<String>::new());
    let mut laws = Laws::ALL;
    take_away(&mut laws);
    let wrongs = told(laws);
    assert!(wrongs.iter().any(|found| found.contains(wrong)), "{wrongs:?}");
}

const TWICE: &str = "runs on";

fn both_ways(world: &mut World, a: u16, b: u16) {
    world.cuts.extend([(a, b), (b, a)]);
}

#[test]
fn yields_from_all() {
    bites(
        |laws| laws.yields_from_all = false,
        TWICE,
        |laws| {
            let mut world = running(3, laws);
            both_ways(&mut world, 2, 3);
            world.connector.spared.extend([2, 3]);
            world.power_off(1);
            world.run(20_000);
            world
        },
    );
}

#[test]
fn adopt_running() {
    bites(
        |laws| laws.adopt_running = false,
        TWICE,
        |laws| {
            let mut world = running(2, laws);
            world.host(1).kill();
            world.boot(1);
            world.order(1, 1, Order::Maintenance(true));
            world.run(20_000);
            world
        },
    );
}

/// The first host fails, its standbys get proof but not each other's yield; it comes back, starts
/// the service with the yields of both, and is cut off.
fn came_back(laws: Laws, prove: impl Fn(&mut World)) -> World {
    let mut world = running(3, laws);
    both_ways(&mut world, 2, 3);
    world.connector.spared.extend([2, 3]);
    prove(&mut world);
    world.boot(1);
    world.run(8_000);
    assert_eq!(world.active(1), Some(1), "{}", world.story());
    world.cuts.clear();
    both_ways(&mut world, 1, 2);
    both_ways(&mut world, 1, 3);
    world.connector.policy = Policy::Refuse(Cause::TargetActive);
    world.connector.holds = false;
    world.run(20_000);
    world
}

#[test]
fn yield_drops_token() {
    bites(
        |laws| laws.yield_drops_token = false,
        TWICE,
        |laws| {
            came_back(laws, |world| {
                world.power_off(1);
                world.run(8_000);
            })
        },
    );
}

#[test]
fn word_dropped_like_token() {
    bites(
        |laws| laws.word_dropped_like_token = false,
        TWICE,
        |laws| {
            came_back(laws, |world| {
                world.connector.policy = Policy::Silent;
                world.connector.up = false;
                world.power_off(1);
                world.run(8_000);
                world.order(2, 1, Order::ItIsOff { host: host(1) });
                world.run(10);
                world.connector.up = true;
            })
        },
    );
}

#[test]
fn yield_drops_request() {
    bites(
        |laws| laws.yield_drops_request = false,
        TWICE,
        |laws| {
            came_back(laws, |world| {
                world.connector.holds = true;
                world.power_off(1);
                world.run(8_000);
            })
        },
    );
}

/// The second host is a candidate by order, with the yield of the first; what the third says
/// comes late, by every path, and the connector knows nothing of it.
fn one_yield_late(laws: Laws) -> World {
    let mut world = running(3, laws);
    world.connector.spared.extend([1, 2, 3]);
    world.order(1, 1, Order::Deactivate { service: ONE });
    world.run(2_000);
    world.stalled.extend([(3, 2, 1), (3, 2, 2), (1, 2, 1), (1, 2, 2)]);
    world.order(2, 2, Order::Activate { service: ONE });
    world.run(1_000);
    world.stalled.retain(|link| *link != (1, 2, 1));
    world.run(5_000);
    assert_eq!(world.active(1), None);
    world
}

#[test]
fn yield_drops_candidacy() {
    bites(
        |laws| laws.yield_drops_candidacy = false,
        TWICE,
        |laws| {
            let mut world = one_yield_late(laws);
            world.order(1, 3, Order::Activate { service: ONE });
            world.run(1_000);
            assert_eq!(world.active(1), Some(1), "{}", world.story());
            world.stalled.clear();
            world.run(1_000);
            world
        },
    );
}

/// The second host has yielded, and is a candidate again before it hears that the first runs the
/// service: it asks that one, too, and gets late what both had yielded before.
fn asked_while_active(laws: Laws) -> World {
    let mut world = one_yield_late(laws);
    world.stalled.extend([(3, 1, 1), (3, 1, 2)]);
    world.order(1, 3, Order::Activate { service: ONE });
    world.run(600);
    world.stalled.push((1, 2, 1));
    world.stalled.retain(|link| (link.0, link.1) != (3, 1));
    world.run(400);
    assert_eq!(world.active(1), Some(1), "{}", world.story());
    world.order(2, 4, Order::Activate { service: ONE });
    world.run(10);
    world.lose(1, 2, HandoverStep::AsksYield);
    world.stalled.clear();
    world.run(1_000);
    world
}

#[test]
fn yield_bound_to_generation() {
    bites(|laws| laws.yield_bound_to_generation = false, TWICE, asked_while_active);
}

#[test]
fn active_keeps() {
    bites(
        |laws| laws.active_keeps = false,
        TWICE,
        |laws| {
            let mut world = running(3, laws);
            world.order(1, 1, Order::Deactivate { service: ONE });
            world.run(2_000);
            world.stalled.extend([(3, 1, 1), (3, 1, 2)]);
            world.order(1, 2, Order::Activate { service: ONE });
            world.run(100);
            // The second has yielded, and does not hear that the first starts.
            world.stalled = super::std::vec![(1, 2, 1), (1, 2, 2)];
            world.run(300);
            assert_eq!(world.active(1), Some(1), "{}", world.story());
            world.order(2, 3, Order::Activate { service: ONE });
            world.run(300);
            world.stalled.clear();
            world.run(1_000);
            world
        },
    );
}

#[test]
fn generation_durable_before_start() {
    bites(
        |laws| laws.generation_durable_before_start = false,
        "not durable",
        |laws| {
            let mut world = running(2, laws);
            world.order(1, 1, Order::Deactivate { service: ONE });
            world.run(1_000);
            world.order(2, 2, Order::Activate { service: ONE });
            world.run(1_000);
            world
        },
    );
}

#[test]
fn failed_start_is_stopped() {
    bites(
        |laws| laws.failed_start_is_stopped = false,
        TWICE,
        |laws| {
            let mut world = running(3, laws);
            world.host(2).broken.push(ONE);
            world.host(1).kill();
            world.run(20_000);
            world
        },
    );
}

#[test]
fn frozen_starts_nothing() {
    bites(
        |laws| laws.frozen_starts_nothing = false,
        "frozen",
        |laws| {
            let mut world = running(2, laws);
            world.connector.mode = Mode::Plan;
            world.run(2_000);
            world.power_off(1);
            world.run(10_000);
            world
        },
    );
}

#[test]
fn starts_frozen() {
    let begun = |laws| {
        let mut world = running(2, laws);
        world.connector.up = false;
        world.host(2).kill();
        world.boot(2);
        world.order(2, 1, Order::Activate { service: ONE });
        world.run(100);
        let now = world.now;
        world.host(2).member.as_ref().expect("a member").snapshot(now).frozen()
    };
    assert!(begun(Laws::ALL));
    assert!(!begun(Laws { starts_frozen: false, ..Laws::ALL }));
}

#[test]
fn unknown_never_suspect() {
    let shot = |laws| {
        let mut world = world(2, &service(1, &[1, 2]), laws);
        world.host(1).kill();
        world.run(20_000);
        world.connector.requests.iter().any(|r| r.2.method != ResetMethod::LookOnly)
    };
    assert!(!shot(Laws::ALL));
    assert!(shot(Laws { unknown_never_suspect: false, ..Laws::ALL }));
}

#[test]
fn notice_is_no_proof() {
    bites(
        |laws| laws.notice_is_no_proof = false,
        TWICE,
        |laws| {
            let mut world = running(2, laws);
            world.connector.notice(2, Event::PowerOff, 1);
            world.run(100);
            world
        },
    );
}

#[test]
fn id_bound_to_connector_epoch() {
    let ids = |laws| {
        let mut world = running(2, laws);
        world.connector.policy = Policy::Silent;
        world.host(1).kill();
        world.run(6_000);
        let before = world.connector.requests.last().expect("asked").2.id;
        world.connector.restart();
        world.run(3_000);
        (before, world.connector.requests.last().expect("asked").2.id)
    };
    let (before, after) = ids(Laws::ALL);
    assert_ne!(before, after);
    let (before, after) = ids(Laws { id_bound_to_connector_epoch: false, ..Laws::ALL });
    assert_eq!(before, after);
}

#[test]
fn no_double_start_per_generation() {
    bites(
        |laws| laws.no_double_start_per_generation = false,
        "again, on host",
        |laws| {
            let mut world = running(2, laws);
            world.power_off(1);
            world.host(2).broken.push(ONE);
            world.run(60_000);
            world
        },
    );
}

#[test]
fn yields_only_higher() {
    bites(
        |laws| laws.yields_only_higher = false,
        "too",
        |laws| {
            let mut world = running(3, laws);
            world.order(1, 1, Order::Deactivate { service: ONE });
            world.run(2_000);
            both_ways(&mut world, 2, 3);
            world.order(2, 2, Order::Activate { service: ONE });
            world.order(3, 3, Order::Activate { service: ONE });
            world.run(1_000);
            world
        },
    );
}
