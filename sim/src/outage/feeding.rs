//! Power that comes and goes, what hangs on it, and whether all is well again.

use std::time::Duration;

use komainu_core::power::{Cause, Order};
use komainu_core::types::{Outlet, UpsIndex, UpsOrder};

use super::server::{Faults, Os};
use super::ups::Dark;
use super::world::{Event, World};

/// Until a healed world must be as it was.
const PATIENCE: Duration = Duration::from_secs(4 * 3600);
/// Between two looks whether it is.
const LOOK: Duration = Duration::from_secs(60);
/// After that an operator switches on a management server that nothing else does.
const OPERATOR: Duration = Duration::from_secs(900);
/// What stands when a connector starts may happen before it has read everything.
const AWAKE: Duration = Duration::from_secs(20);
/// An order outlasts the worst that is left by that at least, while nobody is there to renew it.
const AWAY: Duration = Duration::from_secs(10);
/// A member that hears nothing of a plan holds no longer than that.
const HELD: Duration = Duration::from_secs(60);

impl World {
    pub(super) fn heal(&mut self) {
        self.healed = true;
        if std::mem::take(&mut self.disk_broken) {
            self.crash(Duration::from_secs(5));
        }
        for place in 0..self.ups.len() {
            self.touch(place);
            let ups = &mut self.ups[place];
            ups.freeze(false);
            (ups.testing, ups.lies_off) = (false, false);
            (ups.traits.ignores_off, ups.traits.early_low, ups.traits.says) = (false, false, 100);
            ups.set_mains(true);
            self.touch(place);
        }
        for place in 0..self.servers.len() {
            let hung = self.servers[place].faults.hangs;
            self.servers[place].faults = Faults::default();
            if !hung || self.servers[place].os != Os::Stopping {
                continue;
            }
            if self.plan().is_some() && self.servers[place].asked_down == Some(self.run) {
                let life = self.servers[place].life;
                self.later(Duration::from_secs(5), Event::Ended(place, life));
            } else {
                // No plan waits for one that it may not have stopped: a restart of the connector
                // has let the moment pass at which it was sure.
                self.line(format_args!("an operator resets server {place}, which hangs"));
                self.servers[place].off();
                self.boot(place);
            }
        }
        self.later(LOOK, Event::Look);
    }

    pub(super) fn look(&mut self) {
        let off_for = self.own_down_since.map(|since| self.now.saturating_sub(since));
        if !self.own_on && self.own_fed() && off_for.is_some_and(|wait| wait >= OPERATOR) {
            self.line(format_args!("an operator switches the management server on"));
            match self.scenario.own_server {
                Some(place) if self.servers[place].is_on() => {}
                Some(place) => self.boot(place),
                None => self.start(),
            }
        }
        for place in 0..self.ups.len() {
            self.on_again(place);
        }
        if self.plan().is_some_and(|plan| plan.cause == Cause::Ordered) {
            self.order(Order::Return { now: false });
        }
        for place in std::mem::take(&mut self.whose) {
            self.maintained[usize::from(place)] = false;
        }
        let missing = self.missing();
        match missing {
            None => self.checks.done = true,
            Some(missing) if self.now >= self.scenario.heals_at + PATIENCE => {
                self.checks.breaks("the site is as it was before", missing);
            }
            Some(_) => self.later(LOOK, Event::Look),
        }
    }

    /// An operator switches on again what he has ordered off for good.
    fn on_again(&mut self, place: usize) {
        let Some(outlet) = self.ups[place].is_kept_off().next() else { return };
        let Some(outlet) = u8::try_from(outlet).ok().and_then(Outlet::new) else { return };
        let ups = UpsIndex(place as u16);
        self.order(Order::Ups { ups, order: UpsOrder::On { outlet } });
    }

    /// What a UPS gives may have changed: so may whom it feeds.
    pub(super) fn touch(&mut self, place: usize) {
        let lit = |world: &Self| [0, 1, 2, 3].map(|outlet| world.ups[place].gives(outlet));
        let before = lit(self);
        self.ups[place].advance(self.now);
        let next = self.ups[place].next().map(|next| next.max(self.now));
        let sooner = |at: &Duration| self.due[place].is_none_or(|due| *at < due);
        if let Some(at) = next.filter(sooner) {
            self.due[place] = next;
            self.queue.push(at, Event::Ups(place));
        }
        let after = lit(self);
        if after == before {
            return;
        }
        self.line(format_args!("UPS {place}: whole output and outlets give power: {after:?}"));
        match self.ups[place].dark(0) {
            None if after.iter().all(|on| *on) => self.seen.lit.push((self.now, place)),
            Some(Dark::Empty) => {}
            Some(Dark::Ordered) | None => self.seen.cut.push((self.now, place)),
        }
        for server in 0..self.servers.len() {
            self.feed(server, place);
        }
        match (self.own_fed(), self.own_on) {
            (false, true) => self.own_down("its power is gone"),
            // A machine that went comes on by the power that comes, and by no other.
            (true, false) if self.starts_with(place) => {
                let run = self.run;
                self.later(Duration::from_secs(40), Event::Start(run));
            }
            (true, _) | (false, false) => {}
        }
    }

    /// How many of a server's feeds give power.
    pub(super) fn feeds_of(&self, place: usize) -> usize {
        let traits = &self.servers[place].traits;
        traits.feeds.iter().filter(|ups| self.ups[**ups].gives(traits.outlet)).count()
    }

    fn feed(&mut self, place: usize, ups: usize) {
        let traits = &self.servers[place].traits;
        let dark = self.ups[ups].dark(traits.outlet);
        let fed = self.feeds_of(place) >= traits.needed;
        let was = std::mem::replace(&mut self.fed[place], fed);
        if was && !fed && self.servers[place].is_on() {
            self.line(format_args!("server {place} loses its power while it is on"));
            self.seen.crashed.push((self.now, place));
            let left = self.left_to(place);
            let mains = self.has_mains(ups);
            // One that has come on by itself, by another feed, behind an order that nobody can
            // call off any more is nobody's fault.
            // Nor can anybody be reached behind a card that says that all is over, or by a machine
            // that had to go at the end of its own battery, or has only just started. Nor can an
            // order be renewed behind a card that is silent, for one that goes by force only, if at
            // all, or that booted when it was to go, or that nothing is begun with, since the disk
            // fails.
            let lost = self.servers[place].by_itself || self.desperate;
            let faults = self.servers[place].faults;
            let slow = faults.bmc || faults.hangs || self.booted_since(place, ups);
            let lost = lost || self.ups[ups].frozen && (slow || self.disk_broken);
            let lost = lost || self.ups[ups].lies_off;
            let lost = lost || self.now < self.started + AWAKE;
            let lost = lost || self.away_since.is_some_and(|since| self.now >= since + AWAY);
            if dark == Some(Dark::Ordered) && !lost {
                self.checks.cut_while_on(place, ups, left, mains);
            }
            self.checks.downs += 1;
            self.servers[place].off();
            self.unwatched(place);
            self.unseen(place);
        }
        if !was
            && fed
            && !self.servers[place].is_on()
            && self.servers[place].traits.starts_with_mains
        {
            self.boot(place);
            self.servers[place].by_itself = true;
        }
    }

    /// Whether a server has booted since that UPS was ordered off last, or still does.
    fn booted_since(&self, place: usize, ups: usize) -> bool {
        let server = &self.servers[place];
        server.os == Os::Booting || server.up_at > self.ups[ups].ordered
    }

    /// What loses its power while nobody watches and no plan knows of it is for an operator.
    pub(super) fn unwatched(&mut self, place: usize) {
        if self.connector.is_none() && !self.servers[place].held {
            self.checks.drop_server(place);
        }
    }

    /// A UPS that could not be read from before its outage on, with no second witness, looks as if
    /// it were on mains: no plan knows of it. Nor does one that could not be stored.
    fn unseen(&mut self, place: usize) {
        let feeds = &self.servers[place].traits.feeds;
        let silent = feeds.iter().all(|ups| self.ups[*ups].frozen);
        if silent && !self.servers[place].held || self.disk_broken {
            self.checks.drop_server(place);
        }
    }

    /// Whether the mains are there, and have been for so long that they count as back.
    fn has_mains(&self, ups: usize) -> bool {
        let settle = self.scenario.ups[ups].1.settle.duration();
        self.ups[ups].on_mains_for(self.now) > settle
    }

    /// How long the batteries of a server last, by what their cards say when they lie.
    fn left_to(&self, place: usize) -> Duration {
        let traits = &self.servers[place].traits;
        let lasts = |ups: &usize| match ups {
            place if self.ups[*place].traits.early_low => Duration::ZERO,
            place if self.has_mains(*place) => Duration::MAX,
            place => match self.ups[*place].dark(0) {
                Some(Dark::Empty) => Duration::ZERO,
                Some(Dark::Ordered) | None => self.ups[*place].told(),
            },
        };
        let mut left: Vec<_> = traits.feeds.iter().map(lasts).collect();
        left.sort_unstable_by(|one, other| other.cmp(one));
        left.get(traits.needed - 1).copied().unwrap_or_default()
    }

    /// Whether the management server comes on with that output, and is none of the servers.
    fn starts_with(&self, place: usize) -> bool {
        let own = self.scenario.own.as_ref();
        own.is_some_and(|own| own.feeds.contains(&place)) && self.scenario.own_server.is_none()
    }

    pub(super) fn own_fed(&self) -> bool {
        let own = self.scenario.own.as_ref();
        own.is_none_or(|own| own.feeds.iter().any(|ups| self.ups[*ups].gives(0)))
    }

    pub(super) fn boot(&mut self, place: usize) {
        let server = &mut self.servers[place];
        server.os = Os::Booting;
        server.life += 1;
        (server.owed, server.by_itself, server.asked_down) = (false, false, None);
        let (life, wait) = (server.life, server.traits.boot);
        self.seen.on.push((self.now, place));
        self.line(format_args!("server {place} comes on"));
        self.later(wait, Event::Booted(place, life));
    }

    /// What the fencing half does with a server.
    pub(super) fn serve(&mut self, place: usize) {
        let fed = self.fed[place];
        let server = &mut self.servers[place];
        if server.fencing.take_if(|until| *until <= self.now).is_some() {
            server.off();
            server.owed = true;
            self.line(format_args!("server {place} is fenced"));
        }
        self.by_usual_rules(place);
        let server = &self.servers[place];
        if server.owed && !server.held && fed && self.connector.is_some() {
            self.boot(place);
        }
    }

    /// What a member that nobody holds any more runs by itself.
    fn by_usual_rules(&mut self, place: usize) {
        let held = self.servers[place].held && self.connector.is_some();
        let now = self.now;
        let server = &mut self.servers[place];
        if held || server.os != Os::Up {
            server.free_since = None;
        } else if now >= *server.free_since.get_or_insert(now) + HELD {
            server.start_all();
        }
    }
}
