//! What a board gives, and all that tells one board from another.

use komainu_core::time::Instant;

/// Longest Ethernet frame without its check sum, in bytes.
pub const FRAME: usize = 1514;

/// A board.
pub trait Hardware: 'static {
    /// Its network interface.
    type Nic: Nic + 'static;
    /// Where the durable record is kept.
    type Flash: Flash;
    /// Its clock, its watchdog, and its way of waiting.
    type Heart: Heart;

    /// Takes it apart, once it was started.
    fn parts(self) -> (Self::Nic, Self::Flash, Self::Heart);
}

/// A network interface.
pub trait Nic {
    /// The address that the hardware has, used unless the configuration gives another.
    fn address(&self) -> [u8; 6];

    /// Receives under this address from now on.
    fn set_address(&mut self, address: [u8; 6]);

    /// The next frame that has come; its length, without the check sum. One that is longer than
    /// the room is dropped.
    fn receive(&mut self, frame: &mut [u8; FRAME]) -> Option<usize>;

    /// Sends a frame, and says whether it could; waiting for room is no use.
    fn send(&mut self, frame: &[u8]) -> bool;
}

/// Memory that outlives a loss of power: pages that are erased to ones, and units that are
/// programmed once after that.
///
/// A cut of power in the middle of either leaves anything in that page or that unit, and nothing
/// else is touched.
pub trait Flash {
    /// Bytes that are erased at once.
    const PAGE: usize;
    /// Bytes that are programmed at once: a divisor of 32.
    const UNIT: usize;
    /// How many pages there are.
    const PAGES: usize;

    /// Reads what is there, from that byte on.
    fn read(&self, at: usize, out: &mut [u8]);

    /// Sets all bits of a page, and says whether that was done.
    fn erase(&mut self, page: usize) -> bool;

    /// Programs `bytes`, whole units of them, from that byte on; whether that was done.
    fn program(&mut self, at: usize, bytes: &[u8]) -> bool;
}

/// What keeps the loop going.
pub trait Heart {
    /// The present moment, from an origin that stays until the next start. Read at least once a
    /// minute.
    fn now(&mut self) -> Instant;

    /// Milliseconds of UNIX time, as far as the board knows it; 0 otherwise.
    fn unix_ms(&mut self) -> u64;

    /// Tells the watchdog that the loop is alive. Called from the loop and from nowhere else.
    fn feed(&mut self);

    /// Sleeps until that moment, or until a frame comes; it may return earlier.
    fn wait(&mut self, now: Instant, until: Instant);

    /// Fills `out` from the hardware's generator of random numbers. Without one that works the
    /// appliance does not start.
    fn entropy(&mut self, out: &mut [u8]) -> Result<(), NoEntropy>;
}

/// There is no generator, or it does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoEntropy;
