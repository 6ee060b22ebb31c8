//! What is judged anew directly before the first command.

use super::*;

/// B hangs with its BMC, and A asks for it.
fn silent(hosts: u16) -> World {
    let mut world = World::new(hosts);
    assert_eq!(world.ask(A, B, 1), Verdict::Fence);
    world.store();
    world.answers();
    world.wait(20_000);
    world
}

fn off(world: &mut World) -> Permit {
    world.permit(B, ChassisAction::Off)
}

#[test]
fn who_is_still_silent_and_asked_for_is_shot() {
    let mut world = silent(2);
    assert_eq!(world.ask(A, B, 1), Verdict::Repeat);
    world.wait(1000);
    assert_eq!(off(&mut world), Permit::Granted);
}

#[test]
fn who_is_active_again_is_let_be_and_said_to_be_active() {
    let mut world = silent(2);
    world.report(B, ServiceState::Active);
    world.ask(A, B, 1);
    world.answers();
    assert_eq!(off(&mut world), Permit::LetBe(LetBe::Active));
    assert_eq!(world.phase(B), Phase::Failed);
    assert_eq!(off(&mut world), Permit::Denied, "it is over");
    assert!(world.view().wants_look(B), "what is off is fenced whatever rule 5 says");
    world.read(B, PowerState::On);
    let answer = world.answer();
    assert_eq!((answer.state, answer.cause), (ResetState::Refused, Cause::TargetActive));
}

#[test]
fn who_is_let_be_may_ask_once_it_is_seen_again() {
    let mut world = silent(2);
    world.report(B, ServiceState::Active);
    off(&mut world);
    assert_eq!(world.ask(B, A, 2), Verdict::Refused(Cause::RequesterFenced));
    world.wait(1000);
    world.hear(B);
    assert_eq!(world.ask(B, A, 3), Verdict::Fence);
}

#[test]
fn who_is_let_be_and_fails_again_is_shot_for_a_new_question() {
    let mut world = silent(2);
    world.report(B, ServiceState::Active);
    world.ask(A, B, 1);
    off(&mut world);
    world.read(B, PowerState::On);
    world.answers();
    world.wait(10_000);
    assert_eq!(world.ask(A, B, 2), Verdict::Fence);
}

#[test]
fn what_nobody_asks_any_more_is_forgotten() {
    let mut world = silent(2);
    assert_eq!(off(&mut world), Permit::LetBe(LetBe::Unwanted));
    assert_eq!(world.answers(), [], "nobody waits for an answer");
    assert!(!world.view().wants_look(B));
    assert_eq!(world.ask(A, B, 1), Verdict::Fence, "a copy that comes late is judged again");
}

#[test]
fn one_that_asks_is_enough() {
    let mut world = silent(3);
    world.ask(C, B, 1);
    assert_eq!(off(&mut world), Permit::Granted);
}

#[test]
fn one_that_only_looks_shoots_nobody() {
    let mut world = silent(3);
    let look = Request { method: ResetMethod::LookOnly, ..request(C, B, 1) };
    assert_eq!(world.judge(look), Verdict::Joined);
    assert_eq!(off(&mut world), Permit::LetBe(LetBe::Unwanted));
    world.answers();
    world.read(B, PowerState::On);
    assert_eq!(world.answer().cause, Cause::TargetOn);
}

#[test]
fn a_reset_for_another_reason_needs_no_silence() {
    let mut world = World::new(2);
    let failed = Request { reason: Reason::ServiceFailure, ..request(A, B, 1) };
    world.judge(failed);
    world.store();
    world.report(B, ServiceState::Active);
    assert_eq!(off(&mut world), Permit::Granted);
}

#[test]
fn the_operators_order_stands() {
    let mut world = World::new(2);
    let order = Request { reason: Reason::Operator, ..request(A, B, 1) };
    world.judge(Request { asker: Asker::Operator, ..order });
    world.store();
    world.wait(20_000);
    world.report(B, ServiceState::Active);
    assert_eq!(off(&mut world), Permit::Granted);
}

#[test]
fn what_has_begun_goes_on() {
    let mut world = silent(2);
    world.ask(A, B, 1);
    assert_eq!(off(&mut world), Permit::Granted);
    world.wait(20_000);
    world.report(B, ServiceState::Active);
    assert_eq!(world.permit(B, ChassisAction::Cycle), Permit::Waiting);
    world.store();
    assert_eq!(world.permit(B, ChassisAction::Cycle), Permit::Granted);
}

#[test]
fn what_a_restart_interrupted_goes_on_once_it_is_asked_for_anew() {
    let mut world = silent(2);
    world.crash();
    assert_eq!(off(&mut world), Permit::Waiting, "nobody could ask so far");
    world.wait(2000);
    world.hear(A);
    assert_eq!(world.ask(A, B, 2), Verdict::Joined);
    assert_eq!(off(&mut world), Permit::Granted);
    world.wait(10_000);
    world.report(B, ServiceState::Active);
    assert_eq!(off(&mut world), Permit::Granted, "what has begun goes on");
}

#[test]
fn what_a_restart_interrupted_is_let_be_when_nobody_asks_anew() {
    let mut world = silent(2);
    world.crash();
    assert_eq!(off(&mut world), Permit::Waiting);
    world.wait(5000);
    assert_eq!(off(&mut world), Permit::LetBe(LetBe::Unwanted));
    world.hear(A);
    assert_eq!(world.ask(A, B, 2), Verdict::Fence, "it fails again, and is shot for that");
}

#[test]
fn who_serves_again_after_a_restart_is_let_be() {
    let mut world = silent(2);
    world.crash();
    world.wait(5000);
    world.report(B, ServiceState::Active);
    world.hear(A);
    assert_eq!(world.ask(A, B, 2), Verdict::Joined);
    let now = world.now;
    assert_eq!(world.view().permit_cut(now, B), Permit::LetBe(LetBe::Active));
}

#[test]
fn outlets_are_not_switched_off_either() {
    let mut world = silent(2);
    world.report(B, ServiceState::Active);
    let now = world.now;
    assert_eq!(world.view().permit_cut(now, B), Permit::LetBe(LetBe::Unwanted));
}
