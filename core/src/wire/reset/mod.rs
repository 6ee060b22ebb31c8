//! The reset path protocol, version 1 (sections 2 and 3): between the hosts of a cluster and the
//! connector, and between the hosts themselves.
//!
//! All numbers are written most significant byte first. A body with bytes left over, a bad length
//! or a value that is not listed is [`Malformed`]. Tags, epochs and sequences are checked by
//! [`crate::reset_path`], which knows the keys.

mod directive;
mod fields;
mod header;
mod kind;
mod notice;
mod path;
mod peer;
mod request;
#[cfg(test)]
mod tests;

pub use fields::Services;
pub use header::{Envelope, HEADER_LEN, Header, TAG_LEN};
pub use kind::Kind;
pub use notice::Notice;
pub use path::{PathCheck, PathStatus};
pub use peer::{Handover, Heartbeat};
pub use request::{ResetRequest, ResetResult};

use super::{Full, Malformed, Writer};
use crate::types::{Directive, Progress};

/// What a datagram says, by value: its lists hold as many as the protocol allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A host tells the connector of itself, every second.
    PathCheck(PathCheck),
    /// The connector answers that.
    PathStatus(PathStatus),
    /// A host asks for the reset of another.
    ResetRequest(ResetRequest),
    /// How far that is.
    ResetResult(ResetResult),
    /// The connector tells all hosts what happened.
    Notice(Notice),
    /// The connector has a host do something.
    Directive(Directive),
    /// How far that is.
    Report(Progress),
    /// A host tells another that it is alive.
    Heartbeat(Heartbeat),
    /// Two hosts agree on who runs a service.
    Handover(Handover),
}

impl Message {
    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::PathCheck(_) => Kind::PathCheck,
            Self::PathStatus(_) => Kind::PathStatus,
            Self::ResetRequest(_) => Kind::ResetRequest,
            Self::ResetResult(_) => Kind::ResetResult,
            Self::Notice(_) => Kind::Notice,
            Self::Directive(_) => Kind::Directive,
            Self::Report(_) => Kind::Report,
            Self::Heartbeat(_) => Kind::Heartbeat,
            Self::Handover(_) => Kind::Handover,
        }
    }

    /// Reads the body of a datagram of that kind, all of it.
    pub fn parse(kind: Kind, body: &[u8]) -> Result<Self, Malformed> {
        match kind {
            Kind::PathCheck => PathCheck::parse(body).map(Self::PathCheck),
            Kind::PathStatus => PathStatus::parse(body).map(Self::PathStatus),
            Kind::ResetRequest => ResetRequest::parse(body).map(Self::ResetRequest),
            Kind::ResetResult => ResetResult::parse(body).map(Self::ResetResult),
            Kind::Notice => Notice::parse(body).map(Self::Notice),
            Kind::Directive => directive::parse(body).map(Self::Directive),
            Kind::Report => directive::parse_report(body).map(Self::Report),
            Kind::Heartbeat => Heartbeat::parse(body).map(Self::Heartbeat),
            Kind::Handover => Handover::parse(body).map(Self::Handover),
        }
    }

    /// Writes the body.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        match self {
            Self::PathCheck(message) => message.emit(out),
            Self::PathStatus(message) => message.emit(out),
            Self::ResetRequest(message) => message.emit(out),
            Self::ResetResult(message) => message.emit(out),
            Self::Notice(message) => message.emit(out),
            Self::Directive(message) => directive::emit(message, out),
            Self::Report(message) => directive::emit_report(message, out),
            Self::Heartbeat(message) => message.emit(out),
            Self::Handover(message) => message.emit(out),
        }
    }
}
