//! Logins of both versions: who gets in, and what those who do not are told.

use super::super::keys::AuthType;
use super::super::{Bmc, BmcConfig, Kg, OfferedSuite, Privilege, Suite, User, Versions};
use super::console::{ADMINISTRATOR, Console, End, Login, NAME_ONLY, sessionless};

const USER: u8 = 2;
const AUTH_TYPES: [AuthType; 4] =
    [AuthType::None, AuthType::Md2, AuthType::Md5, AuthType::Straight];

fn users(user: (&str, &str, Privilege)) -> BmcConfig {
    let user = User::new(user.0, user.1, user.2).unwrap();
    BmcConfig { users: vec![user], ..BmcConfig::default() }
}

#[test]
fn every_suite_logs_in_and_works() {
    for suite in Suite::ALL {
        let login = Login::admin(suite.number);
        let mut console = Console::new_v20(BmcConfig::default(), &login).unwrap().raise();
        assert_eq!(console.control(0), 0, "suite {}", suite.number);
        assert!(!console.reports_on());
        assert_eq!(console.heard, [1, 2, 3]);
        assert_eq!(console.bmc.open_sessions(), 1);
    }
}

#[test]
fn kg_is_demanded_when_set() {
    let kg = Kg::new(&[0x11; 20]);
    for suite in [3, 8, 12, 17] {
        let config = BmcConfig { kg, ..BmcConfig::default() };
        let with = Login { kg, ..Login::admin(suite) };
        assert!(Console::new_v20(config.clone(), &with).is_ok());
        // Without Kg the console sees it in RAKP 4, the first message that Kg keys.
        let without = Console::new_v20(config, &Login::admin(suite)).err();
        assert_eq!(without, Some(End::WrongCode(4)));
    }
}

#[test]
fn longest_and_empty_credentials_work() {
    let long = ("sixteen-chars-us", "twenty-characters-pw");
    for (name, password) in [long, ("", "")] {
        for suite in [1, 3, 8, 12, 17] {
            let login = Login { name, password, ..Login::admin(suite) };
            let config = users((name, password, Privilege::Administrator));
            assert!(Console::new_v20(config, &login).is_ok(), "{name:?} suite {suite}");
        }
    }
}

#[test]
fn rakp_says_why_it_refuses() {
    let status = |login: Login| Console::new_v20(BmcConfig::default(), &login).err().unwrap();
    let admin = Login::admin(17);
    assert_eq!(status(Login { password: "wrong", ..admin.clone() }), End::WrongCode(2));
    assert_eq!(status(Login { name: "nobody", ..admin.clone() }), End::Status(0x0d));
    let monitor = Login { name: "monitor", password: "monpass", ..admin.clone() };
    assert_eq!(status(monitor), End::Status(0x0a));
    assert_eq!(status(Login { role: NAME_ONLY, ..admin.clone() }), End::Status(0x09));
    let long = Login { name: "seventeen-chars-u", ..admin.clone() };
    assert_eq!(status(long), End::Status(0x0c));
    // More than Open Session was granted.
    assert_eq!(status(Login { open_privilege: USER, ..admin }), End::Status(0x0a));
}

#[test]
fn rakp3_with_a_wrong_code_is_refused_and_ends_the_login() {
    // Suite 3's integrity is keyed apart, so only the authentication of RAKP 3 differs.
    let quirks = super::super::Quirks { rakp3_bare_privilege: true, ..Default::default() };
    let login = Login { quirks, ..Login::admin(3) };
    assert_eq!(Console::new_v20(BmcConfig::default(), &login).err(), Some(End::Status(0x0f)));
}

#[test]
fn without_the_name_only_bit_the_level_is_part_of_the_name() {
    let user = |password, limit| User::new("twin", password, limit).unwrap();
    let config = BmcConfig {
        users: vec![user("first", Privilege::User), user("second", Privilege::Administrator)],
        ..BmcConfig::default()
    };
    let login = Login { name: "twin", password: "second", ..Login::admin(17) };
    let by_level = Login { role: ADMINISTRATOR, ..login.clone() };
    assert!(Console::new_v20(config.clone(), &by_level).is_ok());
    assert_eq!(Console::new_v20(config, &login).err(), Some(End::Status(0x0a)));
}

#[test]
fn suites_not_offered_are_refused_by_the_algorithm_that_is_missing() {
    let offer = |number, limit| OfferedSuite { suite: Suite::from_number(number).unwrap(), limit };
    let config = BmcConfig {
        suites: vec![offer(3, Privilege::Administrator), offer(17, Privilege::User)],
        ..BmcConfig::default()
    };
    let refusal = |suite| Console::new_v20(config.clone(), &Login::admin(suite)).err();
    assert_eq!(refusal(3), None);
    assert_eq!(refusal(8), Some(End::Status(0x04)));
    assert_eq!(refusal(1), Some(End::Status(0x05)));
    assert_eq!(refusal(2), Some(End::Status(0x10)));
    assert_eq!(refusal(17), Some(End::Status(0x11)));
}

#[test]
fn a_full_bmc_refuses_and_forgets_the_silent() {
    let config = BmcConfig { session_slots: 1, ..BmcConfig::default() };
    let console = Console::new_v20(config, &Login::admin(17)).unwrap();
    let mut bmc = console.bmc;
    assert_eq!(Console::login_v20(bmc.clone(), &Login::admin(17)).err(), Some(End::Status(0x01)));
    let timeout = bmc.deadline().unwrap();
    assert_eq!(timeout, bmc.config().session_timeout);
    bmc.poll(timeout, &mut |_, _| {});
    assert_eq!(bmc.open_sessions(), 0);
}

#[test]
fn v15_logs_in_with_every_authentication_type() {
    for auth_type in AUTH_TYPES {
        let console = Console::new_v15(BmcConfig::default(), auth_type, "admin", "password", 4);
        let mut console = console.unwrap().raise();
        assert_eq!(console.control(0), 0, "{auth_type:?}");
        assert!(!console.reports_on());
        assert_eq!(console.bmc.open_sessions(), 1);
        assert_eq!(console.heard, [0x1000, 0x1001, 0x1002, 0x1003]);
    }
}

#[test]
fn v15_says_why_it_refuses() {
    let refusal = |name, password, privilege| {
        Console::new_v15(BmcConfig::default(), AuthType::Md5, name, password, privilege).err()
    };
    assert_eq!(refusal("admin", "wrong", 4), Some(End::Silence(1)));
    assert_eq!(refusal("nobody", "password", 4), Some(End::Completion(0x81)));
    assert_eq!(refusal("", "", 2), Some(End::Completion(0x82)));
    assert_eq!(refusal("monitor", "monpass", 4), Some(End::Completion(0x86)));
    assert_eq!(refusal("monitor", "monpass", USER), None);
}

#[test]
fn v15_cannot_use_20_byte_passwords() {
    let password = "twenty-characters-pw";
    let config = users(("long", password, Privilege::Administrator));
    let login = Console::new_v15(config, AuthType::Md5, "long", password, 4);
    assert_eq!(login.err(), Some(End::Silence(1)));
}

#[test]
fn a_version_that_is_not_served_stays_closed() {
    let only = |versions| BmcConfig { versions, ..BmcConfig::default() };
    let v15 =
        |versions| Console::new_v15(only(versions), AuthType::Md5, "admin", "password", 4).err();
    assert_eq!(v15(Versions::V15), None);
    assert_eq!(v15(Versions::V20), Some(End::Completion(0xcc)));
    let v20 = |versions| Console::new_v20(only(versions), &Login::admin(17)).err();
    assert_eq!(v20(Versions::V20), None);
    assert_eq!(v20(Versions::V15), Some(End::Silence(0)));
}

#[test]
fn capabilities_tell_what_is_there() {
    let mut bmc = Bmc::new(BmcConfig::default(), 1);
    let extended = sessionless(&mut bmc, 0x38, &[0x8e, 4]).unwrap();
    assert_eq!(extended, [0, 1, 0x97, 0x04, 0x03, 0, 0, 0, 0]);
    let plain = sessionless(&mut bmc, 0x38, &[0x0e, 4]).unwrap();
    assert_eq!(plain, [0, 1, 0x17, 0x04, 0x00, 0, 0, 0, 0]);
    let config = BmcConfig {
        kg: Kg::new(b"key"),
        per_message_authentication: false,
        user_level_authentication: false,
        users: vec![User::new("", "", Privilege::User).unwrap()],
        versions: Versions::V20,
        ..BmcConfig::default()
    };
    let extended = sessionless(&mut Bmc::new(config, 1), 0x38, &[0x8e, 4]).unwrap();
    assert_eq!(extended, [0, 1, 0x80, 0x39, 0x02, 0, 0, 0, 0]);
}

#[test]
fn cipher_suites_come_in_pages_of_sixteen_bytes() {
    let mut bmc = Bmc::new(BmcConfig::default(), 1);
    let mut records = Vec::new();
    for index in 0x80..0xc0 {
        let page = sessionless(&mut bmc, 0x54, &[0x0e, 0x00, index]).unwrap();
        assert_eq!(page[..2], [0, 1]);
        records.extend_from_slice(&page[2..]);
        if page.len() < 18 {
            break;
        }
    }
    let listed: Vec<u8> = records.chunks(5).map(|record| record[1]).collect();
    assert_eq!(listed, Suite::ALL.map(|suite| suite.number));
    assert_eq!(records[records.len() - 5..], [0xc0, 17, 0x03, 0x44, 0x81]);
}
