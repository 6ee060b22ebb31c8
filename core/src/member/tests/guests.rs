//! Directives about guests, on hosts with and without a cluster.

use super::std::vec::Vec;

use super::directive::{last, reported};
use super::hypervisor::Guest;
use super::world::{World, service};
use crate::guests::{GuestConfig, GuestId, GuestIndex, Work};
use crate::time::Millis;
use crate::types::{Directed, DirectiveId, GroupName, Mode, ReportCause, ReportState};

const STOPPED: ReportState = ReportState::Done;

fn guest(id: u64, group: &str, after: &[u8]) -> GuestConfig {
    GuestConfig {
        group: GroupName::new(group).expect("a name"),
        after: after.iter().map(|at| GuestIndex(*at)).collect(),
        ..GuestConfig::new(GuestId(id))
    }
}

/// A host without services in a cluster of its own, with a database and two guests that need it,
/// one of which is off.
fn world() -> World {
    let mut world = World::new(1, &[]);
    world.guests = [guest(1, "base", &[]), guest(2, "web", &[0]), guest(3, "web", &[0])].to_vec();
    let on = Guest::new(true, Millis::from_secs(5));
    world.host(1).hypervisor.guests = [on, on, Guest::new(false, Millis::from_secs(5))].to_vec();
    world.host(1).kill();
    world.boot(1);
    world.run(3_000);
    world
}

fn on(world: &mut World) -> Vec<bool> {
    world.host(1).hypervisor.guests.iter().map(|guest| guest.on).collect()
}

fn counted(world: &World, id: DirectiveId) -> Option<(u16, u16)> {
    let reports = world.connector.reports.iter();
    reports.filter(|(_, one)| one.id == id).map(|(_, one)| (one.done, one.of)).next_back()
}

#[test]
fn a_member_of_a_host_alone_costs_a_datagram_a_second() {
    let mut world = World::new(1, &[]);
    world.run(5_000);
    let mut woken = 0;
    for _ in 0..600 {
        let now = world.now;
        let member = world.host(1).member.as_ref().expect("a member");
        let deadline = member.deadline().expect("it speaks to its connector");
        let wait = deadline.since(now).as_millis();
        world.run(u64::try_from(wait).expect("soon") + 1);
        woken += 1;
        if world.now.as_micros() > 66_000_000 {
            break;
        }
    }
    assert!((60..=130).contains(&woken), "{woken} times in a minute");
    world.connector.mode = Mode::Plan;
    let id = world.connector.direct(1, Directed::StopGuests, 60);
    world.run(2_000);
    assert_eq!((last(&world, 1, id), counted(&world, id)), (Some(STOPPED), Some((0, 0))));
    world.connector.direct(1, Directed::ShutDown, 60);
    world.run(1_000);
    assert!(world.host(1).shut_down);
}

#[test]
fn guests_stop_and_start_by_directive_and_are_counted() {
    let mut world = world();
    world.connector.mode = Mode::Plan;
    let id = world.connector.direct(1, Directed::StopGuests, 120);
    world.run(2_000);
    assert_eq!(
        (last(&world, 1, id), counted(&world, id)),
        (Some(ReportState::Working), Some((0, 2)))
    );
    world.run(6_000);
    assert_eq!(counted(&world, id), Some((1, 2)));
    world.run(8_000);
    assert_eq!((last(&world, 1, id), counted(&world, id)), (Some(STOPPED), Some((2, 2))));
    assert_eq!(on(&mut world), [false; 3]);
    let log = world.host(1).hypervisor.log.clone();
    assert_eq!(log, [Work::Stop(GuestIndex(1)), Work::Stop(GuestIndex(0))]);
    let id = world.connector.direct(1, Directed::StartGuests, 300);
    world.run(5_000);
    assert_eq!((last(&world, 1, id), counted(&world, id)), (Some(STOPPED), Some((2, 2))));
    assert_eq!(on(&mut world), [true, true, false]);
}

#[test]
fn a_group_may_be_stopped_alone_and_an_unknown_one_not_at_all() {
    let mut world = world();
    world.connector.mode = Mode::Plan;
    let unknown = world.connector.direct_group(1, Directed::StopGuests, 60, "db");
    let web = world.connector.direct_group(1, Directed::StopGuests, 60, "web");
    world.run(10_000);
    let failed = (ReportState::Failed, ReportCause::UnknownGroup);
    assert_eq!(reported(&world, 1, unknown).last(), Some(&failed));
    assert_eq!(last(&world, 1, web), Some(STOPPED));
    assert_eq!(on(&mut world), [true, false, false]);
}

#[test]
fn who_is_to_be_started_outlives_the_end_of_the_host() {
    let mut world = world();
    world.connector.mode = Mode::Plan;
    world.connector.direct(1, Directed::StopGuests, 120);
    world.run(15_000);
    world.power_off(1);
    world.run(10_000);
    world.boot(1);
    world.run(3_000);
    assert_eq!(on(&mut world), [false; 3]);
    world.connector.direct(1, Directed::StartGuests, 300);
    world.run(5_000);
    assert_eq!(on(&mut world), [true, true, false]);
}

#[test]
fn nobody_is_asked_before_the_record_is_durable() {
    let mut world = world();
    world.connector.mode = Mode::Plan;
    world.connector.direct(1, Directed::StopGuests, 120);
    assert!(world.run_until(2_000, |world| !world.host(1).hypervisor.log.is_empty()));
    // What is on the disk at that moment is enough.
    world.power_off(1);
    world.boot(1);
    world.run(3_000);
    world.connector.direct(1, Directed::StartGuests, 300);
    world.run(5_000);
    assert_eq!(on(&mut world), [true, true, false]);
}

#[test]
fn a_shutdown_waits_for_what_is_being_stopped_and_for_nothing_else() {
    let mut world = world();
    world.connector.mode = Mode::Plan;
    let guests = world.connector.direct(1, Directed::StopGuests, 120);
    world.run(1_000);
    world.connector.direct(1, Directed::ShutDown, 60);
    assert!(world.run_until(20_000, |world| world.host(1).shut_down));
    assert_eq!(on(&mut world), [false; 3]);
    world.run(2_000);
    assert_eq!(last(&world, 1, guests), Some(STOPPED));
}

#[test]
fn a_shutdown_waits_at_most_half_of_its_time() {
    let mut world = world();
    world.host(1).hypervisor.guests[1].goes_in = Millis::from_secs(600);
    world.connector.mode = Mode::Plan;
    world.connector.direct(1, Directed::StopGuests, 120);
    world.run(1_000);
    world.connector.direct(1, Directed::ShutDown, 60);
    let start = world.now;
    assert!(world.run_until(60_000, |world| world.host(1).shut_down));
    let waited = world.now.since(start).as_secs();
    assert!((29..=31).contains(&waited), "{waited} s");
}

#[test]
fn a_stop_is_over_at_the_deadline_of_its_directive() {
    let mut world = world();
    world.host(1).hypervisor.guests[1].goes_in = Millis::from_secs(600);
    world.connector.mode = Mode::Plan;
    let id = world.connector.direct(1, Directed::StopGuests, 20);
    world.run(19_000);
    assert_eq!((last(&world, 1, id), counted(&world, id)), (Some(STOPPED), Some((2, 2))));
    let log = world.host(1).hypervisor.log.clone();
    assert!(log.contains(&Work::Kill(GuestIndex(1))) && log.contains(&Work::Kill(GuestIndex(0))));
}

#[test]
fn a_start_in_the_middle_ends_the_stop() {
    let mut world = world();
    world.connector.mode = Mode::Plan;
    let stop = world.connector.direct(1, Directed::StopGuests, 120);
    world.run(2_000);
    let start = world.connector.direct(1, Directed::StartGuests, 300);
    world.run(15_000);
    let turned = (ReportState::Failed, ReportCause::None);
    assert_eq!(reported(&world, 1, stop).last(), Some(&turned));
    assert_eq!((last(&world, 1, start), counted(&world, start)), (Some(STOPPED), Some((2, 2))));
    assert_eq!(on(&mut world), [true, true, false]);
    let log = world.host(1).hypervisor.log.clone();
    assert_eq!(log, [Work::Stop(GuestIndex(1)), Work::Start(GuestIndex(1))]);
}

#[test]
fn what_has_not_begun_is_called_off() {
    let mut world = world();
    world.connector.mode = Mode::Plan;
    world.connector.direct(1, Directed::StopGuests, 120);
    world.connector.direct(1, Directed::StartGuests, 120);
    world.run(10_000);
    assert_eq!(world.host(1).hypervisor.log, []);
}

#[test]
fn guests_and_services_of_one_host_stop_side_by_side() {
    let mut world = World::new(2, &[service(1, &[1, 2])]);
    world.guests = [guest(1, "", &[])].to_vec();
    world.host(1).hypervisor.guests = [Guest::new(true, Millis::from_secs(5))].to_vec();
    world.host(1).kill();
    world.boot(1);
    world.run(10_000);
    let host = world.active(1).expect("it runs");
    world.connector.modes.push((1, Mode::Plan));
    let guests = world.connector.direct(1, Directed::StopGuests, 60);
    let services = world.connector.direct(1, Directed::StopServices, 60);
    world.run(8_000);
    assert_eq!(last(&world, 1, guests), Some(STOPPED), "{}", world.story());
    assert_eq!(last(&world, 1, services), Some(STOPPED));
    assert_ne!((host, world.active(1)), (1, Some(1)));
}

#[test]
fn a_host_that_had_no_time_for_its_guests_comes_back_with_them() {
    let mut world = world();
    world.connector.mode = Mode::Plan;
    world.connector.direct(1, Directed::ShutDown, 60);
    // It takes its time, and its guests are seen meanwhile.
    world.run(150_000);
    assert!(world.host(1).shut_down);
    world.power_off(1);
    world.run(10_000);
    world.boot(1);
    world.run(3_000);
    let id = world.connector.direct(1, Directed::StartGuests, 300);
    world.run(10_000);
    assert_eq!((last(&world, 1, id), counted(&world, id)), (Some(STOPPED), Some((2, 2))));
    assert_eq!(on(&mut world), [true, true, false]);
}

#[test]
fn a_group_that_was_never_told_is_started_before_what_needs_it() {
    let mut world = world();
    world.connector.mode = Mode::Plan;
    world.connector.direct_group(1, Directed::StopGuests, 60, "web");
    world.run(10_000);
    // The runtime left is needed for the host: the second group is not told any more.
    world.connector.direct(1, Directed::ShutDown, 60);
    world.run(3_000);
    world.power_off(1);
    world.run(10_000);
    world.boot(1);
    world.run(3_000);
    world.host(1).hypervisor.log.clear();
    let base = world.connector.direct_group(1, Directed::StartGuests, 300, "base");
    world.run(5_000);
    assert_eq!(last(&world, 1, base), Some(STOPPED));
    world.connector.direct_group(1, Directed::StartGuests, 300, "web");
    world.run(10_000);
    let log = world.host(1).hypervisor.log.clone();
    assert_eq!(log, [Work::Start(GuestIndex(0)), Work::Start(GuestIndex(1))]);
    assert_eq!(on(&mut world), [true, true, false]);
}

#[test]
fn a_shutdown_under_pressure_begins_in_time() {
    let mut world = world();
    world.host(1).hypervisor.guests[1].goes_in = Millis::from_secs(600);
    world.connector.mode = Mode::Plan;
    world.connector.direct(1, Directed::StopGuests, 180);
    world.run(20_000);
    // The connector cuts the step short: there is hardly time for the host itself.
    world.connector.direct(1, Directed::ShutDown, 30);
    assert!(world.run_until(20_000, |world| world.host(1).shut_down));
}

#[test]
fn a_directive_whose_begin_was_slept_through_is_begun_when_it_is_repeated() {
    let mut world = world();
    world.connector.mode = Mode::Plan;
    let id = world.connector.direct(1, Directed::StopGuests, 120);
    world.run(1);
    assert_eq!(world.host(1).hypervisor.log, []);
    // The machine stands still.
    world.now = crate::time::Instant::from_micros(world.now.as_micros() + 11_000_000);
    world.run(3_000);
    for _ in 0..20 {
        world.connector.again(1, id, Directed::StopGuests, 120);
        world.run(1_000);
    }
    assert_eq!(last(&world, 1, id), Some(STOPPED), "{:?}", reported(&world, 1, id));
    assert_eq!(on(&mut world), [false; 3]);
}
