//! Digests and keyed digests, over any number of parts, without copying them together.

use core::fmt;

use hmac::digest::Key as Block;
use hmac::{Hmac, KeyInit, Mac};
use md2::Md2;
use md5::Md5;
use sha1::Sha1;
use sha2::Sha256;
use zeroize::Zeroize;

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
    len: usize,
}

impl Digest {
    /// A digest computed elsewhere; at most [`MAX_DIGEST`] bytes of it.
    pub fn copied(bytes: &[u8]) -> Self {
        let mut digest = Self { bytes: [0; MAX_DIGEST], len: bytes.len().min(MAX_DIGEST) };
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
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Its first `len` bytes, or all of it if it is shorter.
    pub fn truncated(&self, len: usize) -> &[u8] {
        self.bytes.get(..len.min(self.len)).unwrap_or_default()
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

/// HMAC of the concatenated `parts` under `key` (RFC 2104).
pub fn hmac(hash: Hash, key: &[u8], parts: &[&[u8]]) -> Digest {
    match hash {
        Hash::Md5 => keyed::<Hmac<Md5>>(key, parts),
        Hash::Sha1 => keyed::<Hmac<Sha1>>(key, parts),
        Hash::Sha256 => keyed::<Hmac<Sha256>>(key, parts),
    }
}

/// Out of line, so that the states of three algorithms do not share one frame of a small stack.
#[inline(never)]
fn keyed<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Digest {
    // HMAC takes keys of any length, so the error cannot happen; an empty digest matches nothing.
    let Ok(mac) = <M as KeyInit>::new_from_slice(key) else { return Digest::empty() };
    finished(mac, parts)
}

fn finished<M: Mac>(mut mac: M, parts: &[&[u8]]) -> Digest {
    for part in parts {
        mac.update(part);
    }
    Digest::copied(&mac.finalize().into_bytes())
}

/// A key for many codes by HMAC-SHA256: what depends on the key alone is computed once, which is
/// half of the work of a short code.
pub struct Sha256Key(Hmac<Sha256>);

impl Sha256Key {
    /// Makes `key` ready.
    pub fn new(key: &[u8; MAX_DIGEST]) -> Self {
        // HMAC fills keys up to a block with zeros itself.
        let mut block = Block::<Hmac<Sha256>>::default();
        for (to, from) in block.iter_mut().zip(key) {
            *to = *from;
        }
        let ready = Hmac::new(&block);
        block.as_mut_slice().zeroize();
        Self(ready)
    }

    /// HMAC of the concatenated `parts`.
    pub fn code(&self, parts: &[&[u8]]) -> Digest {
        finished(self.0.clone(), parts)
    }
}

impl fmt::Debug for Sha256Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<key>")
    }
}

/// MD5 of the concatenated `parts`.
pub fn md5(parts: &[&[u8]]) -> Digest {
    plain::<Md5>(parts)
}

/// MD2 of the concatenated `parts` (RFC 1319).
pub fn md2(parts: &[&[u8]]) -> Digest {
    plain::<Md2>(parts)
}

fn plain<D: md5::Digest>(parts: &[&[u8]]) -> Digest {
    let mut hash = D::new();
    for part in parts {
        hash.update(part);
    }
    Digest::copied(&hash.finalize())
}
