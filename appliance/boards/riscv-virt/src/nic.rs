//! The network interface: Virtio's, without any of its extras.

use core::mem::MaybeUninit;

use komainu_appliance::hardware::{FRAME, Nic};
use komainu_drivers::register::Block;
use komainu_drivers::virtio::{Device, Memory, OWN, Queue};

/// Its kind, and the feature that its own address can be read.
const KIND: u32 = 1;
const HAS_ADDRESS: u32 = 1 << 5;
/// In front of each frame.
const HEADER: usize = 12;
const ROOM: usize = (HEADER + FRAME).next_multiple_of(4);
/// Frames that have come, and that are on their way out.
const INCOMING: usize = 8;
const OUTGOING: usize = 8;

/// What the device reads and writes by itself. No secret is in it: frames are as they were, or will
/// be, on the wire.
// SAFETY: the linker script has that section, for what may hold anything at the start.
#[unsafe(link_section = ".dma")]
static mut CAME: MaybeUninit<Memory<INCOMING, ROOM>> = MaybeUninit::uninit();
// SAFETY: as before.
#[unsafe(link_section = ".dma")]
static mut GOES: MaybeUninit<Memory<OUTGOING, ROOM>> = MaybeUninit::uninit();

/// The interface.
pub(crate) struct VirtioNet {
    own: [u8; 6],
    incoming: Queue<INCOMING, ROOM>,
    outgoing: Queue<OUTGOING, ROOM>,
}

impl VirtioNet {
    /// The interface behind those registers, if there is one.
    ///
    /// # Safety
    ///
    /// There is one of it.
    // SAFETY: by who calls it, as told above.
    pub(crate) unsafe fn new(block: Block) -> Option<(Self, Device)> {
        let device = Device::begin(block, KIND, HAS_ADDRESS)?;
        let [a, b, c, d] = block.read(OWN).to_le_bytes();
        let [e, f, ..] = block.read(OWN + 4).to_le_bytes();
        // SAFETY: nobody else has this memory, as there is one interface.
        let (mut incoming, outgoing): (Queue<INCOMING, ROOM>, _) = unsafe {
            let outgoing = Queue::new(device, 1, (&raw mut GOES).cast());
            (Queue::new(device, 0, (&raw mut CAME).cast()), outgoing)
        };
        device.run();
        while incoming.free().is_some() {
            incoming.give(ROOM, true);
        }
        Some((Self { own: [a, b, c, d, e, f], incoming, outgoing }, device))
    }

    /// A frame for this address, or for several.
    fn is_ours(&self, frame: &[u8]) -> bool {
        let target = frame.first_chunk::<6>();
        target.is_some_and(|target| *target == self.own || target[0] & 1 != 0)
    }
}

impl Nic for VirtioNet {
    fn address(&self) -> [u8; 6] {
        self.own
    }

    fn set_address(&mut self, address: [u8; 6]) {
        // The device hands over what is for anybody.
        self.own = address;
    }

    fn receive(&mut self, frame: &mut [u8; FRAME]) -> Option<usize> {
        for _ in 0..INCOMING {
            let (place, len) = self.incoming.done()?;
            let came = self.incoming.room(place).get(HEADER..len).unwrap_or_default();
            let len = came.len();
            frame.iter_mut().zip(came).for_each(|(to, from)| *to = *from);
            self.incoming.give(ROOM, true);
            if len <= FRAME && frame.get(..len).is_some_and(|frame| self.is_ours(frame)) {
                return Some(len);
            }
        }
        None
    }

    fn send(&mut self, frame: &[u8]) -> bool {
        while self.outgoing.done().is_some() {}
        let Some(place) = self.outgoing.free() else { return false };
        let (header, room) = self.outgoing.room(place).split_at_mut(HEADER);
        header.fill(0);
        room.iter_mut().zip(frame).for_each(|(to, from)| *to = *from);
        self.outgoing.give(HEADER + frame.len(), false);
        true
    }
}
