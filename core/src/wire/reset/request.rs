//! ResetRequest and ResetResult: a host asks for the reset of another, and learns how far it is.

use core::num::NonZeroU64;

use nom::number::complete::{be_u16, be_u32, be_u64};

use super::fields::{coded, emit_name, emit_power, listed, power, system_name};
use crate::types::{
    Cause, Epoch, PowerState, Reason, RequestId, ResetMethod, ResetState, SystemName, Term, Token,
};
use crate::wire::{Full, Malformed, Step, Writer, whole};

/// A host asks for the reset of another (kind 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResetRequest {
    /// Which question.
    pub id: RequestId,
    /// The highest term that the requester has seen.
    pub term: Term,
    /// How the target is to be ended.
    pub method: ResetMethod,
    /// Why.
    pub reason: Reason,
    /// The epoch of the last heartbeat accepted from the target; `None` = none since the
    /// requester's start. Written as 0, which is no epoch.
    pub target_epoch: Option<Epoch>,
    /// Whom.
    pub target: SystemName,
}

impl ResetRequest {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        whole(Self::step(body))
    }

    fn step(input: &[u8]) -> Step<'_, Self> {
        let (input, id) = request_id(input)?;
        let (input, term) = be_u16(input)?;
        let (input, method) = coded(input, ResetMethod::of)?;
        let (input, reason) = coded(input, Reason::of)?;
        let (input, epoch) = be_u64(input)?;
        let (input, target) = system_name(input)?;
        let target_epoch = (epoch != 0).then_some(Epoch(epoch));
        Ok((input, Self { id, term: Term(term), method, reason, target_epoch, target }))
    }

    /// Writes the body.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u64_be(self.id.0.get())?;
        out.u16_be(self.term.0)?;
        out.u8(self.method.code())?;
        out.u8(self.reason.code())?;
        out.u64_be(self.target_epoch.unwrap_or_default().0)?;
        emit_name(self.target.as_str(), out)
    }
}

/// How far a request is (kind 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResetResult {
    /// Which question.
    pub id: RequestId,
    /// How far it is.
    pub state: ResetState,
    /// Why it is so.
    pub cause: Cause,
    /// The target's power, as last read.
    pub power: PowerState,
    /// Milliseconds since the request was accepted.
    pub elapsed_ms: u32,
    /// The fencing token; 0 = none.
    pub token: Token,
}

impl ResetResult {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        whole(Self::step(body))
    }

    fn step(input: &[u8]) -> Step<'_, Self> {
        let (input, id) = request_id(input)?;
        let (input, state) = coded(input, ResetState::of)?;
        let (input, cause) = coded(input, Cause::of)?;
        let (input, power) = power(input)?;
        let (input, elapsed_ms) = be_u32(input)?;
        let (input, token) = be_u64(input)?;
        Ok((input, Self { id, state, cause, power, elapsed_ms, token: Token(token) }))
    }

    /// Writes the body.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u64_be(self.id.0.get())?;
        out.u8(self.state.code())?;
        out.u8(self.cause.code())?;
        emit_power(self.power, out)?;
        out.u32_be(self.elapsed_ms)?;
        out.u64_be(self.token.0)
    }
}

fn request_id(input: &[u8]) -> Step<'_, RequestId> {
    let (input, id) = be_u64(input)?;
    listed(input, NonZeroU64::new(id).map(RequestId))
}
