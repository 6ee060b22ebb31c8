//! The simulated BMC under the same fire: a double that falls over proves nothing.

use std::net::SocketAddr;
use std::time::Duration;

use komainu_core::counters::Counters;
use komainu_core::limits::MAX_DATAGRAM;
use komainu_core::rng::{Drbg, Seed};
use komainu_core::secret::{Key, KeyRing};
use komainu_core::session::{Context, Effect, Heard, Profile, Session, Version};
use komainu_core::time::Instant;
use komainu_core::types::ChassisAction;
use komainu_core::wire::command::Request;
use komainu_core::wire::command::chassis::ChassisControl;
use komainu_sim::bmc::{Bmc, BmcConfig};
use komainu_sim::rng::Rng;
use komainu_tests::recorded::load_attempts;
use komainu_tests::world::{CONSOLE, profile};

use crate::attack::{flips, prefixes, random};

const NOW: Duration = Duration::from_secs(1);
const RANDOM: usize = 200_000;

fn answers(bmc: &mut Bmc, datagram: &[u8]) -> Vec<Vec<u8>> {
    let mut answers = Vec::new();
    bmc.handle(NOW, CONSOLE, datagram, &mut |_: SocketAddr, bytes: &[u8]| {
        answers.push(bytes.to_vec());
    });
    answers
}

/// Everything that a session of ours says while it switches the power of a BMC off, with the BMC
/// as it was before each datagram.
fn conversation(profile: Profile) -> Vec<(Bmc, Vec<u8>)> {
    let mut bmc = Bmc::new(BmcConfig::default(), 1);
    let mut session = Session::new(profile);
    let (mut chance, mut counters) = (Drbg::new(&Seed::new([1; 32])), Counters::default());
    let keys = [Key::new(b"password").expect("a short password")];
    let now = Instant::from_micros(1_000_000);
    let request = Request::of(&ChassisControl(ChassisAction::Off)).expect("one byte fits");
    session.submit(now, request, Duration::from_secs(20)).expect("nothing is in flight");
    let (mut said, mut out, mut done) = (Vec::new(), [0; MAX_DATAGRAM], false);
    loop {
        let keys = KeyRing::new(&keys);
        let mut cx = Context { now, chance: &mut chance, keys, counters: &mut counters };
        let Some(Effect::Transmit(len)) = session.poll(&mut cx, &mut out) else { break };
        said.push((bmc.clone(), out[..len].to_vec()));
        for mut answer in answers(&mut bmc, &out[..len]) {
            done |= matches!(session.handle(&mut cx, &mut answer), Some(Heard::Answer(_)));
        }
        if done {
            session.close();
        }
    }
    assert!(done && session.is_cold(), "the power was switched and the session closed");
    assert_eq!(bmc.chassis_log().len(), 1);
    said
}

#[test]
fn prefixes_and_flipped_bits_switch_nothing() {
    for version in [Version::V20, Version::V15] {
        for (before, datagram) in conversation(Profile { version, ..profile() }) {
            let done = before.chassis_log().len();
            for bytes in prefixes(&datagram).chain(flips(&datagram)) {
                let mut bmc = before.clone();
                answers(&mut bmc, &bytes);
                assert_eq!(bmc.chassis_log().len(), done, "{version:?}: {bytes:02x?}");
            }
        }
    }
}

#[test]
fn replays_switch_nothing() {
    for version in [Version::V20, Version::V15] {
        let said = conversation(Profile { version, ..profile() });
        let (mut bmc, _) = said.last().expect("it says something").clone();
        for (_, datagram) in &said {
            answers(&mut bmc, datagram);
        }
        assert_eq!(bmc.chassis_log().len(), 1, "{version:?}");
    }
}

#[test]
fn chance_switches_nothing() {
    let vectors = load_attempts();
    let recorded = vectors.iter().flat_map(|vector| &vector.datagrams);
    let mut good: Vec<&[u8]> = recorded.map(|datagram| datagram.bytes.as_slice()).collect();
    let said = conversation(profile());
    good.extend(said.iter().map(|(_, datagram)| datagram.as_slice()));
    let (mut rng, mut bmc) = (Rng::new(7), said[0].0.clone());
    for count in 0..RANDOM {
        // As many stages of a session as there are datagrams.
        if count % 500 == 0 {
            bmc = said[rng.below(said.len() as u64) as usize].0.clone();
        }
        let (done, bytes) = (bmc.chassis_log().len(), random(&mut rng, &good));
        answers(&mut bmc, &bytes);
        let own = said.iter().any(|(_, datagram)| *datagram == bytes);
        assert!(own || bmc.chassis_log().len() == done, "at {count}: {bytes:02x?}");
    }
}
