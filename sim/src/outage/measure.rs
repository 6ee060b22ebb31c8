//! How long a whole site takes to stop, against what it has to take.

use std::fmt;
use std::time::Duration;

use komainu_core::power::{Action, Tell};

use super::complaints;
use super::scenario::{Disturbance, Scenario, secs};
use super::world::World;

/// How many hosts, and guests on each.
const HOSTS: u16 = 16;
const GUESTS: u64 = 8;

/// What was measured of one site.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// What the slowest chain takes by itself: nothing is faster.
    pub critical: Duration,
    /// From the first order to the last host off.
    pub took: Duration,
    /// The same with a wait of its limit for each step, as where nothing tells that a step is over.
    pub fixed: Duration,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let over = self.took.as_secs_f64() / self.critical.as_secs_f64() * 100.0 - 100.0;
        write!(
            f,
            "{:.1} s | {:.1} s | {over:.1} % | {:.1} s",
            self.critical.as_secs_f64(),
            self.took.as_secs_f64(),
            self.fixed.as_secs_f64()
        )
    }
}

/// 16 hosts with 8 guests each, in so many stages.
#[must_use]
pub fn measure(stages: u8) -> Option<Measured> {
    let scenario = site(stages);
    let critical = (0..stages).map(|stage| slowest(&scenario, stage)).sum();
    let limits = scenario.servers.first().map(|(_, _, planned)| {
        planned.guests.duration() + planned.services.duration() + planned.shutdown.duration()
    });
    let fixed = limits? * u32::from(stages);
    let report = World::new(scenario, true).run();
    let begins = |action: &Action| matches!(action, Action::Tell(Tell::Stage { .. }));
    let begun = report.seen.wanted.iter().find(|(_, action)| begins(action))?.0;
    let off = report.seen.fell.iter().map(|(at, _)| *at).max()?;
    let whole = report.broken.is_none() && report.seen.fell.len() == usize::from(HOSTS);
    whole.then_some(Measured { critical, took: off - begun, fixed })
}

fn slowest(scenario: &Scenario, stage: u8) -> Duration {
    let of_it = scenario.servers.iter().filter(|(_, _, planned)| planned.stage == stage);
    let chain = |traits: &super::server::Traits| {
        traits.guests.iter().max().copied().unwrap_or_default() + traits.services + traits.stop
    };
    of_it.map(|(traits, _, _)| chain(traits)).max().unwrap_or_default()
}

fn site(stages: u8) -> Scenario {
    let mut scenario = complaints::site(HOSTS);
    scenario.stages = vec![scenario.stages[0]; usize::from(stages)];
    for (at, (traits, _, planned)) in (0u64..).zip(&mut scenario.servers) {
        traits.guests = (0..GUESTS).map(|guest| secs(15 + (at * 7 + guest * 11) % 46)).collect();
        traits.services = secs(2 + at % 9);
        traits.stop = secs(40 + (at * 13) % 51);
        planned.stage = (at % u64::from(stages)) as u8;
        planned.guests = komainu_core::time::Millis::from_secs(180);
        planned.services = komainu_core::time::Millis::from_secs(120);
        planned.shutdown = komainu_core::time::Millis::from_secs(300);
    }
    scenario.ups[0].0.runtime = secs(7200);
    let events = [(100, Disturbance::Mains(0, false)), (6000, Disturbance::Mains(0, true))];
    scenario.script.extend(events.map(|(at, event)| (secs(at), event)));
    scenario.script.push((secs(8000), Disturbance::Heal));
    scenario.heals_at = secs(8000);
    scenario
}
