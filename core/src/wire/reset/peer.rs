//! Heartbeat and Handover: what hosts tell one another.

use nom::number::complete::{be_u16, be_u32};

use super::fields::{Services, coded, emit_services, services};
use crate::types::{ConfigDigest, Generation, HandoverStep, HostState, ServiceNumber};
use crate::wire::{Full, Malformed, Step, Writer, whole};

/// A host tells another that it is alive, and what it runs (kind 8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Its configuration.
    pub digest: ConfigDigest,
    /// How far it is.
    pub state: HostState,
    /// Its services.
    pub services: Services,
}

impl Heartbeat {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        whole(Self::step(body))
    }

    fn step(input: &[u8]) -> Step<'_, Self> {
        let (input, digest) = be_u32(input)?;
        let (input, state) = coded(input, HostState::of)?;
        let (input, services) = services(input)?;
        Ok((input, Self { digest: ConfigDigest(digest), state, services }))
    }

    /// Writes the body.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u32_be(self.digest.0)?;
        out.u8(self.state.code())?;
        emit_services(&self.services, out)
    }
}

/// Two hosts agree on who runs a service (kind 9). Each step is repeated until the other side's
/// next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handover {
    /// Which service.
    pub service: ServiceNumber,
    /// The generation that it is about.
    pub generation: Generation,
    /// What the sender has to say.
    pub step: HandoverStep,
}

impl Handover {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        whole(Self::read(body))
    }

    fn read(input: &[u8]) -> Step<'_, Self> {
        let (input, service) = be_u16(input)?;
        let (input, generation) = be_u32(input)?;
        let (input, step) = coded(input, HandoverStep::of)?;
        let (service, generation) = (ServiceNumber(service), Generation(generation));
        Ok((input, Self { service, generation, step }))
    }

    /// Writes the body.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u16_be(self.service.0)?;
        out.u32_be(self.generation.0)?;
        out.u8(self.step.code())
    }
}
