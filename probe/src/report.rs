//! What the image tells its emulator.

use core::ptr;

use cortex_m_semihosting::{debug, hio};
use komainu_core::fence::Fence;
use komainu_core::session::Session;

use crate::guard::Site;

/// What the stack is filled with before `main` (feature `paint-stack` of cortex-m-rt).
const PAINT: u32 = 0xcccc_cccc;

// SAFETY: the linker script defines both as the ends of a region of words.
unsafe extern "C" {
    /// The lowest word that the stack may use, by the linker script of cortex-m-rt.
    static mut _stack_end: u32;
    /// The word behind the highest one.
    static mut _stack_start: u32;
}

/// Writes one `name value` line for each thing that is measured here, in bytes.
pub(crate) fn sizes() {
    line("stack", stack_depth());
    line("session", size_of::<Session>());
    line("fence", size_of::<Fence>());
    line("site", size_of::<Site>());
}

/// How much of the stack was ever used, in bytes.
fn stack_depth() -> usize {
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

/// Says what went wrong.
pub(crate) fn failure(what: &str) {
    for text in [b"failed: ", what.as_bytes(), b"\n"] {
        say(text);
    }
}

fn say(text: &[u8]) {
    if let Ok(mut out) = hio::hstdout() {
        // Without a host that listens nothing can be said, and nobody misses it.
        let _unheard = out.write_all(text);
    }
}

/// Ends the emulator.
pub(crate) fn end(status: debug::ExitStatus) -> ! {
    loop {
        debug::exit(status);
    }
}
