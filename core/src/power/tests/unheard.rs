//! Orders to cut that stand behind a card that says nothing.

stories! {
    one_is_believed_after_a_restart
    so_is_one_beside_an_output_that_is_off
    so_is_one_that_was_called_off_unheard
    so_is_one_that_cannot_be_called_off_after_a_restart
    one_that_was_called_off_in_time_stops_nobody
    one_that_is_heard_again_is_called_off
    one_that_is_over_is_the_operators_to_judge
}

pub(super) mod story {
    use super::super::world::*;
    use crate::power::{Action, Answer, Config, Laws, Order, StepKind, Switch, UpsConfig};
    use crate::types::{Directed, UpsOrder};

    /// Three servers of two stages.
    fn three(own_too: bool) -> Config<8, 4> {
        let mut config = site(&[UpsConfig::default()]);
        for n in 0..3 {
            let mut one = server(n, 0, u8::from(n > 0));
            (one.guests, one.services, one.shutdown) = (secs(60), secs(60), secs(60));
            config.add_server(one).unwrap();
        }
        if own_too {
            own(&mut config);
        }
        config
    }

    fn cancelled(one: &Action) -> bool {
        matches!(one, Action::Order { order: UpsOrder::Cancel { .. }, .. })
    }

    /// Mains that are gone until an order to cut stands, while the last one still has guests.
    fn ordered(config: Config<8, 4>, laws: Laws) -> World {
        let mut world = World::with_laws(config, laws);
        world.hosts[2].takes = Some(40_000);
        world.mains(false);
        assert!(world.until(900, cut(0)), "{}", world.story());
        world.run(3);
        assert_eq!(world.step(2), StepKind::StoppingGuests, "{}", world.story());
        world
    }

    /// The card says nothing any more, and hears nothing.
    fn falls_silent(world: &mut World) {
        (world.ups[0].answers, world.ups[0].unreached) = (false, true);
    }

    fn speaks_again(world: &mut World) {
        (world.ups[0].answers, world.ups[0].unreached) = (true, false);
    }

    /// Everybody goes down in time, unforced, and then the output goes off.
    fn it_hits_nobody(world: &mut World) {
        let down = world.until_that(900, |world| (0..3).all(|n| !world.hosts[n].on));
        assert!(down && !world.ups[0].off, "{}", world.story());
        let forced = |one: &Action| (0..3).any(|n| switched(n, Switch::Off)(one));
        assert_eq!(world.count(forced), 0, "{}", world.story());
        assert!(world.until_that(900, |world| world.ups[0].off), "{}", world.story());
    }

    fn all_come_back(world: &mut World) {
        assert!(world.until(1800, ended), "{}", world.story());
        assert!((0..3).all(|n| world.hosts[n].on), "{}", world.story());
    }

    pub(crate) fn one_is_believed_after_a_restart(laws: Laws) {
        for own_too in [false, true] {
            let mut world = ordered(three(own_too), laws);
            falls_silent(&mut world);
            world.mains(true);
            world.restart();
            it_hits_nobody(&mut world);
            assert_eq!(world.gone, own_too, "{}", world.story());
            world.run(60);
            speaks_again(&mut world);
            if own_too {
                world.restart();
            }
            all_come_back(&mut world);
        }
    }

    pub(crate) fn so_is_one_beside_an_output_that_is_off(laws: Laws) {
        let mut config = site(&[UpsConfig::default(); 2]);
        for n in 0..3 {
            let mut one = server(n, 0, u8::from(n > 0));
            one.feeds.push(feed(1)).unwrap();
            (one.guests, one.services, one.shutdown) = (secs(60), secs(60), secs(60));
            config.add_server(one).unwrap();
        }
        let mut world = World::with_laws(config, laws);
        world.ups[1].break_off();
        world.hosts[2].takes = Some(40_000);
        world.mains(false);
        assert!(world.until(900, cut(0)), "{}", world.story());
        world.run(3);
        falls_silent(&mut world);
        world.restart();
        it_hits_nobody(&mut world);
    }

    pub(crate) fn so_is_one_that_was_called_off_unheard(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        for n in 0..3 {
            let mut one = server(n, 0, u8::from(n > 0));
            // That of the second one is what the order allows for.
            one.shutdown = secs(if n == 1 { 400 } else { 30 });
            (one.guests, one.services) = (secs(60), secs(30));
            config.add_server(one).unwrap();
        }
        let mut world = ordered(config, laws);
        world.ups[0].unreached = true;
        world.mains(true);
        assert!(world.until(60, cancelled), "{}", world.story());
        falls_silent(&mut world);
        // The one that was to follow is as it was, before the time is short.
        let again = world.until_that(60, |world| world.step(2) == StepKind::Free);
        assert!(again, "{}", world.story());
        it_hits_nobody(&mut world);
        world.run(60);
        speaks_again(&mut world);
        all_come_back(&mut world);
    }

    pub(crate) fn so_is_one_that_cannot_be_called_off_after_a_restart(laws: Laws) {
        let mut world = ordered(three(false), laws);
        world.ups[0].stubborn = true;
        world.mains(true);
        let refused = |world: &World| world.count(cancelled) == 3;
        assert!(world.until_that(60, refused), "{}", world.story());
        world.run(2);
        falls_silent(&mut world);
        world.restart();
        it_hits_nobody(&mut world);
    }

    pub(crate) fn one_that_was_called_off_in_time_stops_nobody(laws: Laws) {
        let mut world = ordered(three(false), laws);
        falls_silent(&mut world);
        world.mains(true);
        world.restart();
        world.run(3);
        speaks_again(&mut world);
        all_come_back(&mut world);
        assert_eq!(world.count(directed(2, Directed::ShutDown)), 0, "{}", world.story());
        assert!(!world.ups[0].off, "{}", world.story());
    }

    pub(crate) fn one_that_is_heard_again_is_called_off(laws: Laws) {
        let mut world = ordered(three(false), laws);
        falls_silent(&mut world);
        world.mains(true);
        world.restart();
        assert!(world.until(200, cancelled), "{}", world.story());
        // It counts as one that comes then, and the last one goes for it.
        assert!(world.until(60, directed(2, Directed::StopServices)), "{}", world.story());
        speaks_again(&mut world);
        all_come_back(&mut world);
        assert_eq!(world.count(directed(2, Directed::ShutDown)), 0, "{}", world.story());
        assert!(world.off_in(0).is_none() && !world.ups[0].off, "{}", world.story());
    }

    pub(crate) fn one_that_is_over_is_the_operators_to_judge(laws: Laws) {
        let mut world = ordered(three(false), laws);
        falls_silent(&mut world);
        world.mains(true);
        world.restart();
        it_hits_nobody(&mut world);
        // Its power is there again, and its card is dead.
        assert_eq!(world.order(Order::Return { now: true }), Some(Answer::Done));
        all_come_back(&mut world);
    }
}
