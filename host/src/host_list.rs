//! The HOSTS argument: names, addresses and ranges of them.
//!
//! `node[01-64,70]`, `10.0.0.5:6230`, `[2001:db8::1]:623`, several of them with commas between. A
//! range keeps its leading zeros, stands anywhere, also in a port, and more than once.

mod expand;
mod target;

pub(crate) use target::{Place, Target};

use std::collections::HashSet;
use std::fmt;

use expand::{expand, pieces};

/// The port of IPMI over LAN.
pub(crate) const DEFAULT_PORT: u16 = 623;

/// Most hosts that one list may name.
pub(crate) const MAX_HOSTS: usize = 65_536;

/// The hosts of a list in its order, each once.
pub(crate) fn parse(list: &str) -> Result<Vec<Target>, HostListError> {
    let mut targets = Vec::new();
    let mut known = HashSet::new();
    for (at, item) in items(list) {
        let wrong = |(at, problem): (usize, Problem)| HostListError::new(list, at, problem);
        if item.is_empty() {
            return Err(wrong((at, Problem::Empty)));
        }
        let pieces = pieces(at, item).map_err(wrong)?;
        expand(&pieces, MAX_HOSTS - targets.len(), &mut |text| {
            let target = Target::parse(text)?;
            if known.insert(text.to_owned()) {
                targets.push(target);
            }
            Ok(())
        })
        .map_err(|problem| wrong((at, problem)))?;
    }
    Ok(targets)
}

/// The items between the commas that are outside brackets, each with its place.
fn items(list: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut depth = 0_u32;
    let mut from = 0;
    list.split(move |c: char| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .map(move |item| {
        let at = from;
        from += item.len() + 1;
        (at, item)
    })
}

/// What is wrong with a host list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Nothing stands between two commas, or in the whole list.
    Empty,
    /// A bracket is opened and never closed, or closed and never opened.
    Bracket,
    /// A range is not made of numbers like 7 or 01-64.
    Range,
    /// The last number of a range is below its first.
    Backwards,
    /// The list names more than [`MAX_HOSTS`] hosts.
    TooMany,
    /// A character that no host name has.
    Character,
    /// The port is not a number from 1 to 65535.
    Port,
    /// It looks like an IPv6 address and is none.
    Address,
    /// The name is longer than 253 characters.
    Long,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "a host is missing here",
            Self::Bracket => "this bracket has no partner",
            Self::Range => "a range has numbers like 7, 1-16 or 01-64, with commas between them",
            Self::Backwards => "this range ends before it begins",
            Self::TooMany => return write!(f, "more than {MAX_HOSTS} hosts"),
            Self::Character => "a host name has letters, digits, '-', '_' and '.'",
            Self::Port => "a port is a number from 1 to 65535",
            Self::Address => "this is no IPv6 address (with a port: [2001:db8::1]:623)",
            Self::Long => "a host name has at most 253 characters",
        })
    }
}

/// A host list that is not understood; shows the list and points at the character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostListError {
    list: String,
    /// Index of the character, not of the byte.
    at: usize,
    problem: Problem,
}

impl HostListError {
    fn new(list: &str, byte: usize, problem: Problem) -> Self {
        let at = list.char_indices().take_while(|(index, _)| *index < byte).count();
        Self { list: list.to_owned(), at, problem }
    }
}

/// Characters of the list that are shown before and behind the place of an error.
const SHOWN: usize = 60;

impl fmt::Display for HostListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.at.saturating_sub(SHOWN);
        let part: String = self.list.chars().skip(from).take(2 * SHOWN).collect();
        let (dots, before) = if from > 0 { ("...", 3) } else { ("", 0) };
        writeln!(f, "the host list is not understood: {}", self.problem)?;
        writeln!(f, "  {dots}{}", part.escape_debug())?;
        write!(f, "  {:>1$}", '^', before + self.at - from + 1)
    }
}

impl std::error::Error for HostListError {}

#[cfg(test)]
mod tests;
