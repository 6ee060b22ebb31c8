//! Registers by their addresses.

/// A block of registers.
#[derive(Clone, Copy)]
pub struct Block(usize);

impl Block {
    /// The registers at that address.
    ///
    /// # Safety
    ///
    /// A device's registers are there, and whoever holds the block is alone with them.
    // SAFETY: by who calls it, as told above; nothing is accessed here.
    pub const unsafe fn at(address: usize) -> Self {
        Self(address)
    }

    /// The register, so many bytes behind the first.
    pub fn read(self, offset: usize) -> u32 {
        // SAFETY: who made the block has vouched for the device; all offsets are constants of its
        // driver, words of its registers.
        unsafe { ((self.0 + offset) as *const u32).read_volatile() }
    }

    /// Sets it.
    pub fn write(self, offset: usize, value: u32) {
        // SAFETY: as for reading.
        unsafe { ((self.0 + offset) as *mut u32).write_volatile(value) }
    }
}
