//! Servers that a plan holds.

use super::*;

#[test]
fn members_of_held_hosts_are_told_and_nobody_else() {
    let mut bench = Bench::ready(3, no_plan());
    bench.hold(SECOND, true);
    assert_eq!(bench.mode(2), Some(Mode::Plan), "at once");
    assert_eq!(bench.mode(1), Some(Mode::Normal));
    bench.check(1);
    assert_eq!(bench.mode(1), Some(Mode::Normal));
    let started = |notice: &Notice| notice.event == Event::PlanStarted;
    assert!(bench.notices(1).iter().any(started), "the cluster is told");
    bench.hold(SECOND, false);
    assert_eq!(bench.mode(2), Some(Mode::Normal));
    let ended =
        power::Tell::Ended { outage: power::OutageId(1), end: power::End::Cancelled, lost: 0 };
    bench.plan(power::Action::Tell(ended));
    let off = |notice: &Notice| notice.event == Event::PlanCalledOff;
    assert!(bench.notices(3).iter().any(off));
    assert!(bench.done.contains(&Action::TellPower(ended)));
}

#[test]
fn a_reset_asked_for_during_a_plan_is_answered_by_what_the_bmc_says() {
    let mut bench = Bench::ready(3, no_plan());
    bench.hold(SECOND, true);
    bench.hold(FIRST, true);
    // One that the plan has too waits.
    bench.request(1, 7, 2, ResetMethod::AsConfigured);
    let last = bench.last(1).expect("answered");
    assert_eq!((last.state, last.cause), (ResetState::Refused, Cause::Held));
    // One outside of it is told the truth.
    bench.request(3, 8, 2, ResetMethod::AsConfigured);
    bench.answer(2, READ_ON);
    let last = bench.last(3).expect("answered");
    assert_eq!((last.state, last.cause), (ResetState::Refused, Cause::Held));
    bench.request(3, 9, 2, ResetMethod::AsConfigured);
    bench.answer(2, READ_OFF);
    bench.answer(2, READ_OFF);
    assert_eq!(bench.last(3).map(|last| last.state), Some(ResetState::Fenced));
    assert_eq!(bench.is_acting(2), None, "nothing was done to it");
    // The operator is not held.
    let (ticket, server) = (connector::Ticket(1), FIRST);
    let order = Order::Reset { server, method: ResetMethod::Off };
    bench.machine.handle(bench.now, Input::Order { ticket, order });
    bench.drain();
    bench.answer(1, READ_ON);
    assert_eq!(bench.is_acting(1), Some(ChassisAction::Off));
}

#[test]
fn a_planned_power_off_is_told_to_nobody_as_a_failure() {
    let mut bench = Bench::ready(2, no_plan());
    bench.hold(SECOND, true);
    bench.switch(SECOND, Switch::Off);
    bench.tell(2, READ_ON);
    assert_eq!(bench.is_acting(2), Some(ChassisAction::Off));
    bench.tell(2, Told::Accepted);
    bench.answer(2, READ_OFF);
    assert_eq!(bench.switched(), [], "one reading is no proof");
    bench.answer(2, READ_OFF);
    assert_eq!(bench.switched(), [Ok(())]);
    bench.done.clear();
    // Its member falls silent, and its BMC when the UPS cuts.
    for _ in 0..70 {
        bench.check(1);
        bench.pass(ms(1000));
        if bench.question(2).is_some() {
            bench.tell(2, Told::Failed(crate::failure::Failure::Silent));
        }
    }
    let events: Vec<_> = bench.notices(1).iter().map(|notice| notice.event).collect();
    assert!(events.iter().all(|event| *event == Event::PlanStarted), "{events:?}");
    assert_eq!(bench.facts(SECOND).power, PowerState::Unknown);
    let alerts = bench.done.iter().filter(|action| {
        use connector::Tell;
        let Action::Tell(tell) = action else { return true };
        let of_first =
            matches!(tell, Tell::Power { server: FIRST, .. } | Tell::Bmc { server: FIRST, .. });
        !of_first && !matches!(tell, Tell::Power { source: Source::Plan, .. })
    });
    assert_eq!(alerts.collect::<Vec<_>>(), Vec::<&Action>::new());
    // Dropped from the plan, it is alerted.
    bench.hold(SECOND, false);
    bench.pass(ms(2000));
    let lost = Action::Tell(connector::Tell::PathLost { server: SECOND });
    assert!(bench.done.contains(&lost), "{:?}", bench.done);
}

#[test]
fn a_trap_of_a_planned_power_off_is_the_plans_doing() {
    let mut bench = Bench::ready(2, no_plan());
    for (held, source) in [(true, Source::Plan), (false, Source::Trap)] {
        bench.hold(SECOND, held);
        bench.answer(2, READ_ON);
        bench.done.clear();
        bench.machine.handle(bench.now, Input::Hint { server: SECOND, source: Source::Trap });
        bench.drain();
        bench.answer(2, READ_OFF);
        let power = PowerState::Off;
        let tell = Action::Tell(connector::Tell::Power { server: SECOND, power, source });
        assert!(bench.done.contains(&tell), "{:?}", bench.done);
    }
}

#[test]
fn a_fencing_in_the_middle_ends_first_and_leaves_the_power_on_to_the_plan() {
    let mut bench = Bench::ready(2, no_plan());
    bench.request(1, 7, 2, ResetMethod::OffThenOn);
    bench.answer(2, READ_ON);
    assert_eq!(bench.is_acting(2), Some(ChassisAction::Off));
    assert!(bench.facts(SECOND).fencing);
    bench.hold(SECOND, true);
    bench.switch(SECOND, Switch::Off);
    assert_eq!(bench.switched(), [Err(power::SwitchFailure::Busy)]);
    bench.tell(2, Told::Accepted);
    bench.answer(2, READ_OFF);
    bench.answer(2, READ_OFF);
    assert_eq!(bench.last(1).map(|last| last.state), Some(ResetState::Fenced));
    assert!(!bench.facts(SECOND).fencing);
    for _ in 0..100 {
        bench.answer(2, READ_OFF);
        assert_eq!(bench.is_acting(2), None, "it stays off");
    }
    bench.switch(SECOND, Switch::On);
    bench.answer(2, READ_OFF);
    bench.answer(2, READ_OFF);
    bench.wait_for(2);
    assert_eq!(bench.is_acting(2), Some(ChassisAction::On));
    bench.tell(2, Told::Accepted);
    bench.answer(2, READ_ON);
    assert_eq!(bench.switched().last(), Some(&Ok(())));
    bench.hold(SECOND, false);
    for _ in 0..100 {
        bench.answer(2, READ_ON);
        assert_eq!(bench.is_acting(2), None, "it was switched on already");
    }
}
