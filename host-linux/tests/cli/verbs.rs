//! Every verb against simulated BMCs.

use std::time::{Duration, Instant};

use komainu_sim::bmc::{BmcConfig, PowerConfig};
use serde_json::json;

use super::{bmcs, list, run, run_as_admin};

fn off() -> BmcConfig {
    let power = PowerConfig { on: false, ..PowerConfig::default() };
    BmcConfig { power, ..BmcConfig::default() }
}

#[test]
fn one_line_for_each_host_and_a_summary() {
    let server = bmcs(vec![BmcConfig::default(), off()]);
    let ran = run_as_admin(&["bmc", &list(&server), "power", "status"]).exits(0);
    assert_eq!(ran.out.lines().count(), 2, "{}", ran.out);
    for (address, power) in server.addresses().iter().zip(["on", "off"]) {
        let line = ran.out.lines().find(|line| line.starts_with(&address.to_string()));
        assert!(line.is_some_and(|line| line.ends_with(&format!(" {power}"))), "{}", ran.out);
    }
    assert!(ran.err.contains("2 hosts: 1 off, 1 on, 0 failed"), "{}", ran.err);
}

#[test]
fn json_has_stable_fields() {
    let server = bmcs(vec![BmcConfig::default()]);
    let host = list(&server);
    let objects = run_as_admin(&["bmc", &host, "power", "status", "--json"]).exits(0).json();
    assert_eq!(objects[0], json!({"host": host, "ok": true, "power": "on"}));
    assert_eq!(objects[1]["summary"]["ok"], 1);
    let objects = run(&["bmc", &host, "discover", "--json"]).exits(0).json();
    assert_eq!(objects[0]["versions"], json!(["1.5", "2.0"]));
}

#[test]
fn a_dead_bmc_delays_no_other_and_failures_of_two_kinds_are_mixed() {
    let server = bmcs(vec![BmcConfig::default()]);
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let dead = silent.local_addr().expect("an address");
    let hosts = format!("{dead},{},no-such-host.invalid", list(&server));
    let began = Instant::now();
    let ran =
        run_as_admin(&["bmc", &hosts, "power", "status", "--timeout", "1", "--json"]).exits(3);
    assert!(began.elapsed() < Duration::from_secs(8));
    let objects = ran.json();
    let of = |host: &str| {
        let found = objects.iter().find(|object| object["host"] == host);
        found.unwrap_or_else(|| panic!("{host}: {}", ran.out))
    };
    assert_eq!(of(&list(&server))["power"], "on");
    assert_eq!(of(&dead.to_string())["error"]["kind"], "silent");
    assert_eq!(of("no-such-host.invalid")["error"]["kind"], "unresolved");
    let place = |host: &str| objects.iter().position(|object| object["host"] == host);
    assert!(place(&list(&server)) < place(&dead.to_string()), "{}", ran.out);
}

#[test]
fn wrong_credentials_are_told_apart() {
    let server = bmcs(vec![BmcConfig::default()]);
    let host = list(&server);
    let status = |user: &str, password: &str, more: &[&str]| {
        let mut command = super::command(&["bmc", &host, "-u", user, "power"]);
        command.args(more).env("KOMAINU_PASSWORD", password);
        super::finish(command, b"")
    };
    status("admin", "wrong", &["status"]).exits(13);
    status("nobody", "password", &["status"]).exits(12);
    status("monitor", "monpass", &["off"]).exits(15);
    let mut kg = super::command(&["bmc", &host, "-u", "admin", "power", "status"]);
    kg.env("KOMAINU_PASSWORD", "password").env("KOMAINU_KG", "0x0102");
    super::finish(kg, b"").exits(14);
}

#[test]
fn orders_are_carried_out_and_proved() {
    let server = bmcs(vec![BmcConfig::default()]);
    let host = list(&server);
    let power = |verb: &[&str]| {
        let mut args = vec!["bmc", &host, "power"];
        args.extend(verb);
        run_as_admin(&args).exits(0).out
    };
    assert!(power(&["off", "--wait"]).contains("read off"));
    assert!(!server.power(0));
    assert!(power(&["on", "--wait"]).contains("read on"));
    assert!(server.power(0));
    assert!(power(&["cycle", "--wait"]).contains("read off, then on"));
    assert!(power(&["reset"]).contains("accepted"));
    assert_eq!(server.chassis_log(0).len(), 4);
}

#[test]
fn the_other_verbs_work() {
    let server = bmcs(vec![BmcConfig::default()]);
    let host = list(&server);
    let says = |verb: &[&str], words: &[&str]| {
        let mut args = vec!["bmc", &host];
        args.extend(verb);
        let out = run_as_admin(&args).exits(0).out;
        for word in words {
            assert!(out.contains(word), "{verb:?}: {word} is missing in\n{out}");
        }
    };
    says(&["ping"], &["answers ASF ping and IPMI"]);
    says(&["info"], &["firmware", "GUID", "power            on"]);
    says(&["identify", "5"], &["on for 5 s"]);
    says(&["identify", "--off"], &["off"]);
    says(&["policy", "power-up"], &["power up"]);
    says(&["policy"], &["power up"]);
    says(&["boot", "set", "pxe", "--efi"], &["PXE, next start, EFI"]);
    says(&["boot", "show"], &["PXE"]);
    says(
        &["watchdog", "set", "60", "--action", "power-cycle"],
        &["stopped at 60.0 s", "power cycle"],
    );
    says(&["watchdog", "reset"], &["running"]);
    says(&["watchdog", "stop"], &["stopped"]);
    says(&["alert", "setup", "--destination", "192.0.2.9"], &["traps to 192.0.2.9"]);
    says(&["alert", "show"], &["192.0.2.9", "policy  1", "event filtering on"]);
    says(&["sel", "info"], &["entries"]);
    says(&["sel", "clear"], &["cleared"]);
    says(&["sel", "list"], &[]);
    says(&["raw", "0x06", "0x01", "--repeat"], &["20"]);
}

#[test]
fn a_refused_command_shows_its_code() {
    let server = bmcs(vec![BmcConfig::default()]);
    let host = list(&server);
    let ran = run_as_admin(&["bmc", &host, "raw", "0x30", "0x77", "--json"]).exits(23);
    assert_eq!(ran.json()[0]["error"]["completion_code"], 0xc1);
}
