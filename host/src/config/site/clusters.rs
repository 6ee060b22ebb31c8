//! Reads a cluster.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use komainu_core::connector::Rules;
use komainu_core::limits::MAX_PATHS;
use komainu_core::member::Timers;
use komainu_core::time::Millis;
use komainu_core::types::ConnectorNumber;

use super::power::Known;
use super::{Cluster, ClusterKey, Server, servers, services};
use crate::config::finding::Notes;
use crate::config::reader::{Found, Reader};
use crate::config::secret::Secret;
use crate::config::table::{cluster, server, service};

/// Highest port of a cluster: those of its monitoring paths follow.
const MAX_PORT: u16 = u16::MAX - MAX_PATHS as u16;
/// What a request may take beyond the worst case of the server that it is about.
const REQUEST_MARGIN: Duration = Duration::from_secs(10);

/// Reads a cluster; `connectors` are all that there are, and `known` what its servers may name.
pub(super) fn read<'r>(
    notes: &'r Notes<'r>,
    found: Found<'r>,
    connectors: &[ConnectorNumber],
    known: &'r Known,
    folder: &Path,
) -> Option<Cluster> {
    let mut reader = Reader::new(notes, &cluster::CLUSTER, found);
    let number = reader.get(&cluster::NUMBER);
    let name = reader.get(&cluster::NAME);
    let port = reader.get(&cluster::PORT).or(number);
    let timers = timers(&mut reader);
    let budget = reader.get(&cluster::REQUEST_BUDGET);
    let rules = rules(&mut reader, timers.map(|timers| timers.patrol));
    // A port that could not be read is noted; what depends on it is read all the same.
    let known_port = port.unwrap_or(1);
    if known_port > MAX_PORT {
        let text = format!("leaves no ports for {MAX_PATHS} monitoring paths after it");
        let (place, path) = (reader.place(&cluster::PORT), reader.path(&cluster::PORT));
        notes.wrong(place, &path, text, format!("say 'port', at most {MAX_PORT}"));
    }
    let common = servers::Common::read(notes, &reader, known, folder);
    let tables = reader.tables(&server::SERVER);
    few(notes, &reader, tables.len(), rules);
    let names: Vec<_> = tables.iter().filter_map(|found| servers::name(*found)).collect();
    let servers = tables.into_iter();
    let servers = servers.filter_map(|found| servers::read(notes, found, known_port, &common));
    let mut servers: Vec<_> = servers.collect();
    servers.sort_by_key(|(server, _)| server.host);
    let services = services::read(notes, &reader.tables(&service::SERVICE), &names);
    let (connectors, reached) = reach(notes, &reader, connectors, known_port);
    let keys = keys(notes, &reader, folder);
    let (marks, canonical) = reader.finish();
    let mut texts = vec![canonical, reached];
    texts.extend(servers.iter().map(|(_, canonical)| canonical.clone()));
    texts.extend(services.iter().map(|(_, canonical)| canonical.clone()));
    let servers: Vec<_> = servers.into_iter().map(|(server, _)| server).collect();
    let mut timers = timers?;
    timers.request_budget =
        budget.unwrap_or_else(|| Millis::of(longest(&servers) + REQUEST_MARGIN));
    Some(Cluster {
        number: number?,
        name: name?,
        port: port?,
        keys,
        connectors,
        timers,
        rules: rules?,
        servers,
        services: services.into_iter().map(|(service, _)| service).collect(),
        canonical: texts.concat(),
        marks,
    })
}

/// Notes a cluster with too few servers for what it wants.
fn few(notes: &Notes<'_>, cluster: &Reader<'_>, servers: usize, rules: Option<Rules>) {
    if servers == 0 {
        let text = "has no [[cluster.server]]";
        notes.wrong(cluster.at(), cluster::CLUSTER.path, text, "add its servers");
    }
    let others = servers.saturating_sub(1);
    let wanted = rules.map_or(0, |rules| usize::from(rules.min_survivors));
    if others > 0 && wanted > others {
        notes.wrong(
            cluster.place(&cluster::MIN_SURVIVORS),
            &cluster.path(&cluster::MIN_SURVIVORS),
            format!("{others} are left after a reset, so every reset would be refused"),
            format!("use at most {others}"),
        );
    }
}

fn rules(reader: &mut Reader<'_>, patrol: Option<Millis>) -> Option<Rules> {
    let boot_grace = reader.get(&cluster::BOOT_GRACE);
    let min_survivors = reader.get(&cluster::MIN_SURVIVORS);
    let max_resets_in_flight = reader.get(&cluster::MAX_RESETS);
    let on_isolation = reader.get(&cluster::ON_ISOLATION);
    Some(Rules {
        patrol: patrol?,
        boot_grace: boot_grace?,
        min_survivors: min_survivors?,
        max_resets_in_flight: max_resets_in_flight?,
        on_isolation: on_isolation?,
    })
}

fn timers(reader: &mut Reader<'_>) -> Option<Timers> {
    let patrol = reader.get(&cluster::PATROL);
    let heartbeat = reader.get(&cluster::HEARTBEAT);
    let step = reader.get(&cluster::STEP);
    let start_wait = reader.get(&cluster::START_WAIT);
    let patrol = patrol?;
    Some(Timers {
        patrol,
        heartbeat: heartbeat.unwrap_or_else(|| Millis::of(patrol.duration() / 4)),
        step: step?,
        start_wait: start_wait?,
        ..Timers::default()
    })
}

/// The longest worst case of the servers.
pub(crate) fn longest(servers: &[Server]) -> Duration {
    let worst = servers.iter().map(|server| server.plan.worst_case().silent);
    worst.max().unwrap_or_default()
}

type Reach = BTreeMap<ConnectorNumber, Option<SocketAddr>>;

/// Who serves the cluster, and where.
fn reach<'r>(
    notes: &'r Notes<'r>,
    cluster: &Reader<'r>,
    connectors: &[ConnectorNumber],
    port: u16,
) -> (Reach, String) {
    let mut reach = BTreeMap::new();
    let mut texts = BTreeMap::new();
    let tables = cluster.tables(&cluster::REACH);
    if tables.is_empty() {
        reach.extend(connectors.iter().map(|number| (*number, None)));
    }
    for found in tables {
        let mut reader = Reader::new(notes, &cluster::REACH, found);
        let number = reader.get(&cluster::REACH_NUMBER);
        let address = reader.get(&cluster::REACH_ADDRESS).map(|at| at.or_port(port));
        let (marks, canonical) = reader.finish();
        let Some(number) = number else { continue };
        let (at, path) = (marks.of(&cluster::REACH_NUMBER), marks.path(&cluster::REACH_NUMBER));
        if !connectors.contains(&number) {
            notes.wrong(at, &path, "there is no such connector", "add it as [[connector]]");
        }
        if reach.insert(number, address).is_some() {
            notes.wrong(at, &path, "names a connector that is named before", "name each once");
        }
        texts.insert(number, canonical);
    }
    (reach, texts.into_values().collect())
}

fn keys<'r>(notes: &'r Notes<'r>, cluster: &Reader<'r>, folder: &Path) -> Vec<ClusterKey> {
    let tables = cluster.tables(&cluster::KEY);
    if !(1..=2).contains(&tables.len()) {
        notes.wrong(
            tables.get(2).map_or(cluster.at(), |third| third.at),
            cluster::KEY.path,
            format!(
                "a cluster has one key, or two while one replaces the other, not {}",
                tables.len()
            ),
            "make one with 'komainu key new FILE', and name the file under [[cluster.key]]",
        );
    }
    let mut keys: Vec<ClusterKey> = Vec::new();
    for found in tables {
        let mut reader = Reader::new(notes, &cluster::KEY, found);
        let number = reader.get(&cluster::KEY_NUMBER);
        let fields = (&cluster::KEY_FILE, &cluster::KEY_ENV, &cluster::KEY_CREDENTIAL);
        let secret = Secret::required(&mut reader, notes, fields, folder);
        let (marks, _) = reader.finish();
        let (Some(number), Some(secret)) = (number, secret) else { continue };
        if keys.iter().any(|key| key.number == number) {
            let (at, path) = (marks.of(&cluster::KEY_NUMBER), marks.path(&cluster::KEY_NUMBER));
            notes.wrong(at, &path, "both keys have this number", "give the new key another one");
        }
        keys.push(ClusterKey { number, secret });
    }
    keys
}
