//! Plays the recording that lies in the board's PSRAM to the core, and prints the digest of all
//! that it did: it must be the one that the same recording has on any other machine.
//!
//! The length of the recording stands before it, in 4 bytes, little-endian. What is printed is the
//! digest, the number of actions, how many times sixteen cycles they took, and how many the longest
//! of the reset path's datagrams took, with all that it led to: with `-icount shift=0` an
//! instruction takes a nanosecond, and a cycle 40 of them.
#![no_std]
#![no_main]

use core::fmt::Write as _;
use core::panic::PanicInfo;

use cortex_m_rt::entry;
use cortex_m_semihosting::debug;
use cortex_m_semihosting::hio::{self, HostStream};
use komainu_core::block::ApplianceSite;
use komainu_core::replay::{Event, Recording};

/// Where the recording is.
const START: *const u8 = 0x2100_0000 as *const u8;
/// How much of it there may be.
const MOST: usize = 16 << 20;
/// What comes before it.
const LENGTH: usize = 4;

#[entry]
fn main() -> ! {
    // SAFETY: the board has that much PSRAM, nothing of the program is in it, and nobody writes.
    let memory = unsafe { core::slice::from_raw_parts(START, MOST) };
    let mut record = [0; ApplianceSite::RECORD_LEN];
    let Ok(mut out) = hio::hstdout() else { end(false) };
    let done = play(memory, &mut record, &mut out);
    end(done.is_some())
}

fn play(memory: &[u8], record: &mut [u8], out: &mut HostStream) -> Option<()> {
    let (len, rest) = memory.split_first_chunk::<LENGTH>()?;
    let bytes = rest.get(..u32::from_le_bytes(*len) as usize)?;
    let recording = Recording::open(bytes).ok()?;
    let mut site: ApplianceSite = recording.vacant().ok()?;
    let began = ticks();
    let (mut last, mut longest) = (began, 0);
    let mut look = |event: &Event<'_>| {
        let now = ticks();
        if matches!(event, Event::ResetPath { .. }) {
            longest = longest.max(now.wrapping_sub(last));
        }
        last = now;
    };
    let played = recording.play_and_look(&mut site, record, &mut look).ok()?;
    let took = ticks().wrapping_sub(began);
    for byte in played.digest.expose() {
        write!(out, "{byte:02x}").ok()?;
    }
    writeln!(out, " {} {took} {longest}", played.actions).ok()
}

/// Sixteen cycles of the processor each, on the board's dual timer, which counts down.
fn ticks() -> u32 {
    let (value, control) = (0x4000_2004 as *const u32, 0x4000_2008 as *mut u32);
    // SAFETY: registers of the timer, which nothing else here uses: on, free running, 32 bits.
    unsafe {
        control.write_volatile(1 << 7 | 1 << 2 | 1 << 1);
        !value.read_volatile()
    }
}

fn end(done: bool) -> ! {
    loop {
        debug::exit(if done { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    end(false)
}
