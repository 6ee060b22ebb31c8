//! Worlds whose mains fail and return: what befalls them, and what runs beside their services.

use std::ops::Range;
use std::time::Duration;

use super::Node;
use super::lans::RESET_LAN;
use super::scenario::{Scenario, Topology, network};
use super::script::{Disturbance, Entry};
use crate::rng::Rng;

/// Mains that fail, and guests of hosts that hang on them.
#[derive(Clone, Debug)]
pub struct Outage {
    /// When the mains fail and return, in turn.
    pub mains: Vec<Duration>,
    /// The guests of each host.
    pub guests: Vec<Vec<GuestTraits>>,
    /// Guests are stopped group by group, and not all at once.
    pub by_groups: bool,
    /// Hosts go down in two stages.
    pub stages: bool,
}

/// What a guest is like.
#[derive(Clone, Debug)]
pub struct GuestTraits {
    /// A guest before it that it needs.
    pub after: Option<usize>,
    /// It is in the second group; so is what it needs then.
    pub late: bool,
    /// It takes so long to stop.
    pub stops: Duration,
    /// It takes so long until it is ready.
    pub boots: Duration,
    /// It says when it is ready.
    pub says_ready: bool,
}

impl Scenario {
    /// A world whose mains fail and return, in which processes die meanwhile.
    #[must_use]
    pub fn outage(seed: u64, topology: Option<Topology>) -> Self {
        let mut rng = Rng::new(seed ^ 0x6f75_7461_6765);
        let any = Topology::ALL[(seed % Topology::ALL.len() as u64) as usize];
        let mut scenario = Self::calm(seed, topology.unwrap_or(any), &mut rng);
        (scenario.connectors, scenario.one_stays_off) = (1, false);
        if rng.percent(30.0) {
            // Lost heartbeats would have hosts shot.
            scenario.faults[RESET_LAN] = network(&mut rng, 1);
        }
        let fails_at = Duration::from_secs(90) + span(&mut rng, 60_000);
        let mains = mains(&mut rng, fails_at);
        let returns_at = mains.last().copied().unwrap_or(fails_at);
        let guests = (0..scenario.hosts).map(|_| guests(&mut rng)).collect();
        scenario.heals_at = returns_at + Duration::from_secs(240);
        let (by_groups, stages) = (rng.percent(40.0), rng.percent(50.0));
        let over_at = returns_at + span(&mut rng, 90_000);
        scenario.script = deaths(&mut rng, &scenario, fails_at..over_at);
        scenario.outage = Some(Outage { mains, guests, by_groups, stages });
        scenario
    }
}

/// They fail for seconds or minutes, and in some worlds again before all is well.
fn mains(rng: &mut Rng, fails_at: Duration) -> Vec<Duration> {
    let mut mains = vec![fails_at];
    let more = if rng.percent(40.0) { rng.below(4) } else { 0 };
    for _ in 0..1 + 2 * more {
        let longest = if rng.percent(50.0) { 30_000 } else { 240_000 };
        let last = mains.last().copied().unwrap_or(fails_at);
        mains.push(last + Duration::from_secs(1) + span(rng, longest));
    }
    mains
}

fn span(rng: &mut Rng, most_ms: u64) -> Duration {
    Duration::from_millis(rng.below(most_ms))
}

fn guests(rng: &mut Rng) -> Vec<GuestTraits> {
    let mut guests: Vec<GuestTraits> = Vec::new();
    for at in 0..rng.below(4) as usize {
        let after = (at > 0 && rng.percent(50.0)).then(|| rng.below(at as u64) as usize);
        let late = rng.percent(50.0) && after.is_none_or(|other| guests[other].late);
        let (stops, boots) = (span(rng, 10_000), span(rng, 10_000));
        guests.push(GuestTraits { after, late, stops, boots, says_ready: rng.percent(50.0) });
    }
    guests
}

/// The connector dies several times, and in some worlds a member.
fn deaths(rng: &mut Rng, scenario: &Scenario, within: Range<Duration>) -> Vec<Entry> {
    // A host that is silent for longer is shot, unless a plan holds it: so it is in some worlds.
    let silent = scenario.spans.patrol.as_millis() as u64 / 3;
    let long = scenario.seed % 4 == 3;
    let members = rng.percent(50.0);
    let mut script: Vec<_> = (0..rng.below(8))
        .map(|_| {
            let member = members && rng.percent(50.0);
            let host = rng.below(scenario.hosts as u64) as usize;
            let node = if member { Node::Host(host) } else { Node::Connector(0) };
            let fuse = rng.below(12) as u32;
            let silent = if long && rng.percent(50.0) { 60_000 } else { silent };
            let back = Duration::from_millis(20) + span(rng, if member { silent } else { 8000 });
            let length = within.end.saturating_sub(within.start);
            let at = within.start + span(rng, length.as_millis() as u64);
            Entry { at, what: Disturbance::Kill { node, fuse, back } }
        })
        .collect();
    script.sort_by_key(|entry| entry.at);
    script
}
