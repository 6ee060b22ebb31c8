//! A picture of a connector, for displays. It lends what it shows.

use core::net::SocketAddr;

use crate::fence::Stage;
use crate::session;
use crate::time::Instant;
use crate::types::{
    BmcState, Epoch, FenceState, HostAddress, HostState, Mode, PowerState, ServiceReport,
    SystemName, Term, Token,
};

use super::{ClusterIndex, ServerIndex};

/// A connector, to be looked at.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'s> {
    now: core::marker::PhantomData<&'s Instant>,
}

impl<'s> Snapshot<'s> {
    /// The connector itself.
    pub fn connector(&self) -> ConnectorSnapshot {
        ConnectorSnapshot {
            epoch: Epoch(0),
            speaks: false,
            generation: 0,
            bmc_discarded: 0,
            strays: 0,
        }
    }

    /// Its clusters, in the order of the configuration.
    pub fn clusters(&self) -> impl Iterator<Item = ClusterSnapshot> + use<'s> {
        core::iter::empty()
    }

    /// The servers of a cluster, in the order of the configuration.
    pub fn servers(&self, _: ClusterIndex) -> impl Iterator<Item = ServerSnapshot<'s>> + use<'s> {
        core::iter::empty()
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
    /// When that was read last.
    pub power_read: Option<Instant>,
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
