//! Each law is needed: what goes wrong without it, and not with it.

use super::*;
use crate::types::ConnectorNumber;

/// The story goes wrong without the law, and not with it.
fn bites(take_away: impl Fn(&mut Laws), goes_wrong: impl Fn(Laws) -> bool) {
    assert!(!goes_wrong(Laws::ALL), "it goes wrong under all laws");
    let mut laws = Laws::ALL;
    take_away(&mut laws);
    assert!(goes_wrong(laws), "it goes right without the law");
}

fn world(hosts: u16, laws: Laws) -> World {
    let mut world = World::new(hosts);
    world.cluster.mutate(laws);
    world
}

fn look(world: &mut World, asker: HostIndex, id: u64) {
    world.judge(Request { method: ResetMethod::LookOnly, ..request(asker, B, id) });
}

fn says_fenced(world: &mut World) -> bool {
    world.answers().iter().any(|answer| answer.state == ResetState::Fenced)
}

/// A host that just starts shoots one that it never heard.
#[test]
fn unheard_is_looked_at() {
    bites(
        |laws| laws.unheard_is_looked_at = false,
        |laws| {
            let unheard = Request { target_epoch: Epoch(0), ..request(A, B, 1) };
            world(2, laws).judge(unheard) == Verdict::Fence
        },
    );
}

/// Work on a server is taken for its failure.
#[test]
fn maintenance_holds() {
    bites(
        |laws| laws.maintenance_holds = false,
        |laws| {
            let mut world = world(2, laws);
            let now = world.now;
            world.view().set_maintenance(now, true);
            world.ask(A, B, 1) == Verdict::Fence
        },
    );
}

/// Both shoot, and nobody is left.
#[test]
fn first_shooter_wins() {
    bites(
        |laws| laws.first_shooter_wins = false,
        |laws| {
            let mut world = world(2, laws);
            world.ask(A, B, 1);
            world.ask(B, A, 2) == Verdict::Fence
        },
    );
}

/// A datagram that was under way while the host was shot frees it to shoot back.
#[test]
fn seen_again_by_new_nonce() {
    bites(
        |laws| laws.seen_again_by_new_nonce = false,
        |laws| {
            let mut world = world(2, laws);
            world.ask(A, B, 1);
            let before = world.now;
            world.carry_out(B);
            world.wait(1000);
            let now = world.now;
            world.view().heard(now, B, before, Epoch(1));
            world.ask(B, A, 2) == Verdict::Fence
        },
    );
}

/// The command against it may still land, and then both are down.
#[test]
fn session_ends_first() {
    bites(
        |laws| laws.session_ends_first = false,
        |laws| {
            let mut world = world(2, laws);
            world.ask(A, B, 1);
            world.store();
            world.permit(B, ChassisAction::Off);
            world.fail(B);
            world.wait(1000);
            world.hear(B);
            world.ask(B, A, 2) == Verdict::Fence
        },
    );
}

/// A host that was fenced and is on again is said to be fenced.
#[test]
fn looks_anew() {
    bites(
        |laws| laws.looks_anew = false,
        |laws| {
            let mut world = world(3, laws);
            world.ask(A, B, 1);
            world.carry_out(B);
            world.answers();
            world.wait(1000);
            look(&mut world, C, 2);
            world.read(B, PowerState::On);
            says_fenced(&mut world)
        },
    );
}

/// Whoever takes long to start never does.
#[test]
fn boot_grace_holds() {
    bites(
        |laws| laws.boot_grace_holds = false,
        |laws| {
            let mut world = world(2, laws);
            world.ask(A, B, 1);
            world.carry_out(B);
            world.wait(60_000);
            world.hear(A);
            world.ask(A, B, 2) == Verdict::Fence
        },
    );
}

/// A host that serves is shot because a cable is out.
#[test]
fn active_is_kept() {
    bites(
        |laws| laws.active_is_kept = false,
        |laws| {
            let mut world = world(2, laws);
            world.report(B, ServiceState::Active);
            world.ask(A, B, 1) == Verdict::Fence
        },
    );
}

/// A host that hung while its BMC was silent is shot after it has come back.
#[test]
fn active_is_kept_at_command() {
    bites(
        |laws| laws.active_is_kept_at_command = false,
        |laws| {
            let mut world = world(2, laws);
            world.ask(A, B, 1);
            world.store();
            world.wait(20_000);
            world.report(B, ServiceState::Active);
            // Its peer does not hear it, and asks on.
            world.ask(A, B, 1);
            world.permit(B, ChassisAction::Off) == Permit::Granted
        },
    );
}

/// A host is shot though its peer hears it again and asks no more.
#[test]
fn wanted_until_command() {
    bites(
        |laws| laws.wanted_until_command = false,
        |laws| {
            let mut world = world(2, laws);
            world.ask(A, B, 1);
            world.store();
            world.wait(20_000);
            world.permit(B, ChassisAction::Off) == Permit::Granted
        },
    );
}

/// The last but one goes down as well.
#[test]
fn survivors_are_left() {
    bites(
        |laws| laws.survivors_are_left = false,
        |laws| {
            let mut world = world(2, laws);
            world.cluster.set_rules(Rules { min_survivors: 2, ..Rules::default() });
            world.ask(A, B, 1) == Verdict::Fence
        },
    );
}

/// All are shot at once.
#[test]
fn in_flight_is_limited() {
    bites(
        |laws| laws.in_flight_is_limited = false,
        |laws| {
            let mut world = world(3, laws);
            world.cluster.set_rules(Rules { max_resets_in_flight: 1, ..Rules::default() });
            world.ask(A, B, 1);
            world.ask(A, C, 2) == Verdict::Fence
        },
    );
}

/// Two connectors act, and neither knows what the other has done.
#[test]
fn standby_refuses() {
    bites(
        |laws| laws.standby_refuses = false,
        |laws| {
            let saved = SavedCluster::default();
            let acting = ByOrder::new(&[ConnectorNumber(1)], saved.acting);
            let mut world = World::with(2, acting, Some(saved));
            world.cluster.mutate(laws);
            world.hear_all();
            world.ask(A, B, 1) == Verdict::Fence
        },
    );
}

/// A repeat that comes late shoots once more.
#[test]
fn acts_once() {
    bites(
        |laws| laws.acts_once = false,
        |laws| {
            let mut world = world(2, laws);
            world.ask(A, B, 1);
            world.carry_out(B);
            world.wait(1000);
            world.hear_all();
            world.ask(A, B, 1) == Verdict::Fence
        },
    );
}

/// After a restart nobody knows of a command that is under way.
#[test]
fn durable_before_command() {
    bites(
        |laws| laws.durable_before_command = false,
        |laws| {
            let mut world = world(2, laws);
            world.ask(A, B, 1);
            world.permit(B, ChassisAction::Off) == Permit::Granted
        },
    );
}

/// The requester counts on what a restart forgets.
#[test]
fn durable_before_accepted() {
    bites(
        |laws| laws.durable_before_accepted = false,
        |laws| {
            let mut world = world(2, laws);
            world.ask(A, B, 1);
            !world.answers().is_empty()
        },
    );
}

/// After a restart the host is shot again, though it was said to be fenced.
#[test]
fn durable_before_fenced() {
    bites(
        |laws| laws.durable_before_fenced = false,
        |laws| {
            let mut world = world(2, laws);
            world.ask(A, B, 1);
            world.store();
            world.permit(B, ChassisAction::Off);
            world.read_off(B);
            let now = world.now;
            world.view().confirmed(now, B, false);
            let said = says_fenced(&mut world);
            world.crash();
            world.ask(A, B, 2);
            said && world.permit(B, ChassisAction::Off) == Permit::Granted
        },
    );
}

/// A cycle hits the host that has just come back.
#[test]
fn nothing_is_repeated() {
    bites(
        |laws| laws.nothing_is_repeated = false,
        |laws| {
            let mut world = world(2, laws);
            world.judge(Request { method: ResetMethod::PowerCycle, ..request(A, B, 1) });
            world.store();
            world.permit(B, ChassisAction::Cycle);
            world.crash();
            world.ask(A, B, 2);
            world.permit(B, ChassisAction::Cycle) == Permit::Granted
        },
    );
}

/// A reading that was wrong for a moment is proof.
#[test]
fn off_is_read_twice() {
    bites(
        |laws| laws.off_is_read_twice = false,
        |laws| {
            let mut world = world(2, laws);
            look(&mut world, A, 1);
            world.read(B, PowerState::Off);
            says_fenced(&mut world)
        },
    );
}

/// A host that was off before the question is said to be fenced when it is on.
#[test]
fn readings_follow_question() {
    bites(
        |laws| laws.readings_follow_question = false,
        |laws| {
            let mut world = world(2, laws);
            world.read(B, PowerState::Off);
            world.wait(1000);
            look(&mut world, A, 1);
            world.read(B, PowerState::On);
            says_fenced(&mut world)
        },
    );
}

/// What was off before the command counts for what the command did.
#[test]
fn readings_follow_command() {
    bites(
        |laws| laws.readings_follow_command = false,
        |laws| {
            let mut world = world(2, laws);
            world.ask(A, B, 1);
            world.store();
            let asked = world.now;
            world.wait(1);
            world.permit(B, ChassisAction::Off);
            let (now, gap) = (world.now, Millis::new(100));
            let early = Reading { power: PowerState::Off, asked, gap, source: Source::Poll };
            world.view().reading(now, B, early);
            world.wait(100);
            world.read(B, PowerState::Off);
            let now = world.now;
            world.view().confirmed(now, B, false);
            world.store();
            says_fenced(&mut world)
        },
    );
}

/// A host whose BMC is cut off is said to be fenced.
#[test]
fn silence_is_not_off() {
    bites(
        |laws| laws.silence_is_not_off = false,
        |laws| {
            let mut world = world(2, laws);
            look(&mut world, A, 1);
            world.read(B, PowerState::Unknown);
            world.wait(100);
            world.read(B, PowerState::Unknown);
            says_fenced(&mut world)
        },
    );
}

/// One token proves two fencings.
#[test]
fn tokens_are_durable() {
    bites(
        |laws| laws.tokens_are_durable = false,
        |laws| {
            let mut world = world(2, laws);
            world.journal.change();
            world.store();
            let mut fenced = |id| {
                world.hear_all();
                look(&mut world, A, id);
                world.read_off(B);
                let token = world.answers().last().expect("fenced").token;
                world.crash();
                token
            };
            let first = fenced(1);
            fenced(2) <= first
        },
    );
}

/// Without its record a connector gives tokens that others have seen.
#[test]
fn lost_tokens_wait() {
    bites(
        |laws| laws.lost_tokens_wait = false,
        |laws| {
            let acting = ByOrder::new(&[], SavedActing::default());
            let mut world = World::with(3, acting, None);
            world.cluster.mutate(laws);
            world.hear(A);
            world.store();
            look(&mut world, A, 1);
            world.read_off(B);
            world.store();
            says_fenced(&mut world)
        },
    );
}
