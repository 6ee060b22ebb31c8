//! Commands get events, and neither hang nor pile up.

use std::path::Path;
use std::sync::Mutex;

use super::*;

fn notice(severity: Severity, text: &str) -> Notice {
    let about = [("ups", "ups-a".to_owned())].into();
    let (id, does, advice) = ("KMN410-E".to_owned(), "It waits.", "Look at it.");
    Notice { time_ms: 1, id, severity, text: text.to_owned(), does, advice, about }
}

fn script(text: &str, limit: Duration) -> CommandSetup {
    let command = ["/bin/sh", "-c", text].map(str::to_owned).to_vec();
    CommandSetup { command, least: Least::Warning, limit }
}

/// Tells those, waits until all is told, and returns what went wrong.
fn told(command: CommandSetup, notices: &[Notice]) -> Vec<Trouble> {
    let troubles = Arc::<Mutex<Vec<Trouble>>>::default();
    let complaints = Arc::clone(&troubles);
    let complain: Complain = Arc::new(move |one| complaints.lock().expect("whole").push(one));
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime").block_on(async {
        let setup = NoticesSetup { commands: vec![command], ..NoticesSetup::default() };
        let teller = Teller::start(setup, complain).expect("a setup");
        notices.iter().for_each(|notice| teller.tell(notice));
        teller.finish(Duration::from_secs(30)).await;
    });
    Arc::into_inner(troubles).expect("all have ended").into_inner().expect("whole")
}

fn into(file: &Path) -> String {
    format!("cat >> {0}; echo \"$KOMAINU_EVENT $KOMAINU_ABOUT_UPS\" >> {0}", file.display())
}

#[test]
fn a_command_gets_the_event_on_its_input_and_in_its_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("told");
    let quiet = notice(Severity::Information, "not for it");
    let loud = notice(Severity::Decision, "two\nlines");
    let troubles = told(script(&into(&file), Duration::from_secs(10)), &[quiet, loud]);
    assert_eq!(troubles, []);
    let text = std::fs::read_to_string(&file).expect("it has run");
    let (json, environment) = text.split_once('\n').expect("two lines");
    let event: serde_json::Value = serde_json::from_str(json).expect("JSON");
    assert_eq!(event["text"], "two\nlines");
    assert_eq!(event["about"]["ups"], "ups-a");
    assert_eq!(environment.trim(), "KMN410-E ups-a");
}

#[test]
fn a_command_that_fails_hangs_or_is_missing_is_told() {
    let why = |command: CommandSetup| match &told(command, &[notice(Severity::Error, "x")])[..] {
        [Trouble::Command { program, why }] => format!("{program}: {why}"),
        other => panic!("{other:?}"),
    };
    let long = Duration::from_secs(10);
    assert_eq!(why(script("exit 3", long)), "/bin/sh: it ended with exit status: 3");
    let hangs = script("exec sleep 60", Duration::from_secs(1));
    assert_eq!(why(hangs), "/bin/sh: it was killed after 1 s");
    let missing = CommandSetup { command: vec!["/nowhere".into()], ..script("", long) };
    assert!(why(missing).starts_with("/nowhere: it cannot run"));
}

#[test]
fn a_command_that_goes_on_failing_is_told_once() {
    let limit = Duration::from_secs(10);
    let loud = |text: &str| notice(Severity::Error, text);
    let fails = script("exit 1", limit);
    assert_eq!(told(fails, &[loud("1"), loud("2"), loud("3")]).len(), 1);
}

#[test]
fn a_flood_is_left_out_and_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("told");
    let notices: Vec<Notice> =
        (0..ROOM + 9).map(|number| notice(Severity::Error, &number.to_string())).collect();
    let command = script(&format!("echo x >> {}", file.display()), Duration::from_secs(10));
    let troubles = told(command, &notices);
    assert_eq!(troubles, [Trouble::LeftOut { whom: "/bin/sh".into(), count: 9 }]);
    let runs = std::fs::read_to_string(&file).expect("it has run").lines().count();
    assert_eq!(runs, ROOM);
}
