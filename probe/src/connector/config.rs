//! Sixteen servers in eight clusters.

use core::hint::black_box;
use core::net::SocketAddr;

use heapless::Vec;
use komainu_core::connector::{ClusterConfig, Config, POLL, Rules, ServerConfig};
use komainu_core::fence::Plan;
use komainu_core::limits::CLUSTER_KEY_LEN;
use komainu_core::reset_path::ClusterKeys;
use komainu_core::secret::{Key, Secret};
use komainu_core::types::{ConfigDigest, ConnectorNumber, HostAddress, KeyNumber, SystemName};
use komainu_probe::profile::profile;

use crate::{CLUSTERS, SERVERS};

/// What the connector is told.
pub(crate) type Given = Config<SERVERS, CLUSTERS>;

pub(crate) const CONNECTOR: ConnectorNumber = ConnectorNumber(0);
pub(crate) const DIGEST: ConfigDigest = ConfigDigest(1);
/// The first cluster's number; the others follow.
const FIRST: u16 = 50_001;
const MEMBER_PORT: u16 = 50_000;
const BMC_PORT: u16 = 623;

pub(crate) fn cluster_number(cluster: u16) -> u16 {
    FIRST + cluster
}

/// Where the member of that server listens.
pub(crate) fn member(server: u8) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, server], MEMBER_PORT))
}

/// Where the BMC of that server listens.
pub(crate) fn bmc(server: u8) -> SocketAddr {
    SocketAddr::from(([10, 1, 0, server], BMC_PORT))
}

/// The name of a host; those of all clusters differ.
pub(crate) fn name(server: u8) -> Option<SystemName> {
    let text = [b'h', b'a' + server];
    SystemName::new(core::str::from_utf8(&text).ok()?).ok()
}

/// One key for all clusters.
pub(crate) fn keys() -> Option<ClusterKeys> {
    let key = Secret::from(black_box([7; CLUSTER_KEY_LEN]));
    Some(ClusterKeys::new(KeyNumber::new(1)?, key))
}

/// All servers, two in a cluster.
pub(crate) fn given() -> Option<Given> {
    let mut config = Config::new(CONNECTOR, SystemName::new("connector").ok()?);
    for cluster in 0..CLUSTERS as u8 {
        config.add_cluster(cluster_config(cluster)?).ok()?;
        for host in 0..2 {
            config.add_server(server(2 * cluster + host)?).ok()?;
        }
    }
    Some(config)
}

fn cluster_config(cluster: u8) -> Option<ClusterConfig> {
    Some(ClusterConfig {
        number: cluster_number(cluster.into()),
        keys: keys()?,
        digest: DIGEST,
        rules: Rules::default(),
        connectors: Vec::new(),
    })
}

fn server(server: u8) -> Option<ServerConfig> {
    Some(ServerConfig {
        host: HostAddress::new(u16::from(server) + 1)?,
        name: name(server)?,
        member: None,
        bmc: bmc(server),
        profile: profile(),
        password: Key::new(black_box(b"password".as_slice())).ok()?,
        kg: None,
        plan: Plan::default(),
        poll: POLL,
    })
}
