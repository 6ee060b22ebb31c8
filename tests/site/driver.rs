//! A driver of our own behind the real server: it says what it is told, at once, and does what it
//! is ordered. NUT's dummy driver knows no orders.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

/// What the driver knows.
struct State {
    variables: BTreeMap<String, String>,
    /// What it was ordered.
    ordered: Vec<String>,
    /// What it answers to an order: 0 = done, 3 = failed; none = nothing.
    result: Option<u8>,
    servers: Vec<UnixStream>,
}

/// A handle on it.
#[derive(Clone)]
pub struct Driver {
    state: Arc<Mutex<State>>,
    /// Whoever speaks to the server: a dump must not come after a change that it does not hold.
    speaks: Arc<Mutex<()>>,
}

/// What it can do.
const COMMANDS: &[&str] =
    &["load.off", "load.on", "shutdown.return", "shutdown.stop", "test.battery.start.quick"];

impl Driver {
    /// Listens where the server looks for a driver.
    pub fn start(socket: &Path) -> Self {
        let variables = [
            ("ups.status", "OL"),
            ("battery.charge", "100"),
            ("battery.runtime", "900"),
            ("ups.delay.shutdown", "20"),
            ("ups.timer.shutdown", "-1"),
            ("outlet.1.status", "on"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let state = State { variables, ordered: vec![], result: Some(0), servers: vec![] };
        let driver = Self { state: Arc::new(Mutex::new(state)), speaks: Arc::default() };
        let listener = UnixListener::bind(socket).expect("a socket of our own");
        let answering = driver.clone();
        thread::spawn(move || {
            for server in listener.incoming().flatten() {
                let driver = answering.clone();
                thread::spawn(move || driver.serve(&server));
            }
        });
        driver
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no test fails while it holds this")
    }

    fn turn(&self) -> std::sync::MutexGuard<'_, ()> {
        self.speaks.lock().expect("no test fails while it holds this")
    }

    /// Has it say something else, at once.
    pub fn set(&self, name: &str, value: &str) {
        let _turn = self.turn();
        self.say(name, value);
    }

    fn say(&self, name: &str, value: &str) {
        let mut state = self.state();
        state.variables.insert(name.to_owned(), value.to_owned());
        for server in &mut state.servers {
            let _ = writeln!(server, "SETINFO {name} \"{value}\"");
        }
    }

    /// What it answers to orders from now on: 0 = done, 3 = failed; `None` = nothing.
    pub fn answers(&self, result: Option<u8>) {
        self.state().result = result;
    }

    /// What it was ordered so far, in the words of the server.
    pub fn ordered(&self) -> Vec<String> {
        self.state().ordered.clone()
    }

    fn serve(&self, server: &UnixStream) {
        let mut out = server.try_clone().expect("a socket");
        self.state().servers.push(server.try_clone().expect("a socket"));
        for line in BufReader::new(server).lines() {
            let Ok(line) = line else { return };
            let _turn = self.turn();
            let answer = self.answer(&line);
            if out.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }

    fn answer(&self, line: &str) -> String {
        let (order, number) = match line.split_once(" TRACKING ") {
            Some((order, number)) => (order, Some(number)),
            None => (line, None),
        };
        match order.split_whitespace().collect::<Vec<_>>()[..] {
            ["PING"] => "PONG\n".to_owned(),
            ["DUMPALL"] => self.dump(),
            ["INSTCMD", ..] | ["SET", ..] => {
                self.obey(order);
                match (self.state().result, number) {
                    (Some(result), Some(number)) => format!("TRACKING {number} {result}\n"),
                    _ => String::new(),
                }
            }
            _ => String::new(),
        }
    }

    fn dump(&self) -> String {
        let variables = self.state().variables.clone();
        let said = variables.iter().map(|(name, value)| format!("SETINFO {name} \"{value}\"\n"));
        let can = COMMANDS.iter().map(|command| format!("ADDCMD {command}\n"));
        let flags = "SETFLAGS ups.delay.shutdown RW NUMBER\n".to_owned();
        said.chain(can).chain([flags, "DATAOK\nDUMPDONE\n".to_owned()]).collect()
    }

    fn obey(&self, order: &str) {
        let mut state = self.state();
        state.ordered.push(order.to_owned());
        let done = state.result == Some(0);
        drop(state);
        let words: Vec<_> = order.split_whitespace().map(|word| word.trim_matches('"')).collect();
        match words[..] {
            ["SET", name, value] if done => self.say(name, value),
            ["INSTCMD", "shutdown.return"] if done => {
                let delay = self.state().variables["ups.delay.shutdown"].clone();
                self.say("ups.timer.shutdown", &delay);
            }
            ["INSTCMD", "shutdown.stop"] if done => self.say("ups.timer.shutdown", "-1"),
            ["INSTCMD", "load.off"] if done => self.say("ups.status", "OL OFF"),
            _ => {}
        }
    }
}
