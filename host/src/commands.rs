//! What each command of the command line does, from its arguments to its exit code.

mod bmc;
mod config;
mod connector;
mod demo;
mod fence;
mod fence_agent;
mod key;
mod manual;
mod member;
mod operator;

use std::cell::RefCell;
use std::fmt::Display;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;

pub(crate) use fence_agent::run as fence_agent;
use komainu_core::time::Instant;
use serde_json::json;

use crate::cli::Command;
use crate::engine::Observer;
use crate::exit::Exit;
use crate::output::Printer;
use crate::service::platform::{Journal, Platform, Severity};

/// Runs a command. With `json` a failure is told as an object.
pub(crate) fn run(command: Command, json: bool, platform: Arc<dyn Platform>) -> ExitCode {
    let serves = matches!(command, Command::Connector(_) | Command::Member(_));
    let journal = if serves { platform.journal() } else { None };
    let ended = match command {
        Command::Bmc(args) => bmc::run(&args),
        Command::Fence(args) => fence::run(&args),
        Command::Demo(args) => demo::run(args, platform),
        Command::Config { verb } => config::run(&verb),
        Command::Key { verb } => key::run(&verb),
        Command::Connector(args) => connector::run(args, platform),
        Command::Member(args) => member::run(args, platform),
        Command::Operator(verb) => operator::run(&verb),
        Command::FenceAgent(args) => return fence_agent(args),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { folder } => manual::man(folder.as_deref()),
    };
    match ended {
        Ok(exit) => exit,
        Err(stop) if json && !serves => stop.told(),
        Err(Stop { exit, text }) => {
            complain(exit, &text, journal);
            exit
        }
    }
    .into()
}

/// Says why it ended: a service where its messages go as well, everything else on standard error.
fn complain(exit: Exit, text: &str, journal: Option<Box<dyn Journal>>) {
    let line = format!("{} {text}", exit.id());
    let told = journal.map(|mut log| log.write(Severity::Error, &exit.id(), &line, &[]));
    if told.is_none_or(|told| told.is_err()) {
        eprintln!("{line}");
    }
}

/// Why a command ends before it has asked anybody anything.
pub(crate) struct Stop {
    exit: Exit,
    text: String,
}

impl Stop {
    /// The text is what happened, and from its second line on what helps.
    pub(crate) fn new(exit: Exit, text: impl Display) -> Self {
        Self { exit, text: text.to_string() }
    }

    /// Prints it for programs, where they read the result.
    pub(crate) fn told(&self) -> Exit {
        // A reader that is gone does not mind.
        let _ = manual::print(self.object().as_bytes());
        self.exit
    }

    /// As a line of JSON.
    fn object(&self) -> String {
        let (text, remedy) = self.text.split_once("\n  ").unwrap_or((&self.text, ""));
        let (id, kind) = (self.exit.id(), self.exit.word());
        let error = json!({ "id": id, "kind": kind, "text": text, "remedy": remedy });
        manual::line(&json!({ "error": error }))
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::new(Exit::Local, error)
    }
}

impl From<crate::access::AccessError> for Stop {
    fn from(error: crate::access::AccessError) -> Self {
        Self::new(error.exit(), error)
    }
}

impl From<crate::config::ConfigError> for Stop {
    fn from(error: crate::config::ConfigError) -> Self {
        Self::new(error.exit(), error)
    }
}

impl From<crate::config::FileError> for Stop {
    fn from(error: crate::config::FileError) -> Self {
        Self::new(error.exit(), error)
    }
}

impl From<crate::control::ClientError> for Stop {
    fn from(error: crate::control::ClientError) -> Self {
        let exit = error.exit();
        let (text, remedy) = (error.to_string(), error.remedy());
        // Some texts end with what helps already.
        match text.contains("\n  ") || remedy.is_empty() {
            true => Self::new(exit, text),
            false => Self::new(exit, format!("{text}\n  {remedy}")),
        }
    }
}

impl From<crate::credentials::CredentialError> for Stop {
    fn from(error: crate::credentials::CredentialError) -> Self {
        Self::new(error.exit(), error)
    }
}

impl From<crate::host_list::HostListError> for Stop {
    fn from(error: crate::host_list::HostListError) -> Self {
        Self::new(Exit::Usage, error)
    }
}

/// Whom the service of that name tells what happens, at a reload.
fn notices(site: &crate::config::Site, name: &str) -> Result<crate::tell::NoticesSetup, String> {
    site.notices(name).map_err(|found| wrong(&found).text)
}

/// What is wrong in the configuration, or not to be had.
fn wrong(findings: &[crate::config::Finding]) -> Stop {
    let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
    Stop::new(crate::config::exit_of(findings), lines.join("\n"))
}

/// A runtime of one thread: everything waits for sockets and time.
fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()
}

/// Runs a service to its end. A look-up of a name that still hangs then, as they do when the mains
/// have failed at the name server, is not waited for.
fn serve<T>(service: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let runtime = runtime()?;
    let ended = runtime.block_on(service);
    runtime.shutdown_background();
    ended
}

/// Shows every line as soon as it is there.
struct Flush<'a>(&'a RefCell<Printer>);

impl Observer for Flush<'_> {
    fn pause(&mut self, _: Instant, _: usize) -> Option<Instant> {
        self.0.borrow_mut().flush();
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_failure_is_one_object() {
        let stop = Stop::new(Exit::NoService, "nobody answers\n  Start it.");
        let value: serde_json::Value = serde_json::from_str(&stop.object()).expect("JSON");
        assert_eq!(value["error"]["id"], "KMN130-E");
        assert_eq!(value["error"]["text"], "nobody answers");
        assert_eq!(value["error"]["remedy"], "Start it.");
    }

    #[test]
    fn a_service_that_has_ended_waits_for_no_look_up() {
        let (release, hangs) = mpsc::channel::<()>();
        let began = Instant::now();
        let ended = serve(async move {
            tokio::task::spawn_blocking(move || hangs.recv_timeout(Duration::from_secs(20)));
            Ok(())
        });
        assert!(ended.is_ok() && began.elapsed() < Duration::from_secs(10));
        drop(release);
    }
}
