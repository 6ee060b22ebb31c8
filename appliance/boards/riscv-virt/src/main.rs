//! The appliance on QEMU's virtual board with a 32-bit RISC-V processor (RV32IMAC).
//!
//! The drivers are those of devices that other machines have as well: Virtio for the network and
//! for the generator, parallel flash with Intel's commands, ACLINT and PLIC. The watchdog is the
//! timer's interrupt: it sees a loop that hangs, and none that has stopped the processor.
#![no_std]
#![no_main]

mod end;
mod flash;
mod heart;
mod nic;

// The logger of this board, and interrupts held off while it writes.
use defmt_semihosting as _;
use komainu_appliance::hardware::Hardware;
use komainu_appliance::shell::{self, Refused, Rooms};
use komainu_drivers::register::Block;

use flash::Chips;
use heart::{Beat, Devices};
use nic::VirtioNet;

/// The second bank of flash; the configuration is in its third block.
const FLASH: usize = 0x2200_0000;
const CONFIGURATION: usize = FLASH + (512 << 10);
const BLOCK_LEN: usize = komainu_core::limits::MAX_BLOCK;
/// The interrupt of the first place for devices.
const NETWORK: u32 = 1;

/// The board.
struct Board {
    nic: VirtioNet,
    flash: Chips,
    heart: Beat,
}

impl Hardware for Board {
    type Nic = VirtioNet;
    type Flash = Chips;
    type Heart = Beat;

    fn parts(self) -> (VirtioNet, Chips, Beat) {
        (self.nic, self.flash, self.heart)
    }
}

#[riscv_rt::entry]
fn main() -> ! {
    static mut ROOMS: Rooms<Board> = Rooms::new();

    let rooms = &raw mut ROOMS;
    // SAFETY: the devices are at these addresses by the board's memory map; each is taken here
    // once. Nobody else has the rooms. The configuration is only read, and the flash reads as
    // memory whenever no order is under way.
    let (heart, nic, flash, block, rooms) = unsafe {
        let heart = Beat::new(Devices {
            timer: Block::at(0x0200_0000),
            interrupts: Block::at(0x0c00_0000),
            time: Block::at(0x0010_1000),
            generator: Block::at(0x1000_2000),
        });
        let block = core::slice::from_raw_parts(CONFIGURATION as *const u8, BLOCK_LEN);
        let nic = VirtioNet::new(Block::at(0x1000_1000));
        (heart, nic, Chips::new(Block::at(FLASH)), block, &mut *rooms)
    };
    let (mut heart, Some((nic, device))) = (heart, nic) else { end::reset() };
    heart.wake_by(device, NETWORK);
    refuse(&shell::run(Board { nic, flash, heart }, block, rooms))
}

/// Says why it does not start, and leaves it to the watchdog to try again.
fn refuse(refused: &Refused) -> ! {
    refused.log();
    loop {
        riscv::asm::wfi();
    }
}
