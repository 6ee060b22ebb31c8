//! The command as people and scripts use it: the binary, its output, its exit codes.

mod config;
mod demo;
mod fencing;
mod input;
mod operator;
mod verbs;

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};

use komainu_sim::bmc::BmcConfig;
use komainu_sim::serve::{Server, spawn};
use serde_json::Value;

/// What the command did.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    /// The objects of `--json`, one per line.
    fn json(&self) -> Vec<Value> {
        let parse =
            |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        self.out.lines().map(parse).collect()
    }

    /// Asserts the exit code; shows everything when it is another one.
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }
}

/// The command, without the settings of whoever runs the tests.
fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_komainu"));
    command.args(args).stdin(Stdio::null());
    command.env("XDG_CONFIG_HOME", "/nonexistent").env("HOME", "/nonexistent");
    for name in ["KOMAINU_PASSWORD", "IPMI_PASSWORD", "KOMAINU_KG", "KOMAINU_CONFIG"] {
        command.env_remove(name);
    }
    command
}

fn finish(mut command: Command, input: &[u8]) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    // A command that reads no input closes it early.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    let output = child.wait_with_output().expect("the command ends");
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

/// Runs the command.
fn run(args: &[&str]) -> Ran {
    finish(command(args), b"")
}

/// Runs the command with the usual user and password of a simulated BMC.
fn run_as_admin(args: &[&str]) -> Ran {
    let mut command = command(args);
    command.args(["-u", "admin"]).env("KOMAINU_PASSWORD", "password");
    finish(command, b"")
}

/// BMCs on free ports.
fn bmcs(configs: Vec<BmcConfig>) -> Server {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    spawn(configs.into_iter().map(|config| (any, config)).collect(), 1).expect("BMCs")
}

/// Their host list.
fn list(server: &Server) -> String {
    server.addresses().iter().map(SocketAddr::to_string).collect::<Vec<_>>().join(",")
}
