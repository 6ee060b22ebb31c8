//! How long it takes, and how long it is said to take.

use core::time::Duration;

use super::world::{Real, World, guest};
use crate::guests::{GuestConfig, GuestSet};

/// Eight guests of a host: two chains and two that stand alone.
fn eight() -> [GuestConfig; 8] {
    [
        guest(0, &[]),
        guest(1, &[0]),
        guest(2, &[1]),
        guest(3, &[]),
        guest(4, &[3]),
        guest(5, &[3, 0]),
        guest(6, &[]),
        guest(7, &[]),
    ]
}

const TIMES: [u64; 8] = [31_000, 17_000, 12_000, 25_000, 8_000, 21_000, 44_000, 5_000];

fn real() -> [Real; 8] {
    TIMES.map(|millis| Real { stops_in: Some(millis), boots_in: Some(millis), ..Real::ON })
}

#[test]
fn eight_guests_stop_in_the_time_of_the_longest_way_through_them() {
    let mut world = World::new(&eight(), &real());
    let scope = world.stop("", None);
    let took = world.run_until(300_000, |world| !world.stopped(scope).working);
    // 2, then 1, then 0.
    let longest = 12_000 + 17_000 + 31_000;
    assert!(took >= longest && took <= longest * 105 / 100, "{took} ms, at best {longest}");
    let measured = world.guests.stop_needed(world.now);
    assert_eq!(measured, Duration::ZERO, "nothing is left to stop");
}

#[test]
fn eight_guests_start_in_the_time_of_the_longest_way_through_them() {
    let ready = eight().map(|guest| GuestConfig { ready: true, ..guest });
    let mut world = World::new(&ready, &real());
    let scope = world.stop("", None);
    world.run_until(300_000, |world| !world.stopped(scope).working);
    let scope: GuestSet = scope;
    world.start("");
    world.began = world.now;
    let took = world.run_until(300_000, |world| !world.started(scope).working);
    let longest = 31_000 + 17_000 + 12_000;
    assert!(took >= longest && took <= longest * 105 / 100, "{took} ms, at best {longest}");
}

#[test]
fn the_time_that_is_needed_is_learned() {
    let mut world = World::new(&eight(), &real());
    let limits = Duration::from_secs(3 * 120);
    assert_eq!(world.guests.stop_needed(world.now), limits, "so far only the limits are known");
    for _ in 0..2 {
        let scope = world.stop("", None);
        world.run_until(300_000, |world| !world.stopped(scope).working);
        world.start("");
        world.run_until(300_000, |world| !world.started(scope).working);
    }
    let needed = world.guests.stop_needed(world.now);
    let longest = Duration::from_secs(60);
    assert!(needed >= longest && needed <= longest * 105 / 100, "{needed:?}");
    let scope = world.stop("", None);
    world.run(30_000);
    let left = world.guests.stop_needed(world.now);
    assert!(left >= Duration::from_secs(29) && left <= Duration::from_secs(33), "{left:?}");
    world.run_until(300_000, |world| !world.stopped(scope).working);
    assert!(world.guests.start_needed(world.now) > Duration::ZERO);
}
