//! What happened in a world: always as a number, on demand in words.

use std::fmt;
use std::time::Duration;

/// The record of a run.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    hash: u64,
    lines: Option<Vec<String>>,
}

impl Trace {
    /// A record; in words too when asked for.
    pub(super) fn new(words: bool) -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, lines: words.then(Vec::new) }
    }

    /// Mixes bytes into the number.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.number(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.number(u64::from_le_bytes(last) ^ (bytes.len() as u64) << 56);
    }

    /// Mixes a number into the number.
    pub(super) fn number(&mut self, number: u64) {
        self.hash = (self.hash.rotate_left(29) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    /// Whether words are kept.
    pub(super) fn in_words(&self) -> bool {
        self.lines.is_some()
    }

    /// Writes a line.
    pub(super) fn line(&mut self, now: Duration, line: fmt::Arguments<'_>) {
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{:>11.6} {line}", now.as_secs_f64()));
        }
    }

    /// The number of everything so far.
    pub(super) fn hash(&self) -> u64 {
        self.hash ^ self.hash >> 32
    }

    /// The words so far.
    pub(super) fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }

    /// The words, for good.
    pub(super) fn into_lines(self) -> Vec<String> {
        self.lines.unwrap_or_default()
    }
}
