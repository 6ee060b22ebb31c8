//! What the numbers in a member's configuration are called.

use komainu_core::guests::GuestIndex;
use komainu_core::types::{HostAddress, ServiceNumber};

use crate::config::{Cluster, Server};
use crate::guests::GuestsSetup;

/// Everything that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) own: String,
    pub(super) host: HostAddress,
    pub(super) cluster: u16,
    /// What all parties must agree on, which tells when it has changed.
    canonical: String,
    hosts: Vec<(HostAddress, String)>,
    services: Vec<(ServiceNumber, String)>,
    /// The guests of this host, in their order.
    guests: Vec<String>,
}

impl Names {
    pub(super) fn of(cluster: &Cluster, me: &Server) -> Self {
        let hosts = cluster.servers.iter().map(|server| (server.host, server.name.to_string()));
        let services = cluster.services.iter();
        Self {
            own: me.name.to_string(),
            host: me.host,
            cluster: cluster.number,
            canonical: cluster.canonical.clone(),
            hosts: hosts.collect(),
            services: services.map(|one| (one.number, one.name.to_string())).collect(),
            guests: me.guests.iter().flat_map(GuestsSetup::names).map(str::to_owned).collect(),
        }
    }

    /// The service of that name or number.
    pub(super) fn service(&self, wanted: &str) -> Option<ServiceNumber> {
        let fits = |(number, name): &&(ServiceNumber, String)| {
            name == wanted || number.to_string() == wanted
        };
        self.services.iter().find(fits).map(|(number, _)| *number)
    }

    /// The host of that name or address.
    pub(super) fn host(&self, wanted: &str) -> Option<HostAddress> {
        let fits =
            |(host, name): &&(HostAddress, String)| name == wanted || host.to_string() == wanted;
        self.hosts.iter().find(fits).map(|(host, _)| *host)
    }

    /// The name of a host.
    pub(super) fn of_host(&self, host: HostAddress) -> String {
        let found = self.hosts.iter().find(|(known, _)| *known == host);
        found.map_or_else(|| format!("host {host}"), |(_, name)| name.clone())
    }

    /// The name of a guest.
    pub(super) fn of_guest(&self, guest: GuestIndex) -> String {
        let found = self.guests.get(usize::from(guest.0)).cloned();
        found.unwrap_or_else(|| format!("guest {}", guest.0))
    }

    /// The name of a service.
    pub(super) fn of_service(&self, number: ServiceNumber) -> String {
        let found = self.services.iter().find(|(known, _)| *known == number);
        found.map_or_else(|| format!("service {number}"), |(_, name)| name.clone())
    }
}
