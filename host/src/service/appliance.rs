//! How an appliance is, by its answers: the picture of a connector, as far as it tells.

use komainu_core::inquiry::{Item, Itself, OfCluster, OfPlanned, OfPower, OfServer, OfUps};
use serde::Serialize;

use super::connector::doing;
use super::power::{Phase, Step, UpsState, UpsStatus};
use super::status::{ClusterStatus, ConnectorStatus, ServerStatus};
use super::words::Power;

/// An appliance.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ApplianceStatus {
    /// The release of its firmware.
    pub(crate) release: String,
    /// Questions that it dropped: malformed, or of nobody with the key.
    pub(crate) unanswered: u32,
    /// As every connector tells it.
    #[serde(flatten)]
    pub(crate) connector: ConnectorStatus,
    /// Power, where it carries plans out.
    #[serde(rename = "power", skip_serializing_if = "Option::is_none")]
    pub(crate) supplies: Option<AppliancePower>,
}

/// Power, by an appliance.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct AppliancePower {
    /// What everything is at.
    pub(crate) phase: Phase,
    /// The plan that runs.
    pub(crate) plan: Option<AppliancePlan>,
    /// The UPSes, in the order of the configuration.
    pub(crate) ups: Vec<UpsStatus>,
    /// The planned servers, in that order.
    pub(crate) servers: Vec<AppliancePlanned>,
}

/// A plan that runs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct AppliancePlan {
    /// The name of its outage.
    pub(crate) outage: u64,
    /// Since it began.
    pub(crate) since_ms: u64,
    /// Whether outputs are cut.
    pub(crate) cut: bool,
}

/// A planned server.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct AppliancePlanned {
    /// Its system name.
    pub(crate) name: String,
    /// What it is at.
    pub(crate) step: Step,
    /// Since when.
    pub(crate) since_ms: u64,
    /// A plan holds it.
    pub(crate) held: bool,
    /// Its power, as read.
    pub(crate) power: Power,
}

/// What the configuration calls what an appliance tells by number.
#[derive(Debug, Default)]
pub(crate) struct ApplianceNames {
    /// Number, name and port of each cluster.
    pub(crate) clusters: Vec<(u16, String, u16)>,
    /// The UPSes.
    pub(crate) ups: Vec<String>,
}

impl ApplianceNames {
    fn ups(&self, at: usize) -> String {
        self.ups.get(at).cloned().unwrap_or_else(|| format!("UPS {}", at + 1))
    }
}

impl ApplianceStatus {
    /// The picture that these items make; `None` without the first one.
    pub(crate) fn of(items: Vec<Item>, names: &ApplianceNames) -> Option<Self> {
        let mut items = items.into_iter();
        let Some(Item::Itself(own)) = items.next() else { return None };
        let mut status = Self {
            release: own.release.to_string(),
            unanswered: own.unanswered,
            connector: connector(&own),
            supplies: None,
        };
        for item in items {
            status.add(item, names);
        }
        Some(status)
    }

    fn add(&mut self, item: Item, names: &ApplianceNames) {
        match item {
            Item::Itself(_) => {}
            Item::Cluster(told) => self.connector.clusters.push(cluster(&told, names)),
            Item::Server(told) => {
                if let Some(cluster) = self.connector.clusters.last_mut() {
                    cluster.servers.extend(server(&told));
                }
            }
            Item::Power(told) => self.supplies = Some(power(&told)),
            Item::Ups(told) => {
                if let Some(supplies) = &mut self.supplies {
                    supplies.ups.push(ups(&told, names));
                }
            }
            Item::Planned(told) => {
                let name = self.server(told.server.at());
                if let Some(supplies) = &mut self.supplies {
                    supplies.servers.push(planned(&told, name));
                }
            }
        }
    }

    /// The name of the server in that place of the configuration.
    fn server(&self, at: usize) -> String {
        let mut servers = self.connector.clusters.iter().flat_map(|cluster| &cluster.servers);
        servers.nth(at).map_or_else(String::new, |server| server.name.clone())
    }
}

fn connector(own: &Itself) -> ConnectorStatus {
    ConnectorStatus {
        name: own.name.to_string(),
        number: own.number,
        epoch: own.epoch.0,
        speaks: own.speaks,
        generation: own.generation,
        up_ms: own.up_ms,
        clusters: Vec::new(),
        bmc_dropped: own.bmc_dropped,
        strays: own.strays,
        interfaces: Vec::new(),
        power: None,
    }
}

fn cluster(told: &OfCluster, names: &ApplianceNames) -> ClusterStatus {
    let known = names.clusters.iter().find(|(number, ..)| *number == told.number);
    ClusterStatus {
        number: told.number,
        name: known.map_or_else(String::new, |(_, name, _)| name.clone()),
        port: known.map_or(told.number, |(.., port)| *port),
        mode: told.mode.into(),
        term: told.term.0,
        token: told.token.to_string(),
        key_number: told.key_number,
        resets_in_flight: told.resets_in_flight,
        ready: told.ready,
        dropped: told.dropped,
        servers: Vec::new(),
    }
}

fn server(told: &OfServer) -> Option<ServerStatus> {
    Some(ServerStatus {
        name: told.name.to_string(),
        host: told.host.get(),
        bmc_address: told.bmc_address?,
        power: told.power.into(),
        power_age_ms: told.power_age_ms.map(u64::from),
        bmc: told.bmc.into(),
        session: told.session.into(),
        fence: told.fence.into(),
        stage: told.stage.map(|stage| doing(stage).to_owned()),
        token: told.token.to_string(),
        heard_ms: told.heard_ms.map(u64::from),
        member: told.member,
        epoch: told.epoch.0,
        host_state: told.host_state.map(Into::into),
        digest_matches: told.digest_matches,
        keys: told.keys,
        services: told.services.iter().map(Into::into).collect(),
    })
}

fn power(told: &OfPower) -> AppliancePower {
    let plan = told.plan.map(|plan| AppliancePlan {
        outage: plan.outage,
        since_ms: plan.since_ms.into(),
        cut: plan.cut,
    });
    AppliancePower { phase: told.phase.into(), plan, ups: Vec::new(), servers: Vec::new() }
}

fn ups(told: &OfUps, names: &ApplianceNames) -> UpsStatus {
    let off = (1..=15).filter(|group| told.outlets_off >> group & 1 != 0);
    UpsStatus {
        name: names.ups(told.ups.at()),
        state: UpsState::from(told.state),
        late: told.late,
        failure: None,
        age_ms: told.age_ms.map(u64::from),
        supply: told.supply.map(Into::into),
        charge: told.charge,
        load: told.load,
        runtime_ms: told.runtime_ms.map(u64::from),
        off_in_ms: told.off_in_ms.map(u64::from),
        on_in_ms: told.on_in_ms.map(u64::from),
        outlets_off: off.collect(),
        flags: if told.low { vec!["low".to_owned()] } else { Vec::new() },
    }
}

fn planned(told: &OfPlanned, name: String) -> AppliancePlanned {
    AppliancePlanned {
        name,
        step: told.step.into(),
        since_ms: told.since_ms.into(),
        held: told.held,
        power: told.power.into(),
    }
}
