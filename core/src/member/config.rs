//! What a member is told of itself, of its cluster and of its services.

use core::net::SocketAddr;
use core::time::Duration;

use heapless::Vec;

use crate::guests;
use crate::limits::{MAX_CONNECTORS, MAX_HOSTS, MAX_PATHS, MAX_SERVICES};
use crate::reset_path::ClusterKeys;
use crate::time::Millis;
use crate::types::{ConfigDigest, ConnectorNumber, HostAddress, ServiceNumber, SystemName};

use super::config_error::ConfigError;

/// Most services that one waits for before it starts.
pub const MAX_PARENTS: usize = 4;

/// Most other hosts of a cluster.
pub const MAX_PEERS: usize = MAX_HOSTS - 1;

/// The configuration of a member. What it holds fits together: each addition is checked.
#[derive(Debug)]
pub struct Config {
    pub(super) cluster: u16,
    pub(super) host: HostAddress,
    pub(super) name: SystemName,
    pub(super) digest: ConfigDigest,
    pub(super) keys: ClusterKeys,
    pub(super) timers: Timers,
    pub(super) connectors: Vec<ConnectorConfig, MAX_CONNECTORS>,
    pub(super) peers: Vec<PeerConfig, MAX_PEERS>,
    pub(super) services: Vec<ServiceConfig, MAX_SERVICES>,
    pub(super) guests: guests::Config,
}

/// How long a member waits for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// A host that is not heard for so long is taken for failed. 5 s by default.
    pub patrol: Millis,
    /// Between two heartbeats to one host on one path: at most a quarter of `patrol`. By default an
    /// eighth, so that three lost in a row are no failure.
    pub heartbeat: Millis,
    /// By how much each later standby waits longer than the one before it. 200 ms by default.
    pub step: Millis,
    /// After so long without any connector a started member decides by itself. 60 s by default.
    pub start_wait: Millis,
    /// After so long a question without a final answer ends: longer than the connector's worst
    /// case for one fencing. 180 s by default.
    pub request_budget: Millis,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            patrol: Millis::from_secs(5),
            heartbeat: Millis::new(625),
            step: Millis::new(200),
            start_wait: Millis::from_secs(60),
            request_budget: Millis::from_secs(180),
        }
    }
}

impl Timers {
    fn check(&self) -> Result<(), ConfigError> {
        let none = Duration::ZERO;
        if self.heartbeat.duration() == none
            || self.heartbeat.duration() * 4 > self.patrol.duration()
        {
            return Err(ConfigError::Heartbeat);
        }
        if self.request_budget.duration() == none {
            return Err(ConfigError::Budget);
        }
        Ok(())
    }
}

/// A connector that may act for the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectorConfig {
    /// Its number.
    pub number: ConnectorNumber,
    /// Where it listens; none = it is found by broadcast.
    pub address: Option<SocketAddr>,
}

/// Another host of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerConfig {
    /// Its address.
    pub host: HostAddress,
    /// Its name on the reset path.
    pub name: SystemName,
    /// Where it listens on each monitoring path (1 to 255) that both have.
    pub paths: Vec<(u8, SocketAddr), MAX_PATHS>,
}

/// A service that this host runs or stands by for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceConfig {
    /// Its number in the cluster.
    pub number: ServiceNumber,
    /// Its name.
    pub name: SystemName,
    /// Every host of it: the primary, then the standbys in their order. This host is one of them.
    pub hosts: Vec<HostAddress, MAX_HOSTS>,
    /// Whether it is started when its hosts start; otherwise it waits for the operator.
    pub autostart: bool,
    /// How it is started, stopped and checked.
    pub commands: Commands,
    /// What a failure of it leads to.
    pub on_failure: OnFailure,
    /// Services of one group move together.
    pub group: Option<u8>,
    /// Services that must run on this host before it is started, and that are stopped after it.
    pub parents: Vec<ServiceNumber, MAX_PARENTS>,
}

/// Limits and tries of a service's commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commands {
    /// How long the start may take.
    pub start_limit: Millis,
    /// How long the stop may take. A stop that fails, or takes longer, ends the host.
    pub stop_limit: Millis,
    /// How it is watched while it runs; none = it is not.
    pub check: Option<Check>,
    /// How often a start is tried before it has failed: at least once.
    pub start_tries: u8,
}

/// How a running service is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// The time between two checks.
    pub every: Millis,
    /// How long one may take.
    pub limit: Millis,
    /// So many failed checks in a row are a failure of the service: at least one.
    pub tries: u8,
}

/// What a failure of a service leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// It is stopped, and its next standby takes it over.
    HandOver,
    /// The whole host goes down, so that the standby fences it and takes over.
    PairDown,
    /// It is stopped, and stays so until the operator decides.
    Stop,
}

impl Config {
    /// This host in its cluster, so far alone.
    ///
    /// A host that is in no cluster with others stays so: with neither hosts nor services added its
    /// member only obeys directives.
    ///
    /// `keys` and `digest` must be those of all parties.
    pub fn new(
        cluster: u16,
        host: HostAddress,
        name: SystemName,
        digest: ConfigDigest,
        keys: ClusterKeys,
        timers: Timers,
    ) -> Result<Self, ConfigError> {
        timers.check()?;
        let (connectors, peers, services) = (Vec::new(), Vec::new(), Vec::new());
        let guests = guests::Config::NONE;
        Ok(Self { cluster, host, name, digest, keys, timers, connectors, peers, services, guests })
    }

    /// Adds a connector.
    pub fn add_connector(&mut self, connector: ConnectorConfig) -> Result<(), ConfigError> {
        if self.connectors.iter().any(|known| known.number == connector.number) {
            return Err(ConfigError::SameConnector(connector.number));
        }
        self.connectors.push(connector).map_err(|_| ConfigError::Full)
    }

    /// The guests of this host, instead of those that it had; it begins with none.
    pub fn set_guests(&mut self, guests: guests::Config) {
        self.guests = guests;
    }

    /// Adds another host.
    pub fn add_peer(&mut self, peer: PeerConfig) -> Result<(), ConfigError> {
        let host = peer.host;
        if host == self.host || self.peers.iter().any(|known| known.host == host) {
            return Err(ConfigError::SameHost(host));
        }
        if peer.name == self.name || self.peers.iter().any(|known| known.name == peer.name) {
            return Err(ConfigError::SameName(host));
        }
        if peer.paths.is_empty() {
            return Err(ConfigError::NoPath(host));
        }
        let twice = |(at, (path, _)): (usize, &(u8, SocketAddr))| {
            *path == 0 || peer.paths.iter().skip(at + 1).any(|(other, _)| other == path)
        };
        if peer.paths.iter().enumerate().any(twice) {
            return Err(ConfigError::Path(host));
        }
        self.peers.push(peer).map_err(|_| ConfigError::Full)
    }

    /// Adds a service; its hosts and its parents were added before.
    pub fn add_service(&mut self, service: ServiceConfig) -> Result<(), ConfigError> {
        let number = service.number;
        if self.services.iter().any(|known| known.number == number) {
            return Err(ConfigError::SameService(number));
        }
        self.check_hosts(&service)?;
        let checked = |check: Check| check.tries > 0 && check.every.duration() > Duration::ZERO;
        if service.commands.start_tries == 0 || !service.commands.check.is_none_or(checked) {
            return Err(ConfigError::Commands(number));
        }
        let known = |parent: &ServiceNumber| self.services.iter().any(|s| s.number == *parent);
        if let Some(parent) = service.parents.iter().find(|parent| !known(parent)) {
            return Err(ConfigError::Parent(number, *parent));
        }
        let group = |known: &&ServiceConfig| known.group.is_some() && known.group == service.group;
        if self.services.iter().filter(group).any(|known| known.hosts != service.hosts) {
            return Err(ConfigError::Group(number));
        }
        self.services.push(service).map_err(|_| ConfigError::Full)
    }

    fn check_hosts(&self, service: &ServiceConfig) -> Result<(), ConfigError> {
        for (at, host) in service.hosts.iter().enumerate() {
            let known = *host == self.host || self.peers.iter().any(|peer| peer.host == *host);
            if !known || service.hosts.iter().skip(at + 1).any(|other| other == host) {
                return Err(ConfigError::ServiceHost(service.number, *host));
            }
        }
        if service.hosts.contains(&self.host) {
            Ok(())
        } else {
            Err(ConfigError::NotHere(service.number))
        }
    }
}
