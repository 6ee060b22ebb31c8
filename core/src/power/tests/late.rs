//! Servers that come back late, and those of whom nobody tells.

stories! {
    what_a_plan_has_stopped_is_owed_to_one_that_comes_late
    maintenance_waits_for_a_boot_that_nobody_tells_of
}

pub(super) mod story {
    use super::super::world::*;
    use crate::power::{Adapter, AskBy, Job, Laws, RunEnd, StepKind, Switch, Tell, UpsConfig};
    use crate::types::{Directed, ServerIndex};
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
}
