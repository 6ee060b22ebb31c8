//! Paths, readiness and notices.

use super::*;

#[test]
fn a_path_is_lost_after_five_checks_and_heals_by_itself() {
    let mut world = World::new(1);
    let path = |world: &World| world.hosts.first().expect("A").path();
    assert_eq!(path(&world), Path::Alive);
    let due = world.view().deadline(A).expect("it may be lost");
    world.wait(5500);
    let now = world.now;
    world.view().tick(now, A);
    assert_eq!(path(&world), Path::Alive);
    world.view().tick(due, A);
    assert_eq!(path(&world), Path::Lost);
    assert_eq!(world.view().deadline(A), None);
    world.hear(A);
    assert_eq!(path(&world), Path::Alive);
}

#[test]
fn resume_watches_afresh() {
    let mut world = World::new(2);
    world.wait(6000);
    world.hear(A);
    let now = world.now;
    world.view().tick(now, B);
    world.view().path_check(now, A, &PathReport { resume: true, ..said(&[]) });
    let paths: Vec<_> = world.hosts.iter().map(Host::path).collect();
    assert_eq!(paths, [Path::Alive, Path::Unknown]);
}

#[test]
fn a_new_start_takes_back_what_the_old_one_said() {
    let mut world = World::new(2);
    world.report(B, ServiceState::Active);
    let now = world.now;
    world.view().heard(now, B, now, Epoch(2));
    assert_eq!(world.hosts.get(1).expect("B").services(), []);
    assert_eq!(world.ask(A, B, 1), Verdict::Fence, "the new start is not active");
}

#[test]
fn a_cluster_is_ready_when_all_run_with_one_configuration() {
    let mut world = World::new(2);
    world.report(A, ServiceState::Active);
    assert!(!world.view().is_ready(7));
    world.report(B, ServiceState::Standby);
    assert!(world.view().is_ready(7));
    assert!(!world.view().is_ready(8));
    assert!(world.view().all_accept(1) && !world.view().all_accept(2));
    assert!(!world.view().all_accept(0), "no key has that number");
}

#[test]
fn more_services_than_are_shown_still_count() {
    let mut world = World::new(2);
    let service = |number: u16| ServiceReport {
        number: ServiceNumber(number),
        role: ServiceRole::Secondary,
        state: if number == 20 { ServiceState::Active } else { ServiceState::Standby },
        generation: Default::default(),
    };
    let services: Vec<_> = (1..=20).map(service).collect();
    let now = world.now;
    world.view().path_check(now, B, &said(&services));
    assert_eq!(world.hosts.get(1).expect("B").services().len(), SHOWN_SERVICES);
    assert_eq!(world.ask(A, B, 1), Verdict::Look(Cause::TargetActive));
}

pub(super) fn notices(world: &mut World) -> Vec<(Event, Source, u32)> {
    let now = world.now;
    core::iter::from_fn(|| world.view().next_notice(now))
        .map(|notice| (notice.event, notice.source, notice.number))
        .collect()
}

#[test]
fn a_power_off_is_told_three_times() {
    let mut world = World::new(2);
    world.read(B, PowerState::On);
    assert_eq!(notices(&mut world), []);
    world.read(B, PowerState::Unknown);
    world.read(B, PowerState::Off);
    for _ in 0..3 {
        assert_eq!(notices(&mut world), [(Event::PowerOff, Source::Poll, 1)]);
        assert_eq!(notices(&mut world), []);
        world.wait(200);
    }
    assert_eq!(notices(&mut world), []);
}

#[test]
fn a_fencing_is_told_from_begin_to_end() {
    let mut world = World::new(2);
    world.read(B, PowerState::On);
    world.ask(A, B, 1);
    assert_eq!(notices(&mut world), [(Event::ResetStarted, Source::Fence, 1)]);
    world.carry_out(B);
    assert_eq!(notices(&mut world), [(Event::Fenced, Source::Fence, 2)]);
    let now = world.now;
    world.view().set_maintenance(now, true);
    world.view().set_maintenance(now, true);
    assert_eq!(notices(&mut world), [(Event::MaintenanceOn, Source::Operator, 3)]);
    assert_eq!(world.view().notice_deadline(), Some(now + Millis::new(200)));
}
