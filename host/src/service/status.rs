//! How a service is at a moment. All of it is JSON; ages are in milliseconds at that moment.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use komainu_core::types::ServiceReport;

use super::guests::GuestStatus;
use super::platform::Interface;
use super::power::PowerStatus;
use super::words::{Bmc, Fence, HostState, Mode, Power, Role, ServiceState, Session, View};

/// A connector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ConnectorStatus {
    /// Its name.
    pub(crate) name: String,
    /// Its number.
    pub(crate) number: u8,
    /// Its epoch: new at every start.
    pub(crate) epoch: u64,
    /// Its epoch is durable, so that it may speak on the reset path.
    pub(crate) speaks: bool,
    /// The state of the record that it has last asked to be stored.
    pub(crate) generation: u64,
    /// How long it has run.
    pub(crate) up_ms: u64,
    /// Its clusters, in the order of the configuration.
    pub(crate) clusters: Vec<ClusterStatus>,
    /// Datagrams on the port of BMCs that were dropped.
    pub(crate) bmc_dropped: u32,
    /// Datagrams on that port that came from no BMC of ours.
    pub(crate) strays: u32,
    /// The network interfaces.
    pub(crate) interfaces: Vec<InterfaceStatus>,
    /// Power, where this connector carries plans out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) power: Option<PowerStatus>,
}

/// How often something occurred.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Count {
    /// What.
    pub(crate) what: String,
    /// How often.
    pub(crate) count: u32,
}

/// A network interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct InterfaceStatus {
    /// Its name.
    pub(crate) name: String,
    /// Its addresses; none = it is skipped.
    pub(crate) addresses: Vec<IpAddr>,
}

/// A cluster, as its connector sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ClusterStatus {
    /// Its number.
    pub(crate) number: u16,
    /// Its name.
    pub(crate) name: String,
    /// Where the connector listens for it.
    pub(crate) port: u16,
    /// How the connector works for it.
    pub(crate) mode: Mode,
    /// The connector's term.
    pub(crate) term: u16,
    /// The last fencing token.
    pub(crate) token: String,
    /// The key that all shall send with.
    pub(crate) key_number: u8,
    /// Resets that run.
    pub(crate) resets_in_flight: u8,
    /// Every server could be fenced now.
    pub(crate) ready: bool,
    /// Datagrams on its port that were dropped.
    pub(crate) dropped: u32,
    /// Its servers, in the order of the configuration.
    pub(crate) servers: Vec<ServerStatus>,
}

/// A managed server, as its connector sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ServerStatus {
    /// Its system name.
    pub(crate) name: String,
    /// Its host address.
    pub(crate) host: u16,
    /// Where its BMC is.
    pub(crate) bmc_address: SocketAddr,
    /// Its power.
    pub(crate) power: Power,
    /// Since the power was last read.
    pub(crate) power_age_ms: Option<u64>,
    /// Its BMC.
    pub(crate) bmc: Bmc,
    /// The session with the BMC.
    pub(crate) session: Session,
    /// Its fencing.
    pub(crate) fence: Fence,
    /// What the fencing does, in words.
    pub(crate) stage: Option<String>,
    /// The token of its last fencing.
    pub(crate) token: String,
    /// Since its member was last heard with a valid echo.
    pub(crate) heard_ms: Option<u64>,
    /// Where its member is.
    pub(crate) member: Option<SocketAddr>,
    /// Its member's epoch; 0 = never heard.
    pub(crate) epoch: u64,
    /// What its member says of itself.
    pub(crate) host_state: Option<HostState>,
    /// Whether its member has the same configuration.
    pub(crate) digest_matches: Option<bool>,
    /// The keys that its member accepts; 0 = none.
    pub(crate) keys: [u8; 2],
    /// What its member says of its services.
    pub(crate) services: Vec<ServiceOnHost>,
}

/// A service on a host, by that host's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ServiceOnHost {
    /// Its number.
    pub(crate) number: u16,
    /// What the host is for it.
    pub(crate) role: Role,
    /// What it does there.
    pub(crate) state: ServiceState,
    /// The highest generation that the host knows of.
    pub(crate) generation: u32,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct MemberStatus {
    /// Its system name.
    pub(crate) name: String,
    /// Its host address.
    pub(crate) host: u16,
    /// Its cluster.
    pub(crate) cluster: u16,
    /// Its epoch: new at every start.
    pub(crate) epoch: u64,
    /// How far it is.
    pub(crate) state: HostState,
    /// It takes nothing over.
    pub(crate) frozen: bool,
    /// How long it has run.
    pub(crate) up_ms: u64,
    /// The other hosts.
    pub(crate) peers: Vec<PeerStatus>,
    /// Its services.
    pub(crate) services: Vec<ServiceStatus>,
    /// The guests of its host.
    pub(crate) guests: Vec<GuestStatus>,
    /// How long it takes until all guests that run have stopped, as far as is known.
    pub(crate) guests_stop_ms: u64,
    /// How long it takes until those are ready that are to be started again, likewise.
    pub(crate) guests_start_ms: u64,
    /// The connectors.
    pub(crate) connectors: Vec<ConnectorSeen>,
    /// Datagrams dropped, by cause; causes that never occurred are left out.
    pub(crate) dropped: Vec<Count>,
    /// The network interfaces.
    pub(crate) interfaces: Vec<InterfaceStatus>,
}

/// Another host, as a member sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct PeerStatus {
    /// Its host address.
    pub(crate) host: u16,
    /// Its system name.
    pub(crate) name: String,
    /// What the member holds of it.
    pub(crate) view: View,
    /// The token that proves that it was fenced; `0.0` = none.
    pub(crate) token: String,
    /// What it says of itself.
    pub(crate) state: Option<HostState>,
    /// Whether it has the same configuration, once it has said.
    pub(crate) digest_matches: Option<bool>,
    /// The monitoring paths to it.
    pub(crate) paths: Vec<PathStatus>,
    /// It is heard on one path and hears us on another.
    pub(crate) crossed: bool,
    /// What it says of its services.
    pub(crate) services: Vec<ServiceOnHost>,
}

/// A monitoring path to a peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct PathStatus {
    /// Its number.
    pub(crate) path: u8,
    /// Where the peer listens on it.
    pub(crate) address: SocketAddr,
    /// Both sides hear each other on it.
    pub(crate) alive: bool,
    /// Since the peer was last heard on it.
    pub(crate) heard_ms: Option<u64>,
}

/// A service of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ServiceStatus {
    /// Its number.
    pub(crate) number: u16,
    /// Its name.
    pub(crate) name: String,
    /// What this host is for it.
    pub(crate) role: Role,
    /// What it does here.
    pub(crate) state: ServiceState,
    /// The highest generation known.
    pub(crate) generation: u32,
    /// Where it runs, as far as is known.
    pub(crate) active_on: Option<u16>,
    /// Hosts without proof that it has ended there.
    pub(crate) waiting_for: Vec<u16>,
}

/// A connector, as a member sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ConnectorSeen {
    /// Its number.
    pub(crate) number: u8,
    /// Where it is.
    pub(crate) address: Option<SocketAddr>,
    /// It answers.
    pub(crate) alive: bool,
    /// It is the one that acts.
    pub(crate) acts: bool,
    /// Its term, once it has said.
    pub(crate) term: Option<u16>,
    /// How it works, once it has said.
    pub(crate) mode: Option<Mode>,
    /// Whether it has the same configuration, once it has said.
    pub(crate) digest_matches: Option<bool>,
    /// What it shows of the servers.
    pub(crate) systems: Vec<SystemSeen>,
}

/// A server, as a connector has told a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct SystemSeen {
    /// Its host address.
    pub(crate) host: u16,
    /// Its power.
    pub(crate) power: Power,
    /// Its BMC.
    pub(crate) bmc: Bmc,
    /// Its fencing.
    pub(crate) fence: Fence,
}

impl From<&Interface> for InterfaceStatus {
    fn from(interface: &Interface) -> Self {
        let addresses = interface.addresses.iter().map(|address| address.ip);
        Self { name: interface.name.clone(), addresses: addresses.collect() }
    }
}

impl From<&ServiceReport> for ServiceOnHost {
    fn from(report: &ServiceReport) -> Self {
        Self {
            number: report.number.0,
            role: report.role.into(),
            state: report.state.into(),
            generation: report.generation.0,
        }
    }
}
