//! Requests that may act only once: sent once, one to a session, never beside an earlier one.

use super::*;
use crate::wire::command::Privilege;

const OFF: ChassisAction = ChassisAction::Off;
const ON: ChassisAction = ChassisAction::On;

/// Sessions that the power was switched in, in order.
fn switched_in(bmc: &Fake) -> Vec<u32> {
    let switched = bmc.log.iter().filter(|asked| asked.command == fake::CONTROL);
    switched.map(|asked| asked.session).collect()
}

/// A session whose power command was not answered, and whose farewell is not either: the BMC
/// still holds it.
fn haunted(profile: Profile) -> (Bench, Fake, u32) {
    let (mut bench, mut bmc) = (Bench::new(profile), Fake::new());
    bmc.mute.push(fake::CONTROL);
    let lost = bench.ask(&mut bmc, control(OFF));
    assert_eq!(lost, Said::Failed(Failure::Unanswered));
    let ghost = bmc.open[0];
    bmc.mute = [].into();
    // The way to the BMC is cut while the session is left.
    bench.session.close();
    while !bench.session.is_cold() {
        bench.drain();
        bench.now = bench.session.deadline().unwrap_or(bench.now);
    }
    (bench, bmc, ghost)
}

#[test]
fn an_unanswered_power_command_is_not_repeated() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    bmc.mute.push(fake::CONTROL);
    let start = bench.now;
    assert_eq!(bench.ask(&mut bmc, control(OFF)), Said::Failed(Failure::Unanswered));
    assert_eq!(switched_in(&bmc).len(), 1);
    assert!((3000..3100).contains(&bench.now.since(start).as_millis()));
    assert!(is_success(&bench.ask(&mut bmc, status())), "the power can be read in that session");
    assert_eq!(bmc.open.len(), 1);
}

#[test]
fn the_next_power_command_travels_in_a_new_session() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    for action in [OFF, ON, OFF] {
        assert!(is_success(&bench.ask(&mut bmc, control(action))));
        assert_eq!(bmc.open.len(), 1, "the one before is closed first");
    }
    let sessions = switched_in(&bmc);
    assert!(sessions.windows(2).all(|two| two[0] != two[1]), "{sessions:x?}");
    assert_eq!(sessions.len(), 3);
}

#[test]
fn a_busy_bmc_is_not_asked_twice_to_switch_the_power() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    bmc.codes.push((fake::CONTROL, CompletionCode::NODE_BUSY.0));
    let said = bench.ask(&mut bmc, control(OFF));
    assert_eq!(said, Said::Answer(CompletionCode::NODE_BUSY, [].into()));
    assert_eq!(switched_in(&bmc).len(), 1);
}

#[test]
fn an_earlier_session_that_is_still_open_is_closed_by_its_id_first() {
    let (mut bench, mut bmc, ghost) = haunted(profile());
    assert!(bmc.open.contains(&ghost));
    assert!(is_success(&bench.ask(&mut bmc, control(ON))));
    assert!(!bmc.open.contains(&ghost));
    let buried = bmc.log.iter().position(|asked| {
        asked.command == fake::CLOSE && asked.data == ghost.to_le_bytes() && asked.session != ghost
    });
    let switched = bmc.log.iter().rposition(|asked| asked.command == fake::CONTROL);
    assert!(buried.is_some() && buried < switched);
}

#[test]
fn an_earlier_session_that_is_gone_is_not_waited_for() {
    let (mut bench, mut bmc, ghost) = haunted(profile());
    bmc.open.retain(|id| *id != ghost);
    let start = bench.now;
    assert!(is_success(&bench.ask(&mut bmc, control(ON))));
    assert!(bench.now.since(start) < ms(100));
    assert!(bmc.commands().contains(&fake::INFO));
}

#[test]
fn readings_need_not_wait_for_an_earlier_session() {
    let (mut bench, mut bmc, ghost) = haunted(profile());
    assert!(is_success(&bench.ask(&mut bmc, status())));
    assert!(bmc.open.contains(&ghost));
}

#[test]
fn an_earlier_session_that_the_bmc_will_not_close_is_outlasted() {
    for operator in [false, true] {
        let limit = if operator { Privilege::Operator } else { Privilege::Administrator };
        let (mut bench, mut bmc, _) = haunted(Profile { privilege: limit, ..profile() });
        let left = bench.now;
        // Not its own: the session that is up now can be left in order.
        bmc.codes.push((fake::CLOSE, CompletionCode::INSUFFICIENT_PRIVILEGE.0));
        let held = bench.ask(&mut bmc, control(ON));
        assert_eq!(held, Said::Failed(Failure::Held), "{limit:?}");
        assert_eq!(switched_in(&bmc).len(), 1, "it was not sent");
        bench.now = left + Duration::from_secs(71);
        assert!(is_success(&bench.ask(&mut bmc, control(ON))), "{limit:?}");
        assert_eq!(switched_in(&bmc).len(), 2);
    }
}

#[test]
fn after_a_restart_an_earlier_session_is_traced_before_a_command() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    bench.session = Session::after_restart(profile(), Some(0x1234_5678), bench.now);
    assert!(bench.session.carries_command(bench.now));
    assert_eq!(bench.session.held_until(bench.now), None, "it can be asked for");
    bench.submit(control(ChassisAction::Off));
    assert!(is_success(&bench.run(&mut bmc, bench.now + BUDGET).unwrap()));
    let commands = bmc.commands();
    let info = commands.iter().position(|command| *command == fake::INFO);
    let control = commands.iter().position(|command| *command == fake::CONTROL);
    assert!(info.is_some() && info < control, "{commands:?}");
}

#[test]
fn after_a_restart_a_session_without_a_name_is_outlasted() {
    let (mut bench, mut bmc) = (Bench::new(profile()), Fake::new());
    bench.session = Session::after_restart(profile(), None, bench.now);
    let until = bench.session.held_until(bench.now).expect("it can only be outlasted");
    assert!(is_success(&bench.ask(&mut bmc, status())), "reading is allowed");
    bench.submit(control(ChassisAction::Off));
    assert_eq!(bench.run(&mut bmc, bench.now + BUDGET), Some(Said::Failed(Failure::Held)));
    bench.now = until;
    assert!(!bench.session.carries_command(bench.now));
    assert!(is_success(&bench.ask(&mut bmc, control(ChassisAction::Off))));
    assert!(bench.session.carries_command(bench.now), "its own command");
}
