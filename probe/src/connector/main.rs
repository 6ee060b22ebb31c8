//! A whole connector on bare metal, without an allocator.
//!
//! Eight clusters of two servers. In each the first member asks for the reset of the other one, at
//! once; the connector logs in to the BMCs, fences and answers, its record is written, its
//! configuration is taken over again, and it stops. All bytes are sealed and opened on both sides.
//! The image ends the emulator with status 0 when all of it went well.
#![no_std]
#![no_main]

mod config;
mod member;
mod world;

use core::mem::MaybeUninit;

use cortex_m_rt::entry;
use komainu_core::connector::Connector;
use komainu_probe::report;

use world::World;

/// How many servers an appliance guards, in how many clusters.
pub(crate) const SERVERS: usize = 16;
pub(crate) const CLUSTERS: usize = 8;

/// The connector of an appliance.
pub(crate) type Small = Connector<SERVERS, CLUSTERS>;

#[entry]
fn main() -> ! {
    static mut WORLD: MaybeUninit<World> = MaybeUninit::uninit();
    static mut CONNECTOR: MaybeUninit<Small> = MaybeUninit::uninit();

    let connector = world::start(CONNECTOR);
    let start = report::stack_depth();
    let world = World::place(WORLD);
    let mut running = 0;
    let result = world::run(connector, world, &mut running);
    let things = [
        ("stack", running),
        ("start", start),
        ("reload", report::stack_depth()),
        ("connector", size_of::<Small>()),
        ("config", size_of::<config::Given>()),
        ("record", Small::RECORD_LEN),
        ("world", size_of::<World>()),
    ];
    report::finish(result, &things)
}
