//! This machine is started anew in the middle of it.

stories! {
    in_each_step_on_battery
    in_each_step_with_the_mains_back
    nothing_is_ordered_before_a_reading
    with_an_order_to_cut
    with_maintenance_of_ours
    after_the_end
    whoever_came_back_is_asked_first
    nobody_who_came_back_is_forced_off
    nobody_is_forced_off_unasked
    whoever_is_asked_late_has_its_whole_time
    a_member_that_dies_when_it_is_told_to_go_is_told_again
    nobody_is_switched_on_before_a_reading
    a_member_that_may_still_speak_is_waited_for
    who_still_goes_down_has_not_come_back
}

pub(super) mod story {
    use super::super::world::*;
    use crate::power::{Action, Config, Job, Laws, Stage, StepKind, Switch, Timing, UpsConfig};
    use crate::types::{Directed, UpsOrder};

    const WAY_DOWN: [StepKind; 6] = [
        StepKind::Up,
        StepKind::Freezing,
        StepKind::StoppingGuests,
        StepKind::StoppingServices,
        StepKind::ShuttingDown,
        StepKind::Off,
    ];

    fn restarted_at(laws: Laws, step: StepKind, mains: bool) -> World {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        let there = world.until_that(300, |world| world.step(0) == step);
        assert!(there, "{step:?}\n{}", world.story());
        world.mains(mains);
        world.restart();
        world
    }

    pub(crate) fn in_each_step_on_battery(laws: Laws) {
        for step in WAY_DOWN {
            let mut world = restarted_at(laws, step, false);
            let gone = world.until_that(1800, |world| world.gone);
            assert!(gone, "{step:?}\n{}", world.story());
            assert!((0..2).all(|n| !world.hosts[n].on), "{step:?}\n{}", world.story());
            // What was done is not done again.
            if step == StepKind::Off {
                assert_eq!(world.count(directed(0, Directed::StopGuests)), 1);
            }
            world.mains(true);
            world.restart();
            assert!(world.until(1800, ended), "{step:?}\n{}", world.story());
            assert!((0..2).all(|n| world.hosts[n].on), "{step:?}\n{}", world.story());
        }
    }

    pub(crate) fn in_each_step_with_the_mains_back(laws: Laws) {
        for step in WAY_DOWN {
            let mut world = restarted_at(laws, step, true);
            assert!(world.until(1800, ended), "{step:?}\n{}", world.story());
            assert!((0..2).all(|n| world.hosts[n].on), "{step:?}\n{}", world.story());
            assert!((0..2).all(|n| !world.held(n) && !world.frozen(n)), "{step:?}");
            world.run(30);
            let entered = world.count(ran(Job::EnterMaintenance(0)));
            if step != StepKind::Freezing {
                let left = world.count(ran(Job::LeaveMaintenance(0)));
                assert_eq!(left, entered.min(1), "{step:?}\n{}", world.story());
            }
        }
    }

    pub(crate) fn nothing_is_ordered_before_a_reading(laws: Laws) {
        for step in WAY_DOWN {
            let mut world = World::with_laws(two(), laws);
            world.mains(false);
            assert!(world.until_that(300, |world| world.step(0) == step));
            world.ups[0].answers = false;
            world.restart();
            let before = world.log.len();
            world.run(600);
            let ordered = world.log[before..].iter().filter(|(_, one)| match one {
                Action::Direct { action, .. } => *action != Directed::Freeze,
                Action::Switch { .. } | Action::Order { .. } => true,
                Action::Run { job, .. } => *job == Job::ShutDownThis,
                _ => false,
            });
            assert_eq!(ordered.count(), 0, "{step:?}\n{}", world.story());
            // It is held again at once.
            assert!(world.held(0) || step == StepKind::Up, "{step:?}");
            world.ups[0].answers = true;
            world.mains(true);
            assert!(world.until(900, ended), "{step:?}\n{}", world.story());
        }
    }

    pub(crate) fn with_an_order_to_cut(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        assert!(world.until(900, cut(0)), "{}", world.story());
        world.run(3);
        world.mains(true);
        world.restart();
        let off = |one: &Action| {
            matches!(one, Action::Order { order, .. }
            if matches!(order, UpsOrder::Cancel { .. }))
        };
        assert!(world.until(60, off), "{}", world.story());
        assert!(world.until(900, ended), "{}", world.story());
        assert!(world.off_in(0).is_none() && !world.ups[0].off);
        assert!(world.when(switched(0, Switch::On)).is_some());
    }

    pub(crate) fn with_maintenance_of_ours(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        assert!(world.until_that(300, |world| world.step(0) == StepKind::StoppingGuests));
        world.run(2);
        world.restart();
        world.mains(true);
        assert!(world.until(900, ended), "{}", world.story());
        assert_eq!(world.count(ran(Job::EnterMaintenance(0))), 1, "{}", world.story());
        assert_eq!(world.count(ran(Job::LeaveMaintenance(0))), 1, "{}", world.story());
    }

    pub(crate) fn after_the_end(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        assert!(world.until_that(300, |world| world.step(0) == StepKind::ShuttingDown));
        world.mains(true);
        assert!(world.until(900, ended), "{}", world.story());
        world.restart();
        let before = world.log.len();
        world.run(120);
        let done = world.log[before..].iter().filter(|(_, one)| {
            matches!(one, Action::Direct { .. } | Action::Switch { .. } | Action::Hold { .. })
        });
        assert_eq!(done.count(), 0, "{}", world.story());
    }

    pub(crate) fn nobody_who_came_back_is_forced_off(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        (world.hosts[0].stops, world.hosts[0].ignores) = (None, 1);
        world.mains(false);
        let forcing = |world: &World| world.step(0) == StepKind::Forcing;
        assert!(world.until_that(900, forcing), "{}", world.story());
        // All power goes, and comes back; its firmware starts it, while nobody looks.
        (world.hosts[0].epoch, world.hosts[0].up_at) = (2, world.now + 40_000);
        world.mains(true);
        world.restart();
        let forced = world.count(switched(0, Switch::Off));
        assert!(world.until(900, ended), "{}", world.story());
        assert_eq!(world.count(switched(0, Switch::Off)), forced, "{}", world.story());
        assert!(world.hosts[0].on && world.hosts[1].on, "{}", world.story());
    }

    pub(crate) fn whoever_came_back_is_asked_first(laws: Laws) {
        for step in [StepKind::Forcing, StepKind::NotProvedOff] {
            let mut world = World::with_laws(two(), laws);
            (world.hosts[0].stops, world.hosts[0].bmc) = (None, false);
            world.mains(false);
            let there = world.until_that(1200, |world| world.step(0) == step);
            assert!(there, "{}", world.story());
            // Somebody has pulled its cord, and put it in again.
            (world.hosts[0].stops, world.hosts[0].bmc) = (Some(10_000), true);
            world.hosts[0].epoch += 1;
            let forced = world.count(switched(0, Switch::Off));
            let down = |world: &World| world.step(0) == StepKind::Off;
            assert!(world.until_that(300, down), "{}", world.story());
            assert_eq!(world.count(switched(0, Switch::Off)), forced, "{}", world.story());
        }
    }

    pub(crate) fn nobody_is_forced_off_unasked(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.hosts[0].stops = None;
        world.mains(false);
        assert!(world.until_that(300, |world| world.step(0) == StepKind::ShuttingDown));
        world.ups[0].answers = false;
        world.restart();
        world.run(600);
        let before = world.log.len();
        world.ups[0].answers = true;
        assert!(world.until(900, switched(0, Switch::Off)), "{}", world.story());
        let mut since = world.log[before..].iter().map(|(_, one)| one);
        let asks = directed(0, Directed::ShutDown);
        assert!(since.any(asks), "the limit passed unread\n{}", world.story());
        assert!(since.any(switched(0, Switch::Off)), "{}", world.story());
    }

    pub(crate) fn whoever_is_asked_late_has_its_whole_time(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.hosts[0].stops = Some(60_000);
        world.mains(false);
        assert!(world.until(300, directed(0, Directed::ShutDown)), "{}", world.story());
        // It never hears of that, and the mains come back, and fail again.
        world.restart();
        (world.hosts[0].stop_at, world.hosts[0].report) = (None, None);
        world.mains(true);
        world.run(250);
        assert_eq!(world.step(0), StepKind::ShuttingDown, "{}", world.story());
        world.mains(false);
        assert!(world.until_that(900, |world| !world.hosts[0].on), "{}", world.story());
        assert_eq!(world.count(directed(0, Directed::ShutDown)), 2, "{}", world.story());
        assert_eq!(world.count(switched(0, Switch::Off)), 0, "{}", world.story());
    }

    pub(crate) fn a_member_that_dies_when_it_is_told_to_go_is_told_again(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        assert!(world.until(300, directed(0, Directed::ShutDown)), "{}", world.story());
        (world.hosts[0].stop_at, world.hosts[0].report) = (None, None);
        world.hosts[0].epoch += 1;
        assert!(world.until_that(60, |world| !world.hosts[0].on), "{}", world.story());
        assert_eq!(world.count(directed(0, Directed::ShutDown)), 2, "{}", world.story());
        assert_eq!(world.count(switched(0, Switch::Off)), 0, "{}", world.story());
    }

    pub(crate) fn a_member_that_may_still_speak_is_waited_for(laws: Laws) {
        let mut config = Config::new(Timing::default());
        config.add_ups(UpsConfig { confirm: secs(2), ..UpsConfig::default() }).unwrap();
        config.add_stage(Stage { after: Some(secs(0)), below: None }).unwrap();
        config.add_server(server(0, 0, 0)).unwrap();
        let mut world = World::with_laws(config, laws);
        // The plan begins before anything was heard since the start.
        world.hosts[0].member = false;
        world.mains(false);
        world.restart();
        world.run(6);
        assert_eq!(world.step(0), StepKind::Freezing, "{}", world.story());
        world.hosts[0].member = true;
        assert!(world.until(60, directed(0, Directed::StopGuests)), "{}", world.story());
        assert!(world.until_that(300, |world| !world.hosts[0].on), "{}", world.story());
        assert_eq!(world.count(switched(0, Switch::Soft)), 0, "{}", world.story());
    }

    pub(crate) fn who_still_goes_down_has_not_come_back(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.hosts[0].stops = Some(60_000);
        world.mains(false);
        assert!(world.until_that(300, |world| world.step(0) == StepKind::StoppingGuests));
        // Its member starts anew before its host is told to go.
        world.hosts[0].epoch = 2;
        assert!(world.until(300, directed(0, Directed::ShutDown)), "{}", world.story());
        world.run(3);
        world.mains(true);
        world.restart();
        assert!(world.until_that(120, |world| !world.hosts[0].on), "{}", world.story());
        assert_eq!(world.count(directed(0, Directed::StartGuests)), 0, "{}", world.story());
        assert!(world.until(900, ended), "{}", world.story());
        assert!(world.hosts[0].on && world.count(directed(0, Directed::StartGuests)) > 0);
    }

    pub(crate) fn nobody_is_switched_on_before_a_reading(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off));
        world.mains(true);
        (world.hosts[0].ignores, world.hosts[1].ignores) = (99, 99);
        let starting = |world: &World| (0..2).any(|n| world.step(n) == StepKind::Starting);
        assert!(world.until_that(900, starting), "{}", world.story());
        world.ups[0].answers = false;
        world.restart();
        let on = |world: &World| {
            world.count(switched(0, Switch::On)) + world.count(switched(1, Switch::On))
        };
        let before = on(&world);
        world.run(120);
        assert_eq!(on(&world), before, "{}", world.story());
        world.ups[0].answers = true;
        (world.hosts[0].ignores, world.hosts[1].ignores) = (0, 0);
        assert!(world.until(900, ended), "{}", world.story());
        assert!((0..2).all(|n| world.hosts[n].on), "{}", world.story());
    }
}
