//! What the operator orders, a changed configuration, and the end.

use super::*;

const SECOND: ServerIndex = ServerIndex(1);

#[test]
fn a_look_tells_the_power() {
    let mut bench = Bench::ready(2);
    bench.tell(2, READ_ON);
    let order = Order::Reset { server: SECOND, method: ResetMethod::LookOnly };
    bench.order(1, order);
    bench.order(2, order);
    bench.tell(2, READ_ON);
    let refused = (Ticket(2), Answer::Refused(Cause::TooMany));
    assert_eq!(bench.done.answers, [refused, (Ticket(1), Answer::PowerIs(PowerState::On))]);
}

#[test]
fn a_drill_does_all_but_the_shot() {
    let mut bench = Bench::ready(2);
    bench.tell(2, READ_ON);
    bench.quick_disk = false;
    bench.order(1, Order::Drill { server: SECOND });
    bench.now = bench.now + ms(7);
    bench.tell(2, READ_ON);
    assert_eq!(bench.done.answers, [], "the write is not done");
    bench.sync();
    bench.drain();
    let worst = Plan::default().worst_case();
    let took = crate::time::Millis::new(7);
    assert_eq!(bench.done.answers, [(Ticket(1), Answer::Drilled { took, worst })]);
    assert_eq!(bench.is_acting(2), None);
}

#[test]
fn the_operator_may_say_that_a_silent_server_is_off() {
    let mut bench = Bench::ready(2);
    bench.tell(2, READ_ON);
    bench.order(1, Order::ConfirmOff { server: SECOND });
    bench.tell(2, READ_ON);
    assert_eq!(bench.done.answers.pop(), Some((Ticket(1), Answer::Refused(Cause::TargetOn))));
    bench.pass(Duration::from_secs(31));
    bench.order(2, Order::ConfirmOff { server: SECOND });
    while bench.done.answers.is_empty() {
        bench.wait_for(2);
        bench.now = bench.now + ms(900);
        bench.tell(2, Told::Failed(crate::failure::Failure::Silent));
    }
    let Some((Ticket(2), Answer::Fenced { token, how: How::Operator })) = bench.done.answers.pop()
    else {
        panic!("it counts");
    };
    assert!(token > Token(0));
}

#[test]
fn a_server_is_switched_on() {
    let mut bench = Bench::ready(2);
    bench.tell(2, READ_OFF);
    bench.order(1, Order::PowerOn { server: SECOND });
    assert_eq!(bench.is_acting(2), Some(ChassisAction::On));
    bench.tell(2, Told::Accepted);
    bench.tell(2, READ_ON);
    assert_eq!(bench.done.answers, [(Ticket(1), Answer::Done)]);
}

#[test]
fn a_fenced_server_that_the_operator_switches_on_is_left_time_to_start() {
    let mut bench = Bench::ready(2);
    bench.tell(2, READ_OFF);
    bench.request(1, 77, 2, ResetMethod::Off);
    bench.tell(2, READ_OFF);
    bench.wait_for(2);
    bench.tell(2, READ_OFF);
    assert_eq!(bench.last(1).map(|last| last.state), Some(ResetState::Fenced));
    bench.order(1, Order::PowerOn { server: SECOND });
    bench.tell(2, Told::Accepted);
    bench.tell(2, READ_ON);
    bench.request(1, 78, 2, ResetMethod::Off);
    assert_eq!(bench.last(1).map(|last| last.cause), Some(Cause::TargetStarting));
}

#[test]
fn an_order_resets_and_is_told_how() {
    let mut bench = Bench::ready(2);
    bench.tell(2, READ_ON);
    bench.order(9, Order::Reset { server: SECOND, method: ResetMethod::Off });
    bench.tell(2, READ_ON);
    bench.tell(2, Told::Accepted);
    bench.tell(2, READ_OFF);
    bench.wait_for(2);
    bench.tell(2, READ_OFF);
    let Some((Ticket(9), Answer::Fenced { how, .. })) = bench.done.answers.pop() else {
        panic!("it is fenced");
    };
    assert_eq!(how, How::Read(crate::fence::How::Method(crate::fence::Method::Off)));
}

#[test]
fn maintenance_holds_the_members_but_not_the_operator() {
    let mut bench = Bench::ready(2);
    bench.tell(2, READ_ON);
    bench.order(1, Order::Maintenance { cluster: ClusterIndex(0), on: true });
    assert_eq!(bench.done.answers.pop(), Some((Ticket(1), Answer::Done)));
    bench.request(1, 77, 2, ResetMethod::AsConfigured);
    assert_eq!(bench.last(1).map(|last| last.cause), Some(Cause::Held));
    bench.order(2, Order::Reset { server: SECOND, method: ResetMethod::Off });
    bench.tell(2, READ_ON);
    assert_eq!(bench.is_acting(2), Some(ChassisAction::Off));
    bench.order(3, Order::Maintenance { cluster: ClusterIndex(7), on: true });
    assert_eq!(bench.done.answers.pop(), Some((Ticket(3), Answer::NoSuchOrder)));
}

#[test]
fn done_is_said_once_it_is_durable() {
    let mut bench = Bench::ready(2);
    bench.quick_disk = false;
    bench.order(1, Order::Maintenance { cluster: ClusterIndex(0), on: true });
    bench.order(2, Order::Maintenance { cluster: ClusterIndex(7), on: true });
    assert_eq!(bench.done.answers, [(Ticket(2), Answer::NoSuchOrder)], "others need not wait");
    while bench.done.answers.len() < 2 {
        assert!(bench.writing.is_some(), "it waits for a write");
        bench.sync();
        bench.drain();
    }
    assert_eq!(bench.done.answers.pop(), Some((Ticket(1), Answer::Done)));
}

#[test]
fn maintenance_that_was_answered_outlasts_a_crash() {
    let mut bench = Bench::ready(2);
    bench.quick_disk = false;
    bench.order(1, Order::Maintenance { cluster: ClusterIndex(0), on: true });
    while bench.done.answers.is_empty() {
        bench.sync();
        bench.drain();
    }
    let mut bench = Bench::restored(2, &bench.disk, bench.now + ms(500));
    bench.meet();
    bench.request(1, 77, 2, ResetMethod::AsConfigured);
    assert_eq!(bench.last(1).map(|last| last.cause), Some(Cause::Held));
}

#[test]
fn a_reload_keeps_what_has_not_changed() {
    let mut bench = Bench::ready(2);
    bench.tell(2, READ_ON);
    bench.request(1, 77, 2, ResetMethod::AsConfigured);
    bench.machine.reload(bench.now, config(3));
    bench.drain();
    assert!(bench.question(2).is_some(), "its fencing goes on where it was");
    bench.tell(2, READ_ON);
    assert_eq!(bench.is_acting(2), Some(ChassisAction::Off));
    bench.wait_for(3);
    let mut changed = config(2);
    let (_, second) = changed.servers.get_mut(1).expect("two of them");
    second.plan.power_on = false;
    bench.machine.reload(bench.now, changed);
    bench.drain();
    assert!(matches!(bench.question(2), Some(Ask::Look { .. })), "it goes on after a look");
    assert_eq!(bench.machine.servers.len(), 2);
}

#[test]
fn a_reload_leaves_no_answer_to_a_host_in_the_place_of_another() {
    let mut bench = Bench::ready(2);
    bench.tell(2, READ_ON);
    bench.request(1, 77, 2, ResetMethod::AsConfigured);
    let of = |numbers: [u16; 2]| of_hosts(numbers.into_iter(), &Plan::default());
    bench.machine.reload(bench.now, of([1, 3]));
    bench.drain();
    // Host 3 is found off, for whatever reason.
    bench.order(1, Order::Reset { server: SECOND, method: ResetMethod::Off });
    while bench.done.answers.is_empty() {
        bench.wait_for(2);
        bench.tell(2, READ_OFF);
    }
    assert!(matches!(bench.done.answers.pop(), Some((Ticket(1), Answer::Fenced { .. }))));
    let states = bench.members[0].results().into_iter().map(|result| result.state);
    assert!(!states.into_iter().any(|state| state == ResetState::Fenced), "host 2 was not");
}

#[test]
fn a_reload_takes_questions_along_with_their_hosts() {
    let mut bench = Bench::ready(3);
    bench.tell(3, READ_ON);
    bench.request(1, 77, 3, ResetMethod::AsConfigured);
    bench.machine.reload(bench.now, of_hosts([3, 1].into_iter(), &Plan::default()));
    bench.drain();
    bench.tell(1, READ_ON);
    assert_eq!(bench.is_acting(1), Some(ChassisAction::Off), "host 3, in the first place now");
}

#[test]
fn a_command_waits_for_what_a_reload_found_unwritten() {
    let mut bench = Bench::ready(2);
    bench.tell(2, READ_ON);
    bench.quick_disk = false;
    bench.machine.switch(bench.now, SECOND, crate::power::Switch::Off).expect("it is free");
    bench.drain();
    let mut changed = config(2);
    changed.servers.get_mut(1).expect("two of them").1.plan.power_on = false;
    bench.machine.reload(bench.now, changed);
    bench.machine.switch(bench.now, SECOND, crate::power::Switch::Off).expect("it is free");
    bench.drain();
    // The session that may have carried the first command ends meanwhile.
    for _ in 0..400 {
        assert_eq!(bench.is_acting(2), None, "that a command is under way is not durable");
        if bench.question(2).is_some() {
            bench.tell(2, READ_ON);
        }
        bench.now = bench.machine.deadline().expect("it waits");
        bench.drain();
    }
    while bench.is_acting(2).is_none() {
        bench.sync();
        bench.drain();
        if let Some(Ask::Look { .. }) = bench.question(2) {
            bench.tell(2, READ_ON);
        }
    }
}

#[test]
fn another_connector_in_the_file_does_not_end_the_work_of_this_one() {
    let mut bench = Bench::ready(2);
    bench.tell(2, READ_ON);
    let mut changed = config(2);
    let cluster = changed.clusters.first_mut().expect("one of them");
    cluster.connectors.push(ConnectorNumber(1)).expect("there is room");
    bench.machine.reload(bench.now, changed);
    bench.drain();
    bench.request(1, 77, 2, ResetMethod::AsConfigured);
    bench.tell(2, READ_ON);
    assert_eq!(bench.is_acting(2), Some(ChassisAction::Off));
}

#[test]
fn it_stops() {
    let mut bench = Bench::ready(2);
    assert!(!bench.machine.is_stopped());
    bench.machine.stop(bench.now);
    bench.pass(Duration::from_secs(10));
    assert!(bench.machine.is_stopped());
}
