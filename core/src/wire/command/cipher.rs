//! Which cipher suites a channel offers: Get Channel Cipher Suites (IPMI 2.0, section 22.15), and
//! the records that its pages are cut from (tables 22-17 to 22-19).

use heapless::Vec;

use super::{Command, NetFn, Privilege};
use crate::wire::{Full, Malformed, Writer};

/// Bytes of record data in a full page; a shorter page is the last one.
const PAGE_LEN: usize = 16;

/// Number of pages that can be asked for.
pub const MAX_PAGES: u8 = 64;

/// Most records that are kept of one channel. The standard defines 20 suites.
pub const MAX_RECORDS: usize = 32;

/// Get Channel Cipher Suites, which needs no session. Asked for page by page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetChannelCipherSuites {
    /// Channel number, 0 to 15.
    pub channel: u8,
    /// Which 16 bytes of the records, 0 to 63.
    pub page: u8,
}

impl Command for GetChannelCipherSuites {
    const NET_FN: NetFn = NetFn::APP;
    const CODE: u8 = 0x54;
    const PRIVILEGE: Privilege = Privilege::Callback;
    type Response = CipherSuitePage;

    fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        // Payload type 0 is IPMI messages; bit 7 asks for the list by cipher suite.
        out.bytes(&[self.channel & 0x0f, 0x00, 0x80 | self.page & 0x3f])
    }

    fn parse(data: &[u8]) -> Result<CipherSuitePage, Malformed> {
        let (channel, records) = data.split_first().ok_or(Malformed)?;
        let records = Vec::from_slice(records).map_err(|_| Malformed)?;
        Ok(CipherSuitePage { channel: channel & 0x0f, records })
    }
}

/// The answer to [`GetChannelCipherSuites`]: a piece of the channel's records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CipherSuitePage {
    /// Channel that the answer is about, 0 to 15.
    pub channel: u8,
    /// Up to 16 bytes of records; a record may begin here and end in the next page.
    pub records: Vec<u8, PAGE_LEN>,
}

impl CipherSuitePage {
    /// True when no page follows.
    pub fn is_last(&self) -> bool {
        self.records.len() < PAGE_LEN
    }

    /// Writes the answer's data.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(self.channel & 0x0f)?;
        out.bytes(&self.records)
    }
}

/// A cipher suite that a channel offers. Algorithm numbers as in tables 13-17 to 13-19, 0 to 63.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CipherSuiteRecord {
    /// Number of the suite.
    pub id: u8,
    /// IANA number of the manufacturer that defines the suite; `None` for a standard suite.
    pub oem: Option<u32>,
    /// Authentication algorithm.
    pub authentication: u8,
    /// Integrity algorithm.
    pub integrity: u8,
    /// Confidentiality algorithm.
    pub confidentiality: u8,
}

/// Puts the pages of a channel together.
///
/// Lenient: some BMCs (Sun Fire 4100) send algorithms with wrong tag bits, so three algorithms are
/// taken by their position. Others leave an algorithm out when it is "none".
#[derive(Clone, Debug, Default)]
pub struct CipherSuiteRecords {
    complete: Vec<CipherSuiteRecord, MAX_RECORDS>,
    /// Bytes of the record under way, cut behind its eighth byte.
    partial: Vec<u8, 8>,
}

impl CipherSuiteRecords {
    /// Begins with nothing.
    pub const fn new() -> Self {
        Self { complete: Vec::new(), partial: Vec::new() }
    }

    /// Adds the next page, in order from page 0. Records beyond [`MAX_RECORDS`] are dropped.
    pub fn add(&mut self, page: &CipherSuitePage) {
        for &byte in &page.records {
            if matches!(byte, STANDARD | OEM) && self.may_begin() {
                self.complete_record();
                self.partial.clear();
            } else if self.partial.is_empty() {
                continue;
            }
            // A full buffer has room for no further algorithm that matters.
            let _ = self.partial.push(byte);
        }
    }

    /// The records, in the order of the channel.
    pub fn finish(mut self) -> Vec<CipherSuiteRecord, MAX_RECORDS> {
        self.complete_record();
        self.complete
    }

    /// The header of a record may hold any bytes; behind it, a start byte begins the next record.
    fn may_begin(&self) -> bool {
        match self.partial.first() {
            Some(&OEM) => self.partial.len() >= OEM_HEADER_LEN,
            Some(_) => self.partial.len() >= STANDARD_HEADER_LEN,
            None => true,
        }
    }

    fn complete_record(&mut self) {
        if let Some(record) = record(&self.partial) {
            // The bound is stated in the documentation of `add`.
            let _ = self.complete.push(record);
        }
    }
}

/// First byte of the record of a standard suite.
const STANDARD: u8 = 0xc0;
/// First byte of the record of a manufacturer's suite.
const OEM: u8 = 0xc1;
const STANDARD_HEADER_LEN: usize = 2;
const OEM_HEADER_LEN: usize = 5;

fn record(bytes: &[u8]) -> Option<CipherSuiteRecord> {
    let (id, oem, algorithms) = match bytes {
        [STANDARD, id, algorithms @ ..] => (*id, None, algorithms),
        [OEM, id, low, middle, high, algorithms @ ..] => {
            (*id, Some(u32::from_le_bytes([*low, *middle, *high, 0])), algorithms)
        }
        _ => return None,
    };
    let [authentication, integrity, confidentiality] = match algorithms {
        [authentication, integrity, confidentiality] => {
            [*authentication, *integrity, *confidentiality].map(|byte| byte & 0x3f)
        }
        tagged => [0x00, 0x40, 0x80].map(|tag| first_with_tag(tagged, tag)),
    };
    Some(CipherSuiteRecord { id, oem, authentication, integrity, confidentiality })
}

/// The first algorithm of a kind, or 0 ("none") when a record does not name one.
fn first_with_tag(algorithms: &[u8], tag: u8) -> u8 {
    algorithms.iter().find(|&&byte| byte & 0xc0 == tag).map_or(0, |byte| byte & 0x3f)
}
