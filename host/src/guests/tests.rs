//! Guests of commands, and of libvirt's own test driver where `virsh` is installed.

mod real;

use std::process::Command as Process;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use komainu_core::guests::{GuestRun, LastResort, Way};
use komainu_core::time::Millis;
use komainu_core::types::GroupName;

use super::*;
use crate::service::platform::double::Double;

struct Scene {
    guests: Guests,
    ended: Receiver<GuestEvent>,
    runtime: tokio::runtime::Runtime,
    runs: u64,
}

fn setup(adapter: AdapterSetup, names: &[&str]) -> GuestsSetup {
    let guest = |name: &&str| GuestSetup {
        name: GuestName::new(name).expect("a name"),
        group: GroupName::default(),
        after: Vec::new(),
        way: Way::Komainu,
        stop_limit: Millis::from_secs(120),
        start_limit: Millis::from_secs(300),
        last_resort: LastResort::Off,
        ready: false,
    };
    GuestsSetup { adapter, ask_again: None, guests: names.iter().map(guest).collect() }
}

impl Scene {
    fn new(adapter: AdapterSetup, names: &[&str]) -> Self {
        let (tell, ended) = channel();
        let tell = Arc::new(move |event| tell.send(event).expect("somebody waits"));
        let platform = Arc::new(Double::default());
        let guests = Guests::new(&setup(adapter, names), platform, tell);
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().build().expect("a runtime");
        Self { guests, ended, runtime, runs: 0 }
    }

    fn run(&mut self, work: Work, limit: Millis) -> Outcome {
        self.runs += 1;
        let action = Action { run: GuestRun(self.runs), work, limit };
        self.runtime.block_on(async {
            self.guests.carry_out(action);
            loop {
                if let Ok(event) = self.ended.try_recv() {
                    assert_eq!(event.action, action);
                    return event.outcome;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
    }

    fn seen(&mut self) -> (Vec<Sight>, Vec<String>) {
        match self.run(Work::List, Millis::from_secs(10)) {
            Outcome::Seen { sights, strangers } => (sights, strangers),
            Outcome::Ended(end, text) => panic!("{end:?}: {text}"),
        }
    }
}

fn words(script: &str) -> Vec<String> {
    ["/bin/sh", "-c", script, "sh", "{guest}"].map(str::to_owned).into()
}

/// Guests are files in a folder; a name is only ever an argument.
fn files(folder: &std::path::Path) -> Templates {
    let at = folder.display();
    Templates {
        list: ["ls", &at.to_string()].map(str::to_owned).into(),
        stop: words(&format!("rm -- \"{at}/$1\"")),
        kill: words("sleep 60"),
        save: None,
        start: words(&format!("touch -- \"{at}/$1\"")),
        ready: Some(words(&format!("test -s \"{at}/$1\""))),
    }
}

const fn at(guest: u8) -> GuestIndex {
    GuestIndex(guest)
}

#[test]
fn commands_list_stop_and_start_guests() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = ["web", "$(touch x) 'a' \"b\""];
    let mut scene = Scene::new(AdapterSetup::Command(files(folder.path())), &names);
    let limit = Millis::from_secs(10);
    for guest in [at(0), at(1)] {
        assert_eq!(scene.run(Work::Start(guest), limit), Outcome::Ended(End::Done, String::new()));
    }
    let power = |(sights, _): (Vec<Sight>, Vec<String>)| {
        sights.into_iter().map(|sight| sight.power).collect::<Vec<_>>()
    };
    assert_eq!(power(scene.seen()), [Power::On, Power::On]);
    assert!(matches!(scene.run(Work::Ready(at(0)), limit), Outcome::Ended(End::Failed, _)));
    scene.run(Work::Stop(at(1)), limit);
    assert_eq!(power(scene.seen()), [Power::On, Power::Off]);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    assert!(matches!(scene.run(Work::Save(at(0)), limit), Outcome::Ended(End::Failed, _)));
}

#[test]
fn a_command_is_ended_at_its_limit() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut scene = Scene::new(AdapterSetup::Command(files(folder.path())), &["web"]);
    let before = std::time::Instant::now();
    let outcome = scene.run(Work::Kill(at(0)), Millis::new(200));
    assert!(matches!(outcome, Outcome::Ended(End::TimedOut, _)), "{outcome:?}");
    assert!(before.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_list_that_fails_says_nothing_of_guests() {
    let mut templates = files(std::path::Path::new("/nonexistent"));
    templates.list = ["false"].map(str::to_owned).into();
    let mut scene = Scene::new(AdapterSetup::Command(templates), &["web"]);
    let outcome = scene.run(Work::List, Millis::from_secs(10));
    assert!(matches!(outcome, Outcome::Ended(End::Failed, _)), "{outcome:?}");
}

#[test]
fn libvirt_lists_its_guests_and_who_starts_them() {
    if Process::new("virsh").arg("--version").output().is_err() {
        eprintln!("virsh is not installed: nothing is tested");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let domain = |name: &str, uuid: &str| {
        format!(
            "<domain type='test'><name>{name}</name><uuid>{uuid}</uuid><memory>8192</memory>\
             <os><type>hvm</type></os></domain>"
        )
    };
    // The test driver would make another one for each connection.
    let [files, one] = [
        domain("file server", "b2159965-aa5a-44a7-b234-dcb31427faa4"),
        domain("1", "d4d82e6a-451e-42af-8639-c5155c583af3"),
    ];
    let node = format!("<node>{files}{one}</node>");
    let path = folder.path().join("node.xml");
    std::fs::write(&path, node).expect("written");
    let uri = format!("test://{}", path.display());
    let mut scene = Scene::new(AdapterSetup::Libvirt { uri }, &["file server", "2"]);
    let (sights, strangers) = scene.seen();
    let on = Sight { guest: at(0), power: Power::On, auto: Some(false) };
    let missing = Sight { guest: at(1), power: Power::Missing, auto: None };
    assert_eq!((sights, strangers), (vec![on, missing], vec!["1".to_owned()]));
    let limit = Millis::from_secs(20);
    // The test driver knows no agent, so that the other ways of asking are tried.
    assert_eq!(scene.run(Work::Stop(at(0)), limit), Outcome::Ended(End::Done, String::new()));
    assert_eq!(scene.run(Work::Kill(at(0)), limit), Outcome::Ended(End::Done, String::new()));
    let outcome = scene.run(Work::Start(at(0)), limit);
    assert!(
        matches!(&outcome, Outcome::Ended(End::Failed, text) if text.contains("already active"))
    );
    assert!(matches!(scene.run(Work::Kill(at(1)), limit), Outcome::Ended(End::Failed, _)));
}

#[test]
fn a_libvirt_that_is_not_there_is_silent() {
    let uri = "qemu+unix:///session?socket=/nonexistent".to_owned();
    let mut scene = Scene::new(AdapterSetup::Libvirt { uri }, &["web"]);
    let outcome = scene.run(Work::List, Millis::from_secs(10));
    assert!(matches!(outcome, Outcome::Ended(End::Failed, _)), "{outcome:?}");
}
