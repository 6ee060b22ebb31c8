//! Words of a line, and how they are quoted.
//!
//! NUT's own parser takes a bare `#` as the start of a comment and a bare `=` as a word of its
//! own. Neither means anything in the protocol, and clients send passwords bare, so both are
//! ordinary bytes when read here; when written they are quoted.

use core::fmt;
use core::str::{FromStr, from_utf8};

use nom::bytes::complete::{tag, take_while};

use crate::wire::{Full, Malformed, Step, Writer, whole};

/// One word. Two are equal when they say the same, however they are quoted. The default is empty.
#[derive(Clone, Copy, Default)]
pub struct Word<'a> {
    /// Without the quotes around it.
    bytes: &'a [u8],
    /// Whether a backslash in it stands for the byte behind it.
    escaped: bool,
}

impl<'a> Word<'a> {
    /// A word of those bytes; `None` when they would end the line.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        (!bytes.contains(&b'\n')).then_some(Self { bytes, escaped: false })
    }

    /// A word of this crate's own.
    pub(crate) const fn literal(text: &'static str) -> Self {
        Self { bytes: text.as_bytes(), escaped: false }
    }

    /// What it says, byte by byte.
    pub fn bytes(self) -> impl Iterator<Item = u8> + 'a {
        let mut rest = self.bytes.iter();
        core::iter::from_fn(move || match rest.next() {
            Some(b'\\') if self.escaped => rest.next().copied(),
            byte => byte.copied(),
        })
    }

    /// Whether it says that, in either case.
    pub fn is(self, text: &str) -> bool {
        self.bytes()
            .map(|byte| byte.to_ascii_lowercase())
            .eq(text.bytes().map(|byte| byte.to_ascii_lowercase()))
    }

    /// Whether it says that, letter by letter.
    pub fn says(self, text: &str) -> bool {
        self.bytes().eq(text.bytes())
    }

    /// Its text, where that needs no unquoting; names and numbers never do.
    pub fn text(self) -> Option<&'a str> {
        let plain = !(self.escaped && self.bytes.contains(&b'\\'));
        from_utf8(self.bytes).ok().filter(|_| plain)
    }

    /// The value that it is written of.
    pub(crate) fn value<T: FromStr>(self) -> Option<T> {
        self.text()?.trim().parse().ok()
    }

    fn is_plain(self) -> bool {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-@:/+,".contains(byte);
        !self.bytes.is_empty() && self.bytes.iter().all(plain)
    }

    /// Writes it, in quotes when it would not be one word without.
    pub(super) fn emit(self, out: &mut Writer<'_>) -> Result<(), Full> {
        if self.is_plain() { out.bytes(self.bytes) } else { self.emit_quoted(out) }
    }

    /// Writes it in quotes.
    pub(super) fn emit_quoted(self, out: &mut Writer<'_>) -> Result<(), Full> {
        out.u8(b'"')?;
        for byte in self.bytes() {
            if matches!(byte, b'"' | b'\\') {
                out.u8(b'\\')?;
            }
            out.u8(byte)?;
        }
        out.u8(b'"')
    }
}

impl PartialEq for Word<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes().eq(other.bytes())
    }
}

impl Eq for Word<'_> {}

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().try_for_each(|byte| write!(f, "{}", core::ascii::escape_default(byte)))
    }
}

impl fmt::Debug for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// The words of a line, or of the rest of one: each can be read.
#[derive(Clone, Copy)]
pub struct Words<'a>(&'a [u8]);

impl<'a> Words<'a> {
    /// The words of a line without its end. [`Malformed`] when a quote is not closed, or nothing
    /// follows a backslash.
    pub fn parse(line: &'a [u8]) -> Result<Self, Malformed> {
        if line.contains(&b'\n') {
            return Err(Malformed);
        }
        let (mut rest, _) = space(line).map_err(|_| Malformed)?;
        while !rest.is_empty() {
            (rest, _) = word(rest).map_err(|_| Malformed)?;
        }
        Ok(Self(line))
    }

    /// The only word there is.
    pub(super) fn only(mut self) -> Result<Word<'a>, Malformed> {
        let word = self.word()?;
        self.end().map(|()| word)
    }

    /// The next word, which must be there.
    pub(super) fn word(&mut self) -> Result<Word<'a>, Malformed> {
        self.next().ok_or(Malformed)
    }

    /// Nothing, as there must be.
    pub(super) fn end(self) -> Result<(), Malformed> {
        whole(space(self.0)).map(|_| ())
    }

    pub(super) fn emit(self, line: &mut Line<'_, '_>) -> Result<(), Full> {
        self.into_iter().try_for_each(|word| line.word(word))
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Word<'a>> {
        let (rest, _) = space(self.0).ok()?;
        let (rest, word) = word(rest).ok()?;
        self.0 = rest;
        Some(word)
    }
}

impl PartialEq for Words<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.into_iter().eq(*other)
    }
}

impl Eq for Words<'_> {}

impl fmt::Debug for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

fn space(input: &[u8]) -> Step<'_, &[u8]> {
    take_while(|byte: u8| byte.is_ascii_whitespace())(input)
}

/// A word, and the space behind it.
fn word(input: &[u8]) -> Step<'_, Word<'_>> {
    let (rest, bytes) = match input {
        [b'"', rest @ ..] => {
            let (rest, bytes) = until(rest, |byte| byte == b'"')?;
            let (rest, _) = tag(&b"\""[..])(rest)?;
            (rest, bytes)
        }
        [] => return Err(nom::Err::Error(Malformed)),
        _ => until(input, |byte| byte.is_ascii_whitespace())?,
    };
    let (rest, _) = space(rest)?;
    Ok((rest, Word { bytes, escaped: true }))
}

/// All up to the first byte that ends it and has no backslash before it, or to the end.
fn until(input: &[u8], ends: impl Fn(u8) -> bool) -> Step<'_, &[u8]> {
    let mut at = 0;
    while let Some(&byte) = input.get(at) {
        match byte {
            b'\\' if at + 1 < input.len() => at += 2,
            b'\\' => return Err(nom::Err::Error(Malformed)),
            _ if ends(byte) => break,
            _ => at += 1,
        }
    }
    input.split_at_checked(at).map(|(word, rest)| (rest, word)).ok_or(nom::Err::Error(Malformed))
}

/// A line that is being written.
pub(super) struct Line<'o, 'b> {
    out: &'o mut Writer<'b>,
    begun: bool,
}

impl<'o, 'b> Line<'o, 'b> {
    pub(super) fn new(out: &'o mut Writer<'b>) -> Self {
        Self { out, begun: false }
    }

    fn gap(&mut self) -> Result<&mut Writer<'b>, Full> {
        if core::mem::replace(&mut self.begun, true) {
            self.out.u8(b' ')?;
        }
        Ok(self.out)
    }

    /// Words of this crate.
    pub(super) fn keyword(&mut self, text: &str) -> Result<(), Full> {
        self.gap()?.bytes(text.as_bytes())
    }

    pub(super) fn word(&mut self, word: Word<'_>) -> Result<(), Full> {
        word.emit(self.gap()?)
    }

    /// A value or a description, which is always in quotes.
    pub(super) fn quoted(&mut self, word: Word<'_>) -> Result<(), Full> {
        word.emit_quoted(self.gap()?)
    }

    pub(super) fn number(&mut self, number: u32) -> Result<(), Full> {
        let mut digits = [0; 10];
        let mut at = digits.len();
        let mut left = number;
        loop {
            at -= 1;
            if let Some(digit) = digits.get_mut(at) {
                *digit = b'0' + (left % 10) as u8;
            }
            left /= 10;
            if left == 0 || at == 0 {
                break;
            }
        }
        self.gap()?.bytes(digits.get(at..).unwrap_or_default())
    }

    /// Ends the line.
    pub(super) fn end(self) -> Result<(), Full> {
        self.out.u8(b'\n')
    }
}
