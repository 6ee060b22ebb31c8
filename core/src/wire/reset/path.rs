//! PathCheck and PathStatus: a host and the connector tell each other of themselves.

use heapless::Vec;
use nom::number::complete::{be_u8, be_u16, be_u32, be_u64};

use super::fields::{
    Services, coded, emit_count, emit_name, emit_power, emit_services, list, listed, power,
    services, system_name,
};
use crate::limits::MAX_HOSTS;
use crate::types::{
    BmcState, ConfigDigest, FenceState, HostAddress, HostState, KeyNumber, Mode, SystemName,
    SystemReport, Term, Token,
};
use crate::wire::{Full, Malformed, Step, Writer, whole};

const RESUME: u8 = 0x01;

/// A host tells the connector of itself, every second (kind 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathCheck {
    /// Whether the operator asks that a path given up be watched again.
    pub resume: bool,
    /// The highest term that the host has seen.
    pub term: Term,
    /// The highest fencing token that the host has seen.
    pub token: Token,
    /// The keys that the host accepts.
    pub keys: [Option<KeyNumber>; 2],
    /// Its configuration.
    pub digest: ConfigDigest,
    /// How far it is.
    pub state: HostState,
    /// Its name.
    pub name: SystemName,
    /// Its services.
    pub services: Services,
}

impl PathCheck {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        whole(Self::step(body))
    }

    fn step(input: &[u8]) -> Step<'_, Self> {
        // Flags that are not in this version are reserved: ignored, as those of the header.
        let (input, flags) = be_u8(input)?;
        let (input, term) = be_u16(input)?;
        let (input, token) = be_u64(input)?;
        let (input, first) = be_u8(input)?;
        let (input, second) = be_u8(input)?;
        let (input, digest) = be_u32(input)?;
        let (input, state) = coded(input, HostState::of)?;
        let (input, name) = system_name(input)?;
        let (input, services) = services(input)?;
        let check = Self {
            resume: flags & RESUME != 0,
            term: Term(term),
            token: Token(token),
            keys: [KeyNumber::new(first), KeyNumber::new(second)],
            digest: ConfigDigest(digest),
            state,
            name,
            services,
        };
        Ok((input, check))
    }

    /// Writes the body.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(if self.resume { RESUME } else { 0 })?;
        out.u16_be(self.term.0)?;
        out.u64_be(self.token.0)?;
        for key in self.keys {
            out.u8(key.map_or(0, KeyNumber::get))?;
        }
        out.u32_be(self.digest.0)?;
        out.u8(self.state.code())?;
        emit_name(self.name.as_str(), out)?;
        emit_services(&self.services, out)
    }
}

/// The connector answers a PathCheck (kind 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathStatus {
    /// The connector's term.
    pub term: Term,
    /// How it works, as far as this host is concerned.
    pub mode: Mode,
    /// Its configuration.
    pub digest: ConfigDigest,
    /// The key that all shall send with.
    pub key: KeyNumber,
    /// The connector's name.
    pub name: SystemName,
    /// The hosts of the cluster, for display.
    pub systems: Vec<SystemReport, MAX_HOSTS>,
}

impl PathStatus {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        whole(Self::step(body))
    }

    fn step(input: &[u8]) -> Step<'_, Self> {
        let (input, term) = be_u16(input)?;
        let (input, mode) = coded(input, Mode::of)?;
        let (input, digest) = be_u32(input)?;
        let (input, key) = coded(input, KeyNumber::new)?;
        let (input, name) = system_name(input)?;
        let (input, systems) = list(input, system)?;
        let (term, digest) = (Term(term), ConfigDigest(digest));
        Ok((input, Self { term, mode, digest, key, name, systems }))
    }

    /// Writes the body.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u16_be(self.term.0)?;
        out.u8(self.mode.code())?;
        out.u32_be(self.digest.0)?;
        out.u8(self.key.get())?;
        emit_name(self.name.as_str(), out)?;
        emit_count(self.systems.len(), out)?;
        self.systems.iter().try_for_each(|system| emit_system(system, out))
    }
}

fn system(input: &[u8]) -> Step<'_, SystemReport> {
    let (input, host) = be_u16(input)?;
    let (input, host) = listed(input, HostAddress::new(host))?;
    let (input, power) = power(input)?;
    let (input, bmc) = coded(input, BmcState::of)?;
    let (input, fence) = coded(input, FenceState::of)?;
    Ok((input, SystemReport { host, power, bmc, fence }))
}

fn emit_system(system: &SystemReport, out: &mut Writer<'_>) -> Result<(), Full> {
    out.u16_be(system.host.get())?;
    emit_power(system.power, out)?;
    out.u8(system.bmc.code())?;
    out.u8(system.fence.code())
}
