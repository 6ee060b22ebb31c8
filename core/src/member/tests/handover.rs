//! Planned moves: swaps, stops, failures to start, groups, the operator's orders.

use crate::member::{Answer, Order, ServiceConfig, Why};
use crate::types::{Cause, Generation, HandoverStep, HostState, ServiceNumber, ServiceState};
use crate::wire::reset::Handover;

use super::connector::Policy;
use super::world::{World, host, service};

const ONE: ServiceNumber = ServiceNumber(1);

fn world(hosts: u16, services: &[ServiceConfig]) -> World {
    let mut world = World::new(hosts, services);
    world.run(5_000);
    assert_eq!(world.active(1), Some(1), "{}", world.story());
    world
}

#[test]
fn a_swap_ordered_where_it_runs() {
    let mut world = world(3, &[service(1, &[1, 2, 3])]);
    world.order(1, 1, Order::Swap { service: ONE, to: Some(host(3)) });
    world.run(1_000);
    assert_eq!(world.active(1), Some(3), "{}", world.story());
    assert_eq!(world.answer(1, 1), Some(Answer::Done));
    assert!(world.connector.requests.is_empty());
    world.order(3, 2, Order::Swap { service: ONE, to: None });
    world.run(1_000);
    assert_eq!(world.active(1), Some(1), "{}", world.story());
    assert_eq!(world.answer(3, 2), Some(Answer::Done));
}

#[test]
fn a_swap_ordered_where_it_shall_run() {
    let mut world = world(3, &[service(1, &[1, 2, 3])]);
    world.order(2, 1, Order::Swap { service: ONE, to: None });
    world.run(1_000);
    assert_eq!(world.active(1), Some(2), "{}", world.story());
    assert_eq!(world.answer(2, 1), Some(Answer::Done));
    world.run(20_000);
    assert_eq!(world.active(1), Some(2));
}

#[test]
fn a_swap_to_a_host_that_cannot_start_it_comes_back() {
    let mut world = world(2, &[service(1, &[1, 2])]);
    world.host(2).broken.push(ONE);
    world.order(1, 1, Order::Swap { service: ONE, to: None });
    world.run(3_000);
    assert_eq!(world.active(1), Some(1), "{}", world.story());
    assert_eq!(world.answer(1, 1), Some(Answer::Failed(Why::StartFailed)));
}

#[test]
fn a_swap_without_a_standby_is_refused() {
    let mut world = world(2, &[service(1, &[1, 2])]);
    world.host(2).kill();
    world.run(6_000);
    world.order(1, 1, Order::Swap { service: ONE, to: None });
    world.order(1, 2, Order::Swap { service: ONE, to: Some(host(2)) });
    world.order(1, 3, Order::Swap { service: ONE, to: Some(host(7)) });
    world.order(1, 4, Order::Swap { service: ServiceNumber(9), to: None });
    world.run(10);
    assert_eq!(world.answer(1, 1), Some(Answer::Refused(Why::NoStandby)));
    assert_eq!(world.answer(1, 2), Some(Answer::Refused(Why::NoStandby)));
    assert_eq!(world.answer(1, 3), Some(Answer::Refused(Why::NoSuchHost)));
    assert_eq!(world.answer(1, 4), Some(Answer::Refused(Why::NoSuchService)));
}

#[test]
fn the_host_that_hands_over_dies_on_the_way() {
    let mut world = world(3, &[service(1, &[1, 2, 3])]);
    world.order(2, 1, Order::Swap { service: ONE, to: None });
    world.run(3);
    assert_eq!(world.state(1, 1), ServiceState::Stopping);
    world.host(1).kill();
    assert!(world.run_until(15_000, |world| world.active(1) == Some(2)), "{}", world.story());
}

#[test]
fn a_deactivated_service_stays_stopped_until_it_is_activated() {
    let mut world = world(2, &[service(1, &[1, 2])]);
    world.order(1, 1, Order::Deactivate { service: ONE });
    world.run(30_000);
    assert_eq!(world.active(1), None, "{}", world.story());
    assert_eq!(world.answer(1, 1), Some(Answer::Done));
    world.power_off(1);
    world.run(30_000);
    assert_eq!(world.active(1), None, "{}", world.story());
    world.order(2, 2, Order::Activate { service: ONE });
    world.run(1_000);
    assert_eq!(world.active(1), Some(2), "{}", world.story());
    assert_eq!(world.answer(2, 2), Some(Answer::Done));
    world.boot(1);
    world.run(5_000);
    world.host(2).kill();
    let taken = |world: &mut World| world.active(1) == Some(1);
    assert!(world.run_until(10_000, taken), "{}", world.story());
}

#[test]
fn a_service_that_runs_elsewhere_is_not_activated() {
    let mut world = world(2, &[service(1, &[1, 2])]);
    world.order(2, 1, Order::Activate { service: ONE });
    world.run(10);
    assert_eq!(world.answer(2, 1), Some(Answer::Refused(Why::RunsOn(host(1)))));
}

#[test]
fn the_operators_word_stands_in_for_a_token() {
    let mut world = world(2, &[service(1, &[1, 2])]);
    world.order(2, 1, Order::ItIsOff { host: host(1) });
    world.run(10);
    assert_eq!(world.answer(2, 1), Some(Answer::Refused(Why::HostAlive)));
    world.connector.policy = Policy::Fail(Cause::BmcSilent);
    world.connector.up = false;
    world.power_off(1);
    world.run(20_000);
    assert_eq!(world.active(1), None);
    world.order(2, 2, Order::ItIsOff { host: host(1) });
    world.run(100);
    assert_eq!(world.answer(2, 2), Some(Answer::Done));
    assert_eq!(world.active(1), Some(2), "{}", world.story());
}

#[test]
fn the_operators_word_starts_nothing_by_itself() {
    let mut world = world(2, &[service(1, &[1, 2])]);
    world.order(2, 1, Order::Deactivate { service: ONE });
    world.power_off(1);
    world.run(6_000);
    world.order(2, 2, Order::ItIsOff { host: host(1) });
    world.run(1_000);
    assert_eq!(world.answer(2, 2), Some(Answer::Refused(Why::NothingWaits)));
    assert_eq!(world.active(1), None);
}

#[test]
fn a_member_that_stops_hands_its_services_over() {
    let mut world = world(2, &[service(1, &[1, 2])]);
    let now = world.now;
    world.host(1).member.as_mut().expect("a member").stop(now);
    assert!(world.run_until(5_000, |w| w.host(1).member.as_ref().is_some_and(|m| m.is_stopped())));
    assert_eq!(world.active(1), Some(2), "{}", world.story());
    world.host(1).kill();
    world.run(60_000);
    assert!(world.host(1).power, "a host that left as planned is not shot");
    assert!(world.connector.requests.is_empty(), "{}", world.story());
}

#[test]
fn a_member_that_stops_alone_stops_its_services() {
    let mut world = world(2, &[service(1, &[1, 2])]);
    world.power_off(2);
    let now = world.now;
    world.host(1).member.as_mut().expect("a member").stop(now);
    assert!(world.run_until(20_000, |w| w.host(1).member.as_ref().is_some_and(|m| m.is_stopped())));
    assert_eq!(world.active(1), None);
}

#[test]
fn a_host_in_maintenance_stands_back() {
    let mut world = world(3, &[service(1, &[1, 2, 3])]);
    world.order(2, 1, Order::Maintenance(true));
    world.run(2_000);
    let now = world.now;
    let state = world.host(2).member.as_ref().expect("a member").snapshot(now).state();
    assert_eq!(state, HostState::Maintenance);
    world.power_off(1);
    assert!(world.run_until(10_000, |world| world.active(1) == Some(3)), "{}", world.story());
}

#[test]
fn services_of_a_group_move_together_parents_first() {
    let (mut one, mut two) = (service(1, &[1, 2]), service(2, &[1, 2]));
    (one.group, two.group) = (Some(1), Some(1));
    two.parents.push(ONE).expect("room");
    let mut world = world(2, &[one, two]);
    assert_eq!(world.active(2), Some(1));
    let starts: super::std::vec::Vec<_> = world.host(1).starts.iter().map(|s| s.1).collect();
    assert_eq!(starts, [ONE, ServiceNumber(2)]);
    world.host(1).running.retain(|running| *running == ONE);
    world.host(1).broken.push(ServiceNumber(2));
    let moved = |world: &mut World| (world.active(1), world.active(2)) == (Some(2), Some(2));
    assert!(world.run_until(10_000, moved), "{}", world.story());
    world.host(1).broken.clear();
    world.order(1, 1, Order::Swap { service: ServiceNumber(2), to: None });
    world.run(3_000);
    assert_eq!((world.active(1), world.active(2)), (Some(1), Some(1)), "{}", world.story());
}

/// The child was only just started when its parent was asked for.
#[test]
fn a_parent_that_leaves_alone_takes_its_child_out_of_service() {
    let (mut one, mut two) = (service(1, &[1, 2]), service(2, &[1, 2]));
    (one.group, two.group) = (Some(1), Some(1));
    two.parents.push(ONE).expect("room");
    let mut world = world(2, &[one, two]);
    world.run(1_000);
    assert_eq!((world.active(1), world.active(2)), (Some(1), Some(1)));
    let asked = Handover {
        service: ONE,
        generation: Generation(u32::from(u16::MAX)),
        step: HandoverStep::Asked,
    };
    let now = world.now;
    world.host(1).member.as_mut().expect("a member").hear_handover(0, 0, &asked, now);
    let stopped = |world: &mut World| world.active(1).is_none() && world.active(2).is_none();
    assert!(world.run_until(5_000, stopped), "{}", world.story());
    let serves = |world: &mut World| {
        let on = (world.active(1), world.active(2));
        on.0.is_some() && on.0 == on.1
    };
    assert!(world.run_until(60_000, serves), "{}", world.story());
}

#[test]
fn a_service_without_autostart_waits_for_the_operator() {
    let mut config = service(1, &[1, 2]);
    config.autostart = false;
    let mut world = World::new(2, &[config]);
    world.run(10_000);
    assert_eq!(world.active(1), None);
    world.order(2, 1, Order::Activate { service: ONE });
    world.run(1_000);
    assert_eq!(world.active(1), Some(2), "{}", world.story());
    world.host(2).kill();
    assert!(world.run_until(10_000, |world| world.active(1) == Some(1)), "{}", world.story());
}
