//! What a connector has a host do.

use super::std::vec::Vec;

use crate::member::{Answer, Order};
use crate::types::{
    Directed, DirectiveId, Mode, ReportCause, ReportState, ServiceNumber, ServiceState,
};

use super::world::{World, service};

fn world() -> World {
    let mut world = World::new(2, &[service(1, &[1, 2])]);
    world.run(5_000);
    assert_eq!(world.active(1), Some(1), "{}", world.story());
    world
}

pub(super) fn reported(
    world: &World,
    host: u16,
    id: DirectiveId,
) -> Vec<(ReportState, ReportCause)> {
    let reports = world.connector.reports.iter();
    let of = reports.filter(|(from, progress)| *from == host && progress.id == id);
    of.map(|(_, progress)| (progress.state, progress.cause)).collect()
}

pub(super) fn last(world: &World, host: u16, id: DirectiveId) -> Option<ReportState> {
    reported(world, host, id).last().map(|(state, _)| *state)
}

#[test]
fn a_frozen_member_starts_nothing_even_with_a_token() {
    let mut world = world();
    world.connector.mode = Mode::Plan;
    let id = world.connector.direct(2, Directed::Freeze, 60);
    world.run(2_000);
    assert_eq!(last(&world, 2, id), Some(ReportState::Done));
    world.power_off(1);
    world.run(30_000);
    assert_eq!(world.active(1), None);
    assert!(world.connector.requests.is_empty());
    world.order(2, 1, Order::Thaw);
    assert!(world.run_until(10_000, |world| world.active(1) == Some(2)), "{}", world.story());
    assert_eq!(world.answer(2, 1), Some(Answer::Done));
}

#[test]
fn a_freeze_ends_when_nobody_holds_it() {
    let mut world = world();
    world.connector.mode = Mode::Plan;
    world.connector.direct(2, Directed::Freeze, 30);
    world.run(100);
    world.connector.up = false;
    world.power_off(1);
    world.run(29_000);
    let now = world.now;
    assert!(world.host(2).member.as_ref().expect("a member").snapshot(now).frozen());
    world.run(2_000);
    let now = world.now;
    assert!(!world.host(2).member.as_ref().expect("a member").snapshot(now).frozen());
    world.connector.mode = Mode::Normal;
    world.connector.up = true;
    assert!(world.run_until(20_000, |world| world.active(1) == Some(2)), "{}", world.story());
}

#[test]
fn services_are_handed_to_a_host_that_takes_them() {
    let mut world = world();
    world.connector.modes.push((1, Mode::Plan));
    let id = world.connector.direct(1, Directed::StopServices, 60);
    world.run(3_000);
    assert_eq!(world.active(1), Some(2), "{}", world.story());
    assert_eq!(last(&world, 1, id), Some(ReportState::Done));
}

#[test]
fn services_that_nobody_takes_are_stopped_and_started_again() {
    let mut world = world();
    world.connector.mode = Mode::Plan;
    for host in [1, 2] {
        world.connector.direct(host, Directed::Freeze, 60);
    }
    world.run(2_000);
    let id = world.connector.direct(1, Directed::StopServices, 60);
    world.run(3_000);
    assert_eq!(world.active(1), None, "{}", world.story());
    assert_eq!(world.state(1, 1), ServiceState::Stopped);
    assert_eq!(last(&world, 1, id), Some(ReportState::Done));
    world.connector.mode = Mode::Normal;
    world.run(10_000);
    assert_eq!(world.active(1), None, "only a directive starts what one stopped");
    world.connector.direct(1, Directed::StartServices, 60);
    world.run(3_000);
    assert_eq!(world.active(1), Some(1), "{}", world.story());
}

#[test]
fn services_start_again_though_they_are_still_being_stopped() {
    let mut world = world();
    world.connector.mode = Mode::Plan;
    for host in [1, 2] {
        world.connector.direct(host, Directed::Freeze, 60);
    }
    world.run(2_000);
    let stop = world.connector.direct(1, Directed::StopServices, 60);
    world.run(24);
    assert_eq!(world.state(1, 1), ServiceState::Stopping);
    let start = world.connector.direct(1, Directed::StartServices, 60);
    world.connector.mode = Mode::Normal;
    world.run(3_000);
    assert_eq!(world.active(1), Some(1), "{}", world.story());
    assert_eq!(last(&world, 1, stop), Some(ReportState::Failed), "it was taken back");
    assert_eq!(last(&world, 1, start), Some(ReportState::Done));
}

#[test]
fn a_service_whose_stop_still_waits_runs_on() {
    let mut parent = service(1, &[1, 2]);
    let mut child = service(2, &[1, 2]);
    (parent.group, child.group) = (Some(1), Some(1));
    child.parents.push(ServiceNumber(1)).expect("room");
    let mut world = World::new(2, &[parent, child]);
    world.run(5_000);
    world.connector.mode = Mode::Plan;
    for host in [1, 2] {
        world.connector.direct(host, Directed::Freeze, 60);
    }
    world.run(2_000);
    world.connector.direct(1, Directed::StopServices, 60);
    world.run(24);
    assert_eq!([1, 2].map(|n| world.state(1, n)), [ServiceState::Stopping; 2]);
    world.connector.direct(1, Directed::StartServices, 60);
    world.connector.mode = Mode::Normal;
    world.run(3_000);
    assert_eq!([1, 2].map(|n| world.active(n)), [Some(1); 2], "{}", world.story());
    let starts = |n| {
        move |host: &super::host::Host| {
            host.starts.iter().filter(|(_, service)| *service == ServiceNumber(n)).count()
        }
    };
    let host = world.host(1);
    assert_eq!((starts(1)(host), starts(2)(host)), (1, 2), "only the child had stopped");
}

#[test]
fn a_service_that_was_not_found_yet_has_not_stopped() {
    let mut world = world();
    world.connector.mode = Mode::Plan;
    let host = world.host(1);
    host.stuck.push(ServiceNumber(1));
    host.kill();
    host.running.clear();
    world.boot(1);
    world.run(2_000);
    let id = world.connector.direct(1, Directed::StopServices, 5);
    world.run(3_000);
    assert_eq!(last(&world, 1, id), Some(ReportState::Working), "{}", world.story());
    world.run(5_000);
    assert_eq!(
        reported(&world, 1, id).last(),
        Some(&(ReportState::Failed, ReportCause::TimeLimit))
    );
}

#[test]
fn a_host_is_shut_down_once() {
    let mut world = world();
    world.connector.mode = Mode::Plan;
    let id = world.connector.direct(1, Directed::ShutDown, 60);
    world.run(3_000);
    assert!(world.host(1).shut_down);
    assert_eq!(last(&world, 1, id), Some(ReportState::Working));
    world.host(1).shut_down = false;
    world.run(3_000);
    assert!(!world.host(1).shut_down);
}

#[test]
fn a_connector_that_starts_anew_hears_nothing_of_what_the_one_before_it_wanted() {
    let mut world = world();
    world.connector.mode = Mode::Plan;
    let before = world.connector.direct(1, Directed::StartServices, 60);
    world.run(500);
    assert_eq!(last(&world, 1, before), Some(ReportState::Done));
    world.connector.restart();
    world.connector.reports.clear();
    world.run(5_000);
    assert_eq!(world.connector.reports, [], "it would be taken for the first of its own");
    let id = world.connector.direct(1, Directed::StopServices, 60);
    assert_eq!(id, before, "they count alike");
    world.run(5_000);
    assert_eq!(last(&world, 1, id), Some(ReportState::Done));
}

#[test]
fn what_has_not_begun_is_called_off() {
    let mut world = world();
    world.connector.mode = Mode::Plan;
    world.connector.direct(1, Directed::ShutDown, 60);
    world.connector.direct(1, Directed::Thaw, 0);
    world.run(3_000);
    assert!(!world.host(1).shut_down);
}

#[test]
fn only_the_maintenance_that_a_directive_began_ends_with_one() {
    let mut world = world();
    world.order(2, 1, Order::Maintenance(true));
    world.connector.direct(2, Directed::EnterMaintenance, 0);
    world.run(1_000);
    world.connector.direct(2, Directed::LeaveMaintenance, 0);
    world.run(1_000);
    world.power_off(1);
    world.run(20_000);
    assert_eq!(world.active(1), None);
}
