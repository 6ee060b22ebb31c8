//! How the machine begins, and how it takes over a changed configuration.

use heapless::Vec;

use crate::journal::{Generations, Mark};
use crate::time::Instant;
use crate::types::{Outlet, ServerIndex, UpsIndex};

use super::adapters::Software;
use super::budget::Fit;
use super::chain::{At, Chain};
use super::config::Config;
use super::cutting::{OUTPUTS, Output};
use super::laws::Laws;
use super::record::Saved;
use super::shared::{Going, Shared};
use super::supply::Line;
use super::words::{OutageId, RunId};
use super::{Power, Restored};

pub(super) fn start<const N: usize, const U: usize>(
    config: Config<N, U>,
    restored: Restored<'_>,
    now: Instant,
    laws: Laws,
) -> Power<N, U> {
    let saved = Saved::read(restored.record.filter(|_| laws.plan_outlives_restart()));
    let mut shared = Shared {
        laws,
        started: now,
        journal: Generations::after(saved.generation()),
        plan: saved.plan(now),
        outage: OutageId(saved.outage().0.max(restored.unix_ms)),
        // Runs of the start before are over, and are never taken for ours.
        run: RunId(restored.unix_ms << 16),
        fit: Fit::default(),
        answers: Vec::new(),
        order: None,
        asked: None,
        own: Going::Stays,
        stirred: true,
        next: None,
        cursor: 0,
    };
    if config.ups.is_empty() {
        shared.plan = None;
    }
    let origin_ms = i64::try_from(restored.unix_ms).unwrap_or(i64::MAX)
        - i64::try_from(now.as_micros() / 1000).unwrap_or(i64::MAX);
    let mut power = Power {
        lines: config.ups.iter().map(|_| Line::new(now)).collect(),
        outputs: outputs(&config, now),
        chains: config.servers.iter().map(|_| Chain::new(now)).collect(),
        software: config.adapters.iter().map(|_| Software::NONE).collect(),
        config,
        shared,
        origin_ms,
    };
    restore(&mut power, saved, restored.unix_ms, now);
    power
}

/// A place for each outlet that something hangs on.
fn outputs<const N: usize, const U: usize>(
    config: &Config<N, U>,
    now: Instant,
) -> Vec<[Output; OUTPUTS], U> {
    let of_ups = |ups: u16| {
        let mut outlets = config.outlets(UpsIndex(ups));
        core::array::from_fn(|_| {
            let outlet: Option<Outlet> = outlets.next();
            Output::new(now, outlet.map(|outlet| (UpsIndex(ups), outlet)))
        })
    };
    (0u16..).take(config.ups.len()).map(of_ups).collect()
}

fn restore<const N: usize, const U: usize>(
    power: &mut Power<N, U>,
    saved: Saved<'_>,
    unix_ms: u64,
    now: Instant,
) {
    for (config, chain) in power.config.servers.iter().zip(&mut power.chains) {
        saved.restore(config, chain, now);
        if power.shared.plan.is_none() && chain.in_plan() {
            chain.go(At::Free, now, Mark::STORED);
        }
    }
    for (ups, line) in (0u16..).zip(&mut power.lines) {
        line.restore(saved.worth(UpsIndex(ups)));
    }
    for (number, software) in (0u8..).zip(&mut power.software) {
        if let Some(state) = saved.adapter(number) {
            software.state = state;
        }
    }
    for output in power.outputs.as_mut_slice().as_flattened_mut() {
        let mut of_it = saved.outputs();
        if let Some(found) = of_it.find(|found| Some(found.place) == output.place) {
            let left = found.off_unix_ms.saturating_sub(unix_ms);
            let left = core::time::Duration::from_millis(left.min(MOST_LEFT_MS));
            output.restore(found.back, found.is_final, now + left, now);
        }
    }
}

/// A clock that was set while the machine was down does not stretch a delay beyond that.
const MOST_LEFT_MS: u64 = 3_600_000;

pub(super) fn reload<const N: usize, const U: usize>(
    power: &mut Power<N, U>,
    now: Instant,
    config: Config<N, U>,
    was: &dyn Fn(ServerIndex) -> Option<ServerIndex>,
) {
    let old = core::mem::replace(&mut power.config, config);
    let chains = core::mem::take(&mut power.chains);
    let known = |server| {
        let before = was(server)?;
        let at = old.servers.iter().position(|config| config.server == before)?;
        // Whoever holds servers has let go of all, since they may have moved.
        chains.get(at).map(|chain| Chain { held: false, ..*chain })
    };
    power.chains = power
        .config
        .servers
        .iter()
        .map(|config| known(config.server).unwrap_or_else(|| Chain::new(now)))
        .collect();
    let lines = power.lines.clone();
    let line = |at: usize| lines.get(at).copied().unwrap_or_else(|| Line::new(now));
    power.lines = (0..power.config.ups.len()).map(line).collect();
    let software = power.software.clone();
    let one = |at: usize| software.get(at).copied().unwrap_or(Software::NONE);
    power.software = (0..power.config.adapters.len()).map(one).collect();
    let standing = power.outputs.clone();
    power.outputs = outputs(&power.config, now);
    for output in power.outputs.as_mut_slice().as_flattened_mut() {
        let mut old = standing.as_slice().as_flattened().iter();
        if let Some(old) = old.find(|old| old.place.is_some() && old.place == output.place) {
            *output = *old;
        }
    }
    power.shared.stirred = true;
    power.shared.journal.change();
}
