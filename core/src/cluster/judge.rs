//! The arbiter: whether a request for a reset is carried out (section 3.3, rules 1 to 7).

use super::host::Phase;
use super::results::{Held, State};
use super::{Acting, HostIndex, OnIsolation, View};
use crate::time::Instant;
use crate::types::{Cause, Epoch, PowerState, Reason, RequestId, ResetMethod, Term};

/// Who wants a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Asker {
    /// A host of the cluster.
    Host(HostIndex),
    /// The operator, or other cluster software, at this connector.
    Operator,
}

/// Whom the name in a request means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Target {
    /// A host of the cluster.
    Host(HostIndex),
    /// A host of another cluster.
    Elsewhere,
    /// Nobody.
    Unknown,
}

/// A request for a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who wants it. The operator's reason is [`Reason::Operator`].
    pub asker: Asker,
    /// The question that it belongs to.
    pub id: RequestId,
    /// Whom to fence.
    pub target: Target,
    /// The epoch of the last heartbeat that the asker had from the target; 0 = none.
    pub target_epoch: Epoch,
    /// How.
    pub method: ResetMethod,
    /// Why.
    pub reason: Reason,
    /// The highest term that the asker knows.
    pub term: Term,
    /// Whether its echo is valid; true for the operator.
    pub fresh: bool,
}

/// What the arbiter has decided. The answer to the asker, if it is a host, comes from
/// [`View::next_answer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Verdict {
    /// It was asked before, and is answered from what is held.
    Repeat,
    /// It is not carried out.
    Refused(Cause),
    /// The power is read, nothing else: *off* answers fenced, *on* refuses with this cause. A
    /// look that runs already must be renewed, since only readings asked for from now on count.
    Look(Cause),
    /// It waits for the fencing that runs, which must be renewed likewise.
    Joined,
    /// A fencing begins. No command leaves before [`View::permit`] grants it.
    Fence,
}

impl View<'_> {
    /// Judges a request. A host's datagram is told to [`View::heard`] before.
    pub fn judge(&mut self, now: Instant, request: &Request) -> Verdict {
        let verdict = self.weigh(now, request);
        let Target::Host(target) = request.target else {
            if let Verdict::Refused(cause) = verdict {
                self.refuse(request.asker, request.id, cause);
            }
            return verdict;
        };
        let mut held = Held::new(now, request, target, None);
        match verdict {
            Verdict::Repeat => {
                if let Some(held) = self.find(request.asker, request.id) {
                    held.repeat(now);
                    self.cluster.answers = true;
                }
            }
            Verdict::Refused(cause) if cause.may_ask_again() => {
                held.settle(now, State::Refused(cause));
                let operator = request.asker == Asker::Operator;
                if !operator && self.hold(now, held).is_err() {
                    self.refuse(request.asker, request.id, cause);
                }
            }
            Verdict::Refused(cause) => self.refuse(request.asker, request.id, cause),
            Verdict::Look(otherwise) => {
                held = Held::new(now, request, target, Some(otherwise));
                return self.accept(now, held, verdict);
            }
            Verdict::Joined | Verdict::Fence => return self.accept(now, held, verdict),
        }
        verdict
    }

    fn accept(&mut self, now: Instant, mut held: Held, verdict: Verdict) -> Verdict {
        held.acted = verdict == Verdict::Joined && self.has_commanded(held.target);
        held.proved = self.is_known_off(held.target);
        let (asker, id, target, method) = (held.asker, held.id, held.target, held.method);
        if self.hold(now, held).is_err() {
            self.refuse(asker, id, Cause::TooMany);
            return Verdict::Refused(Cause::TooMany);
        }
        if verdict == Verdict::Fence {
            self.begin(now, target, method);
        }
        verdict
    }

    fn weigh(&mut self, now: Instant, request: &Request) -> Verdict {
        if !request.fresh {
            return Verdict::Refused(Cause::StaleEcho);
        }
        self.cluster.acting.met(request.term, self.journal);
        if !self.acts() {
            return Verdict::Refused(Cause::NotActing);
        }
        let acts_once = self.cluster.laws.acts_once();
        if let Some(held) = self.find(request.asker, request.id).filter(|_| acts_once) {
            let same = Target::Host(held.target) == request.target
                && held.method == request.method
                && held.is_about(request.target_epoch);
            return if same { Verdict::Repeat } else { Verdict::Refused(Cause::IdReused) };
        }
        match self.rules(now, request) {
            Ok(verdict) => verdict,
            Err(cause) => Verdict::Refused(cause),
        }
    }

    /// Rules 1 to 7, in order.
    fn rules(&self, now: Instant, request: &Request) -> Result<Verdict, Cause> {
        let target = self.parties(request)?;
        let laws = &self.cluster.laws;
        let unheard = request.target_epoch == Epoch(0)
            && request.reason != Reason::Operator
            && laws.unheard_is_looked_at();
        let look_only = unheard || request.method == ResetMethod::LookOnly;
        self.held(request)?;
        self.requester_is_free(request.asker)?;
        let host = self.host(target).ok_or(Cause::UnknownSystem)?;
        let planned = host.in_plan && laws.plan_holds_back();
        if planned && request.reason != Reason::Operator {
            // What the plan has stopped is off, and may be said to be.
            return Ok(Verdict::Look(Cause::Held));
        }
        // Rule 4.
        match host.fencing.phase {
            Phase::Fencing if !host.fencing.only_looks() => return Ok(Verdict::Joined),
            Phase::Fencing | Phase::PowerOnDue if !look_only => {
                return Ok(Verdict::Look(Cause::TargetStarting));
            }
            Phase::Free
            | Phase::Fencing
            | Phase::PowerOnDue
            | Phase::OffConfirmed
            | Phase::Fenced
            | Phase::Failed => {}
        }
        if look_only {
            return Ok(Verdict::Look(Cause::TargetOn));
        }
        let grace = self.cluster.rules.boot_grace;
        let starts = host.fencing.switched_on.get().is_some_and(|on| now < on + grace);
        if starts && laws.boot_grace_holds() {
            return Err(Cause::TargetStarting);
        }
        // Rules 5 to 7 hold back commands, not the look.
        match self.holds_back(now, request, target) {
            Err(cause) => Ok(Verdict::Look(cause)),
            Ok(()) => Ok(Verdict::Fence),
        }
    }

    /// Whether an earlier reading of off is taken for proof: it never is.
    fn is_known_off(&self, of: HostIndex) -> bool {
        let laws = &self.cluster.laws;
        self.host(of).is_some_and(|host| {
            let off = host.power() == PowerState::Off && !laws.readings_follow_question();
            let ended =
                matches!(host.phase(), Phase::OffConfirmed | Phase::PowerOnDue | Phase::Fenced);
            off || ended && !laws.looks_anew()
        })
    }

    /// Rule 1: both are hosts of this cluster, and differ.
    fn parties(&self, request: &Request) -> Result<HostIndex, Cause> {
        let target = match request.target {
            Target::Unknown => return Err(Cause::UnknownSystem),
            Target::Elsewhere => return Err(Cause::OtherCluster),
            Target::Host(target) => target,
        };
        if request.asker == Asker::Host(target) {
            return Err(Cause::Itself);
        }
        Ok(target)
    }

    /// Rule 2: maintenance, or a plan that has the requester, holds it; not against the operator.
    /// A plan that has the target holds back commands only.
    fn held(&self, request: &Request) -> Result<(), Cause> {
        let asker = match request.asker {
            Asker::Host(asker) => self.host(asker).is_some_and(|host| host.in_plan),
            Asker::Operator => false,
        };
        let maintenance = self.cluster.maintenance && self.cluster.laws.maintenance_holds();
        let held = maintenance || asker && self.cluster.laws.plan_holds_back();
        if held && request.reason != Reason::Operator { Err(Cause::Held) } else { Ok(()) }
    }

    /// Rule 3: of two hosts that shoot at each other, the first to arrive wins.
    fn requester_is_free(&self, asker: Asker) -> Result<(), Cause> {
        match asker {
            Asker::Operator => Ok(()),
            Asker::Host(asker) => match self.host(asker) {
                None => Err(Cause::UnknownSystem),
                Some(host) if host.is_barred() && self.cluster.laws.first_shooter_wins() => {
                    Err(Cause::RequesterFenced)
                }
                Some(_) => Ok(()),
            },
        }
    }

    /// Rule 5: whether a host that others do not hear is kept, since it is active by its own word.
    pub(super) fn is_kept(&self, now: Instant, of: HostIndex) -> bool {
        let rules = &self.cluster.rules;
        let alive =
            self.host(of).is_some_and(|host| host.active && host.heard_within(now, rules.patrol));
        alive && rules.on_isolation == OnIsolation::Keep
    }

    /// Rules 5 to 7. The operator's own orders need no survivor to take over.
    fn holds_back(&self, now: Instant, request: &Request, target: HostIndex) -> Result<(), Cause> {
        let (rules, laws) = (&self.cluster.rules, &self.cluster.laws);
        let kept = self.is_kept(now, target) && laws.active_is_kept();
        if request.reason == Reason::HeartbeatLost && kept {
            return Err(Cause::TargetActive);
        }
        if let Asker::Host(asker) = request.asker
            && self.survivors(now, target, Some(asker)) < usize::from(rules.min_survivors)
            && laws.survivors_are_left()
        {
            return Err(Cause::TooFewLeft);
        }
        let full = self.in_flight() >= usize::from(rules.max_resets_in_flight);
        if full && laws.in_flight_is_limited() {
            return Err(Cause::TooMany);
        }
        Ok(())
    }
}
