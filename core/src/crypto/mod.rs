//! The only importer of the cipher crates.

mod cbc;
mod digest;
mod hash;
mod key;
#[cfg(test)]
mod tests;

pub use cbc::{AES_BLOCK, decrypt_cbc, encrypt_cbc};
pub use digest::{Digest, Hash, MAX_DIGEST, Sha256Sum, hmac, md2, md5, sha256};
pub use key::HmacKey;

use subtle::ConstantTimeEq;

/// Whether two codes are the same, in constant time for equal lengths.
pub fn codes_match(ours: &[u8], theirs: &[u8]) -> bool {
    ours.ct_eq(theirs).into()
}
