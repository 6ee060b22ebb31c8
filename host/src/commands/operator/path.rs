//! `komainu path`: the paths that heartbeats and resets take.

use std::net::SocketAddr;

use serde::Serialize;

use super::reach::{Reached, Wanted, reach};
use super::table::{Table, age};
use super::told;
use crate::cli::PathArgs;
use crate::commands::Stop;
use crate::commands::manual::{line, print};
use crate::control::{Outcome, Party};
use crate::exit::Exit;
use crate::service::{
    ClusterStatus, ConnectorAnswer, ConnectorOrder, ConnectorStatus, MemberAnswer, MemberOrder,
    MemberStatus, PeerStatus,
};

/// Shows the paths; has them watched afresh first, if that is asked for.
pub(super) async fn run(args: &PathArgs) -> Result<Exit, Stop> {
    let wanted = if args.cluster.is_some() { Wanted::Connector } else { Wanted::Either };
    let reached = reach(&args.reach, wanted).await?;
    if args.resume {
        let exit = resume(args, &reached).await?;
        if exit != Exit::Ok {
            return Ok(exit);
        }
    }
    let ways = match reached.about.service {
        Party::Connector => of_connector(&reached.client.status().await?),
        Party::Member => of_member(&reached.client.status().await?),
    };
    let text = match args.reach.json {
        true => ways.iter().map(line).collect(),
        false => table(&ways),
    };
    print(text.as_bytes())
}

async fn resume(args: &PathArgs, reached: &Reached) -> Result<Exit, Stop> {
    let json = args.reach.json;
    match reached.about.service {
        Party::Connector => {
            let order = ConnectorOrder::Resume { cluster: args.cluster };
            let answer: ConnectorAnswer = reached.client.order(order, None).await?;
            refusal(&answer, json)
        }
        Party::Member => {
            let answer: MemberAnswer = reached.client.order(MemberOrder::Resume, None).await?;
            refusal(&answer, json)
        }
    }
}

/// Tells of an answer only if it is no success: then the paths are told instead.
fn refusal(answer: &impl told::Told, json: bool) -> Result<Exit, Stop> {
    match Outcome::exit(answer) {
        Exit::Ok => Ok(Exit::Ok),
        _ => told::tell(answer, "path --resume", json),
    }
}

/// One path to another party.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Way {
    /// `reset` or `monitoring`.
    kind: Kind,
    /// The number of a monitoring path.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u8>,
    /// The host or connector at its end.
    to: String,
    address: Option<SocketAddr>,
    alive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    heard_ms: Option<u64>,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Reset,
    Monitoring,
}

/// A member that was not heard for so long, in milliseconds, has lost its reset path.
const LOST: u64 = 15_000;

fn of_connector(status: &ConnectorStatus) -> Vec<Way> {
    let servers = |cluster: &'_ ClusterStatus| -> Vec<Way> {
        let way = |server: &crate::service::ServerStatus| Way {
            kind: Kind::Reset,
            number: None,
            to: server.name.clone(),
            address: server.member,
            alive: server.heard_ms.is_some_and(|ms| ms < LOST),
            heard_ms: server.heard_ms,
        };
        cluster.servers.iter().map(way).collect()
    };
    status.clusters.iter().flat_map(servers).collect()
}

fn of_member(status: &MemberStatus) -> Vec<Way> {
    let connectors = status.connectors.iter().map(|seen| Way {
        kind: Kind::Reset,
        number: None,
        to: format!("connector {}", seen.number),
        address: seen.address,
        alive: seen.alive,
        heard_ms: None,
    });
    connectors.chain(status.peers.iter().flat_map(of_peer)).collect()
}

fn of_peer(peer: &PeerStatus) -> impl Iterator<Item = Way> {
    peer.paths.iter().map(|path| Way {
        kind: Kind::Monitoring,
        number: Some(path.path),
        to: peer.name.clone(),
        address: Some(path.address),
        alive: path.alive,
        heard_ms: path.heard_ms,
    })
}

fn table(ways: &[Way]) -> String {
    let mut table = Table::new(["PATH", "TO", "ADDRESS", "STATUS", "HEARD"]);
    for way in ways {
        let kind = match (way.kind, way.number) {
            (Kind::Reset, _) => "reset".to_owned(),
            (Kind::Monitoring, number) => format!("monitoring {}", number.unwrap_or_default()),
        };
        let heard = match way.kind {
            Kind::Reset if way.heard_ms.is_none() => "-".to_owned(),
            Kind::Reset | Kind::Monitoring => age(way.heard_ms),
        };
        table.row([
            kind,
            way.to.clone(),
            way.address.map_or_else(|| "-".to_owned(), |address| address.to_string()),
            if way.alive { "ok" } else { "no answer" }.to_owned(),
            heard,
        ]);
    }
    table.lines()
}
