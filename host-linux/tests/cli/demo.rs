//! The demo, as a newcomer starts it.

use super::run;

#[test]
fn it_shows_discovery_status_and_a_fencing() {
    let out = run(&["demo", "--fast"]).exits(0).out;
    let scenes = ["1. ", "2. Discovery", "3. Power status", "4. node02", "FENCED", "5. Status"];
    let mut from = 0;
    for scene in scenes {
        let at = out[from..].find(scene);
        from += at.unwrap_or_else(|| panic!("{scene} is missing:\n{out}"));
    }
    assert!(out.contains("It is on again"), "{out}");
}
