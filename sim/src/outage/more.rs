//! What some worlds have besides: rarer troubles, each by a chance of its own, so that the rest of
//! a world stays what it is.

use std::time::Duration;

use komainu_core::power::{Order, Switch};
use komainu_core::time::Millis;
use komainu_core::types::{Outlet, UpsIndex, UpsOrder};

use super::scenario::{Crash, Disturbance, Scenario, secs};
use crate::rng::Rng;

impl Scenario {
    pub(super) fn with_more(mut self, rng: &mut Rng) -> Self {
        if rng.percent(25.0) {
            self.on_outlets(rng);
        }
        if rng.percent(20.0) {
            self.lies(rng);
        }
        if rng.percent(25.0) {
            let place = rng.below(self.ups.len() as u64) as usize;
            let traits = &mut self.ups[place].0;
            traits.refuses_again = rng.percent(50.0);
            // One that never lets an order be called off is one of `Cut::Final`.
            traits.refuses_cancel = rng.below(2) as u32;
            traits.mutes_cancel = rng.below(2) as u32;
        }
        // A machine that goes, and cannot say so on its disk, is beyond what is judged.
        self.disk_fails = rng.percent(6.0) && self.own.is_none();
        if rng.percent(15.0) {
            let what = if rng.percent(60.0) { Switch::Off } else { Switch::On };
            let wait = Duration::from_millis(500 + rng.below(900_000));
            self.crash_at = Some((what, Crash { at: 0, before: rng.percent(50.0), wait }));
        }
        if rng.percent(20.0) {
            self.off_by_hand(rng);
        }
        self.script.sort_by_key(|(at, _)| *at);
        self
    }

    /// Some servers hang on outlets that can be cut one by one.
    fn on_outlets(&mut self, rng: &mut Rng) {
        for (place, (traits, _, planned)) in self.servers.iter_mut().enumerate() {
            if self.own_server == Some(place) || rng.percent(30.0) {
                continue;
            }
            traits.outlet = 1 + rng.below(3) as usize;
            for feed in &mut planned.feeds {
                feed.outlet = Outlet::new(traits.outlet as u8).unwrap_or(Outlet::WHOLE);
            }
        }
    }

    fn moment(&self, rng: &mut Rng) -> Duration {
        let whole = self.heals_at.as_millis() as u64;
        Duration::from_millis(30_000 + rng.below(whole.max(30_001) - 30_000))
    }

    /// All feeds of a server are said to be off, its BMC falls silent, and it is to be fenced.
    fn lies(&mut self, rng: &mut Rng) {
        let place = rng.below(self.servers.len() as u64) as usize;
        let (from, lasts) = (self.moment(rng), 20 + rng.below(200));
        let wait = |rng: &mut Rng| from + secs(rng.below(lasts));
        for ups in self.servers[place].0.feeds.clone() {
            self.script.push((from, Disturbance::LiesOff(ups, true)));
            self.script.push((from + secs(lasts), Disturbance::LiesOff(ups, false)));
        }
        let (silent, wants) = (wait(rng), wait(rng));
        self.script.push((silent, Disturbance::Silent(place, true)));
        self.script.push((from + secs(lasts), Disturbance::Silent(place, false)));
        self.script.push((wants, Disturbance::Want(place)));
    }

    /// An operator tries again and again to have a UPS go off in a while.
    fn off_by_hand(&mut self, rng: &mut Rng) {
        let ups = UpsIndex(rng.below(self.ups.len() as u64) as u16);
        let delay = Millis::of(secs(30 + rng.below(600)));
        let outlet = Outlet::WHOLE;
        let order = match rng.percent(50.0) {
            true => UpsOrder::Off { outlet, delay },
            false => UpsOrder::OffUntilMains { outlet, delay },
        };
        let from = self.moment(rng);
        for _ in 0..1 + rng.below(12) {
            let at = from + secs(rng.below(900));
            if at < self.heals_at {
                self.script.push((at, Disturbance::Order(Order::Ups { ups, order })));
            }
        }
    }
}
