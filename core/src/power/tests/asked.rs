//! Nobody whose member speaks goes unasked, though it was silent when its turn came.

stories! {
    a_member_that_was_silent_when_its_turn_came_is_asked
    one_that_is_always_silent_then_is_not_waited_for
    one_that_could_not_go_is_not_asked_again
    so_is_one_behind_a_switch_that_boots
    one_that_was_only_out_of_sight_waits_for_its_stage
    one_that_did_not_hear_its_bmc_is_asked
    one_that_has_booted_meanwhile_is_asked
    one_that_came_back_unseen_may_say_so
    a_member_that_dies_each_time_does_not_keep_it_up
}

pub(super) mod story {
    use super::super::world::*;
    use crate::power::{Action, Back, Input, Laws, Order, Scope, StepKind, Switch, Tell};
    use crate::types::{
        Directed, Epoch, ReportCause, ReportState, ServerIndex, Supply, UpsIndex, UpsReading,
    };

    /// Its guests were asked, and nobody forced it off.
    fn goes_asked(world: &mut World) {
        assert!(world.until_that(600, |world| !world.hosts[0].on), "{}", world.story());
        assert_eq!(world.count(directed(0, Directed::StopGuests)), 1, "{}", world.story());
        assert_eq!(world.count(switched(0, Switch::Off)), 0, "{}", world.story());
    }

    pub(crate) fn a_member_that_was_silent_when_its_turn_came_is_asked(laws: Laws) {
        for step in [StepKind::ShuttingDown, StepKind::Forcing, StepKind::NotProvedOff] {
            let mut world = World::with_laws(one(), laws);
            (world.hosts[0].bmc, world.hosts[0].reading) = (false, None);
            world.mains(false);
            world.run(50);
            world.hosts[0].member = false;
            assert!(world.until_that(900, |world| world.step(0) == step), "{}", world.story());
            world.log.clear();
            world.hosts[0].member = true;
            goes_asked(&mut world);
        }
    }

    pub(crate) fn one_that_is_always_silent_then_is_not_waited_for(laws: Laws) {
        let mut world = World::with_laws(one(), laws);
        (world.hosts[0].bmc, world.hosts[0].reading) = (false, None);
        world.hosts[0].takes = None;
        world.mains(false);
        world.run(50);
        for _ in 0..3000 {
            world.hosts[0].member = matches!(
                world.step(0),
                StepKind::ShuttingDown | StepKind::Forcing | StepKind::NotProvedOff
            );
            world.run(1);
        }
        assert!(world.told(Tell::NotProvedOff(ServerIndex(0))), "{}", world.story());
    }

    pub(crate) fn one_that_could_not_go_is_not_asked_again(laws: Laws) {
        let mut world = World::with_laws(one(), laws);
        world.hosts[0].takes = None;
        world.ups[0].left = 80.0;
        world.mains(false);
        assert!(world.until(60, directed(0, Directed::ShutDown)), "{}", world.story());
        // There is no time left for anything else.
        assert_eq!(world.count(directed(0, Directed::StopGuests)), 0, "{}", world.story());
        let soon = |one: &Action| {
            matches!(one, Action::Direct { action: Directed::ShutDown, seconds: ..=30, .. })
        };
        assert_eq!(world.count(soon), 1, "{}", world.story());
        (world.hosts[0].stop_at, world.hosts[0].bmc) = (None, false);
        world.run(3);
        world.hear(Input::Reported {
            server: ServerIndex(0),
            epoch: Epoch(1),
            action: Directed::ShutDown,
            state: ReportState::Failed,
            done: 0,
            of: 1,
            cause: ReportCause::Internal,
        });
        world.run(20);
        assert_eq!(world.count(directed(0, Directed::Freeze)), 1, "{}", world.story());
    }

    pub(crate) fn so_is_one_behind_a_switch_that_boots(laws: Laws) {
        let mut world = World::with_laws(one(), laws);
        world.mains(false);
        (world.hosts[0].bmc, world.hosts[0].member) = (false, false);
        world.run(120);
        (world.hosts[0].bmc, world.hosts[0].member) = (true, true);
        goes_asked(&mut world);
    }

    pub(crate) fn one_that_was_only_out_of_sight_waits_for_its_stage(laws: Laws) {
        let mut world = World::with_laws(one(), laws);
        (world.hosts[0].bmc, world.hosts[0].member) = (false, false);
        world.mains(false);
        assert!(world.until_that(60, |world| world.step(0) == StepKind::Up));
        world.run(10);
        world.mains(true);
        world.run(20);
        assert_eq!(world.step(0), StepKind::Booting, "{}", world.story());
        world.mains(false);
        world.run(15);
        assert_eq!(world.step(0), StepKind::Up, "{}", world.story());
        (world.hosts[0].bmc, world.hosts[0].member) = (true, true);
        goes_asked(&mut world);
    }

    /// Its operating system does not hear the button while it boots.
    pub(crate) fn one_that_did_not_hear_its_bmc_is_asked(laws: Laws) {
        let mut world = World::with_laws(one(), laws);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off));
        world.mains(true);
        assert!(world.until(900, switched(0, Switch::On)), "{}", world.story());
        world.run(5);
        world.log.clear();
        world.mains(false);
        assert!(world.until(60, switched(0, Switch::Soft)), "{}", world.story());
        // The button hits the firmware.
        world.hosts[0].stop_at = None;
        goes_asked(&mut world);
    }

    pub(crate) fn one_that_has_booted_meanwhile_is_asked(laws: Laws) {
        let mut world = World::with_laws(one(), laws);
        world.mains(false);
        assert!(world.until_that(900, |world| world.step(0) == StepKind::Off), "{}", world.story());
        world.mains(true);
        assert!(world.until(900, switched(0, Switch::On)), "{}", world.story());
        // The mains fail again, and its firmware knows no button.
        world.hosts[0].stops = None;
        world.mains(false);
        assert!(world.until(60, switched(0, Switch::Soft)), "{}", world.story());
        world.run(45);
        world.hosts[0].stops = Some(20_000);
        world.restart();
        world.log.clear();
        goes_asked(&mut world);
        assert_eq!(world.count(switched(0, Switch::Soft)), 0, "{}", world.story());
    }

    pub(crate) fn one_that_came_back_unseen_may_say_so(laws: Laws) {
        let mut world = World::with_laws(one(), laws);
        (world.hosts[0].stops, world.hosts[0].ignores) = (None, 1);
        world.mains(false);
        let forcing = |world: &World| world.step(0) == StepKind::Forcing;
        assert!(world.until_that(900, forcing), "{}", world.story());
        // All power goes, and comes back; its firmware starts it, while nobody looks.
        world.ups[0].left = 0.1;
        world.away(10);
        assert!(!world.hosts[0].on);
        world.mains(true);
        world.away(300);
        let host = &mut world.hosts[0];
        (host.on, host.epoch, host.stops, host.ignores) = (true, 2, Some(20_000), 0);
        world.away(60);
        assert!(world.hosts[0].on);
        // The mains flicker as the connector starts.
        world.mains(false);
        world.restart();
        world.log.clear();
        // The UPS is heard at once, its member within a second or two.
        let seen = UpsReading {
            charge: Some(90),
            runtime: Some(secs(3000)),
            ..UpsReading::of(Supply::Battery)
        };
        world.hear(Input::Reading { ups: UpsIndex(0), asked: at(world.now), reading: Ok(seen) });
        world.mains(true);
        world.run(120);
        assert_eq!(world.count(switched(0, Switch::Off)), 0, "{}", world.story());
    }

    pub(crate) fn a_member_that_dies_each_time_does_not_keep_it_up(laws: Laws) {
        let mut world = World::with_laws(one(), laws);
        world.hosts[0].stops = None;
        world.order(Order::Stop { scope: Scope::All, cut: false, back: Back::OnOrder });
        for _ in 0..2 * 3600 {
            let before = world.count(directed(0, Directed::ShutDown));
            world.run(1);
            if world.count(directed(0, Directed::ShutDown)) > before {
                world.hosts[0].epoch += 1;
                world.hosts[0].report = None;
            }
        }
        assert!(!world.hosts[0].on, "{}", world.story());
    }
}
