//! Orders to cut an output.

stories! {
    an_order_that_does_not_show_is_given_again
    one_that_cannot_be_called_off_is_waited_for
    it_is_renewed_while_something_may_run
    without_delay_only_after_proof
    nothing_stands_when_it_is_over
    back_in_the_last_moment
    one_that_shows_nothing
    one_that_cannot_be_cut
    it_goes_off_soon_after_all_are_off
    one_that_is_only_read
    a_reading_of_the_very_moment
    one_that_stands_when_power_is_back
    this_machine_goes_before_a_cut_that_stays
    so_it_does_after_a_restart
    so_it_does_when_a_cancel_is_refused
    the_whole_waits_for_its_outlets
}

pub(super) mod story {
    use super::super::world::*;
    use crate::power::{
        Action, Config, Cut, Input, Job, Laws, Own, StepKind, Switch, Tell, UpsConfig,
    };
    use crate::types::{
        Directed, Outlet, ServerIndex, Supply, UpsFailure, UpsIndex, UpsOrder, UpsReading,
    };

    pub(crate) fn an_order_that_does_not_show_is_given_again(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.ups[0].deaf = true;
        world.mains(false);
        let failed = |one: &Action| matches!(one, Action::Tell(Tell::OrderFailed { .. }));
        assert!(world.until(900, failed), "{}", world.story());
        assert!(world.until(30, cut(0)), "{}", world.story());
        world.ups[0].deaf = false;
        let shows = |one: &Action| matches!(one, Action::Tell(Tell::Cutting { .. }));
        assert!(world.until(30, shows), "{}", world.story());
    }

    pub(crate) fn one_that_cannot_be_called_off_is_waited_for(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.ups[0].stubborn = true;
        world.mains(false);
        assert!(world.until(900, cut(0)), "{}", world.story());
        world.run(2);
        world.mains(true);
        assert!(world.until_that(900, |world| world.ups[0].off), "{}", world.story());
        assert!((0..2).all(|n| !world.hosts[n].on), "{}", world.story());
        let on = world.count(switched(0, Switch::On)) + world.count(switched(1, Switch::On));
        assert_eq!(on, 0, "nothing is started on an output that goes off\n{}", world.story());
        assert!(world.until(900, ended), "{}", world.story());
        assert!((0..2).all(|n| world.hosts[n].on), "{}", world.story());
        let failure = Some(UpsFailure::Unsupported);
        let told = |one: &Action| {
            matches!(one, Action::Tell(Tell::OrderFailed {
            order: UpsOrder::Cancel { .. }, failure: why, .. }) if *why == failure)
        };
        assert!(world.count(told) > 0);
    }

    pub(crate) fn it_is_renewed_while_something_may_run(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        // The last one hangs for as long as it can.
        world.hosts[1].stops = None;
        assert!(world.until(900, cut(0)), "{}", world.story());
        let down = world.until_that(900, |world| {
            assert!(!(world.ups[0].off && world.hosts[1].on), "{}", world.story());
            world.step(1) == StepKind::Off
        });
        assert!(down, "{}", world.story());
        // It is switched on by hand, against the order that stands.
        world.hosts[1].on = true;
        world.hosts[1].stops = None;
        let again = world.until_that(1200, |world| {
            assert!(!(world.ups[0].off && world.hosts[1].on), "{}", world.story());
            world.gone
        });
        assert!(again, "{}", world.story());
    }

    pub(crate) fn without_delay_only_after_proof(laws: Laws) {
        let cut_by = Cut::Final { most: secs(120) };
        let mut config = site(&[UpsConfig { cut: cut_by, ..UpsConfig::default() }]);
        for n in 0..2 {
            config.add_server(server(n, 0, n as u8)).unwrap();
        }
        own(&mut config);
        let mut world = World::with_laws(config, laws);
        world.ups[0].stubborn = true;
        world.hosts[1].stops = Some(100_000);
        world.mains(false);
        assert!(world.until(900, cut(0)), "{}", world.story());
        assert!((0..2).all(|n| !world.hosts[n].on), "{}", world.story());
        assert!(world.until_that(60, |world| world.gone), "{}", world.story());
        world.mains(true);
        assert!(world.until_that(300, |world| world.ups[0].off), "{}", world.story());
        let on = world.count(switched(0, Switch::On)) + world.count(switched(1, Switch::On));
        assert_eq!(on, 0, "{}", world.story());
        assert!(world.until(900, ended), "{}", world.story());
    }

    /// A server that the connector runs on, alone on its UPS.
    fn alone(cut_by: Cut) -> Config<8, 4> {
        let mut config = site(&[UpsConfig { cut: cut_by, ..UpsConfig::default() }]);
        config.add_server(server(0, 0, 0)).unwrap();
        let mut own = Own { stop: Some(secs(60)), server: Some(ServerIndex(0)), ..Own::default() };
        own.feeds.push(feed(0)).unwrap();
        config.set_own(own).unwrap();
        config
    }

    pub(crate) fn this_machine_goes_before_a_cut_that_stays(laws: Laws) {
        let mut world = World::with_laws(alone(Cut::Final { most: secs(3600) }), laws);
        world.ups[0].stubborn = true;
        world.mains(false);
        assert!(world.until(1800, cut(0)), "{}", world.story());
        // The mains come back in the moment in which it was ordered.
        world.mains(true);
        assert!(!world.gone, "{}", world.story());
        assert!(world.until_that(60, |world| world.gone), "{}", world.story());
        assert!(world.off_in(0).is_some_and(|left| left >= 60_000), "{}", world.story());
    }

    pub(crate) fn so_it_does_after_a_restart(laws: Laws) {
        let mut world = World::with_laws(alone(Cut::Delayed { most: secs(3600) }), laws);
        world.mains(false);
        assert!(world.until_that(1800, |world| world.gone), "{}", world.story());
        // The connector starts anew before its machine has gone, and the mains are back by then.
        world.mains(true);
        world.restart();
        assert!(world.until_that(20, |world| world.gone), "{}", world.story());
        assert!(world.off_in(0).is_some(), "{}", world.story());
    }

    pub(crate) fn so_it_does_when_a_cancel_is_refused(laws: Laws) {
        let mut config = two();
        config.add_server(server(2, 0, 1)).unwrap();
        let mut world = World::with_laws(config, laws);
        world.ups[0].stubborn = true;
        world.mains(false);
        assert!(world.until(900, cut(0)), "{}", world.story());
        world.run(2);
        world.mains(true);
        assert!(world.until_that(900, |world| world.gone), "{}", world.story());
        assert!((0..3).all(|n| !world.hosts[n].on), "{}", world.story());
        assert!(world.off_in(0).is_some_and(|left| left >= 60_000), "{}", world.story());
    }

    pub(crate) fn nothing_stands_when_it_is_over(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.hosts[1].stops = Some(100_000);
        world.mains(false);
        assert!(world.until(900, cut(0)), "{}", world.story());
        world.run(3);
        assert_eq!(world.step(1), StepKind::ShuttingDown);
        world.mains(true);
        assert!(world.until(900, ended), "{}", world.story());
        world.run(900);
        assert!(!world.ups[0].off && world.hosts[0].on && world.hosts[1].on, "{}", world.story());
        let cancelled = |one: &Action| {
            matches!(one, Action::Order { order, .. }
            if matches!(order, UpsOrder::Cancel { .. }))
        };
        assert_eq!(world.count(cancelled), 1, "{}", world.story());
    }

    pub(crate) fn back_in_the_last_moment(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        assert!(world.until(1800, ran(Job::ShutDownThis)), "{}", world.story());
        world.mains(true);
        // This machine is going: called off now, the cut would never start it again.
        let off = world.until_that(300, |world| world.ups[0].off);
        assert!(off, "{}", world.story());
        world.run(30);
        world.restart();
        assert!(world.until(900, ended), "{}", world.story());
        assert_eq!(world.count(directed(0, Directed::StopGuests)), 1);
        assert!((0..2).all(|n| world.hosts[n].on), "{}", world.story());
    }

    pub(crate) fn one_that_shows_nothing(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.ups[0].mute = true;
        world.mains(false);
        assert!(world.until_that(900, |world| world.gone), "{}", world.story());
        assert!(world.off_in(0).is_some_and(|left| left >= 60_000), "{}", world.story());
        assert!(world.until_that(900, |world| world.ups[0].off), "{}", world.story());
        world.mains(true);
        world.restart();
        assert!(world.until(900, ended), "{}", world.story());
        assert!((0..2).all(|n| world.hosts[n].on), "{}", world.story());
    }

    pub(crate) fn a_reading_of_the_very_moment(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        let shows = |one: &Action| matches!(one, Action::Tell(Tell::Cutting { .. }));
        assert!(world.until(900, shows), "{}", world.story());
        let close = |world: &World| world.off_in(0).is_some_and(|left| left <= 500);
        assert!(world.until_that(900, close), "{}", world.story());
        let placed = world.count(cut(0));
        // The countdown is over, and the output was looked at before that.
        let (asked, reading) = (at(world.now), Ok(UpsReading::of(Supply::Battery)));
        world.hear(Input::Reading { ups: UpsIndex(0), asked, reading });
        world.run(3);
        assert!(world.ups[0].off, "{}", world.story());
        assert_eq!(world.count(cut(0)), placed, "it is not given again\n{}", world.story());
    }

    pub(crate) fn one_that_stands_when_power_is_back(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        for n in 0..2 {
            config.add_server(server(n, 0, n as u8)).unwrap();
        }
        let mut world = World::with_laws(config, laws);
        world.mains(false);
        assert!(world.until_that(1800, |world| world.ups[0].off), "{}", world.story());
        world.run(10);
        world.mains(true);
        assert!(world.until_that(60, |world| !world.ups[0].off), "{}", world.story());
        // Somebody has ordered it off besides.
        world.ups[0].off_at = Some(world.now + 60_000);
        let cancelled =
            |one: &Action| matches!(one, Action::Order { order: UpsOrder::Cancel { .. }, .. });
        assert!(world.until(30, cancelled), "{}", world.story());
        assert!(world.until(900, ended), "{}", world.story());
        assert!(!world.ups[0].off && world.hosts[0].on && world.hosts[1].on, "{}", world.story());
    }

    pub(crate) fn one_that_cannot_be_cut(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.ups[0].refuses = true;
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(1) == StepKind::Off));
        world.run(600);
        // Down already, it would not start by itself when the mains are back.
        assert!(!world.gone, "{}", world.story());
        assert!(world.until_that(3600, |world| world.gone), "{}", world.story());
        assert!(world.ups[0].left > 60.0, "{}", world.ups[0].left);
    }
    pub(crate) fn it_goes_off_soon_after_all_are_off(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        let mut quick = server(0, 0, 0);
        quick.shutdown = secs(40);
        config.add_server(quick).unwrap();
        let mut world = World::with_laws(config, laws);
        world.mains(false);
        assert!(world.until_that(300, |world| world.step(0) == StepKind::Off), "{}", world.story());
        assert!(world.until_that(45, |world| world.ups[0].off), "{}", world.story());
    }

    pub(crate) fn one_that_is_only_read(laws: Laws) {
        let mut config = site(&[UpsConfig { cut: Cut::Never, ..UpsConfig::default() }]);
        config.add_server(server(0, 0, 0)).unwrap();
        own(&mut config);
        let mut world = World::with_laws(config, laws);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off));
        world.run(600);
        assert!(!world.gone, "nothing would start it again\n{}", world.story());
        world.mains(true);
        assert!(world.until(3600, ended), "{}", world.story());
        assert!(world.hosts[0].on, "{}", world.story());
        world.mains(false);
        assert!(world.until_that(4000, |world| world.gone), "{}", world.story());
        assert!(world.ups[0].left > 60.0, "{}", world.ups[0].left);
    }

    pub(crate) fn the_whole_waits_for_its_outlets(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        config.add_server(server(0, 0, 0)).unwrap();
        let mut on_outlet = server(1, 0, 1);
        on_outlet.feeds[0].outlet = Outlet::new(2).unwrap();
        config.add_server(on_outlet).unwrap();
        let mut world = World::with_laws(config, laws);
        let whole = |one: &Action| match one {
            Action::Order { order: UpsOrder::OffUntilMains { outlet, .. }, .. } => {
                *outlet == Outlet::WHOLE
            }
            _ => false,
        };
        world.mains(false);
        assert!(world.until(900, whole), "{}", world.story());
        assert!(world.when(directed(1, Directed::ShutDown)).is_some(), "{}", world.story());
    }
}
