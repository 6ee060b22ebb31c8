//! How a running connector takes over a changed configuration.

use heapless::Vec;

use crate::cluster::{Host, HostIndex, RESULTS_PER_HOST, Slot};
use crate::session::Profile;
use crate::time::Instant;
use crate::types::{Cause, HostAddress};

use super::address::Address;
use super::bmc::Pin;
use super::index::Index;
use super::line;
use super::parts::Answers;
use super::record::{Saved, SavedBmc};
use super::server::Server;
use super::start::{new_cluster, new_host, new_server, range};
use super::words::{Answer, ClusterIndex};
use super::{ClusterConfig, Config, Connector, ServerConfig};

type Results = [Slot; RESULTS_PER_HOST];
type Before = (Server, Host, Results);

/// The places of a host in its cluster, before and now.
struct Move {
    cluster: ClusterIndex,
    from: u8,
    to: u8,
}

/// What there was before.
struct Old<const N: usize, const C: usize> {
    clusters: Vec<line::Slot, C>,
    /// The cluster number of each server, and its place there.
    places: Vec<(u16, u8), N>,
    servers: Vec<Server, N>,
    hosts: Vec<Host, N>,
    slots: Vec<Results, N>,
}

pub(super) fn reload<const N: usize, const C: usize>(
    connector: &mut Connector<N, C>,
    now: Instant,
    config: Config<N, C>,
) {
    let mut old = Old {
        places: places(connector),
        clusters: core::mem::take(&mut connector.clusters),
        servers: core::mem::take(&mut connector.servers),
        hosts: core::mem::take(&mut connector.hosts),
        slots: core::mem::take(&mut connector.slots),
    };
    connector.shared.name = config.name;
    for (cluster, index) in config.clusters.into_iter().zip((0..).map(ClusterIndex)) {
        let range = range(&config.servers, index);
        let slot = match old.clusters.iter().position(|slot| slot.line.number == cluster.number) {
            Some(at) => adapted(old.clusters.swap_remove(at), cluster, index, range),
            None => new_cluster(cluster, index, range, &mut connector.shared, &Saved::NONE),
        };
        // There is room: the configuration has the same capacity.
        let _ = connector.clusters.push(slot);
    }
    let mut moves = Vec::<Move, N>::new();
    for (cluster, server) in config.servers {
        let at = connector.servers.len() as u16;
        let slot = connector.clusters.get(cluster.at());
        let (number, to) = slot.map_or((0, 0), |slot| (slot.line.number, slot.line.place(at)));
        let (server, host, slots) = match old.take(number, server.host) {
            Some((from, before)) => {
                let _ = moves.push(Move { cluster, from, to });
                changed(now, cluster, server, before, &mut connector.shared.answers)
            }
            None => added(now, cluster, server),
        };
        let _ = connector.servers.push(server);
        let _ = connector.hosts.push(host);
        let _ = connector.slots.push(slots);
    }
    connector.move_questions(&moves);
    connector.index = Index::new(&connector.servers);
    connector.set_out(now);
    connector.journal.change();
}

fn places<const N: usize, const C: usize>(connector: &Connector<N, C>) -> Vec<(u16, u8), N> {
    let places = connector.servers.iter().zip(0_u16..).map(|(server, at)| {
        let slot = connector.clusters.get(server.cluster.at());
        slot.map_or((0, 0), |slot| (slot.line.number, slot.line.place(at)))
    });
    places.collect()
}

impl<const N: usize, const C: usize> Connector<N, C> {
    /// Questions name hosts by their places. Those of a host that is gone, or about it, are
    /// forgotten.
    fn move_questions(&mut self, moves: &[Move]) {
        for slot in &self.clusters {
            let (cluster, range) = (slot.line.index, slot.line.range());
            let to = |from: HostIndex| {
                let mut moves = moves.iter().filter(|moved| moved.cluster == cluster);
                moves.find(|moved| moved.from == from.0).map(|moved| HostIndex(moved.to))
            };
            let questions = self.slots.get_mut(range).unwrap_or_default().as_flattened_mut();
            for question in questions {
                *question = question.moved(to);
            }
        }
    }
}

impl<const N: usize, const C: usize> Old<N, C> {
    /// Takes a server out of what there was, with its place in its cluster.
    fn take(&mut self, number: u16, host: HostAddress) -> Option<(u8, Before)> {
        let mut all = self.places.iter().zip(&self.hosts);
        let at = all.position(|((of, _), known)| *of == number && known.address() == host)?;
        let (_, place) = self.places.swap_remove(at);
        let server = self.servers.swap_remove(at);
        Some((place, (server, self.hosts.swap_remove(at), self.slots.swap_remove(at))))
    }
}

/// A cluster that there was before, as it is configured now.
fn adapted(
    slot: line::Slot,
    mut config: ClusterConfig,
    index: ClusterIndex,
    range: (u16, u8),
) -> line::Slot {
    let line::Slot { mut cluster, line } = slot;
    config.keys.send_with(line.keys.sends_with());
    cluster.set_rules(config.rules);
    cluster.set_others(&config.connectors);
    line::Slot { cluster, line: line.adapted(index, range, config) }
}

fn added(now: Instant, cluster: ClusterIndex, config: ServerConfig) -> Before {
    let host = new_host(now, config.host, None);
    let server = new_server(now, cluster, config, &host, SavedBmc::NONE);
    (server, host, [Slot::EMPTY; RESULTS_PER_HOST])
}

/// A server that there was before. When its section is the same it goes on; otherwise its BMC is
/// met anew, as after a restart.
fn changed(
    now: Instant,
    cluster: ClusterIndex,
    config: ServerConfig,
    (before, host, slots): Before,
    answers: &mut Answers,
) -> Before {
    if is_same(&before, &config) {
        let member = config.member.map(Address::from).or(before.member);
        return (Server { cluster, member, ..before }, host, slots);
    }
    let (pin, guid) = match before.bmc.address() == config.bmc.into() {
        true => (before.bmc.pin(), before.bmc.guid()),
        false => (Pin::None, None),
    };
    let saved = SavedBmc { pin, guid, carried: before.carried };
    let mut server = new_server(now, cluster, config, &host, saved);
    server.dialogue = before.dialogue;
    server.member = server.member.or(before.member);
    server.order = before.order.filter(|pending| pending.want.is_look());
    if let Some(pending) = before.order.filter(|pending| !pending.want.is_look()) {
        let answer = Answer::Failed { cause: Cause::Internal, outcome: None };
        answers.put(pending.ticket, answer);
    }
    server.told = before.told;
    server.declared = before.declared;
    (server, host, slots)
}

/// Whether all is as before that the session with the BMC and the fencing depend on.
fn is_same(server: &Server, config: &ServerConfig) -> bool {
    let bmc = &server.bmc;
    let profile = bmc.session().profile();
    let pin = config.profile.guid.is_none_or(|guid| bmc.guid() == Some(guid));
    server.name == config.name
        && server.plan == config.plan
        && profile.keep_warm == Some(config.poll)
        && bmc.address() == config.bmc.into()
        && bmc.has_keys(&config.password, config.kg.as_ref())
        && pin
        && plain(profile) == plain(&config.profile)
}

/// A profile without what the connector sets itself.
fn plain(profile: &Profile) -> Profile {
    Profile { guid: None, keep_warm: None, ..profile.clone() }
}
