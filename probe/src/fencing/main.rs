//! Sixteen sessions and fencings on bare metal, without an allocator.
//!
//! Sixteen servers are fenced at once through sessions of IPMI 1.5, a recorded login of IPMI 2.0
//! is walked through again, and a digest is compared with RFC 4231. What is measured is written
//! through semihosting: the depth of the stack, and the sizes of the two machines. The image ends
//! the emulator with status 0 when all of it went well.
#![no_std]
#![no_main]

mod guard;
mod login;

use core::hint::black_box;
use core::mem::MaybeUninit;

use cortex_m_rt::entry;
use komainu_core::crypto::{Hash, hmac};
use komainu_core::fence::Fence;
use komainu_core::limits::MAX_DATAGRAM;
use komainu_core::rng::{Drbg, Seed};
use komainu_core::secret::{Key, KeyRing};
use komainu_core::session::Session;
use komainu_probe::report;

use guard::{Desk, SERVERS, Site};

#[entry]
fn main() -> ! {
    static mut SITES: [MaybeUninit<Site>; SERVERS] = [const { MaybeUninit::uninit() }; SERVERS];
    static mut OUT: [u8; MAX_DATAGRAM] = [0; MAX_DATAGRAM];
    static mut INBOX: [u8; MAX_DATAGRAM] = [0; MAX_DATAGRAM];

    let result = run(SITES, Desk { out: OUT, inbox: INBOX });
    let things = [
        ("stack", report::stack_depth()),
        ("session", size_of::<Session>()),
        ("fence", size_of::<Fence>()),
        ("site", size_of::<Site>()),
    ];
    report::finish(result, &things)
}

fn run(sites: &mut [MaybeUninit<Site>; SERVERS], mut desk: Desk<'_>) -> Result<(), &'static str> {
    digest()?;
    // The optimiser must not know the key, the seed or what follows from them.
    let password = Key::new(black_box(b"password".as_slice())).map_err(|_| "the key")?;
    let keys = [password];
    let ring = KeyRing::new(&keys);
    let [first, ..] = sites;
    login::walk(first, ring, &mut desk)?;
    let mut chance = Drbg::new(&Seed::new(black_box([0x4b; 32])));
    guard::fence_all(sites, ring, &mut chance, &mut desk)
}

/// RFC 4231, test case 2.
fn digest() -> Result<(), &'static str> {
    const WANT: [u8; 32] = [
        0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75,
        0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec,
        0x38, 0x43,
    ];
    let digest = hmac(Hash::Sha256, black_box(b"Jefe"), &[b"what do ya want ", b"for nothing?"]);
    if digest.expose() == WANT { Ok(()) } else { Err("the digest") }
}
