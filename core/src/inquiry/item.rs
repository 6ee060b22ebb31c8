//! What an appliance tells of itself, its clusters and its servers.

use core::net::SocketAddr;

use heapless::{String, Vec};

use super::desk::Introduction;
use super::fields::{Fields, Put, age};
use super::power::{OfPlanned, OfPower, OfUps};
use crate::connector::{ClusterSnapshot, ConnectorSnapshot, ServerSnapshot};
use crate::fence::{Method, Stage};
use crate::session::Standing;
use crate::time::Instant;
use crate::types::{
    BmcState, Epoch, FenceState, Generation, HostAddress, HostState, Mode, PowerState,
    ServiceNumber, ServiceReport, ServiceRole, ServiceState, SystemName, Term, Token,
};
use crate::wire::{Full, Writer};

/// So many services of a host are told at most.
pub const MAX_SERVICES_TOLD: usize = 12;
/// Longest name of a release, in bytes.
const MAX_RELEASE: usize = 31;

const POWERS: [PowerState; 3] = [PowerState::On, PowerState::Off, PowerState::Unknown];
const STANDINGS: [Standing; 5] =
    [Standing::Cold, Standing::Discovering, Standing::LoggingIn, Standing::Warm, Standing::Closing];
const STAGES: [Option<Stage>; 8] = [
    None,
    Some(Stage::Looking),
    Some(Stage::Working(Method::Off)),
    Some(Stage::Working(Method::Cycle)),
    Some(Stage::Working(Method::Reset)),
    Some(Stage::Working(Method::Outlet)),
    Some(Stage::PoweringOn),
    Some(Stage::Over),
];
const MATCHES: [Option<bool>; 3] = [None, Some(true), Some(false)];

/// Something that is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// The appliance itself.
    Itself(Itself),
    /// A cluster; its servers follow.
    Cluster(OfCluster),
    /// A server of the cluster before.
    Server(OfServer),
    /// Power in all; UPSes and planned servers follow.
    Power(OfPower),
    /// A UPS, in the order of the configuration.
    Ups(OfUps),
    /// A server that hangs on UPSes.
    Planned(OfPlanned),
}

impl Item {
    const fn code(&self) -> u8 {
        match self {
            Self::Itself(_) => 1,
            Self::Cluster(_) => 2,
            Self::Server(_) => 3,
            Self::Power(_) => 4,
            Self::Ups(_) => 5,
            Self::Planned(_) => 6,
        }
    }

    /// Writes the item, when `spare` bytes are left behind it; nothing otherwise.
    pub(super) fn emit(&self, spare: usize, out: &mut Writer<'_>) -> Result<(), Full> {
        let mut room = [0; u8::MAX as usize];
        let mut body = Writer::new(&mut room);
        match self {
            Self::Itself(own) => own.emit(&mut body),
            Self::Cluster(cluster) => cluster.emit(&mut body),
            Self::Server(server) => server.emit(&mut body),
            Self::Power(power) => power.emit(&mut body),
            Self::Ups(ups) => ups.emit(&mut body),
            Self::Planned(planned) => planned.emit(&mut body),
        }?;
        let len = body.len();
        if out.room() < 2 + len + spare {
            return Err(Full);
        }
        out.u8(self.code())?;
        out.u8(len as u8)?;
        out.bytes(body.written())
    }

    /// The first item, `None` of a kind or with a word that is not known, and what follows it.
    pub(super) fn parse(bytes: &[u8]) -> Option<(Option<Self>, &[u8])> {
        let ([kind, len], rest) = bytes.split_first_chunk()?;
        let (body, behind) = rest.split_at_checked(usize::from(*len))?;
        let mut fields = Fields(body);
        let item = match kind {
            1 => Itself::parse(&mut fields).map(Self::Itself),
            2 => OfCluster::parse(&mut fields).map(Self::Cluster),
            3 => OfServer::parse(&mut fields).map(Self::Server),
            4 => OfPower::parse(&mut fields).map(Self::Power),
            5 => OfUps::parse(&mut fields).map(Self::Ups),
            6 => OfPlanned::parse(&mut fields).map(Self::Planned),
            _ => None,
        };
        Some((item, behind))
    }
}

/// The appliance itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Itself {
    /// Its number.
    pub number: u8,
    /// Its name.
    pub name: SystemName,
    /// The release of its firmware, cut to 31 bytes.
    pub release: String<MAX_RELEASE>,
    /// Its start.
    pub epoch: Epoch,
    /// Whether its epoch is durable, so that it may speak on the reset path.
    pub speaks: bool,
    /// The state of the record that it has last asked to be stored.
    pub generation: u64,
    /// How long it has run, in milliseconds.
    pub up_ms: u64,
    /// Datagrams on the port of BMCs that were dropped.
    pub bmc_dropped: u32,
    /// Datagrams on that port that came from no BMC of its own.
    pub strays: u32,
    /// Questions that were dropped.
    pub unanswered: u32,
}

impl Itself {
    pub(super) fn of(
        seen: &ConnectorSnapshot,
        introduction: &Introduction<'_>,
        now: Instant,
        unanswered: u32,
    ) -> Self {
        let up = now.since(introduction.started);
        let mut release = String::new();
        for letter in introduction.release.chars() {
            if release.push(letter).is_err() {
                break;
            }
        }
        Self {
            number: introduction.identity.number.0,
            name: introduction.identity.name.clone(),
            release,
            epoch: seen.epoch,
            speaks: seen.speaks,
            generation: seen.generation,
            up_ms: u64::try_from(up.as_millis()).unwrap_or(u64::MAX),
            bmc_dropped: seen.bmc_discarded,
            strays: seen.strays,
            unanswered,
        }
    }

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.number)?;
        out.text(self.name.as_str())?;
        out.text(&self.release)?;
        out.u64_be(self.epoch.0)?;
        out.u8(self.speaks.into())?;
        out.u64_be(self.generation)?;
        out.u64_be(self.up_ms)?;
        out.u32_be(self.bmc_dropped)?;
        out.u32_be(self.strays)?;
        out.u32_be(self.unanswered)
    }

    fn parse(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            number: fields.u8()?,
            name: fields.name()?,
            release: fields.text()?.try_into().ok()?,
            epoch: Epoch(fields.u64()?),
            speaks: fields.flag()?,
            generation: fields.u64()?,
            up_ms: fields.u64()?,
            bmc_dropped: fields.u32()?,
            strays: fields.u32()?,
            unanswered: fields.u32()?,
        })
    }
}

/// A cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfCluster {
    /// Its number.
    pub number: u16,
    /// How the appliance works there.
    pub mode: Mode,
    /// With which term.
    pub term: Term,
    /// The highest fencing token.
    pub token: Token,
    /// The key that all shall send with.
    pub key_number: u8,
    /// Fencings that run.
    pub resets_in_flight: u8,
    /// Every server could be fenced now.
    pub ready: bool,
    /// Datagrams on its port that were dropped.
    pub dropped: u32,
}

impl OfCluster {
    pub(super) fn of(seen: &ClusterSnapshot) -> Self {
        let ClusterSnapshot { number, mode, term, token, key_number, ready, .. } = *seen;
        let (resets_in_flight, dropped) = (seen.resets_in_flight, seen.discarded);
        Self { number, mode, term, token, key_number, resets_in_flight, ready, dropped }
    }

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u16_be(self.number)?;
        out.u8(self.mode.code())?;
        out.u16_be(self.term.0)?;
        out.u64_be(self.token.0)?;
        out.u8(self.key_number)?;
        out.u8(self.resets_in_flight)?;
        out.u8(self.ready.into())?;
        out.u32_be(self.dropped)
    }

    fn parse(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            number: fields.u16()?,
            mode: Mode::of(fields.u8()?)?,
            term: Term(fields.u16()?),
            token: Token(fields.u64()?),
            key_number: fields.u8()?,
            resets_in_flight: fields.u8()?,
            ready: fields.flag()?,
            dropped: fields.u32()?,
        })
    }
}

/// A managed server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfServer {
    /// Its host address.
    pub host: HostAddress,
    /// Its name.
    pub name: SystemName,
    /// Where its BMC is.
    pub bmc_address: Option<SocketAddr>,
    /// Its power.
    pub power: PowerState,
    /// Since the power was last read, in milliseconds.
    pub power_age_ms: Option<u32>,
    /// Its BMC.
    pub bmc: BmcState,
    /// The session with the BMC.
    pub session: Standing,
    /// Its fencing.
    pub fence: FenceState,
    /// What the fencing is at.
    pub stage: Option<Stage>,
    /// The token of its last fencing.
    pub token: Token,
    /// Since its member was last heard with a valid echo, in milliseconds.
    pub heard_ms: Option<u32>,
    /// Where its member is.
    pub member: Option<SocketAddr>,
    /// The start of its member.
    pub epoch: Epoch,
    /// What its member says of itself.
    pub host_state: Option<HostState>,
    /// Whether its member has the same configuration.
    pub digest_matches: Option<bool>,
    /// The keys that its member accepts; 0 = none.
    pub keys: [u8; 2],
    /// What its member says of its services: the first ones.
    pub services: Vec<ServiceReport, MAX_SERVICES_TOLD>,
}

impl OfServer {
    pub(super) fn of(seen: &ServerSnapshot<'_>, now: Instant) -> Self {
        Self {
            host: seen.host,
            name: seen.name.clone(),
            bmc_address: Some(seen.bmc_address),
            power: seen.power,
            power_age_ms: seen.power_asked.map(|at| age(now, at)),
            bmc: seen.bmc,
            session: seen.session.standing,
            fence: seen.fence,
            stage: seen.stage,
            token: seen.token,
            heard_ms: seen.heard.map(|at| age(now, at)),
            member: seen.member,
            epoch: seen.epoch,
            host_state: seen.host_state,
            digest_matches: seen.digest_matches,
            keys: seen.keys,
            services: seen.services.iter().take(MAX_SERVICES_TOLD).copied().collect(),
        }
    }

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u16_be(self.host.get())?;
        out.text(self.name.as_str())?;
        out.maybe_address(self.bmc_address)?;
        out.word(&POWERS, &self.power)?;
        out.maybe_ms(self.power_age_ms)?;
        out.u8(self.bmc.code())?;
        out.word(&STANDINGS, &self.session)?;
        out.u8(self.fence.code())?;
        out.word(&STAGES, &self.stage)?;
        out.u64_be(self.token.0)?;
        out.maybe_ms(self.heard_ms)?;
        out.maybe_address(self.member)?;
        out.u64_be(self.epoch.0)?;
        out.u8(self.host_state.map_or(0, HostState::code))?;
        out.word(&MATCHES, &self.digest_matches)?;
        out.bytes(&self.keys)?;
        self.services.iter().try_for_each(|service| emit_service(service, out))
    }

    fn parse(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            host: HostAddress::new(fields.u16()?)?,
            name: fields.name()?,
            bmc_address: fields.maybe_address()?,
            power: fields.of(&POWERS)?,
            power_age_ms: fields.maybe_ms()?,
            bmc: BmcState::of(fields.u8()?)?,
            session: fields.of(&STANDINGS)?,
            fence: FenceState::of(fields.u8()?)?,
            stage: fields.of(&STAGES)?,
            token: Token(fields.u64()?),
            heard_ms: fields.maybe_ms()?,
            member: fields.maybe_address()?,
            epoch: Epoch(fields.u64()?),
            host_state: match fields.u8()? {
                0 => None,
                code => Some(HostState::of(code)?),
            },
            digest_matches: fields.of(&MATCHES)?,
            keys: fields.array()?,
            services: core::iter::from_fn(|| parse_service(fields))
                .take(MAX_SERVICES_TOLD)
                .collect(),
        })
    }
}

fn emit_service(service: &ServiceReport, out: &mut Writer<'_>) -> Result<(), Full> {
    out.u16_be(service.number.0)?;
    out.u8(service.role.code())?;
    out.u8(service.state.code())?;
    out.u32_be(service.generation.0)
}

fn parse_service(fields: &mut Fields<'_>) -> Option<ServiceReport> {
    Some(ServiceReport {
        number: ServiceNumber(fields.u16()?),
        role: ServiceRole::of(fields.u8()?)?,
        state: ServiceState::of(fields.u8()?)?,
        generation: Generation(fields.u32()?),
    })
}
