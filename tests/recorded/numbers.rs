//! The recorded numbers, drawn again.

use komainu_core::rng::Chance;

/// Chance that gives back what was drawn in the recording, told apart by how much is drawn.
#[derive(Default)]
pub(super) struct Numbers {
    /// A sequence number; also the jitter of a pause.
    pub(super) one: u8,
    /// First sequence number of the BMC's packets (1.5).
    pub(super) four: [u8; 4],
    /// RAKP message tag and session id.
    pub(super) five: [u8; 5],
    /// Random number of RAKP 1, or an encryption's vector.
    pub(super) sixteen: [u8; 16],
}

impl Chance for Numbers {
    fn fill(&mut self, out: &mut [u8]) {
        match out.len() {
            1 => out.copy_from_slice(&[self.one]),
            4 => out.copy_from_slice(&self.four),
            5 => out.copy_from_slice(&self.five),
            16 => out.copy_from_slice(&self.sixteen),
            other => panic!("a session draws {other} bytes, which no recording holds"),
        }
    }
}
