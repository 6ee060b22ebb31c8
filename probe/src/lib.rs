//! Komainu's core on bare metal, without an allocator: what the images share.
#![no_std]

pub mod bmc;
pub mod profile;
pub mod report;

use core::panic::PanicInfo;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    report::fail("a panic")
}
