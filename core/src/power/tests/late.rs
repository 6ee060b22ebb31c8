//! Servers that come back late, and those of whom nobody tells.

stories! {
    what_a_plan_has_stopped_is_owed_to_one_that_comes_late
    maintenance_waits_for_a_boot_that_nobody_tells_of
    one_that_went_unseen_comes_back
    one_that_is_given_up_as_the_mains_fail_is_let_go
    one_whose_member_was_silent_at_first
    one_whose_member_was_silent_at_its_return
    one_that_is_heard_again_while_others_boot
    one_that_lost_its_power_is_started_again
    one_that_loses_its_power_while_it_is_served
    guests_wait_for_later_stages_that_boot
}

pub(super) mod story {
    use super::super::world::*;
    use crate::power::{
        Action, Adapter, AskBy, Back, Job, Laws, Order, RunEnd, Scope, StartBy, StepKind, Switch,
        Tell, UpsConfig,
    };
    use crate::types::{Directed, PowerState, ServerIndex};
    pub(crate) fn what_a_plan_has_stopped_is_owed_to_one_that_comes_late(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off));
        world.hosts[0].boots = 1_500_000;
        world.leaves = RunEnd::Failed;
        world.mains(true);
        assert!(world.until(900, ended), "{}", world.story());
        assert!(world.told(Tell::Dropped(ServerIndex(0))), "{}", world.story());
        world.restart();
        let started = directed(0, Directed::StartGuests);
        assert!(!world.until(300, &started), "{}", world.story());
        // Nobody leaves maintenance for a machine that is not there: it is tried until it is.
        world.leaves = RunEnd::Done;
        assert!(world.until(1200, &started), "{}", world.story());
        assert!(world.until_that(60, |world| world.step(0) == StepKind::Free), "{}", world.story());
        assert!(world.told(Tell::Back(ServerIndex(0))) && !world.held(0), "{}", world.story());
        assert!(!world.until(300, started), "once: {}", world.story());
        let left = |enter, end| world.told(Tell::Maintenance { enter, adapter: 0, end });
        assert!(left(false, RunEnd::Done), "{}", world.story());
    }

    pub(crate) fn maintenance_waits_for_a_boot_that_nobody_tells_of(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        config.add_adapter(Adapter { enter: secs(60), leave: secs(120) }).unwrap();
        let mut one = server(0, 0, 0);
        (one.adapters, one.ask_by, one.boot) = (1, AskBy::Bmc, secs(200));
        config.add_server(one).unwrap();
        let mut world = World::silent(config, laws);
        world.hosts[0].member = false;
        world.run(30);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off));
        world.mains(true);
        assert!(world.until(900, switched(0, Switch::On)), "{}", world.story());
        assert!(!world.until(190, ran(Job::LeaveMaintenance(0))), "{}", world.story());
        assert!(world.until(30, ran(Job::LeaveMaintenance(0))), "{}", world.story());
        assert!(world.until(60, ended), "{}", world.story());
    }

    pub(crate) fn one_that_went_unseen_comes_back(laws: Laws) {
        for needed in 1..=2 {
            let mut config = site(&[UpsConfig::default(); 2]);
            let mut one = server(0, 0, 0);
            one.needed = needed;
            if needed == 2 {
                one.feeds.push(feed(1)).unwrap();
            }
            config.add_server(one).unwrap();
            let mut world = World::with_laws(config, laws);
            // Nobody says that it runs on its battery, nor that this is empty.
            (world.ups[0].answers, world.ups[0].mains, world.ups[0].left) = (false, false, 5.0);
            world.run(100);
            assert!(!world.hosts[0].on, "{}", world.story());
            world.ups[0].answers = true;
            world.run(20);
            world.ups[0].mains = true;
            assert!(world.until(3600, switched(0, Switch::On)), "{}", world.story());
            assert!(world.until(300, directed(0, Directed::StartGuests)), "{}", world.story());
        }
    }

    pub(crate) fn one_that_is_given_up_as_the_mains_fail_is_let_go(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        let mut one = server(0, 0, 0);
        one.boot = secs(300);
        config.add_server(one).unwrap();
        let mut world = World::with_laws(config, laws);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off));
        world.hosts[0].boots = 10_000_000;
        world.mains(true);
        assert!(world.until(900, switched(0, Switch::On)), "{}", world.story());
        // The operator answers for the battery from now on.
        world.order(Order::Cancel { even_on_battery: true });
        world.run(270);
        world.mains(false);
        let given_up = |one: &Action| *one == Action::Tell(Tell::Dropped(ServerIndex(0)));
        assert!(world.until(60, given_up), "{}", world.story());
        world.run(5);
        world.mains(true);
        assert!(world.until(900, ended), "{}", world.story());
        world.run(30);
        assert!(!world.held(0), "{}", world.story());
    }

    pub(crate) fn one_whose_member_was_silent_at_first(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        let mut one = server(0, 0, 0);
        one.ask_by = AskBy::Bmc;
        config.add_server(one).unwrap();
        let mut world = World::silent(config, laws);
        world.hosts[0].member = false;
        world.run(30);
        // It is waited for, and heard by then.
        world.hosts[0].fencing = true;
        world.order(Order::Stop { scope: Scope::All, cut: false, back: Back::OnOrder });
        world.run(3);
        (world.hosts[0].member, world.hosts[0].fencing) = (true, false);
        let stops = directed(0, Directed::StopGuests);
        assert!(world.until(300, stops), "{}", world.story());
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off));
        world.order(Order::Return { now: true });
        assert!(world.until(900, ended), "{}", world.story());
        assert_eq!(world.count(directed(0, Directed::StartGuests)), 1, "{}", world.story());
    }

    pub(crate) fn one_whose_member_was_silent_at_its_return(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        config.add_server(server(0, 0, 0)).unwrap();
        let mut world = World::with_laws(config, laws);
        world.hosts[0].takes = None;
        world.mains(false);
        let stops = directed(0, Directed::StopGuests);
        assert!(world.until(300, stops), "{}", world.story());
        (world.hosts[0].member, world.hosts[0].takes) = (false, Some(4000));
        world.run(6);
        world.mains(true);
        assert!(world.until(60, ended), "{}", world.story());
        let starts = directed(0, Directed::StartGuests);
        assert_eq!(world.count(&starts), 0, "{}", world.story());
        let (lost, back) = (Tell::Dropped(ServerIndex(0)), Tell::Back(ServerIndex(0)));
        assert!(world.told(lost) && !world.told(back), "{}", world.story());
        world.hosts[0].member = true;
        assert!(world.until(30, starts), "{}", world.story());
        assert!(world.until_that(60, |world| world.told(back)), "{}", world.story());
    }

    pub(crate) fn one_that_is_heard_again_while_others_boot(laws: Laws) {
        let mut world = World::with_laws(side_by_side(), laws);
        world.mains(false);
        let off = |world: &World| (0..2).all(|at| world.step(at) == StepKind::Off);
        assert!(world.until_that(900, off), "{}", world.story());
        (world.hosts[0].boots, world.hosts[1].takes) = (250_000, None);
        world.mains(true);
        let serves = |world: &World| world.step(1) == StepKind::StartingServices;
        assert!(world.until_that(900, serves), "{}", world.story());
        world.hosts[1].member = false;
        let leaves = |world: &World| world.step(1) == StepKind::Leaving;
        assert!(world.until_that(200, leaves), "{}", world.story());
        (world.hosts[1].member, world.hosts[1].takes) = (true, Some(4000));
        world.log.clear();
        let back = |one: &Action| *one == Action::Tell(Tell::Back(ServerIndex(1)));
        assert!(world.until(600, back), "{}", world.story());
        let started = world.when(directed(1, Directed::StartGuests));
        assert!(started.is_some() && started < world.when(back), "{}", world.story());
    }

    pub(crate) fn one_that_lost_its_power_is_started_again(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        let mut one = server(0, 0, 0);
        one.boot = secs(120);
        config.add_server(one).unwrap();
        let mut world = World::with_laws(config, laws);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off));
        world.mains(true);
        assert!(world.until_that(900, |world| world.hosts[0].on), "{}", world.story());
        world.run(4);
        (world.ups[0].left, world.hosts[0].bmc) = (1.0, false);
        world.mains(false);
        world.run(5);
        // Nobody knows any more that it was seen to run.
        world.restart();
        let given_up = |one: &Action| *one == Action::Tell(Tell::Dropped(ServerIndex(0)));
        assert!(world.until(600, given_up), "{}", world.story());
        world.run(2);
        assert!(!world.held(0), "{}", world.story());
        world.hosts[0].bmc = true;
        world.mains(true);
        assert!(world.until(3600, switched(0, Switch::On)), "{}", world.story());
    }

    pub(crate) fn one_that_loses_its_power_while_it_is_served(laws: Laws) {
        let mut world = World::with_laws(one(), laws);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off));
        world.hosts[0].boots = 1_500_000;
        world.mains(true);
        assert!(world.until(2000, ended), "{}", world.story());
        assert!(world.told(Tell::Dropped(ServerIndex(0))), "{}", world.story());
        world.hosts[0].takes = None;
        assert!(world.until(1800, directed(0, Directed::StartServices)), "{}", world.story());
        world.run(5);
        // Its UPS gives up at once.
        world.ups[0].break_off();
        (world.hosts[0].bmc, world.hosts[0].reading) =
            (false, Some((PowerState::Unknown, world.now)));
        world.run(100);
        assert!(!world.hosts[0].on);
        world.hosts[0].bmc = true;
        (world.ups[0].back, world.ups[0].on_at, world.ups[0].left) = (true, None, 3600.0);
        world.run(3600);
        assert!(world.hosts[0].on, "{:?}\n{}", world.step(0), world.story());
    }

    /// Firmware starts both; the storage of the last stage boots for longer.
    pub(crate) fn guests_wait_for_later_stages_that_boot(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        for n in 0..2 {
            let mut one = server(n, 0, n as u8);
            one.start_by = StartBy::Mains;
            config.add_server(one).unwrap();
        }
        let mut world = World::with_laws(config, laws);
        world.mains(false);
        assert!(world.until_that(900, |world| world.ups[0].off), "{}", world.story());
        world.mains(true);
        assert!(world.until_that(900, |world| !world.ups[0].off), "{}", world.story());
        for (n, boots) in [(0, 40_000), (1, 400_000)] {
            let host = &mut world.hosts[n];
            (host.on, host.epoch, host.up_at) = (true, 2, world.now + boots);
        }
        assert!(world.until(900, directed(0, Directed::StartGuests)), "{}", world.story());
        let storage = world.when(directed(1, Directed::StartServices));
        assert!(storage.is_some(), "{}", world.story());
    }
}
