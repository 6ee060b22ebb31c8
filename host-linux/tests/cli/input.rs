//! Arguments, passwords and configuration: what is refused, and how it is said.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use komainu_sim::bmc::BmcConfig;

use super::{bmcs, command, finish, list, run};

fn file(folder: &tempfile::TempDir, name: &str, content: &str, mode: u32) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).expect("written");
    fs::set_permissions(&path, Permissions::from_mode(mode)).expect("rights");
    path
}

#[test]
fn help_lists_commands_and_exit_codes() {
    let help = run(&["--help"]).exits(0).out;
    for word in ["bmc", "fence", "demo", "completions", "Exit codes:", " 13  wrong password"] {
        assert!(help.contains(word), "{word} is missing:\n{help}");
    }
    assert!(run(&["--version"]).exits(0).out.starts_with("komainu "));
}

#[test]
fn a_password_in_the_arguments_is_refused_and_not_shown() {
    let ran = run(&["bmc", "node1", "-u", "admin", "-p", "swordfish", "power", "status"]).exits(2);
    assert!(ran.err.contains("every user of this machine can read it"), "{}", ran.err);
    assert!(!ran.err.contains("swordfish") && !ran.out.contains("swordfish"));
}

#[test]
fn a_bad_host_list_is_shown_with_its_place() {
    let ran = run(&["bmc", "node[1-4],rack[9-3]", "ping"]).exits(2);
    let lines: Vec<_> = ran.err.lines().collect();
    let list = lines.iter().position(|line| line.contains("rack[9-3]")).expect("the list");
    assert_eq!(lines[list + 1].find('^'), lines[list].find("9-3"), "{}", ran.err);
}

#[test]
fn without_a_password_or_user_nothing_is_asked() {
    let ran = run(&["bmc", "127.0.0.1:9", "-u", "admin", "power", "status"]).exits(4);
    assert!(ran.err.contains("--password-file"), "{}", ran.err);
    let ran = run(&["bmc", "127.0.0.1:9", "power", "status"]).exits(4);
    assert!(ran.err.contains("--user"), "{}", ran.err);
}

#[test]
fn a_password_too_long_has_its_own_code() {
    let mut long = command(&["bmc", "127.0.0.1:9", "-u", "admin", "power", "status"]);
    long.env("KOMAINU_PASSWORD", "x".repeat(21));
    assert!(finish(long, b"").exits(5).err.contains("20 bytes"));
    let mut old = command(&["bmc", "127.0.0.1:9", "-u", "admin", "--ipmi", "1.5", "info"]);
    old.env("KOMAINU_PASSWORD", "x".repeat(17));
    assert!(finish(old, b"").exits(5).err.contains("16 bytes"));
}

#[test]
fn passwords_come_from_files_and_standard_input() {
    let server = bmcs(vec![BmcConfig::default()]);
    let folder = tempfile::tempdir().expect("a folder");
    let good = file(&folder, "good", "password\n", 0o600);
    let exposed = file(&folder, "exposed", "password\n", 0o644);
    let hosts = list(&server);
    let status = |password_file: &str, input: &[u8]| {
        let args = ["bmc", &hosts, "-u", "admin", "--password-file", password_file];
        let mut command = command(&args);
        command.args(["power", "status"]);
        finish(command, input)
    };
    assert!(status(&good.to_string_lossy(), b"").exits(0).out.contains("on"));
    assert!(status("-", b"password\n").exits(0).out.contains("on"));
    status("-", b"wrong\n").exits(13);
    assert!(status(&exposed.to_string_lossy(), b"").exits(4).err.contains("chmod"));
}

#[test]
fn the_configuration_says_how_to_log_in() {
    let server = bmcs(vec![BmcConfig::default(), BmcConfig::default()]);
    let folder = tempfile::tempdir().expect("a folder");
    file(&folder, "pw", "operpass\n", 0o600);
    let [first, second] = server.addresses() else { panic!("two BMCs") };
    let text = format!(
        "[defaults]\nuser = \"operator\"\npassword-file = \"pw\"\n\n\
         [[host]]\nmatch = \"{second}\"\nuser = \"nobody\"\n"
    );
    let config = file(&folder, "config.toml", &text, 0o644);
    let hosts = format!("{first},{second}");
    let ran = run(&["bmc", &hosts, "power", "status", "--config", &config.to_string_lossy()]);
    let ran = ran.exits(12);
    assert!(ran.out.contains(&first.to_string()) && ran.err.contains(&second.to_string()));
    let wrong = file(&folder, "wrong.toml", "[defaults]\nuser = \"a\"\nsuits = [3]\n", 0o644);
    let ran = run(&["bmc", &hosts, "info", "--config", &wrong.to_string_lossy()]).exits(2);
    assert!(ran.err.contains("line 3, suits"), "{}", ran.err);
}

#[test]
fn completions_and_man_pages_are_made() {
    assert!(run(&["completions", "bash"]).exits(0).out.contains("komainu"));
    assert!(run(&["man"]).exits(0).out.contains(".TH komainu"));
    let folder = tempfile::tempdir().expect("a folder");
    run(&["man", &folder.path().to_string_lossy()]).exits(0);
    assert!(folder.path().join("komainu-fence.1").exists());
}

#[test]
fn a_reader_that_has_gone_is_no_panic() {
    let mut child = command(&["demo", "--fast", "--bmcs", "2"]);
    child.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = child.spawn().expect("the command starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the command ends");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
}
