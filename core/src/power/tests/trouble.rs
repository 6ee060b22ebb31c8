//! What is silent, deaf or broken.

stories! {
    silence_is_not_an_outage
    silence_on_battery_counts_down
    a_silent_member_is_not_waited_for
    one_that_never_freezes_is_not_waited_for
    a_deaf_guest_ends_at_its_limit
    a_hanging_host_is_forced_off
    a_silent_bmc_is_told
    a_low_battery_at_the_begin
    a_server_switched_on_by_hand
    a_restarted_member_is_directed_again
    off_is_read_and_not_believed
    who_speaks_is_not_off
    who_speaks_again_is_stopped_again
    adapters_that_fail_do_not_stop_it
    a_plan_that_does_not_fit_is_told
    a_self_test_is_no_outage
    a_battery_that_lies
    a_battery_that_dies_at_once
    a_changed_configuration
    who_was_off_is_not_stopped_though_its_bmc_falls_silent
}

pub(super) mod story {
    use super::super::world::*;
    use crate::power::{
        Action, AskBy, Cause, Job, Laws, Means, RunEnd, StepKind, Switch, Tell, UpsConfig,
    };
    use crate::types::{Directed, ServerIndex, UpsIndex};

    pub(crate) fn silence_is_not_an_outage(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.ups[0].answers = false;
        world.run(1200);
        assert!(world.plan().is_none(), "{}", world.story());
        assert!(world.count(|one| matches!(one, Action::Tell(Tell::Unread { .. }))) > 0);
        world.ups[0].answers = true;
        world.run(30);
        assert_eq!(world.count(|one| matches!(one, Action::Direct { .. })), 0);
    }

    pub(crate) fn silence_on_battery_counts_down(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        config.add_stage(crate::power::Stage { after: None, below: None }).unwrap();
        config.add_server(server(0, 0, 2)).unwrap();
        let mut world = World::with_laws(config, laws);
        world.mains(false);
        world.run(60);
        world.ups[0].answers = false;
        assert!(world.until(3600, directed(0, Directed::ShutDown)), "{}", world.story());
        assert!((700.0..800.0).contains(&world.ups[0].left), "{}", world.ups[0].left);
    }

    pub(crate) fn a_silent_member_is_not_waited_for(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.hosts[0].member = false;
        world.run(60);
        world.mains(false);
        assert!(world.until(75, switched(0, Switch::Soft)), "{}", world.story());
        assert!(world.until_that(60, |world| world.step(0) == StepKind::Off), "{}", world.story());
        assert_eq!(world.count(directed(0, Directed::StopGuests)), 0);
    }

    pub(crate) fn one_that_never_freezes_is_not_waited_for(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.hosts[0].takes = None;
        world.mains(false);
        assert!(world.until(90, directed(0, Directed::StopGuests)), "{}", world.story());
        let frozen = world.when(directed(0, Directed::Freeze)).unwrap();
        let after = world.when(directed(0, Directed::StopGuests)).unwrap() - frozen;
        assert!((10_000..=11_000).contains(&after), "{}", world.story());
    }

    pub(crate) fn a_deaf_guest_ends_at_its_limit(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.hosts[0].takes = None;
        world.mains(false);
        assert!(world.until(600, directed(0, Directed::ShutDown)), "{}", world.story());
        let guests = world.when(directed(0, Directed::StopGuests)).unwrap();
        let services = world.when(directed(0, Directed::StopServices)).unwrap();
        assert_eq!(services - guests, 180_000);
        let what = Means::Directive(Directed::StopGuests);
        assert!(world.told(Tell::Slow { server: ServerIndex(0), what }));
    }

    pub(crate) fn a_hanging_host_is_forced_off(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.hosts[0].stops = None;
        world.mains(false);
        assert!(world.until(600, switched(0, Switch::Off)), "{}", world.story());
        let asked = world.when(directed(0, Directed::ShutDown)).unwrap();
        assert_eq!(world.when(switched(0, Switch::Off)).unwrap() - asked, 300_000);
        assert!(world.until_that(10, |world| world.step(0) == StepKind::Off), "{}", world.story());
    }

    pub(crate) fn a_silent_bmc_is_told(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.hosts[0].stops = None;
        world.hosts[0].bmc = false;
        world.mains(false);
        let told = Action::Tell(Tell::NotProvedOff(ServerIndex(0)));
        assert!(world.until(900, |one| *one == told), "{}", world.story());
        // The next stage goes on, but nothing is cut under one that may run, until the battery
        // is at its end.
        world.run(1200);
        assert_eq!(world.step(1), StepKind::Off, "{}", world.story());
        assert!(world.hosts[0].on && !world.ups[0].off, "{}", world.story());
        assert!(!world.gone);
        assert_eq!(world.count(|one| *one == told), 1);
        let gone = world.until_that(3000, |world| world.gone);
        assert!(gone && world.ups[0].left > 60.0, "{}", world.story());
    }

    pub(crate) fn a_low_battery_at_the_begin(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        (world.ups[0].left, world.ups[0].low) = (150.0, true);
        world.run(5);
        world.mains(false);
        assert!(world.until(15, directed(0, Directed::Freeze)), "{}", world.story());
        assert!(world.until(60, directed(1, Directed::ShutDown)), "{}", world.story());
        assert!(world.until_that(60, |world| !world.hosts[0].on && !world.hosts[1].on));
    }

    pub(crate) fn a_server_switched_on_by_hand(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        assert!(world.until_that(300, |world| world.step(0) == StepKind::Off));
        world.hosts[0].on = true;
        world.run(3);
        assert_eq!(world.step(0), StepKind::ShuttingDown, "{}", world.story());
        assert!(world.until_that(60, |world| world.step(0) == StepKind::Off), "{}", world.story());
    }

    pub(crate) fn a_restarted_member_is_directed_again(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.hosts[0].takes = Some(60_000);
        world.mains(false);
        assert!(world.until(300, directed(0, Directed::StopGuests)), "{}", world.story());
        world.hosts[0].epoch = 7;
        assert!(world.until(10, directed(0, Directed::StopGuests)), "{}", world.story());
    }

    pub(crate) fn off_is_read_and_not_believed(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.hosts[0].stops = Some(100_000);
        world.mains(false);
        assert!(world.until(300, directed(0, Directed::ShutDown)), "{}", world.story());
        world.run(50);
        assert_eq!(world.step(0), StepKind::ShuttingDown, "{}", world.story());
    }

    /// A BMC that says off from the begin, and one that does in the middle of it.
    pub(crate) fn who_speaks_is_not_off(laws: Laws) {
        for from in [0, 133] {
            let mut world = World::with_laws(two(), laws);
            world.hosts[1].lies_off = from == 0;
            world.run(5);
            world.mains(false);
            world.run(from);
            world.hosts[1].lies_off = true;
            assert!(world.until(600, directed(1, Directed::ShutDown)), "{}", world.story());
            assert!(world.until_that(60, |world| world.step(1) == StepKind::Off));
            assert!(!world.hosts[1].on && !world.ups[0].off, "{}", world.story());
        }
    }

    /// Somebody has switched it on, and its BMC does not know.
    pub(crate) fn who_speaks_again_is_stopped_again(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        assert!(world.until_that(300, |world| world.step(0) == StepKind::Off));
        world.hosts[0].lies_off = true;
        world.hosts[0].on = true;
        assert!(world.until(5, directed(0, Directed::ShutDown)), "{}", world.story());
        assert!(world.until_that(60, |world| world.step(0) == StepKind::Off), "{}", world.story());
        assert!(!world.hosts[0].on, "{}", world.story());
    }

    pub(crate) fn adapters_that_fail_do_not_stop_it(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.enters = RunEnd::Failed;
        world.mains(false);
        assert!(world.until(120, directed(0, Directed::StopGuests)), "{}", world.story());
        let end = RunEnd::Failed;
        assert!(world.told(Tell::Maintenance { enter: true, adapter: 0, end }));
        assert_eq!(world.count(ran(Job::EnterMaintenance(0))), 1);
        // Some of it may have been entered.
        world.mains(true);
        assert!(world.until(900, ended), "{}", world.story());
        assert_eq!(world.count(ran(Job::LeaveMaintenance(0))), 1, "{}", world.story());
    }

    pub(crate) fn a_plan_that_does_not_fit_is_told(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        let mut big = server(0, 0, 0);
        big.ask_by = AskBy::Command;
        big.shutdown = secs(5000);
        config.add_server(big).unwrap();
        let world = World::with_laws(config.clone(), laws);
        drop(world);
        let mut world = World::silent(config, laws);
        world.run(30);
        let short = |one: &Action| matches!(one, Action::Tell(Tell::DoesNotFit { .. }));
        assert_eq!(world.count(short), 1, "{}", world.story());
        world.ups[0].full = 20_000.0;
        world.ups[0].left = 20_000.0;
        assert!(world.until(10, |one| *one == Action::Tell(Tell::Fits)), "{}", world.story());
    }

    pub(crate) fn a_self_test_is_no_outage(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.ups[0].testing = true;
        world.mains(false);
        world.run(120);
        world.mains(true);
        world.ups[0].testing = false;
        world.run(30);
        assert!(world.plan().is_none(), "{}", world.story());
        let began =
            |one: &Action| matches!(one, Action::Tell(Tell::Began { cause: Cause::Mains, .. }));
        assert_eq!(world.count(began), 0, "{}", world.story());
        assert!(world.told(Tell::Testing { ups: UpsIndex(0), on: true }));
    }

    pub(crate) fn a_battery_that_lies(laws: Laws) {
        // It is empty while the first waits for its stage, and the other for its guests.
        for after in [50, 65, 75] {
            let mut world = World::with_laws(two(), laws);
            world.hosts.iter_mut().for_each(|host| host.takes = Some(60_000));
            world.mains(false);
            world.run(after);
            world.ups[0].left = 0.0;
            world.run(60);
            assert!(!world.hosts[0].on && !world.hosts[1].on);
            world.ups[0].left = 1800.0;
            world.mains(true);
            assert!(world.until(900, ended), "{}", world.story());
            world.run(60);
            assert!((0..2).all(|n| world.hosts[n].on), "{after}\n{}", world.story());
            assert!(!world.held(0) && !world.held(1));
        }
    }

    pub(crate) fn a_battery_that_dies_at_once(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.hosts[1].on = false;
        world.run(60);
        world.mains(false);
        world.ups[0].left = 0.0;
        world.run(120);
        assert!(!world.held(0), "others may take over from it");
        world.ups[0].left = 1800.0;
        world.mains(true);
        world.run(200);
        assert!(world.hosts[0].on && !world.hosts[1].on, "{}", world.story());
        assert_eq!(world.step(0), StepKind::Free);
    }

    pub(crate) fn a_changed_configuration(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        assert!(world.until_that(300, |world| world.step(0) == StepKind::Off));
        let mut config = site(&[UpsConfig::default()]);
        config.add_server(server(3, 0, 0)).unwrap();
        config.add_server(server(0, 0, 1)).unwrap();
        let (now, next) = (at(world.now), config.clone());
        world.power.reload(now, next, &|server| (server.0 == 0).then_some(ServerIndex(0)));
        world.config = config;
        world.run(400);
        assert_eq!(world.step(0), StepKind::Off, "{}", world.story());
        assert_eq!(world.step(3), StepKind::Off, "{}", world.story());
        world.mains(true);
        assert!(world.until(900, ended), "{}", world.story());
        assert!(world.hosts[0].on && world.hosts[3].on);
    }

    pub(crate) fn who_was_off_is_not_stopped_though_its_bmc_falls_silent(laws: Laws) {
        let mut world = World::with_laws(side_by_side(), laws);
        world.hosts[0].on = false;
        world.run(60);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(1) == StepKind::Off), "{}", world.story());
        world.mains(true);
        // It waits for the maintenance that covers both.
        let waits = |world: &World| world.step(0) == StepKind::Leaving;
        assert!(world.until_that(60, waits), "{}", world.story());
        (world.hosts[0].bmc, world.hosts[0].reading) = (false, None);
        world.mains(false);
        world.run(120);
        world.mains(true);
        assert!(world.until(1800, ended), "{}", world.story());
        let touched = |one: &Action| matches!(one, Action::Switch { server: ServerIndex(0), .. });
        assert_eq!(world.count(touched), 0, "{}", world.story());
    }
}
