//! HMAC (RFC 2104).

use core::fmt;

use zeroize::Zeroize;

use super::digest::{Digest, Hash};
use super::hash::{BLOCK, Function, Md5, Running, Sha1, Sha256};

const INNER: u8 = 0x36;
const OUTER: u8 = 0x5c;

/// A key for many codes: what depends on the key alone is computed once, which is half of the work
/// of a short code.
pub struct HmacKey(Ready);

/// The inner and the outer function, each after the block that the key makes.
enum Ready {
    Md5([<Md5 as Function>::State; 2]),
    Sha1([<Sha1 as Function>::State; 2]),
    Sha256([<Sha256 as Function>::State; 2]),
}

impl HmacKey {
    /// Makes a key of any length ready.
    pub fn new(hash: Hash, key: &[u8]) -> Self {
        Self(match hash {
            Hash::Md5 => Ready::Md5(ready::<Md5>(key)),
            Hash::Sha1 => Ready::Sha1(ready::<Sha1>(key)),
            Hash::Sha256 => Ready::Sha256(ready::<Sha256>(key)),
        })
    }

    /// HMAC of the concatenated `parts`.
    pub fn code(&self, parts: &[&[u8]]) -> Digest {
        match &self.0 {
            Ready::Md5(key) => code::<Md5>(key, parts),
            Ready::Sha1(key) => code::<Sha1>(key, parts),
            Ready::Sha256(key) => code::<Sha256>(key, parts),
        }
    }
}

impl Drop for HmacKey {
    fn drop(&mut self) {
        match &mut self.0 {
            Ready::Md5(key) => key.zeroize(),
            Ready::Sha1(key) => key.zeroize(),
            Ready::Sha256(key) => key.zeroize(),
        }
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<key>")
    }
}

/// Out of line, so that the blocks of three functions do not share one frame of a small stack.
#[inline(never)]
fn ready<F: Function>(key: &[u8]) -> [F::State; 2] {
    // A key longer than a block is hashed first.
    let hashed = if key.len() > BLOCK { hashed::<F>(key) } else { Digest::empty() };
    let key = if key.len() > BLOCK { hashed.expose() } else { key };
    [INNER, OUTER].map(|pad| {
        let mut block = [pad; BLOCK];
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        let mut state = F::INITIAL;
        F::compress(&mut state, &[block]);
        block.zeroize();
        state
    })
}

#[inline(never)]
fn hashed<F: Function>(key: &[u8]) -> Digest {
    let mut hash = Running::<F>::new();
    hash.update(key);
    hash.finish(F::INITIAL)
}

/// Out of line, as above.
#[inline(never)]
fn code<F: Function>([inner, outer]: &[F::State; 2], parts: &[&[u8]]) -> Digest {
    let mut hash = Running::<F>::after_block(*inner);
    for part in parts {
        hash.update(part);
    }
    let inner = hash.finish(*outer);
    hash.update(inner.expose());
    hash.finish(F::INITIAL)
}
