use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use super::*;
use crate::service::platform::double::Double;

const LONG: Duration = Duration::from_secs(30);

struct Scene {
    folder: tempfile::TempDir,
    runner: Runner,
    ended: Receiver<Ended>,
    runtime: tokio::runtime::Runtime,
    runs: u64,
}

fn shell(script: &str) -> Vec<String> {
    ["/bin/sh", "-c", script].map(str::to_owned).into()
}

fn runner(folder: &Path, boot: &str, workload: Workload) -> (Runner, Receiver<Ended>) {
    let (tell, ended) = channel();
    let whereabouts = Whereabouts { host: "alpha".into(), address: 1, cluster: 6240 };
    let platform = Arc::new(Double { boot: boot.into(), ..Double::default() });
    let tell = move |one| tell.send(one).expect("somebody waits");
    let runner = Runner::new([(7, workload)].into(), whereabouts, folder, platform, tell);
    (runner.expect("a runner"), ended)
}

fn workload(start: &str, stop: &str, check: Option<&str>) -> Workload {
    Workload { name: "web".into(), start: shell(start), stop: shell(stop), check: check.map(shell) }
}

impl Scene {
    /// In the scripts `@` is the folder.
    fn new(start: &str, stop: &str, check: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |script: &str| script.replace('@', &folder.path().display().to_string());
        let workload = workload(&at(start), &at(stop), check.map(at).as_deref());
        let (runner, ended) = runner(folder.path(), "first", workload);
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().build().expect("a runtime");
        Self { folder, runner, ended, runtime, runs: 0 }
    }

    fn run(&mut self, verb: Verb, limit: Duration) -> Ended {
        self.runs += 1;
        let run = Run { id: self.runs, service: 7, verb, limit };
        self.runtime.block_on(async {
            self.runner.run(run);
            loop {
                if let Ok(ended) = self.ended.try_recv() {
                    assert_eq!(ended.run, run);
                    return ended;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
    }

    fn end(&mut self, verb: Verb) -> End {
        self.run(verb, LONG).end
    }

    /// A new member on the same disk, after a restart of it or of the whole machine.
    fn restart(&mut self, boot: &str) {
        let same = (*self.runner.workloads[&7]).clone();
        (self.runner, self.ended) = runner(self.folder.path(), boot, same);
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).expect("the command wrote it")
    }
}

#[test]
fn commands_know_what_they_are_for() {
    let script = "echo $KOMAINU_SERVICE $KOMAINU_SERVICE_NUMBER $KOMAINU_COMMAND $KOMAINU_HOST \
                  $KOMAINU_HOST_ADDRESS $KOMAINU_CLUSTER ${NOTIFY_SOCKET-none} >@/told";
    let mut scene = Scene::new(script, "true", None);
    assert_eq!(scene.end(Verb::Start), End::Done);
    assert_eq!(scene.text("told").trim(), "web 7 start alpha 1 6240 none");
}

#[test]
fn a_failure_comes_with_what_was_written() {
    let mut scene = Scene::new("echo no disk; echo at all >&2; exit 3", "true", Some("exit 1"));
    let ended = scene.run(Verb::Start, LONG);
    assert_eq!((ended.end, ended.output.as_str()), (End::Failed, "no disk\nat all"));
    assert_eq!(scene.end(Verb::Check), End::Failed);
    assert_eq!(scene.end(Verb::Stop), End::Done);
}

#[test]
fn what_cannot_be_run_has_failed() {
    let mut scene = Scene::new("true", "true", None);
    let nowhere = Workload { start: vec!["/nowhere/at/all".into()], ..workload("", "", None) };
    (scene.runner, scene.ended) = runner(scene.folder.path(), "first", nowhere);
    let ended = scene.run(Verb::Start, LONG);
    assert_eq!(ended.end, End::Failed);
    assert!(!ended.output.is_empty());
}

#[test]
fn at_the_limit_the_whole_group_is_killed() {
    let mut scene = Scene::new("sleep 60 & echo $! >@/child; sleep 60", "true", None);
    let began = Instant::now();
    assert_eq!(scene.run(Verb::Start, Duration::from_millis(200)).end, End::TimedOut);
    assert!(began.elapsed() < Duration::from_secs(20));
    let child = scene.text("child");
    let state = || std::fs::read_to_string(format!("/proc/{}/stat", child.trim()));
    while state().is_ok_and(|stat| !stat.contains(") Z ")) {
        assert!(began.elapsed() < Duration::from_secs(20), "the child of the command lives");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_service_without_a_check_runs_while_what_it_started_does() {
    let mut scene = Scene::new("sleep 60 & echo $! >@/child", "kill $(cat @/child)", None);
    assert_eq!(scene.end(Verb::Check), End::Failed);
    assert_eq!(scene.end(Verb::Start), End::Done);
    assert_eq!(scene.end(Verb::Check), End::Done);
    scene.restart("first");
    assert_eq!(scene.end(Verb::Check), End::Done, "a restart of the member changes nothing");
    assert_eq!(scene.end(Verb::Stop), End::Done);
    assert_eq!(scene.end(Verb::Check), End::Failed);
}

#[test]
fn a_service_that_died_by_itself_does_not_run() {
    let mut scene = Scene::new("sleep 60 & echo $! >@/child", "true", None);
    assert_eq!(scene.end(Verb::Start), End::Done);
    let mut kill = std::process::Command::new("kill");
    assert!(kill.args(["-9", scene.text("child").trim()]).status().expect("kill").success());
    let began = Instant::now();
    while scene.end(Verb::Check) == End::Done {
        assert!(began.elapsed() < Duration::from_secs(20), "it counts as running");
    }
}

#[test]
fn a_service_that_leaves_nothing_behind_runs_until_it_is_stopped_or_the_machine_restarts() {
    let mut scene = Scene::new("true", "true", None);
    assert_eq!(scene.end(Verb::Start), End::Done);
    scene.restart("first");
    assert_eq!(scene.end(Verb::Check), End::Done);
    scene.restart("second");
    assert_eq!(scene.end(Verb::Check), End::Failed);
}

#[test]
fn what_was_begun_and_not_ended_counts_as_running() {
    for (start, stop, verbs) in
        [("exit 1", "true", &[Verb::Start][..]), ("true", "exit 1", &[Verb::Start, Verb::Stop])]
    {
        let mut scene = Scene::new(start, stop, None);
        for verb in verbs {
            scene.end(*verb);
        }
        assert_eq!(scene.end(Verb::Check), End::Done, "{start}, {stop}");
    }
}
