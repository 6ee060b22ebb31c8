//! Lines of NUT, as every sentence there is, and as the words of a server to our client.

use komainu_core::rng::Seed;
use komainu_core::time::{Instant, Millis};
use komainu_core::types::{Outlet, UpsFailure, UpsIndex, UpsOrder};
use komainu_core::ups::{Account, Action, Client, Config, MAX_SEND, OrderId, ReadFrom, Tls};
use komainu_core::wire::nut::{LineBuffer, Request, Response, UpsName, Variables, Word};
use komainu_core::wire::{Full, Writer};

use crate::tape::Tape;

/// Most that one drain of a client may do.
const MOST: usize = 64;

/// Reads the bytes as lines, and as a conversation.
pub fn run(bytes: &[u8]) {
    sentences(bytes);
    Conversation::new(bytes).run();
}

fn written(emit: impl FnOnce(&mut Writer<'_>) -> Result<(), Full>) -> Vec<u8> {
    let mut buffer = [0; 4096];
    let mut out = Writer::new(&mut buffer);
    emit(&mut out).expect("a line that was read is at most doubled by its escapes");
    let line = out.written().strip_suffix(b"\n").expect("a line has an end");
    assert!(!line.contains(&b'\n'), "it is one line");
    line.to_vec()
}

fn sentences(mut bytes: &[u8]) {
    let mut lines = LineBuffer::new();
    let mut variables = Variables::default();
    while let Some(line) = lines.next(&mut bytes) {
        let Ok(line) = line else { continue };
        if let Ok(request) = Request::parse(line) {
            let again = written(|out| request.emit(out));
            assert_eq!(Request::parse(&again), Ok(request));
        }
        if let Ok(response) = Response::parse(line) {
            let again = written(|out| response.emit(out));
            assert_eq!(Response::parse(&again), Ok(response));
            if let Response::Var(var) = response {
                variables.note(var.name, var.value);
            }
        }
        if let Some(word) = Word::new(line) {
            variables.note(Word::new(b"ups.status").expect("a word"), word);
            let _ = variables.reading(None);
        }
    }
}

/// A client whose server says what the tape holds.
struct Conversation<'a> {
    tape: Tape<'a>,
    client: Client,
    now: Instant,
    given: u64,
    answered: u64,
}

impl<'a> Conversation<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let mut tape = Tape::new(bytes);
        let from = |ups, name| ReadFrom { ups, name: UpsName::new(name).expect("a name") };
        let config = Config {
            upses: [from(UpsIndex(0), "ups-a"), from(UpsIndex(1), "ups-b")].into_iter().collect(),
            account: Account::new("komainu", b"secret").filter(|_| tape.byte() & 1 == 0),
            tls: tape.pick(&[Tls::Off, Tls::Try, Tls::Require]),
            poll: Config::POLL,
            patience: Config::PATIENCE,
        };
        let now = Instant::from_micros(0);
        let client = Client::new(config, &Seed::new([1; 32]), now);
        Self { tape, client, now, given: 0, answered: 0 }
    }

    fn run(mut self) {
        self.drain();
        while !self.tape.is_over() {
            let how = self.tape.byte();
            match how & 7 {
                0 => self.client.connected(self.now),
                1 => self.client.secured(self.now),
                2 if how > 0xf0 => self.client.closed(self.now, UpsFailure::Silent),
                2 | 3 => {
                    let line = self.tape.piece();
                    self.client.handle(self.now, line);
                    self.client.handle(self.now, b"\n");
                }
                4 => self.now = self.client.deadline().unwrap_or(self.now),
                5 => self.now = self.now + Millis::new(u32::from(how) * 10),
                6 => self.order(how),
                _ => self.client.read_now(self.now),
            }
            self.drain();
        }
        self.client.closed(self.now, UpsFailure::Silent);
        self.drain();
        assert_eq!(self.given, self.answered, "every order is answered once");
    }

    fn order(&mut self, how: u8) {
        let outlet = Outlet::new(how >> 4).unwrap_or(Outlet::WHOLE);
        let delay = Millis::from_secs(u32::from(how));
        let order = self.tape.pick(&[
            UpsOrder::OffUntilMains { outlet, delay },
            UpsOrder::Off { outlet, delay },
            UpsOrder::On { outlet },
            UpsOrder::Cancel { outlet },
            UpsOrder::Test,
            UpsOrder::StopTest,
        ]);
        self.client.order(OrderId(self.given), UpsIndex(u16::from(how >> 3 & 1)), order);
        self.given += 1;
    }

    fn drain(&mut self) {
        let mut out = [0; MAX_SEND];
        for _ in 0..MOST {
            match self.client.poll(self.now, &mut out) {
                Some(Action::Ordered { .. }) => self.answered += 1,
                Some(Action::Send { len }) => {
                    let sent = out[..len].strip_suffix(b"\n").expect("whole lines");
                    for line in sent.split(|byte| *byte == b'\n') {
                        let known = Request::parse(line).expect("our own sentence");
                        assert!(!matches!(known, Request::Unknown(_)), "{known:?}");
                    }
                }
                Some(_) => {}
                None => {
                    let due = self.client.deadline();
                    assert!(due.is_none_or(|due| due > self.now), "nothing is left due");
                    return;
                }
            }
        }
        panic!("a drain has an end");
    }
}
