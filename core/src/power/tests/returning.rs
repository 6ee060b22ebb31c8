//! The mains come back in the middle of it, whatever it is at.

stories! {
    energy_comes_before_one_that_fell_unseen
    before_anything_stopped
    while_it_is_frozen
    as_one_has_just_gone
    while_one_goes_that_has_just_booted
    while_guests_stop
    while_services_stop
    while_it_shuts_down
    while_it_is_forced_off
    after_some_are_down
    flapping_mains_decide_nothing
    a_second_outage_in_the_middle
    energy_comes_before_servers
    energy_of_a_silent_ups_is_not_known
    one_after_the_other
    what_was_off_stays_off
    what_is_switched_on_meanwhile_counts
    on_is_what_reads_on
    one_that_does_not_come_back_is_dropped
    one_whose_order_never_arrived_is_owed
    by_the_mains_first
    maintenance_of_others_is_left_alone
    maintenance_waits_for_all
    leaving_is_tried_until_done
    after_a_loss_they_come_back_in_order
}

pub(super) mod story {
    use super::super::std::vec::Vec;
    use super::super::world::*;
    use crate::power::{
        Action, End, Job, Laws, Order, RunEnd, StartBy, StepKind, Switch, Tell, UpsConfig,
    };
    use crate::types::{Directed, ServerIndex, UpsIndex};

    /// Brings the first server to that step, and the mains back then.
    fn back_at(laws: Laws, step: StepKind) -> World {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        let there = world.until_that(300, |world| world.step(0) == step);
        assert!(there, "{}", world.story());
        world.mains(true);
        world
    }

    fn goes_on(world: &mut World) {
        assert!(world.until(900, ended), "{}", world.story());
        assert!((0..2).all(|n| world.hosts[n].on), "{}", world.story());
        assert!((0..2).all(|n| !world.held(n) && !world.frozen(n)), "{}", world.story());
        let entered = world.count(ran(Job::EnterMaintenance(0)));
        assert_eq!(world.count(ran(Job::LeaveMaintenance(0))), entered, "{}", world.story());
        world.run(60);
        assert!(world.ups.iter().all(|ups| !ups.off) && world.off_in(0).is_none());
        assert!(world.plan().is_none());
    }

    fn ends(world: &World, end: End) -> bool {
        let is_it = |one: &Action| {
            matches!(one, Action::Tell(Tell::Ended { end: of, .. })
            if *of == end)
        };
        world.count(is_it) == 1
    }

    pub(crate) fn energy_comes_before_one_that_fell_unseen(laws: Laws) {
        let mut config = site(&[UpsConfig { floor: Some(50), ..UpsConfig::default() }]);
        config.add_server(server(0, 0, 1)).unwrap();
        let mut world = World::with_laws(config, laws);
        world.mains(false);
        world.run(30);
        assert_eq!(world.step(0), StepKind::Up, "{}", world.story());
        world.ups[0].left = 0.0;
        world.run(60);
        assert!(!world.hosts[0].on);
        world.ups[0].left = 360.0;
        world.mains(true);
        assert!(world.until(3600, switched(0, Switch::On)), "{}", world.story());
        assert!(world.ups[0].left >= 1790.0, "{}", world.ups[0].left);
        assert!(world.until(300, ended), "{}", world.story());
    }

    pub(crate) fn before_anything_stopped(laws: Laws) {
        let mut world = back_at(laws, StepKind::Up);
        goes_on(&mut world);
        assert!(ends(&world, End::Cancelled));
    }

    pub(crate) fn while_it_is_frozen(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.hosts[0].takes = None;
        world.enters = RunEnd::Done;
        world.mains(false);
        assert!(world.until_that(300, |world| world.step(0) == StepKind::Freezing));
        world.mains(true);
        world.run(1);
        world.hosts[0].takes = Some(4000);
        goes_on(&mut world);
        assert!(ends(&world, End::Cancelled), "{}", world.story());
    }

    pub(crate) fn as_one_has_just_gone(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        config.add_server(server(0, 0, 0)).unwrap();
        // A second before the mains count as back nobody can tell yet.
        for since in 0..10 {
            let mut world = World::with_laws(config.clone(), laws);
            world.hosts[0].takes = None;
            world.mains(false);
            assert!(world.until_that(300, |world| world.step(0) == StepKind::Freezing));
            world.mains(true);
            world.run(since);
            world.hosts[0].on = false;
            let begun = world.plan().is_some();
            assert!(begun && world.until(900, ended), "{}", world.story());
            assert!(world.hosts[0].on, "gone after {since} s: {}", world.story());
        }
    }

    pub(crate) fn while_one_goes_that_has_just_booted(laws: Laws) {
        let mut world = back_at(laws, StepKind::Off);
        assert!(world.until_that(300, |world| world.step(0) == StepKind::Booting));
        world.hosts[0].stops = Some(60_000);
        world.mains(false);
        assert!(world.until(300, switched(0, Switch::Soft)), "{}", world.story());
        let now = world.now;
        assert!(world.until_that(60, |world| world.now > world.hosts[0].up_at + 2_000));
        assert!(world.now < now + 58_000 && world.hosts[0].on, "{}", world.story());
        world.mains(true);
        assert!(world.until_that(300, |world| !world.hosts[0].on), "{}", world.story());
        assert!(world.until(900, ended), "{}", world.story());
        assert!(world.hosts[0].on, "{}", world.story());
    }

    pub(crate) fn while_guests_stop(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.hosts[0].takes = Some(60_000);
        world.mains(false);
        assert!(world.until_that(300, |world| world.step(0) == StepKind::StoppingGuests));
        world.mains(true);
        goes_on(&mut world);
        assert!(world.when(directed(0, Directed::StartGuests)).is_some());
        assert!(world.when(directed(0, Directed::ShutDown)).is_none(), "{}", world.story());
        assert!(ends(&world, End::Cancelled));
    }

    pub(crate) fn while_services_stop(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.hosts[0].takes = Some(60_000);
        world.mains(false);
        assert!(world.until_that(300, |world| world.step(0) == StepKind::StoppingServices));
        world.mains(true);
        goes_on(&mut world);
        assert!(world.when(directed(0, Directed::StartServices)).is_some());
        assert!(world.when(directed(0, Directed::StartGuests)).is_some());
        assert!(world.when(directed(0, Directed::ShutDown)).is_none(), "{}", world.story());
    }

    pub(crate) fn while_it_shuts_down(laws: Laws) {
        let mut world = back_at(laws, StepKind::ShuttingDown);
        goes_on(&mut world);
        // What was told to go goes, and comes back; the other one stays.
        assert!(world.when(switched(0, Switch::On)).is_some(), "{}", world.story());
        assert!(world.when(directed(1, Directed::StopGuests)).is_none(), "{}", world.story());
        assert!(ends(&world, End::Partial), "{}", world.story());
    }

    pub(crate) fn while_it_is_forced_off(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        (world.hosts[0].stops, world.hosts[0].ignores) = (None, 0);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Forcing));
        world.mains(true);
        goes_on(&mut world);
        assert!(world.when(switched(0, Switch::On)).is_some(), "{}", world.story());
    }

    pub(crate) fn after_some_are_down(laws: Laws) {
        let mut world = back_at(laws, StepKind::Off);
        goes_on(&mut world);
        assert!(ends(&world, End::Partial));
        assert_eq!(world.count(cut(0)), 0, "{}", world.story());
    }

    pub(crate) fn flapping_mains_decide_nothing(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        for _ in 0..60 {
            world.mains(false);
            world.run(4);
            world.mains(true);
            world.run(11);
        }
        assert!(world.count(|one| matches!(one, Action::Hold { .. })) == 0, "{}", world.story());
        world.mains(false);
        assert!(world.until_that(300, |world| world.step(0) == StepKind::ShuttingDown));
        // It is back for a moment only: what was begun goes on once it is gone again.
        world.mains(true);
        world.run(3);
        world.mains(false);
        assert!(world.until_that(300, |world| world.step(1) == StepKind::Off), "{}", world.story());
        assert_eq!(world.count(|one| matches!(one, Action::Tell(Tell::Returned(_)))), 0);
    }

    pub(crate) fn a_second_outage_in_the_middle(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        for n in 0..2 {
            config.add_server(server(n, 0, n as u8)).unwrap();
        }
        let mut world = World::with_laws(config, laws);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(1) == StepKind::Off), "{}", world.story());
        world.mains(true);
        assert!(world.until(900, switched(1, Switch::On)), "{}", world.story());
        let starting = world.log.len();
        world.mains(false);
        world.run(30);
        let after: Vec<_> = world.log[starting..].to_vec();
        let started = after.iter().filter(|(_, one)| switched(0, Switch::On)(one));
        assert_eq!(started.count(), 0, "nothing is started without mains\n{}", world.story());
        assert!(world.until_that(600, |world| !world.hosts[1].on), "{}", world.story());
        world.mains(true);
        assert!(world.until(900, ended), "{}", world.story());
        assert!((0..2).all(|n| world.hosts[n].on), "{}", world.story());
    }

    pub(crate) fn energy_comes_before_servers(laws: Laws) {
        let ups = UpsConfig { floor: Some(60), ..UpsConfig::default() };
        let mut config = site(&[ups]);
        config.add_server(server(0, 0, 0)).unwrap();
        let mut world = World::with_laws(config, laws);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off));
        world.ups[0].left = 600.0;
        world.mains(true);
        assert!(world.until(4000, switched(0, Switch::On)), "{}", world.story());
        let charge = world.ups[0].left / world.ups[0].full;
        assert!(charge >= 0.6, "{charge}");
        assert!(world.told(Tell::WaitsForEnergy(UpsIndex(0))), "{}", world.story());
    }

    pub(crate) fn one_after_the_other(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        for n in 0..4 {
            config.add_server(server(n, 0, u8::from(n > 1))).unwrap();
        }
        let mut world = World::with_laws(config, laws);
        world.mains(false);
        let down = |world: &World| (0..4).all(|n| world.step(n) == StepKind::Off);
        assert!(world.until_that(900, down), "{}", world.story());
        world.mains(true);
        assert!(world.until(900, ended), "{}", world.story());
        let on = |n| world.when(switched(n, Switch::On)).unwrap();
        assert!(on(3) >= on(2) + 1000 || on(2) >= on(3) + 1000, "{}", world.story());
        // The last to stop is the first to start, and the others wait for its member.
        assert!(on(0).min(on(1)) >= on(2).max(on(3)) + 40_000, "{}", world.story());
    }

    pub(crate) fn what_was_off_stays_off(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.hosts[0].on = false;
        world.run(5);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(1) == StepKind::Off), "{}", world.story());
        assert_eq!(world.count(directed(0, Directed::StopGuests)), 0);
        world.mains(true);
        assert!(world.until(900, ended), "{}", world.story());
        assert_eq!(world.count(switched(0, Switch::On)), 0, "{}", world.story());
        assert!(!world.hosts[0].on && world.hosts[1].on);
    }

    pub(crate) fn what_is_switched_on_meanwhile_counts(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.hosts[0].on = false;
        world.run(60);
        world.mains(false);
        assert!(world.until_that(60, |world| world.step(0) == StepKind::Off));
        world.hosts[0].on = true;
        assert!(world.until(120, directed(0, Directed::StopGuests)), "{}", world.story());
        assert!(world.until_that(900, |world| world.step(1) == StepKind::Off), "{}", world.story());
        world.mains(true);
        assert!(world.until(900, ended), "{}", world.story());
        assert!(world.hosts[0].on && world.hosts[1].on, "{}", world.story());
    }

    pub(crate) fn on_is_what_reads_on(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off));
        world.hosts[0].ignores = 2;
        world.mains(true);
        assert!(world.until(900, ended), "{}", world.story());
        assert_eq!(world.count(switched(0, Switch::On)), 3, "{}", world.story());
        assert!(world.hosts[0].on);
    }

    pub(crate) fn one_that_does_not_come_back_is_dropped(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off));
        world.hosts[0].boots = 10_000_000;
        world.mains(true);
        assert!(world.until(900, ended), "{}", world.story());
        assert!(world.told(Tell::Dropped(ServerIndex(0))), "{}", world.story());
        assert!(!world.held(0), "the usual rules take over");
        assert_eq!(world.count(ran(Job::LeaveMaintenance(0))), 1);
    }

    pub(crate) fn one_whose_order_never_arrived_is_owed(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        config.add_server(server(0, 0, 0)).unwrap();
        let mut world = World::with_laws(config, laws);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off));
        world.hosts[0].bmc = false;
        world.mains(true);
        assert!(world.until(1200, ended), "{}", world.story());
        assert_eq!(world.step(0), StepKind::Dropped, "{}", world.story());
        world.restart();
        world.run(600);
        world.hosts[0].bmc = true;
        assert!(world.until_that(200, |world| world.hosts[0].on), "{}", world.story());
        world.run(100);
        assert_eq!(world.step(0), StepKind::Free, "{}", world.story());
    }

    pub(crate) fn by_the_mains_first(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        let mut by_mains = server(0, 0, 0);
        by_mains.start_by = StartBy::Mains;
        config.add_server(by_mains).unwrap();
        let mut by_hand = server(1, 0, 0);
        by_hand.start_by = StartBy::Hand;
        config.add_server(by_hand).unwrap();
        let mut world = World::with_laws(config, laws);
        world.mains(false);
        let down = |world: &World| (0..2).all(|n| world.step(n) == StepKind::Off);
        assert!(world.until_that(900, down), "{}", world.story());
        world.mains(true);
        world.run(150);
        assert_eq!(world.count(switched(0, Switch::On)), 0, "{}", world.story());
        assert!(world.until(200, switched(0, Switch::On)), "{}", world.story());
        assert!(world.until(200, ended), "{}", world.story());
        assert_eq!(world.count(switched(1, Switch::On)), 0, "{}", world.story());
    }

    pub(crate) fn maintenance_of_others_is_left_alone(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.enters = RunEnd::Already;
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off));
        world.mains(true);
        assert!(world.until(900, ended), "{}", world.story());
        world.run(60);
        assert_eq!(world.count(ran(Job::LeaveMaintenance(0))), 0, "{}", world.story());
    }

    pub(crate) fn maintenance_waits_for_all(laws: Laws) {
        let mut world = World::with_laws(side_by_side(), laws);
        world.hosts[1].boots = 200_000;
        world.mains(false);
        let down = |world: &World| (0..2).all(|n| world.step(n) == StepKind::Off);
        assert!(world.until_that(900, down), "{}", world.story());
        world.mains(true);
        assert!(world.until(900, ran(Job::LeaveMaintenance(0))), "{}", world.story());
        let booted = world.when(directed(1, Directed::StartServices));
        assert!(booted.is_some(), "{}", world.story());
    }

    pub(crate) fn leaving_is_tried_until_done(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.leaves = RunEnd::Failed;
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off));
        world.mains(true);
        assert!(world.until(900, ended), "{}", world.story());
        world.run(60);
        world.restart();
        world.run(60);
        world.leaves = RunEnd::Done;
        let left = |one: &Action| {
            matches!(one, Action::Tell(Tell::Maintenance { enter: false, end: RunEnd::Done, .. }))
        };
        assert!(world.until(400, left), "{}", world.story());
        world.run(400);
        assert_eq!(world.count(left), 1);
    }

    pub(crate) fn after_a_loss_they_come_back_in_order(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        for n in 0..6 {
            config.add_server(server(n, 0, u8::from(n < 3))).unwrap();
        }
        let mut world = World::with_laws(config, laws);
        world.ups[0].break_off();
        world.run(60);
        (world.ups[0].back, world.ups[0].on_at) = (true, None);
        world.run(120);
        let on = |n| world.when(switched(n, Switch::On)).expect("it is started again");
        let all: Vec<_> = (0..6).map(on).collect();
        let apart = all.windows(2).all(|two| two[1] >= two[0] + 1000);
        assert!(apart, "{all:?}");
    }

    pub(crate) fn energy_of_a_silent_ups_is_not_known(laws: Laws) {
        let mut config = site(&[UpsConfig::default(); 2]);
        let mut one = server(0, 0, 0);
        one.feeds.push(feed(1)).unwrap();
        one.needed = 2;
        config.add_server(one).unwrap();
        let mut world = World::with_laws(config, laws);
        world.ups[1].answers = false;
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off));
        (world.ups[1].left, world.ups[0].mains, world.ups[1].mains) = (60.0, true, true);
        world.run(60);
        world.order(Order::Cancel { even_on_battery: true });
        world.run(300);
        assert_eq!(world.count(switched(0, Switch::On)), 0, "{}", world.story());
        // Whoever does not want to wait says so.
        world.order(Order::Return { now: true });
        assert_eq!(world.count(switched(0, Switch::On)), 1, "{}", world.story());
    }
}
