//! From the checked file to what the core's power machine is told, and how long its plan takes at
//! worst.

use std::time::Duration;

use komainu_core::limits::{MAX_FEEDS, MAX_GROUPS};
use komainu_core::power::{self, Adapter, PlannedServer, StartBy, Timing};
use komainu_core::types::{ServerIndex, UpsIndex};

use super::finding::{Finding, Severity};
use super::site::{Connector, Powered, Server, Site, Stage};
use crate::exit::Exit;

impl Site {
    /// What the core's power machine is told: nothing that hangs on anything, unless that
    /// connector carries plans out. Fails when there is more than fits.
    pub(crate) fn power_config<const N: usize, const U: usize>(
        &self,
        me: &Connector,
    ) -> Result<power::Config<N, U>, Finding> {
        let supplies = &self.supplies;
        let mut config = power::Config::new(supplies.timing);
        if self.power_connector() != Some(me.number) {
            return Ok(config);
        }
        let unfit = |error: power::ConfigError| Finding {
            severity: Severity::Error(Exit::Usage),
            place: supplies.marks.at(),
            field: supplies.marks.section().to_owned(),
            text: error.to_string(),
            remedy: String::new(),
        };
        for ups in &supplies.ups {
            config.add_ups(ups.config).map_err(unfit)?;
        }
        for stage in &supplies.stages {
            config.add_stage(stage.time).map_err(unfit)?;
        }
        for one in &supplies.maintenance {
            let adapter = Adapter { enter: one.enter_limit, leave: one.leave_limit };
            config.add_adapter(adapter).map_err(unfit)?;
        }
        for (index, server) in self.planned(me) {
            config.add_server(server.power.planned(index)).map_err(unfit)?;
        }
        let own = supplies.own.server.as_ref();
        let own = own.and_then(|name| self.planned(me).find(|(_, server)| server.name == *name));
        config
            .set_own(power::Own {
                feeds: supplies.own.feeds.iter().take(MAX_FEEDS).copied().collect(),
                stop: Some(supplies.own.stop),
                server: own.map(|(index, _)| index),
            })
            .map_err(unfit)?;
        Ok(config)
    }

    /// The servers that a plan of that connector touches.
    pub(crate) fn planned(&self, me: &Connector) -> impl Iterator<Item = (ServerIndex, &Server)> {
        let servers = self.clusters_of(me).flat_map(|cluster| &cluster.servers);
        let servers = (0..).map(ServerIndex).zip(servers);
        servers.filter(|(_, server)| !server.power.feeds.is_empty())
    }
}

impl Powered {
    pub(super) fn planned(&self, index: ServerIndex) -> PlannedServer {
        let limits = self.limits;
        PlannedServer {
            server: index,
            feeds: self.feeds.iter().take(MAX_FEEDS).copied().collect(),
            needed: self.needed,
            stage: self.stage,
            ask_by: self.ask_by,
            start_by: self.start_by,
            groups: self.groups.iter().take(MAX_GROUPS).cloned().collect(),
            adapters: self.adapters,
            freeze: limits.freeze,
            guests: limits.guests,
            services: limits.services,
            shutdown: limits.shutdown,
            force: limits.force,
            boot: limits.boot,
            start_wait: limits.start_wait,
        }
    }

    /// From its first step to its being off, at worst.
    pub(crate) fn stop(&self) -> Duration {
        let limits = self.limits;
        let groups = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        let guests = limits.guests.duration().saturating_mul(groups);
        let rest = [limits.freeze, limits.services, limits.shutdown, limits.force];
        guests + rest.iter().map(|limit| limit.duration()).sum::<Duration>()
    }

    /// From the order to switch it on to its member, at worst; nothing where people start it.
    fn start(&self) -> Duration {
        match self.start_by {
            StartBy::Bmc | StartBy::Mains => {
                self.limits.start_wait.duration() + self.limits.boot.duration()
            }
            StartBy::Hand => Duration::ZERO,
        }
    }
}

/// How long a plan takes at worst, when all that it touches is up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlanFigures<'s> {
    /// Until all maintenance is entered, before anything stops.
    pub(crate) entering: Duration,
    /// Each stage that has servers: its name, its servers, how long it takes.
    pub(crate) stages: Vec<StageFigures<'s>>,
    /// What this machine takes for its own shutdown, after all others.
    pub(crate) own: Duration,
    /// Until this machine is off, too; without margin and reserve.
    pub(crate) stop: Duration,
    /// The same with them: what the batteries have to give.
    pub(crate) needed: Duration,
    /// What the batteries are assumed to give: the least of the UPSes that feed them.
    pub(crate) runtime: Option<Duration>,
}

/// How long a stage takes at worst.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StageFigures<'s> {
    /// Its name.
    pub(crate) name: &'s str,
    /// Its servers.
    pub(crate) servers: Vec<&'s str>,
    /// From its begin until the last of them is off.
    pub(crate) stop: Duration,
    /// From the order to switch them on until the last of them is back.
    pub(crate) start: Duration,
}

impl<'s> PlanFigures<'s> {
    /// The figures of that connector's plan; `None` without anything that hangs on a UPS.
    pub(crate) fn of(site: &'s Site, me: &Connector) -> Option<Self> {
        let supplies = &site.supplies;
        let planned: Vec<_> = match site.power_connector() == Some(me.number) {
            true => site.planned(me).map(|(_, server)| server).collect(),
            false => return None,
        };
        if planned.is_empty() && supplies.own.feeds.is_empty() {
            return None;
        }
        let stages = (0..).zip(&supplies.stages);
        let stages = stages.filter_map(|(at, stage)| StageFigures::of(at, stage, &planned));
        let stages: Vec<_> = stages.collect();
        let entering = supplies.maintenance.iter().map(|one| one.enter_limit.duration()).max();
        let own = match supplies.own.feeds.is_empty() || supplies.own.server.is_some() {
            true => Duration::ZERO,
            false => supplies.own.stop.duration(),
        };
        let servers = stages.iter().map(|stage| stage.stop).sum::<Duration>();
        let entering = entering.unwrap_or_default();
        let stop = entering + servers + own;
        let feeds = planned.iter().flat_map(|server| &server.power.feeds);
        let feeds = feeds
            .chain(&supplies.own.feeds)
            .filter_map(|feed| Some(supplies.ups.get(feed.ups.at())?.config.assumed.duration()));
        Some(Self {
            entering,
            stages,
            own,
            stop,
            needed: with_margin(stop, supplies.timing),
            runtime: feeds.min(),
        })
    }
}

impl<'s> StageFigures<'s> {
    fn of(at: u8, stage: &'s Stage, planned: &[&'s Server]) -> Option<Self> {
        let own: Vec<_> = planned.iter().filter(|server| server.power.stage == at).collect();
        Some(Self {
            name: &stage.name,
            servers: own.iter().map(|server| server.name.as_str()).collect(),
            stop: own.iter().map(|server| server.power.stop()).max()?,
            start: own.iter().map(|server| server.power.start()).max()?,
        })
    }
}

/// What the batteries have to give for what takes so long.
fn with_margin(time: Duration, timing: Timing) -> Duration {
    time + time * u32::from(timing.margin) / 100 + timing.reserve.duration()
}

/// Whether that UPS feeds any of the servers, or the connector itself.
pub(super) fn feeds(site: &Site, ups: UpsIndex) -> bool {
    let servers = site.clusters.iter().flat_map(|cluster| &cluster.servers);
    let feeds = servers.flat_map(|server| &server.power.feeds);
    feeds.chain(&site.supplies.own.feeds).any(|feed| feed.ups == ups)
}

#[cfg(test)]
mod tests;
