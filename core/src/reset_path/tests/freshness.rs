//! Echoes, what they make count, and two-way liveness.

use super::*;

#[test]
fn an_echo_counts_for_ten_seconds() {
    let (mut host, mut guard) = acquainted(millis(0));
    for (at, echo) in [(1, Some(millis(0))), (10_000, Some(millis(0))), (10_001, None)] {
        let check = host.says(millis(at), &path_check());
        assert_eq!(guard.hears(millis(at), &check).expect("new").echo, echo, "{at} ms");
    }
}

#[test]
fn only_a_nonce_made_for_that_party_on_that_path_is_echoed() {
    let identity = identity(host(17), 1);
    let (now, later) = (millis(700), millis(1300));
    let nonce = identity.nonce(now, Some(host(18)), 1);
    let made = |peer, path, echo| identity.when_made(later, peer, path, echo, None);
    assert_eq!(made(host(18), 1, nonce), Some(millis(500)));
    assert_eq!(made(host(19), 1, nonce), None);
    assert_eq!(made(host(18), 2, nonce), None);
    assert_eq!(made(host(18), 1, nonce ^ 1), None);
    assert_eq!(made(host(18), 1, 0), None);
    let to_unknown = identity.nonce(now, None, 1);
    assert_eq!(made(host(18), 1, to_unknown), Some(millis(500)));
    let restarted = super::identity(host(17), 2);
    assert_eq!(restarted.when_made(later, host(18), 1, nonce, None), None);
}

#[test]
fn nonces_are_new_every_eighth_of_patrol_and_at_least_every_second() {
    for (patrol_ms, tick_ms) in [(1, 10), (800, 100), (4000, 500), (60_000, 1000)] {
        let patrol = Duration::from_millis(patrol_ms);
        let mut chance = Drbg::new(&Seed::new([3; 32]));
        let identity = Identity::new(host(1), CLUSTER, Epoch(1), patrol, &mut chance);
        let nonce = |at| identity.nonce(millis(at), Some(host(2)), 0);
        assert_eq!(nonce(0), nonce(tick_ms - 1), "patrol {patrol_ms} ms");
        assert_ne!(nonce(0), nonce(tick_ms), "patrol {patrol_ms} ms");
    }
}

#[test]
fn the_newest_nonce_is_echoed_whatever_order_they_come_in() {
    let (mut host, mut guard) = acquainted(millis(0));
    let old = host.says(millis(500), &path_check());
    let new = host.says(millis(1000), &path_check());
    guard.hears(millis(1001), &new).expect("new");
    guard.hears(millis(1002), &old).expect("within the window");
    let status = guard.says(millis(1003), &path_status());
    assert_eq!(host.hears(millis(1004), &status).expect("new").echo, Some(millis(1000)));
}

#[test]
fn the_answer_to_a_call_without_a_destination_is_fresh() {
    let mut host = End::new(host(17), connector(), 0, 1000);
    let mut guard = End::new(connector(), host.identity.party(), 0, 2000);
    let call = host.calls(millis(0));
    assert_eq!(guard.hears(millis(1), &call).expect("a first datagram").echo, None);
    let status = guard.says(millis(2), &path_status());
    assert_eq!(host.hears(millis(3), &status).expect("its answer").echo, Some(millis(0)));
    let second = host.calls(millis(4));
    assert!(guard.hears(millis(5), &second).expect("the next").newest);
    assert_eq!(guard.hears(millis(5), &call), Err(ResetDiscard::Replayed));
}

#[test]
fn a_notice_counts_from_an_epoch_that_a_fresh_status_has_shown() {
    let mut host = End::new(host(17), connector(), 0, 1000);
    let mut guard = End::new(connector(), host.identity.party(), 0, 2000);
    let heard = |host: &mut End, datagram: &[u8]| {
        host.hears(millis(600), datagram).expect("new").check(Kind::Notice)
    };
    let first = guard.tells_all();
    assert_eq!(heard(&mut host, &first), Err(ResetDiscard::Unverified));
    let status = guard.says(millis(600), &path_status());
    host.hears(millis(600), &status).expect("new");
    assert_eq!(host.dialogue.verified_epoch(), None, "a status without an echo shows nothing");
    let check = host.says(millis(600), &path_check());
    guard.hears(millis(600), &check).expect("new");
    let status = guard.says(millis(600), &path_status());
    host.hears(millis(600), &status).expect("new");
    assert_eq!(host.dialogue.verified_epoch(), Some(Epoch(2000)));
    let second = guard.tells_all();
    assert_eq!(heard(&mut host, &second), Ok(()));
    let mut guard = restarted(&guard, 2001);
    let third = guard.tells_all();
    assert_eq!(heard(&mut host, &third), Err(ResetDiscard::Unverified));
    assert_eq!(host.dialogue.verified_epoch(), None);
}

#[test]
fn an_overtaken_request_is_not_carried_out() {
    let (mut host, mut guard) = acquainted(millis(0));
    let (older, newer) = (host.says(millis(1), &request()), host.says(millis(1), &request()));
    let check = |guard: &mut End, datagram: &[u8]| {
        guard.hears(millis(2), datagram).expect("new").check(Kind::ResetRequest)
    };
    assert_eq!(check(&mut guard, &newer), Ok(()));
    assert_eq!(check(&mut guard, &older), Err(ResetDiscard::Overtaken));
}

#[test]
fn each_kind_counts_as_the_protocol_says() {
    use Kind::*;
    use ResetDiscard::{Overtaken, Stale, Unverified};
    let heard = |echo, newest, verified| Freshness {
        echo,
        newest,
        restarted: false,
        went_back: false,
        verified,
    };
    let fresh = Some(millis(1));
    for (kinds, freshness, counts) in [
        (&[PathCheck, PathStatus, Heartbeat][..], heard(None, false, false), Ok(())),
        (&[ResetRequest, Directive, Handover], heard(fresh, true, false), Ok(())),
        (&[ResetRequest, Directive, Handover], heard(fresh, false, true), Err(Overtaken)),
        (&[ResetRequest, Directive, Handover], heard(None, true, true), Err(Stale)),
        (&[ResetResult, Report], heard(fresh, false, false), Ok(())),
        (&[ResetResult, Report], heard(None, true, true), Err(Stale)),
        (&[Notice], heard(None, false, true), Ok(())),
        (&[Notice], heard(fresh, true, false), Err(Unverified)),
    ] {
        for kind in kinds {
            assert_eq!(freshness.check(*kind), counts, "{kind:?}, {freshness:?}");
        }
    }
}

/// Sends a heartbeat from one to the other, if it gets through.
fn beat(now: Instant, from: &mut End, to: &mut End, arrives: bool) {
    let datagram = from.says(now, &heartbeat());
    if arrives {
        to.hears(now, &datagram).expect("new");
    }
}

#[test]
fn a_peer_is_alive_while_heartbeats_go_both_ways() {
    let (mut a, mut b) = (End::new(host(1), host(2), 3, 10), End::new(host(2), host(1), 3, 20));
    assert_eq!(a.dialogue.alive_until(PATROL), None, "never heard");
    for at in (0..10_000).step_by(1000) {
        beat(millis(at), &mut a, &mut b, true);
        beat(millis(at), &mut b, &mut a, true);
        assert!(a.dialogue.is_alive(millis(at), PATROL), "{at} ms");
        assert_eq!(b.dialogue.is_alive(millis(at), PATROL), at > 0, "{at} ms");
    }
    // From now on b does not hear a: what b says no longer proves that.
    for at in (10_000..14_000).step_by(1000) {
        beat(millis(at), &mut a, &mut b, false);
        beat(millis(at), &mut b, &mut a, true);
    }
    let until = a.dialogue.alive_until(PATROL).expect("it was alive");
    assert_eq!(until, millis(9000) + PATROL);
    assert!(a.dialogue.is_alive(millis(12_999), PATROL) && !a.dialogue.is_alive(until, PATROL));
    assert_eq!(a.dialogue.last_accepted(), Some(millis(13_000)), "it is heard, one way");
    // Healed, it is alive at once.
    beat(millis(14_000), &mut a, &mut b, true);
    beat(millis(14_000), &mut b, &mut a, true);
    assert!(a.dialogue.is_alive(millis(14_000), PATROL));
}

#[test]
fn an_older_echo_does_not_shorten_a_life() {
    let (mut a, mut b) = (End::new(host(1), host(2), 3, 10), End::new(host(2), host(1), 3, 20));
    beat(millis(0), &mut a, &mut b, true);
    let older = b.says(millis(0), &heartbeat());
    beat(millis(1000), &mut a, &mut b, true);
    beat(millis(1000), &mut b, &mut a, true);
    a.hears(millis(1100), &older).expect("within the window");
    assert_eq!(a.dialogue.echoed(), Some(millis(1000)));
}

#[test]
fn a_challenge_is_given_once_a_second() {
    let mut dialogue = Dialogue::new(host(17), 0);
    let times = [0, 1, 999, 1000, 1500, 1999, 2000].map(millis);
    let given = times.map(|at| dialogue.may_challenge(at, Epoch(1)));
    assert_eq!(given, [true, false, false, true, false, false, true]);
}
