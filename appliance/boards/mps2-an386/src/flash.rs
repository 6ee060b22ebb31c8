//! Flash as this board does not have it: a part of the PSRAM that behaves like it.
//!
//! QEMU keeps the PSRAM in a file, so that it outlives the emulator, wherever that is killed. A
//! page is erased and programmed word by word, as slowly as a kill can hit it.

use komainu_appliance::hardware::Flash;

/// Where it is in the PSRAM.
const START: usize = 0x2180_0000;
const WORD: usize = 4;

/// The pages.
pub(crate) struct Pages(());

impl Pages {
    /// The pages.
    ///
    /// # Safety
    ///
    /// There is one of it, and the linker puts nothing there.
    // SAFETY: by who calls it, as told above; nothing is accessed here.
    pub(crate) const unsafe fn take() -> Self {
        Self(())
    }

    fn word(at: usize) -> *mut u32 {
        (START + at) as *mut u32
    }
}

impl Flash for Pages {
    const PAGE: usize = 4096;
    const UNIT: usize = WORD;
    const PAGES: usize = 4;

    fn read(&self, at: usize, out: &mut [u8]) {
        for (place, at) in out.iter_mut().zip(at..Self::PAGE * Self::PAGES) {
            // SAFETY: the address is within the pages, which are RAM of this one owner.
            *place = unsafe { ((START + at) as *const u8).read_volatile() };
        }
    }

    fn erase(&mut self, page: usize) -> bool {
        if page >= Self::PAGES {
            return false;
        }
        for at in (page * Self::PAGE..(page + 1) * Self::PAGE).step_by(WORD) {
            // SAFETY: a word of a page, as above.
            unsafe { Self::word(at).write_volatile(u32::MAX) };
        }
        true
    }

    fn program(&mut self, at: usize, bytes: &[u8]) -> bool {
        let (words, rest) = bytes.as_chunks::<WORD>();
        if !at.is_multiple_of(WORD)
            || !rest.is_empty()
            || at + bytes.len() > Self::PAGE * Self::PAGES
        {
            return false;
        }
        for (at, word) in (at..).step_by(WORD).zip(words) {
            // SAFETY: words of the pages, by the check above. Bits can only be cleared.
            unsafe {
                let before = Self::word(at).read_volatile();
                Self::word(at).write_volatile(before & u32::from_le_bytes(*word));
            }
        }
        true
    }
}
