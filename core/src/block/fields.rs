//! The fields of a record, one behind the other.

use core::net::{Ipv4Addr, SocketAddrV4};

use super::Fault;
use crate::time::Millis;
use crate::types::SystemName;
use crate::wire::{Full, Writer};

/// What is left of a record's body.
pub(super) struct Fields<'b> {
    rest: &'b [u8],
    at: usize,
}

impl<'b> Fields<'b> {
    /// The body of the record that begins at `at`.
    pub(super) const fn new(body: &'b [u8], at: usize) -> Self {
        Self { rest: body, at }
    }

    /// That field is not what it may be.
    pub(super) const fn wrong(&self, field: &'static str) -> Fault {
        Fault::Field { at: self.at, field }
    }

    /// The value, unless it is none.
    pub(super) fn valid<T>(&self, field: &'static str, value: Option<T>) -> Result<T, Fault> {
        value.ok_or(self.wrong(field))
    }

    /// Nothing may be left.
    pub(super) const fn end(&self) -> Result<(), Fault> {
        match self.rest {
            [] => Ok(()),
            [..] => Err(Fault::Surplus { at: self.at }),
        }
    }

    pub(super) fn bytes(&mut self, field: &'static str, len: usize) -> Result<&'b [u8], Fault> {
        let (bytes, rest) = self.rest.split_at_checked(len).ok_or(self.wrong(field))?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) fn array<const L: usize>(&mut self, field: &'static str) -> Result<[u8; L], Fault> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(self.wrong(field))?;
        self.rest = rest;
        Ok(*bytes)
    }

    pub(super) fn u8(&mut self, field: &'static str) -> Result<u8, Fault> {
        self.array(field).map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self, field: &'static str) -> Result<u16, Fault> {
        self.array(field).map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self, field: &'static str) -> Result<u32, Fault> {
        self.array(field).map(u32::from_be_bytes)
    }

    pub(super) fn millis(&mut self, field: &'static str) -> Result<Millis, Fault> {
        self.u32(field).map(Millis::new)
    }

    pub(super) fn flag(&mut self, field: &'static str) -> Result<bool, Fault> {
        match self.u8(field)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.wrong(field)),
        }
    }

    /// Nothing, or something, behind a flag.
    pub(super) fn maybe<T>(
        &mut self,
        field: &'static str,
        parse: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        match self.flag(field)? {
            true => parse(self).map(Some),
            false => Ok(None),
        }
    }

    /// Bytes behind their number.
    pub(super) fn counted(&mut self, field: &'static str) -> Result<&'b [u8], Fault> {
        let len = self.u8(field)?;
        self.bytes(field, len.into())
    }

    pub(super) fn text(&mut self, field: &'static str) -> Result<&'b str, Fault> {
        let bytes = self.counted(field)?;
        self.valid(field, core::str::from_utf8(bytes).ok())
    }

    pub(super) fn name(&mut self, field: &'static str) -> Result<SystemName, Fault> {
        let text = self.text(field)?;
        self.valid(field, SystemName::new(text).ok())
    }

    pub(super) fn ip(&mut self, field: &'static str) -> Result<Ipv4Addr, Fault> {
        self.array::<4>(field).map(Ipv4Addr::from)
    }

    pub(super) fn address(&mut self, field: &'static str) -> Result<SocketAddrV4, Fault> {
        let ip = self.ip(field)?;
        let port = self.u16(field)?;
        self.valid(field, (port != 0).then_some(SocketAddrV4::new(ip, port)))
    }
}

/// The other direction.
pub(super) trait Put {
    fn millis(&mut self, millis: Millis) -> Result<(), Full>;
    fn flag(&mut self, flag: bool) -> Result<(), Full>;
    fn counted(&mut self, bytes: &[u8]) -> Result<(), Full>;
    fn address(&mut self, address: SocketAddrV4) -> Result<(), Full>;
}

impl Put for Writer<'_> {
    fn millis(&mut self, millis: Millis) -> Result<(), Full> {
        self.u32_be(millis.get())
    }

    fn flag(&mut self, flag: bool) -> Result<(), Full> {
        self.u8(flag.into())
    }

    fn counted(&mut self, bytes: &[u8]) -> Result<(), Full> {
        self.u8(u8::try_from(bytes.len()).map_err(|_| Full)?)?;
        self.bytes(bytes)
    }

    fn address(&mut self, address: SocketAddrV4) -> Result<(), Full> {
        self.bytes(&address.ip().octets())?;
        self.u16_be(address.port())
    }
}
