//! `komainu show`: everything that a service knows at this moment.

use super::plan;
use super::reach::{Wanted, reach};
use super::table::{Table, age};
use super::told::word;
use crate::cli::Reach;
use crate::commands::Stop;
use crate::commands::manual::{line, print};
use crate::control::Party;
use crate::exit::Exit;
use crate::service::{
    ClusterStatus, ConnectorStatus, MemberStatus, PeerStatus, ServerStatus, ServiceOnHost,
    ServiceStatus,
};
use crate::trap::Told;

/// Shows the status of the service that is reached.
pub(super) async fn run(args: &Reach) -> Result<Exit, Stop> {
    let reached = reach(args, Wanted::Either).await?;
    let text = match reached.about.service {
        Party::Connector => {
            let status: ConnectorStatus = reached.client.status().await?;
            match args.json {
                true => line(&status),
                false => {
                    let power = status.power.as_ref().map(plan::summary).unwrap_or_default();
                    connector(&status) + &power + &traps(reached.client.traps().await?)
                }
            }
        }
        Party::Member => {
            let status: MemberStatus = reached.client.status().await?;
            if args.json { line(&status) } else { member(&status) }
        }
    };
    print(text.as_bytes())
}

pub(super) fn connector(status: &ConnectorStatus) -> String {
    let ConnectorStatus { name, number, .. } = status;
    let up = age(Some(status.up_ms));
    let silent = if status.speaks { "" } else { "; its record is not durable, so it is silent" };
    let head = format!("connector {name} ({number}), up {up}{silent}\n");
    head + &status.clusters.iter().map(cluster).collect::<String>()
}

/// What became of traps, where the connector receives any.
fn traps(told: Option<Told>) -> String {
    let Some(told) = told else { return String::new() };
    let Told { received, hints, ups_hints, malformed, unrelated, unknown, repeated, .. } = told;
    format!(
        "\ntraps: {received} received, {hints} had the power read, {ups_hints} a UPS, {repeated} \
         repeated, {unrelated} about something else, {unknown} of strangers, {malformed} \
         malformed\n"
    )
}

fn cluster(cluster: &ClusterStatus) -> String {
    let ClusterStatus { name, number, term, token, key_number, .. } = cluster;
    let ready = if cluster.ready { "ready" } else { "not ready" };
    let mode = word(&cluster.mode);
    let head = format!(
        "\ncluster {name} ({number}): {ready}, {mode}, term {term}, token {token}, \
         key {key_number}\n"
    );
    let mut table = Table::new([
        "HOST", "NAME", "POWER", "READ", "BMC", "SESSION", "FENCING", "MEMBER", "HEARD", "CONFIG",
        "SERVICES",
    ]);
    for server in &cluster.servers {
        table.row(row(server));
    }
    head + &table.lines()
}

fn row(server: &ServerStatus) -> [String; 11] {
    let fence = match &server.stage {
        Some(stage) => format!("{}: {stage}", word(&server.fence)),
        None => word(&server.fence),
    };
    [
        server.host.to_string(),
        server.name.clone(),
        word(&server.power),
        age(server.power_age_ms),
        word(&server.bmc),
        word(&server.session),
        fence,
        server.host_state.as_ref().map_or_else(|| "-".to_owned(), word),
        age(server.heard_ms),
        same(server.digest_matches).to_owned(),
        services(&server.services),
    ]
}

/// Whether the other side has the same configuration.
const fn same(matches: Option<bool>) -> &'static str {
    match matches {
        None => "-",
        Some(true) => "same",
        Some(false) => "differs",
    }
}

fn services(services: &[ServiceOnHost]) -> String {
    let told = services.iter().map(|one| format!("{} {}", one.number, word(&one.state)));
    let told: Vec<_> = told.collect();
    if told.is_empty() { "-".to_owned() } else { told.join(", ") }
}

fn member(status: &MemberStatus) -> String {
    let MemberStatus { name, host, cluster, .. } = status;
    let (state, up) = (word(&status.state), age(Some(status.up_ms)));
    let frozen = if status.frozen { ", takes nothing over" } else { "" };
    let head = format!("member {name} ({host}) of cluster {cluster}: {state}{frozen}, up {up}\n");
    [head, own(status), guests(status), peers(&status.peers), connectors(status)].concat()
}

fn own(status: &MemberStatus) -> String {
    let host = |number: &u16| host(status, *number);
    let mut table =
        Table::new(["SERVICE", "NAME", "ROLE", "HERE", "GENERATION", "ACTIVE ON", "WAITS FOR"]);
    for service in &status.services {
        let ServiceStatus { number, name, role, state, generation, .. } = service;
        let waits: Vec<_> = service.waiting_for.iter().map(host).collect();
        table.row([
            number.to_string(),
            name.clone(),
            word(role),
            word(state),
            generation.to_string(),
            service.active_on.as_ref().map_or_else(|| "-".to_owned(), host),
            if waits.is_empty() { "-".to_owned() } else { waits.join(", ") },
        ]);
    }
    gap(table.lines())
}

fn guests(status: &MemberStatus) -> String {
    if status.guests.is_empty() {
        return String::new();
    }
    let mut table = Table::new(["GUEST", "BY", "POWER", "DOES", "STARTS AGAIN"]);
    for guest in &status.guests {
        let power = guest.power.as_ref().map_or_else(|| "-".to_owned(), word);
        let again = if guest.starts_again { "yes" } else { "-" };
        let doing = word(&guest.doing);
        table.row([guest.name.clone(), word(&guest.way), power, doing, again.to_owned()]);
    }
    let [stop, start] = [status.guests_stop_ms, status.guests_start_ms].map(|ms| age(Some(ms)));
    format!("{}guests: stopped in {stop}, started again in {start}\n", gap(table.lines()))
}

/// The name of a host.
fn host(status: &MemberStatus, number: u16) -> String {
    let peer = status.peers.iter().find(|peer| peer.host == number);
    match peer {
        Some(peer) => peer.name.clone(),
        None if number == status.host => status.name.clone(),
        None => number.to_string(),
    }
}

fn peers(peers: &[PeerStatus]) -> String {
    let mut table = Table::new(["HOST", "NAME", "SEEN AS", "STATE", "PATHS", "CONFIG", "SERVICES"]);
    for peer in peers {
        let alive = peer.paths.iter().filter(|path| path.alive).count();
        let crossed = if peer.crossed { ", crossed" } else { "" };
        table.row([
            peer.host.to_string(),
            peer.name.clone(),
            word(&peer.view),
            peer.state.as_ref().map_or_else(|| "-".to_owned(), word),
            format!("{alive} of {}{crossed}", peer.paths.len()),
            same(peer.digest_matches).to_owned(),
            services(&peer.services),
        ]);
    }
    gap(table.lines())
}

fn connectors(status: &MemberStatus) -> String {
    let mut table = Table::new(["CONNECTOR", "ADDRESS", "ANSWERS", "ACTS", "MODE", "CONFIG"]);
    for seen in &status.connectors {
        let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        table.row([
            seen.number.to_string(),
            seen.address.map_or_else(|| "-".to_owned(), |address| address.to_string()),
            yes(seen.alive),
            yes(seen.acts),
            seen.mode.as_ref().map_or_else(|| "-".to_owned(), word),
            same(seen.digest_matches).to_owned(),
        ]);
    }
    gap(table.lines())
}

/// An empty line before a table, where there is one.
fn gap(lines: String) -> String {
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}
