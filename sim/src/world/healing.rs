//! Invariant 7: everything is mended, and then all must become well again in time.

use std::time::Duration;

use komainu_core::cluster::RESULTS_FOR;
use komainu_core::types::ServiceState;

use super::build::{self, worst_case};
use super::server::System;
use super::{ConnectorOrder, Event, MemberOrder, Node, World, good_network, instant, tell};
use crate::checks::Invariant;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// All must be well for so many looks.
const WELL: u32 = 5;
/// What an operator who sees a service down lets pass before helping again.
const PATIENCE: u64 = 20;

/// How far a world is in becoming well.
#[derive(Clone, Debug, Default)]
pub(super) struct Healing {
    healed_at: Option<Duration>,
    looks: u64,
    well: u32,
    /// A command failed: by then an operator may be needed.
    failed: bool,
    /// A connector had no room for another question.
    full: bool,
    /// A host that was off when everything was mended, and that nobody switches on.
    stays_off: Option<usize>,
}

impl Healing {
    /// A command has failed, or a service ended by itself; others of its group stop with it.
    pub(super) fn failed(&mut self) {
        self.failed = true;
    }

    /// A connector has refused a question though no reset is in flight: what it holds of earlier
    /// ones under which commands left, so that none is carried out twice, takes all its room.
    pub(super) fn full(&mut self) {
        self.full = true;
    }

    /// Whether all has been well for long enough.
    pub(super) fn is_over(&self) -> bool {
        self.well >= WELL
    }
}

impl World {
    /// Everything that is broken is mended at once.
    pub(super) fn heal(&mut self) {
        tell!(self, "* everything is mended");
        self.healing.healed_at = Some(self.now);
        self.mend_networks();
        self.scenario.command_failure = 0.0;
        for at in 0..self.managers.len() {
            let node = Node::Connector(at);
            self.managers[at].sync = Duration::from_millis(1);
            self.managers[at].process.fuse = None;
            self.go_on(node, None);
            self.start(node, None);
            self.order_connector(at, ConnectorOrder::Maintenance(false));
        }
        let mut may_stay_off = self.scenario.one_stays_off;
        for host in 0..self.servers.len() {
            self.bmc_well(host);
            let server = &mut self.servers[host];
            server.sync = Duration::from_millis(1);
            server.member.fuse = None;
            for workload in &mut server.workloads {
                workload.ill = None;
            }
            match (server.on, server.system) {
                (false, _) if std::mem::take(&mut may_stay_off) => {
                    self.healing.stays_off = Some(host);
                }
                (false, _) => self.press_button(host),
                (true, System::Down) => self.boot(host),
                (true, System::Booting | System::Ending) => {}
                (true, System::Up) => {
                    self.go_on(Node::Host(host), None);
                    self.start(Node::Host(host), None);
                    self.order_member(host, MemberOrder::Maintenance(false));
                }
            }
        }
        self.later(LOOK_EVERY, Event::Look);
    }

    fn mend_networks(&mut self) {
        let hosts = 0..self.servers.len();
        let nodes: Vec<_> = hosts
            .flat_map(|at| [Node::Host(at), Node::Bmc(at)])
            .chain((0..self.managers.len()).map(Node::Connector))
            .collect();
        for lan in 0..self.lans.count() {
            self.lans.lan(lan).set_faults(good_network());
            for from in &nodes {
                for to in &nodes {
                    self.lans.set_way(lan, *from, *to, true);
                }
            }
        }
    }

    /// After so long all must be well.
    fn patience(&self) -> Duration {
        let spans = &self.scenario.spans;
        let commands = spans.command_limit * 6;
        // Such a connector takes the next question when it forgets the oldest of those.
        let room = if self.healing.full { RESULTS_FOR.duration() } else { Duration::ZERO };
        room + 2 * worst_case(&self.scenario)
            + spans.boot_grace
            + 2 * spans.boot
            + spans.start_wait
            + 4 * spans.patrol
            + commands
            + Duration::from_secs(90)
    }

    /// Looks whether all is well.
    pub(super) fn look(&mut self) {
        self.healing.looks += 1;
        let trouble = self.trouble();
        if let Some(what) = trouble {
            self.healing.well = 0;
            let since = self.now - self.healing.healed_at.unwrap_or(self.now);
            if since > self.patience() {
                let what = format!("{what}, {since:?} after everything was mended");
                self.judge(Invariant::Healing, Err(what));
            }
            if self.healing.looks.is_multiple_of(PATIENCE) {
                self.help();
            }
        } else {
            self.healing.well += 1;
        }
        self.later(LOOK_EVERY, Event::Look);
    }

    /// What is not well.
    fn trouble(&self) -> Option<String> {
        let services = 0..self.scenario.services.len();
        services.into_iter().find_map(|service| self.trouble_of(service)).or_else(|| {
            let busy = (0..self.managers.len()).any(|at| self.has_resets_in_flight(at));
            busy.then(|| "a request has not ended".into()).or_else(|| self.trouble_of_outage())
        })
    }

    /// Whether a connector has fencings that have not ended.
    pub(super) fn has_resets_in_flight(&self, at: usize) -> bool {
        self.managers[at].process.machine().is_some_and(|machine| {
            let snapshot = machine.snapshot(instant(self.now));
            let mut clusters = snapshot.clusters();
            clusters.any(|cluster| cluster.resets_in_flight > 0)
        })
    }

    fn trouble_of(&self, service: usize) -> Option<String> {
        let number = service + 1;
        let mut hosts = self.checks.workloads.hosts_of(service);
        let Some(host) = hosts.next() else {
            return Some(format!("service {number} runs nowhere"));
        };
        let state = self.says(host, service);
        if state == Some(ServiceState::Active) {
            return None;
        }
        Some(format!("service {number} runs on host {}, which says {state:?}", host + 1))
    }

    /// What a host says of a service.
    fn says(&self, host: usize, service: usize) -> Option<ServiceState> {
        let snapshot = self.servers[host].member.machine()?.snapshot(instant(self.now));
        let wanted = build::service_number(service);
        snapshot.services().find(|service| service.number == wanted).map(|service| service.state)
    }

    /// An operator starts what is down because a command failed or because of an earlier order,
    /// and confirms what is off.
    fn help(&mut self) {
        let hosts = self.servers.len();
        for service in 0..self.scenario.services.len() {
            if self.checks.workloads.hosts_of(service).next().is_some() {
                continue;
            }
            let excused = self.operator.by_hand[service] || self.healing.failed;
            if excused {
                self.start_by_hand(service);
            }
        }
        if self.managers.len() > 1 {
            self.order_connector(0, ConnectorOrder::Act);
        }
        for host in 0..hosts {
            // One that went down with its service needs somebody who switches it on.
            if !self.servers[host].on && self.healing.stays_off != Some(host) {
                self.press_button(host);
            }
        }
    }
    /// One order of an operator who wants a service to run.
    fn start_by_hand(&mut self, service: usize) {
        let plan = &self.scenario.services[service];
        // No check tells a member that what an earlier life of it began has come to nothing: the
        // operator, who sees it, has to stop first what is said to run.
        let says = |host: &&usize| self.says(**host, service) == Some(ServiceState::Active);
        let unchecked = plan.check_every.is_none();
        if let Some(host) = plan.hosts.iter().find(says).copied().filter(|_| unchecked) {
            return self.order_member(host, MemberOrder::Deactivate(service));
        }
        // One host at a time: an order stands for a while.
        let round = (self.healing.looks / (10 * PATIENCE)) as usize;
        let host = plan.hosts[round % plan.hosts.len()];
        self.order_member(host, MemberOrder::Activate(service));
    }
}
