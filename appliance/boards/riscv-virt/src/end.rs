//! The end: nothing secret stays in memory, and the board starts anew.

use core::panic::PanicInfo;

// SAFETY: the linker script defines it as the end of the RAM.
unsafe extern "C" {
    static _stack_start: u32;
}

/// Wipes all RAM of the program, its stack included, and resets.
pub(crate) fn reset() -> ! {
    // SAFETY: nothing of the memory is read after it was written, the stack neither: the loop
    // keeps to registers, and ends in the reset that the last store asks for (the test device).
    unsafe {
        core::arch::asm!(
            "csrci mstatus, 8",
            "2: sw zero, 0({at})",
            "addi {at}, {at}, 4",
            "bltu {at}, {end}, 2b",
            "fence",
            "sw {ask}, 0({device})",
            "3: j 3b",
            at = in(reg) 0x8005_0000_u32,
            end = in(reg) core::ptr::addr_of!(_stack_start),
            ask = in(reg) 0x7777_u32,
            device = in(reg) 0x0010_0000_u32,
            options(noreturn),
        )
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    reset()
}

/// Every exception and every interrupt end here: none is expected, and that of the timer is the
/// watchdog's.
// SAFETY: the runtime's scripts want that name, and nobody else gives it.
#[unsafe(no_mangle)]
extern "C" fn abort() -> ! {
    reset()
}
