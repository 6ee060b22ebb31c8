//! Names of UPSes.

use core::fmt;

use heapless::String;

use super::Word;

/// Longest name of a UPS, in bytes.
pub const MAX_UPS_NAME: usize = 47;

/// The name of a UPS at its server: printable ASCII that needs no quoting.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UpsName(String<MAX_UPS_NAME>);

/// Why a text is no name of a UPS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpsNameError {
    /// It is empty.
    Empty,
    /// It has more than [`MAX_UPS_NAME`] bytes.
    TooLong,
    /// It has a character other than letters, digits, `.`, `-` and `_`.
    Character,
}

impl fmt::Display for UpsNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::TooLong => write!(f, "has more than {MAX_UPS_NAME} characters"),
            Self::Character => f.write_str("has more than letters, digits, '.', '-' and '_'"),
        }
    }
}

impl core::error::Error for UpsNameError {}

impl UpsName {
    /// That name.
    pub fn new(name: &str) -> Result<Self, UpsNameError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if name.is_empty() {
            return Err(UpsNameError::Empty);
        }
        if !name.bytes().all(allowed) {
            return Err(UpsNameError::Character);
        }
        String::try_from(name).map(Self).map_err(|_| UpsNameError::TooLong)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as a word of a line.
    pub fn word(&self) -> Word<'_> {
        // A name has no line end, so this is never the empty word.
        Word::new(self.0.as_bytes()).unwrap_or_default()
    }
}

impl fmt::Display for UpsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
