//! Shows that the checks bite: machines without one of their laws break a promise.

use std::process::ExitCode;

use komainu_core::power::Laws;
use komainu_sim::outage::complaints::{COMPLAINTS, Complaint, Without};
use komainu_sim::outage::{Scenario, World};

/// What these are about is rare in worlds: where none shows it, it is left to the stories of
/// `core/src/power/tests`, each of which misses its law.
const LEFT_TO_STORIES: &[&str] = &[
    "who_speaks_is_on",
    "contradiction_kept",
    "by_hand_is_kept",
    "starts_apart",
    "refusal_keeps_order",
    "cancel_is_sure",
    "order_is_announced",
    "restart_shoots_nobody",
    "whole_cuts_outlets",
    "who_goes_starts_nobody",
    "no_start_before_cut",
];

/// Prints for each law what is broken without it, by the complaint or the first world that shows
/// it; fails when one is not missed, or when a complaint goes well without its rule.
pub(crate) fn all(seeds: std::ops::Range<u64>) -> ExitCode {
    let mut missed = 0;
    println!("| without the law | breaks | in |");
    println!("|---|---|---|");
    for (law, _) in Laws::EACH {
        let found = by_complaint(law);
        let found = found.or_else(|| seeds.clone().find_map(|seed| by_world(law, seed)));
        if found.is_none() && LEFT_TO_STORIES.contains(law) {
            println!("| `{law}` | | left to the stories of `core/src/power/tests` |");
            continue;
        }
        let (breaks, place) = found.unwrap_or_else(|| {
            missed += 1;
            ("NOTHING".into(), format!("the worlds of the seeds {seeds:?}, nor a complaint"))
        });
        println!("| `{law}` | {breaks} | {place} |");
    }
    for complaint in COMPLAINTS.iter().filter(|complaint| !bites(complaint)) {
        missed += 1;
        println!("complaint {} goes well without its rule, too: {}", complaint.row, complaint.name);
    }
    println!("{missed} not caught");
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn by_world(law: &'static str, seed: u64) -> Option<(String, String)> {
    let mut scenario = Scenario::rare(seed);
    scenario.lacks = Some(law);
    let broken = World::new(scenario, false).run().broken?;
    let sound = World::new(Scenario::rare(seed), false).run().broken.is_none();
    sound.then(|| (broken.promise.into(), format!("the world of seed {seed}")))
}

fn by_complaint(law: &str) -> Option<(String, String)> {
    let of_it = |without| matches!(without, Without::Law(name) if name == law);
    let mut all = COMPLAINTS.iter().filter(|complaint| of_it(complaint.without));
    let found = all.find(|complaint| bites(complaint));
    found.map(|found| (found.name.into(), format!("complaint {}", found.row)))
}

fn bites(complaint: &Complaint) -> bool {
    complaint.told().is_ok() && complaint.told_without().is_err()
}
