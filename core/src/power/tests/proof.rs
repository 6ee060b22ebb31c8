//! A server whose every feed is cut.

stories! {
    every_feed_cut_is_proof
    one_feed_is_no_proof
    what_is_heard_is_not_off
    feeds_that_contradict_the_bmc
    feeds_that_were_wrong_prove_nothing
    feeds_that_contradict_a_member
}

pub(super) mod story {
    use super::super::world::*;
    use crate::power::{Action, Config, Laws, Tell, UpsConfig};
    use crate::types::{PowerState, ServerIndex};

    fn proved(one: &Action) -> bool {
        matches!(one, Action::ProvedByFeed { server: ServerIndex(0), .. })
    }

    fn two_feeds() -> Config<8, 4> {
        let mut config = site(&[UpsConfig::default(), UpsConfig::default()]);
        let mut one = server(0, 0, 0);
        one.feeds.push(feed(1)).unwrap();
        config.add_server(one).unwrap();
        config
    }

    /// Its BMC and its member fell silent, and somebody wants to know.
    fn silent(world: &mut World) {
        let host = &mut world.hosts[0];
        (host.on, host.bmc, host.member) = (false, false, false);
        host.wanted = Some(world.now);
    }

    pub(crate) fn every_feed_cut_is_proof(laws: Laws) {
        let mut world = World::with_laws(two_feeds(), laws);
        silent(&mut world);
        world.ups[0].break_off();
        world.run(30);
        world.ups[1].break_off();
        let from = world.now;
        assert!(world.until(30, proved), "{}", world.story());
        let took = world.when(proved).unwrap() - from;
        assert!((10_000..=13_000).contains(&took), "{}", world.story());
        let asked = world.log.iter().find_map(|(_, one)| match one {
            Action::ProvedByFeed { asked, .. } => Some(*asked),
            _ => None,
        });
        assert!(asked.unwrap() > at(world.hosts[0].wanted.unwrap()));
        world.run(60);
        assert_eq!(world.count(proved), 1);
        // Who asks later is answered by later readings.
        world.hosts[0].wanted = Some(world.now);
        assert!(world.until(30, proved), "{}", world.story());
    }

    pub(crate) fn one_feed_is_no_proof(laws: Laws) {
        let mut world = World::with_laws(two_feeds(), laws);
        silent(&mut world);
        world.ups[0].break_off();
        world.run(120);
        assert_eq!(world.count(proved), 0, "{}", world.story());
    }

    pub(crate) fn what_is_heard_is_not_off(laws: Laws) {
        let mut world = World::with_laws(two_feeds(), laws);
        silent(&mut world);
        world.ups[0].break_off();
        world.ups[1].break_off();
        for _ in 0..20 {
            world.run(4);
            world.hosts[0].bmc_spoke(world.now);
        }
        assert_eq!(world.count(proved), 0, "{}", world.story());
    }

    pub(crate) fn feeds_that_contradict_the_bmc(laws: Laws) {
        let mut world = World::with_laws(two_feeds(), laws);
        for ups in &mut world.ups[..2] {
            ups.lies_off = true;
        }
        world.hosts[0].wanted = Some(world.now);
        world.run(60);
        let told = Action::Tell(Tell::Contradiction(ServerIndex(0)));
        assert_eq!(world.count(|one| *one == told), 1, "{}", world.story());
        assert_eq!(world.count(proved), 0);
        assert!(world.plan().is_none(), "{}", world.story());
    }

    /// Its BMC and its member cannot be reached any more, and it runs on.
    fn unheard(world: &mut World) {
        (world.hosts[0].bmc, world.hosts[0].member) = (false, false);
        world.hosts[0].reading.as_mut().unwrap().0 = PowerState::Unknown;
        world.hosts[0].wanted = Some(world.now);
    }

    pub(crate) fn feeds_that_were_wrong_prove_nothing(laws: Laws) {
        for restarts in [false, true] {
            let mut world = World::with_laws(two_feeds(), laws);
            world.ups[..2].iter_mut().for_each(|ups| ups.lies_off = true);
            world.run(60);
            unheard(&mut world);
            if restarts {
                world.restart();
            }
            world.run(120);
            assert_eq!(world.count(proved), 0, "{}", world.story());
            // Once they read on, they are believed again.
            world.ups[..2].iter_mut().for_each(|ups| ups.lies_off = false);
            world.run(5);
            silent(&mut world);
            world.ups[..2].iter_mut().for_each(Battery::break_off);
            assert!(world.until(30, proved), "{}", world.story());
        }
    }

    pub(crate) fn feeds_that_contradict_a_member(laws: Laws) {
        let mut world = World::with_laws(two_feeds(), laws);
        world.hosts[0].bmc = false;
        world.ups[..2].iter_mut().for_each(|ups| ups.lies_off = true);
        world.run(60);
        let told = Action::Tell(Tell::Contradiction(ServerIndex(0)));
        assert_eq!(world.count(|one| *one == told), 1, "{}", world.story());
        unheard(&mut world);
        world.run(120);
        assert_eq!(world.count(proved), 0, "{}", world.story());
    }
}
