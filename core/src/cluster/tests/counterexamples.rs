//! What an exhaustive search of small worlds found against looser rules.

use super::*;

/// Fenced, and then asked again: the old result is of an incarnation that ended before.
#[test]
fn an_old_fencing_never_answers_a_new_question() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.carry_out(B);
    assert_eq!(world.answers().last().map(|answer| answer.state), Some(ResetState::Fenced));
    world.wait(400_000);
    world.hear(A);
    assert_eq!(world.ask(A, B, 2), Verdict::Fence, "nobody has seen it since");
    world.store();
    assert_eq!(world.answer().state, ResetState::Accepted);
    world.read(B, PowerState::On);
    world.wait(1000);
    world.ask(A, B, 2);
    assert_eq!(world.answer().state, ResetState::Working);
}

/// The readings that confirm a fencing were asked for before a second question came.
#[test]
fn one_who_joins_between_the_readings_gets_no_reading_of_before() {
    let mut world = World::new(3);
    world.ask(A, B, 1);
    world.store();
    world.read(B, PowerState::Off);
    world.store();
    world.wait(50);
    assert_eq!(world.ask(C, B, 2), Verdict::Joined);
    world.wait(50);
    world.read(B, PowerState::Off);
    let now = world.now;
    world.view().confirmed(now, B, true);
    let fenced = |answer: &Answer| answer.state == ResetState::Fenced;
    let told: Vec<_> = world.answers().iter().filter(|a| fenced(a)).map(|a| a.to).collect();
    assert_eq!(told, [Asker::Host(A)]);
    assert!(world.view().wants_look(B));
    world.wait(100);
    world.read(B, PowerState::Off);
    assert_eq!(world.answer().to, Asker::Host(C));
    assert!(!world.view().wants_look(B));
}

/// The same, after the command: the one who joined has had its reset, and is not owed another.
#[test]
fn one_who_joins_late_is_not_served_twice() {
    let mut world = World::new(3);
    world.ask(A, B, 1);
    world.store();
    assert_eq!(world.permit(B, ChassisAction::Off), Permit::Granted);
    world.read(B, PowerState::Off);
    world.wait(50);
    assert_eq!(world.ask(C, B, 2), Verdict::Joined);
    world.wait(50);
    world.read(B, PowerState::Off);
    let now = world.now;
    world.view().confirmed(now, B, true);
    world.read(B, PowerState::On);
    world.view().power_on_ended(now, B);
    world.view().session_ended(B);
    assert_eq!(world.answers().last().map(|answer| answer.cause), Some(Cause::TargetOn));
    world.wait(1000);
    world.hear_all();
    assert_eq!(world.ask(C, B, 2), Verdict::Repeat);
}

/// A restart forgets the results; the same id comes again with a new nonce.
#[test]
fn one_question_causes_one_reset_across_a_restart() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.store();
    assert_eq!(world.permit(B, ChassisAction::Off), Permit::Granted);
    world.crash();
    world.hear(A);
    assert_eq!(world.phase(B), Phase::Fencing, "it goes on");
    assert_eq!(world.ask(A, B, 1), Verdict::Joined);
    assert_eq!(world.permit(B, ChassisAction::Off), Permit::Granted, "off may be repeated");
    assert_eq!(world.view().in_flight(), 1);
}

/// The same, when the fencing had ended before the restart: the host that boots is not shot.
#[test]
fn one_question_causes_one_reset_though_its_result_is_forgotten() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.carry_out(B);
    world.crash();
    world.hear(A);
    assert_eq!(world.ask(A, B, 1), Verdict::Refused(Cause::TargetStarting));
}

/// What switches a server on or resets it may hit the wrong incarnation when it is repeated.
#[test]
fn a_restart_repeats_no_cycle_reset_or_on() {
    for (method, action) in [
        (ResetMethod::PowerCycle, ChassisAction::Cycle),
        (ResetMethod::HardReset, ChassisAction::Reset),
    ] {
        let mut world = World::new(2);
        world.judge(Request { method, ..request(A, B, 1) });
        world.store();
        assert_eq!(world.permit(B, action), Permit::Granted);
        world.crash();
        assert_eq!(world.permit(B, action), Permit::Spent);
    }
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.store();
    world.read_off(B);
    let now = world.now;
    world.view().confirmed(now, B, true);
    world.store();
    assert_eq!(world.permit(B, ChassisAction::On), Permit::Waiting);
    world.store();
    world.crash();
    assert_eq!(world.phase(B), Phase::PowerOnDue);
    assert_eq!(world.permit(B, ChassisAction::On), Permit::Spent);
}

/// The shot may still land, and then both are down.
#[test]
fn the_target_of_a_failed_fencing_does_not_shoot_back() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.store();
    world.permit(B, ChassisAction::Off);
    world.fail(B);
    world.view().session_ended(B);
    assert_eq!(world.ask(B, A, 2), Verdict::Refused(Cause::RequesterFenced));
    world.wait(1);
    world.hear(B);
    assert_eq!(world.ask(B, A, 3), Verdict::Fence, "it lives, and no command is under way");
}

#[test]
fn a_restart_does_not_let_the_loser_shoot() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.store();
    world.permit(B, ChassisAction::Off);
    world.crash();
    world.hear(B);
    assert_eq!(world.ask(B, A, 2), Verdict::Refused(Cause::RequesterFenced));
}

#[test]
fn a_restart_bars_all_whose_fencing_goes_on() {
    let mut world = World::new(3);
    assert_eq!(world.ask(C, B, 1), Verdict::Fence);
    assert_eq!(world.ask(A, C, 2), Verdict::Fence);
    world.store();
    world.crash();
    world.hear_all();
    for (asker, target, id) in [(B, C, 3), (C, A, 4)] {
        assert_eq!(world.ask(asker, target, id), Verdict::Refused(Cause::RequesterFenced));
    }
    assert_eq!((world.phase(B), world.phase(C)), (Phase::Fencing, Phase::Fencing));
}

#[test]
fn a_restart_does_not_let_one_shoot_that_was_fenced() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.carry_out(B);
    world.crash();
    assert_eq!(world.ask(B, A, 2), Verdict::Refused(Cause::RequesterFenced));
}

#[test]
fn a_restart_does_not_let_the_target_of_a_failed_fencing_shoot_back() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.store();
    world.permit(B, ChassisAction::Off);
    world.fail(B);
    world.store();
    world.crash();
    world.wait(1);
    world.hear(B);
    let refused = Verdict::Refused(Cause::RequesterFenced);
    assert_eq!(world.ask(B, A, 2), refused, "its old session may still carry a command");
    world.view().session_ended(B);
    assert_eq!(world.ask(B, A, 3), Verdict::Fence);
}

/// Without a durable record a crash between the answer and the shot loses who was to be shot.
#[test]
fn nothing_is_answered_and_no_command_leaves_before_the_record_is_durable() {
    let mut world = World::new(2);
    assert_eq!(world.ask(A, B, 1), Verdict::Fence);
    assert_eq!(world.answers(), []);
    assert_eq!(world.permit(B, ChassisAction::Off), Permit::Waiting);
    world.store();
    assert_eq!(world.answer().state, ResetState::Accepted);
    assert_eq!(world.permit(B, ChassisAction::Off), Permit::Granted);
    assert_eq!(world.permit(B, ChassisAction::Cycle), Permit::Waiting, "not written yet");
}

/// A plan that begins under a fencing: the power-on is the plan's, and no command is lost.
#[test]
fn a_plan_keeps_a_fenced_host_off() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.store();
    plan(&mut world, B, true);
    assert_eq!(world.permit(B, ChassisAction::Off), Permit::Granted, "it ends what runs");
    world.read_off(B);
    let now = world.now;
    world.view().confirmed(now, B, true);
    world.store();
    assert_eq!(world.phase(B), Phase::OffConfirmed);
    assert_eq!(world.permit(B, ChassisAction::On), Permit::Denied);
    assert_eq!(world.answer().state, ResetState::Fenced);
}
