//! What no field shows by itself: names and addresses that are used twice, services that wait for
//! each other.

mod outlets;
mod supplies;

use std::collections::HashMap;
use std::fmt::Display;
use std::hash::Hash;

use komainu_core::limits::{MAX_CONNECTORS, MAX_HOSTS, MAX_SERVICES};
use komainu_core::types::ServiceNumber;

use super::{Cluster, Service, Site};
use crate::config::field::Field;
use crate::config::finding::Notes;
use crate::config::reader::{Marks, Reader};
use crate::config::table::{bmc, cluster, connector, server, service};

/// Notes sections without which there is nothing to do.
pub(super) fn missing(notes: &Notes<'_>, file: &Reader<'_>) {
    for section in [&connector::CONNECTOR, &cluster::CLUSTER] {
        if file.tables(section).is_empty() {
            let remedy = "see 'komainu config example' for a whole file";
            let text = format!("there is no {}", section.header());
            notes.wrong(file.at(), section.path, text, remedy);
        }
    }
}

/// Notes everything that cannot be together.
pub(super) fn check(notes: &Notes<'_>, site: &Site) {
    let connectors = site.connectors.iter();
    once(notes, &connector::NUMBER, connectors.clone().map(|c| (&c.marks, c.number.0)));
    once(notes, &connector::NAME, connectors.map(|c| (&c.marks, c.name.as_str())));
    let clusters = || site.clusters.iter();
    once(notes, &cluster::NUMBER, clusters().map(|c| (&c.marks, c.number)));
    once(notes, &cluster::NAME, clusters().map(|c| (&c.marks, c.name.as_str())));
    once(notes, &cluster::PORT, clusters().map(|c| (&c.marks, c.port)));
    let servers = clusters().flat_map(|cluster| &cluster.servers);
    once(notes, &bmc::ADDRESS, servers.map(|s| (&s.bmc.marks, s.bmc.address)));
    supplies::check(notes, site);
    outlets::check(notes, site);
    for cluster in &site.clusters {
        hosts(notes, cluster);
        timers(notes, cluster);
        services(notes, cluster);
    }
}

/// Notes each value that came before.
fn once<'s, K, V: Hash + Eq + Display>(
    notes: &Notes<'_>,
    field: &Field<K>,
    values: impl Iterator<Item = (&'s Marks, V)>,
) {
    let mut seen = HashMap::new();
    for (marks, value) in values {
        if let Some(line) = seen.get(&value) {
            let text = format!("{value} is taken in line {line}");
            let remedy = "each needs its own";
            notes.wrong(marks.of(field), &marks.path(field), text, remedy);
        } else {
            seen.insert(value, marks.of(field).line);
        }
    }
}

fn hosts(notes: &Notes<'_>, cluster: &Cluster) {
    let servers = || cluster.servers.iter();
    once(notes, &server::HOST, servers().map(|s| (&s.marks, s.host)));
    once(notes, &server::NAME, servers().map(|s| (&s.marks, s.name.as_str())));
    let addresses = servers().flat_map(|s| s.address.map(|address| (&s.marks, address)));
    once(notes, &server::ADDRESS, addresses);
    let paths = servers().flat_map(|s| s.paths.iter().map(|path| (&s.marks, path)));
    once(notes, &server::PATHS, paths);
    for server in servers() {
        let shared = |path: &&std::net::SocketAddr| {
            server.address.is_some_and(|address| address.ip() == path.ip())
        };
        if server.paths.iter().any(|path| shared(&path)) {
            notes.wrong(
                server.marks.of(&server::PATHS),
                &server.marks.path(&server::PATHS),
                "a monitoring path has the address of the reset path",
                "use other networks: one fault must not take both away",
            );
        }
        if server.paths.is_empty() && !cluster.services.is_empty() {
            notes.wrong(
                server.marks.of(&server::PATHS),
                &server.marks.path(&server::PATHS),
                "there is no monitoring path, on which the others would see it live",
                "add its address on a network other than the reset path",
            );
        }
    }
    let most = |is: usize, most: usize, what: &str| {
        if is > most {
            let text = format!("has {is} {what}, at most {most} fit");
            notes.wrong(cluster.marks.at(), cluster.marks.section(), text, "make two of it");
        }
    };
    most(cluster.servers.len(), MAX_HOSTS, "servers");
    most(cluster.connectors.len(), MAX_CONNECTORS, "connectors");
    for server in servers() {
        let here = cluster.services.iter().filter(|service| service.hosts.contains(&server.host));
        most(here.count(), MAX_SERVICES, &format!("services on {}", server.name));
    }
}

fn timers(notes: &Notes<'_>, cluster: &Cluster) {
    let marks = &cluster.marks;
    let (heartbeat, patrol) = (cluster.timers.heartbeat, cluster.timers.patrol);
    if heartbeat.duration() * 4 > patrol.duration() {
        notes.wrong(
            marks.of(&cluster::HEARTBEAT),
            &marks.path(&cluster::HEARTBEAT),
            "is more than a quarter of 'patrol'",
            "shorten it, or leave it out: one lost heartbeat must not look like a failure",
        );
    }
}

fn services(notes: &Notes<'_>, cluster: &Cluster) {
    let services = || cluster.services.iter();
    once(notes, &service::NUMBER, services().map(|s| (&s.marks, s.number)));
    once(notes, &service::NAME, services().map(|s| (&s.marks, s.name.as_str())));
    let mut groups: HashMap<u8, &Service> = HashMap::new();
    for service in services() {
        parents(notes, cluster, service);
        let Some(group) = service.group else { continue };
        let first = *groups.entry(group).or_insert(service);
        if first.hosts != service.hosts {
            notes.wrong(
                service.marks.of(&service::HOSTS),
                &service.marks.path(&service::HOSTS),
                format!("differ from those of {} in the same group", first.name),
                "services that move together have the same hosts in the same order",
            );
        }
    }
}

fn parents(notes: &Notes<'_>, cluster: &Cluster, service: &Service) {
    let wrong = |text: String, remedy: &str| {
        let marks = &service.marks;
        notes.wrong(marks.of(&service::PARENTS), &marks.path(&service::PARENTS), text, remedy);
    };
    for number in &service.parents {
        let Some(parent) = cluster.service(*number) else { continue };
        if service.hosts.iter().any(|host| !parent.hosts.contains(host)) {
            wrong(
                format!("{} does not run on every host of this service", parent.name),
                "add the hosts to the parent, or take them from this service",
            );
        }
        if ancestors(cluster, *number).contains(&service.number) {
            wrong(
                format!("{} waits for this service itself", parent.name),
                "take one of the two out: neither could start",
            );
        }
    }
}

/// The service and everything that it waits for.
fn ancestors(cluster: &Cluster, of: ServiceNumber) -> Vec<ServiceNumber> {
    let mut all = vec![of];
    let mut at = 0;
    while let Some(number) = all.get(at) {
        at += 1;
        let Some(service) = cluster.service(*number) else { continue };
        for parent in &service.parents {
            if !all.contains(parent) {
                all.push(*parent);
            }
        }
    }
    all
}

impl Cluster {
    /// The service of that number.
    pub(crate) fn service(&self, number: ServiceNumber) -> Option<&Service> {
        self.services.iter().find(|service| service.number == number)
    }
}
