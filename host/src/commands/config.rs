//! `komainu config`: what the configuration of connectors and members says, and may say.

mod compile;
mod inspect;
mod report;

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use super::Stop;
use super::manual::{line, print};
use crate::cli::{ConfigCheck, ConfigVerb};
use crate::config::{self, Finding, Site, Topology};
use crate::exit::Exit;

/// Longest status that is read, in bytes: some thousands of servers.
const MAX_STATUS: u64 = 64 << 20;

/// Runs the verb.
pub(super) fn run(verb: &ConfigVerb) -> Result<Exit, Stop> {
    match verb {
        ConfigVerb::Check(args) => check(args),
        ConfigVerb::Compile(args) => compile::run(args),
        ConfigVerb::Inspect { block, json } => inspect::run(block, *json),
        ConfigVerb::Example { topology } => example(*topology),
        ConfigVerb::Explain { field, json } => explain(field.as_deref(), *json),
    }
}

fn example(topology: Topology) -> Result<Exit, Stop> {
    print(config::example(topology).as_bytes())
}

fn explain(field: Option<&str>, json: bool) -> Result<Exit, Stop> {
    let found = config::explain(field);
    if found.is_empty() {
        let text = "there is no such field or section\n  'komainu config explain' lists all.";
        return Err(Stop::new(Exit::Usage, text));
    }
    let texts: Vec<_> = match json {
        true => found.iter().map(line).collect(),
        false => found.iter().map(config::Explained::lines).collect(),
    };
    print(texts.join(if json { "" } else { "\n" }).as_bytes())
}

fn check(args: &ConfigCheck) -> Result<Exit, Stop> {
    let path = config::place(args.config.as_deref());
    let read = config::read(&path)?;
    let mut findings = read.findings;
    if let Some(site) = &read.site {
        findings.extend(config::misfits(site));
        findings.extend(config::missing_secrets(site));
        findings.extend(config::unfit_certificates(site));
        if let Some(state) = &args.state {
            findings.extend(early_removals(site, state)?);
        }
    }
    findings.sort_by_key(|finding| finding.place);
    let exit = config::exit_of(&findings);
    let report = report::Report { path: &path, findings: &findings, site: read.site.as_ref() };
    if args.json {
        return print(report.json().as_bytes()).map(|_| exit);
    }
    eprint!("{}", report.findings());
    print(report.figures().as_bytes()).map(|_| exit)
}

/// Keys that the file takes away too early, by a connector's status.
fn early_removals(site: &Site, state: &Path) -> Result<Vec<Finding>, Stop> {
    let unreadable = |error: io::Error| {
        Stop::new(Exit::Local, format!("the connector's status: {}: {error}", state.display()))
    };
    let mut text = String::new();
    match state.as_os_str() == "-" {
        true => io::stdin().lock().take(MAX_STATUS).read_to_string(&mut text),
        false => fs::File::open(state).and_then(|file| {
            let mut file = file.take(MAX_STATUS);
            file.read_to_string(&mut text)
        }),
    }
    .map_err(unreadable)?;
    let status = serde_json::from_str(&text).map_err(|error| {
        let text = format!("{} is no status of a connector: {error}", state.display());
        Stop::new(Exit::Usage, text + "\n  Give what 'komainu show --json' prints there.")
    })?;
    Ok(config::early_removals(site, &status))
}
