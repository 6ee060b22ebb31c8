//! Whatever arrives, nothing panics and nothing changes.

use std::time::Duration;

use super::super::{Bmc, BmcConfig, Suite};
use super::console::{Console, Login, exchange, open_request};
use crate::rng::Rng;

#[test]
fn damaged_commands_change_nothing() {
    for suite in Suite::ALL.iter().filter(|suite| suite.integrity as u8 != 0) {
        let login = Login::admin(suite.number);
        let mut console = Console::new_v20(BmcConfig::default(), &login).unwrap().raise();
        console.sequence += 1;
        let off = console.seal(0, 0x02, &[0]);
        // Neither version has a use for the RMCP reserved byte and sequence number.
        for bit in (0..off.len() * 8).filter(|bit| !(8..24).contains(bit)) {
            let mut damaged = off.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(exchange(&mut console.bmc, console.now, &damaged).len(), 0, "bit {bit}");
        }
        (0..off.len()).for_each(|len| {
            assert_eq!(exchange(&mut console.bmc, console.now, &off[..len]).len(), 0);
        });
        assert!(console.bmc.power(console.now) && console.bmc.chassis_log().is_empty());
        assert_eq!(exchange(&mut console.bmc, console.now, &off).len(), 1, "still fresh");
    }
}

#[test]
fn random_datagrams_are_counted_and_forgotten() {
    let mut rng = Rng::new(11);
    let mut bmc = Bmc::new(BmcConfig::default(), 1);
    for round in 0..200_000u32 {
        let mut bytes = vec![0; rng.below(80) as usize];
        rng.fill(&mut bytes);
        if round % 4 != 0 {
            let head = [6, 0, 0xff, 7, if round % 2 == 0 { 6 } else { 0 }];
            let len = head.len().min(bytes.len());
            bytes[..len].copy_from_slice(&head[..len]);
        }
        let _ = exchange(&mut bmc, Duration::ZERO, &bytes);
    }
    assert_eq!(bmc.open_sessions(), 0);
    assert!(bmc.chassis_log().is_empty() && bmc.power(Duration::ZERO));
    let counters = bmc.counters();
    assert_eq!(counters.received, 200_000);
    assert_eq!(counters.sent + counters.discarded_total(), 200_000);
}

#[test]
fn damaged_logins_do_not_panic() {
    let mut rng = Rng::new(12);
    let open = open_request(1, 4, Suite::from_number(17).unwrap());
    let mut bmc = Bmc::new(BmcConfig::default(), 1);
    for _ in 0..100_000 {
        let mut damaged = open.clone();
        damaged[5] = [0x00, 0x10, 0x12, 0x14, 0x15][rng.below(5) as usize];
        let at = rng.below(damaged.len() as u64) as usize;
        damaged[at] = rng.next_u32() as u8;
        damaged.truncate(rng.below(damaged.len() as u64 + 30) as usize);
        let _ = exchange(&mut bmc, Duration::ZERO, &damaged);
    }
    assert_eq!(bmc.open_sessions(), 0);
}

#[test]
fn random_commands_in_a_session_are_all_answered() {
    let mut rng = Rng::new(13);
    let mut console = Console::new_v20(BmcConfig::default(), &Login::admin(3)).unwrap().raise();
    let (before, sequence) = (console.bmc.clone(), console.sequence);
    for _ in 0..100_000 {
        let net_fn = [0x00, 0x04, 0x06, 0x0a, 0x0c][rng.below(5) as usize];
        let mut data = vec![0; rng.below(24) as usize];
        rng.fill(&mut data);
        // Small numbers reach further: they name parameters, selectors and channels.
        data.iter_mut().filter(|_| rng.percent(60.0)).for_each(|byte| *byte %= 20);
        let command = rng.below(0x60) as u8;
        if console.command(net_fn, command, &data).is_none() {
            panic!("no answer to {net_fn:#x}/{command:#x} {data:02x?}");
        }
        // Back to full privilege, and to an empty log.
        if rng.percent(1.0) {
            console.bmc.clone_from(&before);
            console.sequence = sequence;
        }
    }
}
