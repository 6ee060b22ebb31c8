//! A host that leaves as planned, or is to run nothing: its services go elsewhere.

use core::time::Duration;

use crate::time::Instant;
use crate::types::{HostState, ServiceState};

use super::directive::Task;
use super::service::{Hold, Job, Service, Then};
use super::sets::Set;
use super::{Life, Member};

/// How long the others are told that this host leaves.
const FAREWELL: Duration = Duration::from_millis(500);

impl Member {
    /// Stops the member as planned: its services are handed over, or stopped.
    pub fn stop(&mut self, now: Instant) {
        if matches!(self.life, Life::Running) {
            self.settled = None;
            self.life = Life::Leaving { until: None };
            for service in 0..self.services.len() {
                self.drop_candidacy(service);
                if let Some(service) = self.services.get_mut(service) {
                    service.declined = Set::EMPTY;
                }
            }
            self.hurry(now);
        }
    }

    /// Whether it has stopped: nothing more comes of it.
    pub fn is_stopped(&self) -> bool {
        matches!(self.life, Life::Stopped)
    }

    pub(super) fn is_leaving(&self) -> bool {
        matches!(self.life, Life::Leaving { .. })
    }

    pub(super) fn settle_leaving(&mut self, now: Instant) {
        let Life::Leaving { until } = self.life else { return };
        let busy = |service: &Service| {
            service.runs() || service.release.is_some() || service.job != Job::None
        };
        if self.services.iter().any(busy) {
            self.life = Life::Leaving { until: None };
        } else if let Some(until) = until {
            if now >= until && self.generations.is_clean() {
                self.life = Life::Stopped;
            }
        } else {
            self.hurry(now);
            self.life = Life::Leaving { until: Some(now + FAREWELL) };
        }
    }

    /// Whether the services that run here are to be handed over, or stopped.
    pub(super) fn evacuates(&self) -> bool {
        self.is_leaving() || self.tasks.iter().any(Task::stops_services)
    }

    /// Hands a service that runs here to its next standby that takes it; with none, stops it.
    pub(super) fn evacuate(&mut self, service: usize, now: Instant) {
        let Some(found) = self.services.get(service) else { return };
        if found.offer.is_some() {
            return;
        }
        match self.next_standby(service, now) {
            Some(to) => self.offer(service, to, now),
            None => self.stop_service(service, Then::Hold(Hold::Directive)),
        }
    }

    /// The next host that would take a service over and has not declined it.
    pub(super) fn next_standby(&self, service: usize, now: Instant) -> Option<usize> {
        let found = self.services.get(service)?;
        let stands = |peer: usize| {
            let Some(other) = self.peers.get(peer) else { return false };
            self.is_alive(peer, now)
                && other.state == Some(HostState::Running)
                && matches!(
                    other.service(found.config.number),
                    Some(ServiceState::Standby | ServiceState::Waiting)
                )
        };
        let open = |peer: &usize| !found.declined.contains(*peer) && stands(*peer);
        found.order.iter().map(|(peer, _)| *peer).find(open)
    }
}
