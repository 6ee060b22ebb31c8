//! Section 3.3, rule by rule.

use super::*;

#[test]
fn rule_1_a_host_that_just_started_shoots_nobody() {
    let mut world = World::new(2);
    let unheard = Request { target_epoch: Epoch(0), ..request(A, B, 1) };
    assert_eq!(world.judge(unheard), Verdict::Look(Cause::TargetOn));
    let operator = Request { reason: Reason::Operator, id: request(A, B, 2).id, ..unheard };
    assert_eq!(world.judge(operator), Verdict::Fence);
}

#[test]
fn rule_1_only_hosts_of_the_cluster_are_targets() {
    let mut world = World::new(2);
    let unknown = Request { target: Target::Unknown, ..request(A, B, 1) };
    assert_eq!(world.judge(unknown), Verdict::Refused(Cause::UnknownSystem));
    assert_eq!(world.answer().cause, Cause::UnknownSystem);
    let elsewhere = Request { target: Target::Elsewhere, ..request(A, B, 1) };
    assert_eq!(world.judge(elsewhere), Verdict::Refused(Cause::OtherCluster));
    assert_eq!(world.ask(A, A, 1), Verdict::Refused(Cause::Itself));
    assert_eq!(world.ask(A, HostIndex(9), 1), Verdict::Refused(Cause::UnknownSystem));
    assert_eq!(world.ask(HostIndex(9), A, 1), Verdict::Refused(Cause::UnknownSystem));
}

#[test]
fn rule_2_maintenance_holds_all_but_the_operator() {
    let mut world = World::new(2);
    let now = world.now;
    world.view().set_maintenance(now, true);
    assert_eq!(world.ask(A, B, 1), Verdict::Refused(Cause::Held));
    assert_eq!(world.view().mode(A), Mode::Maintenance);
    let operator = Request { reason: Reason::Operator, ..request(A, B, 2) };
    assert_eq!(world.judge(operator), Verdict::Fence);
}

#[test]
fn rule_2_a_plan_holds_only_whom_it_touches() {
    let mut world = World::new(3);
    plan(&mut world, B, true);
    assert_eq!(world.ask(A, B, 1), Verdict::Look(Cause::Held));
    assert_eq!(world.ask(B, A, 1), Verdict::Refused(Cause::Held));
    assert_eq!(world.ask(A, C, 2), Verdict::Fence);
    assert_eq!((world.view().mode(A), world.view().mode(B)), (Mode::Normal, Mode::Plan));
}

#[test]
fn rule_3_of_two_that_shoot_at_each_other_one_is_left() {
    let mut world = World::new(2);
    assert_eq!(world.ask(A, B, 1), Verdict::Fence);
    assert_eq!(world.ask(B, A, 2), Verdict::Refused(Cause::RequesterFenced));
    world.carry_out(B);
    world.wait(1000);
    assert_eq!(world.ask(B, A, 3), Verdict::Refused(Cause::RequesterFenced));
    world.hear(B);
    assert_eq!(world.ask(B, A, 4), Verdict::Fence, "seen again");
}

#[test]
fn rule_3_an_echo_from_before_the_fencing_is_no_sign_of_life() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    let before = world.now;
    world.carry_out(B);
    world.wait(1000);
    let now = world.now;
    world.view().heard(now, B, before, Epoch(1));
    assert_eq!(world.ask(B, A, 2), Verdict::Refused(Cause::RequesterFenced));
}

#[test]
fn rule_3_no_shot_while_the_old_session_lives() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.store();
    assert_eq!(world.permit(B, ChassisAction::Off), Permit::Granted);
    world.fail(B);
    world.wait(1000);
    world.hear(B);
    assert_eq!(world.ask(B, A, 2), Verdict::Refused(Cause::RequesterFenced));
    world.view().session_ended(B);
    assert_eq!(world.ask(B, A, 3), Verdict::Fence);
}

#[test]
fn rule_3_one_that_a_look_proved_off_does_not_shoot_from_the_past() {
    let mut world = World::new(2);
    let look = Request { method: ResetMethod::LookOnly, ..request(A, B, 1) };
    assert_eq!(world.judge(look), Verdict::Look(Cause::TargetOn));
    world.read_off(B);
    assert_eq!(world.ask(B, A, 2), Verdict::Refused(Cause::RequesterFenced));
}

#[test]
fn rule_4_a_second_requester_joins() {
    let mut world = World::new(3);
    assert_eq!(world.ask(A, B, 1), Verdict::Fence);
    assert_eq!(world.ask(C, B, 1), Verdict::Joined);
    world.carry_out(B);
    let tokens: Vec<_> = world.answers().iter().map(|answer| (answer.to, answer.token)).collect();
    assert_eq!(tokens, [(Asker::Host(A), Token(1)), (Asker::Host(C), Token(1))]);
}

#[test]
fn rule_4_a_host_that_boots_is_not_shot_again() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.carry_out(B);
    world.wait(60_000);
    world.hear(A);
    assert_eq!(world.ask(A, B, 2), Verdict::Refused(Cause::TargetStarting));
    let look = Request { method: ResetMethod::LookOnly, ..request(A, B, 3) };
    assert_eq!(world.judge(look), Verdict::Look(Cause::TargetOn), "a look is no shot");
    world.wait(240_000);
    world.hear(A);
    assert_eq!(world.ask(A, B, 2), Verdict::Fence, "it never came back");
}

#[test]
fn rule_4_a_host_that_came_back_may_be_shot_again() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.carry_out(B);
    world.wait(1000);
    world.hear_all();
    assert_eq!(world.ask(A, B, 2), Verdict::Fence);
}

#[test]
fn rule_5_an_isolated_but_active_host_is_kept() {
    let mut world = World::new(2);
    world.report(B, ServiceState::Active);
    world.wait(5000);
    assert_eq!(world.ask(A, B, 1), Verdict::Look(Cause::TargetActive));
    world.read(B, PowerState::On);
    assert_eq!(world.answers().last().map(|answer| answer.cause), Some(Cause::TargetActive));
    world.wait(1);
    assert_eq!(world.ask(A, B, 2), Verdict::Fence, "silent for longer than patrol");
}

#[test]
fn rule_5_only_the_last_word_of_the_host_counts() {
    let mut world = World::new(2);
    world.report(B, ServiceState::Active);
    world.report(B, ServiceState::Stopped);
    assert_eq!(world.ask(A, B, 1), Verdict::Fence);
}

#[test]
fn rule_5_holds_nothing_back_for_other_reasons_or_other_rules() {
    let mut world = World::new(2);
    world.report(B, ServiceState::Active);
    let failed = Request { reason: Reason::ServiceFailure, ..request(A, B, 1) };
    assert_eq!(world.judge(failed), Verdict::Fence);
    let mut world = World::new(2);
    world.cluster.set_rules(Rules { on_isolation: OnIsolation::Fence, ..Rules::default() });
    world.report(B, ServiceState::Active);
    assert_eq!(world.ask(A, B, 1), Verdict::Fence);
}

#[test]
fn rule_6_too_few_would_be_left() {
    let mut world = World::new(3);
    world.cluster.set_rules(Rules { min_survivors: 2, ..Rules::default() });
    world.wait(10_000);
    assert_eq!(world.ask(A, B, 1), Verdict::Fence, "C was heard 10 s ago");
    let mut world = World::new(3);
    world.cluster.set_rules(Rules { min_survivors: 2, ..Rules::default() });
    world.wait(10_001);
    assert_eq!(world.ask(A, B, 1), Verdict::Look(Cause::TooFewLeft));
}

#[test]
fn rule_6_whom_we_just_shot_is_no_survivor() {
    let mut world = World::new(3);
    world.cluster.set_rules(Rules { min_survivors: 2, ..Rules::default() });
    world.ask(A, C, 1);
    assert_eq!(world.ask(A, B, 2), Verdict::Look(Cause::TooFewLeft));
    world.carry_out(C);
    assert_eq!(world.ask(A, B, 3), Verdict::Look(Cause::TooFewLeft));
}

#[test]
fn rule_7_too_many_in_flight() {
    let mut world = World::new(5);
    assert_eq!(world.ask(A, B, 1), Verdict::Fence);
    assert_eq!(world.ask(A, C, 2), Verdict::Fence);
    assert_eq!(world.ask(A, HostIndex(3), 3), Verdict::Look(Cause::TooMany));
    world.carry_out(B);
    assert_eq!(world.ask(A, HostIndex(4), 4), Verdict::Fence, "one has ended");
}

#[test]
fn what_is_off_is_fenced_whatever_rules_5_to_7_say() {
    let mut world = World::new(2);
    world.cluster.set_rules(Rules { max_resets_in_flight: 0, ..Rules::default() });
    assert_eq!(world.ask(A, B, 1), Verdict::Look(Cause::TooMany));
    world.read_off(B);
    let answer = world.answer();
    assert_eq!((answer.state, answer.token), (ResetState::Fenced, Token(1)));
    assert_eq!(world.permit(B, ChassisAction::Off), Permit::Denied, "looked at only");
}

#[test]
fn the_rules_come_in_their_order() {
    let mut world = World::new(2);
    let now = world.now;
    world.ask(A, B, 1);
    world.view().set_maintenance(now, true);
    assert_eq!(world.ask(B, B, 2), Verdict::Refused(Cause::Itself), "1 before 2");
    assert_eq!(world.ask(B, A, 2), Verdict::Refused(Cause::Held), "2 before 3");
    assert_eq!(world.ask(A, B, 3), Verdict::Refused(Cause::Held), "2 before 4");
}

#[test]
fn the_operator_needs_no_survivor() {
    let mut world = World::new(1);
    let order = Request { reason: Reason::Operator, ..request(B, A, 1) };
    let order = Request { asker: Asker::Operator, ..order };
    assert_eq!(world.judge(order), Verdict::Fence);
}
