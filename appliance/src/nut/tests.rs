//! NUT servers that are none, at the other end of a cable.

use std::vec::Vec;

use core::net::SocketAddrV4;

use heapless::Vec as Few;
use komainu_core::rng::Seed;
use komainu_core::site::Input;
use komainu_core::time::{Instant, Millis};
use komainu_core::types::{UpsFailure, UpsIndex};
use komainu_core::ups::{Config, MAX_SEND, ReadFrom, Tls};
use komainu_core::wire::nut::UpsName;

use super::Reader;
use crate::cable::{Plug, address, pair, turn};
use crate::lan::Lan;

const NUT: u16 = 3493;
const PATIENCE: u32 = 1000;

fn at(ms: u32) -> Instant {
    Instant::from_micros(0) + Millis::new(ms)
}

fn reader() -> Reader {
    let mut upses = Few::new();
    let name = UpsName::new("rack").expect("a name");
    upses.push(ReadFrom { ups: UpsIndex(0), name }).expect("room");
    let (poll, patience) = (Millis::new(500), Millis::new(PATIENCE));
    let config = Config { upses, account: None, tls: Tls::Off, poll, patience };
    let server = SocketAddrV4::new(address(1), NUT);
    Reader::new(server, config, 0, &Seed::new([3; 32]), at(0))
}

/// A reader that is run, millisecond after millisecond.
struct Running {
    reader: Reader,
    lan: Lan<Plug>,
    failures: Vec<(u32, UpsFailure)>,
}

impl Running {
    fn step(&mut self, ms: u32) {
        let (mut out, failures) = ([0; MAX_SEND], &mut self.failures);
        turn(&mut self.lan, at(ms));
        self.reader.turn(at(ms), &mut self.lan, &mut out, |input| match input {
            Input::Reading { reading: Err(why), .. } => failures.push((ms, why)),
            other => panic!("{other:?}"),
        });
        turn(&mut self.lan, at(ms));
        let due = self.reader.deadline();
        assert!(due.is_none_or(|due| due > at(ms)), "it comes to rest");
    }
}

#[test]
fn a_server_that_is_gone_behind_the_handshake_is_silent_and_tried_again() {
    let (cable, [lan, mut server]) = pair(NUT);
    let mut running = Running { reader: reader(), lan, failures: Vec::new() };
    server.stream(0).expect("a socket").listen(NUT).expect("listening");
    let mut ms = 0;
    while !running.lan.stream(0).is_some_and(|socket| socket.may_send()) {
        running.step(ms);
        turn(&mut server, at(ms));
        turn(&mut running.lan, at(ms));
        ms += 1;
        assert!(ms < 1000, "connected");
    }
    // What is sent now is never confirmed.
    cable.borrow_mut().cut();
    let lost = ms;
    while running.failures.is_empty() {
        running.step(ms);
        ms += 1;
        assert!(ms <= lost + PATIENCE + 10, "silent");
    }
    assert_eq!(running.failures[0].1, UpsFailure::Silent);
    cable.borrow_mut().mend();
    let socket = server.stream(0).expect("a socket");
    socket.abort();
    socket.listen(NUT).expect("listening");
    let limit = ms + 5000;
    while !server.stream(0).is_some_and(|socket| socket.can_recv()) {
        running.step(ms);
        turn(&mut server, at(ms));
        ms += 1;
        assert!(ms < limit, "asked again");
    }
}

#[test]
fn a_server_that_takes_nothing_more_is_silent() {
    let (_, [lan, mut server]) = pair(NUT);
    let mut running = Running { reader: reader(), lan, failures: Vec::new() };
    server.stream(0).expect("a socket").listen(NUT).expect("listening");
    // It takes the connection and never reads, nor answers.
    for ms in 0..3 * PATIENCE {
        running.step(ms);
        turn(&mut server, at(ms));
    }
    assert!(running.failures.iter().any(|(ms, _)| *ms <= PATIENCE + 10), "{:?}", running.failures);
}

#[test]
fn a_server_that_refuses_is_silent_and_tried_again() {
    let (_, [lan, mut server]) = pair(NUT);
    let mut running = Running { reader: reader(), lan, failures: Vec::new() };
    for ms in 0..3000 {
        running.step(ms);
        turn(&mut server, at(ms));
    }
    assert!(running.failures.len() > 2, "{:?}", running.failures);
    assert!(running.failures.iter().all(|(_, why)| *why == UpsFailure::Silent));
}
