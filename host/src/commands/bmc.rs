//! `komainu bmc`: one verb, any number of BMCs.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::time::Duration;

use komainu_core::secret::Key;
use komainu_core::time::Instant;
use komainu_core::wire::command::Privilege;
use komainu_core::wire::command::lan_alert::Community;

use super::{Stop, runtime};
use crate::access::Access;
use crate::cli::{AlertVerb, BmcArgs, BmcVerb};
use crate::config::Config;
use crate::engine::{self, Ended, Line, Peer};
use crate::exit::Exit;
use crate::host_list::{self, Target};
use crate::output::{Printer, Progress};
use crate::problem::Problem;
use crate::resolve::resolve;
use crate::tasks::{self, Order, Place};
use crate::{clock, credentials};

/// Runs the verb on every host of the list.
pub(super) fn run(args: &BmcArgs) -> Result<Exit, Stop> {
    let began = clock::now();
    let targets = host_list::parse(&args.hosts)?;
    let need = tasks::need(&args.verb);
    let level = args.connect.privilege.map_or(need.privilege, Privilege::from);
    let order = Order { verb: &args.verb, community: community(&args.verb)?, privilege: level };
    let config = Config::load(args.connect.config.as_deref())?;
    let mut access = Access::new(&args.connect, config, need);
    // Before anything is sent: a password that is missing is missing for all.
    let profiles =
        targets.iter().map(|target| access.of(&target.name)).collect::<Result<Vec<_>, _>>()?;
    let keys = access.into_keys();
    let width = targets.iter().map(|target| target.name.chars().count()).max().unwrap_or(0);
    let printer = RefCell::new(Printer::new(args.output, width));
    let ended = runtime()?.block_on(async {
        let addresses = resolve(&targets).await;
        let (hosts, peers) = peers(&targets, addresses, profiles, &printer);
        ask(&hosts, peers, &keys, &order, &printer).await
    })?;
    let took = clock::now().since(began);
    Ok(printer.borrow_mut().summary(took, ended.interrupted, ended.dropped))
}

/// Secrets that the verb itself needs.
fn community(verb: &BmcVerb) -> Result<Option<Community>, Stop> {
    match verb {
        BmcVerb::Alert(AlertVerb::Setup(setup)) => {
            let file = setup.community_file.as_deref();
            Ok(file.map(credentials::community_from).transpose()?)
        }
        _ => Ok(None),
    }
}

/// The hosts that have an address, and how to log in to each; the result of the others is told.
fn peers<'t>(
    targets: &'t [Target],
    addresses: Vec<Result<SocketAddr, Problem>>,
    profiles: Vec<(komainu_core::session::Profile, Option<Duration>)>,
    printer: &RefCell<Printer>,
) -> (Vec<&'t str>, Vec<Peer>) {
    let mut hosts = Vec::with_capacity(targets.len());
    let mut peers = Vec::with_capacity(targets.len());
    for ((target, address), (profile, timeout)) in targets.iter().zip(addresses).zip(profiles) {
        match address {
            Ok(address) => {
                hosts.push(&*target.name);
                peers.push(Peer { address, profile, timeout });
            }
            Err(problem) => printer.borrow_mut().failed(&target.name, &problem),
        }
    }
    (hosts, peers)
}

async fn ask<'a>(
    hosts: &'a [&'a str],
    peers: Vec<Peer>,
    keys: &'a [Key],
    order: &'a Order<'a>,
    printer: &'a RefCell<Printer>,
) -> std::io::Result<Ended> {
    let now: Instant = clock::now();
    let line = Line::new(now);
    let mut progress = Progress::new(printer, peers.len(), now);
    // The line outlives the engine, and nothing else borrows it.
    engine::run(
        peers,
        keys,
        &line,
        &mut |host, bmc| tasks::job(order, bmc, Place { host: hosts[host], printer }),
        &mut progress,
    )
    .await
}
