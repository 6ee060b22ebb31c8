//! A picture of a connector, for displays. It lends what it shows.

use core::net::SocketAddr;

use crate::cluster::{Acting, Host, Path, Phase};
use crate::fence::Stage;
use crate::journal::Generations;
use crate::session;
use crate::time::Instant;
use crate::types::{
    BmcState, Epoch, FenceState, HostAddress, HostState, Mode, PowerState, ServiceReport,
    SystemName, Term, Token,
};

use super::line::Slot;
use super::parts::Shared;
use super::server::Server;
use super::{ClusterIndex, ServerIndex};

/// A connector, to be looked at.
#[derive(Clone, Copy)]
pub struct Snapshot<'s> {
    pub(super) now: Instant,
    pub(super) shared: &'s Shared,
    pub(super) journal: &'s Generations,
    pub(super) clusters: &'s [Slot],
    pub(super) servers: &'s [Server],
    pub(super) hosts: &'s [Host],
}

impl<'s> Snapshot<'s> {
    /// When it was taken.
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The connector itself.
    pub fn connector(&self) -> ConnectorSnapshot {
        ConnectorSnapshot {
            epoch: self.shared.epoch,
            speaks: self.journal.is_stored(self.shared.epoch_mark),
            generation: self.journal.current(),
            bmc_discarded: self.shared.counters.total(),
            strays: self.shared.strays,
        }
    }

    /// Its clusters, in the order of the configuration.
    pub fn clusters(&self) -> impl Iterator<Item = ClusterSnapshot> + use<'s> {
        let seen = *self;
        self.clusters.iter().map(move |slot| seen.cluster(slot))
    }

    /// The servers of a cluster, in the order of the configuration.
    pub fn servers(
        &self,
        cluster: ClusterIndex,
    ) -> impl Iterator<Item = ServerSnapshot<'s>> + use<'s> {
        let slot = self.clusters.get(cluster.at());
        let range = slot.map(|slot| slot.line.range()).unwrap_or_default();
        let servers = self.servers.get(range.clone()).unwrap_or_default();
        let hosts = self.hosts.get(range.clone()).unwrap_or_default();
        let digest = slot.map(|slot| slot.line.digest.0);
        let first = range.start as u16;
        let places = (first..).map(ServerIndex);
        let all = places.zip(servers.iter().zip(hosts));
        all.map(move |(index, (server, host))| view(index, server, host, digest))
    }

    fn cluster(&self, slot: &Slot) -> ClusterSnapshot {
        let (cluster, line) = (&slot.cluster, &slot.line);
        let hosts = self.hosts.get(line.range()).unwrap_or_default();
        let servers = self.servers.get(line.range()).unwrap_or_default();
        let mode = match (cluster.acting().acts(self.journal), cluster.in_maintenance()) {
            (false, _) => Mode::Standby,
            (true, true) => Mode::Maintenance,
            (true, false) => Mode::Normal,
        };
        let in_flight = hosts.iter().filter(|host| host.phase() == Phase::Fencing).count();
        let well = |(host, server): (&Host, &Server)| {
            host.path() == Path::Alive
                && host.state() == Some(HostState::Running)
                && host.digest() == Some(line.digest.0)
                && host.phase() == Phase::Free
                && server.bmc.state() == BmcState::Answers
        };
        ClusterSnapshot {
            index: line.index,
            number: line.number,
            mode,
            term: cluster.acting().term(),
            token: cluster.token(),
            key_number: line.keys.sends_with().get(),
            // A cluster has at most 64 hosts.
            resets_in_flight: in_flight as u8,
            ready: mode == Mode::Normal && hosts.iter().zip(servers).all(well),
            discarded: line.discarded,
        }
    }
}

fn view<'s>(
    index: ServerIndex,
    server: &'s Server,
    host: &'s Host,
    digest: Option<u32>,
) -> ServerSnapshot<'s> {
    ServerSnapshot {
        index,
        host: host.address(),
        name: &server.name,
        bmc_address: server.bmc.address().into(),
        power: host.power(),
        power_asked: host.power_asked(),
        bmc: server.bmc.state(),
        session: server.bmc.session().snapshot(),
        fence: host.fence_state(),
        stage: server.work.stage(),
        token: host.token(),
        heard: host.heard(),
        member: server.member.map(SocketAddr::from),
        epoch: host.epoch(),
        host_state: host.state(),
        digest_matches: host.digest().map(|shown| Some(shown) == digest),
        keys: host.keys(),
        services: host.services(),
    }
}

/// The connector itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectorSnapshot {
    /// Its start.
    pub epoch: Epoch,
    /// Whether its epoch is durable, so that it may speak on the reset path.
    pub speaks: bool,
    /// The state of the record that it has last asked to be stored.
    pub generation: u64,
    /// Datagrams on the port of BMCs that were dropped.
    pub bmc_discarded: u32,
    /// Datagrams on that port from addresses of no BMC of ours.
    pub strays: u32,
}

/// A cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterSnapshot {
    /// Its place in the configuration.
    pub index: ClusterIndex,
    /// Its number.
    pub number: u16,
    /// How the connector works there.
    pub mode: Mode,
    /// With which term.
    pub term: Term,
    /// The highest fencing token that was given or seen.
    pub token: Token,
    /// The key that all shall send with.
    pub key_number: u8,
    /// Fencings that run.
    pub resets_in_flight: u8,
    /// Every member is heard and has the same configuration, every BMC answers, and this
    /// connector acts.
    pub ready: bool,
    /// Datagrams that were dropped, of every cause.
    pub discarded: u32,
}

/// A managed server.
#[derive(Clone, Debug)]
pub struct ServerSnapshot<'s> {
    /// Its place in the configuration.
    pub index: ServerIndex,
    /// Its host address.
    pub host: HostAddress,
    /// Its name.
    pub name: &'s SystemName,
    /// Where its BMC is.
    pub bmc_address: SocketAddr,
    /// Its power.
    pub power: PowerState,
    /// When the reading was asked for that tells so.
    pub power_asked: Option<Instant>,
    /// How its BMC behaves.
    pub bmc: BmcState,
    /// The session with it.
    pub session: session::Snapshot,
    /// How far its fencing is.
    pub fence: FenceState,
    /// What the fencing is at; `None` while there is none.
    pub stage: Option<Stage>,
    /// The token of its last fencing.
    pub token: Token,
    /// When its member was heard last with a valid echo.
    pub heard: Option<Instant>,
    /// Where its member is.
    pub member: Option<SocketAddr>,
    /// The start of its member.
    pub epoch: Epoch,
    /// How its member is.
    pub host_state: Option<HostState>,
    /// Whether its member has the same configuration; `None` before it is heard.
    pub digest_matches: Option<bool>,
    /// The keys that its member accepts; 0 = none.
    pub keys: [u8; 2],
    /// What its member says of its services.
    pub services: &'s [ServiceReport],
}
