//! How a member is at a moment.

use komainu_core::counters::{ResetCounters, ResetDiscard};
use komainu_core::guests::GuestSnapshot;
use komainu_core::member::{ConnectorSnapshot, PeerSnapshot, ServiceSnapshot, Snapshot};
use komainu_core::time::Instant;
use komainu_core::types::SystemReport;

use super::names::Names;
use crate::service::connector::millis;
use crate::service::guests::GuestStatus;
use crate::service::machine::Around;
use crate::service::status::{
    ConnectorSeen, Count, MemberStatus, PathStatus, PeerStatus, ServiceStatus, SystemSeen,
};
use crate::service::words;

/// The picture of a member.
pub(super) fn of(
    snapshot: &Snapshot<'_>,
    now: Instant,
    names: &Names,
    around: &Around<'_>,
) -> MemberStatus {
    MemberStatus {
        name: names.own.clone(),
        host: names.host.get(),
        cluster: names.cluster,
        epoch: snapshot.epoch().0,
        state: snapshot.state().into(),
        frozen: snapshot.frozen(),
        up_ms: millis(around.up),
        peers: snapshot.peers().map(|one| peer(&one, now)).collect(),
        services: snapshot.services().map(|one| service(&one)).collect(),
        guests: snapshot.guests().map(|one| guest(&one, names)).collect(),
        guests_stop_ms: millis(snapshot.guests_stop_in()),
        guests_start_ms: millis(snapshot.guests_start_in()),
        connectors: snapshot.connectors().map(|one| connector(&one)).collect(),
        dropped: dropped(snapshot.counters()),
        interfaces: around.interfaces.iter().map(Into::into).collect(),
    }
}

fn peer(peer: &PeerSnapshot<'_>, now: Instant) -> PeerStatus {
    let paths = peer.paths.iter().map(|path| PathStatus {
        path: path.path,
        address: path.address,
        alive: path.alive,
        heard_ms: path.heard.map(|at| millis(now.since(at))),
    });
    PeerStatus {
        host: peer.host.get(),
        name: peer.name.to_string(),
        view: peer.view.into(),
        token: peer.token.to_string(),
        state: peer.state.map(Into::into),
        digest_matches: peer.digest_matches,
        paths: paths.collect(),
        crossed: peer.crossed,
        services: peer.services.iter().map(Into::into).collect(),
    }
}

fn service(service: &ServiceSnapshot<'_>) -> ServiceStatus {
    ServiceStatus {
        number: service.number.0,
        name: service.name.to_string(),
        role: service.role.into(),
        state: service.state.into(),
        generation: service.generation.0,
        active_on: service.active_on.map(|host| host.get()),
        waiting_for: service.waiting_for.iter().map(|host| host.get()).collect(),
    }
}

fn guest(guest: &GuestSnapshot, names: &Names) -> GuestStatus {
    GuestStatus::of(guest, names.of_guest(guest.guest))
}

fn connector(connector: &ConnectorSnapshot<'_>) -> ConnectorSeen {
    let system = |system: &SystemReport| SystemSeen {
        host: system.host.get(),
        power: system.power.into(),
        bmc: system.bmc.into(),
        fence: system.fence.into(),
    };
    ConnectorSeen {
        number: connector.number.0,
        address: connector.address,
        alive: connector.alive,
        acts: connector.acts,
        term: connector.term.map(|term| term.0),
        mode: connector.mode.map(Into::into),
        digest_matches: connector.digest_matches,
        systems: connector.systems.iter().map(system).collect(),
    }
}

fn dropped(counters: &ResetCounters) -> Vec<Count> {
    let counts = ResetDiscard::ALL.into_iter().map(|cause| Count {
        what: words::discarded(cause).to_owned(),
        count: counters.discarded(cause),
    });
    counts.filter(|count| count.count > 0).collect()
}
