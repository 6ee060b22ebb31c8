//! What operators and the calendar order.

stories! {
    a_planned_stop_waits_for_the_order
    a_planned_stop_outlasts_an_outage
    a_planned_stop_comes_back_with_the_mains
    a_planned_stop_is_called_off
    called_off_on_battery
    a_rehearsal_stops_nothing
    a_single_order_cuts_nobody
    what_cannot_be_is_refused
    what_would_be_is_forecast
}

pub(super) mod story {
    use super::super::std::vec::Vec;
    use super::super::world::*;
    use crate::power::{
        Action, Answer, Back, Cause, Job, Laws, Order, Phase, Scope, StepKind, Switch, Tell,
        UpsConfig, Why,
    };
    use crate::types::{Directed, Outlet, ServerIndex, UpsIndex, UpsOrder};

    fn stop(back: Back, cut: bool) -> Order {
        Order::Stop { scope: Scope::All, cut, back }
    }

    pub(crate) fn a_planned_stop_waits_for_the_order(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        let answer = world.order(stop(Back::OnOrder, true));
        assert!(matches!(answer, Some(Answer::Begun(_))), "{answer:?}");
        assert!(world.until_that(900, |world| world.gone), "{}", world.story());
        let off = |one: &Action| {
            matches!(one, Action::Order { order, .. }
            if matches!(order, UpsOrder::Off { .. }))
        };
        assert!(world.when(off).is_some(), "{}", world.story());
        assert!(world.until_that(300, |world| world.ups[0].off), "{}", world.story());
        world.mains(false);
        world.run(60);
        world.mains(true);
        // Somebody starts this machine by hand; the rest waits.
        world.restart();
        world.run(600);
        let on = world.count(switched(0, Switch::On)) + world.count(switched(1, Switch::On));
        assert_eq!(on, 0, "{}", world.story());
        assert!(world.plan().is_some_and(|plan| plan.cause == Cause::Ordered));
        assert_eq!(world.order(Order::Return { now: false }), Some(Answer::Done));
        assert!(world.until(900, ended), "{}", world.story());
        assert!((0..2).all(|n| world.hosts[n].on), "{}", world.story());
    }

    pub(crate) fn a_planned_stop_outlasts_an_outage(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.order(stop(Back::OnOrder, false));
        let down = |world: &World| (0..2).all(|n| world.step(n) == StepKind::Off);
        assert!(world.until_that(900, down), "{}", world.story());
        world.mains(false);
        world.run(60);
        world.mains(true);
        world.run(600);
        assert!(down(&world), "{}", world.story());
        assert_eq!(world.order(Order::Return { now: true }), Some(Answer::Done));
        assert!(world.until(900, ended), "{}", world.story());
        assert!((0..2).all(|n| world.hosts[n].on), "{}", world.story());
    }

    pub(crate) fn a_planned_stop_comes_back_with_the_mains(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.order(stop(Back::WithMains, false));
        let down = |world: &World| (0..2).all(|n| world.step(n) == StepKind::Off);
        assert!(world.until_that(900, down), "{}", world.story());
        world.run(600);
        assert!(down(&world), "the mains were never gone\n{}", world.story());
        assert_eq!(world.count(cut(0)), 0);
        world.mains(false);
        world.run(300);
        world.mains(true);
        assert!(world.until(900, ended), "{}", world.story());
        assert!((0..2).all(|n| world.hosts[n].on), "{}", world.story());
    }

    pub(crate) fn a_planned_stop_is_called_off(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.order(stop(Back::OnOrder, false));
        assert!(world.until_that(900, |world| world.step(0) == StepKind::ShuttingDown));
        let answer = world.order(Order::Cancel { even_on_battery: false });
        assert_eq!(answer, Some(Answer::Done));
        assert!(world.until(900, ended), "{}", world.story());
        assert!((0..2).all(|n| world.hosts[n].on), "{}", world.story());
    }

    pub(crate) fn called_off_on_battery(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        assert!(world.until_that(300, |world| world.step(0) == StepKind::StoppingGuests));
        let refused = world.order(Order::Cancel { even_on_battery: false });
        assert_eq!(refused, Some(Answer::Refused(Why::OnBattery)));
        let done = world.order(Order::Cancel { even_on_battery: true });
        assert_eq!(done, Some(Answer::Done));
        world.run(600);
        assert!(world.hosts[0].on && world.hosts[1].on, "{}", world.story());
        assert!(!world.held(0), "{}", world.story());
        // It begins again when the battery is at its end.
        assert!(world.until_that(3600, |world| world.gone), "{}", world.story());
        let off = !world.hosts[0].on && !world.hosts[1].on;
        assert!(world.ups[0].left > 60.0 && off, "{}", world.story());
    }

    pub(crate) fn a_rehearsal_stops_nothing(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        let answer = world.order(Order::Rehearse { scope: Scope::All });
        assert!(matches!(answer, Some(Answer::Begun(_))), "{answer:?}");
        assert!(world.until(120, ended), "{}", world.story());
        assert!(world.when(directed(0, Directed::Freeze)).is_some());
        assert_eq!(world.count(ran(Job::EnterMaintenance(0))), 1);
        assert_eq!(world.count(ran(Job::LeaveMaintenance(0))), 1);
        assert!(!world.held(0) && !world.frozen(0), "{}", world.story());
        let stopping = |one: &Action| {
            matches!(one, Action::Switch { .. })
                || directed(0, Directed::StopGuests)(one)
                || matches!(one, Action::Order { .. })
        };
        assert_eq!(world.count(stopping), 0, "{}", world.story());
    }

    pub(crate) fn a_single_order_cuts_nobody(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        config.add_server(server(0, 0, 0)).unwrap();
        let mut world = World::with_laws(config, laws);
        let off = UpsOrder::Off { outlet: Outlet::WHOLE, delay: secs(1) };
        let order = Order::Ups { ups: UpsIndex(0), order: off };
        let running = Answer::Refused(Why::Running(ServerIndex(0)));
        assert_eq!(world.order(order), Some(running), "{}", world.story());
        world.hosts.iter_mut().for_each(|host| host.on = false);
        world.run(3);
        assert_eq!(world.order(order), Some(Answer::Done), "{}", world.story());
        let test = world.order(Order::Test(UpsIndex(0)));
        assert_eq!(test, Some(Answer::Done), "{}", world.story());
    }

    pub(crate) fn what_cannot_be_is_refused(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        let nobody =
            Order::Stop { scope: Scope::Server(ServerIndex(9)), cut: false, back: Back::OnOrder };
        let refused = |why| Some(Answer::Refused(why));
        assert_eq!(world.order(nobody), refused(Why::NoSuchThing));
        assert_eq!(world.order(Order::Return { now: true }), refused(Why::NoPlan));
        let cancel = Order::Cancel { even_on_battery: true };
        assert_eq!(world.order(cancel), refused(Why::NoPlan));
        assert_eq!(world.order(Order::Test(UpsIndex(3))), refused(Why::NoSuchThing));
        world.mains(false);
        world.run(20);
        assert_eq!(world.order(stop(Back::OnOrder, true)), refused(Why::PlanRuns));
        assert_eq!(world.order(Order::Test(UpsIndex(0))), refused(Why::PlanRuns));
        assert_eq!(world.order(Order::Return { now: true }), refused(Why::OnBattery));
    }

    pub(crate) fn what_would_be_is_forecast(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        let forecast = world.with_snapshot(|seen| seen.forecast(Scope::All));
        assert_eq!(forecast.servers, 2);
        // 60 s, 180 s, 120 s and 300 s for each of two stages.
        assert_eq!(forecast.expected, secs(1320));
        assert_eq!(forecast.needed, secs(1320 + 330 + 30));
        assert_eq!(forecast.fits, Some(true));
        let one = world.with_snapshot(|seen| seen.forecast(Scope::Server(ServerIndex(1))));
        assert_eq!((one.servers, one.expected), (1, secs(660)));
        assert_eq!(world.with_snapshot(|seen| seen.phase()), Phase::Normal);
        world.mains(false);
        let mut phases = Vec::new();
        let went = world.until_that(1800, |world| world.gone);
        assert!(went);
        world.restart();
        world.mains(true);
        for _ in 0..1200 {
            world.run(1);
            let phase = world.with_snapshot(|seen| seen.phase());
            if phases.last() != Some(&phase) {
                phases.push(phase);
            }
        }
        assert_eq!(phases.last(), Some(&Phase::Normal), "{phases:?}");
        assert!(phases.contains(&Phase::WaitingForMembers), "{phases:?}");
        assert!(phases.contains(&Phase::StartingGuests), "{phases:?}");
        // What was measured counts from now on.
        let after = world.with_snapshot(|seen| seen.forecast(Scope::All));
        assert!(after.expected < secs(240), "{after:?}");
        assert!(world.count(|one| matches!(one, Action::Tell(Tell::LastOne))) > 0);
    }
}
