//! Starting guests again, also in the middle of their stop.

use super::std::vec::Vec;
use super::world::{Real, World, guest};
use crate::guests::{Event, GuestConfig, GuestIndex, LastResort, Progress, Work};

const fn at(guest: u8) -> GuestIndex {
    GuestIndex(guest)
}

/// All of them have been stopped.
fn down(configs: &[GuestConfig], real: &[Real]) -> World {
    let mut world = World::new(configs, real);
    let scope = world.stop("", None);
    world.run_until(300_000, |world| !world.stopped(scope).working);
    world.log.clear();
    world.events.clear();
    world.began = world.now;
    world
}

#[test]
fn guests_start_in_order_when_what_they_need_is_ready() {
    let db = GuestConfig { ready: true, ..guest(0, &[]) };
    let mut world = down(&[db, guest(1, &[0]), guest(2, &[])], &[Real::ON; 3]);
    let scope = world.start("");
    let took = world.run_until(60_000, |world| !world.started(scope).working);
    let starts: Vec<_> =
        world.works().into_iter().filter(|work| matches!(work, Work::Start(_))).collect();
    assert_eq!(starts, [Work::Start(at(0)), Work::Start(at(2)), Work::Start(at(1))]);
    assert!((8_000..10_500).contains(&took), "{took} ms for 8 s until the first is ready");
    assert_eq!(world.started(scope), Progress { done: 3, of: 3, failed: 0, working: false });
    assert_eq!(world.are_on(), [true; 3]);
    assert_eq!(world.events_of(0), [Event::Started]);
}

#[test]
fn a_start_that_fails_is_tried_again_and_ends_at_its_limit() {
    let mut world = down(&[guest(0, &[]), guest(1, &[0])], &[Real::ON; 2]);
    world.real[0].boots_in = None;
    let scope = world.start("");
    let took = world.run_until(400_000, |world| !world.started(scope).working);
    assert!((300_000..301_500).contains(&took), "{took} ms");
    assert_eq!(world.started(scope), Progress { done: 1, of: 2, failed: 1, working: false });
    assert_eq!(world.events_of(0), [Event::StartFailed]);
    // It is not forgotten.
    world.real[0].boots_in = Some(1_000);
    let scope = world.start("");
    world.run_until(60_000, |world| !world.started(scope).working);
    assert_eq!(world.are_on(), [true; 2]);
}

#[test]
fn mains_that_come_back_keep_who_was_not_asked() {
    let configs = [guest(0, &[]), guest(1, &[0]), guest(2, &[1])];
    let mut world = World::new(&configs, &[Real::ON; 3]);
    world.stop("", None);
    world.run(5_000);
    let scope = world.start("");
    world.run(2_000);
    assert_eq!(world.works(), [Work::Stop(at(2))], "what stops is let go");
    world.run_until(60_000, |world| !world.started(scope).working);
    assert_eq!(world.works(), [Work::Stop(at(2)), Work::Start(at(2))]);
    assert_eq!(world.are_on(), [true; 3]);
    assert_eq!(world.started(scope), Progress { done: 3, of: 3, failed: 0, working: false });
    assert!(world.guests.saved().all(|saved| !saved.fallen));
}

#[test]
fn mains_that_come_back_spare_the_deaf() {
    let mut world = World::new(&[guest(0, &[])], &[Real::DEAF]);
    world.stop("", None);
    world.run(60_000);
    let scope = world.start("");
    world.run_until(100_000, |world| !world.started(scope).working);
    assert_eq!(world.works(), [Work::Stop(at(0))]);
    assert_eq!(world.events_of(0), [Event::Kept]);
    assert_eq!(world.started(scope), Progress { done: 1, of: 1, failed: 0, working: false });
}

#[test]
fn one_that_was_started_before_a_crash_is_waited_for_until_it_is_ready() {
    let configs = [GuestConfig { ready: true, ..guest(0, &[]) }, guest(1, &[0])];
    let mut world = down(&configs, &[Real::ON; 2]);
    world.start("");
    world.run_until(10_000, |world| world.real[0].on);
    let ready = world.real[0].ready.expect("it boots");
    world.restart();
    let scope = world.start("");
    world.run_until(60_000, |world| !world.started(scope).working);
    assert_eq!(world.are_on(), [true; 2]);
    let of = |work: Work| world.log.iter().find(|(_, done)| *done == work).map(|(when, _)| *when);
    assert!(of(Work::Start(at(1))) >= Some(ready), "{:?}", world.log);
}

#[test]
fn one_that_goes_late_is_started_again() {
    let leave = GuestConfig { last_resort: LastResort::Leave, ..guest(0, &[]) };
    let slow = Real { stops_in: Some(180_000), ..Real::ON };
    let mut world = down(&[leave], &[slow]);
    let scope = world.start("");
    world.run_until(30_000, |world| !world.started(scope).working);
    assert_eq!(world.are_on(), [true]);
    world.run(70_000);
    assert_eq!(world.works(), [Work::Start(at(0))]);
    assert_eq!(world.are_on(), [true]);
    // After that it is nobody's business but the operator's.
    world.run(700_000);
    world.real[0].on = false;
    world.run(700_000);
    assert_eq!(world.are_on(), [false]);
}

#[test]
fn an_outage_during_the_start_stops_what_has_started() {
    let configs = [GuestConfig { ready: true, ..guest(0, &[]) }, guest(1, &[0]), guest(2, &[])];
    let mut world = down(&configs, &[Real::ON; 3]);
    world.start("");
    world.run(3_000);
    assert_eq!(world.are_on(), [true, false, true]);
    let scope = world.stop("", None);
    world.run_until(60_000, |world| !world.stopped(scope).working);
    assert_eq!(world.are_on(), [false; 3]);
    assert!(!world.works().contains(&Work::Start(at(1))));
    let scope = world.start("");
    world.run_until(60_000, |world| !world.started(scope).working);
    assert_eq!(world.are_on(), [true; 3], "nobody is forgotten over it");
}

#[test]
fn a_stop_overtakes_a_start_that_runs() {
    let mut world = down(&[guest(0, &[])], &[Real::ON]);
    world.start("");
    world.run_until(5_000, |world| !world.log.is_empty());
    let scope = world.stop("", None);
    world.run_until(60_000, |world| !world.stopped(scope).working);
    assert_eq!(world.works(), [Work::Start(at(0)), Work::Stop(at(0))]);
    assert_eq!(world.are_on(), [false]);
}

#[test]
fn one_that_somebody_else_started_is_let_be() {
    let mut world = down(&[guest(0, &[]), guest(1, &[])], &[Real::ON; 2]);
    world.real[0].on = true;
    world.run(61_000);
    world.real[0].on = false;
    world.run(61_000);
    let scope = world.start("");
    world.run_until(60_000, |world| !world.started(scope).working);
    assert_eq!(world.are_on(), [false, true], "it was switched off by hand since");
}

#[test]
fn one_that_could_not_be_stopped_is_started_after_its_host_went_down() {
    let mut world = down(&[guest(0, &[])], &[Real { killed_in: None, ..Real::DEAF }]);
    world.run(5_000);
    world.real[0].on = false;
    world.restart();
    let scope = world.start("");
    world.run_until(60_000, |world| !world.started(scope).working);
    assert_eq!(world.are_on(), [true]);
}

#[test]
fn a_hypervisor_that_is_not_up_yet_is_waited_for() {
    let mut world = down(&[guest(0, &[])], &[Real::ON]);
    world.restart();
    world.hypervisor_works = false;
    let scope = world.start("");
    world.run(60_000);
    assert!(world.works().is_empty() && world.started(scope).working);
    world.hypervisor_works = true;
    world.run_until(60_000, |world| !world.started(scope).working);
    assert_eq!(world.are_on(), [true]);
}

#[test]
fn one_that_was_just_started_is_not_off_because_nothing_is_seen_of_it() {
    let mut world = down(&[guest(0, &[])], &[Real::ON]);
    world.start("");
    world.run_until(5_000, |world| !world.log.is_empty());
    world.hypervisor_works = false;
    world.run(1_000);
    assert_eq!(world.are_on(), [true]);
    let scope = world.stop("", Some(120));
    world.run(11_000);
    assert!(world.stopped(scope).working);
    world.hypervisor_works = true;
    world.run(70_000);
    // Its host goes down, and comes back.
    world.real[0] = Real::OFF;
    world.restart();
    let scope = world.start("");
    world.run_until(60_000, |world| !world.started(scope).working);
    assert_eq!(world.are_on(), [true]);
}

#[test]
fn one_that_is_wanted_again_is_not_asked_again() {
    let again = Some(crate::time::Millis::from_secs(30));
    let mut world = World::asking(&[guest(0, &[])], &[Real::DEAF], again);
    world.stop("", None);
    world.run(15_000);
    world.start("");
    world.real[0].stops_in = Some(5_000);
    world.run(200_000);
    assert_eq!(world.works(), [Work::Stop(at(0))], "{:?}", world.log);
}

#[test]
fn one_that_is_wanted_again_is_not_killed_again() {
    let mut world = World::new(&[guest(0, &[])], &[Real { killed_in: None, ..Real::DEAF }]);
    world.stop("", None);
    world.run(121_000);
    assert_eq!(world.works(), [Work::Stop(at(0)), Work::Kill(at(0))]);
    world.start("");
    world.real[0].killed_in = Some(100);
    world.run(60_000);
    assert_eq!(world.works(), [Work::Stop(at(0)), Work::Kill(at(0))], "{:?}", world.log);
}
