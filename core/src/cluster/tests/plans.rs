//! A power plan that has some of the hosts, and proof by their feeds.

use super::hearing::notices;
use super::*;

#[test]
fn a_planned_power_off_raises_no_alert() {
    let mut world = World::new(2);
    plan(&mut world, B, true);
    assert_eq!(notices(&mut world), [(Event::PlanStarted, Source::Plan, 1)]);
    world.read(B, PowerState::On);
    world.read(B, PowerState::Off);
    assert_eq!(notices(&mut world), []);
    world.read(B, PowerState::On);
    assert_eq!(notices(&mut world), [(Event::PowerOn, Source::Plan, 2)]);
}

#[test]
fn the_end_of_a_plan_is_told_where_it_had_begun() {
    let mut world = World::new(3);
    let now = world.now;
    world.view().plan_ended(now, false);
    assert_eq!(notices(&mut world), []);
    plan(&mut world, B, true);
    plan(&mut world, C, true);
    plan(&mut world, B, false);
    plan(&mut world, C, false);
    assert_eq!(notices(&mut world), [(Event::PlanStarted, Source::Plan, 1)]);
    world.view().plan_ended(now, true);
    assert_eq!(notices(&mut world), [(Event::PlanCalledOff, Source::Plan, 2)]);
    plan(&mut world, B, true);
    world.view().plan_ended(now, false);
    assert_eq!(notices(&mut world), [(Event::PlanDone, Source::Plan, 4)]);
}

#[test]
fn what_a_plan_has_stopped_is_said_to_be_off() {
    let mut world = World::new(2);
    plan(&mut world, B, true);
    assert_eq!(world.ask(A, B, 1), Verdict::Look(Cause::Held));
    world.read(B, PowerState::On);
    let answer = world.answer();
    assert_eq!((answer.state, answer.cause), (ResetState::Refused, Cause::Held));
    assert_eq!(world.ask(A, B, 2), Verdict::Look(Cause::Held));
    world.read_off(B);
    assert_eq!(world.answer().state, ResetState::Fenced);
}

#[test]
fn the_power_on_that_a_plan_holds_comes_due_when_it_lets_go() {
    for on_by_plan in [false, true] {
        let mut world = World::new(2);
        world.ask(A, B, 1);
        world.store();
        plan(&mut world, B, true);
        assert_eq!(world.permit(B, ChassisAction::Off), Permit::Granted);
        world.read_off(B);
        let now = world.now;
        world.view().confirmed(now, B, true);
        assert_eq!(world.phase(B), Phase::OffConfirmed);
        if on_by_plan {
            world.view().switched_on(now, B);
        }
        plan(&mut world, B, false);
        assert_eq!(world.phase(B), Phase::PowerOnDue);
        let host = world.hosts.get(1).expect("known");
        assert_eq!(host.was_sent(ChassisAction::On), on_by_plan, "and is not repeated");
    }
}

fn proved(world: &mut World, asked: Instant) {
    let now = world.now;
    world.view().proved_by_feed(now, B, asked, false);
    world.store();
}

fn wanted_since(world: &World) -> Option<Instant> {
    world.slots.iter().filter_map(|slot| slot.wanted_since(world.now, B)).min()
}

#[test]
fn feeds_that_are_off_fence_a_host_whose_bmc_is_silent() {
    let mut world = World::new(2);
    let asked = world.now;
    assert_eq!(world.ask(A, B, 1), Verdict::Fence);
    world.store();
    assert_eq!(world.answer().state, ResetState::Accepted);
    world.wait(11_000);
    assert_eq!(wanted_since(&world), Some(asked));
    proved(&mut world, asked);
    let answer = world.answer();
    assert_eq!((answer.state, answer.token), (ResetState::Fenced, Token(1)));
    assert_eq!(world.phase(B), Phase::Fenced);
    assert_eq!(wanted_since(&world), None);
    assert_eq!(world.permit(B, ChassisAction::Off), Permit::Denied, "it is over");
    assert_eq!(world.ask(B, A, 2), Verdict::Refused(Cause::RequesterFenced), "until seen again");
}

#[test]
fn a_fencing_that_failed_turns_into_fenced_by_its_feeds() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.store();
    world.fail(B);
    assert_eq!(world.answer().state, ResetState::Failed);
    let asked = world.now;
    world.wait(11_000);
    proved(&mut world, asked);
    assert_eq!(world.answer().state, ResetState::Fenced);
    assert_eq!(world.phase(B), Phase::Fenced);
}

#[test]
fn feeds_that_were_read_before_the_question_prove_nothing() {
    let mut world = World::new(3);
    let asked = world.now;
    world.wait(1);
    world.ask(A, B, 1);
    world.store();
    proved(&mut world, asked);
    assert_eq!(world.answer().state, ResetState::Accepted);
    assert_eq!(world.phase(B), Phase::Fencing);
    // Of two questions the one that came before is answered, the other looked into.
    let asked = world.now;
    world.wait(1);
    assert_eq!(world.ask(C, B, 2), Verdict::Joined);
    proved(&mut world, asked);
    let answers = world.answers();
    assert!(
        answers.iter().any(|one| one.id == request(A, B, 1).id && one.state == ResetState::Fenced)
    );
    assert!(
        answers
            .iter()
            .all(|one| one.id != request(C, B, 2).id || one.state == ResetState::Accepted)
    );
    assert!(world.view().wants_look(B));
}

#[test]
fn a_standby_proves_nothing_by_feeds() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.store();
    let asked = world.now;
    world.view().met(Term(9));
    proved(&mut world, asked);
    assert_eq!(world.phase(B), Phase::Fencing);
}
