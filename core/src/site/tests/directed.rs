//! What members are directed to do.

use super::*;

#[test]
fn a_directive_repeats_until_its_member_reports() {
    let mut bench = Bench::ready(2, one_ups(2));
    bench.hold(SECOND, true);
    bench.direct(SECOND, Directed::StopGuests, Some(0));
    let sent = bench.directives(2);
    let [first] = &sent[..] else { panic!("at once: {sent:?}") };
    assert_eq!((first.action, first.deadline), (Directed::StopGuests, 60));
    assert_eq!(first.group.as_str(), "web");
    bench.pass(ms(2500));
    assert_eq!(bench.directives(2).len(), 3, "every second");
    assert!(bench.directives(2).iter().all(|one| one.id == first.id));
    bench.report(2, first.id, ReportState::Working);
    bench.pass(ms(2500));
    assert_eq!(bench.directives(2).len(), 3, "it has reported");
    bench.report(2, first.id, ReportState::Done);
    bench.pass(ms(10_000));
    assert_eq!(bench.directives(2).len(), 3);
    let report = |state| (SECOND, Epoch(1), Directed::StopGuests, state);
    assert_eq!(bench.reports(), [report(ReportState::Working), report(ReportState::Done)]);
    assert_eq!(bench.directives(1), []);
}

#[test]
fn a_member_that_stops_reporting_is_asked_again() {
    let mut bench = Bench::ready(2, no_plan());
    bench.direct(SECOND, Directed::StopServices, None);
    let id = bench.directives(2)[0].id;
    bench.report(2, id, ReportState::Accepted);
    bench.pass(ms(3500));
    assert_eq!(bench.directives(2).len(), 2, "its last report may be lost");
    bench.pass(ms(120_000));
    assert!(bench.directives(2).len() <= 61, "not for ever");
    bench.check(2);
    bench.check(2);
    bench.report(2, id, ReportState::Done);
    assert_eq!(bench.reports().len(), 2, "late, but true");
}

#[test]
fn the_newest_direction_replaces_the_one_before_it() {
    let mut bench = Bench::ready(2, no_plan());
    bench.direct(SECOND, Directed::Freeze, None);
    bench.direct(SECOND, Directed::Thaw, None);
    let sent = bench.directives(2);
    let [freeze, thaw] = &sent[..] else { panic!("both: {sent:?}") };
    assert!(thaw.id > freeze.id, "an id grows");
    bench.report(2, freeze.id, ReportState::Done);
    assert_eq!(bench.reports(), [], "nobody waits for that any more");
    let dropped = bench.machine.snapshot(bench.now).clusters().map(|cluster| cluster.discarded);
    assert_eq!(dropped.sum::<u32>(), 1, "and it is counted");
    bench.report(2, thaw.id, ReportState::Done);
    assert_eq!(bench.reports().len(), 1);
}

#[test]
fn a_report_counts_only_with_a_current_nonce() {
    let mut bench = Bench::ready(2, no_plan());
    bench.direct(SECOND, Directed::Freeze, None);
    let id = bench.directives(2)[0].id;
    let captured =
        Progress { id, state: ReportState::Done, done: 0, of: 0, cause: ReportCause::None };
    // What the member says eleven seconds after it last heard anything echoes an old nonce.
    let mut old = Member::new(2);
    core::mem::swap(&mut old.dialogue, &mut bench.members[1].dialogue);
    bench.now = bench.now + ms(11_000);
    let mut out = [0; MAX_OUT];
    let message = Message::Report(captured);
    let len = old.seal(bench.now, &message, &mut out);
    let datagram = &mut out[..len];
    let input = Input::ResetPath { cluster: ClusterIndex(0), from: member(2), datagram };
    bench.machine.handle(bench.now, input);
    assert_eq!(bench.reports(), []);
}

#[test]
fn nobody_is_stopped_that_the_plan_has_let_go_or_switched() {
    for end in [
        power::Action::Hold { server: SECOND, held: false },
        power::Action::Switch { server: SECOND, switch: Switch::On },
    ] {
        let mut bench = Bench::ready(2, no_plan());
        bench.hold(SECOND, true);
        bench.direct(SECOND, Directed::ShutDown, None);
        bench.plan(end);
        let before = bench.directives(2).len();
        bench.pass(ms(5000));
        assert_eq!(bench.directives(2).len(), before);
    }
}

#[test]
fn a_host_that_has_come_up_again_is_not_shut_down_for_it() {
    let mut bench = Bench::ready(2, no_plan());
    bench.direct(SECOND, Directed::ShutDown, None);
    bench.restart(2, Epoch(2));
    let before = bench.directives(2).len();
    bench.pass(ms(5000));
    assert_eq!(bench.directives(2).len(), before);
    // But it is frozen again, since it has not said that it is.
    bench.direct(SECOND, Directed::Freeze, None);
    bench.restart(2, Epoch(3));
    bench.pass(ms(1500));
    let freezes = bench.directives(2).iter().filter(|one| one.action == Directed::Freeze).count();
    assert!(freezes >= 1, "the new start is directed too");
}

#[test]
fn a_soft_shutdown_is_asked_for_once() {
    let mut bench = Bench::ready(2, no_plan());
    bench.hold(SECOND, true);
    bench.switch(SECOND, Switch::Soft);
    assert_eq!(bench.is_acting(2), Some(ChassisAction::SoftShutdown));
    bench.tell(2, Told::Accepted);
    assert_eq!(bench.switched(), [Ok(())]);
    for _ in 0..20 {
        bench.answer(2, READ_ON);
        assert_eq!(bench.is_acting(2), None);
    }
    bench.switch(SECOND, Switch::Soft);
    bench.wait_for(2);
    let code = crate::wire::command::CompletionCode::NOT_IN_THIS_STATE;
    let refusal = connector::route::refusal(code);
    while bench.is_acting(2).is_none() {
        bench.answer(2, READ_ON);
        bench.wait_for(2);
    }
    bench.tell(2, Told::Refused(refusal));
    assert_eq!(bench.switched(), [Ok(()), Err(power::SwitchFailure::Refused)]);
}

#[test]
fn a_switch_tells_why_it_failed() {
    let mut bench = Bench::ready(2, no_plan());
    bench.hold(SECOND, true);
    bench.switch(SECOND, Switch::Off);
    while bench.switched().is_empty() {
        bench.wait_for(2);
        bench.now = bench.now + ms(900);
        bench.tell(2, Told::Failed(crate::failure::Failure::Silent));
    }
    let silent = power::SwitchFailure::Bmc(crate::failure::Failure::Silent);
    assert_eq!(bench.switched(), [Err(silent)]);
    assert!(!bench.facts(SECOND).fencing, "it is the plan's, and no fencing");
    assert_eq!(bench.last(1), None);
}
