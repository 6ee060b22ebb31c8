//! The system event log: Get SEL Info (IPMI 2.0, section 31.2), Reserve SEL (31.4), Get SEL Entry
//! (31.5) and Clear SEL (31.9). The records themselves are in [`sel_record`](super::sel_record).

use nom::number::complete::{le_u16, le_u32, u8};

use super::code::{bit, bits, coded_enum};
use super::sel_record::{SelRecord, Timestamp};
use super::{Command, CompletionCode, NetFn, Privilege};
use crate::wire::{Full, Malformed, Step, Writer, value};

/// Get SEL Info.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetSelInfo;

impl Command for GetSelInfo {
    const NET_FN: NetFn = NetFn::STORAGE;
    const CODE: u8 = 0x40;
    const PRIVILEGE: Privilege = Privilege::User;
    type Response = SelInfo;

    fn emit(&self, _: &mut Writer<'_>) -> Result<(), Full> {
        Ok(())
    }

    fn parse(data: &[u8]) -> Result<SelInfo, Malformed> {
        value(sel_info(data))
    }
}

/// The answer to [`GetSelInfo`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelInfo {
    /// Version of the commands: 0x51 since IPMI 1.5.
    pub version: u8,
    /// Number of entries.
    pub entries: u16,
    /// Room left, in bytes; 0xffff is that or more. An entry takes 16.
    pub free_bytes: u16,
    /// When an entry was added last.
    pub last_addition: Timestamp,
    /// When entries were deleted or the log was cleared last.
    pub last_erase: Timestamp,
    /// Events were dropped for lack of room.
    pub overflow: bool,
    /// Delete SEL Entry is supported.
    pub can_delete: bool,
    /// Partial Add SEL Entry is supported.
    pub can_add_partially: bool,
    /// Reserve SEL is supported.
    pub can_reserve: bool,
    /// Get SEL Allocation Info is supported.
    pub tells_allocation: bool,
}

impl SelInfo {
    /// Writes the answer's data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.version)?;
        out.u16_le(self.entries)?;
        out.u16_le(self.free_bytes)?;
        out.u32_le(self.last_addition.0)?;
        out.u32_le(self.last_erase.0)?;
        let operations = bits(&[
            self.tells_allocation,
            self.can_reserve,
            self.can_add_partially,
            self.can_delete,
        ]);
        out.u8(u8::from(self.overflow) << 7 | operations)
    }
}

fn sel_info(input: &[u8]) -> Step<'_, SelInfo> {
    let (input, version) = u8(input)?;
    let (input, entries) = le_u16(input)?;
    let (input, free_bytes) = le_u16(input)?;
    let (input, last_addition) = le_u32(input)?;
    let (input, last_erase) = le_u32(input)?;
    let (input, operations) = u8(input)?;
    let info = SelInfo {
        version,
        entries,
        free_bytes,
        last_addition: Timestamp(last_addition),
        last_erase: Timestamp(last_erase),
        overflow: bit(operations, 7),
        can_delete: bit(operations, 3),
        can_add_partially: bit(operations, 2),
        can_reserve: bit(operations, 1),
        tells_allocation: bit(operations, 0),
    };
    Ok((input, info))
}

/// Reserve SEL: gives the id that [`ClearSel`] wants, and cancels the one given before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReserveSel;

impl Command for ReserveSel {
    const NET_FN: NetFn = NetFn::STORAGE;
    const CODE: u8 = 0x42;
    const PRIVILEGE: Privilege = Privilege::User;
    type Response = Reservation;

    fn emit(&self, _: &mut Writer<'_>) -> Result<(), Full> {
        Ok(())
    }

    fn parse(data: &[u8]) -> Result<Reservation, Malformed> {
        value(le_u16(data)).map(Reservation)
    }
}

/// A reservation of the log. A new entry or another reservation cancels it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation(pub u16);

impl Reservation {
    /// For reading a whole entry, and for BMCs without reservations.
    pub const NONE: Self = Self(0);

    /// Writes the answer's data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u16_le(self.0)
    }
}

/// Id of an entry. Ids need not be in order: follow [`SelEntry::next`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordId(pub u16);

impl RecordId {
    /// Asks for the first entry.
    pub const FIRST: Self = Self(0x0000);
    /// Asks for the last entry; as the next id of an answer it says that there is none.
    pub const LAST: Self = Self(0xffff);
}

/// Get SEL Entry: reads a whole entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetSelEntry {
    /// Which entry.
    pub id: RecordId,
}

impl GetSelEntry {
    /// The log is being erased.
    pub const ERASE_IN_PROGRESS: CompletionCode = CompletionCode(0x81);
}

impl Command for GetSelEntry {
    const NET_FN: NetFn = NetFn::STORAGE;
    const CODE: u8 = 0x43;
    const PRIVILEGE: Privilege = Privilege::User;
    type Response = SelEntry;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        // From offset 0 no reservation is needed; 0xff reads the entry to its end.
        out.u16_le(Reservation::NONE.0)?;
        out.u16_le(self.id.0)?;
        out.bytes(&[0x00, 0xff])
    }

    fn parse(data: &[u8]) -> Result<SelEntry, Malformed> {
        value(sel_entry(data))
    }
}

/// The answer to [`GetSelEntry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelEntry {
    /// The entry behind this one; [`RecordId::LAST`] when there is none.
    pub next: RecordId,
    /// The entry.
    pub record: SelRecord,
}

impl SelEntry {
    /// Writes the answer's data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u16_le(self.next.0)?;
        self.record.emit(out)
    }
}

fn sel_entry(input: &[u8]) -> Step<'_, SelEntry> {
    let (input, next) = le_u16(input)?;
    let (input, record) = SelRecord::parse(input)?;
    Ok((input, SelEntry { next: RecordId(next), record }))
}

/// Clear SEL: erases the log, which may take a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClearSel {
    /// Reservation got from [`ReserveSel`].
    pub reservation: Reservation,
    /// What to do.
    pub operation: ClearOperation,
}

/// What [`ClearSel`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ClearOperation {
    /// Asks how far the erasure is.
    Status = 0x00,
    /// Begins to erase.
    Initiate = 0xaa,
}

impl Command for ClearSel {
    const NET_FN: NetFn = NetFn::STORAGE;
    const CODE: u8 = 0x47;
    const PRIVILEGE: Privilege = Privilege::Operator;
    type Response = ErasureProgress;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        self.reservation.emit(out)?;
        out.bytes(b"CLR")?;
        out.u8(self.operation as u8)
    }

    fn parse(data: &[u8]) -> Result<ErasureProgress, Malformed> {
        value(u8(data)).map(|progress| ErasureProgress::from_code(progress & 0x0f))
    }
}

coded_enum! {
    /// The answer to [`ClearSel`].
    pub enum ErasureProgress {
        /// The log is being erased.
        InProgress = 0, "in progress";
        /// The log is empty.
        Complete = 1, "complete";
    }
}

impl ErasureProgress {
    /// Writes the answer's data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.code() & 0x0f)
    }
}
