//! The hash functions under HMAC, as their compression functions: what a key turns them into is
//! then no more than their chaining values.

use super::digest::{Digest, MAX_DIGEST};

/// Length of a block of every function here, in bytes.
pub(super) const BLOCK: usize = 64;

/// Bytes at the end of the last block that hold the length.
const LENGTH: usize = 8;

/// A hash function of 32-bit words and 64-byte blocks.
pub(super) trait Function {
    /// The chaining value.
    type State: Copy + AsRef<[u32]> + zeroize::Zeroize;

    const INITIAL: Self::State;

    fn compress(state: &mut Self::State, blocks: &[[u8; BLOCK]]);

    /// A word of the digest.
    fn word(word: u32) -> [u8; 4];

    /// The length of the message, in bits.
    fn length(bits: u64) -> [u8; LENGTH];
}

/// MD5 (RFC 1321).
pub(super) struct Md5;

impl Function for Md5 {
    type State = [u32; 4];

    const INITIAL: Self::State = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

    fn compress(state: &mut Self::State, blocks: &[[u8; BLOCK]]) {
        md5::block_api::compress(state, blocks);
    }

    fn word(word: u32) -> [u8; 4] {
        word.to_le_bytes()
    }

    fn length(bits: u64) -> [u8; LENGTH] {
        bits.to_le_bytes()
    }
}

/// SHA-1 (RFC 3174).
pub(super) struct Sha1;

impl Function for Sha1 {
    type State = [u32; 5];

    const INITIAL: Self::State = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

    fn compress(state: &mut Self::State, blocks: &[[u8; BLOCK]]) {
        sha1::block_api::compress(state, blocks);
    }

    fn word(word: u32) -> [u8; 4] {
        word.to_be_bytes()
    }

    fn length(bits: u64) -> [u8; LENGTH] {
        bits.to_be_bytes()
    }
}

/// SHA-256 (RFC 6234).
pub(super) struct Sha256;

impl Function for Sha256 {
    type State = [u32; 8];

    const INITIAL: Self::State = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];

    fn compress(state: &mut Self::State, blocks: &[[u8; BLOCK]]) {
        sha2::block_api::compress256(state, blocks);
    }

    fn word(word: u32) -> [u8; 4] {
        word.to_be_bytes()
    }

    fn length(bits: u64) -> [u8; LENGTH] {
        bits.to_be_bytes()
    }
}

/// A message that is being hashed.
pub(super) struct Running<F: Function> {
    state: F::State,
    block: [u8; BLOCK],
    filled: usize,
    len: u64,
}

impl<F: Function> Running<F> {
    /// After a whole block, of which `state` has come.
    pub(super) fn after_block(state: F::State) -> Self {
        Self { state, block: [0; BLOCK], filled: 0, len: BLOCK as u64 }
    }

    /// From the start.
    pub(super) fn new() -> Self {
        Self { len: 0, ..Self::after_block(F::INITIAL) }
    }

    /// Takes in the next bytes.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.len = self.len.wrapping_add(bytes.len() as u64);
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = self.block.get_mut(self.filled..).unwrap_or_default();
            let count = room.len().min(rest.len());
            let (Some(room), Some((now, later))) =
                (room.get_mut(..count), rest.split_at_checked(count))
            else {
                return;
            };
            room.copy_from_slice(now);
            self.filled += count;
            rest = later;
            if self.filled == BLOCK {
                F::compress(&mut self.state, &[self.block]);
                self.filled = 0;
            }
        }
    }

    /// Ends the message; the next one begins after a whole block, of which `next` has come.
    pub(super) fn finish(&mut self, next: F::State) -> Digest {
        let rest = self.block.get_mut(self.filled..).unwrap_or_default();
        rest.fill(0);
        if let Some(first) = rest.first_mut() {
            *first = 0x80;
        }
        if self.filled >= BLOCK - LENGTH {
            F::compress(&mut self.state, &[self.block]);
            self.block = [0; BLOCK];
        }
        if let Some(length) = self.block.last_chunk_mut() {
            *length = F::length(self.len.wrapping_mul(8));
        }
        F::compress(&mut self.state, &[self.block]);
        (self.filled, self.len) = (0, BLOCK as u64);
        digest::<F>(core::mem::replace(&mut self.state, next))
    }
}

fn digest<F: Function>(state: F::State) -> Digest {
    let words = state.as_ref();
    let mut bytes = [0; MAX_DIGEST];
    for (to, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(words) {
        *to = F::word(*word);
    }
    Digest::cut(bytes, 4 * words.len())
}
