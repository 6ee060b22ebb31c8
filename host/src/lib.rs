//! The shell that Linux and Windows share: command line, sockets, output.
//!
//! [`run`] is the whole program. What is decided about a BMC is decided by the core; this crate
//! carries its datagrams, keeps its time, and tells people what came of it.

mod access;
pub mod calendar;
mod cli;
mod clock;
mod commands;
mod config;
mod control;
mod credentials;
mod engine;
mod exit;
mod fresh;
mod guests;
mod host_list;
pub mod mail;
mod maintenance;
mod moment;
mod names;
mod net;
mod output;
mod powershell;
pub mod private;
mod problem;
mod requester;
mod resolve;
mod service;
mod tasks;
pub mod tell;
pub mod tls;
mod trap;
pub mod ups;
#[cfg(windows)]
pub mod windows;
mod workarounds;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use commands::Stop;
use exit::Exit;
pub use service::platform;
use service::platform::Platform;

/// Runs the program with its arguments, its own name first. The exit codes are in its help.
///
/// By the name `fence_komainu` it is a fence agent, by `PowerOffAlertTransfer` the command of
/// hardware managers. The platform is for the services alone.
pub fn run(args: impl IntoIterator<Item = OsString>, platform: Arc<dyn Platform>) -> ExitCode {
    let mut args: Vec<OsString> = args.into_iter().collect();
    let name = args.first().and_then(|name| Path::new(name).file_stem());
    match name.and_then(OsStr::to_str) {
        Some("fence_komainu") => match cli::FenceAgent::try_parse_from(args) {
            Ok(agent) => commands::fence_agent(agent.args),
            Err(error) => refused(&error, true, false),
        },
        Some("PowerOffAlertTransfer") => {
            args.splice(..1, ["komainu", "alert"].map(OsString::from));
            run_verb(args, platform)
        }
        _ => run_verb(args, platform),
    }
}

fn run_verb(args: Vec<OsString>, platform: Arc<dyn Platform>) -> ExitCode {
    let says = |word| args.iter().any(|said| said == word);
    let (agent, json) = (says("fence-agent"), says("--json"));
    match cli::Cli::try_parse_from(args) {
        Ok(cli) => commands::run(cli.command, json, platform),
        Err(error) => refused(&error, agent, json),
    }
}

/// Prints what is wrong with the command line, or the help that was asked for.
fn refused(error: &clap::Error, agent: bool, json: bool) -> ExitCode {
    if json && error.exit_code() != 0 {
        return Stop::new(Exit::Usage, in_two(&error.to_string())).told().into();
    }
    // Help that nobody reads to its end is no failure.
    let _ = error.print();
    match error.exit_code() {
        0 => Exit::Ok,
        // An agent that ends with 2 says that a server is off.
        _ if agent => Exit::Local,
        _ => Exit::Usage,
    }
    .into()
}

/// What clap says of a command line, in one line, and what helps in another.
fn in_two(said: &str) -> String {
    let mut parts = said.trim_start_matches("error: ").split("\n\n").map(|part| {
        let words: Vec<_> = part.split_whitespace().collect();
        words.join(" ")
    });
    let text = parts.next().unwrap_or_default();
    let remedy: Vec<_> = parts.collect();
    format!("{text}\n  {}", remedy.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_command_line_is_told_in_two_parts() {
        for words in ["bmc --jsn", "reset --json", "plan --json", "history --json --bogus 1"] {
            let words = std::iter::once("komainu").chain(words.split(' '));
            let error = cli::Cli::try_parse_from(words).expect_err("it is wrong").to_string();
            let (said, helps) = (in_two(&error), |text: &str| text.contains("--help"));
            let (text, remedy) = said.split_once("\n  ").expect("two parts");
            assert!(!text.is_empty() && !text.contains("error:") && helps(remedy), "{said}");
        }
    }
}
