//! Section 3.4: what is proof, what a token is, and what failed for now.

use super::*;

#[test]
fn on_or_silence_between_two_readings_is_no_proof() {
    for between in [PowerState::On, PowerState::Unknown] {
        let mut world = World::new(2);
        world.ask(A, B, 1);
        world.store();
        world.fail(B);
        world.store();
        world.answers();
        world.read(B, PowerState::Off);
        world.wait(100);
        world.read(B, between);
        world.wait(100);
        world.read(B, PowerState::Off);
        assert_eq!(world.answers(), [], "{between:?}");
        world.wait(99);
        world.read(B, PowerState::Off);
        assert_eq!(world.answers(), [], "too close");
        world.wait(1);
        world.read(B, PowerState::Off);
        assert_eq!(world.answer().state, ResetState::Fenced);
    }
}

#[test]
fn a_reading_asked_for_before_the_question_is_no_proof() {
    let mut world = World::new(2);
    let asked = world.now;
    world.wait(1);
    world.judge(Request { method: ResetMethod::LookOnly, ..request(A, B, 1) });
    world.answers();
    let (now, gap) = (world.now, Millis::new(100));
    let early = Reading { power: PowerState::Off, asked, gap, source: Source::Poll };
    world.view().reading(now, B, early);
    world.wait(100);
    world.read(B, PowerState::Off);
    assert_eq!(world.answers(), [], "one reading only");
    let on = Reading { power: PowerState::On, ..early };
    world.view().reading(now, B, on);
    assert_eq!(world.answers(), [], "nor is it a reason to refuse");
}

#[test]
fn a_reading_asked_for_before_the_command_is_no_proof_of_what_it_did() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.store();
    world.answers();
    let asked = world.now;
    world.wait(1);
    assert_eq!(world.permit(B, ChassisAction::Off), Permit::Granted);
    let (now, gap) = (world.now, Millis::new(100));
    let early = Reading { power: PowerState::Off, asked, gap, source: Source::Poll };
    world.view().reading(now, B, early);
    world.wait(100);
    world.read(B, PowerState::Off);
    let now = world.now;
    world.view().confirmed(now, B, true);
    assert_eq!(world.answers(), [], "one reading only");
}

#[test]
fn a_fencing_that_has_done_nothing_ends_when_a_look_finds_off() {
    let mut world = World::new(2);
    world.judge(Request { method: ResetMethod::LookOnly, ..request(A, B, 1) });
    world.read(B, PowerState::Off);
    world.wait(50);
    assert_eq!(world.ask(A, B, 2), Verdict::Fence);
    world.store();
    world.answers();
    world.wait(50);
    world.read(B, PowerState::Off);
    world.store();
    let answer = world.answer();
    assert_eq!((answer.id.0.get(), answer.state), (1, ResetState::Fenced));
    assert_eq!(world.phase(B), Phase::Fenced);
    assert!(world.view().wants_look(B), "one reading is no proof for the second question");
    // Somebody switches it on.
    world.wait(50);
    world.read(B, PowerState::On);
    assert_eq!(world.permit(B, ChassisAction::Off), Permit::Denied);
    let answer = world.answer();
    assert_eq!((answer.state, answer.cause), (ResetState::Refused, Cause::TargetOn));
}

#[test]
fn a_fencing_with_a_command_under_way_goes_on_when_a_look_finds_off() {
    let mut world = World::new(2);
    world.judge(Request { method: ResetMethod::LookOnly, ..request(A, B, 1) });
    world.read(B, PowerState::Off);
    world.ask(A, B, 2);
    world.store();
    assert_eq!(world.permit(B, ChassisAction::Off), Permit::Granted);
    world.wait(100);
    world.read(B, PowerState::Off);
    assert_eq!(world.phase(B), Phase::Fencing);
}

#[test]
fn a_fencing_that_failed_turns_into_fenced_by_later_proof() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.store();
    world.fail(B);
    let states: Vec<_> = world.answers().iter().map(|answer| answer.state).collect();
    assert_eq!(states, [ResetState::Failed]);
    world.store();
    world.wait(60_000);
    world.read_off(B);
    let answer = world.answer();
    assert_eq!((answer.state, answer.token), (ResetState::Fenced, Token(1)));
    assert_eq!(world.phase(B), Phase::Fenced);
}

#[test]
fn the_disk_is_waited_for_beside_the_second_reading() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.store();
    world.answers();
    world.read(B, PowerState::Off);
    let write = world.journal.write();
    assert!(write.is_some(), "the first reading of off is written at once");
    let written = world.record(world.journal.current());
    world.wait(100);
    world.read(B, PowerState::Off);
    let now = world.now;
    world.view().confirmed(now, B, true);
    assert_eq!(world.answers(), [], "a restart would shoot again");
    assert_eq!(world.permit(B, ChassisAction::On), Permit::Waiting);
    world.disk = written;
    world.journal.persisted(write.expect("it was begun"));
    world.view().stored(now);
    assert_eq!(world.answer().state, ResetState::Fenced, "what is written later is not waited for");
    assert_eq!(world.permit(B, ChassisAction::On), Permit::Waiting);
    world.crash();
    assert_eq!(world.phase(B), Phase::Fencing);
    assert_eq!(world.permit(B, ChassisAction::Off), Permit::Denied, "it may have been said");
}

#[test]
fn a_fencing_that_may_have_been_said_to_be_over_is_joined_by_nobody() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.store();
    world.read(B, PowerState::Off);
    world.store();
    world.crash();
    world.hear_all();
    assert_eq!(world.ask(A, B, 2), Verdict::Look(Cause::TargetStarting));
    world.read(B, PowerState::On);
    let answer = world.answer();
    assert_eq!((answer.state, answer.cause), (ResetState::Refused, Cause::TargetStarting));
    world.fail(B);
    assert_eq!(world.ask(A, B, 2), Verdict::Fence, "asked again, it is judged anew");
    world.store();
    assert_eq!(world.permit(B, ChassisAction::Off), Permit::Granted);
}

#[test]
fn tokens_grow_across_restarts() {
    let mut world = World::new(2);
    let mut last = Token(0);
    for id in 1..200 {
        world.hear_all();
        world.judge(Request { method: ResetMethod::LookOnly, ..request(A, B, id) });
        world.read_off(B);
        let token = world.answers().last().expect("fenced").token;
        assert!(token > last, "{token} after {last}");
        last = token;
        if id % 3 == 0 {
            // What was not stored is lost.
            world.crash();
        }
        if id % 7 == 0 {
            world.store();
        }
        world.wait(1);
    }
}

#[test]
fn a_used_up_reserve_waits_for_the_disk() {
    let mut world = World::new(2);
    let mut fenced = 0;
    for id in 1..100 {
        world.hear_all();
        world.judge(Request { method: ResetMethod::LookOnly, ..request(A, B, id) });
        world.read_off(B);
        if world.answers().last().expect("accepted at least").state != ResetState::Fenced {
            break;
        }
        fenced += 1;
        world.wait(1);
    }
    assert_eq!(fenced, 64);
    world.store();
    assert_eq!(world.answer().token, Token(65));
}

#[test]
fn a_token_is_above_every_reported_one() {
    let mut world = World::new(2);
    let now = world.now;
    world.view().path_check(now, A, &PathReport { token: Token(500), ..said(&[]) });
    world.store();
    world.ask(A, B, 1);
    world.carry_out(B);
    assert_eq!(world.answers().last().map(|answer| answer.token), Some(Token(501)));
}

#[test]
fn without_its_record_a_connector_gives_no_token_before_all_have_reported() {
    let mut world = World::with(3, ByOrder::new(&[], SavedActing::default()), None);
    world.hear(A);
    let now = world.now;
    world.view().path_check(now, A, &PathReport { token: Token(9), ..said(&[]) });
    world.read(C, PowerState::On);
    world.ask(A, B, 1);
    world.carry_out(B);
    assert_eq!(world.answer().state, ResetState::Accepted);
    assert!(world.cluster.tokens_lost());
    // Its request for a reset does not show the tokens that it knows.
    world.hear(C);
    world.store();
    assert_eq!(world.answers(), []);
    world.view().path_check(now, C, &PathReport { token: Token(500), ..said(&[]) });
    world.store();
    let answer = world.answer();
    assert_eq!((answer.state, answer.token), (ResetState::Fenced, Token(501)));
}

#[test]
fn the_operators_word_ends_the_wait_for_reports() {
    let mut world = World::with(3, ByOrder::new(&[], SavedActing::default()), None);
    world.hear(A);
    world.ask(A, B, 1);
    world.store();
    assert_eq!(world.answer().state, ResetState::Accepted);
    world.read_off(B);
    let now = world.now;
    world.view().confirmed(now, B, false);
    assert_eq!(world.answers(), []);
    world.view().vouch_for_tokens(now);
    world.store();
    assert_eq!(world.answer().token, Token(1));
}

#[test]
fn the_operator_does_not_confirm_what_is_on_or_was_heard() {
    let mut world = World::new(2);
    let now = world.now;
    world.ask(A, B, 1);
    world.store();
    world.fail(B);
    world.store();
    world.answers();
    assert_eq!(world.view().confirm_off(now, B), Err(Cause::TargetActive));
    world.wait(30_001);
    world.read(B, PowerState::On);
    let now = world.now;
    assert_eq!(world.view().confirm_off(now, B), Err(Cause::TargetOn));
    world.read(B, PowerState::Unknown);
    assert_eq!(world.view().confirm_off(now, B), Ok(Token(1)));
    let answer = world.answer();
    assert_eq!((answer.state, answer.cause), (ResetState::Fenced, Cause::Operator));
    let host = world.hosts.get(1).expect("B");
    assert_eq!(host.fence_state(), FenceState::ConfirmedByOperator);
}

#[test]
fn the_end_of_maintenance_lets_fenced_hosts_be_switched_on() {
    let mut world = World::new(2);
    let now = world.now;
    world.ask(A, B, 1);
    world.store();
    world.view().set_maintenance(now, true);
    world.read_off(B);
    let now = world.now;
    world.view().confirmed(now, B, true);
    assert_eq!(world.phase(B), Phase::OffConfirmed);
    world.view().set_maintenance(now, false);
    assert_eq!(world.phase(B), Phase::PowerOnDue);
}

#[test]
fn a_new_question_during_the_power_on_is_looked_at_first() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.store();
    world.read_off(B);
    let now = world.now;
    world.view().confirmed(now, B, true);
    world.answers();
    world.wait(1);
    assert_eq!(world.ask(A, B, 2), Verdict::Look(Cause::TargetStarting));
    world.read(B, PowerState::On);
    assert_eq!(world.answers().last().map(|a| a.cause), Some(Cause::TargetStarting));
    assert_eq!(world.phase(B), Phase::PowerOnDue);
}

#[test]
fn every_phase_survives_its_record() {
    for phase in
        [Phase::Fencing, Phase::OffConfirmed, Phase::PowerOnDue, Phase::Fenced, Phase::Failed]
    {
        let mut world = World::new(2);
        world.hosts.get_mut(1).expect("B").fencing.phase = phase;
        world.disk = world.record(1);
        world.crash();
        assert_eq!(world.phase(B), phase);
    }
}
