//! The demo, as a newcomer starts it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{Ran, command, finish, run};

/// Longer than everything takes.
const LONG: Duration = Duration::from_secs(30);

/// The demo in a place where nothing else is.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn run(&self, args: &[&str]) -> Ran {
        let mut command = command(args);
        command.env("TMPDIR", self.0.path());
        finish(command, b"")
    }

    /// Starts the demo, and reads until that is told.
    fn start(&self, until: &str) -> (Child, BufReader<ChildStdout>) {
        let mut command = command(&["demo", "--once"]);
        command.env("TMPDIR", self.0.path()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the command starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        while !line.contains(until) {
            line.clear();
            assert_ne!(out.read_line(&mut line).expect("text"), 0, "it ended without {until:?}");
        }
        assert!(self.processes() >= 2, "a connector and a member at least");
        (child, out)
    }

    /// How many processes of the demo there are.
    fn processes(&self) -> usize {
        let mark = [b"KOMAINU_DEMO=", self.0.path().as_os_str().as_bytes()].concat();
        let entries = fs::read_dir("/proc").expect("readable").flatten();
        let marked = |path: &Path| {
            let environment = fs::read(path.join("environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|entry| entry.starts_with(&mark))
        };
        entries.filter(|entry| marked(&entry.path())).count()
    }

    fn is_clean(&self) -> bool {
        self.processes() == 0 && fs::read_dir(self.0.path()).expect("readable").next().is_none()
    }
}

fn signal(child: &Child, signal: Signal) {
    let pid = i32::try_from(child.id()).expect("a process id");
    kill(Pid::from_raw(pid), signal).expect("sent");
}

#[test]
fn it_tells_a_takeover_and_leaves_nothing_behind() {
    let place = Place::new();
    let out = place.run(&["demo", "--once"]).exits(0).out;
    let story = [
        "crashes",
        "misses",
        "asks the connector",
        "orders",
        "has no power",
        "PROVED",
        "starts the web service",
        "answers again",
        "has power again",
        "stands by",
        "service back after",
        "Never did both serve at once",
    ];
    let mut from = 0;
    for step in story {
        let at = out[from..].find(step);
        from += at.unwrap_or_else(|| panic!("{step} is missing:\n{out}"));
    }
    assert!(place.is_clean(), "{} processes are left", place.processes());
}

#[test]
fn programs_get_the_takeover_with_its_figures() {
    let place = Place::new();
    let told = place.run(&["demo", "--json"]).exits(0).json();
    let (last, steps) = told.split_last().expect("lines");
    let summary = &last["summary"];
    let ms = |name: &str| summary[name].as_u64().unwrap_or_else(|| panic!("{name}: {last}"));
    let order = ["noticed-ms", "asked-ms", "proved-off-ms", "serves-ms"].map(ms);
    assert!(order.is_sorted(), "{last}");
    assert!(order[0] < 4_000 && order[3] < 20_000, "{last}");
    assert_ne!(summary["failed"], summary["serves"]);
    assert_eq!(summary["two-at-once"], false);
    assert!(ms("answers") > 10, "{last}");
    // What is told is what was logged: the proof has its message's id and its time.
    let proved = steps.iter().find(|step| step["id"] == "KMN233-W").expect("the proof");
    assert_eq!(proved["after-ms"], summary["proved-off-ms"]);
    assert!(place.is_clean());
}

#[test]
fn ctrl_c_ends_all_of_it() {
    let place = Place::new();
    let (mut child, mut out) = place.start("crashes");
    signal(&child, Signal::SIGINT);
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    out.read_to_string(&mut String::new()).expect("text");
    assert!(place.is_clean(), "{} processes are left", place.processes());
}

#[test]
fn a_kill_of_the_demo_ends_all_of_it() {
    let place = Place::new();
    let (mut child, _out) = place.start("serves");
    signal(&child, Signal::SIGKILL);
    child.wait().expect("it ends");
    let began = Instant::now();
    while !place.is_clean() {
        assert!(began.elapsed() < LONG, "{} processes are left", place.processes());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn its_own_parts_are_not_for_people() {
    let help = run(&["demo", "--help"]).exits(0).out;
    assert!(help.contains("bmc") && help.contains("--once"), "{help}");
    for part in ["janitor", "web", "connector", "member"] {
        assert!(!help.contains(&format!("  {part} ")), "{part} is shown:\n{help}");
    }
    let precious = Place::new();
    fs::write(precious.0.path().join("file"), "").expect("written");
    run(&["demo", "janitor", precious.0.path().to_str().expect("text")]).exits(2);
    assert!(precious.0.path().join("file").exists());
    run(&["demo", "web", "start"]).exits(2);
}

#[test]
fn the_bmcs_alone_show_discovery_status_and_a_fencing() {
    let out = run(&["demo", "bmc", "--fast"]).exits(0).out;
    let scenes = ["1. ", "2. Discovery", "3. Power status", "4. node02", "FENCED", "5. Status"];
    let mut from = 0;
    for scene in scenes {
        let at = out[from..].find(scene);
        from += at.unwrap_or_else(|| panic!("{scene} is missing:\n{out}"));
    }
    assert!(out.contains("It is on again"), "{out}");
}
