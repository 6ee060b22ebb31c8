//! An outage, from the first reading to the last machine.

stories! {
    everything_in_order_and_back
    a_short_outage_stops_nothing
    guests_go_before_their_host
    stages_go_one_after_the_other
    the_last_safe_moment_begins_all
    only_what_the_outage_touches
    a_fencing_ends_first
    nothing_before_it_is_durable
    a_second_feed_carries_on
    the_own_machine_goes_last
    a_single_server_goes_by_itself
    forced_by_other_software
}

pub(super) mod story {
    use super::super::world::*;
    use crate::power::{
        Action, AskBy, Cause, End, Job, Laws, Own, Stage, StepKind, Switch, Tell, UpsConfig,
    };
    use crate::types::{Directed, ServerIndex, UpsIndex, UpsOrder};

    pub(crate) fn everything_in_order_and_back(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        assert!(world.until_that(1800, |world| world.gone), "{}", world.story());
        assert!((0..2).all(|n| !world.hosts[n].on), "{}", world.story());
        assert!(world.off_in(0).is_some_and(|left| left > 60_000), "{}", world.story());
        world.mains(true);
        assert!(world.until(1800, ended), "{}", world.story());
        let outage = world.log.iter().find_map(|(_, action)| match action {
            Action::Tell(Tell::Began { outage, cause: Cause::Mains }) => Some(*outage),
            _ => None,
        });
        let outage = outage.unwrap();
        assert!(world.told(Tell::Ended { outage, end: End::Complete, lost: 0 }));
        assert!((0..2u16).all(|n| world.hosts[usize::from(n)].on && !world.held(n)));
        assert!((0..2).all(|n| !world.frozen(n)), "{}", world.story());
        assert_eq!(world.count(ran(Job::LeaveMaintenance(0))), 1);
        assert!(world.plan().is_none());
    }

    pub(crate) fn a_short_outage_stops_nothing(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        world.run(50);
        world.mains(true);
        world.run(30);
        assert!(world.count(|one| matches!(one, Action::Direct { .. })) == 0, "{}", world.story());
        assert!(world.plan().is_none(), "{}", world.story());
        assert_eq!(world.count(ended), 1);
    }

    pub(crate) fn guests_go_before_their_host(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        assert!(world.until(300, directed(0, Directed::ShutDown)), "{}", world.story());
        let guests = world.when(directed(0, Directed::StopGuests)).expect("guests are stopped");
        let services = world.when(directed(0, Directed::StopServices)).unwrap();
        let down = world.when(directed(0, Directed::ShutDown)).unwrap();
        // Each step ends when it is done, and not at its limit.
        assert!(services - guests == 4000 && down - services == 4000, "{}", world.story());
        assert!(world.when(ran(Job::EnterMaintenance(0))).unwrap() < guests);
        assert!(world.when(directed(0, Directed::Freeze)).unwrap() < guests);
    }

    pub(crate) fn stages_go_one_after_the_other(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        config.add_stage(Stage { after: Some(secs(60)), below: None }).unwrap();
        config.add_server(server(0, 0, 0)).unwrap();
        config.add_server(server(1, 0, 2)).unwrap();
        let mut world = World::with_laws(config, laws);
        world.hosts[0].stops = Some(100_000);
        world.mains(false);
        assert!(world.until(600, directed(1, Directed::StopGuests)), "{}", world.story());
        assert!(world.told(Tell::Stopped(ServerIndex(0))), "{}", world.story());
        // It was frozen with the first, so that it takes nothing over from it.
        let frozen = world.when(directed(1, Directed::Freeze)).unwrap();
        assert!(frozen <= world.when(directed(0, Directed::StopGuests)).unwrap());
    }

    pub(crate) fn the_last_safe_moment_begins_all(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        config.add_stage(Stage { after: None, below: None }).unwrap();
        config.add_server(server(0, 0, 2)).unwrap();
        let mut world = World::with_laws(config, laws);
        world.mains(false);
        assert!(world.until(3600, directed(0, Directed::Freeze)), "{}", world.story());
        // 10 s, 180 s, 120 s and 300 s, a quarter more, and 30 s.
        let left = world.ups[0].left;
        assert!((780.0..=795.0).contains(&left), "{left}\n{}", world.story());
        assert!(world.until(200, |one| *one == Action::Tell(Tell::Stopped(ServerIndex(0)))));
    }

    pub(crate) fn only_what_the_outage_touches(laws: Laws) {
        let mut config = site(&[UpsConfig::default(), UpsConfig::default()]);
        config.add_server(server(0, 0, 0)).unwrap();
        config.add_server(server(1, 1, 0)).unwrap();
        let mut world = World::with_laws(config, laws);
        world.ups[0].mains = false;
        world.run(400);
        assert_eq!(world.step(0), StepKind::Off, "{}", world.story());
        assert_eq!(world.step(1), StepKind::Free);
        assert!(world.hosts[1].on && !world.held(1) && world.held(0));
    }

    pub(crate) fn a_fencing_ends_first(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.hosts[0].fencing = true;
        world.mains(false);
        world.run(100);
        assert_eq!(world.step(0), StepKind::Freezing, "{}", world.story());
        assert_eq!(world.count(directed(0, Directed::StopGuests)), 0, "{}", world.story());
        (world.hosts[0].fencing, world.hosts[0].on) = (false, false);
        world.run(10);
        assert_eq!(world.step(0), StepKind::Off, "{}", world.story());
        // The power-on after it is left to the plan.
        world.mains(true);
        assert!(world.until(400, switched(0, Switch::On)), "{}", world.story());
    }

    pub(crate) fn nothing_before_it_is_durable(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.disk = false;
        world.mains(false);
        world.run(300);
        assert_eq!(world.step(0), StepKind::Freezing, "{}", world.story());
        assert_eq!(world.count(directed(0, Directed::StopGuests)), 0);
        assert_eq!(world.count(cut(0)), 0);
    }

    pub(crate) fn a_second_feed_carries_on(laws: Laws) {
        let mut config = site(&[UpsConfig::default(), UpsConfig::default()]);
        let mut one = server(0, 0, 0);
        one.feeds.push(feed(1)).unwrap();
        config.add_server(one).unwrap();
        let mut both = server(1, 0, 0);
        both.feeds.push(feed(1)).unwrap();
        both.needed = 2;
        config.add_server(both).unwrap();
        let mut world = World::with_laws(config, laws);
        world.ups[0].mains = false;
        world.run(300);
        assert_eq!(world.step(0), StepKind::Free, "{}", world.story());
        assert_eq!(world.step(1), StepKind::Off, "{}", world.story());
        // The other one still lives on that battery.
        assert_eq!(world.count(cut(0)) + world.count(cut(1)), 0, "{}", world.story());
        world.ups[1].mains = false;
        world.run(300);
        assert_eq!(world.step(0), StepKind::Off, "{}", world.story());
        assert!(world.count(cut(0)) > 0 && world.count(cut(1)) > 0, "{}", world.story());
    }

    pub(crate) fn the_own_machine_goes_last(laws: Laws) {
        let mut world = World::with_laws(two(), laws);
        world.mains(false);
        assert!(world.until(1800, ran(Job::ShutDownThis)), "{}", world.story());
        let last = world.when(ran(Job::ShutDownThis)).unwrap();
        assert!(!world.hosts[0].on && !world.hosts[1].on, "{}", world.story());
        let cutting = |one: &Action| matches!(one, Action::Tell(Tell::Cutting { .. }));
        assert!(world.when(cutting).is_some_and(|when| when < last), "{}", world.story());
        // The delay is as long as this machine takes, and not much longer.
        let left = world.off_in(0).unwrap();
        assert!((60_000..=120_000).contains(&left), "{left}");
    }

    pub(crate) fn a_single_server_goes_by_itself(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        config.add_server(server(0, 0, 0)).unwrap();
        let mut own = Own { stop: Some(secs(60)), server: Some(ServerIndex(0)), ..Own::default() };
        own.feeds.push(feed(0)).unwrap();
        config.set_own(own).unwrap();
        let mut world = World::with_laws(config, laws);
        world.mains(false);
        assert!(world.until_that(1800, |world| world.gone), "{}", world.story());
        assert!(world.when(directed(0, Directed::StopGuests)).is_some());
        assert!(world.when(directed(0, Directed::ShutDown)).is_none());
        assert_eq!(world.count(switched(0, Switch::Off)), 0, "it is never forced off");
        assert!(world.off_in(0).is_some_and(|left| left >= 60_000), "{}", world.story());
        // It goes down, is cut, comes back with the mains, and so does the connector on it.
        world.hosts[0].on = false;
        world.run(200);
        world.mains(true);
        world.run(20);
        (world.hosts[0].on, world.hosts[0].epoch) = (true, 2);
        world.restart();
        assert!(world.until(600, ended), "{}", world.story());
        assert!(world.when(directed(0, Directed::StartGuests)).is_some(), "{}", world.story());
    }

    pub(crate) fn forced_by_other_software(laws: Laws) {
        let mut config = site(&[UpsConfig::default()]);
        let mut by_bmc = server(0, 0, 1);
        by_bmc.ask_by = AskBy::Bmc;
        config.add_server(by_bmc).unwrap();
        let mut world = World::with_laws(config, laws);
        world.mains(false);
        world.run(15);
        world.ups[0].forced = true;
        assert!(world.until(60, switched(0, Switch::Soft)), "{}", world.story());
        let whole = |one: &Action| {
            matches!(one, Action::Order { ups: UpsIndex(0), order, .. }
            if matches!(order, UpsOrder::OffUntilMains { .. }))
        };
        world.run(60);
        assert!(world.when(whole).is_some(), "{}", world.story());
    }
}
