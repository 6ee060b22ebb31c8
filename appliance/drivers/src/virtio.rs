//! Devices of Virtio 1.1 behind registers in memory (4.2), and split queues (2.6).

use core::sync::atomic::{Ordering, fence};

use crate::register::Block;

/// What a transport says of itself.
const MAGIC: u32 = 0x7472_6976;
const VERSION: u32 = 2;
/// Registers.
const DEVICE_ID: usize = 0x08;
const FEATURES_OF_DRIVER: usize = 0x20;
const FEATURES_OF_DRIVER_SELECT: usize = 0x24;
const QUEUE_SELECT: usize = 0x30;
const QUEUE_SIZE: usize = 0x38;
const QUEUE_READY: usize = 0x44;
const NOTIFY: usize = 0x50;
const INTERRUPT: usize = 0x60;
const INTERRUPT_DONE: usize = 0x64;
const STATUS: usize = 0x70;
/// Addresses of the three parts of a queue.
const DESCRIPTORS: usize = 0x80;
const AVAILABLE: usize = 0x90;
const USED: usize = 0xa0;
/// Offset of what a device is beside all that.
pub const OWN: usize = 0x100;
/// Status: noticed, with a driver, features agreed, running.
const NOTICED: u32 = 1;
const DRIVEN: u32 = 2;
const RUNNING: u32 = 4;
const AGREED: u32 = 8;
/// Features from the 32nd on: it keeps to the standard.
const STANDARD: u32 = 1;
/// A descriptor's buffer is the device's to write.
const WRITABLE: u16 = 2;

/// A device and its registers.
#[derive(Clone, Copy)]
pub struct Device(Block);

impl Device {
    /// The device, when it is there and of that kind; it agrees to those of the lowest features.
    pub fn begin(block: Block, kind: u32, features: u32) -> Option<Self> {
        let is = block.read(0) == MAGIC && block.read(4) == VERSION;
        if !is || block.read(DEVICE_ID) != kind {
            return None;
        }
        block.write(STATUS, 0);
        block.write(STATUS, NOTICED | DRIVEN);
        for (select, features) in [features, STANDARD].into_iter().enumerate() {
            block.write(FEATURES_OF_DRIVER_SELECT, select as u32);
            block.write(FEATURES_OF_DRIVER, features);
        }
        block.write(STATUS, NOTICED | DRIVEN | AGREED);
        (block.read(STATUS) & AGREED != 0).then_some(Self(block))
    }

    /// It may work from now on.
    pub fn run(self) {
        self.0.write(STATUS, NOTICED | DRIVEN | AGREED | RUNNING);
    }

    /// What it has told by its interrupt is known.
    pub fn heard(self) {
        self.0.write(INTERRUPT_DONE, self.0.read(INTERRUPT));
    }
}

#[repr(C)]
struct Descriptor {
    at: u64,
    len: u32,
    flags: u16,
    next: u16,
}

#[repr(C)]
struct Available<const N: usize> {
    flags: u16,
    count: u16,
    places: [u16; N],
}

#[repr(C)]
struct Done {
    place: u32,
    len: u32,
}

#[repr(C, align(4))]
struct Used<const N: usize> {
    flags: u16,
    count: u16,
    done: [Done; N],
}

/// Memory that is shared with a device: a queue, and a room for each of its places.
#[repr(C, align(16))]
pub struct Memory<const N: usize, const ROOM: usize> {
    descriptors: [Descriptor; N],
    available: Available<N>,
    used: Used<N>,
    rooms: [[u8; ROOM]; N],
}

/// A queue of a device.
pub struct Queue<const N: usize, const ROOM: usize> {
    device: Device,
    number: u32,
    memory: *mut Memory<N, ROOM>,
    /// Places that were given to the device, and that came back.
    given: u16,
    back: u16,
}

impl<const N: usize, const ROOM: usize> Queue<N, ROOM> {
    /// The device's queue of that number.
    ///
    /// # Safety
    ///
    /// The memory is this queue's alone, for ever; what is in it does not matter.
    // SAFETY: by who calls it, as told above.
    pub unsafe fn new(device: Device, number: u32, memory: *mut Memory<N, ROOM>) -> Self {
        // SAFETY: all bits zero are a value of it, and it is this queue's alone.
        unsafe { memory.write_bytes(0, 1) };
        let registers = device.0;
        registers.write(QUEUE_SELECT, number);
        registers.write(QUEUE_SIZE, N as u32);
        // SAFETY: addresses within the memory; nothing is accessed.
        let parts = unsafe {
            [
                (DESCRIPTORS, (&raw mut (*memory).descriptors) as u32),
                (AVAILABLE, (&raw mut (*memory).available) as u32),
                (USED, (&raw mut (*memory).used) as u32),
            ]
        };
        for (register, address) in parts {
            registers.write(register, address);
            registers.write(register + 4, 0);
        }
        registers.write(QUEUE_READY, 1);
        Self { device, number, memory, given: 0, back: 0 }
    }

    /// The place that is given next, when the device has not got all of them.
    pub fn free(&self) -> Option<usize> {
        let has = self.given.wrapping_sub(self.back);
        (usize::from(has) < N).then_some(usize::from(self.given) % N)
    }

    /// The room of a place that the device has not got.
    pub fn room(&mut self, place: usize) -> &mut [u8; ROOM] {
        // SAFETY: within the memory; the device writes to rooms that were given to it alone.
        unsafe { &mut (*self.memory).rooms[place % N] }
    }

    /// Gives the next place to the device: so much of its room is to be read, or to be written.
    pub fn give(&mut self, len: usize, writable: bool) {
        let Some(place) = self.free() else { return };
        let flags = if writable { WRITABLE } else { 0 };
        // SAFETY: within the memory; the device looks at the place only when the count tells it.
        unsafe {
            let at = (&raw mut (*self.memory).rooms[place]) as u64;
            let descriptor = Descriptor { at, len: len.min(ROOM) as u32, flags, next: 0 };
            (&raw mut (*self.memory).descriptors[place]).write_volatile(descriptor);
            (&raw mut (*self.memory).available.places[place]).write_volatile(place as u16);
        }
        fence(Ordering::SeqCst);
        self.given = self.given.wrapping_add(1);
        // SAFETY: as before.
        unsafe { (&raw mut (*self.memory).available.count).write_volatile(self.given) };
        fence(Ordering::SeqCst);
        self.device.0.write(NOTIFY, self.number);
    }

    /// The next place that the device is done with, and how much it wrote there. This device gives
    /// places back in the order in which it got them; one that does not is believed no more.
    pub fn done(&mut self) -> Option<(usize, usize)> {
        // SAFETY: within the memory; the device changes it, so it is read anew each time.
        let count = unsafe { (&raw const (*self.memory).used.count).read_volatile() };
        if count == self.back {
            return None;
        }
        fence(Ordering::SeqCst);
        let place = usize::from(self.back) % N;
        // SAFETY: as before.
        let done = unsafe { (&raw const (*self.memory).used.done[place]).read_volatile() };
        assert!(done.place as usize == place, "places come back in order");
        self.back = self.back.wrapping_add(1);
        Some((place, (done.len as usize).min(ROOM)))
    }
}
