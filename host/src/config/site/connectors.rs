//! Reads the connectors, and what members keep.

use std::net::SocketAddr;
use std::path::Path;

use super::{Connector, Keeping, appliance};
use crate::config::field::Field;
use crate::config::finding::Notes;
use crate::config::kind::{Address, Endpoint, FilePath};
use crate::config::reader::{Found, Reader};
use crate::config::table::appliance::APPLIANCE;
use crate::config::table::connector;

/// The port of SNMP traps.
const TRAP_PORT: u16 = 162;

/// Reads every connector that can be read.
pub(super) fn read<'r>(notes: &'r Notes<'r>, file: &Reader<'r>, folder: &Path) -> Vec<Connector> {
    let found = file.tables(&connector::CONNECTOR);
    found.into_iter().filter_map(|found| one(notes, found, folder)).collect()
}

fn one<'r>(notes: &'r Notes<'r>, found: Found<'r>, folder: &Path) -> Option<Connector> {
    let mut reader = Reader::new(notes, &connector::CONNECTOR, found);
    let number = reader.get(&connector::NUMBER);
    let name = reader.get(&connector::NAME);
    let listen = listen(&mut reader, notes);
    let keeping = keeping(&mut reader, notes, folder, &connector::STATE, &connector::CONTROL);
    let traps = reader.get(&connector::TRAPS).map(|at| at.or_port(TRAP_PORT));
    let appliance = match reader.table(&APPLIANCE) {
        Some(found) => Some(appliance::read(notes, found, folder)?),
        None => None,
    };
    let (marks, _) = reader.finish();
    Some(Connector {
        number: number?,
        name: name?,
        listen: listen?,
        keeping: keeping?,
        traps,
        appliance,
        marks,
    })
}

fn listen(reader: &mut Reader<'_>, notes: &Notes<'_>) -> Option<Vec<std::net::IpAddr>> {
    let endpoints = reader.get(&connector::LISTEN)?;
    if endpoints.iter().any(|endpoint| endpoint.port.is_some()) {
        let text = "has a port, but each cluster has its own";
        notes.wrong(
            reader.place(&connector::LISTEN),
            &reader.path(&connector::LISTEN),
            text,
            "write the address alone; the port is the cluster's",
        );
    }
    Some(endpoints.into_iter().map(|endpoint| endpoint.ip).collect())
}

fn keeping(
    reader: &mut Reader<'_>,
    notes: &Notes<'_>,
    folder: &Path,
    state: &'static Field<FilePath>,
    control: &'static Field<Address>,
) -> Option<Keeping> {
    let path = reader.get(state);
    let local = reader.get(control).and_then(|endpoint| {
        let address = local(endpoint);
        if address.is_none() {
            notes.wrong(
                reader.place(control),
                &reader.path(control),
                "is not an address of this machine alone with a port",
                "write \"127.0.0.1:PORT\" or \"[::1]:PORT\": who reaches it can fence servers",
            );
        }
        address
    });
    Some(Keeping { state: folder.join(path?), control: local? })
}

fn local(endpoint: Endpoint) -> Option<SocketAddr> {
    let port = endpoint.port.filter(|_| endpoint.ip.is_loopback())?;
    Some(SocketAddr::new(endpoint.ip, port))
}

/// Reads what members keep; the defaults where the file says nothing.
pub(super) fn member<'r>(
    notes: &'r Notes<'r>,
    file: &Reader<'r>,
    folder: &Path,
) -> Option<Keeping> {
    let found = file.table(&connector::MEMBER).unwrap_or_else(|| file.nothing());
    let mut reader = Reader::new(notes, &connector::MEMBER, found);
    let (state, control) = (&connector::MEMBER_STATE, &connector::MEMBER_CONTROL);
    let keeping = keeping(&mut reader, notes, folder, state, control);
    reader.finish();
    keeping
}
