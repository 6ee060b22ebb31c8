//! Section 3.1: what is held under an id, for how long, and what is not.

use super::*;

#[test]
fn a_repeat_is_answered_from_what_is_held() {
    let mut world = World::new(2);
    world.ask(A, B, 1);
    world.store();
    assert_eq!(world.answer().state, ResetState::Accepted);
    world.wait(250);
    assert_eq!(world.ask(A, B, 1), Verdict::Repeat);
    let answer = world.answer();
    assert_eq!((answer.state, answer.elapsed), (ResetState::Working, Millis::new(250)));
    assert_eq!(world.answers(), [], "once");
    world.carry_out(B);
    assert_eq!(world.answer().token, Token(1), "unasked");
    world.wait(1000);
    assert_eq!(world.ask(A, B, 1), Verdict::Repeat);
    let answer = world.answer();
    assert_eq!((answer.state, answer.elapsed), (ResetState::Fenced, Millis::new(350)));
}

#[test]
fn an_id_serves_one_question_only() {
    let mut world = World::new(3);
    world.ask(A, B, 1);
    let reused = Verdict::Refused(Cause::IdReused);
    assert_eq!(world.ask(A, C, 1), reused, "another target");
    let same = request(A, B, 1);
    assert_eq!(world.judge(Request { method: ResetMethod::Off, ..same }), reused);
    assert_eq!(world.judge(Request { target_epoch: Epoch(2), ..same }), reused);
    assert_eq!(world.ask(A, B, 1), Verdict::Repeat, "the question itself stands");
    assert_eq!(world.ask(C, B, 1), Verdict::Joined, "another requester has ids of its own");
}

#[test]
fn passing_causes_are_not_held() {
    let mut world = World::new(2);
    let stale = Request { fresh: false, ..request(A, B, 1) };
    assert_eq!(world.judge(stale), Verdict::Refused(Cause::StaleEcho));
    assert_eq!(world.answer().cause, Cause::StaleEcho);
    assert_eq!(world.ask(A, B, 1), Verdict::Fence, "the same id");
}

#[test]
fn one_too_many_may_ask_again_with_the_same_id() {
    let mut world = World::new(3);
    world.cluster.set_rules(Rules { max_resets_in_flight: 1, ..Rules::default() });
    world.ask(A, B, 1);
    assert_eq!(world.ask(A, C, 2), Verdict::Look(Cause::TooMany));
    world.read(C, PowerState::On);
    let causes: Vec<_> = world.answers().iter().map(|answer| answer.cause).collect();
    assert_eq!(causes, [Cause::TooMany]);
    world.carry_out(B);
    assert_eq!(world.ask(A, C, 2), Verdict::Fence);
}

#[test]
fn other_refusals_end_the_question() {
    let mut world = World::new(2);
    world.report(B, ServiceState::Active);
    world.ask(A, B, 1);
    world.read(B, PowerState::On);
    assert_eq!(world.answer().cause, Cause::TargetActive);
    world.wait(60_000);
    world.hear(A);
    assert_eq!(world.ask(A, B, 1), Verdict::Repeat, "the hindrance is gone, the answer stays");
    assert_eq!(world.answer().cause, Cause::TargetActive);
    assert_eq!(world.ask(A, B, 2), Verdict::Fence);
}

/// Every host has shot its next one, until there is no more room.
fn full(hosts: u8) -> World {
    let mut world = World::new(hosts.into());
    let last = u64::from(hosts) * RESULTS_PER_HOST as u64;
    let pairs = (1..hosts).flat_map(|by| (0..hosts).map(move |of| (of, (of + by) % hosts)));
    for (id, (asker, target)) in (1..=last).zip(pairs) {
        let (asker, target) = (HostIndex(asker), HostIndex(target));
        world.hear_all();
        assert_eq!(world.ask(asker, target, id), Verdict::Fence, "{id}");
        world.carry_out(target);
        world.answers();
        world.wait(1000);
    }
    world.hear_all();
    world
}

#[test]
fn a_question_that_acted_is_never_forgotten_early() {
    // Of five hosts each may ask about four others.
    let mut world = full(5);
    let (asker, more) = (HostIndex(4), 16);
    assert_eq!(world.ask(asker, D, more), Verdict::Refused(Cause::TooMany), "there is no room");
    assert_eq!(world.answer().cause, Cause::TooMany);
    assert_eq!(world.phase(D), Phase::Free, "nothing has begun");
    assert_eq!(world.ask(A, B, 1), Verdict::Repeat, "the oldest is still known");
    world.wait(600_000);
    world.hear_all();
    assert_eq!(world.ask(asker, D, more), Verdict::Fence, "ten minutes later");
}

#[test]
fn who_asks_anew_is_served_in_the_room_of_what_it_asked_before() {
    let mut world = full(5);
    assert_eq!(world.ask(A, B, 16), Verdict::Fence);
    world.carry_out(B);
    world.answers();
    assert_eq!(world.ask(B, C, 2), Verdict::Repeat, "others are still known");
    let mut world = World::new(2);
    for id in 1..100 {
        world.hear_all();
        assert_eq!(world.ask(A, B, id), Verdict::Fence, "{id}");
        world.carry_out(B);
        world.answers();
        world.wait(1000);
    }
}

#[test]
fn looks_make_room_for_what_acts() {
    let mut world = World::new(2);
    for id in 1..=20 {
        world.judge(Request { method: ResetMethod::LookOnly, ..request(A, B, id) });
        world.read(B, PowerState::On);
        assert_eq!(world.answer().cause, Cause::TargetOn);
    }
    assert_eq!(world.ask(A, B, 21), Verdict::Fence);
}

#[test]
fn the_operator_is_told_once() {
    let mut world = World::new(2);
    let order = Request { asker: Asker::Operator, ..request(A, B, 1) };
    let order = Request { reason: Reason::Operator, ..order };
    assert_eq!(world.judge(order), Verdict::Fence);
    world.store();
    assert_eq!(world.answer().state, ResetState::Accepted);
    world.carry_out(B);
    let answer = world.answer();
    assert_eq!((answer.to, answer.state), (Asker::Operator, ResetState::Fenced));
    assert!(world.slots.iter().all(|slot| slot.0.is_none()));
}

#[test]
fn a_look_that_sees_nothing_keeps_the_cause_that_held_it_back() {
    let mut world = World::new(2);
    let now = world.now;
    let look = Request { method: ResetMethod::LookOnly, ..request(A, B, 1) };
    world.judge(look);
    world.view().look_failed(now, B, Cause::BmcSilent);
    let answer = world.answer();
    assert_eq!((answer.state, answer.cause), (ResetState::Failed, Cause::BmcSilent));
    world.report(B, ServiceState::Active);
    world.ask(A, B, 2);
    world.view().look_failed(now, B, Cause::BmcSilent);
    let answer = world.answer();
    assert_eq!((answer.state, answer.cause), (ResetState::Refused, Cause::TargetActive));
}

#[test]
fn questions_move_with_their_hosts() {
    let mut world = World::new(3);
    world.ask(A, C, 1);
    let swapped = |of: HostIndex| (of != B).then_some(HostIndex(2 - of.0));
    let slots: Vec<_> = world.slots.iter().map(|slot| slot.moved(swapped)).collect();
    world.slots = slots;
    world.hosts.reverse();
    assert_eq!(world.ask(C, A, 1), Verdict::Repeat);
    let gone = world.slots.iter().map(|slot| slot.moved(|_| None));
    assert!(gone.into_iter().all(|slot| slot.0.is_none()));
}
