//! A client and a server whose every line stands in the test.

extern crate std;

mod chaos;
mod looks;
mod orders;

use std::string::{String, ToString as _};
use std::vec;
use std::vec::Vec;

use super::*;
use crate::rng::Seed;
use crate::time::{Instant, Millis};
use crate::types::{Supply, UpsFailure, UpsIndex, UpsReading};
use crate::wire::nut::UpsName;

/// A client on its own clock.
struct World {
    client: Client,
    now: Instant,
}

/// What the client wanted, with the text that it sent.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Did {
    Sent(String),
    Other(Action),
}

const A: UpsIndex = UpsIndex(3);
const B: UpsIndex = UpsIndex(7);

fn config(names: &[(UpsIndex, &str)]) -> Config {
    let from =
        |(ups, name): &(_, &str)| ReadFrom { ups: *ups, name: UpsName::new(name).expect("a name") };
    Config {
        upses: names.iter().map(from).collect(),
        account: None,
        tls: Tls::Off,
        poll: Config::POLL,
        patience: Config::PATIENCE,
    }
}

fn with_account(names: &[(UpsIndex, &str)]) -> Config {
    Config { account: Account::new("komainu", b"open sesame"), ..config(names) }
}

impl World {
    fn new(config: Config) -> Self {
        let now = Instant::from_micros(1_000_000);
        Self { client: Client::new(config, &Seed::new([7; 32]), now), now }
    }

    /// One that is connected and has sent its first look.
    fn looking(config: Config) -> Self {
        let mut world = Self::new(config);
        assert_eq!(world.run(), [Did::Other(Action::Connect)]);
        world.client.connected(world.now);
        world
    }

    /// Everything that is due now.
    fn run(&mut self) -> Vec<Did> {
        let mut done = vec![];
        let mut out = [0; MAX_SEND];
        while let Some(action) = self.client.poll(self.now, &mut out) {
            done.push(match action {
                Action::Send { len } => {
                    Did::Sent(std::str::from_utf8(&out[..len]).expect("text").to_string())
                }
                other => Did::Other(other),
            });
            assert!(done.len() < 50, "{done:?}");
        }
        assert!(self.client.deadline().is_none_or(|at| at > self.now), "not quiescent");
        done
    }

    /// What the server says, and what follows at once.
    fn said(&mut self, text: &str) -> Vec<Did> {
        self.client.handle(self.now, text.as_bytes());
        self.run()
    }

    fn pass(&mut self, millis: u32) -> Vec<Did> {
        self.now = self.now + Millis::new(millis);
        self.run()
    }

    /// Goes to the next deadline.
    fn wait(&mut self) -> Vec<Did> {
        self.now = self.client.deadline().expect("a deadline");
        self.run()
    }

    fn read(&self, ups: UpsIndex, reading: Result<UpsReading, UpsFailure>) -> Did {
        Did::Other(Action::Reading { ups, asked: self.now, reading })
    }
}

fn sent(text: &str) -> Did {
    Did::Sent(text.to_string())
}

/// The variables of a UPS, as a server lists them.
fn variables(ups: &str, values: &[(&str, &str)]) -> String {
    let lines = values.iter().map(|(name, value)| std::format!("VAR {ups} {name} \"{value}\"\n"));
    let lines: String = lines.collect();
    std::format!("BEGIN LIST VAR {ups}\n{lines}END LIST VAR {ups}\n")
}

fn on(supply: Supply) -> Result<UpsReading, UpsFailure> {
    Ok(UpsReading::of(supply))
}
