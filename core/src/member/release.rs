//! What a host does with a service that it gives to another.

use core::time::Duration;

use crate::time::Instant;
use crate::types::{Generation, ServiceState};

use super::Member;
use super::service::Phase;
use super::steps::{Offer, Release};
use super::words::Why;

/// How long a host that was asked to take a service may need to ask for it.
const OFFER_LIMIT: Duration = Duration::from_secs(15);

impl Member {
    /// The service has stopped here for another host: it is that host's.
    pub(super) fn release(
        &mut self,
        service: usize,
        to: usize,
        generation: Generation,
        now: Instant,
    ) {
        if !self.may_yield(service, to, generation) {
            return;
        }
        self.give_yield(service, to, generation, now);
        let budget = self.handover_budget(service);
        let Some(found) = self.services.get_mut(service) else { return };
        let release = Release { to, generation, next: now, until: now + budget, round: 0 };
        found.release = Some(release);
        found.leaves_to = Some((to, release.until));
    }

    /// Asks another host to take the service that runs here.
    pub(super) fn offer(&mut self, service: usize, to: usize, now: Instant) {
        if let Some(found) = self.services.get_mut(service) {
            found.offer = Some(Offer { to, next: now, until: now + OFFER_LIMIT, round: 0 });
        }
    }

    /// Ends what has taken too long, or has lost its other side.
    pub(super) fn settle_handover(&mut self, service: usize, now: Instant) {
        let Some(found) = self.services.get(service) else { return };
        let active = matches!(found.phase, Phase::Active { .. });
        let lost = |to: usize, until: Instant| now >= until || self.is_gone(to, now);
        let offer = found.offer.filter(|offer| !active || lost(offer.to, offer.until));
        let runs_there = |to| self.runs_at(service, to) && self.is_alive(to, now);
        let release = found.release.filter(|release| lost(release.to, release.until));
        let started = found.release.filter(|release| {
            let there = self.peers.get(release.to).and_then(|p| p.service(found.config.number));
            there == Some(ServiceState::Active) && runs_there(release.to)
        });
        if let Some(offer) = offer {
            self.end_offer(service, offer.to, active);
        }
        if let Some(release) = started {
            self.end_release(service, release.to, Ok(()));
        } else if let Some(release) = release {
            self.end_release(service, release.to, Err(Why::TimeLimit));
        }
    }

    fn end_offer(&mut self, service: usize, to: usize, failed: bool) {
        let Some(found) = self.services.get_mut(service) else { return };
        found.offer = None;
        found.declined.insert(to);
        if failed {
            self.moved(service, to, Err(Why::TimeLimit));
        }
    }

    fn end_release(&mut self, service: usize, to: usize, end: Result<(), Why>) {
        let Some(found) = self.services.get_mut(service) else { return };
        found.release = None;
        self.moved(service, to, end);
    }
}
