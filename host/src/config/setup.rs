//! From the checked file to what the core is told, with the secrets fetched from where they are.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use komainu_core::connector;
use komainu_core::limits::MAX_PASSWORD_15;
use komainu_core::member::{self, Commands, ConnectorConfig, PeerConfig, ServiceConfig};
use komainu_core::reset_path::ClusterKeys;
use komainu_core::secret::Key;
use komainu_core::session::Version;
use komainu_core::types::{ConfigDigest, ServiceNumber};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::finding::{Finding, Severity};
use super::reader::Marks;
use super::secret::{Secret, Source};
use super::site::{Bmc, Check, Cluster, ClusterKey, Connector, Server, Service, Site};
use crate::credentials::{self, CredentialError, What};
use crate::exit::Exit;

impl Site {
    /// The clusters that a connector serves, in the order of their
    /// [`ClusterIndex`](connector::ClusterIndex). Their servers, one cluster's after the other's,
    /// are in the order of their [`ServerIndex`](connector::ServerIndex).
    pub(crate) fn clusters_of(&self, me: &Connector) -> impl Iterator<Item = &Cluster> {
        let number = me.number;
        self.clusters.iter().filter(move |cluster| cluster.connectors.contains_key(&number))
    }

    /// What the core's connector is told. Fails with every secret that is not to be had, and when
    /// there is more than fits.
    pub(crate) fn connector_config<const N: usize, const C: usize>(
        &self,
        me: &Connector,
    ) -> Result<connector::Config<N, C>, Vec<Finding>> {
        let mut config = connector::Config::new(me.number, me.name.clone());
        let mut passwords = Passwords::default();
        let mut found = Vec::new();
        for cluster in self.clusters_of(me) {
            let Some(keys) = note(&mut found, cluster.key_ring()) else { continue };
            let others = cluster.connectors.keys().filter(|number| **number != me.number);
            let added = config.add_cluster(connector::ClusterConfig {
                number: cluster.number,
                keys,
                digest: cluster.digest(),
                rules: cluster.rules,
                connectors: others.copied().collect(),
            });
            if let Err(error) = added {
                found.push(unfit(&cluster.marks, error));
            }
            for server in &cluster.servers {
                let Some(server_config) = note(&mut found, server.config(&mut passwords)) else {
                    continue;
                };
                if let Err(error) = config.add_server(server_config) {
                    found.push(unfit(&server.marks, error));
                }
            }
        }
        if found.is_empty() { Ok(config) } else { Err(found) }
    }

    /// What the core's member is told on the machine `me`.
    pub(crate) fn member_config(
        &self,
        cluster: &Cluster,
        me: &Server,
    ) -> Result<member::Config, Vec<Finding>> {
        let keys = cluster.key_ring()?;
        let refused = |error: member::ConfigError| vec![unfit(&me.marks, error)];
        let (host, name) = (me.host, me.name.clone());
        let (digest, timers) = (cluster.digest(), cluster.timers);
        let config = member::Config::new(cluster.number, host, name, digest, keys, timers);
        let mut config = config.map_err(refused)?;
        for (number, address) in &cluster.connectors {
            let connector = ConnectorConfig { number: *number, address: *address };
            config.add_connector(connector).map_err(refused)?;
        }
        for peer in cluster.servers.iter().filter(|server| server.host != me.host) {
            // A path leads to where both ends have an address on it.
            let paths = (1..).zip(&peer.paths).zip(&me.paths).map(|((path, at), _)| (path, *at));
            let (host, name) = (peer.host, peer.name.clone());
            let peer = PeerConfig { host, name, paths: paths.collect() };
            config.add_peer(peer).map_err(refused)?;
        }
        for service in cluster.services_of(me) {
            config.add_service(service.config()).map_err(refused)?;
        }
        Ok(config)
    }
}

impl Cluster {
    /// What tells this configuration of the cluster from another.
    pub(crate) fn digest(&self) -> ConfigDigest {
        let [a, b, c, d, ..] = Sha256::digest(self.canonical.as_bytes()).0;
        ConfigDigest(u32::from_be_bytes([a, b, c, d]))
    }

    /// The services of a server, each behind those that it waits for.
    pub(crate) fn services_of(&self, me: &Server) -> Vec<&Service> {
        let mut left: Vec<_> =
            self.services.iter().filter(|service| service.hosts.contains(&me.host)).collect();
        let mut ordered: Vec<&Service> = Vec::with_capacity(left.len());
        // The file is checked for circles, so there always is a next one.
        while let Some(next) = left.iter().position(|service| {
            let there =
                |parent: &ServiceNumber| ordered.iter().any(|before| before.number == *parent);
            service.parents.iter().all(there)
        }) {
            ordered.push(left.remove(next));
        }
        ordered
    }

    /// The keys that this party sends with and accepts.
    pub(crate) fn key_ring(&self) -> Result<ClusterKeys, Vec<Finding>> {
        let mut keys = Vec::new();
        let mut found = Vec::new();
        for ClusterKey { number, secret } in &self.keys {
            let bytes = secret.source.read(What::ClusterKey);
            match bytes.and_then(|bytes| credentials::cluster_key(&bytes)) {
                Ok(key) => keys.push((*number, key)),
                Err(error) => found.push(secret.wrong(&error)),
            }
        }
        if !found.is_empty() {
            return Err(found);
        }
        let mut keys = keys.into_iter();
        let none = || vec![unfit(&self.marks, "a cluster has a key")];
        let (number, key) = keys.next().ok_or_else(none)?;
        let first = ClusterKeys::new(number, key);
        let unfit = |error| vec![unfit(&self.marks, error)];
        match keys.next() {
            Some((number, key)) => first.accept(number, key).map_err(unfit),
            None => Ok(first),
        }
    }
}

/// Passwords and keys of BMCs that were read already: many servers have the same.
#[derive(Default)]
pub(super) struct Passwords(HashMap<(What, Source), Zeroizing<Vec<u8>>>);

impl Passwords {
    fn read(&mut self, what: What, secret: &Secret) -> Result<&[u8], Vec<Finding>> {
        let known = (what, secret.source.clone());
        match self.0.entry(known) {
            Entry::Occupied(read) => Ok(read.into_mut()),
            Entry::Vacant(unread) => {
                let bytes = secret.source.read(what).map_err(|error| vec![secret.wrong(&error)])?;
                Ok(unread.insert(bytes))
            }
        }
    }
}

impl Server {
    pub(super) fn config(
        &self,
        passwords: &mut Passwords,
    ) -> Result<connector::ServerConfig, Vec<Finding>> {
        let bmc = &self.bmc;
        let wrong = |error| vec![bmc.password.wrong(&error)];
        let bytes = passwords.read(What::Password, &bmc.password)?;
        let password = credentials::password(bytes).map_err(wrong)?;
        let mut profile = bmc.profile.clone();
        profile.version = version(bmc, &password).map_err(wrong)?;
        let mut kg = None;
        if let Some(secret) = &bmc.kg {
            let key = credentials::kg(passwords.read(What::Kg, secret)?);
            kg = Some(key.map_err(|error| vec![secret.wrong(&error)])?);
        }
        Ok(connector::ServerConfig {
            host: self.host,
            name: self.name.clone(),
            member: self.address,
            bmc: bmc.address,
            profile,
            password,
            kg,
            plan: self.plan.clone(),
            poll: bmc.poll,
        })
    }
}

/// The version that the password allows: one that IPMI 1.5 would cut is another password there.
pub(super) fn version(bmc: &Bmc, password: &Key) -> Result<Version, CredentialError> {
    match bmc.profile.version {
        version if password.expose().len() <= MAX_PASSWORD_15 => Ok(version),
        Version::V15 => Err(CredentialError::TooLong(What::Password, MAX_PASSWORD_15)),
        Version::Auto | Version::V20 => Ok(Version::V20),
    }
}

impl Service {
    fn config(&self) -> ServiceConfig {
        let check = self.check.as_ref().map(|check: &Check| member::Check {
            every: check.every,
            limit: check.limit,
            tries: check.tries,
        });
        ServiceConfig {
            number: self.number,
            name: self.name.clone(),
            hosts: self.hosts.iter().copied().collect(),
            autostart: self.autostart,
            commands: Commands {
                start_limit: self.start_limit,
                stop_limit: self.stop_limit,
                check,
                start_tries: self.start_tries,
            },
            on_failure: self.on_failure,
            group: self.group,
            parents: self.parents.iter().copied().collect(),
        }
    }
}

fn note<T>(found: &mut Vec<Finding>, result: Result<T, Vec<Finding>>) -> Option<T> {
    result.map_err(|more| found.extend(more)).ok()
}

fn unfit(marks: &Marks, error: impl ToString) -> Finding {
    Finding {
        severity: Severity::Error(Exit::Usage),
        place: marks.at(),
        field: marks.section().to_owned(),
        text: error.to_string(),
        remedy: String::new(),
    }
}

#[cfg(all(test, unix))]
mod tests;
