//! Nothing is heard twice, whatever order it comes in and whoever starts anew.

use std::format;

use super::*;

#[test]
fn the_same_datagram_is_heard_once() {
    let (mut host, mut guard) = acquainted(millis(0));
    let request = host.says(millis(10), &request());
    assert!(guard.hears(millis(20), &request).is_ok());
    for at in [20, 21, 5000, 50_000] {
        assert_eq!(guard.hears(millis(at), &request), Err(ResetDiscard::Replayed), "{at} ms");
    }
}

#[test]
fn datagrams_that_overtake_one_another_within_64_are_heard() {
    let (mut host, mut guard) = acquainted(millis(0));
    let sent: Vec<_> = (0..65).map(|_| host.says(millis(10), &path_check())).collect();
    assert!(guard.hears(millis(20), &sent[64]).expect("the last").newest);
    assert_eq!(guard.hears(millis(20), &sent[0]), Err(ResetDiscard::Replayed), "64 behind");
    for (behind, datagram) in sent[1..64].iter().rev().enumerate() {
        let freshness = guard.hears(millis(20), datagram);
        assert!(!freshness.expect("within the window").newest, "{behind}");
        assert_eq!(guard.hears(millis(20), datagram), Err(ResetDiscard::Replayed), "{behind}");
    }
    assert_eq!(guard.dialogue.highest_sequence(), 66);
}

#[test]
fn what_goes_to_one_and_what_goes_to_many_is_counted_apart() {
    let (mut host, mut guard) = acquainted(millis(0));
    for _ in 0..100 {
        guard.says(millis(10), &path_status());
    }
    let (to_one, to_many) = (guard.says(millis(10), &path_status()), guard.tells_all());
    assert!(host.hears(millis(20), &to_one).expect("new").newest);
    assert!(host.hears(millis(20), &to_many).expect("its own first").newest);
    for datagram in [&to_one, &to_many] {
        assert_eq!(host.hears(millis(20), datagram), Err(ResetDiscard::Replayed));
    }
}

#[test]
fn a_higher_epoch_is_a_restart_and_what_was_before_it_is_past() {
    let (mut host, mut guard) = acquainted(millis(0));
    let (old, old_lost) = (host.says(millis(1), &request()), host.says(millis(1), &request()));
    assert!(!guard.hears(millis(2), &old).expect("new").restarted);
    let mut host = restarted(&host, 1001);
    let first = host.says(millis(3), &path_check());
    let freshness = guard.hears(millis(4), &first).expect("a restart");
    assert!(freshness.restarted && freshness.newest && !freshness.went_back);
    assert_eq!(freshness.echo, None, "it has heard nothing of us yet");
    assert_eq!(guard.dialogue.epoch(), Some(Epoch(1001)));
    for datagram in [&old, &old_lost] {
        assert_eq!(guard.hears(millis(5), datagram), Err(ResetDiscard::Epoch));
    }
    assert_eq!(guard.hears(millis(5), &first), Err(ResetDiscard::Replayed));
}

#[test]
fn after_our_own_restart_a_capture_is_heard_and_counts_for_nothing() {
    let (mut host, mut guard) = acquainted(millis(0));
    let captured = host.says(millis(10), &request());
    guard.hears(millis(20), &captured).expect("new").check(Kind::ResetRequest).expect("fresh");
    let mut guard = restarted(&guard, 2001);
    let freshness = guard.hears(millis(30), &captured).expect("nothing was heard before");
    assert_eq!(freshness.check(Kind::ResetRequest), Err(ResetDiscard::Stale));
    assert!(!guard.dialogue.is_alive(millis(30), PATROL));
    // The real host is heard beside it, as soon as it has heard of the restart.
    let status = guard.says(millis(40), &path_status());
    host.hears(millis(40), &status).expect("new");
    let request = host.says(millis(50), &request());
    let freshness = guard.hears(millis(60), &request).expect("new");
    assert_eq!(freshness.check(Kind::ResetRequest), Ok(()));
}

/// Ends that know each other, after which the host's clock has gone back and it has restarted:
/// the host before that, the host now, the connector.
fn set_back() -> (End, End, End) {
    let (host, guard) = acquainted(millis(0));
    let now = restarted(&host, 500);
    (host, now, guard)
}

#[test]
fn a_lower_epoch_is_heard_when_it_echoes_what_was_made_since() {
    let (_, mut host, mut guard) = set_back();
    let check = host.says(millis(1000), &path_check());
    assert_eq!(guard.hears(millis(1000), &check), Err(ResetDiscard::Epoch), "no echo");
    let status = guard.says(millis(1000), &path_status());
    host.hears(millis(1000), &status).expect("a first datagram");
    let check = host.says(millis(1100), &path_check());
    let freshness = guard.hears(millis(1100), &check).expect("it echoes a new nonce");
    assert!(freshness.went_back && freshness.newest && !freshness.restarted);
    assert_eq!(freshness.echo, Some(millis(1000)));
    assert_eq!(guard.dialogue.epoch(), Some(Epoch(500)));
    assert_eq!(guard.hears(millis(1100), &check), Err(ResetDiscard::Replayed));
}

#[test]
fn a_lower_epoch_with_an_echo_of_before_the_last_datagram_is_refused() {
    let (mut host, mut guard) = acquainted(millis(0));
    let captured = host.says(millis(100), &request());
    let mut host = restarted(&host, 1001);
    let check = host.says(millis(200), &path_check());
    guard.hears(millis(200), &check).expect("a restart");
    // Its echo is valid still, but the capture may well hold it.
    assert_eq!(guard.hears(millis(300), &captured), Err(ResetDiscard::Epoch));
    assert_eq!(guard.dialogue.epoch(), Some(Epoch(1001)));
}

#[test]
fn an_epoch_that_was_left_for_a_lower_one_does_not_pass_for_a_restart() {
    let (mut before, mut host, mut guard) = set_back();
    let captured = before.says(millis(100), &path_check());
    let status = guard.says(millis(1000), &path_status());
    host.hears(millis(1000), &status).expect("a first datagram");
    let check = host.says(millis(1100), &path_check());
    guard.hears(millis(1100), &check).expect("it echoes a new nonce");
    assert_eq!(guard.hears(millis(1200), &captured), Err(ResetDiscard::Epoch));
    // Between the two lies nothing that a capture could prove either ...
    let mut between = restarted(&host, 700);
    let check = between.says(millis(1300), &path_check());
    assert_eq!(guard.hears(millis(1300), &check), Err(ResetDiscard::Epoch));
    // ... but a fresh echo does.
    let status = guard.says(millis(2000), &path_status());
    between.hears(millis(2000), &status).expect("a first datagram");
    let check = between.says(millis(2100), &path_check());
    assert!(guard.hears(millis(2100), &check).expect("a restart").restarted);
    // With the clock right again it needs none.
    let mut after = restarted(&host, 1001);
    let check = after.says(millis(2200), &path_check());
    assert!(guard.hears(millis(2200), &check).expect("a restart").restarted);
}

#[test]
fn a_capture_of_a_higher_epoch_does_not_open_the_window_again() {
    let (mut never_heard, mut host, mut guard) = set_back();
    let status = guard.says(millis(1000), &path_status());
    host.hears(millis(1000), &status).expect("a first datagram");
    let heard = host.says(millis(1100), &path_check());
    guard.hears(millis(1100), &heard).expect("it echoes a new nonce");
    // A start that the connector never heard of, above all that it did.
    never_heard.identity = identity(host.identity.party(), 1200);
    let capture = never_heard.says(millis(1200), &path_check());
    assert!(guard.hears(millis(1200), &capture).expect("it may be a restart").restarted);
    let status = guard.says(millis(2000), &path_status());
    host.hears(millis(2000), &status).expect("new");
    let check = host.says(millis(2100), &path_check());
    assert!(guard.hears(millis(2100), &check).expect("it echoes a new nonce").went_back);
    assert_eq!(guard.hears(millis(2200), &heard), Err(ResetDiscard::Replayed));
}

#[test]
fn what_goes_to_many_cannot_take_an_epoch_back() {
    let (mut host, guard) = acquainted(millis(0));
    let mut guard = restarted(&guard, 1500);
    let notice = guard.tells_all();
    assert_eq!(host.hears(millis(1000), &notice), Err(ResetDiscard::Epoch));
}

#[test]
fn a_refusal_leaves_no_trace() {
    let (mut host, mut guard) = acquainted(millis(0));
    let before = format!("{:?}", guard.dialogue);
    let mut elsewhere = End::new(host.identity.party(), connector(), 4, 1000);
    let mut another = End::new(super::host(18), connector(), 0, 1000);
    let mut past = restarted(&host, 999);
    let mut sequence_0 = host.says(millis(1), &path_check());
    sequence_0[24..32].fill(0);
    let len = sequence_0.len() - TAG_LEN;
    let tag = crate::crypto::hmac(crate::crypto::Hash::Sha256, &[0x5A; 32], &[&sequence_0[..len]]);
    sequence_0[len..].copy_from_slice(tag.truncated(TAG_LEN));
    for (datagram, cause) in [
        (elsewhere.says(millis(1), &path_check()), ResetDiscard::Sender),
        (another.says(millis(1), &path_check()), ResetDiscard::Sender),
        (past.says(millis(1), &path_check()), ResetDiscard::Epoch),
        (sequence_0, ResetDiscard::Replayed),
    ] {
        assert_eq!(guard.hears(millis(2), &datagram), Err(cause));
        assert_eq!(format!("{:?}", guard.dialogue), before, "{cause:?}");
    }
}
