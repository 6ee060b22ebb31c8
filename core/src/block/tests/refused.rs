//! What is no block is refused by name, and nothing panics.

use proptest::prelude::*;

use super::*;
use crate::block::{Fault, HEADER_LEN, Kind};
use crate::connector::ConfigError;
use crate::crypto::sha256;
use crate::site::Misfit;

/// The same bytes with a right checksum.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let len = u16::try_from(bytes.len() - HEADER_LEN).unwrap();
    bytes[6..8].copy_from_slice(&len.to_be_bytes());
    let sum = sha256(&[&bytes[..8], &bytes[HEADER_LEN..]]);
    bytes[8..HEADER_LEN].copy_from_slice(sum.truncated(16));
    bytes
}

/// The block without the records of that kind.
fn without(bytes: &[u8], gone: Kind) -> Vec<u8> {
    let block = Block::open(bytes).unwrap();
    let mut left = bytes[..HEADER_LEN].to_vec();
    for (kind, at, body) in block.raw().map(Result::unwrap) {
        if kind != gone {
            left.extend(&bytes[at..at + 3 + body.len()]);
        }
    }
    sealed(left)
}

fn fault(bytes: &[u8]) -> Option<Fault> {
    Block::open(bytes).err()
}

#[test]
fn what_is_no_block() {
    assert_eq!(fault(&[]), Some(Fault::NoBlock));
    assert_eq!(fault(&[0xff; 4096]), Some(Fault::NoBlock));
    let mut newer = whole();
    newer[4] = 2;
    assert_eq!(fault(&newer), Some(Fault::Version(2)));
}

#[test]
fn what_is_cut_or_changed() {
    let bytes = whole();
    for len in 0..bytes.len() {
        let cut = fault(&bytes[..len]);
        assert!(matches!(cut, Some(Fault::NoBlock | Fault::Length)), "{len}: {cut:?}");
    }
    for at in (0..bytes.len()).filter(|at| !(4..8).contains(at)).skip(4) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        assert_eq!(fault(&changed), Some(Fault::Checksum), "{at}");
    }
}

#[test]
fn what_lies_behind_it_is_nothing_of_it() {
    let mut bytes = whole();
    let size = bytes.len();
    bytes.extend([0xff; 100]);
    assert_eq!(Block::open(&bytes).map(|block| block.size()), Ok(size));
}

#[test]
fn what_has_to_be_there() {
    for kind in [Kind::Network, Kind::Identity, Kind::Timing] {
        assert_eq!(fault(&without(&whole(), kind)), Some(Fault::Missing(kind)));
    }
    assert_eq!(fault(&without(&whole(), Kind::Status)), None);
    // A UPS refers to a NUT server, a server of the plan to a server.
    let dangling = fault(&without(&whole(), Kind::NutServer));
    assert!(matches!(dangling, Some(Fault::Field { field: "NUT server", .. })), "{dangling:?}");
    let dangling = fault(&without(&whole(), Kind::Server));
    assert!(matches!(dangling, Some(Fault::Field { field: "server", .. })), "{dangling:?}");
}

#[test]
fn records_out_of_order_or_too_many() {
    let bytes = whole();
    let mut twice = bytes.clone();
    twice.extend(&bytes[HEADER_LEN..]);
    assert!(matches!(fault(&sealed(twice)), Some(Fault::Order { .. })));
    let mut many = [0; MAX_BLOCK];
    let mut block = Encoder::new(&mut many).unwrap();
    block.network(&network()).unwrap();
    block.identity(&identity()).unwrap();
    block.cluster(&cluster(50_001)).unwrap();
    (1..=17).for_each(|host| block.server(&server(host)).unwrap());
    block.timing(&Timing::default()).unwrap();
    let len = block.finish().unwrap();
    let fault = fault(&many[..len]);
    assert!(matches!(fault, Some(Fault::TooMany { kind: Kind::Server, .. })), "{fault:?}");
}

#[test]
fn pieces_that_do_not_fit_to_one_another() {
    let mut bytes = [0; MAX_BLOCK];
    let mut block = Encoder::new(&mut bytes).unwrap();
    block.network(&network()).unwrap();
    block.identity(&identity()).unwrap();
    block.cluster(&cluster(50_001)).unwrap();
    block.server(&server(1)).unwrap();
    block.server(&server(1)).unwrap();
    block.timing(&Timing::default()).unwrap();
    let len = block.finish().unwrap();
    let block = Block::open(&bytes[..len]).unwrap();
    let now = Instant::from_micros(0);
    let mut site: ApplianceSite = block.vacant(&seed(), RESTORED, now).unwrap();
    let misfit = block.move_in(&mut site, RESTORED, now);
    let bmc = server(1).bmc;
    assert_eq!(misfit, Err(Misfit::Connector(ConfigError::SameBmc(bmc))));
}

proptest! {
    /// Whatever a record holds, there is a block or a fault, and never a panic.
    #[test]
    fn any_bytes_with_a_right_checksum(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = whole();
        for (at, byte) in changes {
            let records = &mut bytes[HEADER_LEN..];
            let at = at.index(records.len());
            records[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(HEADER_LEN + cut.index(bytes.len() - HEADER_LEN));
        }
        let bytes = sealed(bytes);
        if let Ok(block) = Block::open(&bytes) {
            let now = Instant::from_micros(0);
            let mut site: ApplianceSite = block.vacant(&seed(), RESTORED, now).unwrap();
            if block.move_in(&mut site, RESTORED, now).is_ok() {
                let _ = doings(&mut site);
            }
        }
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Block::open(&bytes).is_err());
    }
}
