//! A new key takes the place of an old one, and nothing is lost on the way.

use std::format;

use super::*;

const OLD: [u8; 32] = [1; 32];
const NEW: [u8; 32] = [2; 32];

fn old() -> ClusterKeys {
    ClusterKeys::new(key_number(1), Secret::from(OLD))
}

fn both() -> ClusterKeys {
    old().accept(key_number(2), Secret::from(NEW)).expect("another number")
}

fn new() -> ClusterKeys {
    ClusterKeys::new(key_number(2), Secret::from(NEW))
}

fn passes(from: &ClusterKeys, to: &ClusterKeys) -> bool {
    let mut host = End { keys: both(), ..End::new(host(17), connector(), 0, 1) };
    assert!(host.keys.send_with(from.sends_with()));
    let datagram = host.says(millis(0), &path_check());
    open(&identity(connector(), 1), to, &datagram).is_ok()
}

#[test]
fn a_key_is_rolled_over_without_a_gap() {
    assert!(passes(&old(), &both()) && passes(&both(), &old()));
    let mut named = both();
    assert!(named.send_with(key_number(2)));
    assert!(passes(&named, &both()) && passes(&old(), &named) && passes(&named, &new()));
    assert!(!passes(&named, &old()), "who does not accept it yet does not hear it");
    assert!(!passes(&old(), &new()));
}

#[test]
fn the_connector_names_a_new_key_when_every_host_accepts_it() {
    let mut keys = both();
    assert_eq!(keys.accepted(), [Some(key_number(1)), Some(key_number(2))]);
    let (ready, not) = (both().accepted(), old().accepted());
    assert_eq!(keys.successor([ready, not, ready]), None);
    assert_eq!(keys.successor([ready, new().accepted()]), Some(key_number(2)));
    assert!(keys.send_with(key_number(2)));
    assert_eq!(keys.successor([ready]), None, "it is named already");
    assert_eq!(old().successor([ready]), None, "there is no other");
}

#[test]
fn a_key_that_is_not_accepted_is_not_sent_with() {
    let mut keys = both();
    assert!(!keys.send_with(key_number(3)));
    assert_eq!(keys.sends_with(), key_number(1));
}

#[test]
fn two_keys_of_one_number_are_refused() {
    let taken = old().accept(key_number(1), Secret::from(NEW)).map(|_| ());
    assert_eq!(taken, Err(KeyTaken(key_number(1))));
}

#[test]
fn a_number_with_another_key_is_no_key() {
    let impostor = ClusterKeys::new(key_number(1), Secret::from([9; 32]));
    let mut host = End { keys: impostor, ..End::new(host(17), connector(), 0, 1) };
    let datagram = host.says(millis(0), &path_check());
    let opened = open(&identity(connector(), 1), &both(), &datagram);
    assert_eq!(opened, Err(ResetDiscard::Tag));
}

#[test]
fn no_secret_is_shown() {
    let shown = format!("{:?} {:?}", both(), identity(host(1), 1));
    assert!(shown.contains("<secret>") && !shown.contains("[1, 1") && !shown.contains("2, 2, 2"));
}
