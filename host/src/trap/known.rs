//! Whose trap it is.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Mutex, PoisonError};

use komainu_core::types::UpsIndex;
use komainu_core::wire::command::device::Guid;

use crate::config::{Connector, Site, Speaker};
use crate::service::ServerRef;

/// The servers and the UPSes of a connector, by what a trap shows of them. It changes when the
/// configuration is read again.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<Index>);

#[derive(Debug, Default)]
struct Index {
    addresses: Unique<IpAddr>,
    guids: Unique<Guid>,
    upses: HashMap<IpAddr, Vec<UpsIndex>>,
}

/// What tells servers apart; nothing that two have.
type Unique<K> = HashMap<K, Option<ServerRef>>;

impl Known {
    /// The servers that the file gives that connector.
    pub(crate) fn of(site: &Site, me: &Connector) -> Self {
        let known = Self::default();
        known.renew(site, me);
        known
    }

    /// From now on these.
    pub(crate) fn renew(&self, site: &Site, me: &Connector) {
        let mut index = Index::default();
        for cluster in site.clusters_of(me) {
            for server in &cluster.servers {
                let name = server.name.to_string();
                let named = ServerRef { cluster: Some(cluster.number), server: name };
                let member = server.address.map(|address| address.ip());
                for address in [Some(server.bmc.address.ip()), member].into_iter().flatten() {
                    add(&mut index.addresses, address.to_canonical(), &named);
                }
                if let Some(guid) = server.bmc.profile.guid {
                    add(&mut index.guids, guid, &named);
                }
            }
        }
        if site.power_connector() == Some(me.number) {
            for (at, ups) in (0..).map(UpsIndex).zip(&site.supplies.ups) {
                if let Speaker::Snmp(card) = &ups.speaker {
                    index.upses.entry(card.at.ip().to_canonical()).or_default().push(at);
                }
            }
        }
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = index;
    }

    /// The UPSes whose card is at one of those addresses; there may be several behind one.
    pub(super) fn upses(&self, of: &[IpAddr]) -> Vec<UpsIndex> {
        let index = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = of.iter().find_map(|one| index.upses.get(&one.to_canonical()));
        found.cloned().unwrap_or_default()
    }

    /// The server that a trap is about: by its sender, by the address that it gives of itself,
    /// which a relay keeps, or by its GUID, in either order of bytes.
    pub(super) fn whose(&self, from: IpAddr, agent: Ipv4Addr, guid: Guid) -> Option<ServerRef> {
        let index = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reversed = guid;
        reversed.0.reverse();
        let by_address = |address| index.addresses.get(&address);
        let by_guid = |guid| index.guids.get(&guid);
        let found = by_address(from.to_canonical()).or_else(|| by_address(agent.into()));
        let found = found.or_else(|| by_guid(guid)).or_else(|| by_guid(reversed));
        found?.clone()
    }
}

fn add<K: Eq + Hash>(known: &mut Unique<K>, key: K, server: &ServerRef) {
    known
        .entry(key)
        .and_modify(|other| {
            if other.as_ref() != Some(server) {
                *other = None;
            }
        })
        .or_insert_with(|| Some(server.clone()));
}
