//! Cuts a stream into lines.

use core::fmt;

use heapless::Vec;

/// Longest line that is read or written, in bytes without its end.
///
/// The protocol names no limit. NUT's own programs stop at 512 or 1024 bytes, by version.
pub const MAX_LINE: usize = 1024;

/// A line was longer than [`MAX_LINE`]. All of it is skipped; counted by whoever hears it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a line of more than {MAX_LINE} bytes")
    }
}

impl core::error::Error for TooLong {}

/// The line that is not whole yet.
#[derive(Debug, Default)]
pub struct LineBuffer {
    bytes: Vec<u8, MAX_LINE>,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// The line grows.
    #[default]
    Open,
    /// The line is too long.
    Skipping,
    /// The line was handed out.
    Told,
}

impl LineBuffer {
    /// A buffer that holds nothing.
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), state: State::Open }
    }

    /// Takes bytes off the front of `input` up to the end of a line, and gives that line without
    /// its end. `None` when `input` is used up.
    pub fn next<'a>(&'a mut self, input: &mut &[u8]) -> Option<Result<&'a [u8], TooLong>> {
        if self.state == State::Told {
            self.clear();
        }
        while let Some((&byte, rest)) = input.split_first() {
            *input = rest;
            if byte == b'\n' {
                let skipped = core::mem::replace(&mut self.state, State::Told) == State::Skipping;
                return Some(if skipped { Err(TooLong) } else { Ok(self.line()) });
            }
            if self.bytes.push(byte).is_err() {
                self.state = State::Skipping;
            }
        }
        None
    }

    /// Forgets what has come of a line: the stream has begun anew.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.state = State::Open;
    }

    fn line(&self) -> &[u8] {
        self.bytes.strip_suffix(b"\r").unwrap_or(&self.bytes)
    }
}
