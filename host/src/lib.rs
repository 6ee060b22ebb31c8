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
            Err(error) => refused(&error, true),
        },
        Some("PowerOffAlertTransfer") => {
            args.splice(..1, ["komainu", "alert"].map(OsString::from));
            run_verb(args, platform)
        }
        _ => run_verb(args, platform),
    }
}

fn run_verb(args: Vec<OsString>, platform: Arc<dyn Platform>) -> ExitCode {
    let agent = args.iter().any(|word| word == "fence-agent");
    match cli::Cli::try_parse_from(args) {
        Ok(cli) => commands::run(cli.command, platform),
        Err(error) => refused(&error, agent),
    }
}

/// Prints what is wrong with the command line, or the help that was asked for.
fn refused(error: &clap::Error, agent: bool) -> ExitCode {
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
