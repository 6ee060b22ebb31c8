//! What outlives a crash.

use super::std;
use super::std::vec::Vec;
use super::world::{Real, World, group, guest};
use crate::guests::{Config, Event, GuestConfig, GuestIndex, Guests, Saved, Work};

#[test]
fn who_is_to_be_started_outlives_a_crash_and_a_new_order_of_the_guests() {
    let mut world = World::new(
        &[guest(0, &[]), guest(1, &[]), guest(2, &[])],
        &[Real::ON, Real::OFF, Real::ON],
    );
    let scope = world.stop("", None);
    world.run_until(60_000, |world| !world.stopped(scope).working);
    let saved: Vec<Saved> = world.guests.saved().collect();
    let fallen: Vec<u64> = saved.iter().filter(|s| s.fallen).map(|s| s.id.0).collect();
    assert_eq!(fallen, [100, 102]);
    // One is gone from the configuration, and the others have changed their places.
    let config = Config::new(&[guest(2, &[]), guest(1, &[])], None).expect("fits");
    let again = Guests::new(config, saved.into_iter(), world.now);
    let fallen: Vec<u8> = again.snapshot().filter(|g| g.fallen).map(|g| g.guest.0).collect();
    assert_eq!(fallen, [0]);
}

#[test]
fn one_that_is_kept_is_started_again_also_after_a_crash() {
    let mut world = World::new(&[guest(0, &[])], &[Real { stops_in: Some(60_000), ..Real::ON }]);
    world.stop("", None);
    world.run(5_000);
    world.restart();
    let scope = world.start("");
    world.run_until(60_000, |world| !world.started(scope).working);
    assert_eq!((world.are_on(), world.events_of(0)), (std::vec![true], std::vec![Event::Kept]));
    world.run(1_000);
    world.restart();
    world.run(120_000);
    let works = [Work::Stop(GuestIndex(0)), Work::Start(GuestIndex(0))];
    assert_eq!((world.are_on(), world.works()), (std::vec![true], works.to_vec()));
}

#[test]
fn that_one_is_kept_counts_once_it_is_durable() {
    let mut world = World::new(&[guest(0, &[])], &[Real::DEAF]);
    world.stop("", None);
    world.run(5_000);
    world.restart();
    world.disk_works = false;
    let scope = world.start("");
    world.run(3_000);
    assert_eq!(world.events_of(0), [Event::Kept]);
    assert!(world.started(scope).working);
    world.disk_works = true;
    world.run(1_000);
    assert!(!world.started(scope).working);
}

#[test]
fn one_that_was_kept_and_is_to_go_stays_gone_after_a_crash() {
    let mut world = World::new(&[guest(0, &[])], &[Real::DEAF]);
    world.stop("", None);
    world.run(60_000);
    let scope = world.start("");
    world.run_until(100_000, |world| !world.started(scope).working);
    world.real[0].stops_in = Some(10_000);
    let asked = world.works().len();
    world.disk_works = false;
    world.stop("", None);
    world.run(1_000);
    assert_eq!(world.works().len(), asked, "that it is not kept any more is durable first");
    world.disk_works = true;
    world.run(5_000);
    world.restart();
    world.run(120_000);
    assert_eq!(world.are_on(), [false]);
}

#[test]
fn a_crash_in_the_middle_of_a_stop_loses_nobody() {
    let mut world = World::new(&[guest(0, &[]), guest(1, &[0])], &[Real::ON; 2]);
    world.stop("", None);
    world.run(15_000);
    assert_eq!(world.works(), [Work::Stop(GuestIndex(1)), Work::Stop(GuestIndex(0))]);
    world.restart();
    let scope = world.stop("", None);
    world.run_until(60_000, |world| !world.stopped(scope).working);
    assert_eq!(world.stopped(scope).done, 2);
    let scope = world.start("");
    world.run_until(60_000, |world| !world.started(scope).working);
    assert_eq!(world.are_on(), [true; 2]);
}

#[test]
fn who_ran_when_the_host_lost_its_power_is_started_behind_those_that_it_needs() {
    let all = [guest(0, &[]), guest(1, &[0]), guest(2, &[])];
    let mut world = World::new(&all, &[Real::ON, Real::ON, Real::OFF]);
    world.lose_power();
    world.run(5_000);
    assert_eq!(world.works(), [], "nobody has asked for it yet");
    let scope = world.start("");
    world.run_until(60_000, |world| !world.started(scope).working);
    assert_eq!(world.are_on(), [true, true, false]);
    assert_eq!(world.works(), [Work::Start(GuestIndex(0)), Work::Start(GuestIndex(1))]);
    assert_eq!(world.started(scope).done, 2);
}

#[test]
fn who_was_started_before_the_others_is_not_forgotten_when_the_host_goes() {
    let mut world = World::new(&[guest(0, &[]), guest(1, &[0])], &[Real::ON; 2]);
    let scope = world.stop("", None);
    world.run_until(60_000, |world| !world.stopped(scope).working);
    world.start("");
    world.run_until(60_000, |world| world.works().contains(&Work::Start(GuestIndex(1))));
    world.lose_power();
    world.log.clear();
    let scope = world.start("");
    world.run_until(60_000, |world| !world.started(scope).working);
    assert_eq!(world.works(), [Work::Start(GuestIndex(0)), Work::Start(GuestIndex(1))]);
}

#[test]
fn who_was_lost_and_is_to_stop_again_before_it_was_started_is_not_forgotten() {
    let mut world = World::new(&[guest(0, &[])], &[Real::ON]);
    world.lose_power();
    world.run(1_000);
    let scope = world.stop("", None);
    world.run_until(60_000, |world| !world.stopped(scope).working);
    world.run(2_000_000);
    let scope = world.start("");
    world.run_until(60_000, |world| !world.started(scope).working);
    assert_eq!(world.are_on(), [true]);
}

#[test]
fn who_was_lost_goes_with_its_host_again() {
    let mut world = World::new(&[guest(0, &[])], &[Real::ON]);
    world.lose_power();
    world.run(1_000);
    world.guests.host_goes(&mut world.generations);
    world.run(2_000_000);
    let scope = world.start("");
    world.run_until(60_000, |world| !world.started(scope).working);
    assert_eq!(world.are_on(), [true]);
}

#[test]
fn who_was_lost_and_is_left_off_is_meant_to_be() {
    let mut world = World::new(&[guest(0, &[])], &[Real::ON]);
    world.lose_power();
    world.run(1_000_000);
    world.start("");
    world.run(60_000);
    assert_eq!(world.works(), []);
}

#[test]
fn who_goes_before_our_eyes_was_not_lost() {
    let mut world = World::new(&[guest(0, &[])], &[Real::ON]);
    world.restart();
    world.run(1_000);
    world.real[0].on = false;
    world.run(61_000);
    world.start("");
    world.run(60_000);
    world.lose_power();
    world.start("");
    world.run(60_000);
    assert_eq!(world.works(), []);
}

#[test]
fn one_that_was_kept_and_goes_with_its_host_waits_for_those_that_it_needs() {
    let front = GuestConfig { group: group("front"), ..guest(2, &[1]) };
    let all = [guest(0, &[]), guest(1, &[0]), front];
    let mut world = World::new(&all, &[Real::ON, Real::ON, Real::DEAF]);
    world.stop("front", None);
    world.run(5_000);
    world.restart();
    world.start("front");
    world.run(5_000);
    assert_eq!(world.events_of(2), [Event::Kept]);
    world.log.clear();
    world.lose_power();
    world.run(60_000);
    let started = [0, 1, 2].map(|at| Work::Start(GuestIndex(at)));
    assert_eq!(world.works(), started);
}
