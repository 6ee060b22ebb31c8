//! Notice: the connector tells all hosts what happened.

use core::num::NonZeroU64;

use nom::number::complete::{be_u16, be_u64};

use super::fields::{coded, listed};
use crate::types::{Event, HostAddress, NoticeId, Source, Token};
use crate::wire::{Full, Malformed, Step, Writer, whole};

/// What happened, for all hosts (kind 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Which notice.
    pub id: NoticeId,
    /// What happened.
    pub event: Event,
    /// How the connector knows.
    pub source: Source,
    /// To which host; `None` = to the cluster.
    pub host: Option<HostAddress>,
    /// When, in milliseconds of UNIX time; for people only.
    pub unix_ms: u64,
    /// The fencing token; 0 = none.
    pub token: Token,
}

impl Notice {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        whole(Self::step(body))
    }

    fn step(input: &[u8]) -> Step<'_, Self> {
        let (input, id) = be_u64(input)?;
        let (input, id) = listed(input, NonZeroU64::new(id).map(NoticeId))?;
        let (input, event) = coded(input, Event::of)?;
        let (input, source) = coded(input, Source::of)?;
        let (input, host) = cluster_or_host(input)?;
        let (input, unix_ms) = be_u64(input)?;
        let (input, token) = be_u64(input)?;
        Ok((input, Self { id, event, source, host, unix_ms, token: Token(token) }))
    }

    /// Writes the body.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u64_be(self.id.0.get())?;
        out.u8(self.event.code())?;
        out.u8(self.source.code())?;
        out.u16_be(self.host.map_or(0, HostAddress::get))?;
        out.u64_be(self.unix_ms)?;
        out.u64_be(self.token.0)
    }
}

fn cluster_or_host(input: &[u8]) -> Step<'_, Option<HostAddress>> {
    let (input, number) = be_u16(input)?;
    match number {
        0 => Ok((input, None)),
        number => listed(input, HostAddress::new(number).map(Some)),
    }
}
