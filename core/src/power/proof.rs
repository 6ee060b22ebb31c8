//! A server whose every feed is cut is off, though its BMC says nothing (3.4 b of the reset path).

use core::time::Duration;

use crate::time::Instant;
use crate::types::PowerState;

use super::chain::Proof;
use super::feeds;
use super::parts::{Parts, Turn};
use super::tell::Tell;
use super::view::{Planned, View};
use super::words::Action;

/// A server may run on for so long without power.
pub(crate) const HOLD_UP: Duration = Duration::from_secs(10);

/// What is to be said of a server whose feeds are off.
enum Found {
    Nothing,
    Dark(Proof),
    Proved { asked: Instant, wanted: Instant },
    Contradicted,
}

impl View<'_> {
    fn proof(&self, planned: Planned<'_>) -> Found {
        let (facts, proof) = (self.facts(planned), planned.chain.proof);
        let feeds = &planned.config.feeds;
        let Some(since) = self.dark_since(planned) else {
            if !self.was_read(feeds) {
                // Nobody knows yet whether what contradicted them before a restart is over.
                return Found::Nothing;
            }
            let lit = Proof { dark: None, told: false, ..proof };
            return if lit == proof { Found::Nothing } else { Found::Dark(lit) };
        };
        if proof.told && self.shared.laws.contradiction_kept() {
            // Whatever reads off has been wrong, and is not believed before it reads on.
            return Found::Nothing;
        }
        // It may run on for a while without power.
        let late = |seen: Option<Instant>| seen.is_some_and(|seen| seen > since + HOLD_UP);
        let heard = facts.heard.map(|(heard, _)| heard);
        let runs = late(heard) || facts.power == PowerState::On && late(facts.asked);
        if runs && !proof.told {
            return Found::Contradicted;
        }
        let wanted = facts.wanted.filter(|wanted| proof.answered != Some(*wanted));
        let Some(wanted) = wanted else { return Found::Nothing };
        let Some(dark) = feeds::dark_after(feeds, self.lines, wanted) else {
            return Found::Nothing;
        };
        let (first, last) = match proof.dark {
            Some((first, last)) if first > wanted => (first, last),
            Some(_) | None => {
                return Found::Dark(Proof { dark: Some((dark.first, dark.last)), ..proof });
            }
        };
        let heard = heard.into_iter().chain(facts.bmc_heard);
        let waits = self.shared.laws.proof_waits();
        if waits && heard.into_iter().any(|heard| heard > first) {
            // It lives, or did when the last reading was made: it begins again.
            let newer = dark.first > first;
            let again = Proof { dark: Some((dark.first, dark.last)), ..proof };
            return if newer { Found::Dark(again) } else { Found::Nothing };
        }
        match !waits || self.due(last + HOLD_UP) {
            true => Found::Proved { asked: first, wanted },
            false => Found::Nothing,
        }
    }

    /// Since when all of its feeds have read off.
    pub(super) fn dark_since(&self, planned: Planned<'_>) -> Option<Instant> {
        let feeds = planned.config.feeds.iter();
        let since = feeds.map(|feed| self.lines.get(feed.ups.at())?.off_since(feed.outlet));
        since.reduce(|one, other| one.zip(other).map(|(one, other)| one.max(other))).flatten()
    }
}

impl Parts<'_> {
    /// Looks at the servers whose feeds may be off.
    pub(super) fn turn_proofs(&mut self) -> Turn {
        let any_off = self.lines.iter().any(|line| {
            line.reading().is_some_and(|reading| {
                reading.outlets_off != 0 || reading.supply == crate::types::Supply::Off
            })
        });
        if !any_off && self.chains.iter().all(|chain| !chain.proof.is_open()) {
            return Turn::Still;
        }
        for at in 0..self.chains.len() {
            let turn = self.turn_proof(at);
            if turn != Turn::Still {
                return turn;
            }
        }
        Turn::Still
    }

    fn turn_proof(&mut self, at: usize) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        let server = planned.config.server;
        let found = self.view().proof(planned);
        let Some(chain) = self.chains.get_mut(at) else { return Turn::Still };
        match found {
            Found::Nothing => Turn::Still,
            Found::Dark(proof) => {
                if chain.proof.told != proof.told {
                    self.shared.journal.change();
                }
                chain.proof = proof;
                Turn::Moved
            }
            Found::Contradicted => {
                chain.proof.told = true;
                self.shared.journal.change();
                Turn::Act(Action::Tell(Tell::Contradiction(server)))
            }
            Found::Proved { asked, wanted } => {
                chain.proof.answered = Some(wanted);
                Turn::Act(Action::ProvedByFeed { server, asked })
            }
        }
    }
}
