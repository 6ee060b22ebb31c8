use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use super::*;

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_group_dies_as_one() {
    let windows = Windows::in_console();
    let mut command = Command::new("cmd.exe");
    // The inner one outlives the outer.
    command.args(["/c", "start /b cmd.exe /c \"ping -n 60 127.0.0.1\""]);
    windows.isolate(&mut command);
    let mut child = command.spawn().expect("a shell");
    let leader = child.id();
    windows.adopt(leader).expect("a group");
    assert!(child.wait().expect("it ends").success());
    assert!(windows.group_lives(leader), "what it has started runs on");
    // Another start of the service knows nothing but the number.
    let after = Windows::in_console();
    assert!(after.group_lives(leader), "its group is found again");
    after.kill_group(leader).expect("killed");
    wait_until("something of it lives", || !after.group_lives(leader));
    after.kill_group(leader).expect("nothing is left, which is no failure");
}

#[test]
fn nobody_else_is_ever_killed() {
    let windows = Windows::in_console();
    for leader in [0, std::process::id(), u32::MAX] {
        windows.kill_group(leader).expect("there is no such group");
        assert!(!windows.group_lives(leader), "{leader}");
    }
}

#[test]
fn each_start_of_the_machine_has_a_name() {
    let windows = Windows::in_console();
    let name = windows.boot_id().expect("a name");
    assert_eq!((name.len(), windows.boot_id().expect("a name")), (32, name));
}

#[test]
fn this_machine_has_a_loopback() {
    let found = Windows::in_console().interfaces().expect("interfaces");
    let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let has = |one: &&Interface| one.addresses.iter().any(|address| address.ip == local);
    let loopback = found.iter().find(has).expect("127.0.0.1");
    assert!(loopback.loopback, "{loopback:?}");
}

#[test]
fn a_broadcast_is_the_last_address_of_a_network() {
    let of = |ip: &str, prefix| interfaces::broadcast(ip.parse().expect("an address"), prefix);
    assert_eq!(of("10.0.1.7", 24), Some(Ipv4Addr::new(10, 0, 1, 255)));
    assert_eq!(of("10.0.1.7", 0), Some(Ipv4Addr::BROADCAST));
    assert_eq!(of("10.0.1.7", 30), Some(Ipv4Addr::new(10, 0, 1, 7)));
    assert_eq!(of("10.0.1.7", 31), None);
    assert_eq!(of("fd00::1", 64), None);
}

#[test]
fn an_event_has_the_number_of_its_message() {
    assert_eq!(event_log::number("KMN206-W"), 206);
    assert_eq!(event_log::number("KMN"), 0);
}
