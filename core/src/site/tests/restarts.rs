//! A site that begins again in the middle of a plan.

use super::*;
use crate::power::{Back, Order as PlanOrder, Scope};

/// A plan that the operator has ordered for all, and that has begun.
fn planned() -> Bench {
    let mut bench = Bench::ready(2, one_ups(2));
    read(&mut bench);
    let order = PlanOrder::Stop { scope: Scope::All, cut: false, back: Back::OnOrder };
    let input = Input::OrderPlan { ticket: power::Ticket(1), order };
    bench.machine.handle(bench.now, input);
    bench.drain();
    let begun = |action: &Action| {
        matches!(action, Action::AnswerPlan { answer: power::Answer::Begun(_), .. })
    };
    assert!(bench.done.iter().any(begun), "{:?}", bench.done);
    bench
}

fn read(bench: &mut Bench) {
    let reading = Ok(UpsReading::of(Supply::Mains));
    let input = Input::Reading { ups: UpsIndex(0), asked: bench.now, reading };
    bench.machine.handle(bench.now, input);
    bench.drain();
}

fn restarted(bench: &Bench) -> Bench {
    Bench::restored(2, one_ups(2), &bench.disk, bench.now + ms(500))
}

#[test]
fn a_plan_freezes_its_members() {
    let bench = planned();
    for number in [1, 2] {
        assert_eq!(bench.mode(number), Some(Mode::Plan));
        let freezes = bench.directives(number);
        assert!(freezes.iter().any(|one| one.action == Directed::Freeze), "{freezes:?}");
    }
}

#[test]
fn a_plan_holds_its_servers_from_the_first_word_after_a_restart() {
    let mut bench = restarted(&planned());
    bench.meet();
    for member in &bench.members {
        let free = |message: &Message| match message {
            Message::PathStatus(status) => status.mode == Mode::Normal,
            _ => false,
        };
        assert!(!member.heard.iter().any(free), "a frozen member would thaw");
    }
    bench.request(1, 7, 2, ResetMethod::AsConfigured);
    assert_eq!(bench.last(1).map(|last| last.cause), Some(Cause::Held));
}

#[test]
fn the_power_on_of_a_fencing_stays_the_plans_after_a_restart() {
    let mut bench = Bench::ready(2, one_ups(2));
    bench.request(1, 7, 2, ResetMethod::OffThenOn);
    bench.answer(2, READ_ON);
    read(&mut bench);
    let order = PlanOrder::Stop { scope: Scope::All, cut: false, back: Back::OnOrder };
    let input = Input::OrderPlan { ticket: power::Ticket(1), order };
    bench.machine.handle(bench.now, input);
    bench.drain();
    bench.tell(2, Told::Accepted);
    bench.answer(2, READ_OFF);
    bench.answer(2, READ_OFF);
    let mut bench = restarted(&bench);
    for _ in 0..100 {
        bench.answer(2, READ_OFF);
        assert_eq!(bench.is_acting(2), None);
    }
}

#[test]
fn what_waited_for_a_plan_that_is_gone_waits_no_longer() {
    let mut bench = Bench::ready(2, no_plan());
    bench.request(1, 7, 2, ResetMethod::OffThenOn);
    bench.answer(2, READ_ON);
    bench.hold(SECOND, true);
    bench.tell(2, Told::Accepted);
    bench.answer(2, READ_OFF);
    bench.answer(2, READ_OFF);
    let mut bench = Bench::restored(2, no_plan(), &bench.disk, bench.now + ms(500));
    let end = bench.now + ms(120_000);
    while bench.is_acting(2) != Some(ChassisAction::On) {
        assert!(bench.now < end, "it stays down for good");
        bench.wait_for(2);
        if bench.is_acting(2).is_none() {
            bench.tell(2, READ_OFF);
        }
    }
}

#[test]
fn both_records_are_one() {
    let bench = planned();
    let (connector, power) = writes::split(Some(&bench.disk));
    assert!(connector.is_some() && power.is_some());
    // What an earlier version wrote has the connector's part alone.
    let len = crate::journal::length(&bench.disk).expect("it begins with one");
    let (connector, power) = writes::split(Some(&bench.disk[..len]));
    assert!(connector.is_some() && power.is_none());
    let mut old = Bench::restored(2, one_ups(2), &bench.disk[..len], bench.now + ms(500));
    let epoch = |bench: &Bench| bench.machine.snapshot(bench.now).connector().epoch;
    assert!(epoch(&old) > epoch(&bench));
    old.meet();
    assert_eq!(old.mode(1), Some(Mode::Normal));
}

#[test]
fn a_write_that_began_before_a_change_does_not_hold_it() {
    let mut writes = Writes::default();
    writes.want_connector(5);
    assert_eq!(writes.next(), Some(1));
    writes.want_power(9);
    assert_eq!(writes.next(), None, "one at a time");
    let first = writes.persisted(1);
    assert_eq!((first.connector, first.power), (Some(5), None));
    assert_eq!(writes.next(), Some(2));
    assert_eq!(writes.persisted(1), writes::Both::default(), "that one is over");
    let second = writes.persisted(2);
    assert_eq!((second.connector, second.power), (None, Some(9)));
    assert_eq!(writes.next(), None);
}
