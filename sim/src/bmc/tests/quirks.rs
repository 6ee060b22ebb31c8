//! Each deviation deviates: a console that does not allow for it fails, one that does works.

use std::time::Duration;

use super::super::keys::AuthType;
use super::super::{Bmc, BmcConfig, Discard, Privilege, Quirks, Suite, User};
use super::console::{
    ADMINISTRATOR, Console, End, Login, exchange, open_request, plain_v20, rakp1_request,
    sessionless,
};

fn config(quirks: &Quirks) -> BmcConfig {
    BmcConfig { quirks: quirks.clone(), ..BmcConfig::default() }
}

fn quirks(text: &str) -> Quirks {
    text.parse().unwrap()
}

fn refused(quirks: &Quirks, login: Login) -> End {
    Console::new_v20(config(quirks), &login).err().expect("a refusal")
}

#[test]
fn keys_that_deviate_fail_unless_allowed_for() {
    let open_user = Login { open_privilege: 0, ..Login::admin(3) };
    let cases = [
        ("open-privilege-keys", open_user, End::WrongCode(2)),
        ("role-without-name-bit", Login::admin(17), End::WrongCode(2)),
        ("rakp3-bare-privilege", Login::admin(3), End::Status(0x0f)),
        ("rakp4-unasked-code", Login::admin(0), End::WrongCode(4)),
        ("name-padded", Login::admin(3), End::WrongCode(2)),
        ("rakp2-extra-byte", Login::admin(3), End::WrongCode(2)),
    ];
    for (name, login, expected) in cases {
        let quirks = quirks(name);
        assert_eq!(refused(&quirks, login.clone()), expected, "{name}");
        let allowing = Login { quirks: quirks.clone(), ..login };
        assert!(Console::new_v20(config(&quirks), &allowing).is_ok(), "{name}");
    }
}

#[test]
fn trailers_that_deviate_are_dropped_unless_allowed_for() {
    for (name, suite) in
        [("integrity-sik", 17), ("md5-128-password", 8), ("md5-short-constants", 7)]
    {
        let quirks = quirks(name);
        let mut plain = Console::new_v20(config(&quirks), &Login::admin(suite)).unwrap();
        assert!(plain.command(0, 0x01, &[]).is_none(), "{name}");
        assert_eq!(plain.bmc.counters().discarded(Discard::BadCode), 1, "{name}");
        let allowing = Login { quirks: quirks.clone(), ..Login::admin(suite) };
        assert!(Console::new_v20(config(&quirks), &allowing).unwrap().reports_on(), "{name}");
    }
}

#[test]
fn open_session_deviates() {
    let suite = Suite::from_number(17).unwrap();
    let open = |text, privilege| {
        let mut bmc = Bmc::new(config(&quirks(text)), 1);
        exchange(&mut bmc, Duration::ZERO, &open_request(7, privilege, suite)).remove(0)
    };
    assert_eq!(open("", 0)[16..20], [7, 0, 4, 0]);
    assert_eq!(open("open-privilege-echo", 0)[16..20], [7, 0, 0, 0]);
    assert_eq!(open("suite-refused=17:0x12", 4)[16..], [7, 0x12, 0, 0, 0xa1, 0xb2, 0xc3, 0xd4]);
    assert_eq!(open("suite-refused=17:0x04,open-error-short", 4)[16..], [7, 0x04]);
    assert_eq!(refused(&quirks("suite-forced=3"), Login::admin(17)), End::OtherSuite(3));
    let tags = quirks("cipher-suites-tags");
    let page = sessionless(&mut Bmc::new(config(&tags), 1), 0x54, &[0x0e, 0, 0x83]).unwrap();
    assert_eq!(page[9..], [0xc0, 17, 0x03, 0x44, 0x01]);
    let silent = quirks("cipher-suites-silent");
    assert_eq!(sessionless(&mut Bmc::new(config(&silent), 1), 0x54, &[0x0e, 0, 0x80]), None);
}

#[test]
fn bad_credentials_may_meet_silence() {
    let silent = quirks("credentials-silent");
    let nobody = Login { name: "nobody", ..Login::admin(17) };
    assert_eq!(refused(&silent, nobody), End::Silence(1));
    let bare = Login { quirks: quirks("rakp3-bare-privilege"), ..Login::admin(17) };
    assert_eq!(refused(&silent, bare), End::Silence(3));
}

#[test]
fn the_name_only_bit_may_have_to_be_zero() {
    let refusing = quirks("name-bit-refused");
    assert_eq!(refused(&refusing, Login::admin(3)), End::Status(0x09));
    let without = Login { role: ADMINISTRATOR, ..Login::admin(3) };
    assert!(Console::new_v20(config(&refusing), &without).is_ok());
}

#[test]
fn repeated_rakp_messages_are_answered_again_or_refused() {
    let login = Login::admin(17);
    let suite = Suite::from_number(17).unwrap();
    let rakp1_twice = |text| {
        let mut bmc = Bmc::new(config(&quirks(text)), 1);
        let open = open_request(7, 4, suite);
        let opened = exchange(&mut bmc, Duration::ZERO, &open).remove(0);
        assert_eq!(exchange(&mut bmc, Duration::ZERO, &open).remove(0), opened, "idempotent");
        let id = opened[24..28].try_into().unwrap();
        let rakp1 = rakp1_request(id, &login);
        [0, 1].map(|_| exchange(&mut bmc, Duration::ZERO, &rakp1).remove(0))
    };
    let [first, second] = rakp1_twice("");
    assert_eq!(first, second);
    let [first, second] = rakp1_twice("rakp-repeat-refused");
    assert_eq!((first[17], second[17]), (0x00, 0x02));
}

/// RAKP 3 sent again after the session is up: the answer's bytes.
fn rakp3_again(text: &str) -> Vec<u8> {
    let console = Console::new_v20(config(&quirks(text)), &Login::admin(17)).unwrap();
    let mut bmc = console.bmc;
    let Some(super::super::session::Active {
        format: super::super::session::Format::V20 { rakp3, .. },
        ..
    }) = bmc.sessions.active(console.session_id)
    else {
        panic!("an RMCP+ session")
    };
    let mut rakp3_message = vec![5, 0, 0, 0];
    rakp3_message.extend(console.session_id.to_le_bytes());
    rakp3_message.extend_from_slice(rakp3.as_bytes());
    exchange(&mut bmc, Duration::ZERO, &plain_v20(0x14, &rakp3_message)).remove(0)
}

#[test]
fn a_repeated_rakp3_is_answered_again_sealed_or_refused() {
    let again = rakp3_again("");
    assert_eq!((again[5], again[16], again[17], again.len()), (0x15, 5, 0, 16 + 8 + 16));
    assert_eq!(rakp3_again("rakp4-repeat-sealed")[5], 0xd5);
    assert_eq!(rakp3_again("rakp-repeat-refused")[17], 0x0f);
}

#[test]
fn sequence_numbers_deviate() {
    let heard = |text: &str| {
        let mut console = Console::new_v20(config(&quirks(text)), &Login::admin(17)).unwrap();
        (0..3).for_each(|_| drop(console.command(0, 0x01, &[])));
        console.heard
    };
    assert_eq!(heard(""), [1, 2, 3]);
    assert_eq!(heard("sequence-skips"), [1, 4, 7]);
    assert_eq!(heard("first-sequence-twice"), [1, 1, 2]);
    let v15 = config(&quirks("first-sequence-twice"));
    let mut console = Console::new_v15(v15, AuthType::Md5, "admin", "password", 4).unwrap();
    assert!(console.reports_on());
    assert_eq!(console.heard, [0x1000, 0x1000]);
}

/// The answer to Get Chassis Status in a session of IPMI 1.5.
fn v15_answer(text: &str) -> Vec<u8> {
    let config = config(&quirks(text));
    let mut console = Console::new_v15(config, AuthType::Md5, "admin", "password", 4).unwrap();
    console.sequence = console.sequence.wrapping_add(1);
    let status = console.seal(0, 0x01, &[]);
    exchange(&mut console.bmc, console.now, &status).remove(0)
}

#[test]
fn v15_answers_deviate() {
    assert_ne!(v15_answer("")[9..13], [0; 4]);
    assert_eq!(v15_answer("session-id-zero")[9..13], [0; 4]);
    assert_ne!(v15_answer("")[13..29], [0; 16]);
    assert_eq!(v15_answer("empty-codes")[13..29], [0; 16]);
    assert_eq!(v15_answer("sequence-swapped")[5..9], [0, 0, 0x10, 0x01]);
    let lying = quirks("per-message-lie");
    let capabilities = sessionless(&mut Bmc::new(config(&lying), 1), 0x38, &[0x0e, 4]).unwrap();
    assert_eq!(capabilities[3] & 0x10, 0x10, "announced off");
    assert_eq!(v15_answer("per-message-lie")[4], 2, "and used all the same");
    let refusing = config(&quirks("v20-bit-refused"));
    let mut refusing = Bmc::new(refusing, 1);
    assert_eq!(sessionless(&mut refusing, 0x38, &[0x8e, 4]), Some(vec![0xcc]));
    assert_eq!(sessionless(&mut refusing, 0x38, &[0x0e, 4]).unwrap()[0], 0);
}

#[test]
fn a_long_password_may_be_cut_for_v15() {
    let password = "twenty-characters-pw";
    let config = BmcConfig {
        users: vec![User::new("long", password, Privilege::Administrator).unwrap()],
        ..config(&quirks("password-cut"))
    };
    assert!(Console::new_v15(config, AuthType::Md5, "long", password, 4).is_ok());
}

#[test]
fn answers_come_late_twice_busy_or_not_at_all() {
    let login = |text| Console::new_v20(config(&quirks(text)), &Login::admin(17)).unwrap();
    let status = |console: &mut Console| {
        console.sequence += 1;
        let datagram = console.seal(0, 0x01, &[]);
        exchange(&mut console.bmc, console.now, &datagram).len()
    };
    let mut late = login("late=50");
    assert_eq!(status(&mut late), 0);
    let due = late.bmc.deadline().unwrap();
    assert_eq!(due, Duration::from_millis(50));
    let mut answers = 0;
    late.bmc.poll(due, &mut |_, _| answers += 1);
    assert_eq!(answers, 1);

    let mut bmc = Bmc::new(config(&quirks("twice")), 1);
    let open = open_request(7, 4, Suite::from_number(17).unwrap());
    assert_eq!(exchange(&mut bmc, Duration::ZERO, &open).len(), 2);

    let mut busy = login("busy=2");
    let codes = [0, 1, 2].map(|_| busy.completion(0, 0x01, &[]));
    assert_eq!(codes, [0xc0, 0xc0, 0x00]);

    let mut silent = login("close-silent");
    let id = silent.session_id.to_le_bytes();
    assert!(silent.command(6, 0x3c, &id).is_none());
    assert_eq!(silent.bmc.open_sessions(), 0);
}

#[test]
fn checksums_may_be_wrong_under_a_right_trailer() {
    let quirks = quirks("bad-checksums");
    let mut bmc = Bmc::new(config(&quirks), 1);
    let mut datagram = Vec::new();
    let request = super::console::request(6, 0x38, 1, &[0x0e, 4]);
    super::super::packet::write_v15(0, [0; 4], [0; 4], None, &request, &mut datagram);
    let answer = exchange(&mut bmc, Duration::ZERO, &datagram).remove(0);
    let (check, message) = answer[14..].split_last().unwrap();
    assert_ne!(super::super::packet::checksum(&message[3..]), *check);
}

#[test]
fn half_open_sessions_may_hold_their_slots() {
    let open = |bmc: &mut Bmc, tag| {
        let open = open_request(tag, 4, Suite::from_number(17).unwrap());
        exchange(bmc, Duration::ZERO, &open).remove(0)[17]
    };
    let slots = |text| BmcConfig { session_slots: 2, ..config(&quirks(text)) };
    let mut yielding = Bmc::new(slots(""), 1);
    assert_eq!([1, 2, 3].map(|tag| open(&mut yielding, tag)), [0, 0, 0]);
    let mut holding = Bmc::new(slots("half-open-held"), 1);
    assert_eq!([1, 2, 3].map(|tag| open(&mut holding, tag)), [0, 0, 1]);
}

#[test]
fn limits_may_be_ignored() {
    let monitor = Login { name: "monitor", password: "monpass", ..Login::admin(3) };
    assert_eq!(refused(&Quirks::default(), monitor.clone()), End::Status(0x0a));
    assert!(Console::new_v20(config(&quirks("limit-ignored")), &monitor).is_ok());
}

#[test]
fn pings_are_answered_unless_a_quirk_forbids() {
    let ping = [6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x80, 0x42, 0, 0];
    let answers =
        |text| exchange(&mut Bmc::new(config(&quirks(text)), 1), Duration::ZERO, &ping).len();
    assert_eq!((answers(""), answers("no-asf")), (1, 0));
}

#[test]
fn tests_can_make_a_bmc_deaf_mute_or_slow() {
    let ping = [6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x80, 0x42, 0, 0];
    let mut bmc = Bmc::new(BmcConfig::default(), 1);
    bmc.set_deaf(true);
    assert_eq!(exchange(&mut bmc, Duration::ZERO, &ping).len(), 0);
    assert_eq!(bmc.counters().discarded(Discard::Deaf), 1);
    bmc.set_deaf(false);
    bmc.set_mute(true);
    assert_eq!(exchange(&mut bmc, Duration::ZERO, &ping).len(), 0);
    assert_eq!(bmc.counters().muted, 1);
    bmc.set_mute(false);
    bmc.hold_answers(true);
    assert_eq!(exchange(&mut bmc, Duration::ZERO, &ping).len(), 0);
    assert_eq!(bmc.deadline(), None);
    bmc.hold_answers(false);
    let mut answers = 0;
    bmc.poll(Duration::ZERO, &mut |_, _| answers += 1);
    assert_eq!(answers, 1);
    assert_eq!(bmc.counters().sent, 1);
}

#[test]
fn rakp4_may_follow_the_integrity_algorithm() {
    // All suites pair algorithms of one family, so only a made-up pair shows it.
    use super::super::keys::Exchange;
    use super::super::{Authentication, Integrity};
    let mixed = Suite {
        authentication: Authentication::HmacSha256,
        integrity: Integrity::HmacSha1_96,
        ..Suite::from_number(17).unwrap()
    };
    let len = |text| {
        let quirks = quirks(text);
        let exchange = Exchange {
            suite: mixed,
            console_id: [1; 4],
            bmc_id: [2; 4],
            console_random: [3; 16],
            bmc_random: [4; 16],
            guid: [5; 16],
            role: 0x14,
            open_privilege: 4,
            name: b"admin",
            password: &[6; 20],
            kg: None,
            quirks: &quirks,
        };
        exchange.keys().rakp4().as_bytes().len()
    };
    assert_eq!((len(""), len("rakp4-by-integrity")), (16, 12));
}
