//! One frame each way, lent to the IP stack.

use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

use crate::hardware::{FRAME, Nic};

/// The interface, and room for a frame in and a frame out.
pub(super) struct Port<N> {
    pub(super) nic: N,
    incoming: [u8; FRAME],
    /// Length of the frame that has come.
    len: usize,
    outgoing: [u8; FRAME],
}

impl<N: Nic> Port<N> {
    pub(super) const fn new(nic: N) -> Self {
        Self { nic, incoming: [0; FRAME], len: 0, outgoing: [0; FRAME] }
    }

    /// Takes the next frame in; whether there is one.
    pub(super) fn fetch(&mut self) -> bool {
        self.len = self.nic.receive(&mut self.incoming).unwrap_or(0);
        self.len > 0
    }

    /// The frame that has come.
    pub(super) fn frame(&self) -> &[u8] {
        self.incoming.get(..self.len).unwrap_or_default()
    }

    /// The same, as scratch.
    pub(super) fn frame_mut(&mut self) -> &mut [u8] {
        self.incoming.get_mut(..self.len).unwrap_or_default()
    }

    /// Sends a frame of that length that `write` writes; whether it was sent.
    pub(super) fn send(&mut self, len: usize, write: impl FnOnce(&mut [u8])) -> bool {
        let Some(frame) = self.outgoing.get_mut(..len) else { return false };
        write(frame);
        self.nic.send(frame)
    }
}

/// A frame that has come, for the stack.
pub(super) struct Came<'a>(&'a [u8]);

/// Room for a frame of the stack.
pub(super) struct Goes<'a, N> {
    nic: &'a mut N,
    room: &'a mut [u8; FRAME],
}

impl<N: Nic> Device for Port<N> {
    type RxToken<'a>
        = Came<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = Goes<'a, N>
    where
        Self: 'a;

    fn receive(&mut self, _: Instant) -> Option<(Came<'_>, Goes<'_, N>)> {
        let frame = self.incoming.get(..core::mem::take(&mut self.len))?;
        let goes = Goes { nic: &mut self.nic, room: &mut self.outgoing };
        (!frame.is_empty()).then_some((Came(frame), goes))
    }

    fn transmit(&mut self, _: Instant) -> Option<Goes<'_, N>> {
        Some(Goes { nic: &mut self.nic, room: &mut self.outgoing })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME;
        capabilities.max_burst_size = Some(1);
        capabilities
    }
}

impl phy::RxToken for Came<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, take: F) -> R {
        take(self.0)
    }
}

impl<N: Nic> phy::TxToken for Goes<'_, N> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, write: F) -> R {
        // The stack keeps to the longest frame that it was told.
        let len = len.min(FRAME);
        let frame = &mut self.room[..len];
        let result = write(frame);
        // A frame that the hardware has no room for is lost, as on the wire.
        let _ = self.nic.send(frame);
        result
    }
}
