//! CPU time and memory of whole sessions of the core over a real UDP socket, in one thread.
//!
//! `one ADDRESS SUITE SESSIONS` runs them one after the other and one datagram a system call;
//! `many ADDRESS SUITE SESSIONS BMCS` runs them side by side, one for each of that many BMCs on
//! consecutive addresses, and hands the system whatever there is to send or receive at once.
//! `floor` does as `many`, with pings in place of the datagrams of a session.

mod floor;
mod many;
mod one;

use std::error::Error;
use std::net::SocketAddrV4;
use std::process::ExitCode;

use floor::Pings;
use komainu_benches::errand::Errand;
use komainu_benches::stopwatch::Stopwatch;
use many::{Lines, Talk};
use one::Line;

type Done = Result<(), Box<dyn Error>>;

/// What to measure.
pub(crate) struct Order {
    /// The first BMC.
    pub(crate) address: SocketAddrV4,
    pub(crate) suite: u8,
    pub(crate) sessions: usize,
}

fn main() -> ExitCode {
    // Cargo adds an option of its own.
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["one", address, suite, sessions] => tell_one(address, suite, sessions),
        ["many", address, suite, sessions, bmcs] => {
            tell_many::<Errand>("komainu many", [address, suite, sessions, bmcs])
        }
        ["floor", address, suite, sessions, bmcs] => {
            tell_many::<Pings>("floor", [address, suite, sessions, bmcs])
        }
        _ => Err("usage: sessions one ADDRESS:PORT SUITE SESSIONS | \
                  sessions many|floor ADDRESS:PORT SUITE SESSIONS BMCS"
            .into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sessions: {error}");
            ExitCode::FAILURE
        }
    }
}

fn order(address: &str, suite: &str, sessions: &str) -> Result<Order, Box<dyn Error>> {
    Ok(Order { address: address.parse()?, suite: suite.parse()?, sessions: sessions.parse()? })
}

fn tell_one(address: &str, suite: &str, sessions: &str) -> Done {
    let order = order(address, suite, sessions)?;
    let mut line = Line::connect(&order)?;
    let stopwatch = Stopwatch::start();
    let failed = line.run(order.sessions)?;
    stopwatch.tell("komainu one", order.sessions, failed);
    Ok(())
}

fn tell_many<T: Talk>(name: &str, [address, suite, sessions, bmcs]: [&str; 4]) -> Done {
    let order = order(address, suite, sessions)?;
    let mut lines = Lines::<T>::open(&order, bmcs.parse()?)?;
    let stopwatch = Stopwatch::start();
    let failed = lines.run(order.sessions)?;
    stopwatch.tell(name, order.sessions, failed);
    Ok(())
}
