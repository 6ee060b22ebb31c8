//! How a connector is at a moment.

use komainu_core::connector::{ClusterSnapshot, ServerSnapshot, Snapshot};
use komainu_core::time::Instant;

use super::names::Names;
use super::{millis, tells};
use crate::service::machine::Around;
use crate::service::power::PowerStatus;
use crate::service::status::{ClusterStatus, ConnectorStatus, ServerStatus};

/// The picture of a connector.
pub(super) fn of(
    snapshot: &Snapshot<'_>,
    now: Instant,
    names: &Names,
    around: &Around<'_>,
    power: Option<PowerStatus>,
) -> ConnectorStatus {
    let connector = snapshot.connector();
    let cluster = |cluster: ClusterSnapshot| ClusterStatus {
        number: cluster.number,
        name: names.at(cluster.index).map_or(String::new(), |known| known.name.clone()),
        port: names.at(cluster.index).map_or(0, |known| known.port),
        mode: cluster.mode.into(),
        term: cluster.term.0,
        token: cluster.token.to_string(),
        key_number: cluster.key_number,
        resets_in_flight: cluster.resets_in_flight,
        ready: cluster.ready,
        dropped: cluster.discarded,
        servers: snapshot.servers(cluster.index).map(|one| server(&one, now)).collect(),
    };
    ConnectorStatus {
        name: names.connector.clone(),
        number: names.number,
        epoch: connector.epoch.0,
        speaks: connector.speaks,
        generation: connector.generation,
        up_ms: millis(around.up),
        clusters: snapshot.clusters().map(cluster).collect(),
        bmc_dropped: connector.bmc_discarded,
        strays: connector.strays,
        interfaces: around.interfaces.iter().map(Into::into).collect(),
        power,
    }
}

fn server(server: &ServerSnapshot<'_>, now: Instant) -> ServerStatus {
    let age = |at: Option<Instant>| at.map(|at| millis(now.since(at)));
    ServerStatus {
        name: server.name.to_string(),
        host: server.host.get(),
        bmc_address: server.bmc_address,
        power: server.power.into(),
        power_age_ms: age(server.power_asked),
        bmc: server.bmc.into(),
        session: server.session.standing.into(),
        fence: server.fence.into(),
        stage: server.stage.map(|stage| tells::doing(stage).to_owned()),
        token: server.token.to_string(),
        heard_ms: age(server.heard),
        member: server.member,
        epoch: server.epoch.0,
        host_state: server.host_state.map(Into::into),
        digest_matches: server.digest_matches,
        keys: server.keys,
        services: server.services.iter().map(Into::into).collect(),
    }
}
