//! Orders that stand while somebody may still run, or while this machine goes.

stories! {
    none_stands_for_one_that_may_run_on
    none_stands_for_this_machine_either
    another_battery_at_its_end_cuts_nobody
    a_test_cuts_no_machine
    it_stays_while_others_come_back
    a_moment_stops_nobody_who_boots
    one_that_nobody_renews_is_called_off
    one_was_carried_out_meanwhile
    one_placed_at_the_end_is_bound
    one_that_goes_starts_nobody
    one_that_shows_no_more_is_gone
}

pub(super) mod story {
    use super::super::world::*;
    use crate::power::{
        Action, Back, Cut, Job, Laws, Order, Own, Scope, StepKind, Switch, Tell, UpsConfig,
    };
    use crate::types::ServerIndex;

    /// One that hangs, and whose BMC says nothing.
    fn runs_on(world: &mut World, server: usize) {
        (world.hosts[server].stops, world.hosts[server].bmc) = (None, false);
        world.mains(false);
        let told = Action::Tell(Tell::NotProvedOff(ServerIndex(server as u16)));
        assert!(world.until(1200, |one| *one == told), "{}", world.story());
        world.run(2);
    }

    pub(crate) fn none_stands_for_one_that_may_run_on(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        config.add_server(server(0, 0, 0)).unwrap();
        config.add_server(server(1, 0, 1)).unwrap();
        let mut world = World::with_laws(config, laws);
        runs_on(&mut world, 1);
        let tried = world.count(switched(1, Switch::Off));
        for _ in 0..600 {
            world.run(1);
            assert_eq!(world.off_in(0), None, "{}", world.story());
            assert_eq!(world.step(1), StepKind::NotProvedOff);
        }
        assert!(world.count(switched(1, Switch::Off)) >= tried + 15, "{}", world.story());
        world.hosts[1].bmc = true;
        assert!(world.until_that(15, |world| world.step(1) == StepKind::Off), "{}", world.story());
        world.run(5);
        assert!(world.off_in(0).is_some(), "{}", world.story());
    }

    pub(crate) fn none_stands_for_this_machine_either(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        runs_on(&mut world, 1);
        for _ in 0..600 {
            world.run(1);
            assert_eq!(world.off_in(0), None, "{}", world.story());
        }
        // At the end of the battery there is nothing to be lost any more.
        assert!(world.until_that(3000, |world| world.gone), "{}", world.story());
        world.run(2);
        assert!(world.off_in(0).is_some(), "{}", world.story());
    }

    pub(crate) fn another_battery_at_its_end_cuts_nobody(laws: Laws) {
        let mut config = site(&[UpsConfig::default(); 2]);
        let mut both = server(0, 0, 0);
        both.feeds.push(feed(1)).unwrap();
        both.needed = 2;
        config.add_server(both).unwrap();
        config.add_server(server(1, 1, 1)).unwrap();
        let mut world = World::with_laws(config, laws);
        runs_on(&mut world, 0);
        world.hosts[1].stops = None;
        (world.ups[0].left, world.ups[0].low) = (100.0, true);
        for _ in 0..600 {
            world.run(1);
            assert_eq!(world.off_in(1), None, "{}", world.story());
        }
    }

    pub(crate) fn a_test_cuts_no_machine(laws: Laws) {
        let last = Cut::Final { most: secs(600) };
        let mut config =
            site(&[UpsConfig::default(), UpsConfig { cut: last, ..UpsConfig::default() }]);
        config.add_server(server(0, 0, 0)).unwrap();
        let feeds = [feed(1)].into_iter().collect();
        config.set_own(Own { feeds, stop: Some(secs(60)), server: None }).unwrap();
        let mut world = World::with_laws(config, laws);
        world.ups[0].mains = false;
        assert!(world.until_that(600, |world| world.step(0) == StepKind::Off), "{}", world.story());
        (world.ups[1].testing, world.ups[1].mains) = (true, false);
        world.run(60);
        (world.ups[1].testing, world.ups[1].mains) = (false, true);
        world.run(60);
        world.ups[1].mains = false;
        world.run(5);
        world.ups[1].mains = true;
        world.run(60);
        assert_eq!(world.count(cut(1)), 0, "{}", world.story());
        assert!(!world.gone, "{}", world.story());
    }

    pub(crate) fn it_stays_while_others_come_back(laws: Laws) {
        let mut config = site(&[UpsConfig::default(); 2]);
        config.add_server(server(0, 1, 0)).unwrap();
        own(&mut config);
        let mut world = World::with_laws(config, laws);
        world.ups[1].mains = false;
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off), "{}", world.story());
        world.ups[1].mains = true;
        assert!(world.until(900, switched(0, Switch::On)), "{}", world.story());
        world.ups[0].mains = false;
        world.run(30);
        assert_eq!(world.count(ran(Job::ShutDownThis)), 0, "{}", world.story());
        assert!(world.until(900, ended), "{}", world.story());
    }

    pub(crate) fn a_moment_stops_nobody_who_boots(laws: Laws) {
        for testing in [false, true] {
            let mut world = World::with_laws(two(), laws);
            world.mains(false);
            assert!(world.until_that(900, |world| world.step(0) == StepKind::Off));
            world.mains(true);
            assert!(world.until(900, switched(0, Switch::On)), "{}", world.story());
            world.run(3);
            (world.ups[0].testing, world.ups[0].mains) = (testing, false);
            world.run(if testing { 30 } else { 5 });
            (world.ups[0].testing, world.ups[0].mains) = (false, true);
            assert!(world.until(900, ended), "{}", world.story());
            assert_eq!(world.count(switched(0, Switch::Soft)), 0, "{}", world.story());
        }
    }

    pub(crate) fn one_that_nobody_renews_is_called_off(laws: Laws) {
        let mut config = site(&[UpsConfig::default(); 2]);
        let mut both = server(0, 0, 0);
        both.feeds.push(feed(1)).unwrap();
        (both.needed, both.shutdown) = (2, secs(120));
        config.add_server(both).unwrap();
        let mut world = World::with_laws(config, laws);
        world.hosts[0].stops = None;
        world.mains(false);
        assert!(world.until(900, cut(0)), "{}", world.story());
        world.run(5);
        // Nobody can say how things are at the other one, so nothing new is ordered.
        world.ups[1].answers = false;
        world.run(90);
        world.restart();
        let off = world.until_that(120, |world| {
            assert!(!world.ups[0].off, "{}", world.story());
            world.off_in(0).is_none()
        });
        assert!(off, "{}", world.story());
    }

    pub(crate) fn one_was_carried_out_meanwhile(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        let stop = Order::Stop { scope: Scope::All, cut: true, back: Back::WithMains };
        world.order(stop);
        assert!(world.until_that(900, |world| world.gone), "{}", world.story());
        world.away(150);
        world.restart();
        assert!(world.until(300, ended), "{}", world.story());
        assert!(!world.gone && world.off_in(0).is_none(), "{}", world.story());
        assert!((0..2).all(|n| world.hosts[n].on), "{}", world.story());
    }

    pub(crate) fn one_placed_at_the_end_is_bound(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.hosts.iter_mut().for_each(|host| host.takes = Some(20_000));
        world.mains(false);
        assert!(world.until_that(300, |world| world.step(0) == StepKind::StoppingGuests));
        (world.ups[0].left, world.ups[0].low) = (100.0, true);
        assert!(world.until_that(10, |world| world.gone), "{}", world.story());
        assert!(world.until(60, cut(0)), "{}", world.story());
        world.mains(true);
        // It goes down, and only the cut starts it again.
        assert!(world.until_that(900, |world| world.ups[0].off), "{}", world.story());
    }

    pub(crate) fn one_that_goes_starts_nobody(laws: Laws) {
        let never = UpsConfig { cut: Cut::Never, ..UpsConfig::default() };
        let mut config = site(&[UpsConfig::default(), never]);
        config.add_server(server(0, 1, 0)).unwrap();
        own(&mut config);
        let mut world = World::with_laws(config, laws);
        world.mains(false);
        assert!(world.until_that(900, |world| world.gone), "{}", world.story());
        world.ups[1].mains = true;
        // Less than this machine needs, and more than the mains need to settle.
        world.run(40);
        assert_eq!(world.count(switched(0, Switch::On)), 0, "{}", world.story());
        // It has not gone after all.
        assert!(world.until(60, switched(0, Switch::On)), "{}", world.story());
    }

    pub(crate) fn one_that_shows_no_more_is_gone(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        assert!(world.until_that(900, |world| world.gone), "{}", world.story());
        world.run(3);
        assert!(world.off_in(0).is_some_and(|left| left > 45_000), "{}", world.story());
        // The battery is empty before that, and the order gone with it.
        world.ups[0].left = 1.0;
        world.away(5);
        world.mains(true);
        world.away(15);
        world.restart();
        world.run(120);
        assert!(!world.gone, "{}", world.story());
        assert!(world.until(3600, ended), "{}", world.story());
    }
}
