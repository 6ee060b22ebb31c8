//! Loopback addresses of their own for every test, so that tests may run side by side.

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};

/// The port of RMCP; ordinary users cannot serve it.
const RMCP: u16 = 623;
/// Served by those who may not serve the former.
const HIGH: u16 = 6230;

/// An address below 127.64.0.0/10 that no other test of this or a concurrent run uses.
pub(crate) fn unique() -> SocketAddrV4 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let number = TAKEN.fetch_add(1, Ordering::Relaxed);
    let [.., run_high, run_low] = process::id().to_be_bytes();
    let [high, low] = (number % 1000).to_be_bytes();
    let ip = Ipv4Addr::new(127, 64 + (run_low & 0x3f), (run_high << 2) | high, low);
    SocketAddrV4::new(ip, port())
}

/// The port that BMCs are served on: 623 where this user may, else 6230.
pub(crate) fn port() -> u16 {
    static PORT: OnceLock<u16> = OnceLock::new();
    *PORT.get_or_init(|| {
        let probe = Ipv4Addr::new(127, 63, 0, 1);
        if UdpSocket::bind((probe, RMCP)).is_ok() { RMCP } else { HIGH }
    })
}

/// Whether BMCs are served on the standard port, which some clients cannot leave.
pub(crate) fn is_standard() -> bool {
    port() == RMCP
}
