//! A host fails, and its services are taken over.

use super::std::vec::Vec;

use crate::member::{OnFailure, View};
use crate::types::{Cause, Event, Mode, ResetMethod, ServiceNumber, ServiceState};

use super::connector::{FENCING, Policy};
use super::world::{LATENCY, World, host, service};

fn two() -> World {
    let mut world = World::new(2, &[service(1, &[1, 2])]);
    world.run(5_000);
    assert_eq!(world.active(1), Some(1), "{}", world.story());
    world
}

fn three() -> World {
    let mut world = World::new(3, &[service(1, &[1, 2, 3])]);
    world.run(5_000);
    assert_eq!(world.active(1), Some(1), "{}", world.story());
    world
}

#[test]
fn the_primary_starts_first() {
    let mut world = two();
    assert_eq!(world.state(2, 1), ServiceState::Standby);
    assert!(world.connector.requests.is_empty(), "nobody is asked about hosts that are heard");
}

#[test]
fn a_dead_host_is_fenced_and_its_service_taken_over() {
    let mut world = two();
    world.host(1).kill();
    assert!(world.run_until(8_000, |world| world.active(1) == Some(2)), "{}", world.story());
    let asked = world.connector.requests.first().expect("asked").0.as_micros();
    let (started, _) = *world.host(2).starts.first().expect("started");
    let took = started.as_micros() - (asked - LATENCY);
    assert!(took <= FENCING + 2 * LATENCY, "{took} us");
    assert!(!world.host(1).power);
}

#[test]
fn a_host_is_taken_for_failed_after_patrol_and_not_before() {
    let mut world = two();
    world.host(1).kill();
    let killed = world.now.as_micros();
    world.run(8_000);
    let asked = world.connector.requests.first().expect("asked").0.as_micros();
    let silent = (asked - killed) / 1000;
    assert!((3_000..=5_001).contains(&silent), "{silent} ms");
}

#[test]
fn without_an_answer_nothing_starts() {
    let mut world = two();
    world.connector.policy = Policy::Silent;
    world.host(1).kill();
    world.run(120_000);
    assert_eq!(world.active(1), Some(1), "its workload runs on");
    assert!(world.host(2).starts.is_empty());
}

#[test]
fn a_failed_fencing_leads_to_a_wait_and_a_look_every_ten_seconds() {
    let mut world = two();
    world.connector.policy = Policy::Fail(Cause::BmcSilent);
    world.host(1).kill();
    world.run(9_000);
    assert_eq!(world.state(2, 1), ServiceState::Waiting);
    assert!(world.host(2).starts.is_empty());
    world.run(10_000);
    let last = world.connector.requests.last().expect("asked");
    assert_eq!(last.2.method, ResetMethod::LookOnly);
    world.power_off(1);
    assert!(world.run_until(21_000, |world| world.active(1) == Some(2)), "{}", world.story());
}

#[test]
fn what_heals_is_shot_in_the_end() {
    let mut world = two();
    world.connector.policy = Policy::Fail(Cause::BmcSilent);
    world.host(1).kill();
    world.run(9_000);
    world.connector.policy = Policy::Fence;
    assert!(world.run_until(40_000, |world| world.active(1) == Some(2)), "{}", world.story());
}

#[test]
fn a_refusal_that_passes_is_asked_again() {
    let mut world = two();
    world.connector.policy = Policy::Refuse(Cause::Held);
    world.host(1).kill();
    world.run(9_000);
    assert!(world.host(2).starts.is_empty());
    world.connector.policy = Policy::Fence;
    assert!(world.run_until(11_000, |world| world.active(1) == Some(2)), "{}", world.story());
    let ids: Vec<_> = world.connector.requests.iter().map(|r| r.2.id).collect();
    assert_ne!(ids.first(), ids.last(), "a question that is over is asked under a new id");
}

#[test]
fn a_host_that_was_just_alive_for_the_connector_is_asked_about_again_soon() {
    let mut world = two();
    world.connector.policy = Policy::Refuse(Cause::TargetActive);
    world.host(1).kill();
    assert!(world.run_until(8_000, |world| !world.connector.requests.is_empty()));
    world.run(100);
    world.connector.policy = Policy::Fence;
    assert!(world.run_until(2_500, |world| world.active(1) == Some(2)), "{}", world.story());
}

#[test]
fn a_question_is_repeated_under_its_id() {
    let mut world = two();
    world.connector.policy = Policy::Silent;
    world.host(1).kill();
    world.run(8_000);
    let requests = &world.connector.requests;
    assert!(requests.len() > 4);
    let first = requests.first().expect("asked").2.id;
    assert!(requests.iter().all(|request| request.2.id == first));
    for pair in requests.windows(2) {
        assert_eq!(pair[1].0.as_micros() - pair[0].0.as_micros(), 250_000);
    }
}

#[test]
fn a_connector_that_starts_anew_is_asked_under_a_new_id() {
    let mut world = two();
    world.connector.policy = Policy::Silent;
    world.host(1).kill();
    world.run(6_000);
    let before = world.connector.requests.last().expect("asked").2.id;
    world.connector.restart();
    world.connector.policy = Policy::Fence;
    assert!(world.run_until(5_000, |world| world.active(1) == Some(2)), "{}", world.story());
    assert_ne!(before, world.connector.requests.last().expect("asked").2.id);
}

#[test]
fn a_notice_makes_the_member_look_at_once() {
    let mut world = two();
    world.power_off(1);
    world.run(10);
    world.connector.notice(2, Event::PowerOff, 1);
    assert!(world.run_until(50, |world| world.active(1) == Some(2)), "{}", world.story());
    let request = world.connector.requests.last().expect("asked");
    assert_eq!(request.2.method, ResetMethod::LookOnly);
}

#[test]
fn a_wrong_notice_changes_nothing() {
    let mut world = two();
    world.connector.notice(2, Event::PowerOff, 1);
    world.run(20_000);
    assert_eq!(world.active(1), Some(1));
    assert!(world.host(1).power);
    assert!(world.connector.requests.iter().all(|r| r.2.method == ResetMethod::LookOnly));
    world.host(1).kill();
    assert!(world.run_until(8_000, |world| world.active(1) == Some(2)), "{}", world.story());
}

#[test]
fn the_next_standby_takes_over_when_the_first_cannot_start() {
    let mut world = three();
    world.host(2).broken.push(ServiceNumber(1));
    world.host(1).kill();
    assert!(world.run_until(30_000, |world| world.active(1) == Some(3)), "{}", world.story());
    assert_eq!(world.host(2).starts.len(), 2, "two tries");
}

#[test]
fn the_next_standby_takes_over_when_the_first_fails_too() {
    let mut world = three();
    world.host(1).kill();
    world.host(2).kill();
    assert!(world.run_until(20_000, |world| world.active(1) == Some(3)), "{}", world.story());
    assert!(!world.host(1).power && !world.host(2).power);
}

#[test]
fn the_next_standby_takes_over_when_the_first_has_no_reset_path() {
    let mut world = three();
    world.cuts.push((2, super::world::CONNECTOR));
    world.host(1).kill();
    let taken = |world: &mut World| world.active(1) == Some(3);
    assert!(world.run_until(30_000, taken), "{}", world.story());
}

#[test]
fn each_of_two_takes_the_others_service() {
    let mut world = World::new(2, &[service(1, &[1, 2]), service(2, &[2, 1])]);
    world.run(5_000);
    assert_eq!((world.active(1), world.active(2)), (Some(1), Some(2)));
    world.host(2).kill();
    world.run(10_000);
    assert_eq!((world.active(1), world.active(2)), (Some(1), Some(1)));
}

#[test]
fn one_standby_serves_several() {
    let services = [service(1, &[1, 3]), service(2, &[2, 3])];
    let mut world = World::new(3, &services);
    world.run(5_000);
    assert_eq!((world.active(1), world.active(2)), (Some(1), Some(2)));
    world.host(1).kill();
    world.host(2).kill();
    world.run(10_000);
    assert_eq!((world.active(1), world.active(2)), (Some(3), Some(3)), "{}", world.story());
}

#[test]
fn a_partition_starts_nothing_without_proof() {
    let mut world = two();
    world.connector.policy = Policy::Refuse(Cause::TargetActive);
    world.cuts.extend([(1, 2), (2, 1)]);
    world.run(60_000);
    assert_eq!(world.active(1), Some(1));
    assert!(world.host(2).starts.is_empty());
    world.cuts.clear();
    world.run(5_000);
    let now = world.now;
    let snapshot = world.host(2).member.as_ref().expect("a member").snapshot(now);
    let peer = snapshot.peers().find(|peer| peer.host == host(1)).expect("a peer");
    assert_eq!(peer.view, View::Alive);
    assert_eq!(world.state(2, 1), ServiceState::Standby);
}

#[test]
fn one_path_is_enough() {
    let mut world = two();
    world.cut_path(1);
    world.run(30_000);
    assert_eq!(world.active(1), Some(1));
    assert!(world.connector.requests.is_empty(), "{}", world.story());
}

#[test]
fn paths_that_pass_one_way_each_are_enough_together() {
    let mut world = two();
    world.stalled.extend([(1, 2, 1), (2, 1, 2)]);
    world.run(60_000);
    assert_eq!(world.active(1), Some(1));
    assert!(world.connector.requests.is_empty(), "{}", world.story());
    for (number, other) in [(1, 2), (2, 1)] {
        let now = world.now;
        let snapshot = world.host(number).member.as_ref().expect("a member").snapshot(now);
        let peer = snapshot.peers().find(|peer| peer.host == host(other)).expect("a peer");
        assert!(peer.crossed && peer.view == View::Alive);
    }
    world.host(1).kill();
    assert!(world.run_until(9_000, |world| world.active(1) == Some(2)), "{}", world.story());
}

#[test]
fn a_service_that_fails_moves_to_its_standby() {
    let mut world = two();
    world.host(1).running.clear();
    world.host(1).broken.push(ServiceNumber(1));
    assert!(world.run_until(10_000, |world| world.active(1) == Some(2)), "{}", world.story());
    assert!(world.host(1).power, "the host goes on");
}

#[test]
fn a_failure_that_takes_the_host_down() {
    let mut config = service(1, &[1, 2]);
    config.on_failure = OnFailure::PairDown;
    let mut world = World::new(2, &[config]);
    world.run(5_000);
    world.host(1).running.clear();
    assert!(world.run_until(15_000, |world| world.active(1) == Some(2)), "{}", world.story());
    assert!(world.host(1).went_down);
}

#[test]
fn a_failure_that_leaves_the_service_stopped() {
    let mut config = service(1, &[1, 2]);
    config.on_failure = OnFailure::Stop;
    let mut world = World::new(2, &[config]);
    world.run(5_000);
    world.host(1).running.clear();
    world.run(30_000);
    assert_eq!(world.active(1), None);
    assert_eq!(world.state(1, 1), ServiceState::Stopped);
}

#[test]
fn a_restarted_member_adopts_what_runs() {
    let mut world = two();
    world.host(1).kill();
    world.run(1_000);
    world.boot(1);
    world.run(20_000);
    assert_eq!(world.active(1), Some(1));
    assert_eq!(world.state(1, 1), ServiceState::Active);
    assert_eq!(world.host(1).starts.len(), 1, "it was not started again");
    assert!(world.connector.requests.is_empty());
}

#[test]
fn a_fenced_host_comes_back_as_standby() {
    let mut world = two();
    world.host(1).kill();
    world.run(8_000);
    assert_eq!(world.active(1), Some(2));
    world.boot(1);
    world.run(10_000);
    assert_eq!(world.state(1, 1), ServiceState::Standby);
    world.host(2).kill();
    assert!(world.run_until(8_000, |world| world.active(1) == Some(1)), "{}", world.story());
}

#[test]
fn a_lone_host_looks_before_it_starts() {
    let mut world = World::new(2, &[service(1, &[1, 2])]);
    world.power_off(1);
    assert!(world.run_until(6_000, |world| world.active(1) == Some(2)), "{}", world.story());
    let request = world.connector.requests.first().expect("asked");
    assert_eq!(request.2.method, ResetMethod::LookOnly);
    assert_eq!(request.2.target_epoch, None);
}

#[test]
fn a_lone_host_waits_while_the_other_is_on() {
    let mut world = World::new(2, &[service(1, &[1, 2])]);
    world.host(1).kill();
    world.run(60_000);
    assert_eq!(world.active(1), None);
    assert_eq!(world.state(2, 1), ServiceState::Waiting);
    assert!(world.host(1).power, "a host that was never heard is not shot");
}

#[test]
fn maintenance_of_the_connector_holds_takeovers_back() {
    let mut world = two();
    world.connector.mode = Mode::Maintenance;
    world.run(2_000);
    world.power_off(1);
    world.run(20_000);
    assert_eq!(world.active(1), None);
    world.connector.mode = Mode::Normal;
    assert!(world.run_until(10_000, |world| world.active(1) == Some(2)), "{}", world.story());
}

#[test]
fn what_could_not_be_cleared_away_is_tried_again_though_it_runs_elsewhere() {
    let mut world = two();
    world.power_off(1);
    world.run(8_000);
    assert_eq!(world.active(1), Some(2), "{}", world.story());
    world.host(1).stuck.push(ServiceNumber(1));
    // Its stop has failed before it hears that the service was started elsewhere.
    world.cuts.push((2, 1));
    world.boot(1);
    world.run(500);
    world.cuts.clear();
    world.run(1_000);
    assert_eq!(world.state(1, 1), ServiceState::Stopped);
    world.host(1).stuck.clear();
    assert!(
        world.run_until(15_000, |world| world.state(1, 1) == ServiceState::Standby),
        "{}",
        world.story(),
    );
    assert_eq!(world.active(1), Some(2));
}
