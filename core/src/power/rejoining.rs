//! Servers that are to go down, and speak all the same.

use super::chain::{Ask, At, Means};
use super::config::AskBy;
use super::parts::{Parts, Turn};
use super::view::{Planned, View};

impl View<'_> {
    /// Whether its member speaks, and has not heard that it is to go. What a BMC has taken may
    /// still be obeyed, also by one that has only just booted.
    pub(super) fn is_to_be_told(&self, planned: Planned<'_>, means: Means) -> bool {
        match (means, planned.chain.ask) {
            (Means::Member, _) => self.came_back(planned),
            (Means::Bmc, Ask::Due(_) | Ask::Failed { .. }) => self.has_not_heard(planned),
            (Means::Bmc | Means::Command, _) => false,
        }
    }

    /// The same, whatever its BMC has taken.
    pub(super) fn has_not_heard(&self, planned: Planned<'_>) -> bool {
        self.came_back(planned) || self.is_unasked(planned)
    }

    /// Whether its member has started anew since it was to go: it is asked first, as at any other
    /// time.
    pub(super) fn came_back(&self, planned: Planned<'_>) -> bool {
        let chain = planned.chain;
        let heard = self.facts(planned).heard.filter(|(heard, _)| *heard > chain.since);
        let anew = heard.is_some_and(|(_, epoch)| chain.member.is_some_and(|one| one != epoch));
        anew && chain.may_rejoin() && self.shared.laws.restart_shoots_nobody()
    }

    /// Whether its member speaks and was told to stop nothing: it was silent when its turn came.
    fn is_unasked(&self, planned: Planned<'_>) -> bool {
        let chain = planned.chain;
        planned.config.ask_by == AskBy::Member
            && !chain.owed
            && chain.may_rejoin()
            && self.speaks(planned, chain.since)
            && self.member(planned).is_some()
    }
}

impl Parts<'_> {
    /// It is up though it was to go, or the mains fail again: it takes its way down from its begin.
    pub(super) fn rejoin(&mut self, at: usize) -> Turn {
        let now = self.now;
        if let Some(chain) = self.chains.get_mut(at) {
            let goes = chain.is_falling() || chain.at == At::NotProved;
            chain.rejoined = if goes { chain.rejoined.saturating_add(1) } else { 0 };
            chain.fell = false;
            chain.joined = now;
            chain.ordered_on = None;
        }
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        let epoch = self.view().facts(planned).heard.map(|(_, epoch)| epoch);
        if let Some(chain) = self.chains.get_mut(at) {
            chain.member = epoch;
            chain.thawed = false;
        }
        self.moved(at, At::Freezing)
    }
}
