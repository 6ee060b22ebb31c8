//! Fencing tokens: they only grow, across restarts too, and wait for no disk.

use super::SavedTokens;
use super::laws::Laws;
use crate::journal::{Generations, Mark};
use crate::types::{Term, Token};

/// How many tokens are reserved at once, and with how few left the next are.
const RESERVE: u64 = 64;
const LOW: u64 = 16;

/// The term that a token was given in.
pub(super) const fn term_of(token: Token) -> Term {
    Term((token.0 >> 48) as u16)
}

/// Gives the tokens of one cluster.
///
/// What is durable is a ceiling above all tokens given: a restart goes on above it. So a
/// confirmed fencing never waits for a write, unless all reserved tokens are used up.
#[derive(Clone, Copy, Debug)]
pub struct Tokens {
    /// The highest that was given or that somebody has shown.
    last: Token,
    /// Up to this one they may be given.
    ceiling: Token,
    /// Up to this one once `mark` is durable.
    reserved: Token,
    mark: Mark,
    /// The record was lost: others may know of higher ones.
    lost: bool,
    laws: Laws,
}

impl Tokens {
    /// Goes on above the durable ceiling. While that is not known none is given before
    /// [`Tokens::found`].
    pub const fn new(saved: SavedTokens) -> Self {
        let SavedTokens { ceiling, known } = saved;
        let (mark, laws) = (Mark::STORED, Laws::ALL);
        Self { last: ceiling, ceiling, reserved: ceiling, mark, lost: !known, laws }
    }

    /// Has only these laws hold: to show that something notices.
    #[cfg(any(test, feature = "mutants"))]
    pub(super) const fn mutate(&mut self, laws: Laws) {
        self.laws = laws;
    }

    /// What shall be durable.
    pub const fn saved(&self) -> SavedTokens {
        let ceiling = if self.laws.tokens_are_durable() { self.reserved } else { self.last };
        SavedTokens { ceiling, known: !self.lost }
    }

    /// The highest that was given or that somebody has shown.
    pub const fn last(&self) -> Token {
        self.last
    }

    /// Whether a lost record holds them back.
    pub const fn is_lost(&self) -> bool {
        self.lost
    }

    /// Every host that may know of a token has told, or the operator vouches for it.
    pub fn found(&mut self, term: Term, journal: &mut Generations) {
        if self.lost {
            self.lost = false;
            self.raise(term, journal);
        }
    }

    /// Somebody has shown this token: those that are given from now on are above it. One of a
    /// higher term than ours is another connector's.
    pub fn met(&mut self, token: Token, term: Term, journal: &mut Generations) {
        if token > self.last && term_of(token) <= term {
            self.last = token;
            self.reserve(term, journal);
        }
    }

    /// Has more of them made durable, when few are left.
    pub fn reserve(&mut self, term: Term, journal: &mut Generations) {
        let left = self.reserved.0.saturating_sub(self.last.0.max(Token::first_of(term).0));
        let waits = self.lost && self.laws.lost_tokens_wait();
        if !waits && left < LOW {
            self.raise(term, journal);
        }
    }

    fn raise(&mut self, term: Term, journal: &mut Generations) {
        if journal.is_stored(self.mark) {
            self.ceiling = self.reserved;
        }
        if let Some(next) = self.last.next(term) {
            self.reserved = Token(next.0.saturating_add(RESERVE - 1)).max(self.reserved);
            self.mark = journal.change();
        }
    }

    /// The next one; `None` while none may be given.
    pub fn next(&mut self, term: Term, journal: &mut Generations) -> Option<Token> {
        // While the record is lost nothing is reserved, so the ceiling is that of the start.
        let ceiling = if journal.is_stored(self.mark) { self.reserved } else { self.ceiling };
        let next = self.last.next(term).filter(|next| *next <= ceiling);
        self.last = next.unwrap_or(self.last);
        self.reserve(term, journal);
        next
    }
}
