//! A server that comes back after it was given up, or by a hand that no plan waits for: what its
//! member was told to stop is started then.

use crate::types::Directed;

use super::chain::At;
use super::parts::{Parts, Turn};
use super::tell::Tell;
use super::words::Action;

impl Parts<'_> {
    /// A server that no plan is concerned with.
    pub(super) fn turn_free(&mut self, at: usize) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        if !planned.chain.owed || !self.shared.laws.owed_is_started() {
            return Turn::Still;
        }
        let view = self.view();
        let back = view.is_heard(planned) && view.member(planned).is_some();
        match back && !view.facts(planned).fencing {
            true => self.moved(at, At::Late(None)),
            false => Turn::Still,
        }
    }

    /// Its services first, then its guests in reverse, as in any return.
    pub(super) fn turn_late(&mut self, at: usize, of: Option<u8>) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        if self.view().member_at_work(planned).is_none() {
            // It is gone again: the rest is still owed.
            return self.moved(at, At::Free);
        }
        let Some(config) = self.site.servers.get(at) else { return Turn::Still };
        let (action, limit) = match of {
            None => (Directed::StartServices, config.services),
            Some(_) => (Directed::StartGuests, config.guests),
        };
        match self.turn_directed(at, action, limit, of) {
            None => return Turn::Still,
            Some(Err(turn)) => return turn,
            Some(Ok(())) => {}
        }
        let groups = u8::try_from(config.groups.len()).unwrap_or(u8::MAX);
        match of.unwrap_or(groups).checked_sub(1) {
            Some(before) => self.moved(at, At::Late(Some(before))),
            None => {
                self.settle_owed(at);
                self.go(at, At::Free);
                Turn::Act(Action::Tell(Tell::Back(config.server)))
            }
        }
    }

    /// Nothing is owed any more to one whose member is there: one that was silent when it was to be
    /// told was not told.
    pub(super) fn settle_owed(&mut self, at: usize) {
        let Some(planned) = self.view().planned(at) else { return };
        let told = self.view().member(planned).is_some();
        if let Some(chain) = self.chains.get_mut(at) {
            chain.owed &= !told;
        }
    }
}
