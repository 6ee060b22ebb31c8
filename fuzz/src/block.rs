//! Any bytes as what an appliance reads: its block, questions about it, recorded runs. The first
//! byte says as which; a block or a question gets a right checksum or seal where another byte says
//! so, so that what lies behind it is reached.

use std::net::SocketAddr;

use komainu_core::block::{ApplianceSite, Block, Encoder, Identity, Network};
use komainu_core::connector::Restored;
use komainu_core::crypto::{Hash, hmac, sha256};
use komainu_core::inquiry::{Asker, Desk, Introduction, MAX_INQUIRY};
use komainu_core::limits::MAX_BLOCK;
use komainu_core::power::Timing;
use komainu_core::replay::{Recording, header};
use komainu_core::rng::Seed;
use komainu_core::secret::Secret;
use komainu_core::time::Instant;
use komainu_core::types::{ConnectorNumber, SystemName};

const KEY: [u8; 32] = [5; 32];
const RESTORED: Restored<'static> =
    Restored { record: None, damaged: false, unix_ms: 1_767_225_600_000 };

/// Reads the bytes as one of them.
pub fn run(bytes: &[u8]) {
    match bytes.split_first() {
        Some((0..64, rest)) => block(rest),
        Some((64..128, rest)) => question(rest),
        Some((128..192, rest)) => answer(rest),
        Some((_, rest)) => recording(rest),
        None => {}
    }
}

fn start() -> Instant {
    Instant::from_micros(0)
}

/// Those records, with a right start.
fn sealed(records: &[u8]) -> Vec<u8> {
    let records = &records[..records.len().min(MAX_BLOCK - 24)];
    let mut block = b"KMNC\x01\x00".to_vec();
    block.extend((records.len() as u16).to_be_bytes());
    let sum = sha256(&[&block, records]);
    block.extend(sum.truncated(16));
    block.extend(records);
    block
}

fn block(bytes: &[u8]) {
    assert!(Block::open(bytes).is_err() || bytes.starts_with(b"KMNC"), "no block");
    let sealed = sealed(bytes);
    let Ok(block) = Block::open(&sealed) else { return };
    assert_eq!(block.size(), sealed.len());
    let site = block.vacant(&Seed::new([1; 32]), RESTORED, start());
    let mut site: Box<ApplianceSite> = Box::new(site.expect("it says who it is"));
    for server in block.servers() {
        assert!(server.bmc.is_ipv4(), "an appliance speaks IPv4");
    }
    block.nut_servers().for_each(|(_, config)| assert!(config.upses.len() <= 4));
    if block.move_in(&mut site, RESTORED, start()).is_ok() {
        let mut out = [0; komainu_core::connector::MAX_OUT];
        let actions = (0..5000).take_while(|_| site.poll(start(), &mut out).is_some()).count();
        assert!(actions < 5000, "a drain ends");
        assert!(site.deadline().is_none_or(|due| due > start()), "nothing is left due");
    }
}

/// A block of an appliance that guards nothing.
fn small() -> Vec<u8> {
    let mut bytes = [0; MAX_BLOCK];
    let mut block = Encoder::new(&mut bytes).expect("room");
    block.network(&Network::default()).expect("room");
    block.identity(&identity()).expect("room");
    block.timing(&Timing::default()).expect("room");
    let len = block.finish().expect("room");
    bytes[..len].to_vec()
}

fn identity() -> Identity {
    let name = SystemName::new("guard").expect("a name");
    Identity { number: ConnectorNumber(0), name }
}

fn with_tag(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes[..bytes.len().min(MAX_INQUIRY - 16)].to_vec();
    let tag = hmac(Hash::Sha256, &KEY, &[&bytes]);
    bytes.extend(tag.truncated(16));
    bytes
}

fn question(bytes: &[u8]) {
    let block = small();
    let block = Block::open(&block).expect("a block");
    let site = block.vacant(&Seed::new([1; 32]), RESTORED, start());
    let mut site: Box<ApplianceSite> = Box::new(site.expect("a site"));
    block.move_in(&mut site, RESTORED, start()).expect("all fits");
    let mut desk = Desk::new(&Secret::from(KEY));
    let identity = identity();
    let introduction = Introduction { identity: &identity, release: "1", started: start() };
    let from = SocketAddr::from(([192, 0, 2, 1], 9));
    let mut out = [0; MAX_INQUIRY];
    for question in [bytes.to_vec(), with_tag(bytes)] {
        let now = Instant::from_micros(60_000_000);
        let told = desk.answer(now, &site, &introduction, from, &question, &mut out);
        assert!(told.is_none_or(|len| len <= question.len()), "longer than the question");
    }
}

fn answer(bytes: &[u8]) {
    let mut asker = Asker::new(&Secret::from(KEY), &Seed::new([2; 32]));
    for answer in [bytes.to_vec(), with_tag(bytes)] {
        // What it is told depends on a nonce that nobody guesses.
        asker.handle(&answer, |item| panic!("{item:?} was not asked for"));
    }
}

fn recording(bytes: &[u8]) {
    let block = small();
    let mut recording = header(1_767_225_600_000, [3; 32]).to_vec();
    recording.extend((block.len() as u16).to_be_bytes());
    recording.extend(block);
    recording.extend(bytes);
    let recording = Recording::open(&recording).expect("a recording");
    let mut site: Box<ApplianceSite> = Box::new(recording.vacant().expect("a site"));
    let mut record = vec![0; ApplianceSite::RECORD_LEN];
    let _ = recording.play(&mut site, &mut record);
}
