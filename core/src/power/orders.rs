//! What an operator, or the calendar, orders.

use crate::journal::Mark;
use crate::time::Instant;
use crate::types::{Outlet, PowerState, ServerIndex, UpsAnswer, UpsIndex, UpsOrder};

use super::cutting::{Output, State, cuts};
use super::parts::{Parts, Turn};
use super::shared::Asked;
use super::supply::Freshness;
use super::tell::Cause;
use super::view::{Planned, View};
use super::words::{Action, Answer, Back, Order, Scope, Ticket, Why};

/// A reading of power is as good as new for so long: a slow BMC is read every 30 s.
const NEW: core::time::Duration = core::time::Duration::from_secs(35);

impl View<'_> {
    /// Whether a scope holds a server.
    pub(super) fn holds(&self, scope: Scope, planned: Planned<'_>) -> bool {
        let config = planned.config;
        match scope {
            Scope::All => true,
            Scope::Server(server) => config.server == server,
            Scope::Ups(ups) => config.lacks_power_without(|feed| feed.ups == ups),
        }
    }

    /// A server whose power an order to a UPS would cut, and that is not proved off.
    fn would_cut(&self, ups: UpsIndex, order: UpsOrder) -> Option<ServerIndex> {
        let (UpsOrder::OffUntilMains { outlet, .. } | UpsOrder::Off { outlet, .. }) = order else {
            return None;
        };
        let fed = |one: &Planned<'_>| one.config.feeds.iter().any(|feed| cuts((ups, outlet), feed));
        let running = self.all().filter(fed).find(|one| !self.is_off(*one))?;
        Some(running.config.server)
    }

    fn is_off(&self, planned: Planned<'_>) -> bool {
        let facts = self.facts(planned);
        let fresh = facts.asked.is_some_and(|asked| self.now.since(asked) <= NEW);
        facts.power == PowerState::Off && fresh
    }

    /// Whether a server of the plan hangs on a battery.
    fn is_short(&self) -> bool {
        let mut planned = self.all().filter(|planned| planned.chain.in_plan());
        planned.any(|planned| self.outlook(planned).endangered())
    }
}

impl Parts<'_> {
    /// Looks at the newest order.
    pub(super) fn turn_orders(&mut self) -> Turn {
        if let Some((ticket, order)) = self.shared.order.take() {
            return self.turn_order(ticket, order);
        }
        let ready = |asked: &Asked| asked.run.is_none() && self.shared.is_stored(asked.mark);
        let Some(asked) = self.shared.asked.filter(ready) else { return Turn::Still };
        let run = self.shared.next_run();
        self.shared.asked = Some(Asked { run: Some(run), ..asked });
        Turn::Act(Action::Order { run, ups: asked.ups, order: asked.order })
    }

    fn turn_order(&mut self, ticket: Ticket, order: Order) -> Turn {
        let answer = match order {
            Order::Stop { scope, cut, back } => self.order_stop(scope, Cause::Ordered, cut, back),
            Order::Rehearse { scope } => {
                self.order_stop(scope, Cause::Rehearsal, false, Back::WithMains)
            }
            Order::Cancel { even_on_battery } => self.order_cancel(even_on_battery),
            Order::Return { now } => self.order_return(now),
            Order::Test(ups) => return self.order_ups(ticket, ups, UpsOrder::Test),
            Order::Ups { ups, order } => return self.order_ups(ticket, ups, order),
        };
        let mark = self.shared.journal.mark();
        let answer = answer.unwrap_or_else(Answer::Refused);
        self.shared.answer(ticket, answer, mark);
        Turn::Moved
    }

    fn order_stop(
        &mut self,
        scope: Scope,
        cause: Cause,
        cut: bool,
        back: Back,
    ) -> Result<Answer, Why> {
        if self.shared.plan.is_some() {
            return Err(Why::PlanRuns);
        }
        let view = self.view();
        if !view.all().any(|planned| view.holds(scope, planned)) {
            return Err(Why::NoSuchThing);
        }
        let endangered = |one: Planned<'_>| view.outlook(one).endangered();
        if cause == Cause::Rehearsal && view.all().any(endangered) {
            return Err(Why::OnBattery);
        }
        let outage = self.begin(cause);
        self.change_plan(|plan| (plan.cut, plan.back) = (cut, back));
        for at in 0..self.site.servers.len() {
            let view = self.view();
            if view.planned(at).is_some_and(|planned| view.holds(scope, planned)) {
                self.join(at);
            }
        }
        if cause == Cause::Rehearsal {
            self.lines.iter_mut().for_each(super::supply::Line::hint);
        }
        Ok(Answer::Begun(outage))
    }

    fn order_cancel(&mut self, even_on_battery: bool) -> Result<Answer, Why> {
        if self.plan().is_none() {
            return Err(Why::NoPlan);
        }
        if self.view().is_short() && !even_on_battery {
            return Err(Why::OnBattery);
        }
        self.changed_plan(|plan| plan.called_off = true);
        Ok(Answer::Done)
    }

    fn order_return(&mut self, now: bool) -> Result<Answer, Why> {
        if self.plan().is_none() {
            return Err(Why::NoPlan);
        }
        if now {
            self.forget_silent();
        }
        if self.view().is_short() {
            return Err(Why::OnBattery);
        }
        self.changed_plan(|plan| {
            plan.released = true;
            plan.hasty |= now;
        });
        Ok(Answer::Done)
    }

    /// What those said that say nothing any more the operator knows better.
    fn forget_silent(&mut self) {
        for (line, config) in self.lines.iter_mut().zip(self.site.ups) {
            if line.freshness(config, self.now) == Freshness::Unknown {
                line.forget();
            }
        }
    }

    /// Changes what of the plan is durable.
    fn changed_plan(&mut self, change: impl FnOnce(&mut super::plan::Plan)) -> Mark {
        let mark = self.shared.journal.change();
        self.change_plan(|plan| {
            change(plan);
            plan.mark = mark;
        });
        mark
    }

    fn order_ups(&mut self, ticket: Ticket, ups: UpsIndex, order: UpsOrder) -> Turn {
        match self.may_order(ups, order) {
            Ok(()) => {
                let again = self.outputs_of(ups, order).any(|output| output.by_hand);
                let mark = self.note_by_hand(ups, order);
                self.shared.asked = Some(Asked { ticket, ups, order, run: None, mark, again });
            }
            Err(why) => self.shared.answer(ticket, Answer::Refused(why), Mark::STORED),
        }
        Turn::Moved
    }

    /// The outputs that an order to a UPS is about.
    fn outputs_of(&mut self, ups: UpsIndex, order: UpsOrder) -> impl Iterator<Item = &mut Output> {
        let of = outlet_of(order);
        self.outputs.iter_mut().filter(move |output| {
            let Some((of_ups, outlet)) = output.place else { return false };
            let meant = of.is_some_and(|of| of == Outlet::WHOLE || of == outlet);
            of_ups == ups && meant
        })
    }

    /// What an operator orders off goes off: nothing is started on it until then.
    fn note_by_hand(&mut self, ups: UpsIndex, order: UpsOrder) -> Mark {
        if !self.shared.laws.by_hand_is_kept() {
            return Mark::STORED;
        }
        let (back, delay) = match order {
            UpsOrder::OffUntilMains { delay, .. } => (Back::WithMains, delay),
            UpsOrder::Off { delay, .. } => (Back::OnOrder, delay),
            UpsOrder::On { .. } | UpsOrder::Cancel { .. } => return Mark::STORED,
            UpsOrder::Test | UpsOrder::StopTest => return Mark::STORED,
        };
        let (now, mark) = (self.now, self.shared.journal.change());
        for output in self.outputs_of(ups, order) {
            output.may_stand((now + delay).max(output.over_at), now);
            (output.back, output.by_hand) = (back, true);
        }
        mark
    }

    /// A UPS has answered an operator's order.
    fn hear_by_hand(&mut self, asked: &Asked, answer: UpsAnswer) {
        let now = self.now;
        let failed = matches!(answer, UpsAnswer::Failed(_));
        for at in 0..self.outputs.len() {
            let mine = self.outputs.get(at).copied().filter(|output| output.by_hand);
            let Some((ups, outlet)) = mine.and_then(|output| output.place) else { continue };
            let of = outlet_of(asked.order);
            if ups != asked.ups || !of.is_some_and(|of| of == Outlet::WHOLE || of == outlet) {
                continue;
            }
            let _ = match asked.order {
                UpsOrder::Cancel { .. } if answer == UpsAnswer::Accepted => {
                    self.set_output(at, State::CancelTaken { at: now, tries: 0, sure: true })
                }
                UpsOrder::OffUntilMains { .. } | UpsOrder::Off { .. } if failed && !asked.again => {
                    self.set_output(at, State::Idle)
                }
                _ => Turn::Still,
            };
        }
    }

    fn may_order(&mut self, ups: UpsIndex, order: UpsOrder) -> Result<(), Why> {
        let Some(line) = self.lines.get(ups.at()) else { return Err(Why::NoSuchThing) };
        if self.shared.asked.is_some() {
            return Err(Why::Busy);
        }
        if line.asked().is_none() {
            return Err(Why::Unread(ups));
        }
        let of_plan = |output: &Output| output.stands() && !output.by_hand;
        let off = matches!(order, UpsOrder::OffUntilMains { .. } | UpsOrder::Off { .. });
        if order == UpsOrder::Test && self.shared.plan.is_some() {
            return Err(Why::PlanRuns);
        }
        if off && self.outputs_of(ups, order).any(|output| of_plan(output)) {
            return Err(Why::PlanRuns);
        }
        if off && outlet_of(order).is_some_and(|outlet| self.view().feeds_own((ups, outlet))) {
            return Err(Why::ThisMachine);
        }
        self.view().would_cut(ups, order).map_or(Ok(()), |server| Err(Why::Running(server)))
    }

    /// A UPS has answered a run.
    pub(super) fn hear_ordered(&mut self, run: super::words::RunId, answer: UpsAnswer) {
        let now: Instant = self.now;
        if let Some(asked) = self.shared.asked.filter(|asked| asked.run == Some(run)) {
            self.shared.asked = None;
            self.hear_by_hand(&asked, answer);
            let answer = match answer {
                UpsAnswer::Accepted => Answer::Done,
                UpsAnswer::Failed(failure) => Answer::Failed(Why::Ups(failure)),
                UpsAnswer::Unknown => Answer::Failed(Why::Unanswered),
            };
            self.shared.answer(asked.ticket, answer, Mark::STORED);
            self.hint(asked.ups);
            return;
        }
        let Some(output) = self.outputs.iter_mut().find(|output| output.run() == Some(run)) else {
            return;
        };
        let Some(place) = output.place else { return };
        let order = match output.state {
            State::CancelSent { .. } => UpsOrder::Cancel { outlet: place.1 },
            State::OnSent { .. } => UpsOrder::On { outlet: place.1 },
            _ => output.order(place.1, now),
        };
        output.answered(order, answer, now);
        self.shared.journal.change();
        self.hint(place.0);
    }

    /// That UPS is read at once.
    pub(super) fn hint(&mut self, ups: UpsIndex) {
        if let Some(line) = self.lines.get_mut(ups.at()) {
            line.hint();
        }
    }

    /// An order came. While one is still to be looked at, or too many answers wait, there is no
    /// room for another.
    pub(super) fn hear_order(&mut self, ticket: Ticket, order: Order) {
        match self.shared.order.is_some() {
            true => self.shared.answer(ticket, Answer::Refused(Why::Busy), Mark::STORED),
            false => self.shared.order = Some((ticket, order)),
        }
    }
}

/// The outlet that an order is about; none = no outlet.
const fn outlet_of(order: UpsOrder) -> Option<Outlet> {
    match order {
        UpsOrder::OffUntilMains { outlet, .. } | UpsOrder::Off { outlet, .. } => Some(outlet),
        UpsOrder::On { outlet } | UpsOrder::Cancel { outlet } => Some(outlet),
        UpsOrder::Test | UpsOrder::StopTest => None,
    }
}
