//! The durable record in flash: two slots that take turns.
//!
//! | bytes | field |
//! |---|---|
//! | 0 | the mark of a slot (4) |
//! | 4 | length of the record (4) |
//! | 8 | serial number of the write (8) |
//! | 16 | check sum of the record, the serial number and the length (4) |
//! | 20 | zero (8) |
//! | 28 | the mark of a whole slot (4) |
//! | 32 | the record |
//!
//! Numbers are little-endian. The record is programmed and read back first, and the header behind
//! it, the mark at its end last; a slot is erased from its start. So a slot without either mark
//! was never whole or is no more, and nothing that counts depends on it: the other one is newer,
//! or nobody was told of this one. A slot with both that does not agree with its check sum was
//! whole once: what it told is lost.

use crate::hardware::Flash;

/// Bytes of the header, and what records are rounded up to.
const HEADER: usize = 32;
/// Begins a header.
const FIRST: [u8; 4] = *b"KMNS";
/// Ends a header that was written to its end.
const LAST: [u8; 4] = *b"LOT\n";

/// What was found at the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Length of the newest whole record.
    pub len: Option<usize>,
    /// A slot was whole and is no more: there may have been a newer record.
    pub damaged: bool,
}

/// The keeper of records of at most `R` bytes.
pub struct Store<F, const R: usize> {
    flash: F,
    serial: u64,
    /// A slot was not whole: the next record is durable only when it is in both, so that further
    /// damage does not bring back what was before that.
    damaged: bool,
}

/// It could not be written, or does not read as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unwritten;

/// A header as it was read.
struct Head {
    serial: u64,
    len: usize,
    sum: u32,
}

impl<F: Flash, const R: usize> Store<F, R> {
    const SLOT: usize = (HEADER + R).next_multiple_of(F::PAGE);
    const FITS: () = {
        assert!(2 * Self::SLOT <= F::PAGES * F::PAGE, "two records fit into the flash");
        assert!(HEADER.is_multiple_of(F::UNIT), "a header is whole units");
    };

    /// Finds the newest record, and puts it to the start of `room`.
    pub fn open(flash: F, room: &mut [u8; R]) -> (Self, Found) {
        let () = Self::FITS;
        let mut store = Self { flash, serial: 0, damaged: false };
        let mut found = Found::default();
        let mut newest = None;
        for slot in 0..2 {
            let Some(head) = store.head(slot) else { continue };
            if store.read(slot, &head, room).is_none() {
                found.damaged = true;
                store.damaged = true;
            } else if head.serial > store.serial {
                store.serial = head.serial;
                newest = Some((slot, head));
            }
        }
        // The last one that was read may be the older one.
        found.len = newest.and_then(|(slot, head)| store.read(slot, &head, room));
        (store, found)
    }

    /// Writes a record; it is durable when this returns, and was read back.
    pub fn write(&mut self, record: &[u8]) -> Result<(), Unwritten> {
        if self.damaged {
            self.fill(record)?;
            self.damaged = false;
        }
        self.fill(record)
    }

    /// Writes it in place of the older one.
    fn fill(&mut self, record: &[u8]) -> Result<(), Unwritten> {
        let serial = self.serial + 1;
        let start = (serial % 2) as usize * Self::SLOT;
        let pages = Self::SLOT / F::PAGE;
        for page in start / F::PAGE..start / F::PAGE + pages {
            sure(self.flash.erase(page))?;
        }
        for (at, chunk) in (start + HEADER..).step_by(HEADER).zip(record.chunks(HEADER)) {
            let mut unit = [0xff; HEADER];
            unit.iter_mut().zip(chunk).for_each(|(unit, byte)| *unit = *byte);
            self.put(at, &unit)?;
        }
        self.put(start, &header(serial, record))?;
        self.serial = serial;
        Ok(())
    }

    /// Programs so much, and reads it back.
    fn put(&mut self, at: usize, unit: &[u8; HEADER]) -> Result<(), Unwritten> {
        sure(self.flash.program(at, unit))?;
        let mut back = [0; HEADER];
        self.flash.read(at, &mut back);
        sure(back == *unit)
    }

    fn head(&self, slot: usize) -> Option<Head> {
        let mut header = [0; HEADER];
        self.flash.read(slot * Self::SLOT, &mut header);
        let (first, rest) = header.split_first_chunk::<4>()?;
        let (len, rest) = rest.split_first_chunk::<4>()?;
        let (serial, rest) = rest.split_first_chunk::<8>()?;
        let (sum, rest) = rest.split_first_chunk::<4>()?;
        let head = Head {
            serial: u64::from_le_bytes(*serial),
            len: u32::from_le_bytes(*len) as usize,
            sum: u32::from_le_bytes(*sum),
        };
        (*first == FIRST && rest.ends_with(&LAST)).then_some(head)
    }

    /// Reads the record behind that header; its length, if it is whole.
    fn read(&self, slot: usize, head: &Head, room: &mut [u8; R]) -> Option<usize> {
        let record = room.get_mut(..head.len)?;
        self.flash.read(slot * Self::SLOT + HEADER, record);
        (sum(head.serial, record) == head.sum).then_some(head.len)
    }
}

fn sure(done: bool) -> Result<(), Unwritten> {
    if done { Ok(()) } else { Err(Unwritten) }
}

fn header(serial: u64, record: &[u8]) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    let fields = FIRST.into_iter().chain((record.len() as u32).to_le_bytes());
    let fields = fields.chain(serial.to_le_bytes());
    let fields = fields.chain(sum(serial, record).to_le_bytes()).chain([0; 8]).chain(LAST);
    header.iter_mut().zip(fields).for_each(|(place, byte)| *place = byte);
    header
}

/// CRC-32 as of IEEE 802.3: finds what was torn or has worn, not what somebody has forged.
fn sum(serial: u64, record: &[u8]) -> u32 {
    let bytes = serial.to_le_bytes().into_iter().chain((record.len() as u32).to_le_bytes());
    !bytes.chain(record.iter().copied()).fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[cfg(test)]
mod tests;
