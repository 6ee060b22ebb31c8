//! The JSON here is written from Microsoft's documentation of `Get-VM`, not recorded: there is no
//! Hyper-V where these tests run.

use super::*;

const FILES: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
const BACK: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

fn vm(id: &str, name: &str, state: &str, start: &str) -> String {
    format!(r#"{{"id":"{id}","name":"{name}","state":"{state}","start":"{start}"}}"#)
}

#[test]
fn a_list_is_read() {
    let all = [
        vm(FILES, "file server", "Running", "Nothing"),
        vm(BACK, "back*[up]", "Saved", "StartIfRunning"),
    ];
    let found = parse(&format!("[{}]\r\n", all.join(","))).expect("a list");
    let files = Found { name: "file server".into(), id: FILES.into(), on: true, auto: Some(false) };
    let back = Found { name: "back*[up]".into(), id: BACK.into(), on: false, auto: Some(true) };
    assert_eq!(found, [files, back]);
    assert_eq!(parse("[]"), Ok(Vec::new()));
}

#[test]
fn only_what_is_surely_off_is_off() {
    for (state, on) in [
        ("Off", false),
        ("Saved", false),
        ("FastSaved", false),
        ("OffCritical", false),
        ("SavedCritical", false),
        ("Running", true),
        ("Starting", true),
        ("Stopping", true),
        ("Saving", true),
        ("Paused", true),
        ("RunningCritical", true),
        ("SomethingNew", true),
    ] {
        let found = parse(&format!("[{}]", vm(FILES, "a", state, "Start"))).expect("a list");
        assert_eq!(found.first().map(|one| one.on), Some(on), "{state}");
    }
}

#[test]
fn what_makes_no_sense_is_a_failure() {
    let quoted = vm("x'; Remove-VM *; '", "a", "Off", "Nothing");
    let action = vm(FILES, "a", "Off", "Perhaps");
    for output in
        ["", "{}", "[{}]", "Get-VM : denied", &format!("[{quoted}]"), &format!("[{action}]")]
    {
        assert!(parse(output).is_err(), "{output}");
    }
}
