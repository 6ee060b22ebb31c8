//! What the image tells its emulator.

use core::ptr;

use cortex_m_semihosting::{debug, hio};
/// What the stack is filled with before `main` (feature `paint-stack` of cortex-m-rt).
const PAINT: u32 = 0xcccc_cccc;

// SAFETY: the linker script defines both as the ends of a region of words.
unsafe extern "C" {
    /// The lowest word that the stack may use, by the linker script of cortex-m-rt.
    static mut _stack_end: u32;
    /// The word behind the highest one.
    static mut _stack_start: u32;
}

/// Writes the sizes of `things` in bytes, then ends the emulator with what came of it all.
pub fn finish(result: Result<(), &'static str>, things: &[(&str, usize)]) -> ! {
    for (name, size) in things {
        line(name, *size);
    }
    match result {
        Ok(()) => end(debug::EXIT_SUCCESS),
        Err(what) => fail(what),
    }
}

/// How much of the stack was used since the start or since [`paint`], in bytes.
pub fn stack_depth() -> usize {
    let (mut word, end) = (ptr::addr_of!(_stack_end), ptr::addr_of!(_stack_start));
    // SAFETY: both addresses bound the RAM that start-up has painted, and are aligned to words;
    // the pointer moves from the one to the other and reads nothing behind it.
    unsafe {
        while word < end && word.read_volatile() == PAINT {
            word = word.add(1);
        }
        usize::try_from(end.offset_from(word)).unwrap_or(0) * size_of::<u32>()
    }
}

/// Paints the free part of the stack again, so that what comes is measured by itself.
#[inline(never)]
pub fn paint() {
    let here = 0_u32;
    // A margin for this function's own frame.
    let end = ptr::addr_of!(here).wrapping_sub(64).cast_mut();
    let mut word = ptr::addr_of_mut!(_stack_end);
    // SAFETY: from the end of the stack's region up to below the deepest frame that is in use
    // nothing is kept; the addresses are aligned to words.
    unsafe {
        while word < end {
            word.write_volatile(PAINT);
            word = word.add(1);
        }
    }
}

fn line(name: &str, value: usize) {
    let mut digits = [b'0'; 10];
    let mut rest = value;
    for digit in digits.iter_mut().rev() {
        // The remainder is below 10.
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    for text in [name.as_bytes(), b" ", &digits, b"\n"] {
        say(text);
    }
}

/// Says what went wrong, and ends the emulator.
pub fn fail(what: &str) -> ! {
    for text in [b"failed: ", what.as_bytes(), b"\n"] {
        say(text);
    }
    end(debug::EXIT_FAILURE)
}

fn say(text: &[u8]) {
    if let Ok(mut out) = hio::hstdout() {
        // Without a host that listens nothing can be said, and nobody misses it.
        let _unheard = out.write_all(text);
    }
}

fn end(status: debug::ExitStatus) -> ! {
    loop {
        debug::exit(status);
    }
}
