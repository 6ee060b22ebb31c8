//! Recorded runs of an appliance's site, and the digests of all that it does in them.
//!
//! `KOMAINU_WRITE_RUNS=1` plays the stories anew, and writes what happened in them with the digest
//! of each. A digest changes when the site does anything else, or at another moment, than before:
//! look why before it is taken over. Firmware plays the same files, to the same digests.

use std::fs;
use std::path::{Path, PathBuf};

use komainu_core::block::ApplianceSite;
use komainu_core::replay::{Played, Recording};

use crate::story;

/// What is told in a recorded run.
type Story = fn() -> Vec<u8>;

const RUNS: [(&str, Story); 2] = [("failover", story::failover), ("outage", story::outage)];

fn path(name: &str, kind: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("replay").join("runs");
    folder.join(name).with_extension(kind)
}

fn play(bytes: &[u8]) -> Played {
    let recording = Recording::open(bytes).expect("a recording");
    let mut site: Box<ApplianceSite> = Box::new(recording.vacant().expect("a site"));
    let mut record = vec![0; ApplianceSite::RECORD_LEN];
    recording.play(&mut site, &mut record).expect("played")
}

fn hex(played: &Played) -> String {
    played.digest.expose().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn recorded_runs_give_the_same_actions_byte_for_byte() {
    if std::env::var_os("KOMAINU_WRITE_RUNS").is_some() {
        for (name, story) in RUNS {
            let bytes = story();
            fs::write(path(name, "run"), &bytes).expect("written");
            fs::write(path(name, "sha256"), hex(&play(&bytes)) + "\n").expect("written");
        }
    }
    for (name, _) in RUNS {
        let played = play(&fs::read(path(name, "run")).expect("the recording"));
        assert!(played.actions > 200, "{name}: {} actions", played.actions);
        let digest = fs::read_to_string(path(name, "sha256")).expect("its digest");
        assert_eq!(hex(&played), digest.trim(), "{name}: KOMAINU_WRITE_RUNS=1 plays it anew");
    }
}

#[test]
fn stories_still_go_as_they_should() {
    // Each holds what came of it.
    RUNS.iter().for_each(|(_, story)| assert!(!story().is_empty()));
}

#[test]
fn another_bit_is_another_run() {
    let mut bytes = fs::read(path("failover", "run")).expect("the recording");
    let digest = hex(&play(&bytes));
    // A bit of the seed, behind name, version and time.
    bytes[13] ^= 1;
    assert_ne!(hex(&play(&bytes)), digest);
}
