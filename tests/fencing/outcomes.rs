//! How a fencing ends against BMCs of all kinds.

use std::time::Duration;

use komainu_core::failure::Failure;
use komainu_core::fence::{Budgets, How, Method, OrderEnd, Outcome, Plan, RefusalKind, Told};
use komainu_core::secret::KeyId;
use komainu_core::session::{Profile, UserName, Version};
use komainu_core::time::Millis;
use komainu_core::types::{ChassisAction, PowerState};
use komainu_core::wire::command::Privilege;
use komainu_core::wire::command::device::Guid;
use komainu_sim::bmc::{BmcConfig, Quirks};
use komainu_tests::world::{BMC, CONSOLE, World, good_network, profile};

use crate::driver::{Courier, Record, fence};
use crate::judge::judge;

const SECOND: Duration = Duration::from_secs(1);

fn plan(methods: &[Method]) -> Plan {
    Plan::new(methods, false, Budgets::default()).expect("the methods differ")
}

fn quirky(text: &str) -> BmcConfig {
    let quirks: Quirks = text.parse().expect("the quirks exist");
    BmcConfig { quirks, ..BmcConfig::default() }
}

/// Fences honestly and holds the record to all rules.
fn fenced(world: &mut World, plan: &Plan) -> Record {
    let record = fence(world, plan.clone(), Courier::Honest);
    judge(world, plan, &record).unwrap_or_else(|broken| panic!("{broken}: {record:#?}"));
    record
}

#[test]
fn off_is_confirmed_and_the_server_switched_on_again() {
    let mut world = World::plain(BmcConfig::default(), 1);
    let record = fenced(&mut world, &Plan::default());
    let Outcome::Fenced { power_on: Some(OrderEnd::Proved { .. }) } = record.outcome else {
        panic!("{:?}", record.outcome)
    };
    assert_eq!(record.fenced.map(|f| f.how), Some(How::Method(Method::Off)));
    assert_eq!(record.actions(), [ChassisAction::Off, ChassisAction::On]);
    // Both readings and the gap between them: nothing is waited for that need not be.
    assert!(record.took < Duration::from_millis(150), "{:?}", record.took);
    let now = world.now();
    assert!(world.bmc.power(now));
    assert!(world.close());
    assert_eq!(world.bmc.open_sessions(), 0);
}

#[test]
fn what_is_off_already_needs_no_command() {
    let mut config = BmcConfig::default();
    config.power.on = false;
    let mut world = World::plain(config, 2);
    let record = fenced(&mut world, &Plan::default());
    assert_eq!(record.outcome, Outcome::Fenced { power_on: None });
    assert_eq!(record.fenced.map(|f| f.how), Some(How::AlreadyOff));
    assert!(world.bmc.chassis_log().is_empty(), "it stays as it was found");
}

#[test]
fn a_slow_power_supply_is_waited_for() {
    let mut config = BmcConfig::default();
    config.power.off_delay = 12 * SECOND;
    let mut world = World::plain(config, 3);
    let record = fenced(&mut world, &plan(&[Method::Off]));
    assert_eq!(record.outcome, Outcome::Fenced { power_on: None });
    assert!(record.took >= 12 * SECOND && record.took < 13 * SECOND, "{:?}", record.took);
}

#[test]
fn a_power_supply_that_is_off_at_the_last_moment_is_read_twice() {
    let mut config = BmcConfig::default();
    // The command leaves within the first milliseconds.
    let watched = Budgets::default().off.duration();
    config.power.off_delay = watched - Duration::from_millis(60);
    let mut world = World::plain(config, 4);
    let mut plan = plan(&[Method::Off]);
    plan.budgets.look_interval = Millis::new(50);
    let record = fenced(&mut world, &plan);
    assert_eq!(record.outcome, Outcome::Fenced { power_on: None });
    assert_eq!(record.actions(), [ChassisAction::Off], "the second reading was waited for");
}

#[test]
fn a_stuck_bmc_is_never_believed() {
    let mut world = World::plain(quirky("power-stuck"), 5);
    let record = fenced(&mut world, &Plan::default());
    assert_eq!(record.outcome, Outcome::Unconfirmed { power: PowerState::On });
    use ChassisAction::{Cycle, Off, Reset};
    assert_eq!(record.actions(), [Off, Off, Off, Cycle, Reset], "every method was tried");
}

#[test]
fn a_cycle_counts_when_its_off_was_read() {
    let mut config = BmcConfig::default();
    config.power.cycle_interval = 3 * SECOND;
    let mut world = World::plain(config, 6);
    let record = fenced(&mut world, &plan(&[Method::Cycle]));
    assert_eq!(record.outcome, Outcome::Fenced { power_on: None });
    assert_eq!(record.fenced.map(|f| f.how), Some(How::Method(Method::Cycle)));
}

#[test]
fn a_cycle_too_short_to_be_read_twice_does_not_count() {
    let mut config = BmcConfig::default();
    config.power.cycle_interval = Duration::from_millis(60);
    let mut world = World::plain(config, 7);
    let record = fenced(&mut world, &plan(&[Method::Cycle]));
    assert_eq!(record.outcome, Outcome::Unconfirmed { power: PowerState::On });
}

#[test]
fn a_reset_alone_proves_nothing() {
    let mut world = World::plain(BmcConfig::default(), 8);
    let record = fenced(&mut world, &plan(&[Method::Reset]));
    assert_eq!(record.outcome, Outcome::Unconfirmed { power: PowerState::On });
    assert_eq!(world.bmc.chassis_log().len(), 1, "and is not repeated");
}

#[test]
fn a_bmc_that_is_silent_after_off_is_waited_for() {
    for silence in [3, 20, 45] {
        let mut world = World::plain(quirky(&format!("silent-after-power={}", silence * 1000)), 9);
        let record = fenced(&mut world, &plan(&[Method::Off]));
        assert_eq!(record.outcome, Outcome::Fenced { power_on: None }, "{silence} s");
        assert_eq!(record.actions(), [ChassisAction::Off], "{silence} s: it is sent once");
    }
}

#[test]
fn an_action_that_was_not_answered_is_looked_for_and_not_repeated() {
    let mut world = World::plain(quirky("power-unanswered"), 10);
    let record = fenced(&mut world, &plan(&[Method::Off]));
    assert_eq!(record.outcome, Outcome::Fenced { power_on: None });
    assert!(
        record.entries.iter().any(|e| e.told == Told::Failed(Failure::Unanswered)),
        "the session says that there was no answer"
    );
    assert_eq!(world.bmc.chassis_log().len(), 1);
}

#[test]
fn a_user_without_the_privilege_is_told_so() {
    let name = UserName::new("monitor").expect("the name is short");
    let mut profile = Profile::new(name, Some(KeyId(0)));
    profile.privilege = Privilege::User;
    let passwords = ["monpass"];
    let mut world = World::new(BmcConfig::default(), profile, &passwords, good_network(), 11);
    let record = fenced(&mut world, &Plan::default());
    let Outcome::Refused(refusal) = record.outcome else { panic!("{:?}", record.outcome) };
    assert_eq!((refusal.kind, refusal.code), (RefusalKind::Privilege, 0xd4));
}

#[test]
fn a_wrong_password_ends_the_fencing_at_once() {
    let config = BmcConfig::default();
    let mut world = World::new(config, profile(), &["wrong"], good_network(), 12);
    let record = fenced(&mut world, &Plan::default());
    assert_eq!(record.outcome, Outcome::BadCredentials(Failure::WrongPassword));
    assert!(record.took < SECOND, "{:?}", record.took);
}

#[test]
fn another_bmc_at_the_address_is_left_alone() {
    const RIGHT: [u8; 16] = [7; 16];
    const OTHER: [u8; 16] = [8; 16];
    // A login of 2.0 shows the GUID by itself; in 1.5 it is asked for.
    for version in [Version::V20, Version::V15] {
        for (seed, guid) in [(13, RIGHT), (14, OTHER)] {
            let profile = Profile { version, guid: Some(Guid(RIGHT)), ..profile() };
            let config = BmcConfig { guid: Some(guid), ..BmcConfig::default() };
            let mut world = World::new(config, profile, &["password"], good_network(), seed);
            let record = fenced(&mut world, &plan(&[Method::Off]));
            let wanted = match guid {
                RIGHT => Outcome::Fenced { power_on: None },
                _ => Outcome::BadCredentials(Failure::WrongBmc),
            };
            assert_eq!(record.outcome, wanted, "{version:?}");
            assert_eq!(world.bmc.chassis_log().is_empty(), guid == OTHER, "{version:?}");
        }
    }
}

#[test]
fn a_dead_bmc_is_unreachable() {
    let mut world = World::plain(BmcConfig::default(), 14);
    world.net.cut(CONSOLE, BMC);
    let record = fenced(&mut world, &Plan::default());
    assert_eq!(record.outcome, Outcome::Unreachable(Failure::Silent));
    assert!(record.took <= Budgets::default().look.duration(), "{:?}", record.took);
}

#[test]
fn a_close_that_is_not_answered_holds_nothing_up() {
    for privilege in [Privilege::Operator, Privilege::Administrator] {
        let profile = Profile { privilege, ..profile() };
        let passwords = ["password"];
        let mut world = World::new(quirky("close-silent"), profile, &passwords, good_network(), 17);
        let record = fenced(&mut world, &Plan::default());
        let proved =
            matches!(record.outcome, Outcome::Fenced { power_on: Some(OrderEnd::Proved { .. }) });
        assert!(proved, "the power-on goes in a session of its own: {record:#?}");
        assert!(world.now() < 10 * SECOND, "the first session is known to be gone");
    }
}

#[test]
fn a_busy_bmc_is_asked_again() {
    let mut world = World::plain(quirky("busy=3"), 15);
    let record = fenced(&mut world, &plan(&[Method::Off]));
    assert_eq!(record.outcome, Outcome::Fenced { power_on: None });
}

#[test]
fn a_bmc_of_the_older_version_is_fenced_alike() {
    let config = BmcConfig { versions: komainu_sim::bmc::Versions::V15, ..BmcConfig::default() };
    let mut world = World::plain(config, 16);
    let record = fenced(&mut world, &Plan::default());
    assert!(matches!(record.outcome, Outcome::Fenced { power_on: Some(_) }), "{record:#?}");
}
