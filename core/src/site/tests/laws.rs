//! Each law of the interlock is broken by what goes wrong without it (invariants 5 and 6).

use super::*;
use crate::cluster::Laws;

/// Takes a law away.
type Mutant = fn(&mut Laws);
/// What goes wrong, if anything does.
type Scenario = fn(Laws) -> Result<(), &'static str>;

fn mutated(laws: Laws) -> Bench {
    let mut bench = Bench::ready(2, no_plan());
    bench.machine.mutate(laws);
    bench
}

/// A frozen pair: one of them asks for the other one.
fn nobody_is_shot_during_a_plan(laws: Laws) -> Result<(), &'static str> {
    let mut bench = mutated(laws);
    bench.hold(SECOND, true);
    bench.request(1, 7, 2, ResetMethod::AsConfigured);
    bench.answer(2, READ_ON);
    match bench.is_acting(2) {
        Some(_) => Err("a server in the plan is shot"),
        None => Ok(()),
    }
}

fn a_planned_off_alerts_nobody(laws: Laws) -> Result<(), &'static str> {
    let mut bench = mutated(laws);
    bench.hold(SECOND, true);
    bench.switch(SECOND, Switch::Off);
    bench.answer(2, READ_ON);
    bench.tell(2, Told::Accepted);
    bench.answer(2, READ_OFF);
    bench.answer(2, READ_OFF);
    let alert = |notice: &Notice| notice.event == Event::PowerOff;
    match bench.notices(1).iter().any(alert) {
        true => Err("the planned power-off is told as a failure"),
        false => Ok(()),
    }
}

/// Its output is about to be cut: a server that comes on then is cut while it runs.
fn nothing_comes_on_before_the_cut(laws: Laws) -> Result<(), &'static str> {
    let mut bench = mutated(laws);
    bench.request(1, 7, 2, ResetMethod::OffThenOn);
    bench.answer(2, READ_ON);
    bench.hold(SECOND, true);
    bench.tell(2, Told::Accepted);
    bench.answer(2, READ_OFF);
    bench.answer(2, READ_OFF);
    for _ in 0..20 {
        bench.wait_for(2);
        if bench.is_acting(2) == Some(ChassisAction::On) {
            return Err("a server is switched on that the plan has off");
        }
        bench.tell(2, READ_OFF);
    }
    Ok(())
}

#[test]
fn each_law_of_the_interlock_is_needed() {
    let broken: [(Mutant, Scenario); 3] = [
        (|laws| laws.plan_holds_back = false, nobody_is_shot_during_a_plan),
        (|laws| laws.planned_off_is_expected = false, a_planned_off_alerts_nobody),
        (|laws| laws.plan_keeps_off = false, nothing_comes_on_before_the_cut),
    ];
    for (take_away, scenario) in broken {
        assert_eq!(scenario(Laws::ALL), Ok(()));
        let mut laws = Laws::ALL;
        take_away(&mut laws);
        let caught = scenario(laws);
        std::println!("{caught:?}");
        assert!(caught.is_err());
    }
}
