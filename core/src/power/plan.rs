//! A plan: why it runs, whom it concerns, and which way each of them goes.

use core::time::Duration;

use crate::journal::Mark;
use crate::time::{Instant, Millis};
use crate::types::PowerState;

use super::chain::{Ask, At};
use super::config::{Feed, StartBy};
use super::parts::{Parts, Turn};
use super::proof::HOLD_UP;
use super::tell::{Cause, End, Tell};
use super::view::{Aim, Planned, Tally, View};
use super::words::{Action, Back, OutageId};

/// A server that reads off for so long, with power on its feeds, was switched off.
const SURE: Duration = Duration::from_secs(30);

/// A plan that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) outage: OutageId,
    pub(super) cause: Cause,
    pub(super) back: Back,
    /// Outputs are cut.
    pub(super) cut: bool,
    /// Servers of an ordered stop may come back.
    pub(super) released: bool,
    /// The mains were gone, or an output, since it began.
    pub(super) gone: bool,
    /// The operator has called it off.
    pub(super) called_off: bool,
    /// The operator does not wait for energy.
    pub(super) hasty: bool,
    /// When it began, or this machine started in the middle of it.
    pub(super) since: Instant,
    pub(super) mark: Mark,
    /// People know that it began.
    pub(super) told: bool,
    /// Bit n: people know that stage n has begun.
    pub(super) stages: u16,
    /// People know that the mains are back.
    pub(super) returned: bool,
    /// People know that energy is waited for.
    pub(super) waits: bool,
    /// Servers that fell.
    pub(super) fell: u16,
    /// Servers that were on.
    pub(super) concerned: u16,
    /// What did not come back.
    pub(super) lost: u16,
}

impl Plan {
    pub(super) const fn new(outage: OutageId, cause: Cause, now: Instant, mark: Mark) -> Self {
        let by_mains = matches!(cause, Cause::Mains | Cause::Forced(_));
        Self {
            outage,
            cause,
            back: Back::WithMains,
            cut: by_mains,
            released: false,
            gone: by_mains,
            called_off: false,
            hasty: false,
            since: now,
            mark,
            told: false,
            stages: 0,
            returned: false,
            waits: false,
            fell: 0,
            concerned: 0,
            lost: 0,
        }
    }

    /// Whether it ends with the return of the mains, and begins at once, or with an order.
    pub(super) const fn is_ordered(&self) -> bool {
        matches!(self.cause, Cause::Ordered)
    }

    const fn end(&self) -> End {
        match (self.fell, self.concerned) {
            (0, _) => End::Cancelled,
            (fell, concerned) if fell < concerned => End::Partial,
            _ => End::Complete,
        }
    }
}

impl View<'_> {
    /// Which way a server of the plan goes.
    pub(super) fn aim(&self, planned: Planned<'_>) -> Aim {
        let Some(plan) = self.plan().filter(|_| planned.chain.in_plan()) else { return Aim::Up };
        if !self.is_known(planned) {
            return Aim::Stay;
        }
        if self.is_doomed(planned) {
            return Aim::Down;
        }
        let outlook = self.outlook(planned);
        if let Some(again) = outlook.look_again {
            self.due(again);
        }
        if plan.cause == Cause::Rehearsal {
            let ready = match planned.chain.at {
                At::Up => false,
                At::Freezing => self.is_frozen(planned),
                _ => true,
            };
            return if ready { Aim::Up } else { Aim::Down };
        }
        if plan.is_ordered() && !plan.released && !plan.called_off {
            return Aim::Down;
        }
        if outlook.endangered() {
            return if plan.called_off { Aim::Up } else { Aim::Down };
        }
        if plan.called_off || plan.hasty {
            return Aim::Up;
        }
        if outlook.dark || !outlook.settled {
            return Aim::Stay;
        }
        if self.shared.laws.returns_in_the_middle() || planned.chain.is_down() {
            return Aim::Up;
        }
        if planned.chain.begun() && !planned.chain.fell { Aim::Down } else { Aim::Up }
    }

    /// Whether a server that no plan concerns comes into one.
    fn is_struck(&self, planned: Planned<'_>, tally: &Tally) -> bool {
        let outlook = self.outlook(planned);
        if let Some(again) = outlook.look_again {
            self.due(again);
        }
        let struck = self.is_caught(planned) || self.is_in_outage(planned, tally);
        !planned.chain.in_plan() && struck
    }

    /// Whether a server that runs, as far as is known, loses its power to what nobody calls off.
    fn is_caught(&self, planned: Planned<'_>) -> bool {
        let runs = planned.chain.was_on || self.reads_on_lately(planned);
        (runs || self.member(planned).is_some()) && self.is_doomed(planned)
    }

    /// Whether what endangers a server has lasted, and no self test explains it.
    fn is_in_outage(&self, planned: Planned<'_>, tally: &Tally) -> bool {
        let outlook = self.outlook(planned);
        let lasting = outlook.confirmed || outlook.low || outlook.forced.is_some();
        outlook.endangered() && lasting && (!outlook.excused || self.is_squeezed(planned, tally))
    }

    /// Whether one that has just come back is to go down again, and not because of a moment on
    /// battery, or of a self test. One that was not switched on yet is not for these either.
    pub(super) fn is_down_for_sure(&self, planned: Planned<'_>, tally: &Tally) -> bool {
        let untouched = match planned.chain.at {
            At::Waiting => true,
            At::Starting => planned.chain.ordered_on.is_none(),
            _ => false,
        };
        let ordered = self.plan().is_some_and(|plan| plan.is_ordered() && !plan.released);
        untouched || ordered || self.is_doomed(planned) || self.is_in_outage(planned, tally)
    }

    /// Whether all power of a server that ran went before a plan came to it.
    fn is_dark_by_surprise(&self, planned: Planned<'_>) -> bool {
        let surprised = planned.config.start_by != StartBy::Hand;
        let went = self.went_out(planned).filter(|_| surprised);
        went.is_some_and(|dark| self.dark_since(planned).is_some() && self.due(dark))
    }

    /// When a server without a plan that ran lost the power that it needs, by what its UPSes say
    /// now and by what was read of it until then.
    fn went_out(&self, planned: Planned<'_>) -> Option<Instant> {
        let watched = matches!(planned.chain.at, At::Free | At::Late(_));
        let out = self.short_since(planned).filter(|_| watched)? + HOLD_UP;
        planned.chain.looked.is_some_and(|on| on <= out).then_some(out)
    }

    /// Since when too few of its feeds to carry it have not read off.
    fn short_since(&self, planned: Planned<'_>) -> Option<Instant> {
        let feeds = &planned.config.feeds;
        let needed = usize::from(planned.config.needed).max(1);
        let off = |feed: &Feed| self.lines.get(feed.ups.at())?.off_since(feed.outlet);
        let short = |at: &Instant| {
            let on = |feed: &&Feed| off(feed).is_none_or(|since| since > *at);
            feeds.iter().filter(on).count() < needed
        };
        feeds.iter().filter_map(off).filter(short).min()
    }

    /// Whether a server's stage begins.
    pub(super) fn begins(&self, planned: Planned<'_>, tally: &Tally) -> bool {
        let Some(plan) = self.plan() else { return false };
        if matches!(plan.cause, Cause::Ordered | Cause::Rehearsal) || self.is_doomed(planned) {
            return true;
        }
        let outlook = self.outlook(planned);
        let stage = planned.config.stage;
        // Those behind it do not go before it.
        let later_begun = tally.begun >> stage != 0;
        if later_begun || outlook.forced.is_some() || self.is_squeezed(planned, tally) {
            return true;
        }
        let Some(config) = self.site.stages.get(usize::from(stage)) else { return true };
        let by_time = config.after.is_some_and(|after| self.due(planned.chain.joined + after));
        let by_runtime = config.below.is_some_and(|below| {
            outlook.end.is_some_and(|end| self.due_before(end, below.duration()))
        });
        by_time || by_runtime
    }
}

impl Parts<'_> {
    /// Notes which servers run, in peace: once they have lost their power nobody can tell.
    pub(super) fn watch(&mut self) {
        for at in 0..self.chains.len() {
            let Some(planned) = self.view().planned(at) else { continue };
            if !matches!(planned.chain.at, At::Free | At::Late(_)) {
                continue;
            }
            let facts = self.view().facts(planned);
            let fed = self.view().outlook(planned).settled;
            let (Some(asked), Some(chain)) = (facts.asked, self.chains.get_mut(at)) else {
                continue;
            };
            match (facts.power, chain.off_read) {
                (PowerState::On, _) => (chain.looked, chain.off_read) = (Some(asked), None),
                // It may be dark before its UPS is read again, however late that is.
                (PowerState::Off, Some(first)) if fed => {
                    if asked.since(first) > SURE {
                        chain.looked = None;
                    }
                }
                (PowerState::Off, _) => chain.off_read = Some(asked),
                (PowerState::Unknown, _) => {}
            }
        }
    }

    /// Begins a plan, takes servers into it, and ends it.
    pub(super) fn turn_plan(&mut self, tally: &Tally) -> Turn {
        let view = self.view();
        let struck = view.all().find(|one| view.is_struck(*one, tally)).map(|one| one.at);
        if let Some(at) = struck {
            return self.strike(at);
        }
        let lost = view.all().find(|one| view.is_dark_by_surprise(*one)).map(|one| one.at);
        if let Some(at) = lost {
            return self.owe(at);
        }
        let Some(plan) = self.shared.plan else { return Turn::Still };
        if !plan.told {
            self.change_plan(|plan| plan.told = true);
            return Turn::Act(Action::Tell(Tell::Began { outage: plan.outage, cause: plan.cause }));
        }
        if let Some(turn) = self.turn_mood(&plan, tally) {
            return turn;
        }
        self.turn_end(&plan, tally)
    }

    /// It is started again once there is power, with what ran on it: without a plan, and without
    /// keeping anybody from taking over from it.
    fn owe(&mut self, at: usize) -> Turn {
        let now = self.now;
        self.go(at, At::Dropped);
        if let Some(chain) = self.chains.get_mut(at) {
            chain.ask = Ask::Due(now);
            (chain.was_on, chain.owed, chain.tries) = (true, true, 0);
        }
        Turn::Moved
    }

    fn strike(&mut self, at: usize) -> Turn {
        let Some(planned) = self.view().planned(at) else { return Turn::Still };
        let forced = self.view().outlook(planned).forced;
        if self.shared.plan.is_none() {
            self.begin(forced.map_or(Cause::Mains, Cause::Forced));
        } else {
            self.change_plan(|plan| plan.gone = true);
        }
        self.in_earnest();
        self.join(at);
        Turn::Moved
    }

    /// A rehearsal in which the mains fail is none any more.
    fn in_earnest(&mut self) {
        if self.plan().is_some_and(|plan| plan.cause == Cause::Rehearsal) {
            let mark = self.shared.journal.change();
            self.change_plan(|plan| {
                (plan.cause, plan.cut, plan.gone) = (Cause::Mains, true, true);
                (plan.told, plan.mark) = (false, mark);
            });
        }
    }

    /// Begins a plan for that cause.
    pub(super) fn begin(&mut self, cause: Cause) -> OutageId {
        let mark = self.shared.journal.change();
        let outage = OutageId(self.shared.outage.0.saturating_add(1));
        self.shared.outage = outage;
        self.shared.plan = Some(Plan::new(outage, cause, self.now, mark));
        outage
    }

    /// Takes a server into the plan, and notes how it was found.
    pub(super) fn join(&mut self, at: usize) {
        let Some(planned) = self.view().planned(at) else { return };
        let facts = self.view().facts(planned);
        let was_off = facts.power == PowerState::Off && !facts.fencing;
        // One that is still owed a start was on, and so was one whose power has just gone.
        let went = self.view().went_out(planned).is_some();
        let was_on = !was_off || planned.chain.at == At::Dropped || went;
        let mark = self.shared.journal.change();
        let now = self.now;
        let Some(chain) = self.chains.get_mut(at) else { return };
        chain.go(if was_off { At::Off } else { At::Up }, now, mark);
        chain.joined = now;
        chain.was_on = was_on;
        chain.fell = was_off && was_on;
        chain.member = facts.heard.map(|(_, epoch)| epoch);
        chain.ordered_on = None;
        chain.rejoined = 0;
        chain.told = false;
        self.change_plan(|plan| plan.concerned = plan.concerned.saturating_add(u16::from(was_on)));
    }

    /// Changes the plan, if one runs. What of it is durable is not changed here.
    pub(super) fn change_plan(&mut self, change: impl FnOnce(&mut Plan)) {
        if let Some(plan) = &mut self.shared.plan {
            change(plan);
        }
    }

    /// Whether the mains are gone or back for those in the plan.
    fn turn_mood(&mut self, plan: &Plan, tally: &Tally) -> Option<Turn> {
        let view = self.view();
        let (mut gone, mut carried, mut squeezed) = (false, true, false);
        for planned in view.all().filter(|planned| planned.chain.in_plan()) {
            let outlook = view.outlook(planned);
            let outage = outlook.confirmed && !outlook.excused;
            gone |= outlook.endangered() && outage || outlook.dark;
            carried &= outlook.settled;
            carried &= !view.is_doomed(planned);
            squeezed |= outlook.endangered() && view.is_squeezed(planned, tally);
        }
        if gone && plan.cause == Cause::Rehearsal {
            self.in_earnest();
            return Some(Turn::Moved);
        }
        let waits = view.shared.laws.waits_for_order() && plan.back == Back::OnOrder;
        let mark = match () {
            () if gone && !plan.gone => {
                let mark = self.shared.journal.change();
                self.change_plan(|plan| plan.gone = true);
                mark
            }
            () if plan.called_off && squeezed && !plan.is_ordered() => {
                let mark = self.shared.journal.change();
                self.change_plan(|plan| plan.called_off = false);
                mark
            }
            () if plan.is_ordered() && plan.gone && carried && !plan.released && !waits => {
                let mark = self.shared.journal.change();
                self.change_plan(|plan| plan.released = true);
                mark
            }
            () => return self.turn_return(plan, carried && tally.in_plan > 0, gone),
        };
        self.change_plan(|plan| plan.mark = mark);
        Some(Turn::Moved)
    }

    fn turn_return(&mut self, plan: &Plan, carried: bool, gone: bool) -> Option<Turn> {
        if plan.returned {
            if gone {
                self.change_plan(|plan| plan.returned = false);
                return Some(Turn::Moved);
            }
            return None;
        }
        let by_mains = matches!(plan.cause, Cause::Mains | Cause::Forced(_));
        if !(plan.gone && carried && (by_mains || plan.released)) {
            return None;
        }
        self.change_plan(|plan| plan.returned = true);
        Some(Turn::Act(Action::Tell(Tell::Returned(plan.outage))))
    }

    fn turn_end(&mut self, plan: &Plan, tally: &Tally) -> Turn {
        let standing = self.outputs.iter().any(|output| output.stands());
        if tally.in_plan > 0 || standing {
            return Turn::Still;
        }
        self.shared.journal.change();
        self.shared.plan = None;
        self.chains.iter_mut().for_each(|chain| chain.fell = false);
        self.outputs.iter_mut().for_each(|output| output.was_cut = false);
        let (outage, end, lost) = (plan.outage, plan.end(), plan.lost);
        Turn::Act(Action::Tell(Tell::Ended { outage, end, lost }))
    }

    /// Tells that a stage has begun, once.
    pub(super) fn tell_stage(&mut self, stage: u8, tally: &Tally) -> Option<Action> {
        let plan = self.shared.plan?;
        let bit = 1 << stage;
        if plan.stages & bit != 0 || plan.cause == Cause::Rehearsal {
            return None;
        }
        self.change_plan(|plan| plan.stages |= bit);
        let view = self.view();
        let needed = Millis::of(view.needed_from(tally, stage));
        let of_stage = view.all().filter(|one| one.config.stage == stage && one.chain.in_plan());
        let left = of_stage.filter_map(|one| view.outlook(one).left(view.now)).min();
        Some(Action::Tell(Tell::Stage { stage, needed, runtime: left.map(Millis::of) }))
    }
}
