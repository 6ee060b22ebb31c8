//! What is not ours, or not allowed, is refused for its cause.

use std::vec;

use super::*;

fn refused(at: &Identity, datagram: &[u8]) -> Option<ResetDiscard> {
    open(at, &one_key(), datagram).err()
}

#[test]
fn another_cluster_on_the_same_port_is_not_heard() {
    let mut host = End::new(host(17), connector(), 0, 1);
    let mut chance = Drbg::new(&Seed::new([0; 32]));
    let foreign = Identity::new(connector(), CLUSTER + 1, Epoch(1), PATROL, &mut chance);
    let datagram = host.says(millis(0), &path_check());
    assert_eq!(refused(&foreign, &datagram), Some(ResetDiscard::Cluster));
}

#[test]
fn what_is_for_another_is_not_heard() {
    let (mut host, mut guard) = acquainted(millis(0));
    let status = guard.says(millis(0), &path_status());
    assert_eq!(refused(&identity(super::host(18), 1), &status), Some(ResetDiscard::Destination));
    assert_eq!(refused(&guard.identity, &status), Some(ResetDiscard::Destination));
    let second = Party::Connector(ConnectorNumber(1));
    let check = host.says(millis(0), &path_check());
    assert_eq!(refused(&identity(second, 1), &check), Some(ResetDiscard::Destination));
    assert_eq!(refused(&identity(second, 1), &host.calls(millis(0))), None, "for whoever it is");
    let notice = guard.tells_all();
    assert_eq!(refused(&identity(second, 1), &notice), Some(ResetDiscard::Broadcast));
}

#[test]
fn each_class_sends_its_own_kinds_to_those_they_are_for() {
    let parties = [host(17), host(18), connector(), Party::Connector(ConnectorNumber(9))];
    let messages = [path_check(), path_status(), request(), heartbeat(), Message::Notice(notice())];
    let pairs = parties.into_iter().flat_map(|from| parties.map(|to| (from, to)));
    for (from, to) in pairs.filter(|(from, to)| from != to) {
        for message in &messages {
            let datagram = End::new(from, to, 0, 1).says(millis(0), message);
            let (from_host, to_host) =
                (matches!(from, Party::Host(_)), matches!(to, Party::Host(_)));
            let allowed = match message {
                Message::PathCheck(_) | Message::ResetRequest(_) => from_host && !to_host,
                Message::Heartbeat(_) => from_host && to_host,
                _ => !from_host && to_host,
            };
            let expected = (!allowed).then_some(ResetDiscard::Class);
            assert_eq!(refused(&identity(to, 1), &datagram), expected, "{from} {to} {message:?}");
        }
    }
}

#[test]
fn what_is_oversized_is_not_looked_at() {
    let guard = identity(connector(), 1);
    for len in [0, 63, 513, 65_507] {
        assert_eq!(refused(&guard, &vec![b'R'; len]), Some(ResetDiscard::Length), "{len} bytes");
    }
}

#[test]
fn a_bad_body_is_dropped_after_the_sequence_was_taken() {
    let (mut host, mut guard) = acquainted(millis(0));
    let mut datagram = host.says(millis(1), &path_check());
    let len = datagram.len() - TAG_LEN;
    datagram[HEADER_LEN + 17] = 99;
    let tag = crate::crypto::hmac(crate::crypto::Hash::Sha256, &[0x5A; 32], &[&datagram[..len]]);
    datagram[len..].copy_from_slice(tag.truncated(TAG_LEN));
    assert_eq!(guard.hears(millis(1), &datagram), Err(ResetDiscard::Body));
    assert_eq!(guard.hears(millis(1), &datagram), Err(ResetDiscard::Replayed));
}

#[test]
fn a_buffer_that_is_too_short_takes_no_sequence() {
    let (mut host, mut guard) = acquainted(millis(0));
    for len in 0..host.says(millis(0), &request()).len() {
        let mut out = vec![0; len];
        let End { identity, keys, dialogue, .. } = &mut host;
        assert!(dialogue.seal(identity, keys, millis(0), &request(), &mut out).is_err(), "{len}");
    }
    let before = guard.dialogue.highest_sequence();
    let next = host.says(millis(0), &request());
    guard.hears(millis(0), &next).expect("new");
    // One was sealed for its length.
    assert_eq!(guard.dialogue.highest_sequence(), before + 2);
}
