//! What the operator orders.

use core::num::NonZeroU64;

use crate::cluster::{self, Request, Target, Verdict};
use crate::fence::{self, Budgets, LookEnd, Proof, Told};
use crate::time::{Instant, Millis};
use crate::types::{
    BmcState, Cause, ChassisAction, Epoch, PowerState, Reason, RequestId, ResetMethod, ServerIndex,
    Term,
};

use super::at::At;
use super::bmc::Pin;
use super::parts::Parts;
use super::plans::cause_of_failure;
use super::server::{Pending, Want, Work};
use super::words::{Answer, ClusterIndex, How, Order, Ticket};

/// The question that an order to reset asks the arbiter: its ticket, and back.
fn id_of(ticket: Ticket) -> RequestId {
    RequestId(NonZeroU64::MIN.saturating_add(ticket.0))
}

pub(super) const fn ticket_of(id: RequestId) -> Ticket {
    Ticket(id.0.get() - 1)
}

impl Parts<'_> {
    pub(super) fn order(&mut self, now: Instant, ticket: Ticket, order: Order) {
        let known = match order {
            Order::Reset { server, .. }
            | Order::PowerOn { server }
            | Order::Drill { server }
            | Order::ConfirmOff { server }
            | Order::AcceptBmc { server } => self.order_server(now, ticket, server, order),
            Order::Maintenance { cluster, .. }
            | Order::Act { cluster }
            | Order::Resume { cluster }
            | Order::NewKey { cluster } => self.order_cluster(now, ticket, cluster, order),
        };
        if known.is_none() {
            self.shared.answers.put(ticket, Answer::NoSuchOrder);
        }
    }

    fn order_cluster(
        &mut self,
        now: Instant,
        ticket: Ticket,
        cluster: ClusterIndex,
        order: Order,
    ) -> Option<()> {
        let answer = match order {
            Order::Maintenance { on, .. } => {
                self.view(cluster)?.set_maintenance(now, on);
                Answer::Done
            }
            Order::Act { .. } => {
                let mut view = self.view(cluster)?;
                view.act();
                view.vouch_for_tokens(now);
                Answer::Done
            }
            Order::Resume { .. } => {
                self.view(cluster)?.resume(now);
                Answer::Done
            }
            Order::NewKey { .. } => {
                let line = &mut self.clusters.get_mut(cluster.at())?.line;
                match line.keys.successor([]).is_some_and(|key| line.keys.send_with(key)) {
                    true => {
                        self.journal.change();
                        Answer::Done
                    }
                    // There is no newer one.
                    false => Answer::NoSuchOrder,
                }
            }
            Order::Reset { .. }
            | Order::PowerOn { .. }
            | Order::Drill { .. }
            | Order::ConfirmOff { .. }
            | Order::AcceptBmc { .. } => return None,
        };
        match answer {
            Answer::Done => self.shared.answers.put_durable(ticket, Answer::Done, self.journal),
            answer => self.shared.answers.put(ticket, answer),
        }
        self.stir(now, cluster);
        self.wake_all(now, cluster);
        Some(())
    }

    fn order_server(
        &mut self,
        now: Instant,
        ticket: Ticket,
        server: ServerIndex,
        order: Order,
    ) -> Option<()> {
        if let Order::AcceptBmc { .. } = order {
            self.guids.release(server.0);
        }
        let mut at = self.at(now, server.0)?;
        match order {
            Order::Reset { method: ResetMethod::LookOnly, .. } => at.pend(ticket, Want::Status),
            Order::Reset { method, .. } => at.reset(ticket, method),
            Order::PowerOn { .. } => at.switch_on(ticket),
            Order::Drill { .. } => {
                // A drill writes as a fencing does.
                at.server.declared = at.journal.change();
                at.pend(ticket, Want::Drill { looked: false });
            }
            Order::ConfirmOff { .. } => at.pend(ticket, Want::ConfirmOff),
            Order::AcceptBmc { .. } => at.accept_bmc(ticket),
            Order::Maintenance { .. }
            | Order::Act { .. }
            | Order::Resume { .. }
            | Order::NewKey { .. } => return None,
        }
        let cluster = at.line.index;
        self.wake(now, server.0);
        self.stir(now, cluster);
        Some(())
    }
}

impl At<'_> {
    /// Has an order wait for what the server's BMC says; one waits at a time.
    fn pend(&mut self, ticket: Ticket, want: Want) {
        if self.server.order.is_some() {
            self.answers.put(ticket, Answer::Refused(Cause::TooMany));
            return;
        }
        self.server.order = Some(Pending { ticket, want, since: self.now });
        if let (Work::Look(look), true) = (&mut self.server.work, want.is_look()) {
            look.renew();
        }
    }

    fn reset(&mut self, ticket: Ticket, method: ResetMethod) {
        let (now, of) = (self.now, self.of);
        let request = Request {
            asker: cluster::Asker::Operator,
            id: id_of(ticket),
            target: Target::Host(of),
            target_epoch: Epoch(0),
            method,
            reason: Reason::Operator,
            term: Term(0),
            fresh: true,
        };
        match self.view().judge(now, &request) {
            Verdict::Refused(cause) => self.answers.put(ticket, Answer::Refused(cause)),
            verdict => self.judged(verdict),
        }
    }

    /// Does what the arbiter has decided about this server.
    pub(super) fn judged(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Repeat | Verdict::Refused(_) => {}
            Verdict::Look(_) => {
                if let Work::Look(look) = &mut self.server.work {
                    look.renew();
                }
            }
            Verdict::Joined => {
                if let Work::Fence(fence) = &mut self.server.work {
                    fence.renew();
                }
            }
            Verdict::Fence => self.sync(),
        }
    }

    fn switch_on(&mut self, ticket: Ticket) {
        if !self.server.work.is_free() {
            self.answers.put(ticket, Answer::Refused(Cause::TooMany));
            return;
        }
        self.pend(ticket, Want::On);
        if self.server.order.is_some_and(|pending| pending.ticket == ticket) {
            let budgets: Budgets = self.server.plan.budgets;
            let order = fence::Order::new(ChassisAction::On, Proof::On, budgets);
            self.server.work = Work::On(order);
            self.declare();
        }
    }

    fn accept_bmc(&mut self, ticket: Ticket) {
        match self.server.bmc.pin() {
            Pin::Doubled => {
                self.server.bmc.set_pin(Pin::Pinned);
                self.journal.change();
                self.answers.put_durable(ticket, Answer::Done, self.journal);
            }
            Pin::Pinned if self.server.bmc.state() == BmcState::Answers => {
                self.answers.put(ticket, Answer::Done);
            }
            Pin::None | Pin::Pinned => {
                self.server.bmc.accept_any();
                self.journal.change();
                self.pend(ticket, Want::Accept);
            }
        }
    }

    fn answer(&mut self, answer: Answer) {
        if let Some(pending) = self.server.order.take() {
            self.answers.put(pending.ticket, answer);
        }
    }

    /// An order may wait for a reading that was asked for after it. A look of its own says more,
    /// but is not taken while something is being done to the server.
    pub(super) fn order_told(&mut self, asked: Instant, told: Told) {
        let Some(pending) = self.server.order.filter(|pending| asked >= pending.since) else {
            return;
        };
        let busy = !self.server.work.is_free();
        match (pending.want, told) {
            (Want::Accept, Told::Power(_)) => self.answer(Answer::Done),
            (Want::Accept, Told::Failed(failure)) => {
                let cause = cause_of_failure(failure);
                self.answer(Answer::Failed { cause, outcome: None });
            }
            (Want::Status | Want::Drill { looked: false } | Want::ConfirmOff, _) if busy => {
                if let Told::Power(power) = told {
                    self.order_read(pending, Ok(power));
                }
            }
            _ => {}
        }
    }

    /// An order may wait for the look that has ended.
    pub(super) fn order_looked(&mut self, end: LookEnd) {
        let Some(pending) = self.server.order.filter(|pending| pending.want.is_look()) else {
            return;
        };
        let power = match end {
            LookEnd::Off => Ok(PowerState::Off),
            LookEnd::On => Ok(PowerState::On),
            LookEnd::Failed(failure) | LookEnd::Unknown(Some(failure)) => {
                Err(cause_of_failure(failure))
            }
            LookEnd::Unknown(None) => Err(Cause::Unconfirmed),
        };
        self.order_read(pending, power);
    }

    fn order_read(&mut self, pending: Pending, power: Result<PowerState, Cause>) {
        match (pending.want, power) {
            (Want::Status, Ok(power)) => self.answer(Answer::PowerIs(power)),
            (Want::ConfirmOff, _) => self.confirm_off(),
            (Want::Drill { .. }, Ok(_)) => {
                let want = Want::Drill { looked: true };
                self.server.order = Some(Pending { want, ..pending });
                self.end_drill();
            }
            (Want::Status | Want::Drill { .. }, Err(cause)) => {
                self.answer(Answer::Failed { cause, outcome: None });
            }
            (Want::On | Want::Accept, _) => {}
        }
    }

    fn confirm_off(&mut self) {
        let (now, of) = (self.now, self.of);
        match self.view().confirm_off(now, of) {
            Ok(token) => {
                self.server.how = How::Operator;
                if let Some(pending) = self.server.order.take() {
                    let answer = Answer::Fenced { token, how: How::Operator };
                    self.answers.put_durable(pending.ticket, answer, self.journal);
                }
                self.sync();
            }
            Err(cause) => self.answer(Answer::Refused(cause)),
        }
    }

    /// A drill is over when its write is durable too.
    pub(super) fn end_drill(&mut self) {
        let Some(Pending { want: Want::Drill { looked: true }, since, .. }) = self.server.order
        else {
            return;
        };
        if self.journal.is_stored(self.server.declared) {
            let took = Millis::of(self.now.since(since));
            let worst = self.server.plan.worst_case();
            self.answer(Answer::Drilled { took, worst });
        }
    }

    /// The power-on that the operator ordered has ended.
    pub(super) fn end_order_to_switch_on(&mut self, cause: Cause) {
        self.server.work = Work::Idle(None);
        let wanted = self.server.order.is_some_and(|pending| pending.want == Want::On);
        match cause {
            _ if !wanted => {}
            Cause::None => self.answer(Answer::Done),
            cause => self.answer(Answer::Failed { cause, outcome: None }),
        }
    }
}
