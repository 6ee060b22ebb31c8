//! Running the commands of services: finding out, starting, watching, stopping.

use crate::time::Instant;
use crate::types::{Generation, Reason};

use super::config::OnFailure;
use super::service::{Hold, Job, Phase, Then};
use super::words::{Action, Command, RunEnd, RunId};
use super::{Life, Member};

impl Member {
    /// The next command to run, if one is due.
    pub(super) fn next_command(&mut self) -> Option<Action> {
        if matches!(self.life, Life::Down { .. } | Life::Stopped) {
            return None;
        }
        let due = |at: &usize| self.command_due(*at).is_some();
        let at = (0..self.services.len()).find(due)?;
        let command = self.command_due(at)?;
        self.runs = self.runs.saturating_add(1);
        let run = RunId(self.runs);
        let service = self.services.get_mut(at)?;
        service.job = Job::Running(run, command);
        let (number, limit) = (service.config.number, service.limit(command));
        Some(Action::Run { run, service: number, command, limit })
    }

    /// A stop waits until the services that need this one have stopped: those of its group, which
    /// go with it, and others that stop as well.
    fn command_due(&self, at: usize) -> Option<Command> {
        let service = self.services.get(at)?;
        let Job::Due(command) = service.job else { return None };
        let needs = |other: &super::service::Service| {
            let group = service.config.group;
            let goes = group.is_some() && other.config.group == group && other.runs();
            let stops = matches!(other.phase, Phase::Stopping(_));
            other.config.parents.contains(&service.config.number) && (goes || stops)
        };
        let waits =
            command == Command::Stop && service.is_found() && self.services.iter().any(needs);
        (!waits).then_some(command)
    }

    /// A command has ended.
    pub(super) fn finished(&mut self, run: RunId, end: RunEnd, now: Instant) {
        let ran = |job: Job| matches!(job, Job::Running(running, _) if running == run);
        let Some(at) = self.services.iter().position(|service| ran(service.job)) else { return };
        let Some(service) = self.services.get_mut(at) else { return };
        let Job::Running(_, command) = core::mem::replace(&mut service.job, Job::None) else {
            return;
        };
        match command {
            Command::Check => self.checked(at, end, now),
            Command::Start => self.start_ended(at, end, now),
            Command::Stop => self.stop_ended(at, end, now),
        }
    }

    fn checked(&mut self, at: usize, end: RunEnd, now: Instant) {
        let Some(service) = self.services.get_mut(at) else { return };
        match (&mut service.phase, end) {
            (Phase::Finding, RunEnd::Done) => self.runs_already(at, now),
            (Phase::Finding, RunEnd::Failed) if !service.may_run => self.found_stopped(at),
            // It may be half started, or nobody can tell: after a stop it is known.
            (Phase::Finding, RunEnd::Failed | RunEnd::TimedOut) => {
                service.job = Job::Due(Command::Stop);
            }
            (Phase::Active { next_check, failed }, end) => {
                let check = service.config.commands.check;
                *failed = if end == RunEnd::Done { 0 } else { failed.saturating_add(1) };
                *next_check = check.map(|check| now + check.every);
                if check.is_some_and(|check| *failed >= check.tries) {
                    service.tell_failed = Some(Command::Check);
                    self.service_failed(at);
                }
            }
            (
                Phase::Idle | Phase::Candidate(_) | Phase::Starting { .. } | Phase::Stopping(_),
                _,
            ) => {}
        }
    }

    /// The service was running when this member started.
    fn runs_already(&mut self, at: usize, now: Instant) {
        self.generations.change();
        self.activate(at, now);
    }

    fn found_stopped(&mut self, at: usize) {
        if let Some(service) = self.services.get_mut(at) {
            service.may_run = false;
            service.failures.clear();
        }
        self.set_phase(at, Phase::Idle);
        self.generations.change();
    }

    pub(super) fn activate(&mut self, at: usize, now: Instant) {
        let Some(service) = self.services.get_mut(at) else { return };
        let next_check = service.config.commands.check.map(|check| now + check.every);
        service.hold = Hold::None;
        service.declined = super::sets::Set::EMPTY;
        self.set_phase(at, Phase::Active { next_check, failed: 0 });
    }

    fn start_ended(&mut self, at: usize, end: RunEnd, now: Instant) {
        // A frozen member starts nothing, not even once more.
        let frozen = self.held_back(now);
        let Some(service) = self.services.get_mut(at) else { return };
        let Phase::Starting { tries } = &mut service.phase else { return };
        if end == RunEnd::Done {
            service.failures.clear();
            return self.activate(at, now);
        }
        *tries = tries.saturating_add(1);
        if *tries < service.config.commands.start_tries && !frozen {
            service.job = Job::Due(Command::Start);
            return;
        }
        service.tell_failed = Some(Command::Start);
        let then = match service.config.on_failure {
            OnFailure::HandOver | OnFailure::PairDown => Then::Failed,
            OnFailure::Stop => Then::Hold(Hold::Failure),
        };
        if self.laws.failed_start_is_stopped() {
            self.stop_service(at, then);
        } else {
            self.stopped(at, then, now);
        }
    }

    /// The service failed while it ran.
    fn service_failed(&mut self, at: usize) {
        let Some(service) = self.services.get(at) else { return };
        let then = match service.config.on_failure {
            OnFailure::HandOver => Then::Failed,
            OnFailure::PairDown => return self.go_down(Reason::ServiceFailure),
            OnFailure::Stop => Then::Hold(Hold::Failure),
        };
        let active = |mate: &usize| self.is_active(*mate);
        let mates: super::sets::Set = self.mates(at).filter(active).collect();
        for mate in mates.iter() {
            self.stop_service(mate, then);
        }
        self.stop_service(at, then);
    }

    pub(super) fn is_active(&self, at: usize) -> bool {
        self.services.get(at).is_some_and(|service| matches!(service.phase, Phase::Active { .. }))
    }

    /// This host is to end at once: nothing more is sent.
    fn go_down(&mut self, reason: Reason) {
        self.life = Life::Down { reason, asked: false };
        self.stirred = true;
    }

    /// Stops a service that runs here, or may.
    pub(super) fn stop_service(&mut self, at: usize, then: Then) {
        if let Some(service) = self.services.get_mut(at) {
            service.job = Job::Due(Command::Stop);
            service.offer = None;
        }
        self.set_phase(at, Phase::Stopping(then));
    }

    fn stop_ended(&mut self, at: usize, end: RunEnd, now: Instant) {
        let Some(service) = self.services.get_mut(at) else { return };
        match service.phase {
            Phase::Finding if end == RunEnd::Done => self.found_stopped(at),
            // A host that went down for this would do so at every start.
            Phase::Finding => {
                service.tell_failed = Some(Command::Stop);
                service.failures.add(now);
            }
            Phase::Stopping(_) if end != RunEnd::Done => self.go_down(Reason::ResourceTimeout),
            Phase::Stopping(then) => self.stopped(at, then, now),
            Phase::Idle | Phase::Candidate(_) | Phase::Starting { .. } | Phase::Active { .. } => {}
        }
    }

    fn stopped(&mut self, at: usize, then: Then, now: Instant) {
        self.set_phase(at, Phase::Idle);
        match then {
            Then::Release { to, generation } => self.release(at, to, generation, now),
            Then::Failed => self.failed(at, now),
            Then::Hold(hold) => {
                if let Some(service) = self.services.get_mut(at) {
                    service.hold = hold;
                }
                self.generations.change();
            }
        }
    }

    /// What could not be found out nor cleared away is tried again later.
    pub(super) fn settle_finding(&mut self, at: usize, now: Instant) {
        let Some(service) = self.services.get_mut(at) else { return };
        if service.job == Job::None && service.failures.until.is_some_and(|until| now >= until) {
            service.job = Job::Due(Command::Check);
        }
    }

    /// A service that is being released waits for those of its group that need it. The other host
    /// may not have asked for one, since it was only just started: it has to stop all the same.
    pub(super) fn settle_stopping(&mut self, at: usize, now: Instant) {
        let Some(service) = self.services.get(at) else { return };
        let waits = service.job == Job::Due(Command::Stop);
        if waits && service.leaves_to.is_some_and(|(_, until)| now >= until) {
            for dependent in self.dependents(at).iter() {
                if self.is_active(dependent) {
                    self.stop_service(dependent, Then::Failed);
                }
            }
        }
    }

    /// What is due of a service that runs here: its check, and its way to another host.
    pub(super) fn settle_active(&mut self, at: usize, now: Instant) {
        let Some(service) = self.services.get_mut(at) else { return };
        let Phase::Active { next_check, .. } = &service.phase else { return };
        if service.job == Job::None && next_check.is_some_and(|next| now >= next) {
            service.job = Job::Due(Command::Check);
        }
        if self.evacuates() {
            self.evacuate(at, now);
        }
    }

    /// The generation that a service ran under when the record was written.
    pub(super) fn restore_service(
        &mut self,
        at: usize,
        generation: Generation,
        may_run: bool,
        held: bool,
    ) {
        let Some(service) = self.services.get_mut(at) else { return };
        service.generation = generation;
        service.may_run = may_run;
        if held {
            service.hold = Hold::Operator;
        }
    }
}
