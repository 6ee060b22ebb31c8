//! The appliance on ARM's MPS2 board with image AN386 (Cortex-M4F), as QEMU emulates it.
//!
//! A test bench, and no product: its flash is a file of the emulator's host, and so is its
//! generator of random numbers.
#![no_std]
#![no_main]

mod end;
mod flash;
mod heart;
mod nic;

use cortex_m_rt::entry;
// The logger of this board.
use defmt_semihosting as _;
use komainu_appliance::hardware::Hardware;
use komainu_appliance::shell::{self, Refused, Rooms};
use komainu_drivers::register::Block;

use flash::Pages;
use heart::Beat;
use nic::Lan9118;

/// Where the configuration is in the PSRAM, and its room.
const BLOCK: usize = 0x21c0_0000;
const BLOCK_LEN: usize = komainu_core::limits::MAX_BLOCK;

/// The board.
struct Board {
    nic: Lan9118,
    flash: Pages,
    heart: Beat,
}

impl Hardware for Board {
    type Nic = Lan9118;
    type Flash = Pages;
    type Heart = Beat;

    fn parts(self) -> (Lan9118, Pages, Beat) {
        (self.nic, self.flash, self.heart)
    }
}

#[entry]
fn main() -> ! {
    static mut ROOMS: Rooms<Board> = Rooms::new();

    // Interrupts end a sleep, and never run.
    cortex_m::interrupt::disable();
    let Some(core) = cortex_m::Peripherals::take() else { end::reset() };
    // SAFETY: the devices are at these addresses by the memory map of image AN386; each is taken
    // here once. The linker's memory ends far below the pages and the configuration, which is
    // only read.
    let (board, block) = unsafe {
        let board = Board {
            // First: it has the watchdog, and the others may hang.
            heart: Beat::new(Block::at(0x4000_2000), Block::at(0x4000_8000), core.SYST),
            nic: Lan9118::new(Block::at(0x4020_0000)),
            flash: Pages::take(),
        };
        (board, core::slice::from_raw_parts(BLOCK as *const u8, BLOCK_LEN))
    };
    refuse(&shell::run(board, block, ROOMS))
}

/// Says why it does not start, and leaves it to the watchdog to try again.
fn refuse(refused: &Refused) -> ! {
    refused.log();
    loop {
        cortex_m::asm::wfi();
    }
}
