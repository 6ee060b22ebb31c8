//! One service on this host: what it does here, and what is known of it elsewhere.

use core::time::Duration;

use heapless::Vec;

use crate::time::{Instant, Millis, earliest};
use crate::types::{Generation, ServiceReport, ServiceRole, ServiceState};

use super::config::ServiceConfig;
use super::laws::Laws;
use super::sets::Set;
use super::steps::{Candidate, Failures, Offer, Release, Reply};
use super::words::{Command, RunId};

/// Answers to other hosts that wait to be sent; who gets none asks again.
const REPLIES: usize = 8;
/// How long a check may take of a service that has no check command.
const FIND_LIMIT: Millis = Millis::from_secs(10);
/// A service.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) config: ServiceConfig,
    pub(super) role: ServiceRole,
    /// The places of its other hosts, in its order; the second tells whether one is before us.
    pub(super) order: Vec<(usize, bool), { super::config::MAX_PEERS }>,
    pub(super) others: Set,
    pub(super) phase: Phase,
    pub(super) job: Job,
    /// The highest generation that this host knows of.
    pub(super) generation: Generation,
    /// The highest generation that this host has yielded since its start, and to whom.
    pub(super) promised: Generation,
    pub(super) promised_to: Option<usize>,
    pub(super) hold: Hold,
    /// Since when this host would start it.
    pub(super) since: Option<Instant>,
    /// It leaves the start to that host until then.
    pub(super) leaves_to: Option<(usize, Instant)>,
    pub(super) failures: Failures,
    pub(super) offer: Option<Offer>,
    /// The hosts that were asked to take it and did not.
    pub(super) declined: Set,
    pub(super) release: Option<Release>,
    /// When the host that it is stopped for is told so again.
    pub(super) stopping_next: Option<Instant>,
    pub(super) replies: Vec<Reply, REPLIES>,
    /// The record said that it may run here.
    pub(super) may_run: bool,
    /// The state that the others were told last.
    pub(super) said: Option<ServiceState>,
    pub(super) told: Option<(ServiceState, Generation)>,
    pub(super) tell_failed: Option<Command>,
}

/// What a service does on this host.
#[derive(Debug)]
pub(super) enum Phase {
    /// It is being found out whether it runs; what may be left of it is being cleared away.
    Finding,
    /// It does not run here.
    Idle,
    /// It does not run here, and this host gathers proof that it may start it.
    Candidate(Candidate),
    /// Its start command runs.
    Starting { tries: u8 },
    /// It runs.
    Active { next_check: Option<Instant>, failed: u8 },
    /// Its stop command runs.
    Stopping(Then),
}

/// What follows a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// The service is released to that host, under that generation.
    Release { to: usize, generation: Generation },
    /// It failed here; another host may take it over.
    Failed,
    /// It stays stopped.
    Hold(Hold),
}

/// Why a service is not to be started by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// It is.
    None,
    /// It is not started with its hosts.
    NoAutostart,
    /// The operator stopped it.
    Operator,
    /// A directive stopped it.
    Directive,
    /// It failed, and waits for the operator.
    Failure,
}

/// What a service's commands are at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    None,
    Due(Command),
    Running(RunId, Command),
}

impl Service {
    /// The service whose hosts are at those places among the peers (none = this host), not yet
    /// looked for.
    pub(super) fn new(config: ServiceConfig, hosts: impl Iterator<Item = Option<usize>>) -> Self {
        let mut order = Vec::new();
        let mut before = true;
        let mut role = ServiceRole::Secondary;
        for (at, host) in hosts.enumerate() {
            match host {
                // A service has no more other hosts than there are peers.
                Some(peer) => drop(order.push((peer, before))),
                None => {
                    before = false;
                    role = if at == 0 { ServiceRole::Primary } else { role };
                }
            }
        }
        Self {
            others: order.iter().map(|(peer, _)| *peer).collect(),
            order,
            role,
            hold: if config.autostart { Hold::None } else { Hold::NoAutostart },
            config,
            phase: Phase::Finding,
            job: Job::Due(Command::Check),
            generation: Generation::default(),
            promised: Generation::default(),
            promised_to: None,
            since: None,
            leaves_to: None,
            failures: Failures::default(),
            offer: None,
            declined: Set::EMPTY,
            release: None,
            stopping_next: None,
            replies: Vec::new(),
            may_run: false,
            said: None,
            told: None,
            tell_failed: None,
        }
    }

    /// Whether the workload runs here, or may.
    pub(super) fn runs(&self) -> bool {
        matches!(self.phase, Phase::Starting { .. } | Phase::Active { .. } | Phase::Stopping(_))
    }

    /// Whether it is known what it does here.
    pub(super) fn is_found(&self) -> bool {
        !matches!(self.phase, Phase::Finding)
    }

    /// What the record has to say: after a crash it may run here.
    pub(super) fn may_run_after_crash(&self) -> bool {
        match self.phase {
            Phase::Finding => self.may_run,
            Phase::Idle => false,
            Phase::Candidate(_)
            | Phase::Starting { .. }
            | Phase::Active { .. }
            | Phase::Stopping(_) => true,
        }
    }

    /// The generation to store: that of a start to come is durable before it.
    pub(super) fn generation_to_store(&self) -> Generation {
        match &self.phase {
            Phase::Candidate(candidate) => self.generation.max(candidate.generation),
            Phase::Finding
            | Phase::Idle
            | Phase::Starting { .. }
            | Phase::Active { .. }
            | Phase::Stopping(_) => self.generation,
        }
    }

    /// The lowest generation that this host may be a candidate for.
    pub(super) fn next_generation(&self, laws: &Laws) -> Generation {
        let free = self.promised.next();
        let started = self.generation;
        free.max(if laws.no_double_start_per_generation() { started.next() } else { started })
    }

    pub(super) fn candidate(&self) -> Option<&Candidate> {
        match &self.phase {
            Phase::Candidate(candidate) => Some(candidate),
            Phase::Finding
            | Phase::Idle
            | Phase::Starting { .. }
            | Phase::Active { .. }
            | Phase::Stopping(_) => None,
        }
    }

    pub(super) fn candidate_mut(&mut self) -> Option<&mut Candidate> {
        match &mut self.phase {
            Phase::Candidate(candidate) => Some(candidate),
            Phase::Finding
            | Phase::Idle
            | Phase::Starting { .. }
            | Phase::Active { .. }
            | Phase::Stopping(_) => None,
        }
    }

    /// What is said of it; `stands_by` = this host would take services over, `waits` = this one
    /// lacks proof that it has ended elsewhere.
    pub(super) fn state(&self, stands_by: bool, waits: bool) -> ServiceState {
        match &self.phase {
            Phase::Candidate(_) if waits => ServiceState::Waiting,
            Phase::Candidate(_) => ServiceState::Standby,
            Phase::Idle if stands_by && self.hold == Hold::None => ServiceState::Standby,
            Phase::Finding | Phase::Idle => ServiceState::Stopped,
            Phase::Starting { .. } => ServiceState::Starting,
            Phase::Active { .. } => ServiceState::Active,
            Phase::Stopping(_) => ServiceState::Stopping,
        }
    }

    pub(super) fn report(&self, stands_by: bool, waits: bool) -> ServiceReport {
        ServiceReport {
            number: self.config.number,
            role: self.role,
            state: self.state(stands_by, waits),
            generation: self.generation,
        }
    }

    /// How long a command of it may take.
    pub(super) fn limit(&self, command: Command) -> Millis {
        let commands = &self.config.commands;
        match command {
            Command::Start => commands.start_limit,
            Command::Stop => commands.stop_limit,
            Command::Check => commands.check.map_or(FIND_LIMIT, |check| check.limit),
        }
    }

    /// The longest time from a start to its success, or to the end of the stop after a failure.
    pub(super) fn start_budget(&self) -> Duration {
        let commands = &self.config.commands;
        let start = commands.start_limit.duration() * u32::from(commands.start_tries);
        start + commands.stop_limit.duration() + Duration::from_secs(5)
    }

    /// It is seen to be wanted elsewhere: what held it back here is over. What could not be
    /// cleared away is still tried again at its time: that it runs elsewhere does not say what is
    /// left here.
    pub(super) fn wanted_elsewhere(&mut self) {
        self.hold = Hold::None;
        if self.is_found() {
            self.failures.clear();
        }
    }

    /// Answers another host; of two answers to one host the later one counts.
    pub(super) fn reply(&mut self, reply: Reply) {
        self.replies.retain(|old| old.to != reply.to || old.step != reply.step);
        if self.replies.is_full() {
            self.replies.remove(0);
        }
        // There is room now.
        let _ = self.replies.push(reply);
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let mut next = match &self.phase {
            Phase::Candidate(candidate) => earliest(Some(candidate.next), candidate.ordered),
            Phase::Active { next_check, .. } => next_check.filter(|_| self.job == Job::None),
            Phase::Stopping(Then::Release { .. }) => self.stopping_next,
            Phase::Finding | Phase::Idle | Phase::Starting { .. } | Phase::Stopping(_) => None,
        };
        next = earliest(next, self.leaves_to.map(|(_, until)| until));
        next = earliest(next, self.failures.until);
        if let Some(offer) = &self.offer {
            next = earliest(next, Some(offer.next.min(offer.until)));
        }
        if let Some(release) = &self.release {
            next = earliest(next, Some(release.next.min(release.until)));
        }
        next
    }
}
