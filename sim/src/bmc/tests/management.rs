//! Event log, watchdog, boot options, LAN and PEF configuration.

use std::time::Duration;

use super::super::{BmcConfig, ChassisAction, Origin};
use super::console::{Console, Login};

const CHASSIS: u8 = 0x00;
const EVENT: u8 = 0x04;
const APP: u8 = 0x06;
const STORAGE: u8 = 0x0a;
const TRANSPORT: u8 = 0x0c;

fn console() -> Console {
    Console::new_v20(BmcConfig::default(), &Login::admin(17)).unwrap().raise()
}

/// All records of the event log.
fn records(console: &mut Console) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    let mut id = [0, 0];
    while id != [0xff, 0xff] {
        let answer = console.ask(STORAGE, 0x43, &[0, 0, id[0], id[1], 0, 0xff]);
        id = [answer[0], answer[1]];
        records.push(answer[2..].to_vec());
    }
    records
}

#[test]
fn power_events_are_logged_with_their_time() {
    let mut console = console();
    console.pass(5000);
    assert_eq!(console.control(0), 0);
    assert_eq!(console.control(1), 0);
    let records = records(&mut console);
    assert_eq!(records.len(), 3);
    let clock = u32::from_le_bytes(records[1][3..7].try_into().unwrap());
    assert_eq!(clock, BmcConfig::default().clock + 5);
    assert_eq!(records[1][10..14], [0x09, 0x01, 0x6f, 0x00]);
    assert_eq!(records[2][10..14], [0x09, 0x01, 0xef, 0x00]);
}

#[test]
fn the_log_is_cleared_under_a_reservation() {
    let mut console = console();
    assert_eq!(console.completion(STORAGE, 0x47, b"\x01\x00CLR\xaa"), 0xc5);
    let [low, high] = console.ask(STORAGE, 0x42, &[])[..] else { panic!("a reservation") };
    let clear = [low, high, b'C', b'L', b'R', 0xaa];
    assert_eq!(console.ask(STORAGE, 0x47, &clear), [0x01]);
    let records = records(&mut console);
    assert_eq!(records.len(), 1);
    assert_eq!(records[0][10], 0x10, "that the log was cleared is all there is");
    assert_eq!(console.completion(STORAGE, 0x47, &clear), 0xc5, "used up");
    let record = [0; 16];
    assert_eq!(console.ask(STORAGE, 0x44, &record).len(), 2);
    let info = console.ask(STORAGE, 0x40, &[]);
    assert_eq!(info[1..3], [2, 0]);
}

#[test]
fn the_watchdog_expires_and_acts() {
    for (action, expected) in
        [(1, ChassisAction::HardReset), (2, ChassisAction::Off), (3, ChassisAction::Cycle)]
    {
        let mut console = console();
        assert_eq!(console.completion(APP, 0x22, &[]), 0x80, "never set");
        console.ask(APP, 0x24, &[0x04, action, 0, 0, 50, 0]);
        assert_eq!(console.bmc.deadline(), Some(Duration::from_secs(60)), "not started");
        console.ask(APP, 0x22, &[]);
        console.pass(3000);
        let timer = console.ask(APP, 0x25, &[]);
        assert_eq!(timer, [0x44, action, 0, 0, 50, 0, 20, 0]);
        console.ask(APP, 0x22, &[]);
        console.pass(4999);
        assert_eq!(console.ask(APP, 0x25, &[])[6], 0);
        assert!(console.bmc.chassis_log().is_empty());
        console.pass(1);
        assert_eq!(console.ask(APP, 0x25, &[])[3], 1 << 4, "expired");
        let [event] = console.bmc.chassis_log() else { panic!("one action") };
        assert_eq!((event.action, event.origin), (expected, Origin::Watchdog));
        assert_eq!(event.at, Duration::from_millis(8000));
    }
}

#[test]
fn boot_flags_hold_for_one_boot_unless_persistent() {
    let mut console = console();
    console.ask(CHASSIS, 0x08, &[5, 0x80, 0x04, 0, 0, 0]);
    assert_eq!(console.ask(CHASSIS, 0x09, &[5, 0, 0]), [1, 5, 0x80, 0x04, 0, 0, 0]);
    assert_eq!(console.bmc.boot_flags(), Some([0x80, 0x04, 0, 0, 0]));
    assert_eq!(console.control(3), 0);
    assert_eq!(console.bmc.boot_flags(), None);
    console.ask(CHASSIS, 0x08, &[5, 0xc0, 0x04, 0, 0, 0]);
    assert_eq!(console.control(3), 0);
    assert!(console.bmc.boot_flags().is_some());
    console.ask(CHASSIS, 0x08, &[4, 0x01, 0x01]);
    assert_eq!(console.ask(CHASSIS, 0x09, &[4, 0, 0]), [1, 4, 0, 1]);
    console.ask(CHASSIS, 0x08, &[0, 1]);
    assert_eq!(console.completion(CHASSIS, 0x08, &[0, 1]), 0x81, "another is setting");
    assert_eq!(console.completion(CHASSIS, 0x09, &[9, 0, 0]), 0x80);
}

#[test]
fn identify_and_policy_show_in_the_status() {
    let mut console = console();
    console.ask(CHASSIS, 0x04, &[2]);
    assert_eq!(console.ask(CHASSIS, 0x01, &[])[2], 0x50);
    console.pass(2000);
    assert_eq!(console.ask(CHASSIS, 0x01, &[])[2], 0x40);
    console.ask(CHASSIS, 0x04, &[0, 1]);
    assert_eq!(console.ask(CHASSIS, 0x01, &[])[2], 0x60);
    assert_eq!(console.ask(CHASSIS, 0x06, &[1]), [0x07]);
    assert_eq!(console.ask(CHASSIS, 0x01, &[])[0], 0x21);
    assert_eq!(console.control(3), 0);
    assert_eq!(console.ask(CHASSIS, 0x07, &[]), [0x01, 0x01]);
}

#[test]
fn alerts_are_set_up() {
    let mut console = console();
    let mut community = [0; 20];
    (community[0], community[1]) = (1, 16);
    community[2..9].copy_from_slice(b"komainu");
    console.ask(TRANSPORT, 0x01, &community);
    assert_eq!(console.ask(TRANSPORT, 0x02, &[1, 16, 0, 0])[1..8], *b"komainu");
    let destination = [1, 19, 2, 0, 0, 10, 0, 0, 9, 0, 0, 0, 0, 0, 0];
    console.ask(TRANSPORT, 0x01, &destination);
    assert_eq!(console.ask(TRANSPORT, 0x02, &[1, 19, 2, 0])[1..], destination[2..]);
    assert_eq!(console.ask(TRANSPORT, 0x02, &[1, 17, 0, 0]), [0x11, 4]);
    assert_eq!(console.completion(TRANSPORT, 0x01, &[1, 17, 9]), 0x82, "read-only");
    assert_eq!(console.completion(TRANSPORT, 0x01, &[1, 99, 9]), 0x80, "not there");
    assert_eq!(console.completion(TRANSPORT, 0x02, &[1, 18, 5, 0]), 0xc9, "no such destination");
    assert_eq!(console.ask(EVENT, 0x16, &[1, 0x02, 0]), []);

    console.ask(EVENT, 0x12, &[9, 1, 0x18, 0x12, 0]);
    assert_eq!(console.ask(EVENT, 0x13, &[9, 1, 0]), [0x11, 1, 0x18, 0x12, 0]);
    let mut filter = [0; 22];
    (filter[0], filter[1], filter[2], filter[3]) = (6, 1, 0x80, 0x01);
    console.ask(EVENT, 0x12, &filter);
    console.ask(EVENT, 0x12, &[7, 1, 0x00]);
    assert_eq!(console.ask(EVENT, 0x13, &[6, 1, 0])[1..4], [1, 0x00, 0x01]);
    assert_eq!(console.ask(EVENT, 0x13, &[7, 1, 0]), [0x11, 1, 0x00]);
}
