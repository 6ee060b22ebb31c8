//! The pieces of work whose instructions are counted.
//!
//! Runs one of them [`REPEATS`] times, under callgrind: only what happens inside [`measured`] is
//! the piece, the simulated BMC at the other end is not. `benches/counts` runs them all.

mod connector;
mod exchange;
mod parse;
mod reset_path;

use std::hint::black_box;
use std::process::ExitCode;

use connector::Event;
use exchange::Part;

/// How often a piece is done. Chance is drawn in chunks, so that one login is dearer than the
/// next; over this many the chunks even out.
const REPEATS: usize = 64;

/// A piece of work.
#[derive(Clone, Copy)]
enum Piece {
    /// Bytes to values, for the five datagrams with which a BMC answers one session.
    Parse,
    /// A part of a session under this suite.
    Session(Part, u8),
    /// What happens to a connector of 16 servers.
    Few(Event),
    /// The same, to one of 4,096.
    Many(Event),
    /// A datagram of the reset path, sealed.
    Seal,
    /// Opened, and read.
    Unseal,
    /// A heartbeat that a member takes in.
    Heartbeat,
}

const PIECES: [(&str, Piece); 18] = [
    ("parse", Piece::Parse),
    ("seal-3", Piece::Session(Part::Seal, 3)),
    ("seal-17", Piece::Session(Part::Seal, 17)),
    ("open-3", Piece::Session(Part::Open, 3)),
    ("open-17", Piece::Session(Part::Open, 17)),
    ("login-3", Piece::Session(Part::Login, 3)),
    ("login-17", Piece::Session(Part::Login, 17)),
    ("whole-3", Piece::Session(Part::Whole, 3)),
    ("whole-17", Piece::Session(Part::Whole, 17)),
    ("seal-path-check", Piece::Seal),
    ("open-path-check", Piece::Unseal),
    ("heartbeat", Piece::Heartbeat),
    ("path-check-16", Piece::Few(Event::PathCheck)),
    ("path-check-4096", Piece::Many(Event::PathCheck)),
    ("reading-16", Piece::Few(Event::Reading)),
    ("reading-4096", Piece::Many(Event::Reading)),
    ("reset-request-16", Piece::Few(Event::ResetRequest)),
    ("reset-request-4096", Piece::Many(Event::ResetRequest)),
];

fn main() -> ExitCode {
    // Cargo adds an option of its own.
    let wanted = std::env::args().skip(1).find(|argument| argument != "--bench");
    let Some(wanted) = wanted else {
        PIECES.iter().for_each(|(name, _)| println!("{name}"));
        return ExitCode::SUCCESS;
    };
    match PIECES.iter().find(|(name, _)| *name == wanted) {
        Some((_, Piece::Parse)) => parse::run(REPEATS),
        Some((_, Piece::Session(part, suite))) => exchange::run(*part, *suite, REPEATS),
        Some((_, Piece::Few(event))) => connector::few(*event, REPEATS),
        Some((_, Piece::Many(event))) => connector::many(*event, REPEATS),
        Some((_, Piece::Seal)) => reset_path::seal(REPEATS),
        Some((_, Piece::Unseal)) => reset_path::unseal(REPEATS),
        Some((_, Piece::Heartbeat)) => reset_path::heartbeat(REPEATS),
        None => {
            eprintln!("pieces: no piece is called {wanted}; without an argument they are listed");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Does a piece of work. Callgrind collects from its entry to its return, so it must stay a
/// function of its own, and must not end in a jump to the work.
#[inline(never)]
fn measured(work: &mut dyn FnMut()) {
    work();
    black_box(());
}
