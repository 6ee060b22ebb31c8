use super::*;

/// What a connector with two stages and two UPSes has told of itself.
const TOLD: &str = include_str!("told.json");

fn told() -> PowerStatus {
    serde_json::from_str(TOLD).expect("a status")
}

#[test]
fn a_dry_run_shows_who_stops_when_and_who_waits_for_whom() {
    let power = told();
    assert_eq!(
        fits(&power.forecast),
        "a plan would stop 3 servers in 10 min, in 20 min at worst; with margin and reserve it \
         needs 13 min; the batteries give 12 min: it does not fit\n"
    );
    assert_eq!(
        timeline::ascii(&power),
        "first into maintenance, last out of it: pacemaker\n\
         stage guests: begins 2 min after an outage is confirmed, or at the last safe moment\n  \
           gamma  |================                        | 4 min\n\
         stage cluster: begins at the last safe moment; its servers wait until those of guests \
         are off\n  \
           alpha  |                ========================| 6 min\n  \
           beta   |                ============            | 3 min\n         \
                  0                                 10 min\n"
    );
    assert_eq!(
        timeline::mermaid(&power),
        "gantt\n  title Plan, if it began now\n  dateFormat X\n  axisFormat %H:%M:%S\n  \
         section guests\n  gamma :0, 240\n  section cluster\n  alpha :240, 600\n  beta :240, 420\n"
    );
}

#[test]
fn what_runs_is_shown_with_what_stands() {
    let power = told();
    let text = shown(&power);
    for part in [
        "plan 7 runs for 65 s: stopping-guests (the mains failed)",
        "rack-a  battery  0.4 s  80 %    12 min",
        "gamma   guests   stopping-guests",
        "the output of rack-a goes off in 20 min, as it shows",
        "pacemaker is in maintenance: ours",
        "planned outage 3 is noted",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(summary(&power).starts_with("\npower: plan 7 runs"));
}

#[test]
fn spans_have_the_unit_that_says_most() {
    let spans = [0, 999, 119_000, 120_000, 121_000, 7_200_000];
    assert_eq!(spans.map(time), ["0 s", "1 s", "119 s", "2 min", "2 min 1 s", "2 h 0 min"]);
}
