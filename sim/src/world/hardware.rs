//! BMCs, power, and operating systems that start and end.

use std::net::SocketAddr;
use std::time::Duration;

use super::server::System;
use super::{BMC_LAN, BadBmc, Event, Node, World, address, tell};
use crate::bmc::{ChassisAction, Quirks};
use crate::checks::{Deed, Invariant, Judged};

impl World {
    /// A datagram for a BMC.
    pub(super) fn give_bmc(&mut self, host: usize, from: SocketAddr, bytes: &[u8]) {
        let dropped = self.servers[host].bmc.counters().discarded_total();
        self.with_bmc(host, |bmc, now, send| bmc.handle(now, from, bytes, send));
        if self.choices.is_some() && self.servers[host].bmc.counters().discarded_total() == dropped
        {
            self.note_given(Node::Bmc(host), bytes);
        }
    }

    /// A BMC's time has come.
    pub(super) fn poll_bmc(&mut self, host: usize) {
        self.with_bmc(host, crate::bmc::Bmc::poll);
    }

    fn with_bmc(
        &mut self,
        host: usize,
        step: impl FnOnce(&mut crate::bmc::Bmc, Duration, &mut crate::bmc::Send<'_>),
    ) {
        let now = self.now;
        let from = address(BMC_LAN, Node::Bmc(host));
        let (mut wires, servers) = self.wires();
        let bmc = &mut servers[host].bmc;
        step(bmc, now, &mut |to, bytes| wires.send(BMC_LAN, from, to, bytes));
        self.look_at_chassis(host);
    }

    /// What the BMC has done to the server.
    fn look_at_chassis(&mut self, host: usize) {
        let now = self.now;
        let server = &mut self.servers[host];
        let log = server.bmc.chassis_log();
        let (mut reset, mut shot) = (false, false);
        for event in &log[server.actions_seen..] {
            let deed = match event.action {
                ChassisAction::Off | ChassisAction::Cycle => Deed::Off,
                ChassisAction::HardReset => Deed::Reset,
                ChassisAction::On
                | ChassisAction::DiagnosticInterrupt
                | ChassisAction::SoftShutdown => continue,
            };
            reset |= deed == Deed::Reset;
            shot = true;
            tell!(self, "BMC {} carries out {:?}", host + 1, event.action);
            let (invariant, what) = match self.checks.fencings.carried_out(host, deed) {
                Ok(()) => {
                    server.shot = true;
                    continue;
                }
                Err(Judged::Unasked(what)) => (Invariant::OneRequest, what),
                Err(Judged::Held(what)) => (Invariant::Held, what),
                Err(Judged::Duel(what)) => (Invariant::OneSurvivor, what),
            };
            self.checks.judge(invariant, Err(what));
        }
        server.actions_seen = log.len();
        let on = server.bmc.power(now);
        server.bmc_due = server.bmc.deadline();
        let was = std::mem::replace(&mut server.on, on);
        if shot {
            self.check_durable_fencing(host);
        }
        if on != was {
            self.power_changed(host, on);
        } else if reset && on {
            self.end_system(host);
            self.boot(host);
        }
    }

    fn power_changed(&mut self, host: usize, on: bool) {
        tell!(self, "server {} is {}", host + 1, if on { "on" } else { "off" });
        self.checks.fencings.powered(self.now, host, on);
        if on {
            self.boot(host);
        } else {
            self.checks.tokens.goes_off(host as u16 + 1);
            self.end_system(host);
        }
    }

    /// The operating system starts.
    pub(super) fn boot(&mut self, host: usize) {
        let span = self.scenario.spans.boot;
        let after = span / 2 + span.mul_f64(self.rng.below(500) as f64 / 1000.0);
        let server = &mut self.servers[host];
        server.boots += 1;
        server.system = System::Booting;
        let boots = server.boots;
        self.checks.fencings.booted(host);
        self.later(after, Event::Up { host, boots });
    }

    /// The operating system is up: its service manager starts the member.
    pub(super) fn up(&mut self, host: usize) {
        tell!(self, "host {} is up", host + 1);
        let (now, server) = (self.now, &mut self.servers[host]);
        server.system = System::Up;
        if server.boots == 1 {
            // They ran before all of this.
            server.guests.iter_mut().for_each(|guest| guest.start(now, Duration::ZERO));
        }
        self.start(Node::Host(host), None);
    }

    /// The operating system and everything in it is gone.
    pub(super) fn end_system(&mut self, host: usize) {
        let server = &mut self.servers[host];
        let under_way = server.disk.under_way() as u64;
        let reached = self.rng.below(under_way + 1) as usize;
        server.end(reached);
        self.checks.workloads.host_ended(host);
    }

    /// The operating system crashes, and starts again after a while.
    pub(super) fn crash(&mut self, host: usize, back: Duration) {
        if self.servers[host].system == System::Down {
            return;
        }
        self.end_system(host);
        let boots = self.servers[host].boots;
        self.later(back, Event::Boot { host, boots });
    }

    /// Sets the power as the mains or a button would.
    pub(super) fn set_power(&mut self, host: usize, on: bool) {
        let server = &mut self.servers[host];
        server.bmc.set_power(self.now, on);
        server.bmc_due = server.bmc.deadline();
        if std::mem::replace(&mut server.on, on) != on {
            self.power_changed(host, on);
        }
    }

    pub(super) fn press_button(&mut self, host: usize) {
        // Nobody has to in an outage.
        if !self.servers[host].on && self.supply.is_none() {
            self.checks.fencings.switched_on_by_hand(host);
            self.set_power(host, true);
        }
    }

    /// A BMC begins to behave badly.
    pub(super) fn spoil_bmc(&mut self, host: usize, how: BadBmc, lasts: Duration) {
        let bmc = &mut self.servers[host].bmc;
        let second = Some(Duration::from_secs(3));
        match how {
            BadBmc::Deaf => bmc.set_deaf(true),
            BadBmc::Mute => bmc.set_mute(true),
            BadBmc::Stuck => bmc.set_quirks(Quirks { power_stuck: true, ..Quirks::default() }),
            BadBmc::Silent => {
                bmc.set_quirks(Quirks { silent_after_power: second, ..Quirks::default() });
            }
            BadBmc::Restarts => bmc.restart(),
            BadBmc::Late => {
                let late = Some(Duration::from_millis(300));
                bmc.set_quirks(Quirks { late, ..Quirks::default() });
            }
        }
        self.servers[host].bmc_due = self.servers[host].bmc.deadline();
        self.later(lasts, Event::BmcWell { host });
    }

    pub(super) fn bmc_well(&mut self, host: usize) {
        let bmc = &mut self.servers[host].bmc;
        bmc.set_deaf(false);
        bmc.set_mute(false);
        bmc.set_quirks(Quirks::default());
        self.servers[host].bmc_due = self.servers[host].bmc.deadline();
    }
}
