//! What the places in a connector's configuration are called.

use std::net::IpAddr;

use komainu_core::connector::{ClusterIndex, ServerIndex};
use komainu_core::types::HostAddress;

use crate::config::{self, Site};
use crate::service::orders::{Hinted, ServerRef};
use crate::service::power::PowerNames;

/// A cluster.
#[derive(Clone, Debug)]
pub(super) struct ClusterName {
    pub(super) number: u16,
    pub(super) name: String,
    pub(super) port: u16,
}

/// A server.
#[derive(Clone, Debug)]
struct ServerName {
    cluster: usize,
    name: String,
    host: HostAddress,
    bmc: IpAddr,
    member: Option<IpAddr>,
}

/// Everything that has a name, in the order of the configuration.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) connector: String,
    pub(super) number: u8,
    clusters: Vec<ClusterName>,
    servers: Vec<ServerName>,
    pub(super) power: PowerNames,
}

impl Names {
    pub(super) fn of(site: &Site, me: &config::Connector) -> Self {
        let mut names = Self {
            connector: me.name.to_string(),
            number: me.number.0,
            clusters: Vec::new(),
            servers: Vec::new(),
            power: PowerNames::of(site, me),
        };
        for (at, cluster) in site.clusters_of(me).enumerate() {
            let (number, port) = (cluster.number, cluster.port);
            names.clusters.push(ClusterName { number, name: cluster.name.to_string(), port });
            names.servers.extend(cluster.servers.iter().map(|server| ServerName {
                cluster: at,
                name: server.name.to_string(),
                host: server.host,
                bmc: server.bmc.address.ip(),
                member: server.address.map(|address| address.ip()),
            }));
        }
        names
    }

    /// The place of the server that an operator means.
    pub(super) fn server(&self, wanted: &ServerRef) -> Option<ServerIndex> {
        let of = |server: &ServerName| {
            let number = self.clusters.get(server.cluster).map(|cluster| cluster.number);
            wanted.cluster.is_none_or(|wanted| number == Some(wanted))
        };
        let meant = |server: &ServerName| {
            server.name == wanted.server || server.host.to_string() == wanted.server
        };
        self.only(|server| of(server) && meant(server))
    }

    /// The place of the server that somebody hints at.
    pub(super) fn hinted(&self, hinted: &Hinted) -> Option<ServerIndex> {
        match hinted {
            Hinted::Server(wanted) => self.server(wanted),
            Hinted::Address(ip) => {
                self.only(|server| server.bmc == *ip || server.member == Some(*ip))
            }
            Hinted::Ups(_) => None,
        }
    }

    fn only(&self, fits: impl Fn(&ServerName) -> bool) -> Option<ServerIndex> {
        let mut found = (0..).zip(&self.servers).filter(|(_, server)| fits(server));
        let (first, _) = found.next()?;
        found.next().is_none().then_some(ServerIndex(first))
    }

    /// The place of the cluster of that number; without one of the only cluster.
    pub(super) fn cluster(&self, number: Option<u16>) -> Option<ClusterIndex> {
        let fits = |cluster: &ClusterName| number.is_none_or(|number| cluster.number == number);
        let mut found = (0..).zip(&self.clusters).filter(|(_, cluster)| fits(cluster));
        let (first, _) = found.next()?;
        found.next().is_none().then_some(ClusterIndex(first))
    }

    /// The name of a server.
    pub(super) fn name(&self, ServerIndex(at): ServerIndex) -> &str {
        self.servers.get(usize::from(at)).map_or("?", |server| &server.name)
    }

    /// The number of a server's cluster.
    pub(super) fn cluster_of(&self, ServerIndex(at): ServerIndex) -> u16 {
        let server = self.servers.get(usize::from(at));
        let cluster = server.and_then(|server| self.clusters.get(server.cluster));
        cluster.map_or(0, |cluster| cluster.number)
    }

    /// The name of a server, and the number of its cluster.
    pub(super) fn both(&self, server: ServerIndex) -> (String, u16) {
        (self.name(server).to_owned(), self.cluster_of(server))
    }

    /// What is known of a cluster.
    pub(super) fn at(&self, ClusterIndex(at): ClusterIndex) -> Option<&ClusterName> {
        self.clusters.get(usize::from(at))
    }

    /// The name of a host of a cluster; its number where it has none.
    pub(super) fn host(&self, ClusterIndex(cluster): ClusterIndex, host: HostAddress) -> String {
        let same =
            |server: &&ServerName| server.cluster == usize::from(cluster) && server.host == host;
        let found = self.servers.iter().find(same);
        found.map_or_else(|| format!("host {host}"), |server| server.name.clone())
    }
}
