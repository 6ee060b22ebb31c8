//! The end: nothing secret stays in memory, and the board starts anew.

use core::panic::PanicInfo;

use cortex_m_rt::{ExceptionFrame, exception};

// SAFETY: the linker script defines it as the end of the RAM.
unsafe extern "C" {
    static _memory_end: u32;
}

/// Wipes all RAM of the program, its stack included, and resets.
pub(crate) fn reset() -> ! {
    // SAFETY: nothing of the memory is read after it was written, the stack neither: the loop
    // keeps to registers, and ends in the reset that the last store asks for (AIRCR).
    unsafe {
        core::arch::asm!(
            "cpsid i",
            "2: str {zero}, [{at}], #4",
            "cmp {at}, {end}",
            "blo 2b",
            "dsb",
            "str {ask}, [{aircr}]",
            "dsb",
            "3: b 3b",
            zero = in(reg) 0,
            at = in(reg) 0x2100_0000_u32,
            end = in(reg) core::ptr::addr_of!(_memory_end),
            ask = in(reg) 0x05fa_0004_u32,
            aircr = in(reg) 0xe000_ed0c_u32,
            options(noreturn),
        )
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    reset()
}

// A fault has no way back.
// SAFETY: the handler returns to nobody.
#[exception]
unsafe fn HardFault(_: &ExceptionFrame) -> ! {
    reset()
}

// The watchdog's first end, and everything that nobody expects.
// SAFETY: the handler returns to nobody.
#[exception]
unsafe fn DefaultHandler(_: i16) {
    reset()
}

// SAFETY: the handler returns to nobody.
#[exception]
unsafe fn NonMaskableInt() {
    reset()
}
