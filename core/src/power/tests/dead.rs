//! UPSes that stay off or silent.

stories! {
    one_of_two_that_stays_off_keeps_nobody_down
    nor_does_it_carry_anybody
    nor_does_one_of_two_that_was_not_read
    for_one_that_stays_silent_the_operator_answers
    he_does_so_for_what_it_says_later_no_more
    nor_before_it_has_had_the_time_to_speak
    one_that_has_spoken_since_refutes_a_witness
}

pub(super) mod story {
    use super::super::world::*;
    use crate::power::{
        Action, Answer, Config, Cut, Input, Laws, Order, StepKind, Switch, Tell, UpsConfig,
    };
    use crate::types::{Directed, ServerIndex};

    fn told_back(done: &Action) -> bool {
        *done == Action::Tell(Tell::Back(ServerIndex(0)))
    }

    /// One server, on the first one of two UPSes, or on the other one.
    fn redundant(ups: UpsConfig) -> Config<8, 4> {
        let mut config = site(&[ups; 2]);
        let mut one = server(0, 0, 0);
        one.feeds.push(feed(1)).unwrap();
        config.add_server(one).unwrap();
        config
    }

    pub(crate) fn one_of_two_that_stays_off_keeps_nobody_down(laws: Laws) {
        let mut world = World::with_laws(redundant(UpsConfig::default()), laws);
        world.mains(false);
        let both_off = |world: &World| world.ups[0].off && world.ups[1].off;
        assert!(world.until_that(900, both_off), "{}", world.story());
        world.ups[0].break_off();
        world.ups[1].mains = true;
        assert!(world.until_that(3 * 3600, |world| world.hosts[0].on), "{}", world.story());
        assert!(world.until(900, told_back), "{}", world.story());
    }

    pub(crate) fn nor_does_it_carry_anybody(laws: Laws) {
        let mut world = World::with_laws(redundant(UpsConfig::default()), laws);
        world.ups[0].stubborn = true;
        world.ups[1].break_off();
        world.mains(false);
        assert!(world.until_that(900, |world| world.off_in(0).is_some()), "{}", world.story());
        world.ups[0].mains = true;
        assert!(world.until_that(900, |world| world.ups[0].off), "{}", world.story());
        assert_eq!(world.count(switched(0, Switch::On)), 0, "{}", world.story());
        assert!(world.until(900, switched(0, Switch::On)), "{}", world.story());
    }

    pub(crate) fn nor_does_one_of_two_that_was_not_read(laws: Laws) {
        let never = UpsConfig { cut: Cut::Never, ..UpsConfig::default() };
        let mut world = World::with_laws(redundant(never), laws);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off), "{}", world.story());
        world.ups[0].answers = false;
        world.mains(true);
        world.restart();
        assert!(world.until(3 * 3600, ended), "{}", world.story());
        assert!(world.hosts[0].on, "{}", world.story());
    }

    pub(crate) fn for_one_that_stays_silent_the_operator_answers(laws: Laws) {
        for restart in [false, true] {
            let never = UpsConfig { cut: Cut::Never, ..UpsConfig::default() };
            let mut config = site(&[never]);
            config.add_server(server(0, 0, 0)).unwrap();
            let mut world = World::with_laws(config, laws);
            world.mains(false);
            let is_off = |world: &World| world.step(0) == StepKind::Off;
            assert!(world.until_that(900, is_off), "{}", world.story());
            world.ups[0].answers = false;
            world.mains(true);
            if restart {
                world.restart();
            }
            assert!(!world.until_that(3600, |world| world.hosts[0].on), "{}", world.story());
            assert_eq!(world.order(Order::Return { now: true }), Some(Answer::Done));
            assert!(world.until(900, ended), "{}", world.story());
            assert!(world.hosts[0].on, "{}", world.story());
        }
    }

    pub(crate) fn he_does_so_for_what_it_says_later_no_more(laws: Laws) {
        let never = UpsConfig { cut: Cut::Never, ..UpsConfig::default() };
        let mut config = site(&[never]);
        config.add_server(server(0, 0, 0)).unwrap();
        let mut world = World::with_laws(config, laws);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off), "{}", world.story());
        world.ups[0].answers = false;
        world.mains(true);
        world.run(600);
        assert_eq!(world.order(Order::Return { now: true }), Some(Answer::Done));
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Booting));
        // It is heard again, and then dies on battery.
        world.mains(false);
        world.ups[0].answers = true;
        world.run(2);
        world.ups[0].answers = false;
        assert!(world.until_that(900, |world| !world.hosts[0].on), "{}", world.story());
        assert!(!world.until_that(1800, |world| world.hosts[0].on), "{}", world.story());
    }

    pub(crate) fn nor_before_it_has_had_the_time_to_speak(laws: Laws) {
        let mut config = site(&[UpsConfig { cut: Cut::Never, ..UpsConfig::default() }]);
        for n in 0..3 {
            config.add_server(server(n, 0, 0)).unwrap();
        }
        let mut world = World::with_laws(config, laws);
        world.mains(false);
        let are_off = |world: &World| (0..3).all(|n| world.step(n) == StepKind::Off);
        assert!(world.until_that(900, are_off), "{}", world.story());
        world.ups[0].answers = false;
        world.run(600);
        assert_eq!(world.order(Order::Return { now: true }), Some(Answer::Done));
        let on = |one: &Action| (0..3).any(|n| switched(n, Switch::On)(one));
        assert_eq!(world.count(on), 2, "one waits yet: {}", world.story());
        world.ups[0].answers = true;
        world.restart();
        world.log.clear();
        world.run(60);
        assert_eq!(world.count(on), 0, "{}", world.story());
    }

    pub(crate) fn one_that_has_spoken_since_refutes_a_witness(laws: Laws) {
        let mut world = World::with_laws(one(), laws);
        // One of its two power supplies dies, on the same UPS.
        world.hear(Input::Witness { server: ServerIndex(0), lost: true });
        world.run(2 * 3600);
        assert!(world.plan().is_none(), "{}", world.story());
        // The card of the UPS restarts, on mains.
        world.ups[0].answers = false;
        world.run(60);
        world.ups[0].answers = true;
        world.run(30);
        assert!(world.plan().is_none(), "{}", world.story());
        assert_eq!(world.count(directed(0, Directed::ShutDown)), 0, "{}", world.story());
    }
}
