//! One server's way up again: from where the return has met it.

use core::time::Duration;

use crate::time::Instant;
use crate::types::{Directed, PowerState};

use super::adapters::covers;
use super::budget;
use super::chain::{Ask, At};
use super::config::{AskBy, StartBy};
use super::parts::{Parts, Turn};
use super::steps::HOLDS;
use super::supply::Freshness;
use super::tell::{Means as Tried, Tell};
use super::view::{Aim, Planned, Tally, View};
use super::words::{Action, Switch};

/// A server that still does not read on is ordered on again after so long.
const NOT_ON: Duration = Duration::from_secs(30);
/// The first pause after an order that came to nothing; each is twice as long as the last.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

impl View<'_> {
    /// Whether a server's turn to be started has come.
    fn may_start(&self, planned: Planned<'_>, tally: &Tally) -> bool {
        let Some(plan) = self.plan() else { return false };
        let outlook = self.outlook(planned);
        if outlook.endangered() || outlook.dark || !self.own_stays() {
            return false;
        }
        if self.shared.laws.no_start_before_cut() && self.awaits_cut(planned) {
            return false;
        }
        let later = tally.returning.iter().skip(usize::from(planned.config.stage) + 1);
        let hasty = plan.hasty || self.has_energy(planned, tally);
        hasty
            && later.sum::<u16>() == 0
            && self.due(planned.chain.since + planned.config.start_wait)
            && self.is_apart()
    }

    /// Whether the turn of a server has come that is owed a start without a plan.
    fn may_restart(&self, planned: Planned<'_>, tally: &Tally) -> bool {
        let free = |one: Planned<'_>| {
            let cut = self.shared.laws.no_start_before_cut() && self.awaits_cut(one);
            self.outlook(one).settled && !cut && self.has_energy(one, tally)
        };
        let before = |one: Planned<'_>| {
            let owed = one.chain.at == At::Dropped && matches!(one.chain.ask, Ask::Due(_));
            owed && one.config.stage > planned.config.stage && free(one)
        };
        self.own_stays()
            && free(planned)
            && !self.all().any(before)
            && self.due(planned.chain.since + planned.config.start_wait)
            && self.is_apart()
    }

    /// Whether the last server that was switched on draws no more than it always does.
    fn is_apart(&self) -> bool {
        let stagger = self.site.timing.stagger;
        !self.shared.laws.starts_apart()
            || self.shared.switched.is_none_or(|last| self.due(last + stagger))
    }

    /// Whether enough of its feeds could carry one more complete shutdown.
    fn has_energy(&self, planned: Planned<'_>, tally: &Tally) -> bool {
        if !self.shared.laws.energy_floor() {
            return true;
        }
        let needed = self.needed_for_all(tally);
        let filled = planned.config.feeds.iter().filter(|feed| {
            let at = feed.ups.at();
            let (Some(line), Some(config)) = (self.lines.get(at), self.site.ups.get(at)) else {
                return false;
            };
            // What it holds by now is not known of one that says nothing any more.
            let told = line.freshness(config, self.now) < Freshness::Unknown;
            told && budget::may_start(line, config, needed)
        });
        filled.count() >= usize::from(planned.config.needed)
    }

    /// Whether it has come on by itself before those of later stages, which boot yet: what runs on
    /// it may need them.
    fn waits_for_later(&self, planned: Planned<'_>) -> bool {
        let boots = |one: Planned<'_>| {
            one.config.stage > planned.config.stage
                && one.chain.fell
                && matches!(one.chain.at, At::Starting | At::Booting)
        };
        planned.chain.fell && self.all().any(boots)
    }

    /// Whether its member was heard since it was started.
    pub(super) fn is_heard(&self, planned: Planned<'_>) -> bool {
        let chain = planned.chain;
        let Some((heard, epoch)) = self.facts(planned).heard else { return false };
        heard > chain.since && (chain.member != Some(epoch) || !chain.fell)
    }

    /// Whether it has a member that can tell when it has booted.
    pub(super) fn has_member(&self, planned: Planned<'_>) -> bool {
        planned.chain.member.is_some() || planned.config.ask_by == AskBy::Member
    }

    /// Whether all maintenance that covers it is left, or was tried to be.
    fn has_left(&self, planned: Planned<'_>) -> bool {
        let mut covering = self.software.iter().enumerate();
        covering.all(|(n, software)| !covers(planned.config, n) || !software.is_to_be_left())
    }

    /// When it reads on by itself, or else is switched on.
    fn by_itself_until(&self, planned: Planned<'_>) -> Instant {
        match planned.config.start_by {
            StartBy::Bmc | StartBy::Hand => planned.chain.since,
            StartBy::Mains => planned.chain.since + planned.config.boot.duration() / 3,
        }
    }
}

impl Parts<'_> {
    /// A server that is to be started, or was.
    pub(super) fn turn_up(&mut self, at: usize, tally: &Tally) -> Turn {
        self.look(at);
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        let (step, aim) = (planned.chain.at, self.view().aim(planned));
        let holds = !matches!(step, At::Dropped | At::Leaving);
        if holds && !planned.chain.held && self.shared.laws.plan_holds() {
            return self.hold(at, true);
        }
        let up = matches!(step, At::ServicesBack | At::GuestsBack(_) | At::Leaving | At::Booting);
        let verified = self.shared.laws.start_verified();
        if up && verified && planned.chain.was_on && self.is_proved_off(at) {
            return self.lost_power(at, step);
        }
        let sure = aim != Aim::Down || self.view().is_down_for_sure(planned, tally);
        let aim = if sure { aim } else { Aim::Stay };
        match (step, aim) {
            (At::Waiting, Aim::Down) => self.down_as_read(at),
            (At::Starting | At::Booting, Aim::Down) => self.turn_down_again(at),
            (At::ServicesBack | At::GuestsBack(_), Aim::Down) => self.rejoin(at),
            // One that was off when the plan came to it still is.
            (At::Leaving, Aim::Down) if !planned.chain.was_on => self.moved(at, At::Off),
            (At::Leaving, Aim::Down) if self.is_ordinary() => self.rejoin(at),
            (At::Waiting, _) => self.turn_to_start(at, aim, tally),
            (At::Starting, _) => self.turn_starting(at),
            (At::Booting, _) => self.turn_booting(at),
            (At::ServicesBack, _) => self.turn_services_back(at),
            (At::GuestsBack(group), _) => self.turn_guests_back(at, group),
            (At::Leaving, _) => self.turn_leaving(at),
            (At::Dropped, _) => self.turn_dropped(at, tally),
            _ => Turn::Still,
        }
    }

    /// It does not run after all.
    fn lost_power(&mut self, at: usize, step: At) -> Turn {
        self.fell(at);
        let switched = self.chains.get(at).is_some_and(|chain| chain.ordered_on.is_some());
        // One that was not switched on in this return has to have the energy for it first.
        let again = step == At::Booting && switched;
        self.moved(at, if again { At::Starting } else { At::Waiting })
    }

    /// Whether a rehearsal runs, which brings nobody down twice.
    fn is_ordinary(&self) -> bool {
        self.plan().is_some_and(|plan| plan.cause != super::tell::Cause::Rehearsal)
    }

    /// It stays down; one that was never proved off still is not.
    fn down_as_read(&mut self, at: usize) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        let off = self.view().facts(planned).power == PowerState::Off;
        self.moved(at, if off { At::Off } else { At::NotProved })
    }

    /// The mains fail again while it is started.
    fn turn_down_again(&mut self, at: usize) -> Turn {
        let now = self.now;
        let Some(chain) = self.chains.get_mut(at) else { return Turn::Still };
        let asked = chain.ordered_on.is_some();
        if chain.at == At::Booting && !asked && !chain.fell {
            // It was only out of sight: it waits for its stage anew.
            chain.joined = now;
            return self.moved(at, At::Up);
        }
        match asked || chain.at == At::Booting {
            true => self.moved(at, At::ShuttingDown(super::chain::Means::Bmc)),
            false => self.down_as_read(at),
        }
    }

    fn turn_to_start(&mut self, at: usize, aim: Aim, tally: &Tally) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        if self.view().reads_on(planned, planned.chain.since) {
            return self.moved(at, At::Booting);
        }
        if planned.config.start_by == StartBy::Hand {
            return self.moved(at, At::Leaving);
        }
        if aim != Aim::Up {
            return Turn::Still;
        }
        if !self.view().may_start(planned, tally) {
            return self.tell_waits(at, tally);
        }
        if !self.view().due(self.view().by_itself_until(planned)) {
            return Turn::Still;
        }
        let server = planned.config.server;
        self.shared.switched = Some(self.now);
        if let Some(chain) = self.chains.get_mut(at) {
            chain.ordered_on = None;
        }
        self.go(at, At::Starting);
        Turn::Act(Action::Tell(Tell::Starting(server)))
    }

    /// Tells once that energy is waited for.
    fn tell_waits(&mut self, at: usize, tally: &Tally) -> Turn {
        let view = self.view();
        let (Some(planned), Some(plan)) = (view.planned(at), view.plan()) else {
            return Turn::Still;
        };
        let outlook = view.outlook(planned);
        let waits = outlook.settled && !plan.hasty && !view.has_energy(planned, tally);
        let Some(feed) = planned.config.feeds.first().filter(|_| waits && !plan.waits) else {
            return Turn::Still;
        };
        let ups = feed.ups;
        self.change_plan(|plan| plan.waits = true);
        Turn::Act(Action::Tell(Tell::WaitsForEnergy(ups)))
    }

    fn turn_starting(&mut self, at: usize) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        let (chain, config) = (*planned.chain, planned.config);
        let verified = self.view().reads_on(planned, chain.since);
        if verified || self.is_believed_on(at) {
            return self.moved(at, At::Booting);
        }
        if !self.shared.is_stored(chain.mark) {
            return Turn::Still;
        }
        if chain.ordered_on.is_some_and(|first| self.view().due(first + config.boot)) {
            return self.drop_server(at);
        }
        match chain.ask {
            Ask::Due(from) if !self.view().due(from) => Turn::Still,
            // The first order has waited before; one that is given again may meet another one's.
            Ask::Due(_) if chain.ordered_on.is_some() && !self.view().is_apart() => Turn::Still,
            Ask::Due(_) => {
                let now = self.now;
                self.shared.switched = Some(now);
                if let Some(chain) = self.chains.get_mut(at) {
                    chain.ordered_on = chain.ordered_on.or(Some(now));
                }
                self.switch(at, Switch::On)
            }
            Ask::Sent { at: when, .. } if self.view().due(when + NOT_ON) => self.again(at, when),
            Ask::Sent { .. } | Ask::Done { .. } => self.turn_not_on(at),
            Ask::Failed { why, at: when } => {
                let again = Ask::Due(when + pause(chain.tries));
                self.tell_tried(at, again, Tried::Switch(Switch::On, why))
            }
        }
    }

    fn is_believed_on(&self, at: usize) -> bool {
        let done = |ask| matches!(ask, Ask::Done { .. });
        !self.shared.laws.start_verified() && self.chains.get(at).is_some_and(|one| done(one.ask))
    }

    /// It has taken the order, and reads off still after a while: it is ordered on again.
    fn turn_not_on(&mut self, at: usize) -> Turn {
        let Some(chain) = self.chains.get(at) else { return Turn::Still };
        let Ask::Done { .. } = chain.ask else { return Turn::Still };
        let last = chain.since + NOT_ON * u32::from(chain.tries.max(1));
        match self.view().due(last) {
            true => self.again(at, last),
            false => Turn::Still,
        }
    }

    fn again(&mut self, at: usize, from: Instant) -> Turn {
        if let Some(chain) = self.chains.get_mut(at) {
            chain.ask = Ask::Due(from);
        }
        Turn::Moved
    }

    fn turn_booting(&mut self, at: usize) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        let (chain, config) = (*planned.chain, planned.config);
        let by_reading = !self.view().has_member(planned) && self.view().reads_on_lately(planned);
        if by_reading || self.view().is_heard(planned) {
            if self.view().waits_for_later(planned) {
                return Turn::Still;
            }
            self.note_boot(at);
            return self.moved(at, At::ServicesBack);
        }
        let since = chain.ordered_on.unwrap_or(chain.since);
        match self.view().due(since + config.boot) {
            true => self.drop_server(at),
            false => Turn::Still,
        }
    }

    fn note_boot(&mut self, at: usize) {
        let now = self.now;
        if let Some(chain) = self.chains.get_mut(at)
            && let Some(first) = chain.ordered_on
        {
            chain.steps.note(budget::Step::Boot, now.since(first));
        }
    }

    /// It has not come back in time: the usual rules take over.
    fn drop_server(&mut self, at: usize) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        let (server, chain) = (planned.config.server, *planned.chain);
        let taken = matches!(chain.ask, Ask::Done { .. }) || chain.at == At::Booting;
        let powerless = self.view().outlook(planned).dark;
        self.change_plan(|plan| plan.lost = plan.lost.saturating_add(1));
        self.go(at, At::Dropped);
        let now = self.now;
        if let Some(chain) = self.chains.get_mut(at) {
            // One whose BMC has taken the order is not ordered on behind anybody's back, unless it
            // has lost its power since.
            chain.ask = match taken && !powerless {
                true => Ask::Done { to: None },
                false => Ask::Due(now + LONGEST_PAUSE),
            };
            chain.thawed = true;
        }
        Turn::Act(Action::Tell(Tell::Dropped(server)))
    }

    /// While the order never arrived it is given again, also when the plan is over.
    fn turn_dropped(&mut self, at: usize, tally: &Tally) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        let chain = *planned.chain;
        if chain.held {
            return self.hold(at, false);
        }
        if matches!(chain.ask, Ask::Done { .. })
            || self.view().reads_on(planned, chain.since)
            || !self.shared.laws.start_verified()
        {
            return self.moved(at, At::Free);
        }
        let outlook = self.view().outlook(planned);
        match chain.ask {
            Ask::Due(from) if !self.view().due(from) => Turn::Still,
            Ask::Due(_) if outlook.settled && self.view().may_restart(planned, tally) => {
                self.shared.switched = Some(self.now);
                self.switch(at, Switch::On)
            }
            Ask::Due(_) | Ask::Done { .. } => Turn::Still,
            Ask::Sent { at: when, .. } if self.view().due(when + LONGEST_PAUSE) => {
                self.again(at, when)
            }
            Ask::Sent { .. } => Turn::Still,
            Ask::Failed { at: when, .. } => self.again(at, when + LONGEST_PAUSE),
        }
    }

    fn turn_services_back(&mut self, at: usize) -> Turn {
        let Some(config) = self.site.servers.get(at) else { return Turn::Still };
        let limit = config.services;
        match self.turn_directed(at, Directed::StartServices, limit, None) {
            None => Turn::Still,
            Some(Err(turn)) => turn,
            Some(Ok(())) => {
                let groups = config.groups.len();
                match groups.checked_sub(1).and_then(|last| u8::try_from(last).ok()) {
                    Some(last) => self.moved(at, At::GuestsBack(last)),
                    None => self.all_back(at),
                }
            }
        }
    }

    fn turn_guests_back(&mut self, at: usize, group: u8) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        let limit = planned.config.guests;
        match self.turn_directed(at, Directed::StartGuests, limit, Some(group)) {
            None => Turn::Still,
            Some(Err(turn)) => {
                if matches!(turn, Turn::Act(Action::Tell(_))) {
                    self.change_plan(|plan| plan.lost = plan.lost.saturating_add(1));
                }
                turn
            }
            Some(Ok(())) => match group.checked_sub(1) {
                Some(before) => self.moved(at, At::GuestsBack(before)),
                None => self.all_back(at),
            },
        }
    }

    /// Everything that a plan has stopped on it was started, if there was anybody to tell.
    fn all_back(&mut self, at: usize) -> Turn {
        self.settle_owed(at);
        self.moved(at, At::Leaving)
    }

    /// Maintenance is left, then nobody holds it any more, then its failover is thawed.
    fn turn_leaving(&mut self, at: usize) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        let (chain, server) = (*planned.chain, planned.config.server);
        let view = self.view();
        let runs = view.member(planned).is_some() || view.reads_on_lately(planned);
        if chain.was_on && !runs && planned.config.start_by != StartBy::Hand {
            // It may have lost its power since, unseen by this machine.
            return self.moved(at, At::Booting);
        }
        if chain.held {
            return match self.view().has_left(planned) {
                true => self.hold(at, false),
                false => Turn::Still,
            };
        }
        let member = self.view().member(planned);
        let back = chain.fell && chain.was_on && self.view().reads_on(planned, chain.joined);
        if !chain.thawed {
            if let Some(chain) = self.chains.get_mut(at) {
                chain.thawed = true;
            }
            if member.is_some() {
                return self.direct(at, member, Directed::Thaw, HOLDS, None);
            }
        }
        // While the operator answers for the battery it stays in the plan.
        let short = self.plan().is_some_and(|plan| plan.called_off);
        let short = short
            && self.view().planned(at).is_some_and(|one| self.view().outlook(one).endangered());
        self.go(at, if short { At::Up } else { At::Free });
        match () {
            // Its member has fallen silent meanwhile: the rest is started when it is heard.
            () if chain.owed && member.is_none() && !short => {
                self.change_plan(|plan| plan.lost = plan.lost.saturating_add(1));
                Turn::Act(Action::Tell(Tell::Dropped(server)))
            }
            () if back && !chain.owed => Turn::Act(Action::Tell(Tell::Back(server))),
            () => Turn::Moved,
        }
    }
}

/// How long to wait after so many orders in vain.
fn pause(tries: u8) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(1 << tries.saturating_sub(1).min(5));
    doubled.min(LONGEST_PAUSE)
}
