//! From the request to the confirmed result.

use super::*;
use crate::connector::bmc::Pin;

#[test]
fn a_reset_is_carried_out_once_and_its_result_is_pushed() {
    let mut bench = Bench::ready(3);
    bench.tell(2, READ_ON);
    bench.request(1, 77, 2, ResetMethod::AsConfigured);
    let state = |bench: &Bench| bench.last(1).map(|result| (result.state, result.cause));
    assert_eq!(state(&bench), Some((ResetState::Accepted, Cause::None)));
    bench.tell(2, READ_ON);
    assert_eq!(bench.is_acting(2), Some(ChassisAction::Off));
    bench.tell(2, Told::Accepted);
    bench.wait_for(2);
    bench.tell(2, READ_OFF);
    bench.wait_for(2);
    bench.tell(2, READ_OFF);
    assert_eq!(state(&bench), Some((ResetState::Fenced, Cause::None)));
    let token = bench.last(1).expect("told").token;
    assert!(token > Token(0));
    bench.wait_for(2);
    assert_eq!(bench.is_acting(2), Some(ChassisAction::On));
    // A repeat is answered from what is held.
    bench.request(1, 77, 2, ResetMethod::AsConfigured);
    assert_eq!(bench.last(1).map(|result| result.token), Some(token));
}

#[test]
fn nothing_leaves_before_it_is_durable() {
    let mut bench = Bench::ready(2);
    bench.tell(2, READ_ON);
    bench.quick_disk = false;
    bench.request(1, 77, 2, ResetMethod::AsConfigured);
    assert_eq!(bench.last(1), None, "the fencing is not durable");
    bench.tell(2, READ_ON);
    assert_eq!(bench.is_acting(2), None);
    bench.sync();
    bench.drain();
    assert_eq!(bench.last(1).map(|result| result.state), Some(ResetState::Accepted));
    assert_eq!(bench.is_acting(2), Some(ChassisAction::Off));
}

#[test]
fn what_is_off_already_is_fenced_by_two_readings() {
    let mut bench = Bench::ready(2);
    bench.tell(2, READ_OFF);
    bench.request(1, 77, 2, ResetMethod::AsConfigured);
    let asked = bench.now;
    bench.tell(2, READ_OFF);
    bench.wait_for(2);
    bench.tell(2, READ_OFF);
    assert_eq!(bench.last(1).map(|result| result.state), Some(ResetState::Fenced));
    assert_eq!(bench.now.since(asked), Plan::default().budgets.confirm_gap.duration());
    assert!(bench.members[0].heard.iter().any(|message| matches!(
        message,
        Message::Notice(notice) if notice.event == Event::Fenced && notice.host == Some(host(2))
    )));
}

#[test]
fn a_look_at_what_is_on_is_refused_and_does_nothing() {
    let mut bench = Bench::ready(2);
    bench.tell(2, READ_ON);
    bench.request(1, 77, 2, ResetMethod::LookOnly);
    bench.tell(2, READ_ON);
    let last = bench.last(1).expect("answered");
    assert_eq!((last.state, last.cause), (ResetState::Refused, Cause::TargetOn));
    assert_eq!(bench.is_acting(2), None);
}

#[test]
fn of_two_that_shoot_at_each_other_one_is_fenced() {
    let mut bench = Bench::ready(2);
    bench.tell(1, READ_ON);
    bench.tell(2, READ_ON);
    bench.request(1, 1, 2, ResetMethod::AsConfigured);
    bench.request(2, 2, 1, ResetMethod::AsConfigured);
    let last = bench.last(2).expect("answered");
    assert_eq!((last.state, last.cause), (ResetState::Refused, Cause::RequesterFenced));
    assert_eq!(bench.last(1).map(|result| result.state), Some(ResetState::Accepted));
}

#[test]
fn a_second_requester_joins_and_only_later_readings_count() {
    let mut bench = Bench::ready(3);
    bench.tell(2, READ_ON);
    bench.request(1, 1, 2, ResetMethod::Off);
    bench.tell(2, READ_ON);
    bench.tell(2, Told::Accepted);
    bench.tell(2, READ_OFF);
    bench.request(3, 2, 2, ResetMethod::Off);
    bench.wait_for(2);
    bench.tell(2, READ_OFF);
    assert_eq!(bench.last(3).map(|result| result.state), Some(ResetState::Accepted));
    bench.wait_for(2);
    bench.tell(2, READ_OFF);
    for number in [1, 3] {
        assert_eq!(bench.last(number).map(|result| result.state), Some(ResetState::Fenced));
    }
}

#[test]
fn a_silent_bmc_fails_the_fencing_with_its_cause() {
    let mut bench = Bench::ready(2);
    bench.tell(2, READ_ON);
    bench.request(1, 77, 2, ResetMethod::AsConfigured);
    while bench.last(1).is_none_or(|last| last.state != ResetState::Failed) {
        bench.wait_for(2);
        bench.now = bench.now + ms(900);
        bench.tell(2, Told::Failed(crate::failure::Failure::Silent));
    }
    assert_eq!(bench.last(1).map(|last| last.cause), Some(Cause::BmcSilent));
    let failed = Tell::FenceFailed { server: ServerIndex(1), cause: Cause::BmcSilent };
    assert!(bench.done.tells.contains(&failed));
}

#[test]
fn a_bmc_with_the_id_of_another_is_not_obeyed() {
    let mut bench = Bench::ready(2);
    bench.tell(2, READ_ON);
    bench.machine.servers[1].bmc.set_pin(Pin::Doubled);
    bench.request(1, 77, 2, ResetMethod::AsConfigured);
    bench.tell(2, READ_ON);
    let last = bench.last(1).expect("answered");
    assert_eq!((last.state, last.cause), (ResetState::Failed, Cause::CommandRefused));
    bench.order(5, Order::AcceptBmc { server: ServerIndex(1) });
    assert_eq!(bench.done.answers, [(Ticket(5), Answer::Done)]);
}
