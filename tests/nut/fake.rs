//! Servers that are none.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use komainu_core::time::Millis;
use komainu_core::types::{Supply, UpsFailure};
use komainu_host::ups::setup::NutSetup;

use crate::Case;
use crate::watch::{A, Watch, setup};

pub(crate) const CASES: &[Case] = &[
    ("a server that talks nonsense is not believed", nonsense),
    ("a server that says nothing is silent", nothing),
    ("a server that talks without end is left", endless),
    ("a server that drips is left, and is read once it speaks", drips),
];

/// Something that takes connections, and its port.
fn server(talk: impl Fn(TcpStream, u32) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for (stream, number) in listener.incoming().flatten().zip(0..) {
            talk(stream, number);
        }
    });
    port
}

fn watch(port: u16) -> Watch {
    Watch::start(NutSetup { patience: Millis::new(500), ..setup(port, &[(A, "a")]) })
}

fn nonsense() {
    let port = server(|mut stream, number| {
        let _ = stream.read(&mut [0; 100]);
        let noise: Vec<u8> = (0..3000_u32).map(|at| (at * 7919 + number * 31) as u8).collect();
        let _ =
            stream.write_all(if number == 0 { b"HTTP/1.1 400 Bad Request\r\n" } else { &noise });
    });
    let mut watch = watch(port);
    watch.failure(A, UpsFailure::Garbled);
    watch.failure(A, UpsFailure::Garbled);
}

fn nothing() {
    let port = server(|stream, _| {
        thread::spawn(move || {
            thread::sleep(Duration::from_secs(3));
            drop(stream);
        });
    });
    let mut watch = watch(port);
    watch.failure(A, UpsFailure::Silent);
    watch.failure(A, UpsFailure::Silent);
}

fn endless() {
    let port = server(|mut stream, _| {
        let _ = stream.write_all(b"BEGIN LIST VAR a\n");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    watch(port).failure(A, UpsFailure::Silent);
}

fn drips() {
    let answer = b"BEGIN LIST VAR a\nVAR a ups.status \"OB\"\nEND LIST VAR a\n";
    let port = server(move |mut stream, number| {
        let wait = Duration::from_millis(if number == 0 { 100 } else { 1 });
        for byte in answer {
            thread::sleep(wait);
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
        }
        let _ = stream.read(&mut [0; 100]);
        let _ = stream.read(&mut [0; 100]);
    });
    let mut watch = watch(port);
    watch.failure(A, UpsFailure::Silent);
    watch.supply(A, Supply::Battery);
}
