//! The board's parallel flash, with Intel's commands (CFI): two chips side by side.
//!
//! The record has its first two blocks; the configuration lies in the third.

use komainu_appliance::hardware::Flash;
use komainu_drivers::register::Block;

const WORD: usize = 4;
/// Commands, one for each chip.
const ERASE: u32 = 0x0020_0020;
const CONFIRM: u32 = 0x00d0_00d0;
const PROGRAM: u32 = 0x0040_0040;
const CLEAR: u32 = 0x0050_0050;
const READ: u32 = 0x00ff_00ff;
/// Status: both are done, and one has failed (erase, program, voltage, locked).
const DONE: u32 = 0x0080_0080;
const FAILED: u32 = 0x003a_003a;

/// The chips.
pub(crate) struct Chips(Block);

impl Chips {
    pub(crate) const fn new(block: Block) -> Self {
        Self(block)
    }

    /// Gives two commands, waits for the end, and says whether it was a good one.
    fn order(&mut self, at: usize, first: u32, second: u32) -> bool {
        self.0.write(at, CLEAR);
        self.0.write(at, first);
        self.0.write(at, second);
        let status = loop {
            let status = self.0.read(at);
            if status & DONE == DONE {
                break status;
            }
        };
        self.0.write(at, READ);
        status & FAILED == 0
    }
}

impl Flash for Chips {
    const PAGE: usize = 256 << 10;
    const UNIT: usize = WORD;
    const PAGES: usize = 2;

    fn read(&self, at: usize, out: &mut [u8]) {
        let bytes = (at..Self::PAGE * Self::PAGES).map(|at| {
            let word = self.0.read(at - at % WORD).to_le_bytes();
            word.get(at % WORD).copied().unwrap_or_default()
        });
        out.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
    }

    fn erase(&mut self, page: usize) -> bool {
        page < Self::PAGES && self.order(page * Self::PAGE, ERASE, CONFIRM)
    }

    fn program(&mut self, at: usize, bytes: &[u8]) -> bool {
        let (words, rest) = bytes.as_chunks::<WORD>();
        let fits = at.is_multiple_of(WORD) && at + bytes.len() <= Self::PAGE * Self::PAGES;
        let mut words = (at..).step_by(WORD).zip(words);
        fits && rest.is_empty()
            && words.all(|(at, word)| self.order(at, PROGRAM, u32::from_le_bytes(*word)))
    }
}
