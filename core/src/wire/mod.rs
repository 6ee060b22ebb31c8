//! Bytes to values and back: one file per message family.
//!
//! Every `parse` is total: any bytes give a value or [`Malformed`], never a panic. Every value
//! that can be built can be emitted, given room. Codes that this crate does not know stay
//! representable; reserved bits are ignored when read and zero when written, unless a comment
//! cites a reason. Nothing here knows a key: sealing and opening is the session's work.

pub mod asf;
pub mod command;
pub mod ipmb;
pub mod nut;
pub mod rakp;
pub mod reset;
pub mod rmcp;
pub mod session15;
pub mod session20;
#[cfg(test)]
mod tests;

use core::fmt;

use nom::IResult;
use nom::error::{ErrorKind, ParseError};

/// The bytes do not form the message that was expected. Counted by whoever hears it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl<I> ParseError<I> for Malformed {
    fn from_error_kind(_: I, _: ErrorKind) -> Self {
        Self
    }

    fn append(_: I, _: ErrorKind, other: Self) -> Self {
        other
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed message")
    }
}

impl core::error::Error for Malformed {}

/// A step of a parser: what is left, and the value that was read.
pub(crate) type Step<'a, T> = IResult<&'a [u8], T, Malformed>;

/// The value of a parser's step, with what is left dropped (reserved or OEM bytes behind it).
pub(crate) fn value<T>(step: Step<'_, T>) -> Result<T, Malformed> {
    match step {
        Ok((_, value)) => Ok(value),
        Err(_) => Err(Malformed),
    }
}

/// The value of a parser's step that must have read everything.
pub(crate) fn whole<T>(step: Step<'_, T>) -> Result<T, Malformed> {
    match step {
        Ok(([], value)) => Ok(value),
        Ok(_) | Err(_) => Err(Malformed),
    }
}

/// The next `N` bytes, by value.
pub(crate) fn array<const N: usize>(input: &[u8]) -> Step<'_, [u8; N]> {
    match input.split_first_chunk::<N>() {
        Some((bytes, rest)) => Ok((rest, *bytes)),
        None => Err(nom::Err::Error(Malformed)),
    }
}

/// The output buffer is too small for the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("buffer too small for the message")
    }
}

impl core::error::Error for Full {}

/// Emits a message into a buffer of the caller.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut [u8],
    len: usize,
}

impl<'a> Writer<'a> {
    /// A writer that begins at the start of `out`.
    pub fn new(out: &'a mut [u8]) -> Self {
        Self { out, len: 0 }
    }

    /// How many bytes have been written.
    pub fn len(&self) -> usize {
        self.len
    }

    /// How many more there is room for.
    pub fn room(&self) -> usize {
        self.out.len().saturating_sub(self.len)
    }

    /// True until something has been written.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What has been written so far.
    pub fn written(&self) -> &[u8] {
        self.out.get(..self.len).unwrap_or_default()
    }

    /// What has been written so far, to be changed in place (encryption, lengths).
    pub fn written_mut(&mut self) -> &mut [u8] {
        self.out.get_mut(..self.len).unwrap_or_default()
    }

    /// Appends `bytes`.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Full> {
        let end = self.len.checked_add(bytes.len()).ok_or(Full)?;
        self.out.get_mut(self.len..end).ok_or(Full)?.copy_from_slice(bytes);
        self.len = end;
        Ok(())
    }

    /// Appends one byte.
    pub fn u8(&mut self, value: u8) -> Result<(), Full> {
        self.bytes(&[value])
    }

    /// Appends a 16-bit number, least significant byte first, as IPMI writes numbers.
    pub fn u16_le(&mut self, value: u16) -> Result<(), Full> {
        self.bytes(&value.to_le_bytes())
    }

    /// Appends a 32-bit number, least significant byte first.
    pub fn u32_le(&mut self, value: u32) -> Result<(), Full> {
        self.bytes(&value.to_le_bytes())
    }

    /// Appends a 16-bit number, most significant byte first, as the reset path writes numbers.
    pub fn u16_be(&mut self, value: u16) -> Result<(), Full> {
        self.bytes(&value.to_be_bytes())
    }

    /// Appends a 64-bit number, most significant byte first.
    pub fn u64_be(&mut self, value: u64) -> Result<(), Full> {
        self.bytes(&value.to_be_bytes())
    }

    /// Appends a 32-bit number, most significant byte first, as RMCP and ASF write numbers.
    pub fn u32_be(&mut self, value: u32) -> Result<(), Full> {
        self.bytes(&value.to_be_bytes())
    }
}
