//! The file of all parties, checked: who takes part, how they reach one another, what they do.

mod appliance;
mod clusters;
mod connectors;
mod guests;
mod notices;
mod nut_server;
mod party;
mod power;
mod powered;
mod relations;
mod servers;
mod services;
mod supplies;
#[cfg(test)]
mod tests;
mod upses;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use komainu_core::connector::Rules;
use komainu_core::fence::Plan;
use komainu_core::member::{OnFailure, Timers};
use komainu_core::session::Profile;
use komainu_core::time::Millis;
use komainu_core::types::{ConnectorNumber, HostAddress, KeyNumber, ServiceNumber, SystemName};
use toml::de::DeTable;

use super::finding::{Finding, Notes, Place, Severity};
use super::reader::{Found, Marks, Reader};
use super::secret::Secret;
use super::table;
use crate::guests::GuestsSetup;
pub(crate) use appliance::Appliance;
pub(crate) use notices::{Notices, Occasion};
pub(crate) use nut_server::{NutServer, ServingTls};
pub(crate) use supplies::{
    CutWay, Maintenance, MaintenanceKind, Mib, Nodes, Nut, Powered, Privacy, Snmp, SnmpAccess,
    SnmpAuth, SnmpVersion, Software, Speaker, Stage, Supplies, Tls, Ups,
};

/// Everybody who takes part.
#[derive(Debug)]
pub(crate) struct Site {
    /// The connectors.
    pub(crate) connectors: Vec<Connector>,
    /// What members keep on their machines.
    pub(crate) member: Keeping,
    /// Supplies, and the plan for when they fail.
    pub(crate) supplies: Supplies,
    /// Outages that come again, or are known long before.
    pub(crate) occasions: Vec<Occasion>,
    /// Whom services tell what happens.
    pub(crate) notices: Notices,
    /// The clusters.
    pub(crate) clusters: Vec<Cluster>,
}

/// What a service keeps on its machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keeping {
    /// Folder for what outlives a restart.
    pub(crate) state: PathBuf,
    /// Where operators reach it; on this machine.
    pub(crate) control: SocketAddr,
}

/// A connector.
#[derive(Debug)]
pub(crate) struct Connector {
    /// Its number.
    pub(crate) number: ConnectorNumber,
    /// Its name.
    pub(crate) name: SystemName,
    /// Where it listens; empty = on every interface.
    pub(crate) listen: Vec<IpAddr>,
    /// What it keeps.
    pub(crate) keeping: Keeping,
    /// Where it receives traps.
    pub(crate) traps: Option<SocketAddr>,
    /// It is an appliance.
    pub(crate) appliance: Option<Appliance>,
    /// Where its fields stand.
    pub(crate) marks: Marks,
}

/// A cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// Its number.
    pub(crate) number: u16,
    /// Its name.
    pub(crate) name: SystemName,
    /// UDP port of the reset path.
    pub(crate) port: u16,
    /// Its keys, one or two, the older one first.
    pub(crate) keys: Vec<ClusterKey>,
    /// The connectors that serve it, and where they are; `None` = by broadcast.
    pub(crate) connectors: BTreeMap<ConnectorNumber, Option<SocketAddr>>,
    /// What is said of time.
    pub(crate) timers: Timers,
    /// What the connector holds back.
    pub(crate) rules: Rules,
    /// Its servers, the lowest host address first.
    pub(crate) servers: Vec<Server>,
    /// Its services, the lowest number first.
    pub(crate) services: Vec<Service>,
    /// What all parties must agree on, as one text.
    pub(crate) canonical: String,
    /// Where its fields stand.
    pub(crate) marks: Marks,
}

/// A cluster's key.
#[derive(Debug)]
pub(crate) struct ClusterKey {
    /// Its number.
    pub(crate) number: KeyNumber,
    /// Where it comes from.
    pub(crate) secret: Secret,
}

/// A managed server.
#[derive(Debug)]
pub(crate) struct Server {
    /// Host address.
    pub(crate) host: HostAddress,
    /// System name.
    pub(crate) name: SystemName,
    /// Where its member is on the reset path, if that is said.
    pub(crate) address: Option<SocketAddr>,
    /// Its addresses on monitoring paths 1, 2 ...
    pub(crate) paths: Vec<SocketAddr>,
    /// Its BMC.
    pub(crate) bmc: Bmc,
    /// How it is fenced.
    pub(crate) plan: Plan,
    /// What it hangs on, and how it stops and starts.
    pub(crate) power: Powered,
    /// Its guests, if it has any.
    pub(crate) guests: Option<GuestsSetup>,
    /// Where its fields stand.
    pub(crate) marks: Marks,
    /// Where those of its fencing stand.
    pub(crate) fence_marks: Marks,
}

/// A server's BMC.
#[derive(Debug)]
pub(crate) struct Bmc {
    /// Where it is.
    pub(crate) address: SocketAddr,
    /// How to log in. Its key 0 is the password, 1 is Kg.
    pub(crate) profile: Profile,
    /// Suites offered, by number.
    pub(crate) suites: Vec<u8>,
    /// Where the password comes from.
    pub(crate) password: Secret,
    /// Where Kg comes from.
    pub(crate) kg: Option<Secret>,
    /// How often the power is read.
    pub(crate) poll: Millis,
    /// Where its fields stand.
    pub(crate) marks: Marks,
}

/// A service.
#[derive(Debug)]
pub(crate) struct Service {
    /// Its number.
    pub(crate) number: ServiceNumber,
    /// Its name.
    pub(crate) name: SystemName,
    /// The hosts that may run it, the primary first.
    pub(crate) hosts: Vec<HostAddress>,
    /// Whether it starts with the cluster.
    pub(crate) autostart: bool,
    /// Starts it.
    pub(crate) start: Vec<String>,
    /// Longest time of a start.
    pub(crate) start_limit: Millis,
    /// How often a start is tried.
    pub(crate) start_tries: u8,
    /// Stops it.
    pub(crate) stop: Vec<String>,
    /// Longest time of a stop.
    pub(crate) stop_limit: Millis,
    /// How it is watched.
    pub(crate) check: Option<Check>,
    /// What its failure leads to.
    pub(crate) on_failure: OnFailure,
    /// Services that move with it.
    pub(crate) group: Option<u8>,
    /// Services that must run before it.
    pub(crate) parents: Vec<ServiceNumber>,
    /// Where its fields stand.
    pub(crate) marks: Marks,
}

/// How a service is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    /// Asks it.
    pub(crate) command: Vec<String>,
    /// How often.
    pub(crate) every: Millis,
    /// Longest time of an answer.
    pub(crate) limit: Millis,
    /// So many failures in a row count.
    pub(crate) tries: u8,
}

/// A file that was read: everything that was found, and the site if nothing of it is an error.
#[derive(Debug)]
pub(crate) struct Read {
    /// The site; `None` with at least one error among the findings.
    pub(crate) site: Option<Site>,
    /// What is wrong, in the order of the file.
    pub(crate) findings: Vec<Finding>,
}

impl Site {
    /// Reads a file's text. Relative paths in it begin at `folder`.
    pub(crate) fn parse(text: &str, folder: &Path) -> Read {
        let notes = Notes::on(text);
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let at = notes.place(error.span().map_or(0, |span| span.start));
            notes.wrong(at, "", error.message(), "see https://toml.io for how TOML is written");
        }
        // What follows from a line that could not be read is not worth telling.
        let site = errors.is_empty().then(|| {
            let root = Found { table: root.get_ref(), at: Place { line: 1, column: 1 } };
            Self::read(&notes, root, folder)
        });
        let findings = notes.into_findings();
        let error = |finding: &Finding| matches!(finding.severity, Severity::Error(_));
        let site = site.flatten().filter(|_| !findings.iter().any(error));
        Read { site, findings }
    }

    fn read<'r>(notes: &'r Notes<'r>, root: Found<'r>, folder: &Path) -> Option<Self> {
        let file = Reader::new(notes, &table::FILE, root);
        let connectors = connectors::read(notes, &file, folder);
        let member = connectors::member(notes, &file, folder);
        let plan = power::table(notes, &file);
        let known = power::Known::of(&file, &plan);
        let supplies = power::read(notes, &file, plan, &known, folder);
        let clusters = Self::clusters(notes, &file, &connectors, &known, folder);
        relations::missing(notes, &file);
        let occasions = notices::occasions(notes, &file);
        let told = notices::read(notes, &file, folder);
        let (member, supplies, notices) = (member?, supplies?, told?);
        let site = Self { connectors, member, supplies, occasions, notices, clusters };
        file.finish();
        relations::check(notes, &site);
        Some(site)
    }

    fn clusters<'r>(
        notes: &'r Notes<'r>,
        file: &Reader<'r>,
        connectors: &[Connector],
        known: &'r power::Known,
        folder: &Path,
    ) -> Vec<Cluster> {
        let numbers: Vec<_> = connectors.iter().map(|connector| connector.number).collect();
        let clusters = file.tables(&table::cluster::CLUSTER).into_iter();
        let read = |found| clusters::read(notes, found, &numbers, known, folder);
        clusters.filter_map(read).collect()
    }
}
