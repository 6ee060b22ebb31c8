//! What of a connector outlasts a restart.
//!
//! | tag | entry |
//! |---|---|
//! | 1 | the connector: epoch (8) |
//! | 2 | a cluster: number (2), key to send with (1), its arbiter |
//! | 3 | a host's fencing: cluster number (2), fencing |
//! | 4 | a BMC: cluster number (2), host address (2), flags (1), GUID (16), session (4) |
//!
//! Flags: bit 0 = the GUID is pinned, bit 1 = another BMC has it too, bit 2 = a power command may
//! be under way, bit 3 = in the session of that id.

use crate::cluster::{SavedCluster, SavedHost};
use crate::journal::{Full, Get, Record, Writer};
use crate::types::{Epoch, HostAddress, KeyNumber};
use crate::wire::command::device::Guid;

use super::Restored;
use super::bmc::Pin;
use super::server::Carried;
use super::snapshot::Snapshot;

/// Whose record it is.
pub(super) const KIND: u8 = 1;

const CONNECTOR: u8 = 1;
const CLUSTER: u8 = 2;
const FENCING: u8 = 3;
const BMC: u8 = 4;

/// Longest header, and longest entries of a cluster and of a server.
pub(super) const HEADER_LEN: usize = 64;
pub(super) const CLUSTER_LEN: usize = 32;
pub(super) const SERVER_LEN: usize = 64;

/// What is durable of a BMC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SavedBmc {
    pub(super) pin: Pin,
    pub(super) guid: Option<Guid>,
    pub(super) carried: Carried,
}

impl SavedBmc {
    pub(super) const NONE: Self = Self { pin: Pin::None, guid: None, carried: Carried::No };
}

/// Writes the record of a connector.
pub(super) fn write(parts: &Snapshot<'_>, out: &mut [u8]) -> Result<usize, Full> {
    let mut writer = Writer::new(out, KIND, parts.journal.current());
    writer.entry(CONNECTOR, |put| {
        put.u64(parts.shared.epoch.0);
    })?;
    for slot in parts.clusters.iter() {
        writer.entry(CLUSTER, |put| {
            put.u16(slot.line.number).u8(slot.line.keys.sends_with().get());
            slot.cluster.saved().put(put);
        })?;
        let hosts = parts.hosts.get(slot.line.range()).unwrap_or_default();
        let servers = parts.servers.get(slot.line.range()).unwrap_or_default();
        for (host, server) in hosts.iter().zip(servers) {
            if let Some(saved) = host.saved() {
                writer.entry(FENCING, |put| {
                    put.u16(slot.line.number);
                    saved.put(put);
                })?;
            }
            let (pin, guid) = (server.bmc.pin(), server.bmc.guid());
            let saved = SavedBmc { pin, guid, carried: server.carried };
            if saved != SavedBmc::NONE {
                write_bmc(&mut writer, slot.line.number, host.address(), saved)?;
            }
        }
    }
    writer.finish()
}

fn write_bmc(
    writer: &mut Writer<'_>,
    cluster: u16,
    host: HostAddress,
    saved: SavedBmc,
) -> Result<(), Full> {
    let pinned = match saved.pin {
        Pin::None => 0,
        Pin::Pinned => 1,
        Pin::Doubled => 3,
    };
    let (carried, session) = match saved.carried {
        Carried::No => (0, 0),
        Carried::Somewhere => (4, 0),
        Carried::In(session) => (12, session),
    };
    let guid = saved.guid.unwrap_or(Guid([0; 16]));
    writer.entry(BMC, |put| {
        put.u16(cluster).u16(host.get()).u8(pinned | carried).bytes(&guid.0).u32(session);
    })
}

/// A record that was read; looked up once for each cluster and server at the start.
#[derive(Clone, Copy)]
pub(super) struct Saved<'r> {
    record: Option<Record<'r>>,
    /// A newer one cannot be read.
    damaged: bool,
}

impl<'r> Saved<'r> {
    /// Nothing is durable of what is looked up.
    pub(super) const NONE: Self = Self { record: None, damaged: false };

    pub(super) fn read(restored: Restored<'r>) -> Self {
        let record = restored.record.and_then(|bytes| Record::read(KIND, bytes));
        Self { record, damaged: restored.damaged }
    }

    pub(super) fn generation(&self) -> u64 {
        self.record.map_or(0, |record| record.generation())
    }

    /// The highest epoch of a start that it tells of; 0 = of none.
    pub(super) fn epoch(&self) -> Epoch {
        Epoch(self.entries(CONNECTOR).find_map(|mut get| get.u64()).unwrap_or_default())
    }

    pub(super) fn cluster(&self, number: u16) -> Option<(Option<KeyNumber>, SavedCluster)> {
        self.of_cluster(CLUSTER, number).find_map(|mut get| {
            let key = KeyNumber::new(get.u8()?);
            let saved = SavedCluster::get(&mut get)?;
            Some((key, if self.damaged { saved.outdated() } else { saved }))
        })
    }

    /// Goes over the fencings of a cluster.
    pub(super) fn fencings(&self, number: u16) -> impl Iterator<Item = SavedHost> + use<'r> {
        let damaged = self.damaged;
        self.of_cluster(FENCING, number).filter_map(move |mut get| {
            let saved = SavedHost::get(&mut get)?;
            Some(if damaged { saved.outdated() } else { saved })
        })
    }

    /// What is known of a BMC.
    pub(super) fn bmc(&self, cluster: u16, host: HostAddress) -> SavedBmc {
        let mut bmcs = self.of_cluster(BMC, cluster).filter_map(|mut get| read_bmc(&mut get));
        let saved = bmcs.find_map(|(of, saved)| (of == host).then_some(saved));
        let saved = saved.unwrap_or(SavedBmc::NONE);
        match self.damaged {
            true => SavedBmc { carried: Carried::Somewhere, ..saved },
            false => saved,
        }
    }

    fn of_cluster(&self, tag: u8, number: u16) -> impl Iterator<Item = Get<'r>> + use<'r> {
        self.entries(tag).filter_map(move |mut get| (get.u16()? == number).then_some(get))
    }

    fn entries(&self, wanted: u8) -> impl Iterator<Item = Get<'r>> + use<'r> {
        let entries = self.record.map(|record| record.entries()).into_iter().flatten();
        entries.filter(move |(tag, _)| *tag == wanted).map(|(_, get)| get)
    }
}

fn read_bmc(get: &mut Get<'_>) -> Option<(HostAddress, SavedBmc)> {
    let host = HostAddress::new(get.u16()?)?;
    let flags = get.u8()?;
    let guid = Guid(*get.bytes(16)?.first_chunk()?);
    let session = get.u32()?;
    let pin = match flags & 3 {
        0 => Pin::None,
        1 => Pin::Pinned,
        _ => Pin::Doubled,
    };
    let carried = match flags & 12 {
        0 => Carried::No,
        12 => Carried::In(session),
        _ => Carried::Somewhere,
    };
    let guid = Some(guid).filter(|_| pin != Pin::None);
    Some((host, SavedBmc { pin, guid, carried }))
}
