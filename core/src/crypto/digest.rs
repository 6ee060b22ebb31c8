//! Digests and keyed digests, over any number of parts, without copying them together.

use core::fmt;

use md2::Md2;
use md5::Md5;
use zeroize::Zeroize;

use super::hash::{Function, Running, Sha256};
use super::key::HmacKey;

/// Longest digest, in bytes.
pub const MAX_DIGEST: usize = 32;

/// A hash function under HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// MD5, 16 bytes.
    Md5,
    /// SHA-1, 20 bytes.
    Sha1,
    /// SHA-256, 32 bytes.
    Sha256,
}

/// A digest; since many of them are keys, it is wiped and not shown.
pub struct Digest {
    bytes: [u8; MAX_DIGEST],
    len: u8,
}

impl Digest {
    /// The first `len` bytes, at most all.
    pub(super) const fn cut(bytes: [u8; MAX_DIGEST], len: usize) -> Self {
        let len = if len < MAX_DIGEST { len } else { MAX_DIGEST };
        // At most 32.
        Self { bytes, len: len as u8 }
    }

    /// A digest computed elsewhere; at most [`MAX_DIGEST`] bytes of it.
    pub fn copied(bytes: &[u8]) -> Self {
        let mut digest = Self::cut([0; MAX_DIGEST], bytes.len());
        for (to, from) in digest.bytes.iter_mut().zip(bytes) {
            *to = *from;
        }
        digest
    }

    /// No bytes at all: the code of an algorithm that has none.
    pub const fn empty() -> Self {
        Self { bytes: [0; MAX_DIGEST], len: 0 }
    }

    /// The whole digest.
    pub fn expose(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Its first `len` bytes, or all of it if it is shorter.
    pub fn truncated(&self, len: usize) -> &[u8] {
        self.bytes.get(..len.min(usize::from(self.len))).unwrap_or_default()
    }
}

impl Drop for Digest {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<digest>")
    }
}

/// HMAC of the concatenated `parts` under `key` (RFC 2104), for a key that makes one code only.
pub fn hmac(hash: Hash, key: &[u8], parts: &[&[u8]]) -> Digest {
    HmacKey::new(hash, key).code(parts)
}

/// MD5 of the concatenated `parts`.
pub fn md5(parts: &[&[u8]]) -> Digest {
    plain::<Md5>(parts)
}

/// MD2 of the concatenated `parts` (RFC 1319).
pub fn md2(parts: &[&[u8]]) -> Digest {
    plain::<Md2>(parts)
}

/// SHA-256 (RFC 6234) of what comes bit by bit.
pub struct Sha256Sum(Running<Sha256>);

impl Sha256Sum {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self(Running::new())
    }

    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all of them.
    pub fn finish(&mut self) -> Digest {
        self.0.finish(Sha256::INITIAL)
    }
}

impl Default for Sha256Sum {
    fn default() -> Self {
        Self::new()
    }
}

/// SHA-256 of the concatenated `parts`.
pub fn sha256(parts: &[&[u8]]) -> Digest {
    let mut sum = Sha256Sum::new();
    parts.iter().for_each(|part| sum.update(part));
    sum.finish()
}

fn plain<D: md5::Digest>(parts: &[&[u8]]) -> Digest {
    let mut hash = D::new();
    for part in parts {
        hash.update(part);
    }
    Digest::copied(&hash.finalize())
}
