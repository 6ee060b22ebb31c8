//! Datagrams of the reset path: sealed, opened, and a heartbeat that a member takes in.

use std::hint::black_box;
use std::net::SocketAddr;
use std::time::Duration;

use komainu_benches::site::{self, Member as Asker};
use komainu_core::limits::MAX_RESET_DATAGRAM;
use komainu_core::member::{Action, Config, Input, Member, PeerConfig, Restored, Timers};
use komainu_core::reset_path::{Dialogue, Identity, open};
use komainu_core::rng::{Drbg, Seed};
use komainu_core::time::Instant;
use komainu_core::types::{ConfigDigest, ConnectorNumber, Epoch, HostAddress, Party, SystemName};

use super::measured;

/// The monitoring path of the heartbeats.
const PATH: u8 = 1;
const MAX_OUT: usize = 1024;

/// Seals a PathCheck so many times.
pub(crate) fn seal(times: usize) {
    let (mut member, now) = (Asker::new(0, 2), Instant::from_micros(1));
    let message = member.path_check();
    for _ in 0..times {
        measured(&mut || {
            black_box(member.seal(now, black_box(&message)));
        });
    }
}

/// Opens one, places it in the dialogue and reads it.
pub(crate) fn unseal(times: usize) {
    let (mut member, now) = (Asker::new(0, 2), Instant::from_micros(1));
    let mut chance = Drbg::new(&Seed::new([5; 32]));
    let party = Party::Connector(ConnectorNumber(0));
    let patrol = Duration::from_secs(5);
    let identity = Identity::new(party, site::cluster_number(0), Epoch(1), patrol, &mut chance);
    let mut dialogue = Dialogue::new(Party::Host(host(1)), 0);
    let keys = site::keys();
    for _ in 0..times {
        // The echo of a nonce is looked for among all of the last 10 s only when there is one.
        let mut answer = [0; MAX_RESET_DATAGRAM];
        let asked = member.path_check();
        let len = dialogue.seal(&identity, &keys, now, &asked, &mut answer).expect("it fits");
        member.hear(now, &answer[..len]);
        let datagram = member.check(now);
        measured(&mut || {
            let frame = open(&identity, &keys, black_box(&datagram)).expect("it is sealed");
            dialogue.accept(&identity, now, &frame.header).expect("it is new");
            black_box(frame.message().expect("it can be read"));
        });
    }
}

fn host(number: u16) -> HostAddress {
    HostAddress::new(number).expect("an address")
}

/// Two members on one path; nothing takes time. The heartbeats of the second are counted.
pub(crate) fn heartbeat(times: usize) {
    let mut now = Instant::from_micros(1_000_000);
    let mut pair = [member(1, 2, now), member(2, 1, now)];
    let mut counted = 0;
    for round in 0.. {
        now = now + Timers::default().heartbeat.duration();
        // Both speak before either hears.
        let [first, second] = [1, 2].map(|number| said(&mut pair[number - 1], now));
        second.into_iter().for_each(|datagram| hear(&mut pair[0], 2, now, datagram, false));
        for datagram in first {
            hear(&mut pair[1], 1, now, datagram, round > 8);
            counted += usize::from(round > 8);
        }
        if counted >= times {
            return;
        }
    }
}

fn said(member: &mut Member, now: Instant) -> Vec<Vec<u8>> {
    let mut sent = Vec::new();
    drain(member, now, &mut |datagram| sent.push(datagram.to_vec()));
    sent
}

fn hear(member: &mut Member, from: u16, now: Instant, mut datagram: Vec<u8>, counted: bool) {
    let input = Input::Datagram { path: PATH, from: at(from), datagram: &mut datagram };
    let mut input = Some(input);
    let work = &mut || {
        input.take().into_iter().for_each(|input| member.handle(now, input));
        drain(member, now, &mut |_| {});
    };
    if counted { measured(work) } else { work() }
}

fn at(number: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, number as u8], site::cluster_number(0)))
}

/// A member of a cluster of two, without services.
fn member(number: u16, peer: u16, now: Instant) -> Box<Member> {
    let name = |number| SystemName::new(&format!("h{number}")).expect("a name");
    let (cluster, keys) = (site::cluster_number(0), site::keys());
    let (digest, timers) = (ConfigDigest(1), Timers::default());
    let config = Config::new(cluster, host(number), name(number), digest, keys, timers);
    let mut config = config.expect("the timers fit");
    let paths = heapless::Vec::from_iter([(PATH, at(peer))]);
    config.add_peer(PeerConfig { host: host(peer), name: name(peer), paths }).expect("room");
    let restored = Restored { record: None, damaged: false, unix_ms: 1_700_000_000_000 };
    Box::new(Member::new(config, &Seed::new([number as u8; 32]), restored, now))
}

fn drain(member: &mut Member, now: Instant, send: &mut dyn FnMut(&[u8])) {
    let mut out = [0; MAX_OUT];
    while let Some(action) = member.poll(now, &mut out) {
        match action {
            Action::Send { path: PATH, len, .. } => send(&out[..len]),
            Action::Persist { generation } => {
                member.handle(now, Input::Persisted(generation));
            }
            Action::Send { .. }
            | Action::Broadcast { .. }
            | Action::Run { .. }
            | Action::Guests(_)
            | Action::HostDown { .. }
            | Action::ShutDown
            | Action::Answer { .. }
            | Action::Tell(_) => {}
        }
    }
}
