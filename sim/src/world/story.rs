//! Lets the script befall the world.

use std::time::Duration;

use super::workload::Ill;
use super::{Disturbance, Event, Node, World, tell};

impl World {
    pub(super) fn befall(&mut self, what: Disturbance) {
        tell!(self, "* {what:?}");
        match what {
            Disturbance::Network(lan, faults) => self.lans.lan(lan).set_faults(faults),
            Disturbance::Way { lan, from, to, open } => self.lans.set_way(lan, from, to, open),
            Disturbance::Kill { node, fuse, back } => self.light_fuse(node, fuse, back),
            Disturbance::Hang { node, lasts } => self.hang(node, lasts),
            Disturbance::Crash { host, back } => self.crash(host, back),
            Disturbance::PowerLoss { host, back } => {
                self.set_power(host, false);
                if let Some(back) = back {
                    self.later(back, Event::PressButton { host });
                }
            }
            Disturbance::Bmc { host, how, lasts } => self.spoil_bmc(host, how, lasts),
            Disturbance::WallClock { node, millis } => match node {
                Node::Host(at) => self.servers[at].unix_ms += millis,
                Node::Connector(at) => self.managers[at].unix_ms += millis,
                Node::Bmc(_) => {}
            },
            Disturbance::Disk { node, sync } => match node {
                Node::Host(at) => self.servers[at].sync = sync,
                Node::Connector(at) => self.managers[at].sync = sync,
                Node::Bmc(_) => {}
            },
            Disturbance::SpoiltRecord { node, back } => self.spoil_record(node, back),
            Disturbance::Replay(count) => self.replay(count),
            Disturbance::Forge(count) => self.forge(count),
            Disturbance::WorkloadDies { host, service } => self.workload_dies(host, service),
            Disturbance::Fail { host, service, hangs } => {
                let ill = if hangs { Ill::Hangs } else { Ill::Fails };
                self.servers[host].workloads[service].ill = Some(ill);
            }
            Disturbance::OfMember(host, order) => self.order_member(host, order),
            Disturbance::OfConnector(at, order) => self.order_connector(at, order),
        }
    }

    fn spoil_record(&mut self, node: Node, back: Duration) {
        self.light_fuse(node, 0, back);
        match node {
            Node::Host(at) => self.servers[at].disk.spoil(),
            Node::Connector(at) => self.managers[at].disk.spoil(),
            Node::Bmc(_) => {}
        }
    }

    fn workload_dies(&mut self, host: usize, service: usize) {
        // Of a service that nobody checks nobody would know.
        if self.scenario.services[service].check_every.is_none() {
            return;
        }
        let workload = &mut self.servers[host].workloads[service];
        // A program that is being started is not there to die yet.
        if workload.command.is_none() && workload.runs {
            workload.dies();
            self.checks.workloads.off(host, service);
            self.healing.failed();
        }
    }

    pub(super) fn light_fuse(&mut self, node: Node, fuse: u32, back: Duration) {
        let runs = match node {
            Node::Host(at) => self.servers[at].member.light(fuse, back),
            Node::Connector(at) => self.managers[at].process.light(fuse, back),
            Node::Bmc(_) => return,
        };
        if fuse == 0 || !runs {
            self.kill(node);
        }
    }

    /// A process dies; its service manager starts it again after a while.
    pub(super) fn kill(&mut self, node: Node) {
        let (starts, back) = match node {
            Node::Host(at) => {
                let server = &mut self.servers[at];
                if !server.member.kill() {
                    return;
                }
                let reached = self.rng.below(server.disk.under_way() as u64 + 1) as usize;
                server.disk.crash(reached);
                (server.member.starts, server.member.back)
            }
            Node::Connector(at) => {
                let manager = &mut self.managers[at];
                if !manager.process.lives() {
                    return;
                }
                let reached = self.rng.below(manager.disk.under_way() as u64 + 1) as usize;
                manager.end(reached);
                (manager.process.starts, manager.process.back)
            }
            Node::Bmc(_) => return,
        };
        tell!(self, "the process of {node} dies");
        self.later(back, Event::Start { node, starts });
    }

    /// Starts a process, if it has not been started since that life.
    pub(super) fn start(&mut self, node: Node, since: Option<u32>) {
        match node {
            Node::Host(at) => {
                if since.is_none_or(|starts| starts == self.servers[at].member.starts) {
                    self.start_member(at);
                }
            }
            Node::Connector(at) => {
                if since.is_none_or(|starts| starts == self.managers[at].process.starts) {
                    self.start_connector(at);
                }
            }
            Node::Bmc(_) => {}
        }
    }

    pub(super) fn hang(&mut self, node: Node, lasts: Duration) {
        let starts = match node {
            Node::Host(at) => {
                self.servers[at].member.hang();
                self.servers[at].member.starts
            }
            Node::Connector(at) => {
                self.managers[at].process.hang();
                self.managers[at].process.starts
            }
            Node::Bmc(_) => return,
        };
        self.later(lasts, Event::GoOn { node, starts });
    }

    /// A hung process goes on; its timers or its sockets may come first.
    pub(super) fn go_on(&mut self, node: Node, since: Option<u32>) {
        let timers_first = self.rng.percent(50.0);
        match node {
            Node::Host(at) => {
                let process = &mut self.servers[at].member;
                if !process.is_hung() || since.is_some_and(|starts| starts != process.starts) {
                    return;
                }
                let waiting = process.go_on(self.now);
                tell!(self, "{node} goes on; {} inputs wait", waiting.len());
                if timers_first {
                    self.drain_member(at);
                }
                for input in waiting {
                    self.hand_member(at, input);
                }
                self.drain_member(at);
            }
            Node::Connector(at) => {
                let process = &mut self.managers[at].process;
                if !process.is_hung() || since.is_some_and(|starts| starts != process.starts) {
                    return;
                }
                let waiting = process.go_on(self.now);
                tell!(self, "{node} goes on; {} inputs wait", waiting.len());
                if timers_first {
                    self.drain_connector(at);
                }
                for input in waiting {
                    self.hand_connector(at, input);
                }
                self.drain_connector(at);
            }
            Node::Bmc(_) => {}
        }
    }
}
