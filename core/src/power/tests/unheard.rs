//! Orders to cut that stand behind a card that says nothing.

stories! {
    one_is_believed_after_a_restart
    whoever_is_asked_late_for_it_has_its_whole_time
    it_waits_for_no_stage_that_takes_too_long
    so_is_one_beside_an_output_that_is_off
    so_is_one_that_was_called_off_unheard
    so_is_one_whose_cancel_nobody_answers
    so_is_one_that_cannot_be_called_off_after_a_restart
    one_that_was_called_off_in_time_stops_nobody
    nor_does_one_that_is_called_off_at_the_second_time
    nor_does_one_that_a_reading_shows_to_be_gone
    one_that_is_heard_again_is_called_off
    one_that_is_heard_to_be_gone_is_not
    one_whose_time_is_over_stops_nobody_again
    one_that_is_over_is_the_operators_to_judge
}

pub(super) mod story {
    use super::super::world::*;
    use crate::power::{Action, Answer, Config, Laws, Order, PlannedServer, StepKind, Switch};
    use crate::power::{Tell, UpsConfig};
    use crate::types::{Directed, ServerIndex, UpsOrder};

    /// Servers on the first UPS: one in the first stage, the others in the next one, with a minute
    /// for each step.
    fn servers(count: u16, change: impl Fn(&mut PlannedServer)) -> Config<8, 4> {
        let mut config = site(&[UpsConfig::default(); 2]);
        for n in 0..count {
            let mut one = server(n, 0, u8::from(n > 0));
            (one.guests, one.services, one.shutdown) = (secs(60), secs(60), secs(60));
            change(&mut one);
            config.add_server(one).unwrap();
        }
        config
    }

    fn three() -> Config<8, 4> {
        servers(3, |_| {})
    }

    /// The same where the second one has so much time that the third one needs little of it. A
    /// fourth one goes with the first.
    fn unequal(count: u16) -> Config<8, 4> {
        servers(count, |one| {
            one.shutdown = secs(if one.server == ServerIndex(1) { 400 } else { 30 });
            one.services = secs(30);
            one.stage = u8::from((1..3).contains(&one.server.0));
        })
    }

    fn cancelled(one: &Action) -> bool {
        matches!(one, Action::Order { order: UpsOrder::Cancel { .. }, .. })
    }

    fn touched(server: u16) -> impl Fn(&Action) -> bool {
        move |one| matches!(one, Action::Switch { server: of, .. } if of.0 == server)
    }

    /// Mains that are gone until an order to cut stands, while the third one still has guests.
    fn ordered(config: Config<8, 4>, laws: Laws) -> World {
        let mut world = World::with_laws(config, laws);
        world.hosts[2].takes = Some(40_000);
        until_ordered(world)
    }

    fn until_ordered(mut world: World) -> World {
        world.mains(false);
        assert!(world.until(900, cut(0)), "{}", world.story());
        world.run(3);
        world
    }

    /// The card says nothing any more, and hears nothing.
    fn falls_silent(world: &mut World) {
        (world.ups[0].answers, world.ups[0].unreached) = (false, true);
    }

    fn speaks_again(world: &mut World) {
        (world.ups[0].answers, world.ups[0].unreached) = (true, false);
    }

    /// The connector starts anew behind it, and the mains are back.
    fn starts_anew(world: &mut World) {
        falls_silent(world);
        world.mains(true);
        world.restart();
    }

    /// The mains are back, it is called off, and that is not heard.
    fn called_off_unheard(world: &mut World) {
        world.ups[0].unreached = true;
        world.mains(true);
        assert!(world.until(60, cancelled), "{}", world.story());
    }

    /// Everybody goes down in time, and then the output goes off.
    fn it_hits_nobody(world: &mut World) {
        let down = world.until_that(900, |world| (0..3).all(|n| !world.hosts[n].on));
        assert!(down && !world.ups[0].off, "{}", world.story());
        assert!(world.until_that(900, |world| world.ups[0].off), "{}", world.story());
    }

    fn nobody_was_forced(world: &World) {
        let forced = |one: &Action| (0..3).any(|n| switched(n, Switch::Off)(one));
        assert_eq!(world.count(forced), 0, "{}", world.story());
    }

    fn all_come_back(world: &mut World) {
        assert!(world.until(1800, ended), "{}", world.story());
        assert!((0..3).all(|n| world.hosts[n].on), "{}", world.story());
    }

    /// The third one keeps what it has, and all come back at once.
    fn it_stops_nobody(world: &mut World) {
        all_come_back(world);
        assert_eq!(world.count(directed(2, Directed::ShutDown)), 0, "{}", world.story());
        assert!(world.off_in(0).is_none() && !world.ups[0].off, "{}", world.story());
    }

    pub(crate) fn one_is_believed_after_a_restart(laws: Laws) {
        for own_too in [false, true] {
            let mut config = three();
            if own_too {
                own(&mut config);
            }
            let mut world = ordered(config, laws);
            starts_anew(&mut world);
            it_hits_nobody(&mut world);
            nobody_was_forced(&world);
            assert_eq!(world.gone, own_too, "{}", world.story());
            world.run(60);
            speaks_again(&mut world);
            if own_too {
                world.restart();
            }
            all_come_back(&mut world);
        }
    }

    pub(crate) fn whoever_is_asked_late_for_it_has_its_whole_time(laws: Laws) {
        let config = servers(3, |one| (one.guests, one.services) = (secs(50), secs(50)));
        let mut world = World::with_laws(config, laws);
        (world.hosts[2].takes, world.hosts[2].stops) = (Some(48_000), Some(55_000));
        let mut world = until_ordered(world);
        starts_anew(&mut world);
        it_hits_nobody(&mut world);
        let slow = |one: &Action| matches!(one, Action::Tell(Tell::Slow { .. }));
        assert_eq!(world.count(slow), 0, "{}", world.story());
    }

    pub(crate) fn it_waits_for_no_stage_that_takes_too_long(laws: Laws) {
        // The last one was off, so that the order is placed with the first one to go.
        let mut world = World::with_laws(
            servers(4, |one| one.shutdown = secs(if one.stage == 0 { 120 } else { 60 })),
            laws,
        );
        (world.hosts[0].stops, world.hosts[3].on) = (None, false);
        for host in &mut world.hosts[1..3] {
            (host.takes, host.stops) = (Some(50_000), Some(50_000));
        }
        world.run(60);
        let mut world = until_ordered(world);
        assert_eq!(world.count(directed(2, Directed::StopGuests)), 0, "{}", world.story());
        starts_anew(&mut world);
        it_hits_nobody(&mut world);
    }

    pub(crate) fn so_is_one_beside_an_output_that_is_off(laws: Laws) {
        let both = servers(3, |one| one.feeds.push(feed(1)).unwrap());
        let mut world = World::with_laws(both, laws);
        world.ups[1].break_off();
        let mut world = until_ordered(world);
        falls_silent(&mut world);
        world.restart();
        it_hits_nobody(&mut world);
    }

    pub(crate) fn so_is_one_that_was_called_off_unheard(laws: Laws) {
        let mut world = World::with_laws(unequal(4), laws);
        world.hosts[2].takes = Some(40_000);
        world.hosts[3].on = false;
        world.run(60);
        let mut world = until_ordered(world);
        called_off_unheard(&mut world);
        falls_silent(&mut world);
        // The one that was to follow is as it was, before the time is short.
        let again = world.until_that(60, |world| world.step(2) == StepKind::Free);
        assert!(again && world.count(cancelled) > 1, "{}", world.story());
        // Nobody can say any more that the one that was off is.
        (world.hosts[3].bmc, world.hosts[3].reading) = (false, None);
        it_hits_nobody(&mut world);
        nobody_was_forced(&world);
        world.run(60);
        speaks_again(&mut world);
        all_come_back(&mut world);
        assert_eq!(world.count(touched(3)), 0, "{}", world.story());
    }

    pub(crate) fn so_is_one_whose_cancel_nobody_answers(laws: Laws) {
        let mut world = ordered(three(), laws);
        called_off_unheard(&mut world);
        falls_silent(&mut world);
        world.runs.clear();
        assert!(world.until(15, directed(2, Directed::StopGuests)), "{}", world.story());
        it_hits_nobody(&mut world);
    }

    pub(crate) fn so_is_one_that_cannot_be_called_off_after_a_restart(laws: Laws) {
        let mut world = ordered(three(), laws);
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
        let mut world = ordered(three(), laws);
        starts_anew(&mut world);
        world.run(3);
        speaks_again(&mut world);
        it_stops_nobody(&mut world);
    }

    pub(crate) fn nor_does_one_that_is_called_off_at_the_second_time(laws: Laws) {
        let mut world = ordered(unequal(3), laws);
        called_off_unheard(&mut world);
        // It says nothing, and hears again.
        world.ups[0].answers = false;
        world.run(3);
        world.ups[0].unreached = false;
        world.run(900);
        assert!(world.hosts[2].on && !world.ups[0].off, "{}", world.story());
        world.ups[0].answers = true;
        it_stops_nobody(&mut world);
    }

    pub(crate) fn nor_does_one_that_a_reading_shows_to_be_gone(laws: Laws) {
        let mut world = ordered(three(), laws);
        called_off_unheard(&mut world);
        world.ups[0].off_at = None;
        it_stops_nobody(&mut world);
        assert_eq!(world.count(directed(2, Directed::StopGuests)), 1, "{}", world.story());
    }

    /// It counts as one that comes, and the third one goes for it.
    fn believed(laws: Laws) -> World {
        let mut world = ordered(three(), laws);
        starts_anew(&mut world);
        assert!(world.until(200, cancelled), "{}", world.story());
        assert!(world.until(60, directed(2, Directed::StopServices)), "{}", world.story());
        world
    }

    pub(crate) fn one_that_is_heard_again_is_called_off(laws: Laws) {
        let mut world = believed(laws);
        speaks_again(&mut world);
        it_stops_nobody(&mut world);
    }

    pub(crate) fn one_that_is_heard_to_be_gone_is_not(laws: Laws) {
        let mut world = believed(laws);
        world.ups[0].off_at = None;
        speaks_again(&mut world);
        it_stops_nobody(&mut world);
        assert_eq!(world.count(cancelled), 1, "{}", world.story());
    }

    pub(crate) fn one_whose_time_is_over_stops_nobody_again(laws: Laws) {
        let mut world = ordered(three(), laws);
        starts_anew(&mut world);
        it_hits_nobody(&mut world);
        world.run(120);
        // Somebody switches one of them on, where its power is there again.
        (world.hosts[0].on, world.hosts[0].epoch) = (true, 2);
        world.run(300);
        assert!(world.hosts[0].on, "{}", world.story());
    }

    pub(crate) fn one_that_is_over_is_the_operators_to_judge(laws: Laws) {
        let mut world = ordered(three(), laws);
        starts_anew(&mut world);
        it_hits_nobody(&mut world);
        // Its power is there again, and its card is dead.
        assert_eq!(world.order(Order::Return { now: true }), Some(Answer::Done));
        all_come_back(&mut world);
    }
}
