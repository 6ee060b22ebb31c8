//! Whatever the network does: forged bytes change nothing, and nothing is heard twice.

use std::collections::BTreeSet;
use std::format;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

/// What happens next between a host and a connector.
#[derive(Clone, Debug)]
enum Step {
    HostSays,
    GuardSays,
    GuardTellsAll,
    /// A datagram that was ever sent arrives, at the one it is for.
    Arrives(Index),
    /// The host starts anew; its clock may have gone back.
    HostRestarts(u8),
    /// So many milliseconds pass.
    Passes(u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::HostSays),
        4 => Just(Step::GuardSays),
        1 => Just(Step::GuardTellsAll),
        12 => any::<Index>().prop_map(Step::Arrives),
        1 => any::<u8>().prop_map(Step::HostRestarts),
        4 => (0..1500u16).prop_map(Step::Passes),
    ]
}

proptest! {
    #[test]
    fn forged_bytes_change_nothing(
        bytes in vec(any::<u8>(), 0..600),
        header in vec(any::<u8>(), 44),
    ) {
        let (_, mut guard) = acquainted(millis(0));
        let before = format!("{:?}", guard.dialogue);
        let mut framed = b"RPP1".to_vec();
        framed.extend(header);
        framed.extend(&bytes);
        // As much like a datagram for us as one gets without the key.
        let mut aimed = framed.clone();
        aimed[4] = aimed[4] % 9 + 1;
        aimed[6..8].copy_from_slice(&CLUSTER.to_be_bytes());
        aimed[8..12].copy_from_slice(&[0, 17, 0xFF, 0]);
        let body = aimed.len().saturating_sub(HEADER_LEN + TAG_LEN);
        aimed[12..14].copy_from_slice(&u16::try_from(body).expect("short").to_be_bytes());
        aimed[14..16].copy_from_slice(&[1, 0]);
        for datagram in [&bytes, &framed, &aimed] {
            prop_assert!(guard.hears(millis(1), datagram).is_err());
            prop_assert_eq!(&format!("{:?}", guard.dialogue), &before);
        }
    }

    #[test]
    fn a_changed_bit_anywhere_is_noticed(at: Index, bit in 0..8u8) {
        let (mut host, mut guard) = acquainted(millis(0));
        let mut datagram = host.says(millis(1), &request());
        let before = format!("{:?}", guard.dialogue);
        datagram[at.index(request_len())] ^= 1 << bit;
        prop_assert!(guard.hears(millis(1), &datagram).is_err());
        prop_assert_eq!(format!("{:?}", guard.dialogue), before);
    }

    #[test]
    fn nothing_is_heard_twice_and_only_what_is_fresh_counts(steps in vec(step(), 0..300)) {
        let (mut host, mut guard) = acquainted(millis(0));
        let (mut now, mut starts) = (0, 1);
        let mut sent: Vec<(u64, bool, Vec<u8>)> = Vec::new();
        let mut heard = BTreeSet::new();
        for step in steps {
            match step {
                Step::HostSays => sent.push((now, true, host.says(millis(now), &request()))),
                Step::GuardSays => sent.push((now, false, guard.says(millis(now), &path_status()))),
                Step::GuardTellsAll => sent.push((now, false, guard.tells_all())),
                Step::Passes(more) => now += u64::from(more),
                Step::HostRestarts(clock) => {
                    starts += 1;
                    host = restarted(&host, u64::from(clock) * 1000 + starts);
                    heard.retain(|at: &usize| sent[*at].1);
                }
                Step::Arrives(_) if sent.is_empty() => {}
                Step::Arrives(index) => {
                    let at = index.index(sent.len());
                    let (sent_at, to_guard, datagram) = &sent[at];
                    let end = if *to_guard { &mut guard } else { &mut host };
                    let Ok(freshness) = end.hears(millis(now), datagram) else { continue };
                    prop_assert!(heard.insert(at), "heard twice: {at}");
                    if *to_guard && freshness.check(Kind::ResetRequest).is_ok() {
                        prop_assert!(now - sent_at <= 10_000, "sent at {sent_at}, now {now}");
                    }
                }
            }
        }
    }
}

fn request_len() -> usize {
    End::new(host(17), connector(), 0, 1).says(millis(0), &request()).len()
}
