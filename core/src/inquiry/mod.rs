//! How an appliance is, for whoever has its status key: one question, one answer, over UDP.
//!
//! The appliance keeps nothing of who asks. What it tells is a list of [`Item`]s; a question names
//! the first one wanted, and the answer holds as many as fit, but is never longer than the
//! question, so that nobody can have others flooded. An answer that lists items is given only for
//! a cookie, which an earlier answer held: it is made from the asker's address, the appliance's
//! start and the time, so that a captured question is worth nothing after half a minute, or to
//! another address. The answer repeats the question's nonce.
//!
//! ```text
//! 0   4  "KMNQ"
//! 4   1  version: 1
//! 5   1  1 = question, 2 = items, 3 = ask again with this cookie
//! 6   2  the first item that is wanted, or told
//! 8  16  nonce: drawn by the asker for each question
//! 24 16  cookie; zeros in a first question
//! 40  2  2 only: how many items there are in all
//! 42     2 only: items: kind (1), length of the body (1), body
//! -16    HMAC-SHA-256 over all before it, cut to its first 16 bytes
//! ```
//!
//! A question is filled up with zeros to the length that its answer may have. Numbers have their
//! most significant byte first. Answers are authentic and fresh, but everybody on the way reads
//! them: they hold no secret.

mod asker;
mod desk;
mod fields;
mod item;
mod power;
#[cfg(test)]
mod tests;

pub use asker::{Asker, Progress};
pub use desk::{Desk, Introduction};
pub use item::{Item, Itself, MAX_SERVICES_TOLD, OfCluster, OfServer};
pub use power::{OfPlan, OfPlanned, OfPower, OfUps};

use crate::crypto::{HmacKey, codes_match};
use crate::wire::{Full, Writer};

/// UDP port of appliances, unless their configuration says otherwise.
pub const PORT: u16 = 7422;
/// Longest question, and answer, in bytes: below what any network splits.
pub const MAX_INQUIRY: usize = 1024;

const MAGIC: [u8; 4] = *b"KMNQ";
const VERSION: u8 = 1;
const NONCE_LEN: usize = 16;
const COOKIE_LEN: usize = 16;
const TAG_LEN: usize = 16;
/// Bytes before the count of items.
const HEAD_LEN: usize = 40;
/// The shortest question.
const MIN_INQUIRY: usize = HEAD_LEN + 8 + TAG_LEN;

/// What a datagram is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Question = 1,
    Items = 2,
    Again = 3,
}

type Nonce = [u8; NONCE_LEN];
type Cookie = [u8; COOKIE_LEN];

/// A datagram whose seal is not looked at yet.
struct Opened<'d> {
    kind: Kind,
    first: u16,
    nonce: Nonce,
    cookie: Cookie,
    body: &'d [u8],
    sealed: &'d [u8],
    tag: &'d [u8],
}

impl<'d> Opened<'d> {
    fn parse(datagram: &'d [u8]) -> Option<Self> {
        let (sealed, tag) = datagram.split_at_checked(datagram.len().checked_sub(TAG_LEN)?)?;
        let (magic, rest) = sealed.split_first_chunk::<4>()?;
        let ([version, kind], rest) = rest.split_first_chunk()?;
        let (first, rest) = rest.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let (cookie, body) = rest.split_first_chunk()?;
        let kind = match kind {
            1 => Kind::Question,
            2 => Kind::Items,
            3 => Kind::Again,
            _ => return None,
        };
        let first = u16::from_be_bytes(*first);
        let known = *magic == MAGIC && *version == VERSION && datagram.len() <= MAX_INQUIRY;
        let (nonce, cookie) = (*nonce, *cookie);
        known.then_some(Self { kind, first, nonce, cookie, body, sealed, tag })
    }

    fn is_sealed_with(&self, key: &HmacKey) -> bool {
        codes_match(key.code(&[self.sealed]).truncated(TAG_LEN), self.tag)
    }
}

fn emit_head(
    kind: Kind,
    first: u16,
    nonce: &Nonce,
    cookie: &Cookie,
    out: &mut Writer<'_>,
) -> Result<(), Full> {
    out.bytes(&MAGIC)?;
    out.u8(VERSION)?;
    out.u8(kind as u8)?;
    out.u16_be(first)?;
    out.bytes(nonce)?;
    out.bytes(cookie)
}

fn seal(key: &HmacKey, out: &mut Writer<'_>) -> Result<usize, Full> {
    let code = key.code(&[out.written()]);
    out.bytes(code.truncated(TAG_LEN))?;
    Ok(out.len())
}
