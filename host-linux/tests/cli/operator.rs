//! The commands of operators, and the program by its other names.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::{Ran, command, finish, run};

/// What fence-agents checks the descriptions of its agents with.
const SCHEMA: &str = "/usr/share/cluster/relaxng/metadata.rng";

/// The program by another name.
fn named(name: &str, args: &[&str], input: &str) -> Ran {
    let mut command = command(args);
    command.arg0(format!("/usr/sbin/{name}"));
    finish(command, input.as_bytes())
}

/// A file with a token that nobody accepts.
fn token(folder: &Path) -> String {
    let file = folder.join("token");
    fs::write(&file, "0f".repeat(32)).expect("written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("for its owner");
    file.to_string_lossy().into_owned()
}

/// An address that nobody listens at.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
    listener.local_addr().expect("bound").port().to_string()
}

#[test]
fn a_service_that_does_not_answer_is_an_error_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let (token, address) = (token(folder.path()), format!("127.0.0.1:{}", nobody()));
    let verbs: [&[&str]; 6] = [
        &["show"],
        &["reset", "node01"],
        &["swap", "shop"],
        &["confirm-off", "node01", "--confirm", "node01"],
        &["alert", "10.0.0.1", "20261122", "093000", "0xFE91"],
        &["history"],
    ];
    for verb in verbs {
        let reach = ["--control", &address, "--token-file", &token];
        let ran = run(&[verb, &reach[..]].concat()).exits(30);
        assert!(ran.err.contains("KMN130-E") && ran.err.contains(&address), "{}", ran.err);
        assert!(ran.err.contains("systemctl status"), "no remedy: {}", ran.err);
        let told = run(&[verb, &reach[..], &["--json"]].concat()).exits(30).json();
        assert_eq!(told[0]["error"]["kind"], "no-service");
    }
}

#[test]
fn who_never_ran_here_is_not_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("komainu.toml");
    let file = file.to_str().expect("text");
    let example = run(&["config", "example"]).exits(0).out;
    let mut text = example;
    for party in ["connector", "member"] {
        let usual = format!("#state = \"/var/lib/komainu/{party}\"");
        assert!(text.contains(&usual), "{usual}");
        text = text.replace(&usual, &format!("state = {:?}", folder.path().join(party)));
    }
    fs::write(file, text).expect("written");
    for args in [["show", "--config", file], ["--config", file, "show"]] {
        let ran = run(&args).exits(30);
        assert!(ran.err.contains("has been started on this machine"), "{}", ran.err);
    }
}

#[test]
fn an_operators_word_wants_the_name_twice() {
    run(&["confirm-off", "node01"]).exits(2);
}

#[test]
fn the_alert_command_answers_to_the_name_that_hardware_managers_call() {
    let ran = named("PowerOffAlertTransfer", &["10.0.0.1", "20261122"], "").exits(2);
    assert!(ran.err.contains("<ALERT_ID>"), "{}", ran.err);
    named("PowerOffAlertTransfer.exe", &["--help"], "").exits(0);
}

#[test]
fn the_agent_describes_itself_as_fence_agents_wants_it() {
    let by_name = named("fence_komainu", &["-o", "metadata"], "").exits(0);
    let by_verb = run(&["fence-agent", "--action", "metadata"]).exits(0);
    let by_input = named("fence_komainu", &[], "action=metadata\n").exits(0);
    assert!(by_name.out == by_verb.out && by_name.out == by_input.out);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("metadata.xml");
    fs::write(&file, &by_name.out).expect("written");
    let mut xmllint = Command::new("xmllint");
    if Path::new(SCHEMA).exists() {
        xmllint.args(["--relaxng", SCHEMA]);
    }
    match xmllint.arg("--noout").arg(&file).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        // Without it, what can be said is that it is there.
        Err(_) => assert!(by_name.out.trim_end().ends_with("</resource-agent>")),
    }
}

#[test]
fn no_failure_of_the_agent_reads_as_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let (token, port) = (token(folder.path()), nobody());
    let lost = format!("action=status\nplug=node01\nipport={port}\ntoken_file={token}\n");
    named("fence_komainu", &[], &lost).exits(4);
    named("fence_komainu", &[], "action=status\nipport=no\n").exits(1);
    named("fence_komainu", &["-o", "status", "--nonsense"], "").exits(1);
    run(&["fence-agent", "-o", "status", "--nonsense"]).exits(1);
    let ran = named("fence_komainu", &["-o", "off", "-u", &port, "-k", &token], "").exits(1);
    assert!(ran.err.contains("'plug'"), "{}", ran.err);
    let missing = "/nonexistent/token";
    named("fence_komainu", &["-o", "off", "-n", "x", "-u", &port, "-k", missing], "").exits(3);
}
