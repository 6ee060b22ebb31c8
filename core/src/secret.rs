//! Secrets: wiped when dropped, never shown, compared in constant time, kept in one place.

use core::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::limits::{KG_LEN, MAX_PASSWORD_20};

/// Up to `N` secret bytes.
///
/// `Debug` prints a fixed word; there is no `Clone`, `Copy` or `==`. What is read with
/// [`Secret::expose`] is easy to find.
pub struct Secret<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> Secret<N> {
    /// One byte tells the length.
    const SHORT: () = assert!(N <= u8::MAX as usize);

    /// A secret of `bytes`. [`TooLong`] when there are more than `N`.
    pub fn new(bytes: &[u8]) -> Result<Self, TooLong> {
        let () = Self::SHORT;
        let mut secret = Self { bytes: [0; N], len: bytes.len() as u8 };
        secret.bytes.get_mut(..bytes.len()).ok_or(TooLong { limit: N })?.copy_from_slice(bytes);
        Ok(secret)
    }

    /// The bytes themselves.
    pub fn expose(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// The bytes, padded with NUL to the full `N`.
    pub fn expose_padded(&self) -> &[u8; N] {
        &self.bytes
    }

    /// Whether two secrets hold the same bytes, in constant time for equal lengths.
    pub fn ct_eq(&self, other: &Self) -> bool {
        self.expose().ct_eq(other.expose()).into()
    }
}

impl<const N: usize> From<[u8; N]> for Secret<N> {
    fn from(bytes: [u8; N]) -> Self {
        let () = Self::SHORT;
        Self { bytes, len: N as u8 }
    }
}

impl<const N: usize> Drop for Secret<N> {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

/// More bytes than the protocol allows for this secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// The most bytes allowed.
    pub limit: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "longer than the {} bytes that IPMI allows", self.limit)
    }
}

impl core::error::Error for TooLong {}

/// A password or a BMC key Kg, as the ring holds it.
pub type Key = Secret<MAX_PASSWORD_20>;

const _: () = assert!(KG_LEN == MAX_PASSWORD_20, "one type holds both");

/// Names a key of the ring; everything but the ring holds this and not the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyId(pub u16);

/// The long-lived secrets, each once.
#[derive(Clone, Copy, Debug)]
pub struct KeyRing<'a>(&'a [Key]);

impl<'a> KeyRing<'a> {
    /// A ring over `keys`; [`KeyId`] is the place in it.
    pub const fn new(keys: &'a [Key]) -> Self {
        Self(keys)
    }

    /// The key of that name, if the ring has it.
    pub fn get(&self, id: KeyId) -> Option<&'a Key> {
        self.0.get(usize::from(id.0))
    }
}
