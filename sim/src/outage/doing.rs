//! What servers do, and what is still missing once everything has healed.

use std::time::Duration;

use komainu_core::types::{Directed, ReportState};

use super::server::Os;
use super::world::{Event, Told, World};

impl World {
    pub(super) fn booted(&mut self, place: usize, life: u64) {
        let server = &mut self.servers[place];
        if server.life != life || server.os != Os::Booting {
            return;
        }
        server.os = Os::Up;
        server.up_at = self.now;
        server.epoch += 1;
        // A member that a plan holds starts nothing by itself.
        if !server.held {
            server.start_all();
        }
        self.seen.up.push((self.now, place));
        self.line(format_args!("server {place} is up"));
        if self.scenario.own_server == Some(place) {
            self.start();
        }
    }

    pub(super) fn ended(&mut self, place: usize, life: u64) {
        if self.servers[place].life == life && self.servers[place].os == Os::Stopping {
            self.servers[place].off();
            self.seen.fell.push((self.now, place));
            self.checks.downs += 1;
            self.line(format_args!("server {place} has shut down"));
        }
    }

    /// Its operating system is told to go down.
    pub(super) fn shut_down(&mut self, place: usize) {
        let server = &mut self.servers[place];
        if server.os != Os::Up {
            return;
        }
        server.os = Os::Stopping;
        if !server.faults.hangs {
            let (life, wait) = (server.life, server.traits.stop);
            self.later(wait, Event::Ended(place, life));
        }
    }

    /// Its member is directed.
    pub(super) fn direct(&mut self, place: usize, directed: Directed, seconds: u32) {
        let server = &mut self.servers[place];
        if !server.answers() {
            return;
        }
        match directed {
            Directed::StopGuests => server.wants_guests = false,
            Directed::StartGuests => server.wants_guests = true,
            _ => {}
        }
        let limit = Duration::from_secs(u64::from(seconds));
        let running = server.guests.iter().zip(&server.traits.guests).filter(|(on, _)| **on);
        let guests = running.map(|(_, takes)| *takes).max().unwrap_or_default();
        let takes = match directed {
            Directed::StopGuests if server.faults.guest && !guests.is_zero() => limit,
            Directed::StopGuests => guests.min(limit),
            Directed::StopServices if server.services => server.traits.services.min(limit),
            Directed::StartGuests => Duration::from_secs(10),
            Directed::StopServices
            | Directed::Freeze
            | Directed::Thaw
            | Directed::ShutDown
            | Directed::EnterMaintenance
            | Directed::LeaveMaintenance
            | Directed::StartServices => Duration::ZERO,
        };
        let life = server.life;
        let way = self.wait(5, 200);
        self.later(takes + way, Event::Obeyed(place, life, directed));
    }

    pub(super) fn obeyed(&mut self, place: usize, life: u64, directed: Directed) {
        let server = &mut self.servers[place];
        if server.life != life || !server.answers() {
            return;
        }
        match directed {
            Directed::StopGuests if server.wants_guests => return,
            Directed::StartGuests if !server.wants_guests => return,
            Directed::StopGuests => server.guests_are(false),
            Directed::StartGuests => server.guests_are(true),
            Directed::StopServices => server.services = false,
            Directed::StartServices => server.services = true,
            Directed::ShutDown
            | Directed::Freeze
            | Directed::Thaw
            | Directed::EnterMaintenance
            | Directed::LeaveMaintenance => {}
        }
        let state = match directed {
            Directed::ShutDown => ReportState::Working,
            _ => ReportState::Done,
        };
        if directed == Directed::ShutDown {
            self.shut_down(place);
        }
        let (run, way) = (self.run, self.wait(1, 100));
        self.later(way, Event::For(run, Told::Reported(place, directed, state)));
    }

    /// What is not as it was at the beginning.
    pub(super) fn missing(&self) -> Option<String> {
        if !self.own_on || self.connector.is_none() {
            return Some("the connector does not run".into());
        }
        if let Some(plan) = self.plan() {
            return Some(format!("a plan still runs: {plan:?}"));
        }
        for (place, server) in self.servers.iter().enumerate() {
            if server.held {
                return Some(format!("server {place} is held without a plan"));
            }
            if self.checks.given_up(place) && !server.lacks_guests() {
                continue;
            }
            if server.traits.off_before && !server.is_on() {
                continue;
            }
            if server.os != Os::Up {
                return Some(format!("server {place} is {:?}", server.os));
            }
            if !server.services || !server.guests.iter().all(|on| *on) {
                return Some(format!("server {place} runs without its services or guests"));
            }
        }
        let before = self.scenario.software.iter().map(|software| software.before);
        if let Some(place) = before.zip(&self.maintained).position(|(was, is)| was != *is) {
            return Some(format!("the maintenance of software {place} is not as it was"));
        }
        let counting = self.ups.iter().position(super::ups::Ups::is_counting);
        counting.map(|place| format!("an order to go off stands at UPS {place}"))
    }
}
