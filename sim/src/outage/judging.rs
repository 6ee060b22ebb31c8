//! What the machine may want, judged by how things really are.

use std::time::Duration;

use komainu_core::power::{Action, Cause, Job, Restored, Switch};
use komainu_core::time::Instant;
use komainu_core::types::{Directed, UpsOrder};

use super::server::Os;
use super::world::{World, moment};

/// No stage is squeezed while each battery says that it lasts for longer than that.
const AMPLE: Duration = Duration::from_secs(1100);
/// Percent of charge that a battery may lose between its reading and the order to switch on.
const SLACK: u32 = 2;
/// Two servers are switched on so far apart, but for what the disk takes.
const APART: Duration = Duration::from_millis(900);
/// Whoever runs for so long though its feeds read off is seen to, and that is stored.
const SURE: Duration = Duration::from_secs(30);
/// After so long on mains a battery is as full as it becomes.
const RECHARGED: Duration = Duration::from_secs(8 * 3600);

impl World {
    /// Whether the machine may want that.
    pub(super) fn check(&mut self, action: &Action) {
        let stops = |directed: Directed| {
            matches!(directed, Directed::StopGuests | Directed::StopServices | Directed::ShutDown)
        };
        let target = match *action {
            Action::Direct { server, action, .. } if stops(action) => Some(server),
            Action::Switch { server, switch: Switch::Soft | Switch::Off } => Some(server),
            Action::Run { job: Job::ShutDown(server), .. } => Some(server),
            _ => None,
        };
        match *action {
            Action::Switch { server, switch: Switch::On } => {
                self.check_start(server.at());
                self.check_apart(server.at());
            }
            Action::Switch { server, switch: Switch::Off } => self.check_shot(server.at()),
            Action::ProvedByFeed { server, asked } => self.check_proof(server.at(), asked),
            _ => {}
        }
        if let Some(server) = target {
            self.servers[server.at()].asked_down = Some(self.run);
            if matches!(action, Action::Direct { action, .. } if *action != Directed::ShutDown) {
                self.check_stage(server.at());
            }
            let held = self.servers[server.at()].held;
            self.checks.holds("whoever is stopped is held by a plan first", held, || {
                format!("{action:?}")
            });
        }
        let cuts = matches!(
            action,
            Action::Order { order: UpsOrder::Off { .. } | UpsOrder::OffUntilMains { .. }, .. }
        );
        if !cuts && target.is_none() {
            return;
        }
        let outage = self.checks.outage;
        self.checks.holds("silence and tests stop nothing", outage, || format!("{action:?}"));
        if self.checks.looked != Some(self.run) && !self.by_hand {
            self.checks.looked = Some(self.run);
            let durable = self.durable_plan();
            self.checks.holds("a plan is durable before it stops anything", durable, || {
                format!("{action:?}")
            });
        }
    }

    /// Whether a connector that started now would know of the plan.
    fn durable_plan(&self) -> bool {
        let restored = Restored { record: Some(&self.disk), unix_ms: 0 };
        let power = self.machine(restored);
        power.snapshot(self.instant(), &self.known).plan().is_some()
    }

    /// Those of earlier stages on the same feeds are down when a later one begins, or given up.
    fn check_stage(&mut self, place: usize) {
        let (scenario, servers) = (&self.scenario, &self.servers);
        let (traits, _, planned) = &scenario.servers[place];
        let ample = |ups: &usize| {
            let ups = &self.ups[*ups];
            // An order that nobody can renew any more has all go that it would cut.
            ups.told() >= AMPLE && !ups.traits.early_low && !ups.is_out_of_hand()
        };
        // Once the connector is gone nobody stops anybody.
        let own = scenario.own.as_ref().map_or(&[][..], |own| &own.feeds);
        if !traits.feeds.iter().chain(own).all(ample) {
            return;
        }
        let waits = |other: &usize| {
            let (others, faults, earlier) = &scenario.servers[*other];
            let server = &servers[*other];
            earlier.stage < planned.stage
                && (&others.feeds, others.needed) == (&traits.feeds, traits.needed)
                && !faults.bmc
                && scenario.own_server != Some(*other)
                && server.is_on()
                && server.held
                && !server.by_itself
                && !self.checks.given_up(*other)
        };
        let first = (0..servers.len()).find(waits);
        self.checks.holds("a stage waits for those before it", first.is_none(), || {
            format!("server {place} is stopped before server {first:?}")
        });
    }

    /// Nobody who was off is switched on, and nobody before there is energy for one more shutdown.
    fn check_start(&mut self, place: usize) {
        let (traits, _, _) = &self.scenario.servers[place];
        let was_off = traits.off_before;
        let filled = traits.feeds.iter().filter(|ups| {
            let (of_it, (_, config)) = (&self.ups[**ups], &self.scenario.ups[**ups]);
            let charge = of_it.charge() + SLACK;
            let recharged = of_it.on_mains_for(self.now) >= RECHARGED;
            recharged || config.floor.is_none_or(|floor| charge >= u32::from(floor))
        });
        let enough = filled.count() >= traits.needed || self.hasty;
        let again = self.servers[place].is_on();
        self.checks.holds("what was off before stays off", !was_off, || format!("server {place}"));
        self.checks.holds("energy comes before servers", enough || again, || {
            format!("server {place} is switched on below the floor")
        });
    }

    /// Servers draw most when they come on: they do so one after the other.
    fn check_apart(&mut self, place: usize) {
        let again = std::mem::replace(&mut self.servers[place].ordered_on, true);
        if again || self.servers[place].is_on() {
            return;
        }
        let last = self.started_at.replace(self.now);
        let apart = last.is_none_or(|last| self.now.saturating_sub(last) >= APART);
        self.checks.holds("servers are switched on one after the other", apart, || {
            format!(
                "server {place} {:?} after another",
                self.now.saturating_sub(last.unwrap_or_default())
            )
        });
    }

    /// Who has come up on mains since they are back is not what was to be forced off.
    fn check_shot(&mut self, place: usize) {
        let server = &self.servers[place];
        let feeds = server.traits.feeds.iter().map(|ups| &self.ups[*ups]);
        // What was asked to go down is not called back.
        let back = server.asked_down.is_none()
            && server.os == Os::Up
            && self.plan().is_some_and(|plan| plan.cause == Cause::Mains);
        let on_mains = |ups: &super::ups::Ups| {
            let since = self.now.saturating_sub(ups.on_mains_for(self.now));
            let told = !ups.is_counting() && !ups.testing && !ups.lies_off && !ups.frozen;
            ups.mains && server.up_at > since && told
        };
        let shot = back && feeds.clone().all(on_mains);
        self.checks.holds("who has come back is not shot", !shot, || format!("server {place}"));
    }

    /// Feeds prove off only who is off, or could not be seen to run.
    fn check_proof(&mut self, place: usize, asked: Instant) {
        let server = &self.servers[place];
        let seen = server.reads_dark.is_some_and(|(_, seen)| seen);
        let proved = !server.is_on() || !(seen || server.answers() || !server.faults.bmc);
        let asked_for = server.wanted.is_some_and(|wanted| asked > moment(wanted));
        self.checks.holds("feeds that were seen to be wrong prove nothing", proved, || {
            format!("server {place} runs")
        });
        self.checks.holds("a proof is younger than what asks for it", asked_for, || {
            format!("server {place}")
        });
    }

    /// Notes since when all feeds of a server have read off, and whether it was seen running since.
    pub(super) fn see_dark(&mut self, place: usize) {
        let (server, now) = (&self.servers[place], self.now);
        let reads = |ups: &usize| {
            let ups = &self.ups[*ups];
            (!ups.frozen).then_some(ups.lies_off || !ups.gives(server.traits.outlet))
        };
        let mut feeds = server.traits.feeds.iter().map(reads);
        if feeds.clone().any(|dark| dark == Some(false)) {
            self.servers[place].reads_dark = None;
            return;
        }
        let all = feeds.all(|dark| dark == Some(true));
        let bmc = server.is_on() && !server.faults.bmc && self.feeds_of(place) > 0;
        let shows = all && (bmc || server.answers());
        let told = self.connector.is_some() && now >= self.started + SURE;
        match &mut self.servers[place].reads_dark {
            Some((since, seen)) => *seen |= shows && told && now >= *since + SURE,
            none if all => *none = Some((now, false)),
            None => {}
        }
    }
}
