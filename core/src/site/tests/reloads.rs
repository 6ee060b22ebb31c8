//! A configuration that changes in the middle of a plan.

use super::*;
use crate::connector::tests::of_hosts;
use crate::fence::Plan;
use crate::power::{Back, Order as PlanOrder, Scope, StepKind};

/// The second of two hosts stops, by order.
fn stopping() -> Bench {
    let mut bench = Bench::ready(2, one_ups(2));
    let reading = Ok(UpsReading::of(Supply::Mains));
    bench.machine.handle(bench.now, Input::Reading { ups: UpsIndex(0), asked: bench.now, reading });
    bench.drain();
    let scope = Scope::Server(SECOND);
    let order = PlanOrder::Stop { scope, cut: false, back: Back::OnOrder };
    bench.machine.handle(bench.now, Input::OrderPlan { ticket: power::Ticket(1), order });
    bench.drain();
    assert_eq!((bench.step(FIRST), bench.step(SECOND)), (Some(StepKind::Free), freezing()));
    bench
}

const fn freezing() -> Option<StepKind> {
    Some(StepKind::Freezing)
}

impl Bench {
    fn step(&self, server: ServerIndex) -> Option<StepKind> {
        self.machine.show_power(self.now, |shown| {
            shown.servers().find(|one| one.server == server).map(|one| one.step)
        })
    }

    fn reload(&mut self, hosts: &[u16], power: power::Config<4, 2>) {
        let connector = of_hosts(hosts.iter().copied(), &Plan::default());
        self.machine.reload(self.now, Config { connector, power });
        self.drain();
    }
}

#[test]
fn a_server_with_another_place_goes_on_where_it_was() {
    let mut bench = stopping();
    bench.reload(&[2, 1], one_ups(2));
    assert_eq!((bench.step(FIRST), bench.step(SECOND)), (freezing(), Some(StepKind::Free)));
    let held = |bench: &Bench, server| bench.machine.connector.is_held(server);
    assert!(held(&bench, FIRST) && !held(&bench, SECOND));
    // What its member is directed next comes from the plan of the same server.
    for _ in 0..15 {
        bench.check(2);
        bench.pass(ms(1000));
    }
    let guests = |one: &Directive| one.action == Directed::StopGuests;
    assert!(bench.directives(2).iter().any(guests), "{:?}", bench.directives(2));
    assert!(!bench.directives(1).iter().any(guests));
}

#[test]
fn one_that_hangs_on_nothing_any_more_is_let_go() {
    let mut bench = stopping();
    bench.reload(&[1, 2], one_ups(1));
    assert!(!bench.machine.connector.is_held(SECOND));
    bench.check(2);
    assert_eq!(bench.mode(2), Some(Mode::Normal));
}
