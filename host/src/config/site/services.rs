//! Reads the services of a cluster.

use komainu_core::types::{HostAddress, ServiceNumber, SystemName};

use super::{Check, Service};
use crate::config::finding::Notes;
use crate::config::reader::{Found, Reader};
use crate::config::table::service;

/// Reads the services of a cluster with these servers, the lowest number first, each with its part
/// of the canonical form.
pub(super) fn read<'r>(
    notes: &'r Notes<'r>,
    tables: &[Found<'r>],
    servers: &[(SystemName, Option<HostAddress>)],
) -> Vec<(Service, String)> {
    let known: Vec<_> = tables.iter().filter_map(|found| name(*found)).collect();
    let services = tables.iter().filter_map(|found| one(notes, *found, servers, &known));
    let mut services: Vec<_> = services.collect();
    services.sort_by_key(|(service, _)| service.number);
    services
}

/// Name and number of a service, for others that name it; what is wrong with them is noted
/// elsewhere.
fn name(found: Found<'_>) -> Option<(SystemName, Option<ServiceNumber>)> {
    let notes = Notes::on("");
    let mut reader = Reader::new(&notes, &service::SERVICE, found);
    Some((reader.get(&service::NAME)?, reader.get(&service::NUMBER)))
}

fn one<'r>(
    notes: &'r Notes<'r>,
    found: Found<'r>,
    servers: &[(SystemName, Option<HostAddress>)],
    known: &[(SystemName, Option<ServiceNumber>)],
) -> Option<(Service, String)> {
    let mut reader = Reader::new(notes, &service::SERVICE, found);
    let number = reader.get(&service::NUMBER);
    let name = reader.get(&service::NAME);
    let hosts = hosts(&mut reader, notes, servers);
    let autostart = reader.get(&service::AUTOSTART);
    let start = reader.get(&service::START);
    let stop = reader.get(&service::STOP);
    let start_limit = reader.get(&service::START_LIMIT);
    let start_tries = reader.get(&service::START_TRIES);
    let stop_limit = reader.get(&service::STOP_LIMIT);
    let check = check(&mut reader);
    let on_failure = reader.get(&service::ON_FAILURE);
    let group = reader.get(&service::GROUP);
    let parents = parents(&mut reader, notes, known);
    let (marks, text) = reader.finish();
    let service = Service {
        number: number?,
        name: name?,
        hosts: hosts?,
        autostart: autostart?,
        start: start?,
        start_limit: start_limit?,
        start_tries: start_tries?,
        stop: stop?,
        stop_limit: stop_limit?,
        check: check?,
        on_failure: on_failure?,
        group,
        parents: parents?,
        marks,
    };
    Some((service, text))
}

fn hosts(
    reader: &mut Reader<'_>,
    notes: &Notes<'_>,
    servers: &[(SystemName, Option<HostAddress>)],
) -> Option<Vec<HostAddress>> {
    let names = reader.get(&service::HOSTS)?;
    let mut hosts = Vec::with_capacity(names.len());
    for name in names {
        match servers.iter().find(|(known, _)| *known == name) {
            Some((_, host)) => hosts.extend(*host),
            None => notes.wrong(
                reader.place(&service::HOSTS),
                &reader.path(&service::HOSTS),
                format!("the cluster has no server {name:?}", name = name.as_str()),
                "name servers as their 'name' says",
            ),
        }
    }
    Some(hosts)
}

fn parents(
    reader: &mut Reader<'_>,
    notes: &Notes<'_>,
    known: &[(SystemName, Option<ServiceNumber>)],
) -> Option<Vec<ServiceNumber>> {
    let names = reader.get(&service::PARENTS)?;
    let mut parents = Vec::with_capacity(names.len());
    for name in names {
        match known.iter().find(|(known, _)| *known == name) {
            Some((_, number)) => parents.extend(*number),
            None => notes.wrong(
                reader.place(&service::PARENTS),
                &reader.path(&service::PARENTS),
                format!("the cluster has no service {name:?}", name = name.as_str()),
                "name services as their 'name' says",
            ),
        }
    }
    Some(parents)
}

/// How the service is watched: `Some(None)` if it is not.
fn check(reader: &mut Reader<'_>) -> Option<Option<Check>> {
    let command = reader.get(&service::CHECK);
    let every = reader.get(&service::CHECK_EVERY);
    let limit = reader.get(&service::CHECK_LIMIT);
    let tries = reader.get(&service::CHECK_TRIES);
    let (every, limit, tries) = (every?, limit?, tries?);
    Some(command.map(|command| Check { command, every, limit, tries }))
}
