//! How a connector begins: from nothing, or from its record.

use heapless::Vec;

use crate::cluster::{ByOrder, Cluster, Host, SavedCluster, SavedHost, Slot};
use crate::counters::Counters;
use crate::fence::Sent;
use crate::journal::{Generations, Mark};
use crate::reset_path::{Dialogue, Identity, next_epoch};
use crate::rng::{Drbg, Seed};
use crate::secret::Key;
use crate::session::Session;
use crate::time::Instant;
use crate::timers::Timers;
use crate::types::{Cause, ChassisAction, ConnectorNumber, HostAddress, Party, Source, SystemName};

use super::address::Address;
use super::bmc::{Bmc, Pin};
use super::config::Other;
use super::index::Index;
use super::line::{self, Line};
use super::parts::{Answers, Shared};
use super::record::{Saved, SavedBmc};
use super::server::{Carried, InVain, Second, Server, Told, Work};
use super::words::{ClusterIndex, How};
use super::{ClusterConfig, Config, ConfigError, Connector, Restored, ServerConfig};

/// Between the first looks at two servers, so that not all BMCs answer at once.
const STAGGER: core::time::Duration = core::time::Duration::from_micros(200);

pub(super) fn start<const N: usize, const C: usize>(
    config: Config<N, C>,
    seed: &Seed,
    restored: Restored<'_>,
    now: Instant,
) -> Connector<N, C> {
    let mut connector = vacant(config.number, config.name, seed, restored, now);
    let saved = Saved::read(restored);
    for (cluster, index) in config.clusters.into_iter().zip((0..).map(ClusterIndex)) {
        let range = range(&config.servers, index);
        let shared = &mut connector.shared;
        let slot = new_cluster(cluster, index, range, shared, &saved);
        // There is room: the configuration has the same capacity.
        let _ = connector.clusters.push(slot);
    }
    for (cluster, server) in config.servers {
        connector.add(now, cluster, server, &saved);
    }
    connector.index = Index::new(&connector.servers);
    connector.set_out(now);
    connector
}

/// A connector that serves no cluster yet. Out of line, so that it is built where it stays.
#[inline(never)]
pub(super) fn vacant<const N: usize, const C: usize>(
    number: ConnectorNumber,
    name: SystemName,
    seed: &Seed,
    restored: Restored<'_>,
    now: Instant,
) -> Connector<N, C> {
    let saved = Saved::read(restored);
    let mut journal = Generations::after(saved.generation());
    let mut chance = Drbg::new(seed);
    let epoch = next_epoch(saved.epoch(), restored.damaged, restored.unix_ms, &mut chance);
    let epoch_mark = journal.change();
    Connector {
        shared: Shared {
            number,
            name,
            epoch,
            epoch_mark,
            chance,
            counters: Counters::default(),
            strays: 0,
            answers: Answers::default(),
            unix_ms: restored.unix_ms,
            started: now,
            waiting: None,
            open: None,
        },
        journal,
        clusters: Vec::new(),
        servers: Vec::new(),
        hosts: Vec::new(),
        slots: Vec::new(),
        index: Index::default(),
        due: Timers::new(),
        clusters_due: Timers::new(),
    }
}

/// A vacant connector that is told its clusters one by one, each followed by its servers: none of
/// it is ever held twice, which counts where the stack is small.
pub(crate) struct MovingIn<'a, 'r, const N: usize, const C: usize> {
    connector: &'a mut Connector<N, C>,
    saved: Saved<'r>,
    now: Instant,
}

impl<'a, 'r, const N: usize, const C: usize> MovingIn<'a, 'r, N, C> {
    pub(super) fn new(
        connector: &'a mut Connector<N, C>,
        restored: Restored<'r>,
        now: Instant,
    ) -> Self {
        Self { connector, saved: Saved::read(restored), now }
    }

    /// Adds a cluster without servers.
    #[inline(never)]
    pub(crate) fn add_cluster(&mut self, cluster: ClusterConfig) -> Result<(), ConfigError> {
        let Connector { shared, clusters, servers, .. } = &mut *self.connector;
        let numbers = clusters.iter().map(|slot| slot.line.number);
        cluster.fits(shared.number, numbers)?;
        if clusters.is_full() {
            return Err(ConfigError::TooManyClusters(C));
        }
        let index = ClusterIndex(clusters.len() as u16);
        let range = (servers.len() as u16, 0);
        let slot = new_cluster(cluster, index, range, shared, &self.saved);
        // There is room.
        let _ = clusters.push(slot);
        Ok(())
    }

    /// Adds a server to the cluster that was added last.
    #[inline(never)]
    pub(crate) fn add_server(&mut self, server: ServerConfig) -> Result<(), ConfigError> {
        let Connector { clusters, servers, hosts, .. } = &mut *self.connector;
        let cluster = clusters.len().checked_sub(1).ok_or(ConfigError::NoCluster)?;
        let cluster = ClusterIndex(cluster as u16);
        let others = servers.iter().zip(hosts).map(|(other, host)| Other {
            cluster: other.cluster,
            host: host.address(),
            name: &other.name,
            bmc: other.bmc.address().into(),
        });
        server.fits(cluster, others)?;
        if servers.is_full() {
            return Err(ConfigError::TooManyServers(N));
        }
        if let Some(slot) = clusters.last_mut() {
            // A cluster has at most 64.
            slot.line.count += 1;
        }
        self.connector.add(self.now, cluster, server, &self.saved);
        Ok(())
    }

    /// All are there: it begins.
    pub(crate) fn set_out(self) {
        self.connector.index = Index::new(&self.connector.servers);
        self.connector.set_out(self.now);
    }
}

/// Where the servers of a cluster are.
pub(super) fn range(servers: &[(ClusterIndex, ServerConfig)], of: ClusterIndex) -> (u16, u8) {
    let first = servers.iter().take_while(|(cluster, _)| *cluster < of).count();
    let count = servers.iter().filter(|(cluster, _)| *cluster == of).count();
    // The configuration has bounded both.
    (first as u16, count as u8)
}

/// A cluster as its record leaves it.
pub(super) fn new_cluster(
    mut config: ClusterConfig,
    index: ClusterIndex,
    range: (u16, u8),
    shared: &mut Shared,
    saved: &Saved<'_>,
) -> line::Slot {
    let saved = saved.cluster(config.number);
    if let Some((Some(key), _)) = saved {
        config.keys.send_with(key);
    }
    let saved: Option<SavedCluster> = saved.map(|(_, saved)| saved);
    let acting = saved.map(|saved| saved.acting).unwrap_or_default();
    let acting = ByOrder::new(&config.connectors, acting);
    let party = Party::Connector(shared.number);
    let patrol = config.rules.patrol.duration();
    let identity = Identity::new(party, config.number, shared.epoch, patrol, &mut shared.chance);
    let cluster = Cluster::new(config.rules, acting, saved);
    let line = Line::new(index, range, identity, config);
    line::Slot { cluster, line }
}

impl<const N: usize, const C: usize> Connector<N, C> {
    fn add(
        &mut self,
        now: Instant,
        cluster: ClusterIndex,
        config: ServerConfig,
        saved: &Saved<'_>,
    ) {
        let number = self.clusters.get(cluster.at()).map_or(0, |slot| slot.line.number);
        let address = config.host;
        let bmc = saved.bmc(number, address);
        let fencing = saved.fencings(number).find(|saved| saved.address == address);
        let mut host = new_host(now, address, fencing.as_ref());
        if bmc.carried == Carried::No {
            host.has_no_session();
        }
        let server = new_server(now, cluster, config, &host, bmc);
        // There is room: the configuration has the same capacity.
        let _ = self.servers.push(server);
        let _ = self.hosts.push(host);
        let _ = self.slots.push([Slot::EMPTY; crate::cluster::RESULTS_PER_HOST]);
    }

    /// Sets the deadlines of all: what was interrupted first.
    pub(super) fn set_out(&mut self, now: Instant) {
        self.due = Timers::new();
        self.clusters_due = Timers::new();
        for (server, at) in self.servers.iter().zip(0_u16..) {
            let interrupted = server.carried != Carried::No || !server.earlier.is_empty();
            let pause = if interrupted { 0 } else { u32::from(at) };
            self.due.set(at, Some(now + STAGGER.saturating_mul(pause)));
        }
        self.shared.waiting = None;
        for (slot, at) in self.clusters.iter_mut().zip(0_u16..) {
            self.clusters_due.set(at, Some(now));
            // Each has something to reserve in the record.
            slot.line.waits = true;
            slot.line.next_waiting = self.shared.waiting.replace(ClusterIndex(at));
        }
    }
}

pub(super) fn new_host(now: Instant, address: HostAddress, saved: Option<&SavedHost>) -> Host {
    let mut host = Host::new(address);
    if let Some(saved) = saved {
        host.restore(now, saved);
    }
    host
}

/// A server of which nothing is known but what was durable.
pub(super) fn new_server(
    now: Instant,
    cluster: ClusterIndex,
    config: ServerConfig,
    host: &Host,
    saved: SavedBmc,
) -> Server {
    let mut profile = config.profile;
    let pin = match profile.guid {
        Some(guid) if saved.guid != Some(guid) => Pin::Pinned,
        _ => saved.pin,
    };
    profile.guid = profile.guid.or(saved.guid);
    profile.keep_warm = Some(config.poll);
    let session = match saved.carried {
        Carried::No => Session::new(profile),
        Carried::In(id) => Session::after_restart(profile, Some(id), now),
        Carried::Somewhere => Session::after_restart(profile, None, now),
    };
    let keys = [config.password, config.kg.unwrap_or(Key::from([0; 20]))];
    let sent = |sent: Sent, action: &ChassisAction| match host.was_sent(*action) {
        true => sent.with(*action),
        false => sent,
    };
    Server {
        cluster,
        name: config.name,
        plan: config.plan,
        bmc: Bmc::new(config.bmc.into(), keys, session, pin),
        work: Work::Idle(None),
        order: None,
        carried: saved.carried,
        declared: Mark::default(),
        earlier: ChassisAction::ALL.iter().fold(Sent::default(), sent),
        waits: false,
        how: How::Read(crate::fence::How::AlreadyOff),
        in_vain: InVain::Failed(Cause::None),
        source: Source::Poll,
        dialogue: Dialogue::new(Party::Host(config.host), 0),
        member: config.member.map(Address::from),
        owes_status: false,
        told: Told::of(host),
        asked: None,
        about: None,
        told_id: 0,
        bmc_spoke: Second::default(),
        dark: false,
    }
}
