//! `komainu fence`.

use std::time::Duration;

use komainu_sim::bmc::{BmcConfig, PowerConfig};

use super::{bmcs, list, run, run_as_admin};

fn slow() -> BmcConfig {
    let power = PowerConfig { off_delay: Duration::from_millis(300), ..PowerConfig::default() };
    BmcConfig { power, ..BmcConfig::default() }
}

#[test]
fn the_plan_touches_nothing() {
    let server = bmcs(vec![BmcConfig::default()]);
    let ran = run(&["fence", &list(&server), "--plan"]).exits(0);
    assert!(ran.out.contains("1. Read the power") && ran.out.contains("Longest time"));
    let plan =
        &run(&["fence", "node7", "--plan", "--methods", "cycle", "--json"]).exits(0).json()[0];
    assert_eq!(plan["steps"][1]["step"], "cycle");
    assert!(plan["worst_case_seconds"].as_f64().is_some_and(|seconds| seconds > 10.0));
    assert!(server.chassis_log(0).is_empty());
}

#[test]
fn a_server_is_fenced_and_comes_back() {
    let server = bmcs(vec![slow()]);
    let ran = run_as_admin(&["fence", &list(&server)]).exits(0);
    for words in ["power is on", "power off", "FENCED", "is on again"] {
        assert!(ran.out.contains(words), "{words} is missing:\n{}", ran.out);
    }
    assert!(server.power(0));
    assert_eq!(server.chassis_log(0).len(), 2);
}

#[test]
fn a_server_may_be_left_off() {
    let server = bmcs(vec![slow()]);
    let ran = run_as_admin(&["fence", &list(&server), "--no-power-on", "--json"]).exits(0);
    let objects = ran.json();
    let result = objects.iter().find(|object| object["ok"] == true).expect("a result");
    assert_eq!((&result["fenced"], &result["how"]), (&true.into(), &"off".into()));
    assert!(objects.iter().any(|object| object["event"] == "fenced"));
    assert!(!server.power(0));
}

#[test]
fn another_bmc_is_not_fenced() {
    let server = bmcs(vec![slow()]);
    let guid = "00112233-4455-6677-8899-aabbccddeeff";
    run_as_admin(&["fence", &list(&server), "--guid", guid]).exits(20);
    assert!(server.chassis_log(0).is_empty() && server.power(0));
}

#[test]
fn several_hosts_are_refused() {
    assert!(run_as_admin(&["fence", "node[1-2]"]).exits(2).err.contains("one host"));
}
