//! What a connector is told once: its clusters, their servers, and how to reach each BMC.

use core::fmt;
use core::net::SocketAddr;

use heapless::Vec;

use crate::cluster::Rules;
use crate::fence::Plan;
use crate::limits::{MAX_CONNECTORS, MAX_HOSTS};
use crate::reset_path::ClusterKeys;
use crate::secret::Key;
use crate::session::Profile;
use crate::time::Millis;
use crate::types::{ConfigDigest, ConnectorNumber, HostAddress, SystemName};

use super::{ClusterIndex, ServerIndex};

/// How often a server's power is read, unless it says otherwise.
pub const POLL: Millis = Millis::from_secs(1);

/// A cluster.
#[derive(Debug)]
pub struct ClusterConfig {
    /// Its number, which is on every datagram; by default that of its port.
    pub number: u16,
    /// The keys that its parties share.
    pub keys: ClusterKeys,
    /// What tells this configuration from another.
    pub digest: ConfigDigest,
    /// How resets are decided.
    pub rules: Rules,
    /// The other connectors of this cluster. While there are none this one acts.
    pub connectors: Vec<ConnectorNumber, MAX_CONNECTORS>,
}

/// A managed server.
#[derive(Debug)]
pub struct ServerConfig {
    /// Its number in the cluster.
    pub host: HostAddress,
    /// Its name on the reset path.
    pub name: SystemName,
    /// Where its member listens; `None` = it is learnt from the member.
    pub member: Option<SocketAddr>,
    /// Where its BMC listens.
    pub bmc: SocketAddr,
    /// How to log in there. [`KeyId`](crate::secret::KeyId) 0 is the password, 1 is Kg.
    pub profile: Profile,
    /// The password.
    pub password: Key,
    /// The BMC key, where one is set.
    pub kg: Option<Key>,
    /// How it is fenced.
    pub plan: Plan,
    /// How often its power is read. A BMC that answers slowly is read less often, so that it is
    /// busy with us for a twentieth of its time at most, but at least every 30 s.
    pub poll: Millis,
}

/// What tells a server from another one.
pub(super) struct Other<'a> {
    pub(super) cluster: ClusterIndex,
    pub(super) host: HostAddress,
    pub(super) name: &'a SystemName,
    pub(super) bmc: SocketAddr,
}

impl ClusterConfig {
    /// Whether connector `own` may serve it beside the clusters of those numbers.
    pub(super) fn fits(
        &self,
        own: ConnectorNumber,
        mut others: impl Iterator<Item = u16>,
    ) -> Result<(), ConfigError> {
        if others.any(|other| other == self.number) {
            return Err(ConfigError::SameCluster(self.number));
        }
        if self.connectors.contains(&own) {
            return Err(ConfigError::SameConnector(own));
        }
        Ok(())
    }
}

impl ServerConfig {
    /// Whether it may be in that cluster, beside the servers of all clusters.
    pub(super) fn fits<'a>(
        &self,
        cluster: ClusterIndex,
        others: impl Iterator<Item = Other<'a>>,
    ) -> Result<(), ConfigError> {
        let mut hosts = 0;
        for other in others {
            if other.bmc == self.bmc {
                return Err(ConfigError::SameBmc(self.bmc));
            }
            if other.cluster != cluster {
                continue;
            }
            hosts += 1;
            if other.host == self.host {
                return Err(ConfigError::SameHost(self.host));
            }
            if *other.name == self.name {
                return Err(ConfigError::SameName);
            }
        }
        if hosts >= MAX_HOSTS {
            return Err(ConfigError::TooManyHosts);
        }
        Ok(())
    }
}

/// Everything a connector is told: `N` servers at most, in `C` clusters.
///
/// Built step by step; each step checks what it adds, so that none is invalid.
#[derive(Debug)]
pub struct Config<const N: usize, const C: usize = 8> {
    pub(super) number: ConnectorNumber,
    pub(super) name: SystemName,
    pub(super) clusters: Vec<ClusterConfig, C>,
    /// Each with the place of its cluster.
    pub(super) servers: Vec<(ClusterIndex, ServerConfig), N>,
}

impl<const N: usize, const C: usize> Config<N, C> {
    const SMALL: () = assert!(N <= u16::MAX as usize && C <= u16::MAX as usize);

    /// A connector of that number and name, without clusters.
    pub fn new(number: ConnectorNumber, name: SystemName) -> Self {
        let () = Self::SMALL;
        Self { number, name, clusters: Vec::new(), servers: Vec::new() }
    }

    /// Adds a cluster without servers.
    pub fn add_cluster(&mut self, cluster: ClusterConfig) -> Result<ClusterIndex, ConfigError> {
        cluster.fits(self.number, self.clusters.iter().map(|other| other.number))?;
        let index = ClusterIndex(self.clusters.len() as u16);
        self.clusters.push(cluster).map_err(|_| ConfigError::TooManyClusters(C))?;
        Ok(index)
    }

    /// Adds a server to the cluster that was added last.
    pub fn add_server(&mut self, server: ServerConfig) -> Result<ServerIndex, ConfigError> {
        let cluster = self.clusters.len().checked_sub(1).ok_or(ConfigError::NoCluster)?;
        let cluster = ClusterIndex(cluster as u16);
        let others = self.servers.iter().map(|(cluster, other)| Other {
            cluster: *cluster,
            host: other.host,
            name: &other.name,
            bmc: other.bmc,
        });
        server.fits(cluster, others)?;
        let index = ServerIndex(self.servers.len() as u16);
        let added = self.servers.push((cluster, server));
        added.map_err(|_| ConfigError::TooManyServers(N))?;
        Ok(index)
    }
}

/// Why something cannot be added, and what to do instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// There are so many clusters already.
    TooManyClusters(usize),
    /// There are so many servers already.
    TooManyServers(usize),
    /// The cluster is full.
    TooManyHosts,
    /// A server came before any cluster.
    NoCluster,
    /// Two clusters of one number.
    SameCluster(u16),
    /// This connector is named among the others.
    SameConnector(ConnectorNumber),
    /// Two hosts of one address in a cluster.
    SameHost(HostAddress),
    /// Two hosts of one name in a cluster.
    SameName,
    /// Two servers with one BMC.
    SameBmc(SocketAddr),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyClusters(most) => write!(f, "keep to {most} clusters"),
            Self::TooManyServers(most) => write!(f, "keep to {most} servers"),
            Self::TooManyHosts => {
                write!(f, "keep to {MAX_HOSTS} hosts in a cluster: make two clusters of it")
            }
            Self::NoCluster => f.write_str("add a cluster before its servers"),
            Self::SameCluster(number) => {
                write!(f, "cluster {number} is there already: give each cluster its own number")
            }
            Self::SameConnector(ConnectorNumber(number)) => {
                write!(f, "connector {number} is this one: name only the others")
            }
            Self::SameHost(host) => {
                write!(f, "host {host} is in the cluster already: give each host its own address")
            }
            Self::SameName => f.write_str("give each host of a cluster its own name"),
            Self::SameBmc(bmc) => {
                write!(f, "the BMC at {bmc} is another server's already: correct one of the two")
            }
        }
    }
}

impl core::error::Error for ConfigError {}
