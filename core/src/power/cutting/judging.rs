//! Whether an output is to be cut, kept, or goes off whatever is done.

use core::time::Duration;

use crate::time::Instant;
use crate::types::{Outlet, UpsIndex, UpsReading};

use super::{ENDING, LEAST_SLACK, OVERDUE, Output, READ_BACK, State, cuts};
use crate::power::chain::At;
use crate::power::config::{Cut, Feed};
use crate::power::shared::Going;
use crate::power::supply::{FeedState, Freshness};
use crate::power::tell::Cause;
use crate::power::view::{Aim, Planned, Tally, View};

impl<'a> View<'a> {
    /// The servers that hang on an output.
    pub(super) fn consumers(
        self,
        place: (UpsIndex, Outlet),
    ) -> impl Iterator<Item = Planned<'a>> + Clone {
        let all = self.shared.laws.whole_cuts_outlets();
        let of_it = move |feed: &Feed| cuts(place, feed) && (all || place.1 == feed.outlet);
        self.all().filter(move |one| one.config.feeds.iter().any(of_it))
    }

    pub(in crate::power) fn feeds_own(&self, place: (UpsIndex, Outlet)) -> bool {
        self.site.own.feeds.iter().any(|feed| cuts(place, feed))
    }

    /// Whether a server loses what it needs to an order that cannot be called off. What reads off
    /// already does not carry it either.
    pub(in crate::power) fn is_doomed(&self, planned: Planned<'_>) -> bool {
        let goes = |feed: &Feed| self.goes_off(feed, |output| output.off_at).is_some();
        let is_off = |feed: &Feed| {
            let line = self.lines.get(feed.ups.at());
            line.is_some_and(|line| line.off_since(feed.outlet).is_some())
        };
        let config = planned.config;
        config.feeds.iter().any(goes) && config.lacks_power_without(|one| goes(one) || is_off(one))
    }

    /// When such a server loses the first of its feeds.
    pub(in crate::power) fn goes_off_at(&self, planned: Planned<'_>) -> Option<Instant> {
        let feeds = planned.config.feeds.iter().filter(|_| self.is_doomed(planned));
        feeds.filter_map(|feed| self.goes_off(feed, |output| output.off_at)).min()
    }

    /// Whether this machine loses all its feeds to such orders.
    pub(in crate::power) fn own_is_doomed(&self) -> bool {
        self.own_goes_off_at().is_some()
    }

    /// Whether they leave it just the time that it needs itself. Once they may have come already,
    /// and leave it less than that, it stays: nothing would start it again if none comes.
    pub(in crate::power) fn own_doom_is_near(&self) -> bool {
        let alone = self.own_stop() + LEAST_SLACK;
        let Some(off_at) = self.own_goes_off_at() else { return false };
        let last = self.own_goes_off(|output| output.over_at);
        let in_time = last.is_some_and(|over_at| self.now + self.own_stop() <= over_at);
        self.due_before(off_at, alone) && (self.now < off_at || in_time)
    }

    /// When this machine loses its last feed by orders that cannot be called off.
    pub(in crate::power) fn own_goes_off_at(&self) -> Option<Instant> {
        self.own_goes_off(|output| output.off_at)
    }

    fn own_goes_off(&self, when: fn(&Output) -> Instant) -> Option<Instant> {
        let each = self.site.own.feeds.iter().map(|feed| self.goes_off(feed, when));
        each.reduce(|one, other| Some(one?.max(other?))).flatten()
    }

    /// When a feed goes off by an order that cannot be called off. One that stood when this machine
    /// started may be gone by now: its UPS is given a moment to say so.
    fn goes_off(&self, feed: &Feed, when: fn(&Output) -> Instant) -> Option<Instant> {
        let read = self.lines.get(feed.ups.at()).is_some_and(|line| line.asked().is_some());
        if !read && !self.due(self.shared.started + READ_BACK) {
            return None;
        }
        let goes = |output: &&Output| {
            output.is_sealed()
                && output.stands()
                && !output.past
                && !self.due(output.over_at + OVERDUE)
                && !matches!(output.state, State::Dark { .. } | State::OnSent { .. })
                && output.place.is_some_and(|place| cuts(place, feed))
        };
        self.outputs.iter().filter(goes).map(when).min()
    }

    /// Whether an order stands for an output of a server, and those that none stands for do not
    /// carry it.
    pub(in crate::power) fn awaits_cut(&self, planned: Planned<'_>) -> bool {
        let stands = |feed: &Feed| {
            let mut standing = self.outputs.iter().filter(|output| output.stands());
            standing.any(|output| output.place.is_some_and(|place| cuts(place, feed)))
        };
        let feeds = &planned.config.feeds;
        let carry = feeds.iter().filter(|feed| !stands(feed) && self.carries(feed)).count();
        feeds.iter().any(stands) && carry < usize::from(planned.config.needed)
    }

    /// Whether a feed gives power for as long as the mains last.
    fn carries(&self, feed: &Feed) -> bool {
        let at = feed.ups.at();
        let (Some(line), Some(config)) = (self.lines.get(at), self.site.ups.get(at)) else {
            return false;
        };
        line.feed(feed.outlet, config, self.now) == FeedState::Mains { settled: true }
            && line.freshness(config, self.now) < Freshness::Unknown
    }

    /// Whether an output is to be cut, now that things are as they are.
    pub(super) fn is_to_be_cut(&self, place: (UpsIndex, Outlet), tally: &Tally) -> bool {
        let Some(plan) = self.plan() else { return false };
        let Some(config) = self.site.ups.get(place.0.at()) else { return false };
        if !plan.cut || plan.called_off || plan.cause == Cause::Rehearsal {
            return false;
        }
        let by_order = plan.is_ordered() && !plan.released && !self.was_cut(place);
        if !by_order && !self.is_discharging(place.0) {
            return false;
        }
        let mut consumers = self.consumers(place);
        let all_down =
            consumers.clone().all(|one| one.chain.in_plan() && self.aim(one) == Aim::Down);
        let own = self.feeds_own(place);
        if !all_down || !(own || consumers.next().is_some()) {
            return false;
        }
        let own_goes = !own || by_order || self.own_is_struck();
        let own_next = own && (self.own_is_next(tally) || self.own_is_ending());
        own_goes
            && match config.cut {
                Cut::Never => false,
                Cut::Delayed { .. } => {
                    (self.is_falling(place) || own_next) && !self.may_run_on(place)
                }
                Cut::Final { .. } => (!own || own_next) && self.all_proved_off(place),
            }
    }

    /// Whether that output has gone off, and come back, since the plan began.
    fn was_cut(&self, place: (UpsIndex, Outlet)) -> bool {
        self.outputs.iter().any(|output| output.place == Some(place) && output.was_cut)
    }

    pub(super) fn is_discharging(&self, ups: UpsIndex) -> bool {
        let (Some(line), Some(config)) = (self.lines.get(ups.at()), self.site.ups.get(ups.at()))
        else {
            return false;
        };
        matches!(line.state(config, self.now), FeedState::Battery(_))
    }

    /// Whether the last stage on an output shuts down, and those before it at least do.
    pub(super) fn is_falling(&self, place: (UpsIndex, Outlet)) -> bool {
        let consumers = self.consumers(place);
        let Some(last) = consumers.clone().map(|one| one.config.stage).max() else { return false };
        let falls = |one: &Planned<'_>| one.chain.is_falling() || one.chain.is_down();
        let others =
            consumers.clone().filter(|one| one.config.stage != last).all(|one| falls(&one));
        others && consumers.filter(|one| one.config.stage == last).any(|one| falls(&one))
    }

    /// Whether each server on an output is off, and has been read so again since.
    pub(super) fn all_proved_off(&self, place: (UpsIndex, Outlet)) -> bool {
        let off = |one: Planned<'_>| match one.chain.at {
            At::Off => self.reads_off(one, one.chain.since),
            At::Last => true,
            _ => false,
        };
        !self.shared.laws.cut_needs_proof() || self.consumers(place).all(off)
    }

    /// What is left at worst until an output may go off.
    pub(super) fn worst_on(&self, place: (UpsIndex, Outlet)) -> Duration {
        let own = self.feeds_own(place);
        // This machine waits for all servers of the plan.
        let counts = |one: &Planned<'_>| {
            let here = one.config.feeds.iter().any(|feed| cuts(place, feed));
            here || own && one.chain.in_plan()
        };
        let worst = self.all().filter(counts).map(|one| self.worst(one)).max();
        let stop = if own { self.own_stop() } else { Duration::ZERO };
        match self.shared.laws.cut_needs_proof() {
            true => worst.unwrap_or_default() + stop,
            false => Duration::ZERO,
        }
    }

    /// Whether the battery behind an output is at its end, and somebody on it still to go.
    pub(super) fn is_ending(&self, place: (UpsIndex, Outlet)) -> bool {
        let own = self.feeds_own(place) && self.own_is_ending();
        let mut consumers = self.consumers(place);
        own || consumers.any(|one| one.chain.at != At::Off) && self.is_exhausted(place.0)
    }

    /// Whether that battery itself is at its end, whatever else its servers hang on.
    fn is_exhausted(&self, ups: UpsIndex) -> bool {
        let (Some(line), Some(config)) = (self.lines.get(ups.at()), self.site.ups.get(ups.at()))
        else {
            return false;
        };
        match line.state(config, self.now) {
            FeedState::Battery(battery) => battery.low || self.due_before(battery.end, ENDING),
            FeedState::Unread | FeedState::Mains { .. } | FeedState::Off { .. } => false,
        }
    }

    /// Whether a server that could not be proved off may run on while the battery lasts. Nobody
    /// renews an order while this machine is away, so none stands for its output until the end.
    fn may_run_on(&self, place: (UpsIndex, Outlet)) -> bool {
        self.shared.laws.cut_needs_proof()
            && self.consumers(place).any(|one| one.chain.at == At::NotProved)
            && !self.is_ending(place)
    }

    /// Whether an order that stands is neither renewed nor called off for those who may run.
    pub(super) fn is_bound(&self, output: &Output, place: (UpsIndex, Outlet)) -> bool {
        let goes = self.shared.own != Going::Stays;
        let bound = output.is_sealed() || output.by_hand || goes;
        bound || !self.shared.laws.cut_needs_proof() || self.is_ending(place)
    }

    /// Whether each server on an output is down.
    pub(super) fn all_down(&self, place: (UpsIndex, Outlet)) -> bool {
        self.consumers(place).all(|one| matches!(one.chain.at, At::Off | At::Last))
    }

    /// Whether somebody on an output may run.
    pub(super) fn may_hit(&self, place: (UpsIndex, Outlet)) -> bool {
        !self.all_down(place) || self.feeds_own(place)
    }

    /// Whether an order that stands is to be called off.
    pub(super) fn is_to_be_cancelled(&self, output: &Output, place: (UpsIndex, Outlet)) -> bool {
        if output.is_sealed() || output.by_hand || !self.shared.laws.order_called_off() {
            return false;
        }
        let Some(plan) = self.plan() else { return true };
        let mut consumers = self.consumers(place);
        let kept = |one: Planned<'_>| !one.chain.in_plan() || self.aim(one) == Aim::Up;
        let over = !plan.is_ordered() || plan.released;
        let own_kept = over && self.feeds_own(place) && self.own_outlook().settled;
        plan.called_off || consumers.any(kept) || own_kept || self.may_run_on(place)
    }

    /// Whether an order that shows nowhere had all the time it may take, and a reading since says
    /// that the output is on.
    pub(super) fn is_overdue(&self, output: &Output, place: (UpsIndex, Outlet)) -> bool {
        let over = output.over_at + if output.past { LEAST_SLACK } else { OVERDUE };
        self.due(over) && self.reading_after(place, over).is_some()
    }

    /// Whether it is over by the word of an operator, who wants everybody back though the UPS has
    /// said nothing since.
    pub(super) fn is_answered_for(&self, output: &Output, place: (UpsIndex, Outlet)) -> bool {
        let unread = self.lines.get(place.0.at()).is_some_and(|line| line.asked().is_none());
        let waits = output.stands() && output.run().is_none();
        waits && unread && self.is_answered() && self.due(output.over_at + OVERDUE)
    }

    /// Whether no more is left until an order takes effect than those need whom it may hit.
    pub(super) fn is_pressing(&self, output: &Output, place: (UpsIndex, Outlet)) -> bool {
        self.due_before(output.off_at, self.worst_on(place) + LEAST_SLACK)
    }

    pub(super) fn reading_after(
        &self,
        place: (UpsIndex, Outlet),
        after: Instant,
    ) -> Option<(Instant, UpsReading)> {
        let line = self.lines.get(place.0.at())?;
        let asked = line.asked().filter(|asked| *asked > after)?;
        Some((asked, *line.reading()?))
    }

    /// Whether each output that is to be cut before this machine goes has its order.
    pub(in crate::power) fn all_placed(&self, tally: &Tally) -> bool {
        self.outputs.iter().all(|output| {
            let Some(place) = output.place else { return true };
            output.is_placed() || (output.state == State::Idle && !self.is_to_be_cut(place, tally))
        })
    }

    /// Whether this machine loses all its feeds to orders that stand.
    pub(in crate::power) fn own_is_cut(&self) -> bool {
        let feeds = &self.site.own.feeds;
        !feeds.is_empty()
            && feeds.iter().all(|feed| {
                let coming = |output: &&Output| output.stands() && !output.past;
                let mut standing = self.outputs.iter().filter(coming);
                standing.any(|output| output.place.is_some_and(|place| cuts(place, feed)))
            })
    }
}
