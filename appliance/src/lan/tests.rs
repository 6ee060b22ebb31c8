//! Datagrams between two networks at one cable.

use std::vec::Vec;

use core::net::SocketAddr;

use komainu_core::time::{Instant, Millis};

use crate::cable::{address, pair, turn};

const PORT: u16 = 7410;

fn at(ms: u32) -> Instant {
    Instant::from_micros(0) + Millis::new(ms)
}

fn other() -> SocketAddr {
    SocketAddr::from((address(1), PORT))
}

/// What gets there at all of a datagram sent while the other end is silent, when that has asked who
/// is here after `ms`.
fn heard_after(ms: u32) -> Vec<Vec<u8>> {
    let (cable, [mut here, mut there]) = pair(PORT);
    cable.borrow_mut().cut();
    here.send(at(0), 0, other(), b"off");
    cable.borrow_mut().mend();
    // Its question tells its own address.
    there.send(at(ms), 0, SocketAddr::from((address(0), PORT)), b"hello");
    turn(&mut here, at(ms));
    turn(&mut there, at(ms))
}

#[test]
fn a_datagram_waits_for_the_way() {
    let (_, [mut here, mut there]) = pair(PORT);
    here.send(at(0), 0, other(), b"one");
    assert!(turn(&mut there, at(0)).is_empty(), "a question");
    turn(&mut here, at(0));
    assert_eq!(turn(&mut there, at(0)), [b"one".to_vec()]);
    here.send(at(1), 0, other(), b"two");
    assert_eq!(turn(&mut there, at(1)), [b"two".to_vec()]);
}

#[test]
fn a_datagram_that_has_waited_too_long_is_nobodys() {
    assert_eq!(heard_after(900), [b"off".to_vec()]);
    assert!(heard_after(1100).is_empty(), "an order of yesterday");
}
