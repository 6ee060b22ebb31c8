//! The shell that Linux and Windows share: command line, sockets, output.
//!
//! [`run`] is the whole program. What is decided about a BMC is decided by the core; this crate
//! carries its datagrams, keeps its time, and tells people what came of it.

mod access;
mod cli;
mod clock;
mod commands;
mod config;
mod control;
mod credentials;
mod engine;
mod exit;
mod fresh;
mod host_list;
mod moment;
mod names;
mod net;
mod output;
mod problem;
mod resolve;
mod service;
mod tasks;
mod workarounds;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
pub use service::platform;
use service::platform::Platform;

/// Runs the program with its arguments, its own name first. The exit codes are in its help.
///
/// The platform is for the services alone.
pub fn run(args: impl IntoIterator<Item = OsString>, platform: Arc<dyn Platform>) -> ExitCode {
    match cli::Cli::try_parse_from(args) {
        Ok(cli) => commands::run(cli.command, platform).into(),
        Err(error) => {
            // Help that nobody reads to its end is no failure.
            let _ = error.print();
            if error.exit_code() == 0 { exit::Exit::Ok.into() } else { exit::Exit::Usage.into() }
        }
    }
}
