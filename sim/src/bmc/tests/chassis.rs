//! Sessions at work: power, privileges, sequence numbers.

use std::net::SocketAddr;
use std::time::Duration;

use super::super::keys::AuthType;
use super::super::{
    BmcConfig, ChassisAction, Discard, Origin, PowerConfig, Privilege, Quirks, User,
};
use super::console::{Console, FROM, Login, exchange};

fn config(power: PowerConfig) -> BmcConfig {
    BmcConfig { power, ..BmcConfig::default() }
}

fn console(config: BmcConfig) -> Console {
    Console::new_v20(config, &Login::admin(17)).unwrap().raise()
}

fn quirky(quirks: Quirks) -> Console {
    console(BmcConfig { quirks, ..BmcConfig::default() })
}

#[test]
fn power_follows_commands_after_its_delays() {
    let ms = Duration::from_millis;
    let slow = PowerConfig { off_delay: ms(500), on_delay: ms(200), ..PowerConfig::default() };
    let mut console = console(config(slow));
    assert_eq!(console.control(0), 0);
    assert!(console.reports_on(), "success comes before the power has changed");
    console.pass(500);
    assert!(!console.reports_on());
    assert_eq!(console.control(2), 0xd5, "cycle while off");
    assert_eq!(console.control(3), 0xd5, "reset while off");
    assert_eq!(console.control(1), 0);
    console.pass(200);
    assert!(console.reports_on());
    assert_eq!(console.control(2), 0);
    console.pass(500);
    assert!(!console.reports_on());
    console.pass(1200);
    assert!(console.reports_on());
    let log: Vec<ChassisAction> = console.bmc.chassis_log().iter().map(|e| e.action).collect();
    assert_eq!(log, [ChassisAction::Off, ChassisAction::On, ChassisAction::Cycle]);
}

#[test]
fn soft_shutdown_takes_its_time_or_is_ignored() {
    let mut obedient = console(config(PowerConfig::default()));
    assert_eq!(obedient.control(5), 0);
    obedient.pass(2999);
    assert!(obedient.reports_on());
    obedient.pass(1);
    assert!(!obedient.reports_on());
    let mut deaf = console(config(PowerConfig { soft_delay: None, ..PowerConfig::default() }));
    assert_eq!(deaf.control(5), 0);
    deaf.pass(50_000);
    assert!(deaf.reports_on());
}

#[test]
fn the_log_tells_requests_apart_and_a_copy_is_not_carried_out() {
    let mut console = console(BmcConfig::default());
    console.sequence += 1;
    let reset = console.seal(0, 0x02, &[3]);
    assert_eq!(exchange(&mut console.bmc, console.now, &reset).len(), 1);
    assert_eq!(exchange(&mut console.bmc, console.now, &reset).len(), 0);
    assert_eq!(console.bmc.counters().discarded(Discard::Repeated), 1);
    let [event] = console.bmc.chassis_log() else { panic!("one reset") };
    let Origin::Request(identity) = event.origin else { panic!("a request") };
    assert_eq!(identity.from, SocketAddr::from(FROM));
    assert_eq!(identity.session_id, console.session_id);
    assert_eq!((identity.sequence, identity.rq_seq), (console.sequence, console.rq_seq));
    // The same request under a new sequence number is a new one to the BMC.
    console.sequence += 1;
    let again = console.seal(0, 0x02, &[3]);
    assert_eq!(exchange(&mut console.bmc, console.now, &again).len(), 1);
    assert_eq!(console.bmc.chassis_log().len(), 2);
}

#[test]
fn sequence_numbers_outside_the_window_are_dropped() {
    for (mut console, span) in [
        (console(BmcConfig::default()), 16),
        (Console::new_v15(BmcConfig::default(), AuthType::Md5, "admin", "password", 4).unwrap(), 8),
    ] {
        console.sequence = console.sequence.wrapping_add(span);
        assert!(console.command(0, 0x01, &[]).is_none(), "one too far");
        assert_eq!(console.bmc.counters().discarded(Discard::OutsideWindow), 1);
        console.sequence = console.sequence.wrapping_sub(2);
        assert!(console.command(0, 0x01, &[]).is_some(), "the last that fits");
    }
}

#[test]
fn privilege_is_demanded_and_limited() {
    let operator = Login { name: "operator", password: "operpass", role: 0x13, ..Login::admin(3) };
    let mut console = Console::new_v20(BmcConfig::default(), &operator).unwrap();
    assert_eq!(console.control(0), 0xd4, "a session begins at user level");
    assert_eq!(console.completion(6, 0x3b, &[4]), 0x81);
    assert_eq!(console.ask(6, 0x3b, &[0]), [2], "asks for the present level");
    assert_eq!(console.ask(6, 0x3b, &[3]), [3]);
    assert_eq!(console.control(0), 0);
    assert_eq!(console.completion(0x0c, 0x01, &[1, 3, 1, 2, 3, 4]), 0xd4, "administrators only");
    assert_eq!(console.completion(0x2e, 0x01, &[]), 0xc1);
    assert_eq!(console.completion(0, 0x01, &[9]), 0xc7);
}

#[test]
fn callback_may_only_close() {
    let users = vec![User::new("caller", "callpass", Privilege::Callback).unwrap()];
    let config = BmcConfig { users, ..BmcConfig::default() };
    let login = Login {
        name: "caller",
        password: "callpass",
        role: 0x11,
        open_privilege: 1,
        ..Login::admin(17)
    };
    let mut console = Console::new_v20(config, &login).unwrap();
    assert_eq!(console.completion(0, 0x01, &[]), 0xd4);
    let id = console.session_id.to_le_bytes();
    assert_eq!(console.completion(6, 0x3c, &id), 0);
}

#[test]
fn sessions_close_themselves_and_administrators_close_others() {
    let first = console(BmcConfig::default());
    let first_id = first.session_id.to_le_bytes();
    let mut second = Console::login_v20(first.bmc, &Login::admin(3)).unwrap();
    assert_eq!(second.completion(6, 0x3c, &first_id), 0xd4, "not yet administrator");
    let mut second = second.raise();
    assert_eq!(second.completion(6, 0x3c, &[1, 2, 3, 4]), 0x87);
    assert_eq!(second.completion(6, 0x3c, &first_id), 0);
    assert_eq!(second.bmc.open_sessions(), 1);
    let own = second.session_id.to_le_bytes();
    assert_eq!(second.completion(6, 0x3c, &own), 0);
    assert_eq!(second.bmc.open_sessions(), 0);
    assert!(second.command(0, 0x01, &[]).is_none());
    assert_eq!(second.bmc.counters().discarded(Discard::UnknownSession), 1);
}

#[test]
fn v15_codes_may_be_left_out_where_they_are_not_demanded() {
    let login = |config| Console::new_v15(config, AuthType::Md5, "admin", "password", 4).unwrap();
    let bare = |console: &mut Console, net_fn, command, data: &[u8]| {
        let mut datagram = Vec::new();
        let message = super::console::request(net_fn, command, 5, data);
        let id = console.session_id.to_le_bytes();
        console.sequence = console.sequence.wrapping_add(1);
        let sequence = console.sequence.to_le_bytes();
        super::super::packet::write_v15(0, sequence, id, None, &message, &mut datagram);
        exchange(&mut console.bmc, console.now, &datagram).len()
    };
    let mut strict = login(BmcConfig::default());
    assert_eq!(bare(&mut strict, 0, 0x01, &[]), 0);
    assert_eq!(strict.bmc.counters().discarded(Discard::Unprotected), 1);
    let user_level = BmcConfig { user_level_authentication: false, ..BmcConfig::default() };
    let mut user_level = login(user_level).raise();
    assert_eq!(bare(&mut user_level, 0, 0x01, &[]), 1, "a command at user level");
    assert_eq!(bare(&mut user_level, 0, 0x02, &[3]), 0, "a command above it");
    let none = BmcConfig { per_message_authentication: false, ..BmcConfig::default() };
    let mut none = login(none);
    assert_eq!(bare(&mut none, 0, 0x01, &[]), 1);
}

#[test]
fn power_quirks() {
    let mut stuck = quirky(Quirks { power_stuck: true, ..Quirks::default() });
    assert_eq!(stuck.control(0), 0);
    assert!(stuck.reports_on());
    assert!(stuck.bmc.chassis_log().is_empty());

    let lag = Some(Duration::from_millis(700));
    let mut lagging = quirky(Quirks { status_lag: lag, ..Quirks::default() });
    assert_eq!(lagging.control(0), 0);
    assert!(lagging.reports_on() && !lagging.bmc.power(lagging.now));
    lagging.pass(700);
    assert!(!lagging.reports_on());

    let mut cycling = quirky(Quirks { cycle_on: true, ..Quirks::default() });
    assert_eq!(cycling.control(0), 0);
    assert_eq!(cycling.control(2), 0);
    assert!(cycling.reports_on());

    let mut poor = quirky(Quirks { no_soft: true, no_diag: true, ..Quirks::default() });
    assert_eq!((poor.control(5), poor.control(4)), (0xcc, 0xcc));

    let silence = Some(Duration::from_millis(900));
    let mut silent = quirky(Quirks { silent_after_power: silence, ..Quirks::default() });
    assert_eq!(silent.control(0), 0);
    assert!(silent.command(0, 0x01, &[]).is_none());
    silent.pass(900);
    assert!(!silent.reports_on());

    let mut cut = quirky(Quirks { power_unanswered: true, ..Quirks::default() });
    assert!(cut.command(0, 0x02, &[0]).is_none());
    assert!(!cut.reports_on());
}
