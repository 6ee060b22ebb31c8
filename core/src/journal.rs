//! The durable record: what a machine must still know after a crash.
//!
//! A record is a header and a list of entries, each with a tag and fields of its own. What an
//! entry means belongs to whoever owns the tag. All integers are big-endian:
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 4 | magic `KMNR` |
//! | 4 | 1 | version, 1 |
//! | 5 | 1 | kind: whose record it is |
//! | 6 | 8 | generation |
//! | 14 | 4 | length of the entries, in bytes |
//! | 18 | 4 | CRC-32 (as in Ethernet) over all else, header included |
//! | 22 | | entries: tag (1), length (2), fields |
//!
//! A torn, cut or flipped record reads as none at all.

mod generations;

pub use generations::{Generations, Mark};

use core::fmt;

const MAGIC: [u8; 4] = *b"KMNR";
const VERSION: u8 = 1;
/// Where the checksum is; what it covers lies on both sides of it.
const SUM_AT: usize = 18;
const HEADER: usize = 22;
const ENTRY_HEADER: usize = 3;

/// The buffer is too small for the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("buffer too small for the durable record")
    }
}

impl core::error::Error for Full {}

/// Writes one record into a buffer of the caller.
#[derive(Debug)]
pub struct Writer<'a> {
    put: Put<'a>,
}

impl<'a> Writer<'a> {
    /// A record of that kind and generation, without entries so far.
    pub fn new(out: &'a mut [u8], kind: u8, generation: u64) -> Self {
        let mut put = Put { out, len: 0, full: false };
        // Length and checksum are known at the end.
        put.bytes(&MAGIC).u8(VERSION).u8(kind).u64(generation).u32(0).u32(0);
        Self { put }
    }

    /// Adds an entry with the fields that `fill` puts, at most 65535 bytes of them.
    pub fn entry(&mut self, tag: u8, fill: impl FnOnce(&mut Put<'_>)) -> Result<(), Full> {
        let start = self.put.len;
        self.put.u8(tag).u16(0);
        fill(&mut self.put);
        let fields = self.put.len.saturating_sub(start + ENTRY_HEADER);
        match u16::try_from(fields) {
            Ok(len) if !self.put.full => self.put.patch(start + 1, &len.to_be_bytes()),
            _ => {
                self.put.full = true;
                Err(Full)
            }
        }
    }

    /// Completes the record. Returns its length in bytes.
    pub fn finish(mut self) -> Result<usize, Full> {
        if self.put.full {
            return Err(Full);
        }
        let entries = u32::try_from(self.put.len - HEADER).map_err(|_| Full)?;
        self.put.patch(SUM_AT - 4, &entries.to_be_bytes())?;
        let sum = checksum(self.put.written()).ok_or(Full)?;
        self.put.patch(SUM_AT, &sum.to_be_bytes())?;
        Ok(self.put.len)
    }
}

/// Puts the fields of an entry, one after another. One that does not fit makes the record full.
#[derive(Debug)]
pub struct Put<'a> {
    out: &'a mut [u8],
    len: usize,
    full: bool,
}

impl Put<'_> {
    /// Puts one byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.bytes(&[value])
    }

    /// Puts two bytes.
    pub fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    /// Puts four bytes.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    /// Puts eight bytes.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    /// Puts bytes as they are, without their number.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        match self.out.get_mut(self.len..).and_then(|rest| rest.get_mut(..bytes.len())) {
            Some(to) if !self.full => {
                to.copy_from_slice(bytes);
                self.len += bytes.len();
            }
            _ => self.full = true,
        }
        self
    }

    fn patch(&mut self, at: usize, bytes: &[u8]) -> Result<(), Full> {
        let to = self.out.get_mut(at..).and_then(|rest| rest.get_mut(..bytes.len())).ok_or(Full)?;
        to.copy_from_slice(bytes);
        Ok(())
    }

    fn written(&self) -> &[u8] {
        self.out.get(..self.len).unwrap_or_default()
    }
}

/// How long the record is that `bytes` begin with, by its own word; `None` when they begin with
/// none. For whoever keeps several records, one behind the other.
pub fn length(bytes: &[u8]) -> Option<usize> {
    let mut header = Get(bytes);
    let known = header.array()? == MAGIC && header.u8()? == VERSION;
    let _kind = header.u8()?;
    let _generation = header.u64()?;
    let len = usize::try_from(header.u32()?).ok()?;
    known.then_some(HEADER.checked_add(len)?)
}

/// A record that was read, and is whole.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    generation: u64,
    entries: &'a [u8],
}

impl<'a> Record<'a> {
    /// The record of that kind at the start of `bytes`; `None` when it is of another kind or
    /// version, or not whole. What lies behind it is not looked at.
    pub fn read(kind: u8, bytes: &'a [u8]) -> Option<Self> {
        let mut header = Get(bytes);
        let known = header.array()? == MAGIC && header.u8()? == VERSION && header.u8()? == kind;
        let generation = header.u64()?;
        let len = usize::try_from(header.u32()?).ok()?;
        let sum = header.u32()?;
        let whole = bytes.get(..HEADER.checked_add(len)?)?;
        if !known || checksum(whole)? != sum {
            return None;
        }
        let entries = whole.get(HEADER..)?;
        let mut rest = Entries(entries);
        while rest.next().is_some() {}
        rest.0.is_empty().then_some(Self { generation, entries })
    }

    /// The generation that it was written with.
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// The entries, in the order in which they were written: the tag and the fields of each.
    pub const fn entries(&self) -> Entries<'a> {
        Entries(self.entries)
    }
}

/// The entries of a record.
#[derive(Clone, Copy, Debug)]
pub struct Entries<'a>(&'a [u8]);

impl<'a> Iterator for Entries<'a> {
    type Item = (u8, Get<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let mut get = Get(self.0);
        let tag = get.u8()?;
        let len = usize::from(get.u16()?);
        let fields = get.bytes(len)?;
        self.0 = get.0;
        Some((tag, Get(fields)))
    }
}

/// Gets the fields of an entry, one after another; `None` when there are no more.
#[derive(Clone, Copy, Debug)]
pub struct Get<'a>(&'a [u8]);

impl<'a> Get<'a> {
    /// The next byte.
    pub fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    /// The next two bytes.
    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// The next four bytes.
    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// The next eight bytes.
    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// The next `len` bytes.
    pub fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }

    /// Whether all was got.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }
}

/// The checksum of a record: over what lies before and behind the field that holds it.
fn checksum(record: &[u8]) -> Option<u32> {
    let (before, after) = (record.get(..SUM_AT)?, record.get(HEADER..)?);
    Some(!before.iter().chain(after).fold(u32::MAX, |sum, byte| crc_step(sum, *byte)))
}

/// One byte of CRC-32 with the reversed polynomial of IEEE 802.3, four bits at a time.
fn crc_step(sum: u32, byte: u8) -> u32 {
    const NIBBLES: [u32; 16] = {
        let mut table = [0; 16];
        let mut at = 0;
        while at < 16 {
            let mut sum = at as u32;
            let mut bit = 0;
            while bit < 4 {
                sum = if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 };
                bit += 1;
            }
            table[at] = sum;
            at += 1;
        }
        table
    };
    let step = |sum: u32| (sum >> 4) ^ NIBBLES.get(sum as usize & 0xF).copied().unwrap_or(0);
    step(step(sum ^ u32::from(byte)))
}

#[cfg(test)]
mod tests;
