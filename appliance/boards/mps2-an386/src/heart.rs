//! Clock, watchdog, sleep, and what the emulator's host lends: its clock and its generator.

use cortex_m::asm::wfi;
use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{NVIC, SYST};
use cortex_m_semihosting::syscall;
use komainu_appliance::hardware::{Heart, NoEntropy};
use komainu_core::time::Instant;
use komainu_drivers::register::Block;

/// Dual timer: load, value, control.
const LOAD: usize = 0x00;
const VALUE: usize = 0x04;
const CONTROL: usize = 0x08;
/// On, 32 bits wide, free running, counting each sixteenth cycle.
const FREE_RUNNING: u32 = 1 << 7 | 1 << 2 | 1 << 1;
/// Cycles of the processor in a microsecond.
const CYCLES: u64 = 25;
/// Cycles for each count of the timer.
const DIVISOR: u64 = 16;

/// Watchdog: load, control, clearing, lock.
const WATCHDOG_CONTROL: usize = 0x08;
const WATCHDOG_CLEAR: usize = 0x0c;
const WATCHDOG_LOCK: usize = 0xc00;
const UNLOCKED: u32 = 0x1acc_e551;
/// It interrupts at its first end, and resets at its second.
const INTERRUPT_AND_RESET: u32 = 3;
/// Cycles until its end: 4 s.
const PATIENCE: u32 = 4 * 25_000_000;

/// Longest sleep that the tick can count, in cycles.
const LONGEST: u64 = 0x00ff_ffff;

/// The generator of the emulator's host.
const GENERATOR: &[u8] = b"/dev/urandom\0";
/// Opens a file to read bytes.
const READ_BYTES: usize = 1;

/// The interrupt of the network interface.
#[derive(Clone, Copy)]
struct Network;

// SAFETY: 13 is the line of the Ethernet interface in the table of image AN386.
unsafe impl InterruptNumber for Network {
    fn number(self) -> u16 {
        13
    }
}

/// Clock, watchdog and sleep.
pub(crate) struct Beat {
    timer: Block,
    watchdog: Block,
    tick: SYST,
    /// Counts since the start.
    counted: u64,
    last: u32,
}

impl Beat {
    /// Starts the clock and the watchdog.
    pub(crate) fn new(timer: Block, watchdog: Block, mut tick: SYST) -> Self {
        timer.write(LOAD, u32::MAX);
        timer.write(CONTROL, FREE_RUNNING);
        watchdog.write(WATCHDOG_LOCK, UNLOCKED);
        watchdog.write(LOAD, PATIENCE);
        watchdog.write(WATCHDOG_CONTROL, INTERRUPT_AND_RESET);
        tick.set_clock_source(SystClkSource::Core);
        // SAFETY: interrupts stay off, so that nothing is preempted: they only end a sleep.
        unsafe { NVIC::unmask(Network) };
        Self { timer, watchdog, tick, counted: 0, last: timer.read(VALUE) }
    }
}

impl Heart for Beat {
    fn now(&mut self) -> Instant {
        let value = self.timer.read(VALUE);
        // It counts down, and round every 45 minutes.
        self.counted += u64::from(self.last.wrapping_sub(value));
        self.last = value;
        Instant::from_micros(self.counted * DIVISOR / CYCLES)
    }

    fn unix_ms(&mut self) -> u64 {
        // SAFETY: the call takes no argument and touches no memory.
        let seconds = unsafe { syscall!(TIME) };
        seconds as u64 * 1000
    }

    fn feed(&mut self) {
        self.watchdog.write(WATCHDOG_CLEAR, 1);
    }

    fn wait(&mut self, now: Instant, until: Instant) {
        let micros = u64::try_from(until.since(now).as_micros()).unwrap_or(u64::MAX);
        let cycles = micros.saturating_mul(CYCLES).min(LONGEST);
        if cycles == 0 {
            return;
        }
        self.tick.set_reload(cycles as u32);
        self.tick.clear_current();
        self.tick.enable_interrupt();
        self.tick.enable_counter();
        wfi();
        self.tick.disable_counter();
        cortex_m::peripheral::SCB::clear_pendst();
        NVIC::unpend(Network);
    }

    fn entropy(&mut self, out: &mut [u8]) -> Result<(), NoEntropy> {
        // SAFETY: a name that ends in NUL, and its length without it.
        let file = unsafe { syscall!(OPEN, GENERATOR.as_ptr(), READ_BYTES, GENERATOR.len() - 1) };
        if file as isize == -1 {
            return Err(NoEntropy);
        }
        // SAFETY: `out` is borrowed for the call alone, with its length.
        let missing = unsafe { syscall!(READ, file, out.as_mut_ptr(), out.len()) };
        // SAFETY: the file was opened above.
        unsafe { syscall!(CLOSE, file) };
        if missing == 0 { Ok(()) } else { Err(NoEntropy) }
    }
}
