//! Parameters: what the Set and Get commands for boot options (IPMI 2.0, sections 28.12 and
//! 28.13), LAN (23.1, 23.2) and PEF configuration (30.3, 30.4) carry.

use nom::number::complete::u8;

use super::CompletionCode;
use super::code::coded_enum;
use crate::wire::{Full, Malformed, Writer, value};

/// A parameter of one of the three groups.
pub trait Parameter: Sized {
    /// Its number in the group.
    const SELECTOR: u8;

    /// Writes the parameter's data.
    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full>;

    /// Reads the parameter's data.
    fn parse(data: &[u8]) -> Result<Self, Malformed>;
}

/// The BMC does not have the parameter.
pub const NOT_SUPPORTED: CompletionCode = CompletionCode(0x80);
/// Somebody else is in the middle of a change.
pub const SET_IN_PROGRESS: CompletionCode = CompletionCode(0x81);
/// The parameter can only be read.
pub const READ_ONLY: CompletionCode = CompletionCode(0x82);

coded_enum! {
    /// Parameter 0 of each group: brackets a change of several parameters. Optional for a BMC.
    pub enum SetInProgress {
        /// No change is under way; also ends one, and keeps what was written.
        Complete = 0, "set complete";
        /// A change begins. Answered with [`SET_IN_PROGRESS`] when one is under way.
        InProgress = 1, "set in progress";
        /// Makes what was written take effect; only for BMCs that can roll back.
        Commit = 2, "commit write";
    }
}

impl Parameter for SetInProgress {
    const SELECTOR: u8 = 0;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.code() & 0x03)
    }

    fn parse(data: &[u8]) -> Result<Self, Malformed> {
        value(u8(data)).map(|state| Self::from_code(state & 0x03))
    }
}

/// The answer to a Get command for LAN or PEF configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading<P> {
    /// Revision of the parameter's format: present in the upper half, oldest in the lower.
    pub revision: u8,
    /// The parameter.
    pub value: P,
}

impl<P: Parameter> Reading<P> {
    pub(super) fn parse(data: &[u8]) -> Result<Self, Malformed> {
        let (&revision, data) = data.split_first().ok_or(Malformed)?;
        Ok(Self { revision, value: P::parse(data)? })
    }

    /// Writes the answer's data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.revision)?;
        self.value.emit(out)
    }
}
