//! What is said to members, and what is taken from them.

use super::*;
use crate::counters::ResetDiscard;

fn statuses(bench: &Bench, number: u16) -> Vec<usize> {
    let count = |message: &Message| match message {
        Message::PathStatus(status) => Some(status.systems.len()),
        _ => None,
    };
    bench.members[usize::from(number) - 1].heard.iter().filter_map(count).collect()
}

#[test]
fn a_member_is_challenged_once_a_second_and_then_answered() {
    let mut bench = Bench::new(2);
    bench.check(1);
    assert_eq!(statuses(&bench, 1), [0], "a nonce to echo, and nothing else");
    bench.check(1);
    assert_eq!(statuses(&bench, 1), [0, 2]);
    assert!(bench.done.tells.contains(&Tell::PathBack { server: ServerIndex(0) }));
    // Another start of the member, which knows no nonce.
    bench.members[1] = Member::new(2);
    for _ in 0..3 {
        bench.members[1].dialogue = Dialogue::new(Party::Connector(ConnectorNumber(0)), 0);
        bench.check(2);
    }
    assert_eq!(statuses(&bench, 2), [0]);
}

#[test]
fn a_member_whose_clock_and_store_went_back_is_heard_again() {
    let mut bench = Bench::new(2);
    bench.members[1] = Member::started(2, Epoch(1_000));
    bench.meet();
    bench.members[1] = Member::started(2, Epoch(7));
    bench.pass(ms(6_000));
    bench.done.tells.clear();
    for _ in 0..3 {
        bench.pass(ms(1_000));
        bench.check(2);
    }
    assert!(bench.done.tells.contains(&Tell::PathBack { server: ServerIndex(1) }));
    let told = |tell: &&Tell| **tell == Tell::WentBack { server: ServerIndex(1) };
    assert_eq!(bench.done.tells.iter().filter(told).count(), 1);
}

#[test]
fn a_capture_of_an_earlier_start_takes_no_nonce_from_a_present_one() {
    let mut bench = Bench::new(2);
    bench.members[1] = Member::started(2, Epoch(1_000));
    bench.meet();
    let mut before = Member::started(2, Epoch(7));
    bench.members[1] = Member::started(2, Epoch(1_001));
    bench.pass(ms(3_000));
    // The capture comes first, each time.
    core::mem::swap(&mut before, &mut bench.members[1]);
    bench.check(2);
    core::mem::swap(&mut before, &mut bench.members[1]);
    bench.check(2);
    assert_eq!(statuses(&bench, 2), [0], "a nonce to echo");
}

#[test]
fn an_address_is_learnt_only_from_a_valid_echo() {
    let mut bench = Bench::new(2);
    bench.check(1);
    assert_eq!(bench.machine.servers[0].member, None);
    bench.check(1);
    assert_eq!(bench.machine.servers[0].member, Some(member(1).into()));
}

#[test]
fn silence_loses_a_path_and_it_heals() {
    let mut bench = Bench::ready(2);
    bench.pass(Duration::from_secs(6));
    assert!(bench.done.tells.contains(&Tell::PathLost { server: ServerIndex(0) }));
    bench.done.tells.clear();
    bench.meet();
    assert!(bench.done.tells.contains(&Tell::PathBack { server: ServerIndex(0) }));
}

#[test]
fn forged_datagrams_are_counted_and_told_once_a_minute() {
    let mut bench = Bench::ready(2);
    let flood = |bench: &mut Bench| {
        for _ in 0..1000 {
            let mut datagram = [0x52; 100];
            let (cluster, from) = (ClusterIndex(0), member(9));
            let input = Input::ResetPath { cluster, from, datagram: &mut datagram };
            bench.machine.handle(bench.now, input);
            bench.drain();
        }
    };
    let told = |bench: &Bench| {
        let count = |tell: &Tell| match tell {
            Tell::Discarded { cause: ResetDiscard::Magic, count, .. } => Some(*count),
            _ => None,
        };
        bench.done.tells.iter().filter_map(count).collect::<Vec<_>>()
    };
    flood(&mut bench);
    assert_eq!(told(&bench), [1]);
    bench.pass(Duration::from_secs(61));
    assert_eq!(told(&bench), [1, 999]);
    assert!(bench.machine.snapshot(bench.now).clusters().all(|one| one.discarded == 1000));
}

#[test]
fn a_stale_request_is_refused_and_the_next_one_is_fresh() {
    let mut bench = Bench::new(2);
    bench.request(1, 77, 2, ResetMethod::LookOnly);
    let last = bench.last(1).expect("answered");
    assert_eq!((last.state, last.cause), (ResetState::Refused, Cause::StaleEcho));
    bench.request(1, 77, 2, ResetMethod::LookOnly);
    assert_ne!(bench.last(1).map(|last| last.cause), Some(Cause::StaleEcho));
}

#[test]
fn unknown_systems_are_refused() {
    let mut bench = Bench::ready(2);
    bench.request(1, 77, 9, ResetMethod::LookOnly);
    assert_eq!(bench.last(1).map(|last| last.cause), Some(Cause::UnknownSystem));
    let cluster = ClusterIndex(0);
    let (from, cause) = (host(1), Cause::UnknownSystem);
    assert!(bench.done.tells.contains(&Tell::Refused { cluster, from, target: None, cause }));
}

#[test]
fn a_power_off_that_is_hinted_at_is_read_at_once_and_told_to_all() {
    let mut bench = Bench::ready(2);
    bench.tell(2, READ_ON);
    let hint = Input::Hint { server: ServerIndex(1), source: Source::Trap };
    bench.machine.handle(bench.now, hint);
    bench.drain();
    assert!(matches!(bench.question(2), Some(Ask::Look { .. })));
    bench.tell(2, READ_OFF);
    let (server, power) = (ServerIndex(1), PowerState::Off);
    assert!(bench.done.tells.contains(&Tell::Power { server, power, source: Source::Trap }));
    let told = |bench: &Bench| {
        let off = |event: Event| event == Event::PowerOff;
        let is_it = |message: &&Message| matches!(message, Message::Notice(it) if off(it.event));
        bench.members[0].heard.iter().filter(is_it).count()
    };
    assert_eq!(told(&bench), 2, "to many, and to it alone");
    bench.pass(Duration::from_secs(2));
    assert_eq!(told(&bench), 6, "three times");
}
