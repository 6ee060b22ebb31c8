//! A connector's site in one process: its configuration, and a member that asks for a reset.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU64;

use komainu_core::connector::{
    ClusterConfig, Config, POLL, Profile, Rules, ServerConfig, UserName,
};
use komainu_core::fence::Plan;
use komainu_core::limits::{CLUSTER_KEY_LEN, MAX_RESET_DATAGRAM};
use komainu_core::reset_path::{ClusterKeys, Dialogue, Identity, open};
use komainu_core::rng::{Drbg, Seed};
use komainu_core::secret::{Key, KeyId, Secret};
use komainu_core::time::Instant;
use komainu_core::types::{
    ConfigDigest, ConnectorNumber, Epoch, HostAddress, HostState, KeyNumber, Party, Reason,
    RequestId, ResetMethod, SystemName, Term, Token,
};
use komainu_core::wire::reset::{Message, PathCheck, ResetRequest};

const CONNECTOR: ConnectorNumber = ConnectorNumber(0);
const DIGEST: ConfigDigest = ConfigDigest(1);
/// The first cluster's number.
const FIRST: u16 = 20_000;

/// The key that all parties share.
///
/// # Panics
/// Never: the number is one.
#[must_use]
pub fn keys() -> ClusterKeys {
    let number = KeyNumber::new(1).expect("a number");
    ClusterKeys::new(number, Secret::from([7; CLUSTER_KEY_LEN]))
}

/// The number of a cluster.
#[must_use]
pub const fn cluster_number(cluster: u16) -> u16 {
    FIRST + cluster
}

/// Where the BMC of a server listens.
fn bmc(server: usize) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::from(0x0a01_0000 + server as u32), 623))
}

/// The server whose BMC listens there.
#[must_use]
pub fn server_of(bmc: SocketAddr) -> usize {
    match bmc.ip() {
        std::net::IpAddr::V4(ip) => (u32::from(ip) - 0x0a01_0000) as usize,
        std::net::IpAddr::V6(_) => usize::MAX,
    }
}

/// Where the first member of a cluster listens.
#[must_use]
pub fn member(cluster: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::from(0x0a02_0000 + u32::from(cluster)), FIRST))
}

/// The name of a host; no two clusters share one.
///
/// # Panics
/// Never: the name is one.
fn name(cluster: u16, host: u16) -> SystemName {
    SystemName::new(&format!("c{cluster}h{host}")).expect("a name")
}

fn address(host: u16) -> HostAddress {
    HostAddress::new(host).expect("an address")
}

/// `C` clusters of `hosts` servers each, `N` in all.
///
/// # Panics
/// When `N` is not `C` times `hosts`.
#[must_use]
pub fn config<const N: usize, const C: usize>(hosts: u16) -> Config<N, C> {
    assert_eq!(C * usize::from(hosts), N, "every cluster is full");
    let mut config = Config::new(CONNECTOR, SystemName::new("connector").expect("a name"));
    for cluster in 0..C as u16 {
        let of = ClusterConfig {
            number: cluster_number(cluster),
            keys: keys(),
            digest: DIGEST,
            rules: Rules::default(),
            connectors: heapless::Vec::new(),
        };
        config.add_cluster(of).expect("there is room");
        for host in 1..=hosts {
            let server = ServerConfig {
                host: address(host),
                name: name(cluster, host),
                member: None,
                bmc: bmc(usize::from(cluster * hosts + host - 1)),
                profile: Profile::new(UserName::new("admin").expect("a name"), Some(KeyId(0))),
                password: Key::new(b"password").expect("it fits"),
                kg: None,
                plan: Plan::default(),
                poll: POLL,
            };
            config.add_server(server).expect("there is room");
        }
    }
    config
}

/// The first member of a cluster, as far as its connector sees it.
pub struct Member {
    cluster: u16,
    hosts: u16,
    identity: Identity,
    dialogue: Dialogue,
    keys: ClusterKeys,
}

impl Member {
    /// It has heard nobody.
    #[must_use]
    pub fn new(cluster: u16, hosts: u16) -> Self {
        let mut chance = Drbg::new(&Seed::new([3; 32]));
        let (party, number) = (Party::Host(address(1)), cluster_number(cluster));
        let patrol = Rules::default().patrol.duration();
        Self {
            cluster,
            hosts,
            identity: Identity::new(party, number, Epoch(1), patrol, &mut chance),
            dialogue: Dialogue::new(Party::Connector(CONNECTOR), 0),
            keys: keys(),
        }
    }

    /// Takes what the connector sends; what is for other hosts changes nothing.
    pub fn hear(&mut self, now: Instant, datagram: &[u8]) {
        if let Ok(frame) = open(&self.identity, &self.keys, datagram) {
            let _ = self.dialogue.accept(&self.identity, now, &frame.header);
        }
    }

    /// A PathCheck.
    #[must_use]
    pub fn check(&mut self, now: Instant) -> Vec<u8> {
        self.seal(now, &self.path_check())
    }

    /// What a PathCheck of this host says.
    #[must_use]
    pub fn path_check(&self) -> Message {
        Message::PathCheck(PathCheck {
            resume: false,
            term: Term(0),
            token: Token(0),
            keys: [KeyNumber::new(1), None],
            digest: DIGEST,
            state: HostState::Running,
            name: name(self.cluster, 1),
            services: heapless::Vec::new(),
        })
    }

    /// A question for the reset of the last host of the cluster.
    #[must_use]
    pub fn ask(&mut self, now: Instant) -> Vec<u8> {
        let request = ResetRequest {
            id: RequestId(NonZeroU64::MIN),
            term: Term(0),
            method: ResetMethod::AsConfigured,
            reason: Reason::HeartbeatLost,
            target_epoch: Some(Epoch(1)),
            target: name(self.cluster, self.hosts),
        };
        self.seal(now, &Message::ResetRequest(request))
    }

    /// Seals a message to the connector.
    ///
    /// # Panics
    /// When the message is longer than a datagram.
    #[must_use]
    pub fn seal(&mut self, now: Instant, message: &Message) -> Vec<u8> {
        let mut out = vec![0; MAX_RESET_DATAGRAM];
        let len = self.dialogue.seal(&self.identity, &self.keys, now, message, &mut out);
        out.truncate(len.expect("it fits"));
        out
    }
}
