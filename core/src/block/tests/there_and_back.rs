//! What a block holds is what was put in, and a site of it is the site of that configuration.

use super::*;
use crate::crypto::sha256;

#[test]
fn every_piece_comes_back() {
    let bytes = whole();
    let block = Block::open(&bytes).unwrap();
    assert_eq!(block.size(), bytes.len());
    assert_eq!(block.network(), network());
    assert_eq!(block.identity(), Some(identity()));
    let status = block.status().unwrap();
    assert_eq!((status.port, status.key.expose()), (50_900, &[5; 32][..]));
    let ports: Vec<_> = block.clusters().map(|cluster| cluster.port).collect();
    assert_eq!(ports, [50_001, 50_002]);
    let hosts: Vec<_> = block.servers().map(|server| server.host.get()).collect();
    assert_eq!(hosts, [2, 3, 4, 5]);
    assert_eq!(block.upses().collect::<Vec<_>>(), [ups()]);
    let servers: Vec<_> = block.nut_servers().collect();
    let [(at, config)] = &servers[..] else { panic!("one NUT server, not {servers:?}") };
    assert_eq!(*at, nut().address);
    assert!(config.account.is_some());
    assert_eq!(config.upses.len(), 1);
}

#[test]
fn made_again_it_is_the_same() {
    let bytes = whole();
    let block = Block::open(&bytes).unwrap();
    let mut again = [0; MAX_BLOCK];
    let mut encoder = Encoder::new(&mut again).unwrap();
    encoder.network(&block.network()).unwrap();
    encoder.identity(&block.identity().unwrap()).unwrap();
    encoder.status(&block.status().unwrap()).unwrap();
    let mut servers = block.servers();
    for cluster in block.clusters() {
        encoder.cluster(&cluster).unwrap();
        for server in servers.by_ref().take(2) {
            encoder.server(&server).unwrap();
        }
    }
    encoder.timing(&Timing::default()).unwrap();
    encoder.nut_server(&nut()).unwrap();
    block.upses().for_each(|ups| encoder.ups(&ups).unwrap());
    encoder.stage(&Stage { after: Some(Millis::from_secs(9)), below: None }).unwrap();
    encoder.planned(&planned(1)).unwrap();
    encoder.own(&own()).unwrap();
    let len = encoder.finish().unwrap();
    assert_eq!(again[..len], bytes[..]);
}

/// SHA-256 of the block of [`whole`].
const DIGEST: &str = "0fcc075a79ffbf03364a9d9f87bb4e4a0e7a209681a7f0cffc06e45c6d7818bd";

/// Its bytes are a format: they change with the version alone.
#[test]
fn its_bytes_stay() {
    let bytes = whole();
    let digest = sha256(&[&bytes]);
    let hex: std::string::String =
        digest.expose().iter().map(|byte| std::format!("{byte:02x}")).collect();
    assert_eq!((bytes.len(), hex.as_str()), (864, DIGEST));
}

#[test]
fn a_site_of_it_does_what_one_told_by_value_does() {
    let bytes = whole();
    let block = Block::open(&bytes).unwrap();
    let now = Instant::from_micros(0);
    let mut by_value = Site::new(by_value(), &seed(), RESTORED, now);
    let expected = doings(&mut by_value);
    assert!(expected.len() > 10, "{expected:?}");
    assert_eq!(doings(&mut site_of(&block, RESTORED)), expected);
}

#[test]
fn a_record_goes_on_in_a_site_of_it() {
    let bytes = whole();
    let block = Block::open(&bytes).unwrap();
    let mut first = site_of(&block, RESTORED);
    doings(&mut first);
    let mut record = [0; ApplianceSite::RECORD_LEN];
    let len = first.record(&mut record).unwrap();
    let restored =
        Restored { record: Some(&record[..len]), unix_ms: RESTORED.unix_ms + 9, ..RESTORED };
    let now = Instant::from_micros(0);
    let mut expected = Site::new(by_value(), &seed(), restored, now);
    let mut again = site_of(&block, restored);
    assert_eq!(doings(&mut again), doings(&mut expected));
    let mut records = [[0; ApplianceSite::RECORD_LEN]; 2];
    let [ours, theirs] = &mut records;
    assert_eq!(again.record(ours).unwrap(), expected.record(theirs).unwrap());
    assert_eq!(ours, theirs);
}
