//! All chance: one deterministic generator, seeded once by the caller.
//!
//! HMAC-DRBG over SHA-256 (NIST SP 800-90A, 10.1.2). Output is drawn in chunks, so that the many
//! small draws of a login (ids, tags, vectors) share the cost of one generate call.

use core::fmt;

use zeroize::Zeroize;

use crate::crypto::{Hash, HmacKey, MAX_DIGEST};

/// Bytes drawn from the generator at once.
const CHUNK: usize = 4 * MAX_DIGEST;

/// The seed: 32 bytes that nobody else knows. Not copied, wiped when dropped.
pub struct Seed([u8; 32]);

impl Seed {
    /// A seed from the operating system's or the hardware's generator; fixed in tests.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<seed>")
    }
}

/// Where unpredictable bytes come from: the [`Drbg`] of whoever drives the machine.
///
/// A trait so that a recorded exchange can be walked through again with the numbers that were
/// drawn in it.
pub trait Chance {
    /// Fills `out` with the next bytes.
    fn fill(&mut self, out: &mut [u8]);
}

/// The generator.
pub struct Drbg {
    key: [u8; MAX_DIGEST],
    value: [u8; MAX_DIGEST],
    chunk: [u8; CHUNK],
    used: usize,
}

impl Drbg {
    /// A generator whose whole output follows from `seed`.
    pub fn new(seed: &Seed) -> Self {
        Self::instantiated(&seed.0)
    }

    fn instantiated(material: &[u8]) -> Self {
        let mut drbg =
            Self { key: [0; MAX_DIGEST], value: [1; MAX_DIGEST], chunk: [0; CHUNK], used: CHUNK };
        drbg.update(HmacKey::new(Hash::Sha256, &drbg.key), material);
        drbg
    }

    /// Mixes in fresh entropy. What was drawn before stays independent of what follows.
    pub fn reseed(&mut self, seed: &Seed) {
        self.update(HmacKey::new(Hash::Sha256, &self.key), &seed.0);
        self.chunk.zeroize();
        self.used = CHUNK;
    }

    fn generate(&mut self) {
        let key = HmacKey::new(Hash::Sha256, &self.key);
        for chunk in self.chunk.as_chunks_mut::<MAX_DIGEST>().0 {
            step(&mut self.value, &key);
            *chunk = self.value;
        }
        self.used = 0;
        self.update(key, &[]);
    }

    /// Moves on from the present key, which `key` is, made ready.
    fn update(&mut self, mut key: HmacKey, input: &[u8]) {
        for round in 0..=u8::from(!input.is_empty()) {
            let next = key.code(&[&self.value, &[round], input]);
            copy(&mut self.key, next.expose());
            key = HmacKey::new(Hash::Sha256, &self.key);
            step(&mut self.value, &key);
        }
    }
}

fn step(value: &mut [u8; MAX_DIGEST], key: &HmacKey) {
    let next = key.code(&[value]);
    copy(value, next.expose());
}

fn copy(to: &mut [u8; MAX_DIGEST], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

impl Chance for Drbg {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            if self.used >= CHUNK {
                self.generate();
            }
            if let Some(next) = self.chunk.get_mut(self.used) {
                *byte = core::mem::take(next);
            }
            self.used += 1;
        }
    }
}

impl Drop for Drbg {
    fn drop(&mut self) {
        self.key.zeroize();
        self.value.zeroize();
        self.chunk.zeroize();
    }
}

impl fmt::Debug for Drbg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<generator>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CAVS 14.3, HMAC_DRBG, SHA-256 without reseed or personalization, COUNT 0: the second of
    /// two draws of 128 bytes, which is the size of a chunk.
    #[test]
    fn output_matches_nist_cavs() {
        let material = [
            0xca, 0x85, 0x19, 0x11, 0x34, 0x93, 0x84, 0xbf, 0xfe, 0x89, 0xde, 0x1c, 0xbd, 0xc4,
            0x6e, 0x68, 0x31, 0xe4, 0x4d, 0x34, 0xa4, 0xfb, 0x93, 0x5e, 0xe2, 0x85, 0xdd, 0x14,
            0xb7, 0x1a, 0x74, 0x88, 0x65, 0x9b, 0xa9, 0x6c, 0x60, 0x1d, 0xc6, 0x9f, 0xc9, 0x02,
            0x94, 0x08, 0x05, 0xec, 0x0c, 0xa8,
        ];
        let begins = [
            0xe5, 0x28, 0xe9, 0xab, 0xf2, 0xde, 0xce, 0x54, 0xd4, 0x7c, 0x7e, 0x75, 0xe5, 0xfe,
            0x30, 0x21, 0x49, 0xf8, 0x17, 0xea, 0x9f, 0xb4, 0xbe, 0xe6, 0xf4, 0x19, 0x96, 0x97,
            0xd0, 0x4d, 0x5b, 0x89,
        ];
        let mut drbg = Drbg::instantiated(&material);
        let mut drawn = [0; 2 * CHUNK];
        drbg.fill(&mut drawn);
        assert_eq!(drawn[CHUNK..CHUNK + begins.len()], begins);
    }

    #[test]
    fn a_seed_repeats_and_a_reseed_departs() {
        let draw = |reseed: bool| {
            let mut drbg = Drbg::new(&Seed::new([7; 32]));
            if reseed {
                drbg.reseed(&Seed::new([8; 32]));
            }
            let mut drawn = [0; 48];
            drbg.fill(&mut drawn);
            drawn
        };
        assert_eq!(draw(false), draw(false));
        assert_ne!(draw(false), draw(true));
    }
}
