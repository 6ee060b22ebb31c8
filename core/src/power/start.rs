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
    let mut power = vacant(config, restored, now, laws);
    set_out(&mut power, restored, now);
    power
}

/// A machine that has not looked at its configuration yet.
#[inline(always)]
pub(super) fn vacant<const N: usize, const U: usize>(
    config: Config<N, U>,
    restored: Restored<'_>,
    now: Instant,
    laws: Laws,
) -> Power<N, U> {
    let origin_ms = i64::try_from(restored.unix_ms).unwrap_or(i64::MAX)
        - i64::try_from(now.as_micros() / 1000).unwrap_or(i64::MAX);
    Power {
        config,
        shared: Shared {
            laws,
            started: now,
            journal: Generations::after(0),
            plan: None,
            outage: OutageId(restored.unix_ms),
            // Runs of the start before are over, and are never taken for ours.
            run: RunId(restored.unix_ms << 16),
            fit: Fit::default(),
            answers: Vec::new(),
            order: None,
            asked: None,
            switched: None,
            own: Going::Stays,
            stirred: true,
            next: None,
            cursor: 0,
        },
        lines: Vec::new(),
        outputs: Vec::new(),
        chains: Vec::new(),
        software: Vec::new(),
        origin_ms,
    }
}

/// Begins with what it is configured to, and with what the record says.
#[inline(never)]
pub(super) fn set_out<const N: usize, const U: usize>(
    power: &mut Power<N, U>,
    restored: Restored<'_>,
    now: Instant,
) {
    let laws = power.shared.laws;
    let saved = Saved::read(restored.record.filter(|_| laws.plan_outlives_restart()));
    power.shared.journal = Generations::after(saved.generation());
    power.shared.outage = OutageId(saved.outage().0.max(restored.unix_ms));
    power.shared.plan = saved.plan(now).filter(|_| !power.config.ups.is_empty());
    power.lines.extend(power.config.ups.iter().map(|_| Line::new(now)));
    for ups in (0..).map(UpsIndex).take(power.config.ups.len()) {
        // There is room: the configuration has the same capacity.
        let _ = power.outputs.push(outputs_of(&power.config, ups, now));
    }
    power.chains.extend(power.config.servers.iter().map(|_| Chain::new(now)));
    power.software.extend(power.config.adapters.iter().map(|_| Software::NONE));
    restore(power, saved, restored.unix_ms, now);
}

/// A place for each outlet that something hangs on.
fn outputs<const N: usize, const U: usize>(
    config: &Config<N, U>,
    now: Instant,
) -> Vec<[Output; OUTPUTS], U> {
    let all = (0..).map(UpsIndex).take(config.ups.len());
    all.map(|ups| outputs_of(config, ups, now)).collect()
}

fn outputs_of<const N: usize, const U: usize>(
    config: &Config<N, U>,
    ups: UpsIndex,
    now: Instant,
) -> [Output; OUTPUTS] {
    let mut outlets = config.outlets(ups);
    core::array::from_fn(|_| {
        let outlet: Option<Outlet> = outlets.next();
        Output::new(now, outlet.map(|outlet| (ups, outlet)))
    })
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
            let left = |until: u64| {
                let left = until.saturating_sub(unix_ms).min(MOST_LEFT_MS);
                core::time::Duration::from_millis(left)
            };
            let (first, last) = (left(found.first_unix_ms), left(found.last_unix_ms));
            output.restore(&found, first, last, now);
        } else {
            // Which of them it was is not kept: none is ordered off by hand again.
            output.was_cut = power.shared.plan.is_some_and(|plan| plan.gone);
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
        chains.get(at).copied()
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
