//! The network interface: SMSC's LAN9118, by its FIFOs.

use komainu_appliance::hardware::{FRAME, Nic};
use komainu_drivers::register::Block;

/// Its data FIFOs, and its status FIFO of what came.
const RX_DATA: usize = 0x00;
const TX_DATA: usize = 0x20;
const RX_STATUS: usize = 0x40;
const TX_STATUS: usize = 0x48;
/// Interrupts: the pin, what has happened, what is told, and from which filling on.
const IRQ_CFG: usize = 0x54;
const INT_STS: usize = 0x58;
const INT_EN: usize = 0x5c;
const FIFO_INT: usize = 0x68;
const TX_CFG: usize = 0x70;
const HW_CFG: usize = 0x74;
const RX_FIFO_INF: usize = 0x7c;
const TX_FIFO_INF: usize = 0x80;
const PMT_CTRL: usize = 0x84;
const MAC_CSR_CMD: usize = 0xa4;
const MAC_CSR_DATA: usize = 0xa8;

/// Registers of the MAC, behind a window.
const MAC_CR: u32 = 1;
const MAC_ADDRH: u32 = 2;
const MAC_ADDRL: u32 = 3;
const CSR_BUSY: u32 = 1 << 31;
const CSR_READ: u32 = 1 << 30;
/// MAC: receive and transmit.
const RECEIVE_AND_TRANSMIT: u32 = 1 << 2 | 1 << 3;

const READY: u32 = 1;
const SOFT_RESET: u32 = 1;
/// Store and forward, and 5 KiB of the memory to transmit from.
const MEMORY: u32 = 0x0005_0000;
const TX_ON: u32 = 1 << 1;
/// A frame has come.
const RECEIVED: u32 = 1 << 3;
/// The pin is driven, high when something has happened.
const PIN: u32 = 1 << 8 | 1 << 4 | 1;
/// The frame is damaged.
const RX_ERROR: u32 = 1 << 15;
/// So many damaged frames are passed over at once: the loop has other things to do.
const MOST_DAMAGED: usize = 64;
/// Behind each frame, in bytes.
const CHECK: usize = 4;
/// This piece is the whole frame.
const WHOLE: u32 = 1 << 13 | 1 << 12;
/// Words of its own around a frame that is to be sent.
const COMMANDS: usize = 2;

/// The interface.
pub(crate) struct Lan9118(Block);

impl Lan9118 {
    /// Resets it, and has it receive under its own address.
    pub(crate) fn new(block: Block) -> Self {
        while block.read(PMT_CTRL) & READY == 0 {}
        block.write(HW_CFG, SOFT_RESET);
        while block.read(HW_CFG) & SOFT_RESET != 0 {}
        block.write(HW_CFG, MEMORY);
        let nic = Self(block);
        nic.write_mac(MAC_CR, RECEIVE_AND_TRANSMIT);
        block.write(TX_CFG, TX_ON);
        block.write(FIFO_INT, 0);
        block.write(INT_EN, RECEIVED);
        block.write(IRQ_CFG, PIN);
        nic
    }

    fn settle(&self) {
        while self.0.read(MAC_CSR_CMD) & CSR_BUSY != 0 {}
    }

    fn read_mac(&self, register: u32) -> u32 {
        self.0.write(MAC_CSR_CMD, CSR_BUSY | CSR_READ | register);
        self.settle();
        self.0.read(MAC_CSR_DATA)
    }

    fn write_mac(&self, register: u32, value: u32) {
        self.0.write(MAC_CSR_DATA, value);
        self.0.write(MAC_CSR_CMD, CSR_BUSY | register);
        self.settle();
    }
}

impl Nic for Lan9118 {
    fn address(&self) -> [u8; 6] {
        let [a, b, c, d] = self.read_mac(MAC_ADDRL).to_le_bytes();
        let [e, f, ..] = self.read_mac(MAC_ADDRH).to_le_bytes();
        [a, b, c, d, e, f]
    }

    fn set_address(&mut self, [a, b, c, d, e, f]: [u8; 6]) {
        self.write_mac(MAC_ADDRL, u32::from_le_bytes([a, b, c, d]));
        self.write_mac(MAC_ADDRH, u32::from_le_bytes([e, f, 0, 0]));
    }

    fn receive(&mut self, frame: &mut [u8; FRAME]) -> Option<usize> {
        // Before the look, so that a frame that comes behind it ends the next sleep.
        self.0.write(INT_STS, RECEIVED);
        for _ in 0..MOST_DAMAGED {
            if self.0.read(RX_FIFO_INF) >> 16 & 0xff == 0 {
                return None;
            }
            let status = self.0.read(RX_STATUS);
            let len = (status >> 16 & 0x3fff) as usize;
            for word in 0..len.div_ceil(4) {
                let bytes = self.0.read(RX_DATA).to_le_bytes();
                let room = frame.get_mut(4 * word..).unwrap_or_default();
                room.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
            }
            let len = len.saturating_sub(CHECK);
            if status & RX_ERROR == 0 && len > 0 && len <= FRAME {
                return Some(len);
            }
        }
        None
    }

    fn send(&mut self, frame: &[u8]) -> bool {
        let words = frame.len().div_ceil(4) + COMMANDS;
        // What became of those before is of no interest, but their entries take room.
        while self.0.read(TX_FIFO_INF) >> 16 & 0xff != 0 {
            self.0.read(TX_STATUS);
        }
        if (self.0.read(TX_FIFO_INF) & 0xffff) < 4 * words as u32 {
            return false;
        }
        self.0.write(TX_DATA, WHOLE | frame.len() as u32);
        self.0.write(TX_DATA, frame.len() as u32);
        for chunk in frame.chunks(4) {
            let mut word = [0; 4];
            word.iter_mut().zip(chunk).for_each(|(place, byte)| *place = *byte);
            self.0.write(TX_DATA, u32::from_le_bytes(word));
        }
        true
    }
}
