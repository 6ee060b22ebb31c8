//! Events come back, and a run is the same each time.

extern crate std;

use core::time::Duration;
use std::vec::Vec;

use super::*;
use crate::block::{ApplianceSite, Encoder};
use crate::limits::MAX_BLOCK;
use crate::power::{RunId, Timing};
use crate::time::Millis;
use crate::types::{ConnectorNumber, Supply, SystemName, UpsReading};
use crate::wire::Writer;

fn events() -> [Event<'static>; 6] {
    let from = "10.0.0.1:623".parse().unwrap();
    let reading = UpsReading {
        low: true,
        overload: true,
        charge: Some(42),
        runtime: Some(Millis::from_secs(60)),
        outlets_off: 6,
        ..UpsReading::of(Supply::Battery)
    };
    [
        Event::Tick,
        Event::ResetPath { cluster: 1, from, datagram: b"abc" },
        Event::Bmc { from, datagram: b"" },
        Event::Reading { ups: 2, reading: Some(reading) },
        Event::Reading { ups: 0, reading: None },
        Event::Ordered { run: RunId(7) },
    ]
}

#[test]
fn events_come_back() {
    let mut bytes = [0; 256];
    let mut out = Writer::new(&mut bytes);
    events().iter().for_each(|event| emit(5, event, &mut out).unwrap());
    let mut rest = out.written();
    for expected in events() {
        let (since, event, behind) = event::parse(rest).unwrap();
        assert_eq!((since, event), (Duration::from_micros(5), expected));
        for cut in 0..rest.len() - behind.len() {
            assert!(event::parse(&rest[..cut]).is_none(), "{event:?} {cut}");
        }
        rest = behind;
    }
    assert!(rest.is_empty());
}

/// A recording of an appliance that guards nothing.
fn recording(seed: u8) -> Vec<u8> {
    let mut block = [0; MAX_BLOCK];
    let mut encoder = Encoder::new(&mut block).unwrap();
    encoder.network(&crate::block::Network::default()).unwrap();
    let name = SystemName::new("guard").unwrap();
    encoder.identity(&crate::block::Identity { number: ConnectorNumber(0), name }).unwrap();
    encoder.timing(&Timing::default()).unwrap();
    let len = encoder.finish().unwrap();
    let mut bytes = header(1_700_000_000_000, [seed; 32]).to_vec();
    bytes.extend((len as u16).to_be_bytes());
    bytes.extend(&block[..len]);
    let mut room = [0; 256];
    let mut out = Writer::new(&mut room);
    events().iter().for_each(|event| emit(1_000_000, event, &mut out).unwrap());
    bytes.extend(out.written());
    bytes
}

fn play(bytes: &[u8]) -> Result<Played, Unplayable> {
    let recording = Recording::open(bytes)?;
    let mut site: ApplianceSite = recording.vacant()?;
    recording.play(&mut site, &mut [0; ApplianceSite::RECORD_LEN])
}

#[test]
fn a_run_is_the_same_each_time_and_follows_from_its_seed() {
    let [one, again, other] = [1, 1, 2].map(|seed| play(&recording(seed)).unwrap());
    assert_eq!((one.events, one.actions), (6, again.actions));
    assert!(one.actions > 0);
    assert_eq!(one.digest.expose(), again.digest.expose());
    assert_ne!(one.digest.expose(), other.digest.expose());
}

#[test]
fn what_is_cut_off_is_not_played() {
    let bytes = recording(1);
    // Where an event ends, a shorter run does.
    let cut = bytes.len() - 1;
    assert_eq!(play(&bytes[..cut]).err(), Some(Unplayable::Malformed));
    for cut in 0..60 {
        assert!(play(&bytes[..cut]).is_err(), "{cut}");
    }
}
