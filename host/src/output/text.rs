//! How a result reads.

use serde::Serialize;

/// The result of a host: JSON by its fields, and text.
pub(crate) trait Report: Serialize {
    /// As people read it.
    fn text(&self) -> Text;
}

/// A result as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    /// One word, which the summary counts.
    Word(&'static str, Tone),
    /// One line behind the host's name.
    Line(String),
    /// Lines below the host's name.
    Block(Vec<String>),
}

/// What a word means for whoever reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// Worth a look.
    Notable,
    /// A failure.
    Bad,
    /// A headline.
    Strong,
}

impl Tone {
    /// What to write before and behind; nothing without colour.
    pub(crate) const fn codes(self, color: bool) -> (&'static str, &'static str) {
        if !color {
            return ("", "");
        }
        let on = match self {
            Self::Good => "\x1b[32m",
            Self::Notable => "\x1b[33m",
            Self::Bad => "\x1b[31m",
            Self::Strong => "\x1b[1m",
        };
        (on, "\x1b[0m")
    }
}

/// Bytes as hexadecimal pairs with spaces between.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}
