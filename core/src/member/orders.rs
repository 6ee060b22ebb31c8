//! What the operator orders, and when it is answered.

use heapless::Vec;

use crate::time::Instant;
use crate::types::{HostAddress, ServiceNumber, Token};

use super::peers::Proof;
use super::service::{Hold, Phase, Then};
use super::sets::Set;
use super::words::{Action, Answer, Order, Ticket, Why};
use super::{Life, Member};

/// Orders that wait at once for what they want.
const OPEN: usize = 8;
/// Room for answers besides those: each is fetched by the next polls.
const ORDERS: usize = 2 * OPEN;

/// An order that is open.
#[derive(Debug)]
pub(super) struct Open {
    ticket: Ticket,
    goal: Goal,
    /// When it is answered even if it has come to nothing.
    until: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    /// The service runs here.
    Runs(usize),
    /// The service does not run here.
    Stopped(usize),
    /// The service runs on that host.
    Moved(usize, usize),
    /// It has been decided.
    Over(Answer),
}

/// The orders that are open.
pub(super) type Orders = Vec<Open, ORDERS>;

impl Member {
    pub(super) fn hear_order(&mut self, ticket: Ticket, order: Order, now: Instant) {
        let (goal, until) = if self.orders.len() < OPEN {
            self.carry_out(order, now).unwrap_or_else(|answer| (Goal::Over(answer), now))
        } else {
            (Goal::Over(Answer::Refused(Why::Busy)), now)
        };
        if self.orders.is_full() {
            // Nobody fetches the answers.
            self.orders.remove(0);
        }
        // There is room now.
        let _ = self.orders.push(Open { ticket, goal, until });
    }

    /// Carries an order out: what to wait for, and until when, or what to answer at once.
    fn carry_out(&mut self, order: Order, now: Instant) -> Result<(Goal, Instant), Answer> {
        match order {
            Order::Activate { service } => self.order_activate(service, now),
            Order::Deactivate { service } => self.order_deactivate(service, now),
            Order::Swap { service, to } => self.order_swap(service, to, now),
            Order::ItIsOff { host } => Err(self.order_off(host, now)),
            Order::Thaw => Err(self.order_thaw(now)),
            Order::Maintenance(on) => {
                self.maintenance.operator = on;
                self.hurry(now);
                Err(Answer::Done)
            }
            Order::Resume => {
                self.resume = true;
                for connector in &mut self.connectors.list {
                    connector.next = now;
                }
                Err(Answer::Done)
            }
        }
    }

    fn place(&self, number: ServiceNumber) -> Result<usize, Answer> {
        self.services
            .iter()
            .position(|service| service.config.number == number)
            .ok_or(Answer::Refused(Why::NoSuchService))
    }

    fn order_activate(
        &mut self,
        number: ServiceNumber,
        now: Instant,
    ) -> Result<(Goal, Instant), Answer> {
        let service = self.place(number)?;
        self.may_be_ordered(now)?;
        if let Some(peer) = self.running_peer(service, now) {
            return Err(self.runs_on(peer));
        }
        let until = now + self.timers.request_budget;
        self.forgive(service);
        if self.services.get(service).is_some_and(|s| matches!(s.phase, Phase::Idle)) {
            self.stand(service, Some(until), now);
        }
        Ok((Goal::Runs(service), until))
    }

    fn may_be_ordered(&self, now: Instant) -> Result<(), Answer> {
        match self.life {
            Life::Leaving { .. } | Life::Down { .. } | Life::Stopped => {
                Err(Answer::Refused(Why::Leaving))
            }
            Life::Running if !self.takes_part() => Err(Answer::Refused(Why::Starting)),
            Life::Running if self.held_back(now) => Err(Answer::Refused(Why::Frozen)),
            Life::Running => Ok(()),
        }
    }

    /// The other host where the service runs, as far as known.
    pub(super) fn running_peer(&self, service: usize, now: Instant) -> Option<usize> {
        let others = self.services.get(service)?.others;
        others.iter().find(|peer| self.runs_at(service, *peer) && self.is_alive(*peer, now))
    }

    fn runs_on(&self, peer: usize) -> Answer {
        let host = self.peers.get(peer).map(|peer| Why::RunsOn(peer.config.host));
        Answer::Refused(host.unwrap_or(Why::NoSuchHost))
    }

    fn order_deactivate(
        &mut self,
        number: ServiceNumber,
        now: Instant,
    ) -> Result<(Goal, Instant), Answer> {
        let service = self.place(number)?;
        if !self.takes_part() {
            return Err(Answer::Refused(Why::Starting));
        }
        let until = now + self.handover_budget(service);
        let dependents = self.dependents(service);
        if dependents.iter().any(|at| !self.is_active(at)) {
            return Err(Answer::Refused(Why::Busy));
        }
        self.drop_candidacy(service);
        self.generations.change();
        let Some(found) = self.services.get_mut(service) else {
            return Err(Answer::Refused(Why::NoSuchService));
        };
        match found.phase {
            Phase::Active { .. } => {
                for at in dependents.iter().chain([service]) {
                    self.stop_service(at, Then::Hold(Hold::Operator));
                }
            }
            Phase::Idle => found.hold = Hold::Operator,
            Phase::Finding | Phase::Candidate(_) | Phase::Starting { .. } | Phase::Stopping(_) => {
                return Err(Answer::Refused(Why::Busy));
            }
        }
        self.hurry(now);
        Ok((Goal::Stopped(service), until))
    }

    /// The services of its group that run here and need this one, which stops after them.
    pub(super) fn dependents(&self, service: usize) -> Set {
        let group: Set = self.mates(service).collect();
        let mut found: Set = [service].into_iter().collect();
        // A parent comes before its children.
        for at in group.iter() {
            let Some(mate) = self.services.get(at).filter(|mate| mate.runs()) else { continue };
            let needed = |number| {
                found.iter().any(|at| {
                    self.services.get(at).is_some_and(|found| found.config.number == number)
                })
            };
            if mate.config.parents.iter().any(|number| needed(*number)) {
                found.insert(at);
            }
        }
        found.remove(service);
        found
    }

    fn order_swap(
        &mut self,
        number: ServiceNumber,
        to: Option<HostAddress>,
        now: Instant,
    ) -> Result<(Goal, Instant), Answer> {
        let service = self.place(number)?;
        if self.is_active(service) && to != Some(self.host) {
            return self.swap_away(service, to, now);
        }
        if to.is_some_and(|host| host != self.host) {
            return Err(Answer::Refused(Why::NotActiveHere));
        }
        self.may_be_ordered(now)?;
        if self.running_peer(service, now).is_none() {
            return Err(Answer::Refused(Why::NotActiveHere));
        }
        let until = now + self.handover_budget(service);
        let group: Set = self.mates(service).chain([service]).collect();
        for mate in group.iter() {
            self.forgive(mate);
            match self.services.get_mut(mate).map(|found| &mut found.phase) {
                Some(Phase::Idle) => self.stand(mate, Some(until), now),
                Some(Phase::Candidate(candidate)) => candidate.ordered = Some(until),
                Some(
                    Phase::Finding
                    | Phase::Starting { .. }
                    | Phase::Active { .. }
                    | Phase::Stopping(_),
                )
                | None => {}
            }
        }
        Ok((Goal::Runs(service), until))
    }

    fn swap_away(
        &mut self,
        service: usize,
        to: Option<HostAddress>,
        now: Instant,
    ) -> Result<(Goal, Instant), Answer> {
        let group: Set = self.mates(service).chain([service]).collect();
        for mate in group.iter() {
            if let Some(found) = self.services.get_mut(mate) {
                found.declined = Set::EMPTY;
            }
        }
        let peer = match to {
            Some(host) => {
                let peer = self.peers.iter().position(|peer| peer.config.host == host);
                let hosts = self.services.get(service).map_or(Set::EMPTY, |s| s.others);
                peer.filter(|peer| hosts.contains(*peer)).ok_or(Answer::Refused(Why::NoSuchHost))?
            }
            None => self.next_standby(service, now).ok_or(Answer::Refused(Why::NoStandby))?,
        };
        if !self.is_alive(peer, now) {
            return Err(Answer::Refused(Why::NoStandby));
        }
        for mate in group.iter().filter(|mate| self.is_active(*mate)).collect::<Set>().iter() {
            self.offer(mate, peer, now);
        }
        Ok((Goal::Moved(service, peer), now + self.handover_budget(service) * 2))
    }

    /// The operator has seen that a host is off: for the services that wait for it that stands in
    /// for its token.
    fn order_off(&mut self, host: HostAddress, now: Instant) -> Answer {
        let Some(at) = self.peers.iter().position(|peer| peer.config.host == host) else {
            return Answer::Refused(Why::NoSuchHost);
        };
        if self.is_alive(at, now) {
            return Answer::Refused(Why::HostAlive);
        }
        let waits = |service: &usize| {
            self.services.get(*service).is_some_and(|found| found.candidate().is_some())
                && self.missing(*service).contains(at)
        };
        let covers: Set = (0..self.services.len()).filter(waits).collect();
        if covers.is_empty() {
            return Answer::Refused(Why::NothingWaits);
        }
        if let Some(peer) = self.peers.get_mut(at) {
            peer.proof = Some(Proof { token: Token::default(), covers, at: now });
        }
        Answer::Done
    }

    /// A handover to another host came to an end.
    pub(super) fn moved(&mut self, service: usize, to: usize, end: Result<(), Why>) {
        let answer = end.map_or_else(Answer::Failed, |()| Answer::Done);
        for order in self.orders.iter_mut().filter(|o| o.goal == Goal::Moved(service, to)) {
            order.goal = Goal::Over(answer);
        }
    }

    pub(super) fn settle_orders(&mut self, now: Instant) {
        for at in 0..self.orders.len() {
            let Some(order) = self.orders.get(at) else { return };
            let late = now >= order.until;
            if let Some(answer) = self.reached(order.goal, late, now)
                && let Some(order) = self.orders.get_mut(at)
            {
                order.goal = Goal::Over(answer);
            }
        }
    }

    fn reached(&self, goal: Goal, late: bool, now: Instant) -> Option<Answer> {
        match goal {
            Goal::Runs(at) => {
                let service = self.services.get(at)?;
                let wants = service.candidate().is_some() || service.runs();
                if matches!(service.phase, Phase::Active { .. }) {
                    Some(Answer::Done)
                } else if service.failures.until.is_some() && !wants {
                    Some(Answer::Failed(Why::StartFailed))
                } else if let Some(peer) = self.running_peer(at, now).filter(|_| !wants) {
                    // A host that comes before this one was faster.
                    self.peers.get(peer).map(|p| Answer::Failed(Why::RunsOn(p.config.host)))
                } else {
                    late.then_some(Answer::Failed(Why::NoProof))
                }
            }
            Goal::Stopped(at) => match self.services.get(at)?.phase {
                Phase::Idle | Phase::Candidate(_) => Some(Answer::Done),
                Phase::Finding
                | Phase::Starting { .. }
                | Phase::Active { .. }
                | Phase::Stopping(_) => late.then_some(Answer::Failed(Why::TimeLimit)),
            },
            Goal::Moved(..) => late.then_some(Answer::Failed(Why::TimeLimit)),
            Goal::Over(_) => None,
        }
    }

    /// The next answer that is due.
    pub(super) fn next_answer(&mut self) -> Option<Action> {
        let at = self.orders.iter().position(|order| matches!(order.goal, Goal::Over(_)))?;
        let order = self.orders.remove(at);
        let Goal::Over(answer) = order.goal else { return None };
        Some(Action::Answer { ticket: order.ticket, answer })
    }

    pub(super) fn orders_deadline(&self) -> Option<Instant> {
        self.orders.iter().map(|order| order.until).min()
    }
}
