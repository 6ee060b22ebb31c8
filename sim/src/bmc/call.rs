//! A command on its way through the BMC, and how it ends.

use std::net::SocketAddr;
use std::time::Duration;

use super::Bmc;
use super::config::Privilege;
use super::packet::Request;

/// A command with its caller.
pub(super) struct Call<'a> {
    pub(super) now: Duration,
    pub(super) request: Request<'a>,
    pub(super) identity: RequestIdentity,
}

/// Which request it was: enough to tell two requests, and a request from its repetition, apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestIdentity {
    /// Where the datagram came from.
    pub from: SocketAddr,
    /// The BMC's session id.
    pub session_id: u32,
    /// The session sequence number.
    pub sequence: u32,
    /// The requester's sequence number, 0 to 63.
    pub rq_seq: u8,
}

/// Carries out a command: data into the buffer, or why not.
pub(super) type Handler = fn(&mut Bmc, &Call<'_>, &mut Vec<u8>) -> Outcome;

/// A handler and the privilege that it demands (appendix G); `None` is an unknown command.
pub(super) type Entry = Option<(Privilege, Handler)>;

/// How a command ended.
pub(super) type Outcome = Result<(), Refusal>;

/// Completion codes other than success (table 5-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// 0x80 to 0xbe, defined by the command.
    Specific(u8),
    NodeBusy,
    InvalidCommand,
    InvalidForLun,
    OutOfSpace,
    ReservationCancelled,
    WrongLength,
    ParameterOutOfRange,
    NotPresent,
    InvalidField,
    InsufficientPrivilege,
    NotInThisState,
}

impl Refusal {
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Specific(code) => code,
            Self::NodeBusy => 0xc0,
            Self::InvalidCommand => 0xc1,
            Self::InvalidForLun => 0xc2,
            Self::OutOfSpace => 0xc4,
            Self::ReservationCancelled => 0xc5,
            Self::WrongLength => 0xc7,
            Self::ParameterOutOfRange => 0xc9,
            Self::NotPresent => 0xcb,
            Self::InvalidField => 0xcc,
            Self::InsufficientPrivilege => 0xd4,
            Self::NotInThisState => 0xd5,
        }
    }
}

impl Call<'_> {
    /// The request's data, when it has exactly this many bytes.
    pub(super) fn data<const N: usize>(&self) -> Result<[u8; N], Refusal> {
        self.request.data.try_into().map_err(|_| Refusal::WrongLength)
    }

    /// The request's data up to `N` bytes, of which at least `least` were sent; the others are 0.
    pub(super) fn data_from<const N: usize>(&self, least: usize) -> Result<[u8; N], Refusal> {
        let data = self.request.data;
        if data.len() < least || data.len() > N {
            return Err(Refusal::WrongLength);
        }
        let mut bytes = [0; N];
        bytes[..data.len()].copy_from_slice(data);
        Ok(bytes)
    }
}
