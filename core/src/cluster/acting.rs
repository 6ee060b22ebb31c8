//! Which of several connectors acts (section 1.1 of the reset path).

use heapless::Vec;

use crate::journal::{Generations, Mark};
use crate::types::{ConnectorNumber, Term};

/// Most other connectors of a cluster.
pub const MAX_OTHERS: usize = 4;

/// Decides whether this connector acts. The arbiter asks nothing else about other connectors, so
/// that a lease in an outside store can take the place of the operator's order.
pub trait Acting {
    /// The term that this connector acts with, or would.
    fn term(&self) -> Term;

    /// Whether it acts now. What that depends on is durable.
    fn acts(&self, journal: &Generations) -> bool;

    /// Somebody knows of this term. A higher one than ours belongs to another connector, which
    /// acts from now on.
    fn met(&mut self, term: Term, journal: &mut Generations);
}

/// Another connector, as far as it has been heard since our start.
#[derive(Clone, Copy, Debug)]
struct Other {
    number: ConnectorNumber,
    /// Whether it gives way: it has said that it does not act, or its machine is off.
    gives_way: bool,
}

/// This connector acts by the operator's order, which is durable.
///
/// With no other connector it acts from the start. With others it starts as a standby; it acts
/// again when it did before and every other one has been heard, does not act and knows no higher
/// term. A connector that was never told to act does not begin by itself: two that start together
/// would both find the other one not acting.
#[derive(Clone, Debug)]
pub struct ByOrder {
    term: Term,
    highest: Term,
    /// The operator's word, durable: it acts unless another does.
    chosen: bool,
    acts: bool,
    mark: Mark,
    others: Vec<Other, MAX_OTHERS>,
}

/// What of it is durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SavedActing {
    /// The term of this connector.
    pub term: Term,
    /// The highest term that anybody has shown.
    pub highest: Term,
    /// Whether it was told to act, and nobody else since.
    pub chosen: bool,
}

impl ByOrder {
    /// A connector beside `others` (at most [`MAX_OTHERS`]), with what was durable.
    pub fn new(others: &[ConnectorNumber], saved: SavedActing) -> Self {
        let alone = others.is_empty();
        let others = others.iter().map(|number| Other { number: *number, gives_way: false });
        Self {
            term: saved.term,
            highest: saved.highest.max(saved.term),
            chosen: saved.chosen || alone,
            acts: alone && saved.highest <= saved.term,
            mark: Mark::default(),
            others: others.take(MAX_OTHERS).collect(),
        }
    }

    /// Takes over a changed list of the others. One that acts goes on; with none left it acts as
    /// from a start.
    pub fn set_others(&mut self, others: &[ConnectorNumber]) {
        let known = |number: &ConnectorNumber| {
            let before = self.others.iter().find(|other| other.number == *number);
            Other { number: *number, gives_way: before.is_some_and(|other| other.gives_way) }
        };
        let others = others.iter().map(known).take(MAX_OTHERS).collect();
        self.others = others;
        if self.others.is_empty() {
            self.chosen = true;
            self.acts |= self.highest <= self.term;
        }
    }

    /// What shall be durable.
    pub const fn saved(&self) -> SavedActing {
        SavedActing { term: self.term, highest: self.highest, chosen: self.chosen }
    }

    /// The operator wants this one to act: it does, with the next term, once that is durable.
    /// `false` when it acts already, or there is no higher term.
    pub fn order(&mut self, journal: &mut Generations) -> bool {
        if self.acts {
            return false;
        }
        let Some(next) = self.highest.0.checked_add(1).map(Term) else { return false };
        (self.term, self.highest, self.chosen, self.acts) = (next, next, true, true);
        self.mark = journal.change();
        true
    }

    /// Another connector has answered: with that term, and whether it acts.
    pub fn answered(
        &mut self,
        from: ConnectorNumber,
        term: Term,
        acts: bool,
        journal: &mut Generations,
    ) {
        self.met(term, journal);
        self.note(from, !acts && term <= self.term);
    }

    /// The machine of another connector was confirmed off.
    pub fn confirmed_off(&mut self, other: ConnectorNumber) {
        self.note(other, true);
    }

    fn note(&mut self, number: ConnectorNumber, gives_way: bool) {
        if let Some(other) = self.others.iter_mut().find(|other| other.number == number) {
            other.gives_way = gives_way;
        }
        let alone = self.others.iter().all(|other| other.gives_way);
        if alone && self.chosen && self.highest <= self.term {
            self.acts = true;
        }
    }
}

impl Acting for ByOrder {
    fn term(&self) -> Term {
        self.term
    }

    fn acts(&self, journal: &Generations) -> bool {
        self.acts && journal.is_stored(self.mark)
    }

    fn met(&mut self, term: Term, journal: &mut Generations) {
        if term > self.highest {
            self.highest = term;
            (self.chosen, self.acts) = (self.others.is_empty() && self.chosen, false);
            self.mark = journal.change();
        }
    }
}
