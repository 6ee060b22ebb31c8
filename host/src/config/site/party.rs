//! Which of the parties a machine is.

use std::fmt;

use komainu_core::types::ConnectorNumber;

use super::{Cluster, Connector, Server, Site};

impl Site {
    /// The connector of that number; without one that with the machine's name, or the only one.
    pub(crate) fn connector(
        &self,
        number: Option<ConnectorNumber>,
        machine: &str,
    ) -> Result<&Connector, PartyError> {
        let mut all = self.connectors.iter();
        let found = match number {
            Some(number) => all.find(|connector| connector.number == number),
            None => all
                .find(|connector| is_same(connector.name.as_str(), machine))
                .or_else(|| self.connectors.first().filter(|_| self.connectors.len() == 1)),
        };
        found.ok_or_else(|| match number {
            Some(ConnectorNumber(number)) => PartyError::NoConnector(number),
            None => PartyError::WhichConnector(machine.to_owned()),
        })
    }

    /// The member of that name, or of the machine's; in that cluster, where the name alone does
    /// not tell.
    pub(crate) fn member(
        &self,
        host: Option<&str>,
        cluster: Option<u16>,
        machine: &str,
    ) -> Result<(&Cluster, &Server), PartyError> {
        let name = host.unwrap_or(machine);
        let clusters = self.clusters.iter();
        let clusters = clusters.filter(|one| cluster.is_none_or(|number| one.number == number));
        let mut found = clusters.flat_map(|cluster| {
            let named = move |server: &&Server| match host {
                Some(name) => server.name.as_str() == name,
                None => is_same(server.name.as_str(), machine),
            };
            cluster.servers.iter().filter(named).map(move |server| (cluster, server))
        });
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (Some(_), Some(_)) => Err(PartyError::SeveralHosts(name.to_owned())),
            (None, _) => Err(PartyError::NoHost(name.to_owned())),
        }
    }
}

/// Whether a machine's host name, which may have a domain, is that name.
fn is_same(name: &str, machine: &str) -> bool {
    let short = machine.split_once('.').map_or(machine, |(short, _)| short);
    name.eq_ignore_ascii_case(short)
}

/// Why it is not clear who a machine is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PartyError {
    /// No connector has that number.
    NoConnector(u8),
    /// Several connectors, and none has this machine's name.
    WhichConnector(String),
    /// No server has that name.
    NoHost(String),
    /// Servers of several clusters have it.
    SeveralHosts(String),
}

impl fmt::Display for PartyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoConnector(number) => write!(
                f,
                "the configuration has no connector {number}\n  Add it as [[connector]], or name \
                 another one with --number."
            ),
            Self::WhichConnector(machine) => write!(
                f,
                "no connector is called {machine:?}, as this machine is\n  Say which one it is \
                 with --number NUMBER, or give one of them this 'name'."
            ),
            Self::NoHost(name) => write!(
                f,
                "no server is called {name:?}\n  Say which one this is with --host NAME, or give \
                 one of them this 'name'."
            ),
            Self::SeveralHosts(name) => write!(
                f,
                "several clusters have a server {name:?}\n  Say which cluster it is with \
                 --cluster NUMBER."
            ),
        }
    }
}

impl std::error::Error for PartyError {}
