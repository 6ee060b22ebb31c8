//! Stopping guests.

use super::world::{Real, World, guest, later};
use crate::guests::{
    Event, GuestConfig, GuestIndex, Input, LastResort, Power, Progress, Sight, Way, Work,
};
use crate::time::Millis;

const fn at(guest: u8) -> GuestIndex {
    GuestIndex(guest)
}

fn done(done: u16, of: u16) -> Progress {
    Progress { done, of, failed: 0, working: false }
}

#[test]
fn what_needs_a_guest_goes_before_it() {
    // A database, two that need it, and one alone.
    let configs = [guest(0, &[]), guest(1, &[0]), guest(2, &[0]), guest(3, &[])];
    let mut world = World::new(&configs, &[Real::ON; 4]);
    let scope = world.stop("", None);
    world.run(5_000);
    assert_eq!(world.works(), [Work::Stop(at(1)), Work::Stop(at(2)), Work::Stop(at(3))]);
    assert_eq!(world.stopped(scope), Progress { done: 0, of: 4, failed: 0, working: true });
    let took = world.run_until(60_000, |world| !world.stopped(scope).working);
    assert_eq!(world.works().last(), Some(&Work::Stop(at(0))));
    assert_eq!(world.stopped(scope), done(4, 4));
    assert!((20_000..21_500).contains(&took), "{took} ms for two times 10 s");
    assert_eq!(world.events_of(0), [Event::Stopped]);
}

#[test]
fn guests_that_are_off_are_left_alone() {
    let mut world = World::new(&[guest(0, &[]), guest(1, &[0])], &[Real::ON, Real::OFF]);
    let scope = world.stop("", None);
    world.run_until(60_000, |world| !world.stopped(scope).working);
    assert_eq!(world.works(), [Work::Stop(at(0))]);
    assert_eq!(world.stopped(scope), done(1, 1));
    world.start("");
    world.run(60_000);
    assert_eq!(world.are_on(), [true, false]);
}

#[test]
fn a_guest_of_the_hypervisor_is_not_asked() {
    let theirs = GuestConfig { way: Way::Hypervisor, ..guest(0, &[]) };
    let mut world = World::new(&[theirs], &[Real { auto: Some(true), ..Real::ON }]);
    let scope = world.stop("", None);
    world.run(300_000);
    world.start("");
    world.run(300_000);
    assert_eq!(world.works(), []);
    assert_eq!(world.stopped(scope), done(0, 0));
}

#[test]
fn a_deaf_guest_is_switched_off_at_its_limit() {
    let mut world = World::new(&[guest(0, &[]), guest(1, &[0])], &[Real::ON, Real::DEAF]);
    let scope = world.stop("", None);
    let took = world.run_until(200_000, |world| !world.stopped(scope).working);
    assert_eq!(world.works(), [Work::Stop(at(1)), Work::Kill(at(1)), Work::Stop(at(0))]);
    assert_eq!(world.events_of(1), [Event::LastResort, Event::Stopped]);
    assert_eq!(world.stopped(scope), done(2, 2));
    assert!((130_000..131_500).contains(&took), "{took} ms for 120 s and 10 s");
}

#[test]
fn a_deaf_guest_may_be_saved_or_left() {
    let save = GuestConfig { last_resort: LastResort::Save, ..guest(0, &[]) };
    let leave = GuestConfig { last_resort: LastResort::Leave, ..guest(1, &[]) };
    let mut world = World::new(&[save, leave], &[Real::DEAF; 2]);
    let scope = world.stop("", None);
    world.run_until(200_000, |world| !world.stopped(scope).working);
    let works = [Work::Stop(at(0)), Work::Stop(at(1)), Work::Save(at(0))];
    assert_eq!(world.works(), works);
    assert_eq!(world.events_of(1), [Event::StopFailed]);
    assert_eq!(world.stopped(scope), Progress { done: 1, of: 2, failed: 1, working: false });
}

#[test]
fn what_cannot_even_be_switched_off_does_not_hold_the_others_up() {
    let real = [Real::ON, Real { killed_in: None, ..Real::DEAF }];
    let mut world = World::new(&[guest(0, &[]), guest(1, &[0])], &real);
    let scope = world.stop("", None);
    let took = world.run_until(200_000, |world| !world.stopped(scope).working);
    assert_eq!(world.stopped(scope), Progress { done: 1, of: 2, failed: 1, working: false });
    assert_eq!(world.events_of(1), [Event::LastResort, Event::StopFailed]);
    assert!((145_000..147_000).contains(&took), "{took} ms for 120 s, 15 s and 10 s");
}

#[test]
fn an_order_is_over_in_its_time() {
    // The last is not even reached by then.
    let configs = [guest(0, &[]), guest(1, &[0]), guest(2, &[1])];
    let mut world = World::new(&configs, &[Real::ON, Real::ON, Real::DEAF]);
    let scope = world.stop("", Some(30));
    let took = world.run_until(60_000, |world| !world.stopped(scope).working);
    assert!(took < 30_000, "{took} ms");
    assert_eq!(world.stopped(scope), done(3, 3));
    assert_eq!(world.are_on(), [false; 3]);
    assert_eq!(world.works().last(), Some(&Work::Kill(at(2))));
}

#[test]
fn a_guest_may_be_asked_again() {
    let again = Some(Millis::from_secs(30));
    let mut world = World::asking(&[guest(0, &[])], &[Real::DEAF], again);
    let scope = world.stop("", None);
    world.run(45_000);
    world.real[0].stops_in = Some(1_000);
    let took = world.run_until(60_000, |world| !world.stopped(scope).working);
    assert_eq!(world.works(), [Work::Stop(at(0)); 3]);
    assert!((61_000..62_500).contains(&took), "{took} ms");
    let mut once = World::new(&[guest(0, &[])], &[Real::DEAF]);
    once.stop("", None);
    once.run(100_000);
    assert_eq!(once.works(), [Work::Stop(at(0))]);
}

#[test]
fn what_is_noticed_counts_at_once() {
    let mut world = World::new(&[guest(0, &[]), guest(1, &[0])], &[Real::ON; 2]);
    let scope = world.stop("", None);
    world.run(5_100);
    world.real[1].on = false;
    let sight = Sight { guest: at(1), power: Power::Off, auto: None };
    let (now, generations) = (world.now, &mut world.generations);
    world.guests.handle(now, Input::Noticed(sight), generations);
    world.run(1);
    assert_eq!(world.log.last(), Some(&(now, Work::Stop(at(0)))));
    world.run_until(60_000, |world| !world.stopped(scope).working);
}

#[test]
fn nobody_is_asked_before_it_is_durable_who_ran() {
    let mut world = World::new(&[guest(0, &[])], &[Real::ON]);
    world.disk_works = false;
    world.stop("", None);
    world.run(4_900);
    assert_eq!(world.works(), []);
    world.disk_works = true;
    world.run(100);
    assert_eq!(world.works(), [Work::Stop(at(0))]);
}

#[test]
fn a_broken_disk_does_not_cost_a_guest_its_life() {
    let mut world = World::new(&[guest(0, &[])], &[Real::ON]);
    world.disk_works = false;
    world.stop("", None);
    world.run(5_100);
    assert_eq!(world.works(), [Work::Stop(at(0))]);
}

#[test]
fn silence_of_the_hypervisor_is_not_off() {
    let mut world = World::new(&[guest(0, &[])], &[Real::ON]);
    world.hypervisor_works = false;
    let scope = world.stop("", Some(60));
    world.run(9_000);
    assert_eq!(world.works(), []);
    world.run(2_000);
    assert_eq!(world.works(), [Work::Stop(at(0))], "time runs out");
    world.run(30_000);
    assert!(!world.real[0].on && world.stopped(scope).working, "nobody has seen it gone");
    world.run(30_000);
    assert_eq!(world.stopped(scope), Progress { done: 0, of: 1, failed: 1, working: false });
}

#[test]
fn a_stop_may_be_ordered_twice() {
    let mut world = World::new(&[guest(0, &[]), guest(1, &[])], &[Real::ON; 2]);
    world.stop("", None);
    world.run(5_000);
    let scope = world.stop("", None);
    world.run_until(60_000, |world| !world.stopped(scope).working);
    let scope = world.stop("", None);
    world.run_until(60_000, |world| !world.stopped(scope).working);
    assert_eq!(world.works(), [Work::Stop(at(0)), Work::Stop(at(1))]);
    assert_eq!(world.stopped(scope), done(2, 2));
}

#[test]
fn groups_go_one_after_the_other() {
    let web = |n| GuestConfig { group: super::world::group("web"), ..guest(n, &[0]) };
    let mut world = World::new(&[guest(0, &[]), web(1), web(2)], &[Real::ON; 3]);
    let first = world.stop("web", None);
    world.run_until(60_000, |world| !world.stopped(first).working);
    assert_eq!(world.are_on(), [true, false, false]);
    let all = world.stop("", None);
    world.run_until(60_000, |world| !world.stopped(all).working);
    assert_eq!(world.stopped(all), done(3, 3));
    assert_eq!(world.stopped(first), done(2, 2));
}

#[test]
fn in_peace_the_hypervisor_is_seldom_asked() {
    let mut world = World::new(&[guest(0, &[])], &[Real::ON]);
    let before = world.lists;
    world.run(600_000);
    assert_eq!(world.lists - before, 10);
    let end = later(world.now, 1);
    assert!(world.guests.deadline(world.now).is_some_and(|next| next >= end));
}
