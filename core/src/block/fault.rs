//! What may be wrong with a block.

use core::fmt;

use super::{Kind, VERSION};
use crate::limits::MAX_BLOCK;

/// Why bytes are no block that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Fault {
    /// It does not begin as one.
    NoBlock,
    /// It has another version.
    Version(u8),
    /// It is cut off, or longer than any.
    Length,
    /// Its checksum is of other bytes.
    Checksum,
    /// A record of an unknown kind.
    Kind {
        /// Where the record begins.
        at: usize,
        /// Its code.
        code: u8,
    },
    /// A record reaches beyond the end.
    Cut {
        /// Where it begins.
        at: usize,
    },
    /// A record stands behind one that belongs behind it.
    Order {
        /// Where it begins.
        at: usize,
    },
    /// There are more records of that kind than can be.
    TooMany {
        /// Where the one too many begins.
        at: usize,
        /// Its kind.
        kind: Kind,
    },
    /// A record of that kind has to be there.
    Missing(Kind),
    /// A field is missing, or holds what it may not.
    Field {
        /// Where its record begins.
        at: usize,
        /// What it is called.
        field: &'static str,
    },
    /// There is more in a record than its fields.
    Surplus {
        /// Where it begins.
        at: usize,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBlock => f.write_str("there is no configuration block")?,
            Self::Version(version) => {
                write!(f, "the block has version {version}, and {VERSION} is understood")?;
            }
            Self::Length => write!(f, "the block is cut off, or longer than {MAX_BLOCK} bytes")?,
            Self::Checksum => f.write_str("the block was changed since it was made")?,
            Self::Kind { at, code } => write!(f, "byte {at}: a record of unknown kind {code}")?,
            Self::Cut { at } => write!(f, "byte {at}: a record reaches beyond the end")?,
            Self::Order { at } => write!(f, "byte {at}: a record is out of order")?,
            Self::TooMany { at, kind } => {
                write!(f, "byte {at}: more than {} records {kind:?}", kind.most())?;
            }
            Self::Missing(kind) => write!(f, "there is no record {kind:?}")?,
            Self::Field { at, field } => write!(f, "byte {at}: wrong {field} in this record")?,
            Self::Surplus { at } => write!(f, "byte {at}: more than belongs into this record")?,
        }
        f.write_str(": make it anew with 'komainu config compile' of the same release")
    }
}

impl core::error::Error for Fault {}
