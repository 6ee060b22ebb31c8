//! Fields of items, in both directions.

use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::time::{Instant, Millis};
use crate::types::SystemName;
use crate::wire::{Full, Writer};

/// What is left of an item's body. A field that is not there, or makes no sense, is `None`.
pub(super) struct Fields<'i>(pub(super) &'i [u8]);

impl Fields<'_> {
    pub(super) fn array<const L: usize>(&mut self) -> Option<[u8; L]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        self.u8().map(|byte| byte != 0)
    }

    /// The word of that code.
    pub(super) fn of<T: Copy>(&mut self, words: &[T]) -> Option<T> {
        let code = self.u8()?;
        words.get(usize::from(code)).copied()
    }

    /// Milliseconds, unless all bits are set.
    pub(super) fn maybe_ms(&mut self) -> Option<Option<u32>> {
        self.u32().map(|ms| (ms != u32::MAX).then_some(ms))
    }

    pub(super) fn text(&mut self) -> Option<&str> {
        let len = self.u8()?;
        let (bytes, rest) = self.0.split_at_checked(len.into())?;
        self.0 = rest;
        core::str::from_utf8(bytes).ok()
    }

    pub(super) fn name(&mut self) -> Option<SystemName> {
        self.text().and_then(|text| SystemName::new(text).ok())
    }

    pub(super) fn maybe_address(&mut self) -> Option<Option<SocketAddr>> {
        match self.u8()? {
            0 => Some(None),
            4 => {
                let ip = Ipv4Addr::from(self.array::<4>()?);
                Some(Some((ip, self.u16()?).into()))
            }
            6 => {
                let ip = Ipv6Addr::from(self.array::<16>()?);
                Some(Some((ip, self.u16()?).into()))
            }
            _ => None,
        }
    }
}

/// The other direction.
pub(super) trait Put {
    fn word<T: PartialEq>(&mut self, words: &[T], word: &T) -> Result<(), Full>;
    fn maybe_ms(&mut self, ms: Option<u32>) -> Result<(), Full>;
    fn text(&mut self, text: &str) -> Result<(), Full>;
    fn maybe_address(&mut self, address: Option<SocketAddr>) -> Result<(), Full>;
}

impl Put for Writer<'_> {
    fn word<T: PartialEq>(&mut self, words: &[T], word: &T) -> Result<(), Full> {
        let code = words.iter().position(|known| known == word);
        // The lists hold all words; one that is missing is told as none of them.
        self.u8(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX))
    }

    fn maybe_ms(&mut self, ms: Option<u32>) -> Result<(), Full> {
        self.u32_be(ms.unwrap_or(u32::MAX))
    }

    fn text(&mut self, text: &str) -> Result<(), Full> {
        self.u8(u8::try_from(text.len()).map_err(|_| Full)?)?;
        self.bytes(text.as_bytes())
    }

    fn maybe_address(&mut self, address: Option<SocketAddr>) -> Result<(), Full> {
        match address {
            None => return self.u8(0),
            Some(SocketAddr::V4(address)) => {
                self.u8(4)?;
                self.bytes(&address.ip().octets())?;
            }
            Some(SocketAddr::V6(address)) => {
                self.u8(6)?;
                self.bytes(&address.ip().octets())?;
            }
        }
        self.u16_be(address.map_or(0, |address| address.port()))
    }
}

/// How long ago that was, in milliseconds: 49 days at most.
pub(super) fn age(now: Instant, at: Instant) -> u32 {
    u32::try_from(now.since(at).as_millis()).unwrap_or(u32::MAX - 1).min(u32::MAX - 1)
}

/// A span in milliseconds, which is below the value that stands for none.
pub(super) fn ms(span: Millis) -> u32 {
    span.get().min(u32::MAX - 1)
}
