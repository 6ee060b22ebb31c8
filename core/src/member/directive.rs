//! What a connector has this host do (section 3.5 of the protocol).

use core::time::Duration;

use heapless::Vec;

use crate::guests::{GuestSet, Order};
use crate::reset_path::NONCE_VALID;
use crate::time::{Instant, earliest};
use crate::types::{
    Directed, Directive, DirectiveId, Epoch, GroupName, Progress, ReportCause, ReportState,
    ServiceState,
};

use super::Member;
use super::service::{Hold, Job, Phase, Service, Then};
use super::words::Action;

/// Directives that are remembered, to be reported on.
pub(super) const TASKS: usize = 8;
/// Before something is stopped, what came after its directive is to be read.
const DRAIN: Duration = Duration::from_millis(20);
/// How often a report is repeated.
const REPORT: Duration = Duration::from_secs(1);
/// How often the last report of a directive is sent unasked.
const LAST_REPORTS: u8 = 3;

/// A directive on its way.
#[derive(Debug)]
pub(super) struct Task {
    /// The place of the connector.
    connector: usize,
    /// The start of the connector that gave it, within which its id is unique.
    under: Epoch,
    pub(super) id: DirectiveId,
    pub(super) action: Directed,
    seconds: u32,
    group: GroupName,
    /// The guests that it is about.
    pub(super) scope: GuestSet,
    /// When the nonce was made that it echoes.
    echo: Instant,
    /// When it is to be begun; none = it has begun.
    begins: Option<Instant>,
    /// Until when it is to be done, once it is being done; none = it has no limit of its own.
    pub(super) until: Option<Instant>,
    state: ReportState,
    cause: ReportCause,
    pub(super) done: u16,
    pub(super) of: u16,
    /// When the next report is due.
    report: Option<Instant>,
    left: u8,
}

impl Task {
    /// Whether it makes this host ready for its shutdown.
    fn clears(&self) -> bool {
        matches!(self.action, Directed::StopGuests | Directed::StopServices)
    }

    pub(super) fn group(&self) -> &GroupName {
        &self.group
    }

    fn stops(&self) -> bool {
        matches!(self.action, Directed::StopGuests | Directed::StopServices | Directed::ShutDown)
    }

    /// Whether the services are being stopped for it.
    pub(super) fn stops_services(&self) -> bool {
        self.action == Directed::StopServices && self.is_working()
    }

    /// Whether it is being done.
    pub(super) fn is_working(&self) -> bool {
        self.state == ReportState::Working
    }

    pub(super) fn ended(&mut self, end: Result<(), ReportCause>, now: Instant) {
        self.state = if end.is_ok() { ReportState::Done } else { ReportState::Failed };
        self.cause = end.err().unwrap_or(ReportCause::None);
        self.until = None;
        self.report = Some(now);
        self.left = LAST_REPORTS;
    }

    fn is_over(&self) -> bool {
        matches!(self.state, ReportState::Done | ReportState::Failed)
    }

    fn deadline(&self) -> Option<Instant> {
        earliest(earliest(self.begins, self.until), self.report)
    }
}

/// Who has taken this host out of automatic failover.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Maintenance {
    pub(super) operator: bool,
    directive: bool,
}

impl Maintenance {
    pub(super) const fn is_on(self) -> bool {
        self.operator || self.directive
    }
}

/// The directives of all connectors.
pub(super) type Tasks = Vec<Task, TASKS>;

impl Member {
    /// A directive came that answers a nonce made at `echo`.
    pub(super) fn hear_directive(
        &mut self,
        connector: usize,
        directive: &Directive,
        echo: Instant,
        now: Instant,
    ) {
        let Some(from) = self.connectors.list.get_mut(connector) else { return };
        let Some(epoch) = from.dialogue.epoch() else { return };
        let id = directive.id;
        if from.directed.is_some_and(|(under, highest)| under == epoch && id.0 <= highest) {
            let known =
                |task: &&mut Task| (task.connector, task.under, task.id) == (connector, epoch, id);
            if let Some(task) = self.tasks.iter_mut().find(known) {
                task.report = Some(now);
            }
            return;
        }
        from.directed = Some((epoch, id.0));
        if matches!(
            directive.action,
            Directed::Thaw
                | Directed::LeaveMaintenance
                | Directed::StartGuests
                | Directed::StartServices
        ) {
            self.void_directives();
        }
        self.accept((connector, epoch), directive, echo, now);
    }

    fn accept(
        &mut self,
        (connector, under): (usize, Epoch),
        directive: &Directive,
        echo: Instant,
        now: Instant,
    ) {
        let mut task = Task {
            connector,
            under,
            id: directive.id,
            action: directive.action,
            seconds: directive.deadline,
            group: directive.group.clone(),
            scope: GuestSet::EMPTY,
            echo,
            begins: Some(now),
            until: None,
            state: ReportState::Accepted,
            cause: ReportCause::None,
            done: 0,
            of: 0,
            report: None,
            left: 0,
        };
        if task.stops() {
            task.begins = Some(now + DRAIN);
            task.report = Some(now);
        }
        if self.tasks.is_full() {
            let oldest = self.tasks.iter().position(Task::is_over).unwrap_or(0);
            self.tasks.remove(oldest);
        }
        // There is room now.
        let _ = self.tasks.push(task);
    }

    /// Something came that calls off what has not begun.
    pub(super) fn void_directives(&mut self) {
        self.tasks.retain(|task| task.begins.is_none() || !task.stops());
    }

    pub(super) fn settle_directives(&mut self, now: Instant) {
        // One that was made for a nonce too old by now is not begun.
        let list = &mut self.connectors.list;
        self.tasks.retain(|task| {
            let keeps = task
                .begins
                .is_none_or(|begins| now < begins || now.since(task.echo) <= NONCE_VALID);
            if !keeps && let Some(from) = list.get_mut(task.connector) {
                // Said again, it counts as new.
                let own = Some((task.under, task.id.0));
                from.directed = from.directed.filter(|_| from.directed != own);
            }
            keeps
        });
        for at in 0..self.tasks.len() {
            let due = |task: &Task| task.begins.is_some_and(|begins| now >= begins);
            if self.tasks.get(at).is_some_and(due) {
                self.begin(at, now);
            }
            self.go_on(at, now);
        }
        self.keep_to_givers();
    }

    /// Whoever has started anew counts its directives anew: a report on one from before would pass
    /// for one on another.
    fn keep_to_givers(&mut self) {
        if !self.laws.reports_to_giver() {
            return;
        }
        for task in &mut self.tasks {
            let giver = self.connectors.list.get(task.connector);
            if giver.and_then(|giver| giver.dialogue.epoch()) != Some(task.under) {
                task.report = None;
            }
        }
    }

    fn begin(&mut self, at: usize, now: Instant) {
        let Some(task) = self.tasks.get_mut(at) else { return };
        task.begins = None;
        self.stirred = true;
        let takes_time = self.act_on(at, now);
        let Some(task) = self.tasks.get_mut(at) else { return };
        match takes_time {
            Ok(false) => task.ended(Ok(()), now),
            Err(cause) => task.ended(Err(cause), now),
            Ok(true) => {
                task.state = ReportState::Working;
                task.report = Some(now);
            }
        }
    }

    /// Does what a directive wants, and says whether that takes time.
    fn act_on(&mut self, at: usize, now: Instant) -> Result<bool, ReportCause> {
        let Some(task) = self.tasks.get_mut(at) else { return Ok(false) };
        let (seconds, whole) = (task.seconds, Duration::from_secs(u64::from(task.seconds)));
        match task.action {
            Directed::StopGuests => {
                task.until = (seconds > 0).then_some(now + whole);
                let order = Order::Stop { until: task.until };
                return self.begin_guests(at, order, now).map(|()| true);
            }
            Directed::StartGuests => {
                task.until = (seconds > 0).then_some(now + whole);
                return self.begin_guests(at, Order::Start, now).map(|()| true);
            }
            Directed::Freeze => self.freeze_for(seconds, now),
            Directed::Thaw => {
                self.thawed = false;
                self.thaw(now);
            }
            Directed::EnterMaintenance => self.maintenance.directive = true,
            Directed::LeaveMaintenance => self.maintenance.directive = false,
            Directed::StartServices => self.release_holds(now),
            Directed::StopServices => {
                task.until = Some(now + whole);
                self.forget_declined();
                let running = self.running();
                if let Some(task) = self.tasks.get_mut(at) {
                    task.of = running;
                }
                return Ok(true);
            }
            Directed::ShutDown => {
                task.until = Some(now + whole / 2);
                self.guests.host_goes(&mut self.generations);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Services that a directive stopped may start again, here and in place of a host that has
    /// not come back; one that is still being stopped for it, once it has.
    fn release_holds(&mut self, now: Instant) {
        for service in self.services.iter_mut().filter(|s| s.hold == Hold::Directive) {
            service.hold = Hold::None;
        }
        if self.laws.start_takes_stop_back() {
            self.take_stop_back(now);
        }
        let patrol = self.timers.patrol.duration();
        for peer in self.peers.iter_mut().filter(|peer| !peer.is_alive(now, patrol)) {
            peer.services.retain(|report| report.state != ServiceState::Stopped);
        }
    }

    fn take_stop_back(&mut self, now: Instant) {
        for task in self.tasks.iter_mut().filter(|task| task.stops_services()) {
            task.ended(Err(ReportCause::None), now);
        }
        for at in 0..self.services.len() {
            let Some(service) = self.services.get_mut(at) else { continue };
            let Phase::Stopping(then @ Then::Hold(Hold::Directive)) = &mut service.phase else {
                continue;
            };
            *then = Then::Hold(Hold::None);
            if matches!(service.job, Job::Due(_)) {
                // It waits for those that need it, and runs.
                service.job = Job::None;
                self.activate(at, now);
            }
        }
    }

    fn forget_declined(&mut self) {
        for service in &mut self.services {
            service.declined = super::sets::Set::EMPTY;
        }
    }

    /// How many services run here, or may: of one that was not found yet nobody knows.
    fn running(&self) -> u16 {
        let unfound = self.laws.unfound_may_run();
        let runs = |service: &&Service| service.runs() || unfound && !service.is_found();
        let runs = self.services.iter().filter(runs).count();
        u16::try_from(runs).unwrap_or(u16::MAX)
    }

    /// What has become of a directive that takes time.
    fn go_on(&mut self, at: usize, now: Instant) {
        let Some(action) = self.tasks.get(at).filter(|task| task.is_working()).map(|t| t.action)
        else {
            return;
        };
        let running = self.running();
        let stops = self.tasks.iter().any(|task| task.is_working() && task.clears());
        let Some(task) = self.tasks.get_mut(at) else { return };
        match action {
            Directed::StopServices => {
                task.done = task.of.saturating_sub(running);
                if running == 0 {
                    task.ended(Ok(()), now);
                } else if task.until.is_some_and(|until| now >= until) {
                    task.ended(Err(ReportCause::TimeLimit), now);
                }
            }
            // What is being stopped by order may end first; half of the time is left to the
            // shutdown itself.
            Directed::ShutDown if task.until.is_some_and(|until| !stops || now >= until) => {
                task.until = None;
                self.shut_down = true;
            }
            Directed::StopGuests => {
                let progress = self.guests.stopping(task.scope);
                task.guests_are(&progress, now);
            }
            Directed::StartGuests => {
                let progress = self.guests.starting(task.scope, &self.generations);
                task.guests_are(&progress, now);
            }
            Directed::ShutDown
            | Directed::Freeze
            | Directed::Thaw
            | Directed::EnterMaintenance
            | Directed::LeaveMaintenance
            | Directed::StartServices => {}
        }
    }

    /// The next report that is due, and to which connector.
    pub(super) fn next_report(&mut self, now: Instant) -> Option<(usize, Progress)> {
        let due = |task: &&mut Task| task.report.is_some_and(|at| now >= at);
        let task = self.tasks.iter_mut().find(due)?;
        task.left = task.left.saturating_sub(1);
        let again = !task.is_over() || task.left > 0;
        task.report = again.then_some(now + REPORT);
        let Task { id, state, done, of, cause, connector, .. } = *task;
        Some((connector, Progress { id, state, done, of, cause }))
    }

    /// A shutdown that a directive wants.
    pub(super) fn next_shut_down(&mut self) -> Option<Action> {
        core::mem::take(&mut self.shut_down).then_some(Action::ShutDown)
    }

    pub(super) fn directive_deadline(&self) -> Option<Instant> {
        self.tasks.iter().filter_map(Task::deadline).min()
    }
}
