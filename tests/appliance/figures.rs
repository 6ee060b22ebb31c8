//! What the image takes of a small machine.

use std::fs;
use std::path::Path;

use libtest_mimic::Failed;

/// What the smallest machine has.
const FLASH: usize = 256 << 10;
const RAM: usize = 96 << 10;
/// Where that RAM begins.
const RAM_START: u32 = 0x2100_0000;
/// What the free part of the stack is painted with before the program begins.
const PAINT: [u8; 4] = [0xcc; 4];

/// Kinds and flags of sections in ELF.
const NO_BITS: u32 = 8;
const ALLOCATED: u32 = 2;

/// Bytes that an image takes, whatever it does.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    /// Vectors, code, constants, initial data.
    pub(crate) flash: usize,
    /// Statics.
    pub(crate) statics: usize,
}

impl Figures {
    /// Those of an ELF file of 32 bits, little-endian.
    pub(crate) fn of(image: &Path) -> Result<Self, Failed> {
        let bytes = fs::read(image)?;
        let word = |at: usize| {
            let word = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>());
            word.map(|word| u32::from_le_bytes(*word)).ok_or("the image is cut off")
        };
        let (start, count) = (word(32)? as usize, (word(48)? & 0xffff) as usize);
        let mut figures = Self::default();
        for header in (start..).step_by(40).take(count) {
            let (kind, flags) = (word(header + 4)?, word(header + 8)?);
            let (address, size) = (word(header + 12)?, word(header + 20)? as usize);
            if flags & ALLOCATED == 0 {
                continue;
            }
            if kind != NO_BITS {
                figures.flash += size;
            }
            if address >= RAM_START {
                figures.statics += size;
            }
        }
        Ok(figures)
    }

    /// Prints them, with the deepest stack that the program's RAM shows, and holds them to what
    /// there is.
    pub(crate) fn hold(self, ram: &[u8]) -> Result<(), Failed> {
        let free = ram.chunks_exact(4).skip(self.statics.div_ceil(4));
        let free = 4 * free.take_while(|word| *word == PAINT).count();
        let stack = RAM - self.statics - free;
        let Self { flash, statics } = self;
        println!(
            "flash {flash} of {FLASH}, RAM {} of {RAM}: statics {statics}, stack {stack}",
            statics + stack
        );
        match flash <= FLASH && free > 0 {
            true => Ok(()),
            false => Err("the image takes more than a small machine has".into()),
        }
    }
}
