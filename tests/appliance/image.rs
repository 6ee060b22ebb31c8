//! An image: an ELF file of 32 bits, little-endian.

use std::fs;
use std::path::Path;

use libtest_mimic::Failed;

/// Kinds and flags of sections.
pub(crate) const NO_BITS: u32 = 8;
pub(crate) const ALLOCATED: u32 = 2;
const SYMBOLS: u32 = 2;
/// Length of a section's header, and of a symbol.
const HEADER: usize = 40;
const SYMBOL: usize = 16;

/// An image.
pub(crate) struct Image(Vec<u8>);

/// A section of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section {
    pub(crate) kind: u32,
    pub(crate) flags: u32,
    pub(crate) size: usize,
    start: usize,
    link: usize,
}

impl Image {
    pub(crate) fn read(path: &Path) -> Result<Self, Failed> {
        Ok(Self(fs::read(path)?))
    }

    fn word(&self, at: usize) -> Result<u32, Failed> {
        let word = self.0.get(at..).and_then(|rest| rest.first_chunk::<4>());
        Ok(word.map(|word| u32::from_le_bytes(*word)).ok_or("the image is cut off")?)
    }

    pub(crate) fn sections(&self) -> Result<Vec<Section>, Failed> {
        let (start, count) = (self.word(32)? as usize, (self.word(48)? & 0xffff) as usize);
        let section = |at: usize| {
            let word = |offset| self.word(at + offset);
            Ok(Section {
                kind: word(4)?,
                flags: word(8)?,
                start: word(16)? as usize,
                size: word(20)? as usize,
                link: word(24)? as usize,
            })
        };
        (start..).step_by(HEADER).take(count).map(section).collect()
    }

    /// The address of the function whose name holds that.
    pub(crate) fn function(&self, name: &str) -> Result<u32, Failed> {
        let sections = self.sections()?;
        let symbols = sections.iter().find(|one| one.kind == SYMBOLS).ok_or("no symbols")?;
        let names = sections.get(symbols.link).ok_or("no names")?;
        for at in (symbols.start..symbols.start + symbols.size).step_by(SYMBOL) {
            let from = names.start + self.word(at)? as usize;
            let text = self.0.get(from..).and_then(|rest| rest.split(|byte| *byte == 0).next());
            if String::from_utf8_lossy(text.unwrap_or_default()).contains(name) {
                return self.word(at + 4);
            }
        }
        Err(format!("there is no {name} in the image").into())
    }
}
