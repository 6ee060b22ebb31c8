//! Orders of which nobody is sure whether they stand.

stories! {
    a_renewal_that_is_refused
    one_that_never_showed_is_called_off
    a_cancel_that_nobody_answers
    a_cancel_to_one_that_has_gone_silent
    one_whose_time_is_over_dooms_nobody
    one_that_may_have_come_keeps_this_machine
    one_that_takes_this_machine_hurries_the_others
    one_that_was_overtaken_may_still_come
    when_it_goes_off_is_durable_first
    none_stands_for_one_that_is_switched_on
    what_was_ordered_by_hand_is_kept_in_mind
    what_was_ordered_by_hand_is_not_undone
    an_order_on_that_is_refused_is_told_a_few_times
}

pub(super) mod story {
    use super::super::world::*;
    use crate::power::{
        Action, Answer, Back, Config, Laws, Order, Own, Scope, Stage, StepKind, Switch, Tell,
        Timing, UpsConfig, Why,
    };
    use crate::types::{Outlet, UpsIndex, UpsOrder};

    /// Two servers in two stages, and nobody else.
    fn others() -> Config<8, 4> {
        let mut config = site(&[UpsConfig::default()]);
        config.add_server(server(0, 0, 0)).unwrap();
        config.add_server(server(1, 0, 1)).unwrap();
        config
    }

    fn cancelled(one: &Action) -> bool {
        matches!(one, Action::Order { order: UpsOrder::Cancel { .. }, .. })
    }

    /// Lets so many seconds pass in which the output is not cut.
    fn keeps(world: &mut World, secs: u64) {
        for _ in 0..secs {
            world.run(1);
            assert!(!world.ups[0].off, "{}", world.story());
        }
    }

    /// The same while somebody runs.
    fn spares(world: &mut World, secs: u64) {
        for _ in 0..secs * 5 {
            let ran = world.hosts[..2].iter().any(|host| host.on);
            world.tick();
            assert!(!ran || !world.ups[0].off, "{}", world.story());
        }
    }

    pub(crate) fn a_renewal_that_is_refused(laws: Laws) {
        let mut world = World::with_laws(others(), laws);
        world.mains(false);
        assert!(world.until(900, cut(0)), "{}", world.story());
        world.run(3);
        world.ups[0].refuses = true;
        // All are off early: it is to be shortened.
        assert!(world.until(60, cut(0)), "{}", world.story());
        world.run(1);
        world.mains(true);
        keeps(&mut world, 900);
        assert!(world.hosts[0].on && world.hosts[1].on, "{}", world.story());
    }

    pub(crate) fn one_that_never_showed_is_called_off(laws: Laws) {
        let most = crate::power::Cut::Delayed { most: secs(300) };
        let mut config = site(&[UpsConfig { cut: most, ..UpsConfig::default() }]);
        config.add_server(server(0, 0, 0)).unwrap();
        let mut world = World::with_laws(config, laws);
        (world.ups[0].mute, world.hosts[1].on) = (true, false);
        world.hosts[0].stops = Some(100_000);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off), "{}", world.story());
        assert!(world.off_in(0).is_some(), "{}", world.story());
        // It is switched on by hand, and hangs: that takes longer than the UPS can wait.
        (world.hosts[0].on, world.hosts[0].stops) = (true, None);
        spares(&mut world, 600);
        assert!(world.count(cancelled) > 0, "{}", world.story());
    }

    pub(crate) fn a_cancel_that_nobody_answers(laws: Laws) {
        let mut world = World::with_laws(others(), laws);
        world.ups[0].mute = true;
        world.mains(false);
        assert!(world.until(900, cut(0)), "{}", world.story());
        world.run(20);
        (world.ups[0].unreached, world.ups[0].mains) = (true, true);
        assert!(world.until(60, cancelled), "{}", world.story());
        world.run(2);
        world.ups[0].unreached = false;
        keeps(&mut world, 900);
        assert!(world.hosts[0].on && world.hosts[1].on, "{}", world.story());
    }

    pub(crate) fn one_that_was_overtaken_may_still_come(laws: Laws) {
        let mut world = World::with_laws(others(), laws);
        world.ups[0].mute = true;
        world.mains(false);
        let down = |world: &World| (0..2).all(|n| world.step(n) == StepKind::Off);
        assert!(world.until_that(900, down), "{}", world.story());
        world.run(20);
        assert!(world.off_in(0).is_some_and(|left| left > 5000), "{}", world.story());
        // It goes off by itself before the order has it go.
        world.ups[0].off = true;
        world.ups[0].off_at = Some(world.now + 40_000);
        world.run(3);
        world.mains(true);
        assert!(world.until(30, cancelled), "{}", world.story());
        spares(&mut world, 300);
        assert!(world.hosts[0].on && world.hosts[1].on, "{}", world.story());
    }

    pub(crate) fn when_it_goes_off_is_durable_first(laws: Laws) {
        let settle = UpsConfig { settle: secs(30), ..UpsConfig::default() };
        let mut config = site(&[settle]);
        config.add_server(server(0, 0, 0)).unwrap();
        config.add_server(server(1, 0, 1)).unwrap();
        let mut world = World::with_laws(config, laws);
        (world.ups[0].mute, world.disk_fails) = (true, true);
        world.mains(false);
        assert!(world.until(900, cut(0)), "{}", world.story());
        (world.disk, world.disk_fails) = (true, false);
        world.mains(true);
        world.restart();
        keeps(&mut world, 900);
        assert!(world.hosts[0].on && world.hosts[1].on, "{}", world.story());
    }

    pub(crate) fn none_stands_for_one_that_is_switched_on(laws: Laws) {
        for alone in [true, false] {
            let mut config = site(&[UpsConfig::default()]);
            config.add_server(server(0, 0, 0)).unwrap();
            if !alone {
                config.add_server(server(1, 0, 1)).unwrap();
            }
            let mut world = World::with_laws(config, laws);
            world.hosts[0].on = false;
            world.hosts[1].on = !alone;
            world.run(60);
            world.mains(false);
            assert!(world.until(900, cut(0)), "{}", world.story());
            world.run(3);
            world.hosts[0].on = true;
            spares(&mut world, 900);
            let down = world.hosts[..2].iter().all(|host| !host.on);
            assert!(down && world.ups[0].off, "{}", world.story());
        }
    }

    fn off(delay: u32) -> Order {
        let order = UpsOrder::Off { outlet: Outlet::WHOLE, delay: secs(delay) };
        Order::Ups { ups: UpsIndex(0), order }
    }

    pub(crate) fn what_was_ordered_by_hand_is_kept_in_mind(laws: Laws) {
        for (mute, restarts) in [(false, false), (true, false), (true, true)] {
            let mut world = World::with_laws(others(), laws);
            world.ups[0].mute = mute;
            world.order(Order::Stop { scope: Scope::All, cut: false, back: Back::OnOrder });
            let down = |world: &World| (0..2).all(|n| world.step(n) == StepKind::Off);
            assert!(world.until_that(900, down), "{}", world.story());
            world.run(5);
            assert_eq!(world.order(off(200)), Some(Answer::Done), "{}", world.story());
            if restarts {
                world.run(30);
                world.restart();
                world.run(30);
            }
            assert_eq!(world.order(Order::Return { now: true }), Some(Answer::Done));
            let cut = world.until_that(400, |world| world.ups[0].off);
            let on = world.count(switched(0, Switch::On)) + world.count(switched(1, Switch::On));
            assert!(cut && on == 0, "{}", world.story());
            world.run(120);
            assert!(world.ups[0].off, "whoever cut it switches it on\n{}", world.story());
        }
        // This machine runs for certain.
        let mut config = site(&[UpsConfig::default()]);
        own(&mut config);
        let mut world = World::with_laws(config, laws);
        assert_eq!(world.order(off(200)), Some(Answer::Refused(Why::ThisMachine)));
    }

    pub(crate) fn what_was_ordered_by_hand_is_not_undone(laws: Laws) {
        let mut world = World::with_laws(others(), laws);
        world.hosts.iter_mut().for_each(|host| host.on = false);
        world.run(60);
        assert_eq!(world.order(off(100)), Some(Answer::Done), "{}", world.story());
        world.run(60);
        let order = UpsOrder::Cancel { outlet: Outlet::WHOLE };
        assert_eq!(world.count(cancelled), 0, "{}", world.story());
        let cancel = Order::Ups { ups: UpsIndex(0), order };
        assert_eq!(world.order(cancel), Some(Answer::Done), "{}", world.story());
        world.run(5);
        assert_eq!(world.order(off(100)), Some(Answer::Done), "{}", world.story());
        assert!(world.until_that(200, |world| world.ups[0].off), "{}", world.story());
        world.run(200);
        assert!(world.ups[0].off, "{}", world.story());
    }

    pub(crate) fn an_order_on_that_is_refused_is_told_a_few_times(laws: Laws) {
        let mut world = World::with_laws(others(), laws);
        world.order(Order::Stop { scope: Scope::All, cut: true, back: Back::OnOrder });
        assert!(world.until_that(900, |world| world.ups[0].off), "{}", world.story());
        world.run(5);
        world.ups[0].holds = true;
        assert_eq!(world.order(Order::Return { now: true }), Some(Answer::Done));
        world.run(900);
        let told = |one: &Action| {
            matches!(one, Action::Tell(Tell::OrderFailed { order: UpsOrder::On { .. }, .. }))
        };
        assert!((1..=3).contains(&world.count(told)), "{}", world.story());
    }

    /// The UPS of this machine has been ordered off, and says nothing any more; the mains are back.
    fn silent_with_an_order(laws: Laws) -> World {
        let mut config = site(&[UpsConfig::default(); 2]);
        config.add_server(server(0, 0, 0)).unwrap();
        config.add_server(server(1, 1, 0)).unwrap();
        let mut own = Own { stop: Some(secs(60)), ..Own::default() };
        own.feeds.push(feed(1)).unwrap();
        config.set_own(own).unwrap();
        let mut world = World::with_laws(config, laws);
        world.ups[1].mute = true;
        world.mains(false);
        assert!(world.until_that(900, |world| world.off_in(1).is_some()), "{}", world.story());
        world.run(3);
        (world.ups[1].answers, world.ups[1].unreached) = (false, true);
        world.mains(true);
        world
    }

    pub(crate) fn a_cancel_to_one_that_has_gone_silent(laws: Laws) {
        let mut world = silent_with_an_order(laws);
        // Who is on it goes while there is time.
        let went = world.until_that(900, |world| world.gone || world.ups[1].off);
        assert!(went && !world.ups[1].off, "{}", world.story());
    }

    pub(crate) fn one_that_may_have_come_keeps_this_machine(laws: Laws) {
        let mut world = silent_with_an_order(laws);
        assert!(world.until_that(900, |world| world.gone), "{}", world.story());
        // It has not gone when the time comes, and neither has its output.
        let left = world.ups[1].off_at.take().map_or(0, |off_at| off_at - world.now);
        world.away(left / 1000 + 5);
        (world.ups[1].answers, world.ups[1].unreached) = (true, false);
        world.restart();
        world.run(200);
        assert!(!world.gone, "{}", world.story());
    }

    pub(crate) fn one_whose_time_is_over_dooms_nobody(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        config.add_server(server(0, 0, 0)).unwrap();
        let mut world = World::silent(config, laws);
        // It runs, and nobody tells.
        (world.hosts[0].member, world.hosts[0].bmc) = (false, false);
        world.ups[0].mute = true;
        world.run(30);
        world.mains(false);
        assert!(world.until(900, cut(0)), "{}", world.story());
        world.run(3);
        (world.ups[0].answers, world.ups[0].unreached) = (false, true);
        world.ups[0].off_at = None;
        assert!(world.until(900, cancelled), "{}", world.story());
        world.restart();
        world.run(400);
        world.hosts[0].bmc = true;
        world.mains(true);
        world.run(60);
        let forced = world.count(switched(0, Switch::Off));
        (world.ups[0].answers, world.ups[0].unreached) = (true, false);
        world.run(60);
        assert_eq!(world.count(switched(0, Switch::Off)), forced, "{}", world.story());
        assert!(world.hosts[0].on, "{}", world.story());
    }

    pub(crate) fn one_that_takes_this_machine_hurries_the_others(laws: Laws) {
        let mut config = Config::new(Timing::default());
        for _ in 0..2 {
            config.add_ups(UpsConfig::default()).unwrap();
        }
        for after in [60, 3000] {
            config.add_stage(Stage { after: Some(secs(after)), below: None }).unwrap();
        }
        for (ups, stage) in [(0, 1), (1, 0)] {
            let mut one = server(ups, ups, stage);
            (one.guests, one.services, one.shutdown) = (secs(60), secs(30), secs(60));
            config.add_server(one).unwrap();
        }
        let feeds = [feed(1)].into_iter().collect();
        config.set_own(Own { feeds, stop: Some(secs(60)), server: None }).unwrap();
        let mut world = World::with_laws(config, laws);
        world.ups[1].stubborn = true;
        world.mains(false);
        assert!(world.until_that(900, |world| world.off_in(1).is_some()), "{}", world.story());
        world.run(3);
        world.ups[1].mains = true;
        assert!(world.until_that(1200, |world| world.gone), "{}", world.story());
        // Once it is gone nobody brings down whoever is still on battery.
        assert!(!world.hosts[0].on, "{}", world.story());
    }
}
