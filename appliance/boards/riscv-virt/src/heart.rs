//! Clock, watchdog, sleep, time of day, and the generator of random numbers.

use core::mem::MaybeUninit;

use komainu_appliance::hardware::{Heart, NoEntropy};
use komainu_core::time::Instant;
use komainu_drivers::register::Block;
use komainu_drivers::virtio::{Device, Memory, Queue};
use riscv::register::{mie, mstatus};

/// The timer (ACLINT): compared with, and counted.
const COMPARE: usize = 0x4000;
const COUNT: usize = 0xbff8;
/// Counts in a microsecond.
const COUNTS: u64 = 10;
/// The loop has so long for a turn.
const PATIENCE: u64 = 4_000_000 * COUNTS;
/// The interrupt controller (PLIC): weights, which interrupts, from which weight on, which one.
const WEIGHTS: usize = 0;
const ENABLED: usize = 0x2000;
const LEAST: usize = 0x20_0000;
const CLAIM: usize = 0x20_0004;
/// Time of day in nanoseconds (goldfish): the lower half is read first.
const TIME_LOW: usize = 0;
const TIME_HIGH: usize = 4;
/// A generator of Virtio.
const GENERATOR: u32 = 4;
/// It is asked so often for an answer.
const LOOKS: u32 = 10_000_000;
const DRAWN: usize = 32;

/// The devices that a heart is made of.
pub(crate) struct Devices {
    pub(crate) timer: Block,
    pub(crate) interrupts: Block,
    pub(crate) time: Block,
    pub(crate) generator: Block,
}

/// Clock, watchdog and sleep.
pub(crate) struct Beat {
    devices: Devices,
    /// Whose interrupt ends a sleep, and its number.
    network: Option<(Device, u32)>,
    /// The watchdog's end.
    until: u64,
}

impl Beat {
    /// Starts the watchdog: the timer's interrupt, which nobody handles.
    pub(crate) fn new(devices: Devices) -> Self {
        let mut beat = Self { devices, network: None, until: 0 };
        beat.feed();
        // SAFETY: an interrupt ends in the reset that is wanted then.
        unsafe {
            mie::set_mtimer();
            mstatus::set_mie();
        }
        beat
    }

    /// Has that device end a sleep.
    pub(crate) fn wake_by(&mut self, device: Device, number: u32) {
        let interrupts = self.devices.interrupts;
        interrupts.write(WEIGHTS + 4 * number as usize, 1);
        interrupts.write(ENABLED, 1 << number);
        interrupts.write(LEAST, 0);
        self.network = Some((device, number));
    }

    fn count(&self) -> u64 {
        let timer = self.devices.timer;
        loop {
            let (high, low) = (timer.read(COUNT + 4), timer.read(COUNT));
            if timer.read(COUNT + 4) == high {
                return u64::from(high) << 32 | u64::from(low);
            }
        }
    }

    fn alarm(&self, at: u64) {
        // Never an early one in between.
        self.devices.timer.write(COMPARE + 4, u32::MAX);
        self.devices.timer.write(COMPARE, at as u32);
        self.devices.timer.write(COMPARE + 4, (at >> 32) as u32);
    }
}

impl Heart for Beat {
    fn now(&mut self) -> Instant {
        Instant::from_micros(self.count() / COUNTS)
    }

    fn unix_ms(&mut self) -> u64 {
        let low = self.devices.time.read(TIME_LOW);
        let high = self.devices.time.read(TIME_HIGH);
        (u64::from(high) << 32 | u64::from(low)) / 1_000_000
    }

    fn feed(&mut self) {
        self.until = self.count() + PATIENCE;
        self.alarm(self.until);
    }

    fn wait(&mut self, now: Instant, until: Instant) {
        if until <= now {
            return;
        }
        // SAFETY: without interrupts a sleep ends all the same, and the timer is nobody's but ours
        // until the watchdog has it back.
        unsafe { mstatus::clear_mie() };
        self.alarm((until.as_micros().saturating_mul(COUNTS)).min(self.until));
        // SAFETY: none of it is taken, it only ends the sleep.
        unsafe { mie::set_mext() };
        riscv::asm::wfi();
        // SAFETY: as it was before.
        unsafe { mie::clear_mext() };
        if let Some((device, number)) = self.network {
            let interrupts = self.devices.interrupts;
            if interrupts.read(CLAIM) == number {
                device.heard();
                interrupts.write(CLAIM, number);
            }
        }
        self.alarm(self.until);
        // SAFETY: the watchdog's interrupt ends in the reset that is wanted then.
        unsafe { mstatus::set_mie() };
    }

    fn entropy(&mut self, out: &mut [u8]) -> Result<(), NoEntropy> {
        // In the program's own memory: it is wiped with all the rest.
        static mut MEMORY: MaybeUninit<Memory<1, DRAWN>> = MaybeUninit::uninit();
        let device = Device::begin(self.devices.generator, GENERATOR, 0).ok_or(NoEntropy)?;
        // SAFETY: nobody else has this memory; the queue before it, if there was one, has ended
        // with the device's new beginning.
        let mut queue: Queue<1, DRAWN> = unsafe { Queue::new(device, 0, (&raw mut MEMORY).cast()) };
        device.run();
        for chunk in out.chunks_mut(DRAWN) {
            queue.give(chunk.len(), true);
            let mut looks = 0..LOOKS;
            let drawn = looks.find_map(|_| queue.done()).ok_or(NoEntropy)?;
            let (place, len) = drawn;
            let room = queue.room(place);
            if len < chunk.len() {
                return Err(NoEntropy);
            }
            chunk.iter_mut().zip(room.iter_mut()).for_each(|(to, from)| {
                *to = core::mem::take(from);
            });
        }
        Ok(())
    }
}
