use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::*;
use crate::config::{Site, Software};
use crate::service::platform::double::Double;

/// Long enough for everything that ends by itself.
const LIMIT: Duration = Duration::from_secs(20);

fn run(future: impl Future<Output = Ended>) -> Ended {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

fn double() -> Arc<dyn Platform> {
    Arc::new(Double::default())
}

/// A program that keeps the state of machines in files of the folder, and what it was called with.
fn program(folder: &Path) -> PathBuf {
    let path = folder.join("suite");
    let text = format!(
        "#!/bin/sh\ncd {}\necho \"$@\" >>calls\ncase $1 in\n\
         enter) [ -e $2.in ] && exit 3; touch $2.in;;\n\
         leave) [ -e $2.in ] || exit 3; rm $2.in;;\n\
         look) [ -e $2.in ] || exit 1;;\nesac\n",
        folder.display()
    );
    std::fs::write(&path, text).expect("written");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o700)).expect("allowed");
    path
}

fn adapter(folder: &Path, look: bool) -> Adapter {
    let program = program(folder).display().to_string();
    let command = |verb: &str| vec![program.clone(), verb.to_owned(), "{machine}".to_owned()];
    let software = Software::Commands {
        enter: command("enter"),
        leave: command("leave"),
        look: look.then(|| command("look")),
    };
    Adapter {
        name: "suite".to_owned(),
        tool: Tool::of(&software, &[]),
        machines: vec!["one".to_owned(), "two".to_owned()],
        memory: Memory::in_folder(folder, "suite"),
    }
}

fn inside(folder: &Path, machine: &str) -> bool {
    folder.join(format!("{machine}.in")).exists()
}

#[test]
fn only_what_was_set_here_is_released() {
    for look in [true, false] {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        std::fs::write(folder.join("two.in"), "").expect("in maintenance before");
        let first = adapter(folder, look);
        assert_eq!(run(first.enter(double(), LIMIT)).end, RunEnd::Done);
        assert!(inside(folder, "one") && inside(folder, "two"));
        // Another process goes on: entering again changes nothing, and forgets nothing.
        let again = adapter(folder, look);
        assert_eq!(run(again.enter(double(), LIMIT)).end, RunEnd::Done, "it is ours, still");
        assert_eq!(run(again.leave(double(), LIMIT)).end, RunEnd::Done);
        assert!(!inside(folder, "one") && inside(folder, "two"), "look: {look}");
        assert_eq!(run(again.leave(double(), LIMIT)).end, RunEnd::Already);
        assert!(inside(folder, "two"));
    }
}

#[test]
fn what_is_in_maintenance_already_is_not_ours() {
    for look in [true, false] {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        for name in ["one.in", "two.in"] {
            std::fs::write(folder.join(name), "").expect("in maintenance before");
        }
        let adapter = adapter(folder, look);
        assert_eq!(run(adapter.enter(double(), LIMIT)).end, RunEnd::Already);
        assert_eq!(run(adapter.leave(double(), LIMIT)).end, RunEnd::Already);
        assert!(inside(folder, "one") && inside(folder, "two"));
    }
}

#[test]
fn a_command_that_hangs_is_ended_and_one_that_fails_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let with = |name: &str, command: &[&str]| {
        let command: Vec<_> = command.iter().map(|word| (*word).to_owned()).collect();
        let software = Software::Commands { enter: command.clone(), leave: command, look: None };
        let tool = Tool::of(&software, &[]);
        let machines = tool.machines(vec!["one".to_owned()]);
        let memory = Memory::in_folder(folder.path(), name);
        Adapter { name: name.to_owned(), tool, machines, memory }
    };
    let hangs = with("hangs", &["/bin/sleep", "60"]);
    let ended = run(hangs.enter(double(), Duration::from_millis(100)));
    assert_eq!(ended.end, RunEnd::TimedOut);
    // It may have entered before it was ended, so it is left, too.
    assert_eq!(hangs.memory.read().expect("read"), ["cluster"]);
    let fails = with("fails", &["/bin/sh", "-c", "echo no such thing >&2; exit 7"]);
    let ended = run(fails.enter(double(), LIMIT));
    assert_eq!(ended.end, RunEnd::Failed);
    assert_eq!(ended.text, "/bin/sh ended with 7: no such thing");
    let missing = run(with("hangs", &["/nonexistent/tool"]).leave(double(), LIMIT));
    assert!(missing.text.contains("/nonexistent/tool"), "{missing:?}");
}

fn asked(command: &[&str]) -> Result<String, Failure> {
    let commands = Commands::new(double(), Instant::now() + LIMIT);
    let command: Vec<_> = command.iter().copied().map(str::to_owned).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(commands.ask(&command))
}

#[test]
fn the_answer_of_a_host_with_many_guests_is_read_to_its_end() {
    let output = asked(&["/usr/bin/head", "-c", "400000", "/dev/zero"]).expect("it succeeds");
    assert_eq!(output.len(), 400_000);
}

#[test]
fn an_answer_that_is_held_open_is_none() {
    let held = asked(&["/bin/sh", "-c", "echo one; sleep 3 &"]);
    assert!(matches!(&held, Err(Failure::Failed(why)) if why.contains("open")), "{held:?}");
}

/// Pacemaker's own program, on a configuration in a file instead of a running cluster.
#[test]
fn pacemaker_is_put_into_maintenance_by_its_own_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let cib = folder.path().join("cib.xml");
    let Ok(empty) = std::process::Command::new("/usr/sbin/cibadmin").arg("--empty").output() else {
        eprintln!("left out: no Pacemaker on this machine");
        return;
    };
    std::fs::write(&cib, empty.stdout).expect("written");
    let through = ["/usr/bin/env".to_owned(), format!("CIB_file={}", cib.display())];
    let tool = Tool::of(&Software::Pacemaker(None), &through);
    let machines = tool.machines(vec![]);
    let memory = Memory::in_folder(folder.path(), "pacemaker");
    let adapter = Adapter { name: "pacemaker".to_owned(), tool, machines, memory };
    let mode = || std::fs::read_to_string(&cib).expect("the configuration");
    let ended = run(adapter.enter(double(), LIMIT));
    assert_eq!(ended, Ended { end: RunEnd::Done, text: String::new() });
    assert!(mode().contains("name=\"maintenance-mode\" value=\"true\""), "{}", mode());
    assert_eq!(run(adapter.leave(double(), LIMIT)).end, RunEnd::Done);
    assert!(mode().contains("value=\"false\""), "{}", mode());
    // Somebody else's maintenance stays.
    let set = |value: &str| {
        let mut command = std::process::Command::new("/usr/sbin/crm_attribute");
        command.args(["--type=crm_config", "--name=maintenance-mode"]).arg(value);
        command.env("CIB_file", &cib).status().expect("run")
    };
    assert!(set("--update=true").success());
    assert_eq!(run(adapter.enter(double(), LIMIT)).end, RunEnd::Already);
    assert_eq!(run(adapter.leave(double(), LIMIT)).end, RunEnd::Already);
    assert!(mode().contains("value=\"true\""));
}

#[test]
fn machines_are_called_as_the_file_says_or_as_the_servers() {
    let text = include_str!("../../../docs/examples/suite.toml");
    let site = Site::parse(text, Path::new("/")).site.expect("a site");
    let [suite, wsfc] = &site.supplies.maintenance[..] else { panic!("two of them") };
    let folder = Path::new("/nonexistent");
    assert_eq!(Adapter::of(suite, &["blade1", "blade2"], folder).machines, ["blade1", "blade2"]);
    let wsfc = Adapter::of(wsfc, &["blade1"], folder);
    assert_eq!((wsfc.name(), &wsfc.machines[..]), ("wsfc", &["blade1".to_owned()][..]));
}
