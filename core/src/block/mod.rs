//! An appliance's whole configuration as one block of bytes.
//!
//! `komainu config compile` makes it from the same file that services read, and the appliance
//! finds it in its flash. It is read where it lies: [`Block::open`] checks all of it once, and
//! what it holds is then given piece by piece, so that no copy of the whole ever is in RAM. All
//! numbers have their most significant byte first.
//!
//! ```text
//! 0   4  "KMNC"
//! 4   1  version: 1
//! 5   1  0
//! 6   2  length of the records, in bytes
//! 8  16  the first bytes of SHA-256 over bytes 0 to 8 and the records
//! 24     records: kind (1), length of the body (2), body
//! ```
//!
//! Records come in the order of their kinds, each server behind its cluster. It holds the keys of
//! clusters and the passwords of BMCs: whoever has it can switch the servers off.

mod cluster;
mod encoder;
mod fault;
mod fields;
mod network;
mod nut;
mod plan;
mod server;
#[cfg(test)]
pub(crate) mod tests;

pub use cluster::Cluster;
pub use encoder::Encoder;
pub use fault::Fault;
pub use network::{Addressing, Identity, Network, Status};
pub use nut::{NutServer, Ups};

use core::net::SocketAddrV4;

use crate::connector::{Restored, ServerConfig};
use crate::crypto::{codes_match, sha256};
use crate::limits::{
    APPLIANCE_CLUSTERS, APPLIANCE_NUT_SERVERS, APPLIANCE_SERVERS, APPLIANCE_UPSES, MAX_BLOCK,
};
use crate::power::{Own, PlannedServer, Stage, Timing};
use crate::rng::Seed;
use crate::site::{Misfit, Piece, Site};
use crate::time::Instant;
use crate::types::{UpsIndex, coded};
use crate::ups;

use fields::Fields;

const MAGIC: [u8; 4] = *b"KMNC";
const VERSION: u8 = 1;
/// Bytes that the checksum covers before the records.
const COVERED: usize = 8;
const CHECKSUM_LEN: usize = 16;
/// Bytes before the records.
const HEADER_LEN: usize = COVERED + CHECKSUM_LEN;

/// The site of an appliance.
pub type ApplianceSite = Site<APPLIANCE_SERVERS, APPLIANCE_CLUSTERS, APPLIANCE_UPSES>;

coded! {
    /// What a record is about.
    Kind {
        /// The appliance's own address.
        Network = 1,
        /// Who it is.
        Identity = 2,
        /// Who may look at it.
        Status = 3,
        /// A cluster.
        Cluster = 4,
        /// A server of the cluster before.
        Server = 5,
        /// What the power plan reckons with.
        Timing = 6,
        /// A NUT server.
        NutServer = 7,
        /// A UPS.
        Ups = 8,
        /// A stage of the power plan.
        Stage = 9,
        /// A server that hangs on UPSes.
        Planned = 10,
        /// What the appliance itself hangs on.
        Own = 11,
    }
}

impl Kind {
    /// Records come in the order of this.
    const fn rank(self) -> u8 {
        match self {
            Self::Server => Self::Cluster.code(),
            other => other.code(),
        }
    }

    /// How many there may be.
    const fn most(self) -> usize {
        match self {
            Self::Network | Self::Identity | Self::Status | Self::Timing | Self::Own => 1,
            Self::Cluster => APPLIANCE_CLUSTERS,
            Self::Server | Self::Planned => APPLIANCE_SERVERS,
            Self::NutServer => APPLIANCE_NUT_SERVERS,
            Self::Ups => APPLIANCE_UPSES,
            Self::Stage => crate::limits::MAX_STAGES,
        }
    }
}

/// What a record holds.
#[derive(Debug)]
enum Entry<'b> {
    Network(Network),
    Identity(Identity),
    Status(Status),
    Cluster(Cluster),
    Server(ServerConfig),
    Timing(Timing),
    NutServer(NutServer<'b>),
    Ups(Ups),
    Stage(Stage),
    Planned(PlannedServer),
    Own(Own),
}

impl<'b> Entry<'b> {
    fn parse(kind: Kind, at: usize, body: &'b [u8]) -> Result<Self, Fault> {
        let mut fields = Fields::new(body, at);
        let entry = match kind {
            Kind::Network => Self::Network(Network::parse(&mut fields)?),
            Kind::Identity => Self::Identity(Identity::parse(&mut fields)?),
            Kind::Status => Self::Status(Status::parse(&mut fields)?),
            Kind::Cluster => Self::Cluster(Cluster::parse(&mut fields)?),
            Kind::Server => Self::Server(server::parse(&mut fields)?),
            Kind::Timing => Self::Timing(plan::parse_timing(&mut fields)?),
            Kind::NutServer => Self::NutServer(NutServer::parse(&mut fields)?),
            Kind::Ups => Self::Ups(Ups::parse(&mut fields)?),
            Kind::Stage => Self::Stage(plan::parse_stage(&mut fields)?),
            Kind::Planned => Self::Planned(plan::parse_planned(&mut fields)?),
            Kind::Own => Self::Own(plan::parse_own(&mut fields)?),
        };
        fields.end().map(|()| entry)
    }
}

/// A block of which all is known to be well, but whether its pieces fit to one another:
/// [`Block::move_in`] tells that.
#[derive(Clone, Copy)]
pub struct Block<'b> {
    records: &'b [u8],
}

impl<'b> Block<'b> {
    /// The block at the start of `bytes`, which may be followed by anything: a flash page that
    /// nobody wrote to, for instance.
    pub fn open(bytes: &'b [u8]) -> Result<Self, Fault> {
        let (header, behind) = bytes.split_first_chunk::<HEADER_LEN>().ok_or(Fault::NoBlock)?;
        let (covered, checksum) = header.split_at(COVERED);
        let [m, a, g, i, version, _, high, low] = *covered else { return Err(Fault::NoBlock) };
        if [m, a, g, i] != MAGIC {
            return Err(Fault::NoBlock);
        }
        if version != VERSION {
            return Err(Fault::Version(version));
        }
        let len = usize::from(u16::from_be_bytes([high, low]));
        let records = behind.get(..len).filter(|_| HEADER_LEN + len <= MAX_BLOCK);
        let records = records.ok_or(Fault::Length)?;
        if !codes_match(sha256(&[covered, records]).truncated(CHECKSUM_LEN), checksum) {
            return Err(Fault::Checksum);
        }
        let block = Self { records };
        block.check()?;
        Ok(block)
    }

    /// How many bytes it has.
    pub const fn size(&self) -> usize {
        HEADER_LEN + self.records.len()
    }

    /// Goes over all records.
    fn check(&self) -> Result<(), Fault> {
        let mut counts = [0_usize; Kind::ALL.len() + 1];
        let mut last = Kind::Network;
        for record in self.raw() {
            let (kind, at, body) = record?;
            if kind.rank() < last.rank() {
                return Err(Fault::Order { at });
            }
            last = kind;
            check_record(kind, at, body, &mut counts)?;
        }
        for kind in [Kind::Network, Kind::Identity, Kind::Timing] {
            if counts.get(usize::from(kind.code())) == Some(&0) {
                return Err(Fault::Missing(kind));
            }
        }
        Ok(())
    }

    /// The records, as they stand there.
    fn raw(&self) -> impl Iterator<Item = Result<(Kind, usize, &'b [u8]), Fault>> + use<'b> {
        let mut rest = self.records;
        let all = self.records.len();
        core::iter::from_fn(move || {
            let (code, behind) = rest.split_first()?;
            let at = HEADER_LEN + all - rest.len();
            let record = Kind::of(*code).ok_or(Fault::Kind { at, code: *code }).and_then(|kind| {
                let (len, behind) = behind.split_first_chunk().ok_or(Fault::Cut { at })?;
                let len = usize::from(u16::from_be_bytes(*len));
                let (body, behind) = behind.split_at_checked(len).ok_or(Fault::Cut { at })?;
                Ok(((kind, at, body), behind))
            });
            Some(match record {
                Ok((record, behind)) => {
                    rest = behind;
                    Ok(record)
                }
                Err(fault) => {
                    rest = &[];
                    Err(fault)
                }
            })
        })
    }

    /// What the records of that kind hold. All were parsed before, so none is left out.
    fn entries(&self, wanted: Kind) -> impl Iterator<Item = Entry<'b>> + use<'b> {
        let all = self.raw().filter_map(Result::ok);
        let these = all.filter(move |(kind, ..)| *kind == wanted);
        these.filter_map(|(kind, at, body)| Entry::parse(kind, at, body).ok())
    }

    /// The appliance's own address and name.
    pub fn network(&self) -> Network {
        let found = self.entries(Kind::Network).find_map(|entry| match entry {
            Entry::Network(network) => Some(network),
            _ => None,
        });
        found.unwrap_or_default()
    }

    /// Which connector it is. `None` never comes from a block that was opened.
    pub fn identity(&self) -> Option<Identity> {
        self.entries(Kind::Identity).find_map(|entry| match entry {
            Entry::Identity(identity) => Some(identity),
            _ => None,
        })
    }

    /// With which key it may be looked at, and where; `None` = nobody may.
    pub fn status(&self) -> Option<Status> {
        self.entries(Kind::Status).find_map(|entry| match entry {
            Entry::Status(status) => Some(status),
            _ => None,
        })
    }

    /// Its clusters, in the order of their [`ClusterIndex`](crate::connector::ClusterIndex).
    pub fn clusters(&self) -> impl Iterator<Item = Cluster> + use<'b> {
        self.entries(Kind::Cluster).filter_map(|entry| match entry {
            Entry::Cluster(cluster) => Some(cluster),
            _ => None,
        })
    }

    /// Its servers, in the order of their [`ServerIndex`](crate::types::ServerIndex).
    pub fn servers(&self) -> impl Iterator<Item = ServerConfig> + use<'b> {
        self.entries(Kind::Server).filter_map(|entry| match entry {
            Entry::Server(server) => Some(server),
            _ => None,
        })
    }

    /// Its UPSes, in the order of their [`UpsIndex`].
    pub fn upses(&self) -> impl Iterator<Item = Ups> + use<'b> {
        self.entries(Kind::Ups).filter_map(|entry| match entry {
            Entry::Ups(ups) => Some(ups),
            _ => None,
        })
    }

    /// The NUT servers, each with what its client is told.
    pub fn nut_servers(&self) -> impl Iterator<Item = (SocketAddrV4, ups::Config)> + use<'b> {
        let servers = self.entries(Kind::NutServer).filter_map(|entry| match entry {
            Entry::NutServer(server) => Some(server),
            _ => None,
        });
        let block = *self;
        (0..).zip(servers).map(move |(number, server)| {
            let upses = (0..).map(UpsIndex).zip(block.upses());
            let read = upses.filter(|(_, ups)| ups.nut == number);
            let upses = read.map(|(ups, of)| ups::ReadFrom { ups, name: of.there });
            (server.address, server.config(upses))
        })
    }

    /// The site of this block, which guards nothing yet: [`Block::move_in`] tells it, with the
    /// same `restored` and `now`. To be built where it stays.
    #[inline(never)]
    pub fn vacant<const N: usize, const C: usize, const U: usize>(
        &self,
        seed: &Seed,
        restored: Restored<'_>,
        now: Instant,
    ) -> Result<Site<N, C, U>, Fault> {
        let identity = self.identity().ok_or(Fault::Missing(Kind::Identity))?;
        let timing = self.timing();
        Ok(Site::vacant(identity.number, identity.name, timing, seed, restored, now))
    }

    /// Tells a site that was [vacant](Block::vacant) everything, and has it begin. With a
    /// [`Misfit`] it has not, and is of no use.
    pub fn move_in<const N: usize, const C: usize, const U: usize>(
        &self,
        site: &mut Site<N, C, U>,
        restored: Restored<'_>,
        now: Instant,
    ) -> Result<(), Misfit> {
        let all = self.raw().filter_map(Result::ok);
        let pieces = all.filter_map(|(kind, at, body)| piece(Entry::parse(kind, at, body).ok()?));
        site.move_in(restored, now, pieces)
    }

    /// What its power plan reckons with.
    pub fn timing(&self) -> Timing {
        let found = self.entries(Kind::Timing).find_map(|entry| match entry {
            Entry::Timing(timing) => Some(timing),
            _ => None,
        });
        found.unwrap_or_default()
    }
}

/// What a site is told of an entry.
fn piece(entry: Entry<'_>) -> Option<Piece> {
    Some(match entry {
        Entry::Cluster(cluster) => Piece::Cluster(cluster.config),
        Entry::Server(server) => Piece::Server(server),
        Entry::Ups(ups) => Piece::Ups(ups.config),
        Entry::Stage(stage) => Piece::Stage(stage),
        Entry::Planned(server) => Piece::Planned(server),
        Entry::Own(own) => Piece::Own(own),
        Entry::Network(_)
        | Entry::Identity(_)
        | Entry::Status(_)
        | Entry::Timing(_)
        | Entry::NutServer(_) => return None,
    })
}

/// Parses a record, counts it, and checks what it refers to.
fn check_record(
    kind: Kind,
    at: usize,
    body: &[u8],
    counts: &mut [usize; Kind::ALL.len() + 1],
) -> Result<(), Fault> {
    let entry = Entry::parse(kind, at, body)?;
    let there = |kind: Kind| counts.get(usize::from(kind.code())).copied().unwrap_or(0);
    let within = |field, index: usize, of: Kind| match index < there(of) {
        true => Ok(()),
        false => Err(Fault::Field { at, field }),
    };
    match entry {
        Entry::Ups(ups) => within("NUT server", usize::from(ups.nut), Kind::NutServer)?,
        Entry::Planned(planned) => within("server", planned.server.at(), Kind::Server)?,
        Entry::Own(own) => {
            if let Some(server) = own.server {
                within("server", server.at(), Kind::Server)?;
            }
        }
        Entry::Network(_)
        | Entry::Identity(_)
        | Entry::Status(_)
        | Entry::Cluster(_)
        | Entry::Server(_)
        | Entry::Timing(_)
        | Entry::NutServer(_)
        | Entry::Stage(_) => {}
    }
    if there(kind) >= kind.most() {
        return Err(Fault::TooMany { at, kind });
    }
    if let Some(count) = counts.get_mut(usize::from(kind.code())) {
        *count += 1;
    }
    Ok(())
}
