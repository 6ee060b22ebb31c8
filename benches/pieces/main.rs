//! The pieces of work whose instructions are counted.
//!
//! Runs one of them [`REPEATS`] times, under callgrind: only what happens inside [`measured`] is
//! the piece, the simulated BMC at the other end is not. `benches/counts` runs them all.

mod exchange;
mod parse;

use std::hint::black_box;
use std::process::ExitCode;

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
}

const PIECES: [(&str, Piece); 9] = [
    ("parse", Piece::Parse),
    ("seal-3", Piece::Session(Part::Seal, 3)),
    ("seal-17", Piece::Session(Part::Seal, 17)),
    ("open-3", Piece::Session(Part::Open, 3)),
    ("open-17", Piece::Session(Part::Open, 17)),
    ("login-3", Piece::Session(Part::Login, 3)),
    ("login-17", Piece::Session(Part::Login, 17)),
    ("whole-3", Piece::Session(Part::Whole, 3)),
    ("whole-17", Piece::Session(Part::Whole, 17)),
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
